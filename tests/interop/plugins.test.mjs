// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the rtcio authors

// Plugins of `rtcio serve`: the example, and objects that are none. They are built here against the
// headers in include/; `./test examples` gives those built against the installed headers in
// RTCIO_PLUGIN_FILES, and the installed program in RTCIO_PROGRAM.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { closeAll } from "./lib/client.mjs";
import { ready, roomOf } from "./lib/rtcio.mjs";
import { Server, built } from "./lib/server.mjs";
import { once, take, withTimeout } from "./lib/time.mjs";

const root = fileURLToPath(new URL("../../", import.meta.url));
const program = process.env.RTCIO_PROGRAM ?? built("rtcio");
const given = (process.env.RTCIO_PLUGIN_FILES ?? "").split(path.delimiter).filter(Boolean);
let folder;
const servers = [];

function compile(name, source) {
  const object = path.join(folder, `${name}.so`);
  execFileSync("cc", ["-shared", "-fPIC", `-I${path.join(root, "include")}`, "-o", object, source]);
  return object;
}

async function compileText(name, text) {
  const source = path.join(folder, `${name}.c`);
  await writeFile(source, text);
  return compile(name, source);
}

function serve(...args) {
  const all = ["serve", "--port", "0", "--close-timeout", "1000", "--recovery-time", "0", ...args];
  const server = new Server(program, all, { env: { HOST: "127.0.0.1" }, ready });
  servers.push(server);
  return server;
}

/** What a server that cannot start says. */
async function complaint(...args) {
  const server = serve(...args);
  await server.start().catch(() => {});
  const { code } = await withTimeout(server.exit, "its end");
  assert.match(server.stderr, /^rtcio serve: [^\n]+\n$/);
  return [code, server.stderr.slice("rtcio serve: ".length, -1)];
}

before(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "rtcio-plugins-"));
  if (given.length === 0) given.push(compile("plugin", path.join(root, "examples/plugin.c")));
});
after(async () => {
  closeAll();
  for (const server of servers) if (server.child && !server.ended) server.child.kill("SIGKILL");
  await rm(folder, { recursive: true });
});

describe("plugins", () => {
  for (const workers of ["1", "3"]) {
    test(`the example adds its handler to ${workers} workers`, async () => {
      for (const file of given) {
        const server = await serve("--workers", workers, "--plugins", `${file} config=3`).start();
        const peers = await roomOf(server, 4, "dice");
        const rolls = peers.map((socket) => take(socket, "rolled", 30));
        for (let i = 0; i < 30; i++) peers[i % 4].emit("roll", { roomId: "dice" });
        peers[0].emit("roll", { roomId: "elsewhere" });
        peers[0].emit("roll");
        for (const seen of await Promise.all(rolls)) {
          assert.ok(seen.every(([{ eyes }]) => eyes >= 1 && eyes <= 3));
          assert.ok(new Set(seen.map(([{ eyes }]) => eyes)).size > 1);
          assert.ok(seen.every(([{ id }]) => peers.some((socket) => socket.id === id)));
        }
        closeAll();
        await server.stop();
      }
    });
  }

  test("from the file, with sections", async () => {
    const file = path.join(folder, "rtcio.yaml");
    await writeFile(file, `plugins:\n  - name: ${given[0]}\n    config: 1000000\n`);
    const server = await serve("--config", file).start();
    const [ann] = await roomOf(server, 1, "dice");
    const rolled = once(ann, "rolled");
    ann.emit("roll", { roomId: "dice" });
    assert.equal((await rolled)[0].id, ann.id);
    closeAll();
    await server.stop();
  });

  test("what cannot be loaded is told, and how to mend it", async () => {
    const none = await compileText("none", "int x;\n");
    const old = await compileText(
      "old",
      "#include <rtcio/plugin.h>\nconst rtcio_plugin rtcio_plugin_info = {sizeof(rtcio_plugin), 0, 0, 0};\n",
    );
    const lacks = await compileText("lacks", "void missing(void);\nvoid f(void) { missing(); }\n");
    const text = path.join(folder, "text.so");
    await writeFile(text, "text");
    const rows = [
      [none, 1, `plugin "${none}" is none: RTCIO_PLUGIN() is missing in its source`],
      [old, 1, `plugin "${old}" was built for rtcio 0.0, this is 0.1: build it again with these headers`],
      [lacks, 1, /cannot be loaded: .*undefined symbol: missing/],
      [text, 1, /cannot be loaded: .*/],
      ["/nowhere/x.so", 2, 'plugin "/nowhere/x.so" cannot be read: No such file or directory'],
      ["x.so", 2, 'plugin "x.so" has no folder, write ./ in front of its name'],
      [`${given[0]} sides=6`, 2, `plugin "${given[0]} sides=6" takes config=TEXT of up to 127 bytes and no more`],
      [`${given[0]} config=1`, 1, /^cannot set up the server: plugin ".*" refused its setup \(-\d+: .*\), config "1"$/],
    ];
    for (const [plugin, status, wanted] of rows) {
      const [code, line] = await complaint("--plugins", plugin);
      assert.equal(code, status, plugin);
      if (typeof wanted === "string") assert.equal(line, wanted);
      else assert.match(line, wanted);
    }
  });
});
