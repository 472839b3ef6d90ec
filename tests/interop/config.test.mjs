// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the rtcio authors

// Configuration as an operator meets it: the file, `rtcio check`, where values come from, and what
// a mistake says.

import assert from "node:assert/strict";
import { mkdtemp, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { request, target } from "./lib/http.mjs";
import { rtcioServe } from "./lib/rtcio.mjs";
import { run } from "./lib/run.mjs";
import { waitFor } from "./lib/time.mjs";

const bad = fileURLToPath(new URL("../config/bad/", import.meta.url));

let folder;
before(async () => (folder = await mkdtemp(path.join(tmpdir(), "rtcio-config-"))));
const servers = [];
after(async () => {
  for (const server of servers) if (!server.ended) server.child.kill("SIGKILL");
  await rm(folder, { recursive: true });
});

async function start(args, env) {
  const server = rtcioServe(args, env);
  servers.push(server);
  return server.start();
}

async function write(name, text) {
  const file = path.join(folder, name);
  await writeFile(file, text);
  return file;
}

describe("rtcio check", () => {
  test("each bad file: one line with file, line, key and mend, status 78", async () => {
    const expected = (await readFile(path.join(bad, "expected"), "utf8")).trim().split("\n");
    const files = (await readdir(bad)).filter((name) => name.endsWith(".yaml"));
    assert.equal(expected.length, files.length);
    assert.ok(files.length >= 50);
    for (const line of expected) {
      const [, file] = /^([a-z0-9-]+\.yaml):\d+: /.exec(line);
      const result = await run(["check", file], {}, { cwd: bad });
      assert.equal(result.stderr, `${line}\n`);
      assert.equal(result.stdout, "");
      assert.equal(result.code, 78, file);
    }
  });

  test("a file that is not there, a folder", async () => {
    for (const file of [path.join(folder, "none.yaml"), folder]) {
      const { code, stderr } = await run(["check", file]);
      assert.equal(code, 78);
      assert.match(stderr, /^[^\n]+:1: the file [^\n]+; give --config the path[^\n]+\n$/);
    }
  });

  test("the sample has every setting, and is good with all of them", async () => {
    const { stdout: sample } = await run(["config", "--defaults"]);
    assert.equal((await run(["check", await write("sample.yaml", sample)])).code, 0);
    const all = sample.replace(/^#([a-z_.]+:(?! ""$))/gm, "$1");
    const checked = await run(["check", "-v", await write("all.yaml", all)]);
    assert.equal(checked.stderr, "");
    assert.equal(checked.code, 0);
    const given = checked.stdout.split("\n").filter((line) => line.includes("all.yaml:"));
    assert.ok(given.length > 25, checked.stdout);
    for (const [, key] of checked.stdout.matchAll(/^(\S+) .*(?:default|:\d+)$/gm))
      assert.match(sample, RegExp(`^#${key.replace(".", "\\.")}(_file)?: `, "m"));
  });

  test("-v says where each value comes from", async () => {
    const file = await write("origins.yaml", "port: 1\nhost: 127.0.0.1\nmax:\n  rooms: 7\n");
    const env = { PORT: "", HOST: "127.0.0.2", RTCIO_LOG: "json" };
    const { code, stdout } = await run(["check", "-v", file, "--port", "2"], env);
    assert.equal(code, 0);
    assert.match(stdout, /^port +2 +option --port$/m);
    assert.match(stdout, /^host +127\.0\.0\.2 +environment HOST$/m);
    assert.match(stdout, /^log +json +environment RTCIO_LOG$/m);
    assert.match(stdout, /^max\.rooms +7 +.*origins\.yaml:4$/m);
    assert.match(stdout, /^max\.depth +64 +default$/m);
    assert.match(stdout, /origins\.yaml: good\n$/);
  });

  test("warns of variables that mean nothing", async () => {
    const { code, stderr } = await run(["check"], { RTCIO_MAX_ROMS: "1", RTCIO_FROBNICATE: "1" });
    assert.equal(code, 0);
    assert.match(stderr, /^warning: RTCIO_MAX_ROMS is set but means nothing, did you mean RTCIO_MAX_ROOMS\?$/m);
    assert.match(stderr, /^warning: RTCIO_FROBNICATE is set but means nothing$/m);
  });

  test("where to listen, and as whom: what serve would not start with", async () => {
    const rows = [
      [["--listen", "nonsense"], /^"nonsense" is no place to listen[^\n]*\n$/],
      [["--listen", "https://:443"], /^"https:[^\n]*needs a certificate[^\n]*\n$/],
      [["--unix-mode", "99"], /^"99" are no permissions[^\n]*\n$/],
      [["--user", "nobody-of-this-name"], /^there is no user "nobody-of-this-name"[^\n]*\n$/],
    ];
    for (const [words, line] of rows) {
      const { code, stdout, stderr } = await run(["check", ...words]);
      assert.match(stderr, line);
      assert.deepEqual([stdout, code !== 0], ["", true]);
    }
    const { code, stderr } = await run(["check", "--listen", "127.0.0.1:0,unix:/tmp/x"]);
    assert.deepEqual([stderr, code], ["", 0]);
  });

  test("is bad where a flag overrides the bad line, too", async () => {
    const file = await write("overridden.yaml", "port: http\n");
    assert.equal((await run(["check", file, "--port", "1"])).code, 78);
  });
});

describe("rtcio serve --config", () => {
  test("flag over environment over file over default", async () => {
    const file = await write(
      "serve.yaml",
      "ping_interval: 3s\nping_timeout: 4s\nmax:\n  payload: 32K\nallowed_origins:\n  - https://a.example\n  - https://b.example\n",
    );
    const args = ["--config", file, "--ping-interval", "1s"];
    const server = await start(args, { RTCIO_PING_TIMEOUT: "2s" });
    const headers = { Origin: "https://b.example" };
    const response = await request(server.port, { target: target(), headers });
    const open = JSON.parse(response.text.slice(1));
    assert.deepEqual([open.pingInterval, open.pingTimeout, open.maxPayload], [1000, 2000, 32768]);
    assert.equal(response.headers["access-control-allow-origin"], "https://b.example");
    await server.stop();
  });

  test("RTCIO_CONFIG names the file; a bad one ends it with status 78", async () => {
    const file = await write("env.yaml", "ping_interval: 3s\n");
    const server = await start([], { RTCIO_CONFIG: file });
    const { text } = await request(server.port, { target: target() });
    assert.equal(JSON.parse(text.slice(1)).pingInterval, 3000);
    await server.stop();

    await write("env.yaml", "ping_interval: 3 s\n");
    const { code, stderr } = await run(["serve"], { RTCIO_CONFIG: file });
    assert.equal(code, 78);
    assert.equal(stderr, `rtcio serve: ${file}:1: ping_interval: "3 s" cannot be used, give 1 to 86400000 ms\n`);
  });

  test("logs variables that mean nothing", async () => {
    const server = await start([], { RTCIO_LOGLEVEL: "warn" });
    await waitFor(() => /warn config\.unknown variable=RTCIO_LOGLEVEL nearest=RTCIO_LOG_LEVEL\n/.test(server.stderr), "the warning");
    await server.stop();
  });
});
