// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the rtcio authors

// The control API of `rtcio serve`: who may use it, how it answers, and what it is not.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { Validator } from "@seriousme/openapi-schema-validator";
import { call, controlled, controlPort, KEY, useControlled } from "./lib/control.mjs";
import { request, target } from "./lib/http.mjs";
import { run } from "./lib/run.mjs";
import { join, peer, seenBy } from "./lib/rtcio.mjs";
import { programEnv } from "./lib/server.mjs";
import { once, waitFor } from "./lib/time.mjs";

const folder = mkdtempSync(path.join(tmpdir(), "rtcio-control-"));
after(() => rmSync(folder, { recursive: true, force: true }));

const error = ({ status, json }) => [status, json.error.code];

describe("control API", () => {
  const server = useControlled();

  test("says who it is", async () => {
    const { status, json, headers } = await server.call("GET", "/v1/info");
    assert.equal(status, 200);
    assert.equal(headers["cache-control"], "no-store");
    assert.match(json.version, /^\d+\.\d+\.\d+/);
    assert.equal(json.pid, server.child.pid);
    assert.ok(json.uptime_s >= 0 && json.uptime_s < 600);
    assert.ok(Math.abs(json.started_ms - Date.now()) < 600000);
    for (const name of ["workers", "sessions", "sockets", "rooms"]) assert.equal(typeof json[name], "number");
    const head = await server.call("HEAD", "/v1/info");
    assert.deepEqual([head.status, head.text], [200, ""]);
  });

  test("its paths are not on the public port, nor the public ones here", async () => {
    assert.equal((await request(server.port, { target: "/v1/info" })).status, 404);
    for (const path of ["/health", "/", "/socket.io/", target()]) {
      assert.deepEqual(error(await server.call("GET", path)), [404, "no_such_path"]);
    }
  });

  test("errors are JSON: path, method, body", async () => {
    assert.deepEqual(error(await server.call("GET", "/v1/nothing")), [404, "no_such_path"]);
    assert.deepEqual(error(await server.call("GET", "/v1/info/")), [404, "no_such_path"]);
    const method = await server.call("DELETE", "/v1/info");
    assert.deepEqual(error(method), [405, "method_not_allowed"]);
    assert.equal(method.headers.allow, "GET");
    const bodies = { "[]": /has to be a JSON object/, "{": /no JSON: line 1/, '{"a":1,"a":2}': /no JSON/ };
    for (const [body, message] of Object.entries(bodies)) {
      const answer = await server.call("GET", "/v1/info", { body });
      assert.deepEqual(error(answer), [400, "bad_json"]);
      assert.match(answer.json.error.message, message);
    }
  });
});

describe("control API: keys", () => {
  const server = useControlled([], { RTCIO_CONTROL_KEY: `${KEY},an older key also of 32 char` });

  test("a right one is needed, and wrong ones are counted", async () => {
    const none = await server.call("GET", "/v1/info", { key: null });
    assert.deepEqual(error(none), [401, "no_key"]);
    assert.equal(none.headers["www-authenticate"], 'Bearer realm="rtcio"');
    const basic = { headers: { Authorization: "Basic YTpi" }, key: null };
    assert.deepEqual(error(await server.call("GET", "/v1/info", basic)), [401, "no_key"]);
    assert.equal((await server.call("GET", "/v1/info", { key: "also of 32 char" })).status, 401);
    assert.equal((await server.call("GET", "/v1/info")).status, 200);
    for (let i = 0; i < 8; i++) {
      const wrong = { key: KEY.slice(0, -1) };
      assert.deepEqual(error(await server.call("GET", "/v1/nothing", wrong)), [401, "wrong_key"]);
    }
    assert.equal((await server.call("GET", "/v1/info", { key: "" })).status, 401);
    await server.call("GET", "/v1/info", { key: "x" });
    // Ten are too many, and then a right one waits, too.
    const late = await server.call("GET", "/v1/info");
    assert.deepEqual(error(late), [429, "too_many_wrong_keys"]);
    assert.ok(Number(late.headers["retry-after"]) >= 1 && Number(late.headers["retry-after"]) <= 60);
    assert.match(server.stderr, /control\.refuse address=127\.0\.0\.1 reason="wrong key"/);
    assert.doesNotMatch(server.stderr, /a key of the tests/);
  });
});

describe("control API: where", () => {
  test("a Unix socket needs no key, and has its permissions", async () => {
    const place = path.join(folder, "control.sock");
    const server = controlled(["--control-listen", `unix:${place}`], { RTCIO_CONTROL_KEY: "" });
    await server.start();
    try {
      assert.equal((await call(place, "GET", "/v1/info", { key: null })).status, 200);
      assert.equal(statSync(place).mode & 0o777, 0o600);
    } finally {
      await server.stop();
    }
  });

  test("keys change by SIGHUP, but never away", async () => {
    const keys = path.join(folder, "keys");
    const config = path.join(folder, "rtcio.yaml");
    writeFileSync(keys, `${KEY}\n`);
    const lines = (listen) => `${listen}control.key_file: ${keys}\nroom: "no"\n`;
    writeFileSync(config, lines("control.listen: 127.0.0.1:0\n"));
    const server = controlled(["--config", config], { RTCIO_CONTROL_KEY: "" });
    await server.start();
    try {
      const port = await controlPort(server);
      const reload = async (n) => {
        server.child.kill("SIGHUP");
        await waitFor(() => server.stderr.split(" config.reload ").length > n, `reload ${n}`);
      };
      const status = async (key) => (await call(port, "GET", "/v1/info", { key })).status;
      assert.equal(await status(KEY), 200);
      writeFileSync(keys, "the next key of the tests\n");
      await reload(1);
      await waitFor(async () => (await status("the next key of the tests")) === 200, "the next key");
      assert.equal(await status(KEY), 401);
      writeFileSync(config, 'room: "no"\n');
      await reload(2);
      assert.equal(await status("the next key of the tests"), 200);
      assert.equal((await call(port, "GET", "/v1/info", { key: null })).status, 401);
    } finally {
      await server.stop();
    }
  });

  test("a place that others reach without a key, short keys, no places", async () => {
    const rows = [
      [["--control-listen", "127.0.0.1:0"], "", /needs a key where others can reach it/],
      [["--control-listen", "127.0.0.1:0"], "short", /shorter than 16 characters/],
      [["--control-listen", "unix:here"], "", /"unix:here" is no place for the control API/],
      [["--control-listen", "https://127.0.0.1:0"], KEY, /with a certificate/],
      [["--control-listen", "fd:3"], KEY, /no place for the control API/],
    ];
    for (const [args, key, why] of rows) {
      for (const command of [["check"], ["serve", "--port", "0"]]) {
        const { code, stderr } = await run([...command, ...args], { RTCIO_CONTROL_KEY: key });
        assert.equal(code, 2, stderr);
        assert.match(stderr, why);
        assert.equal(stderr.trim().split("\n").length, 1);
      }
    }
  });

  test("keys that travel unencrypted are warned of", async () => {
    for (const [place, warned] of [["0.0.0.0:0", true], ["127.0.0.1:0", false]]) {
      const server = controlled(["--control-listen", place]);
      await server.start();
      await controlPort(server);
      await server.stop();
      assert.equal(/ warn control\.plain place=/.test(server.stderr), warned, server.stderr);
    }
  });

  test("what is used already is told", async () => {
    const first = controlled();
    await first.start();
    try {
      const port = await controlPort(first);
      const args = ["serve", "--port", "0", "--control-listen", `127.0.0.1:${port}`];
      const { code, stderr } = await run(args, { RTCIO_CONTROL_KEY: KEY });
      assert.equal(code, 1);
      assert.match(stderr, /the control API cannot listen on 127\.0\.0\.1:\d+: Address already in use; /);
    } finally {
      await first.stop();
    }
  });
});

describe("docs/operations.md", () => {
  const keys = path.join(folder, "control");
  writeFileSync(keys, `${KEY}\n`);
  const server = useControlled();

  test("its calls do what they say", async () => {
    const text = readFileSync(new URL("../../docs/operations.md", import.meta.url), "utf8");
    const [, block] = /<!-- tested: control\.test\.mjs [^>]*-->\n```sh\n(.*?)```/s.exec(text);
    const script = block
      .replaceAll("sudo cat /etc/rtcio/secrets/control", `cat ${keys}`)
      .replaceAll("127.0.0.1:3002", `127.0.0.1:${server.control}`)
      .replace(/^curl .*$/gm, "$& -o $out -w '%{http_code} %{content_type}\\n'");
    const socket = await peer(server);
    await join(socket, "team");
    const environment = { ...programEnv, out: path.join(folder, "answer") };
    // Without an input: with a socket for it bash takes itself for a remote shell and reads bashrc.
    const child = spawn("bash", ["-euo", "pipefail", "-c", script], {
      env: environment,
      stdio: ["ignore", "pipe", "pipe"],
    });
    let out = "";
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding("utf8").on("data", (t) => (out += t));
    const [code] = await once(child, "close");
    assert.equal(code, 0, out);
    const n = script.match(/^curl/gm).length;
    const lines = out.trim().split("\n");
    assert.ok(n >= 8);
    assert.equal(lines.length, n, out);
    for (const line of lines) assert.match(line, /^200 (application\/json|text\/plain)/);
    const [seen] = await seenBy(socket);
    assert.deepEqual(seen.filter(([event]) => event !== "join-ok"), [
      ["notice", "hello"],
      ["notice", { until: "22:00" }],
      ["room-removed", { roomId: "team", reason: "night" }],
    ]);
  });
});

test("docs/openapi.yaml is OpenAPI 3.1", async () => {
  const validator = new Validator();
  const file = fileURLToPath(new URL("../../docs/openapi.yaml", import.meta.url));
  assert.deepEqual(await validator.validate(file), { valid: true });
  assert.equal(validator.version, "3.1");
});

test("docs/openapi.yaml describes what there is", () => {
  const read = (name) => readFileSync(new URL(`../../${name}`, import.meta.url), "utf8");
  const rows = [...read("daemon/control/routes.def").matchAll(/^ROUTE\("([A-Z]+)", "([^"]+)", \w+\)$/gm)];
  const inCode = rows.map(([, method, route]) => `${method} ${route}`);
  const inFile = [];
  let route;
  for (const line of read("docs/openapi.yaml").split("\n")) {
    route = /^  (\/\S+):$/.exec(line)?.[1] ?? route;
    const method = /^    (get|put|post|delete|patch):$/.exec(line)?.[1];
    if (method) inFile.push(`${method.toUpperCase()} ${route}`);
  }
  assert.ok(inCode.length > 0);
  assert.deepEqual(inFile.sort(), inCode.sort());
});
