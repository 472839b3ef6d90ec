// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the rtcio authors

// The examples, driven by stock clients. RTCIO_EXAMPLES names the executables (separated by
// ":"): `./test examples` builds them against the installed library in every way it can be
// linked, and runs this.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import path from "node:path";
import { after, before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { ask, client, closeAll, connect, connected } from "./lib/client.mjs";
import { Server } from "./lib/server.mjs";
import { once, take, withTimeout } from "./lib/time.mjs";

const examples = (process.env.RTCIO_EXAMPLES ?? "").split(path.delimiter).filter(Boolean);
const skip = examples.length === 0 && "RTCIO_EXAMPLES is not set: ./test examples sets it";
const ready = /^listening on http:\/\/localhost:(\d+)$/;

/** An example that runs while the tests of a block do. */
function run(command) {
  const server = new Server(command, ["0"], { ready });
  before(() => server.start());
  after(async () => {
    closeAll();
    server.child.kill("SIGKILL");
    await withTimeout(server.exit, "end of the example");
  });
  return server;
}

const all = examples.map((command) => [path.relative(process.cwd(), command), command]);
const named = (name) => all.filter(([, command]) => path.basename(command).startsWith(name));

test("examples are named", { skip }, () => {
  assert.ok(named("quickstart").length > 0);
  assert.ok(named("in_your_loop").length > 0);
});

for (const [title, command] of named("quickstart")) {
  describe(title, () => {
    const server = run(command);

    for (const transports of [["websocket"], ["polling"], ["polling", "websocket"]]) {
      test(`introduces two peers over ${transports.join(", then ")}`, async () => {
        const roomId = transports.join("-");
        const ann = await connect(server, "/", { transports });
        const bob = await connect(server, "/", { transports });

        const annIn = once(ann, "join-ok");
        ann.emit("join-room", { roomId, name: "Ann" });
        assert.deepEqual(await annIn, [{ roomId }]);

        const bobSeesAnn = once(bob, "user-connected");
        const annSeesBob = once(ann, "user-connected");
        const initOffer = once(ann, "#rtcio:init-offer");
        bob.emit("join-room", { roomId, name: "Bob" });
        assert.deepEqual(await bobSeesAnn, [{ name: "Ann", id: ann.id }]);
        assert.deepEqual(await annSeesBob, [{ name: "Bob", id: bob.id }]);
        assert.deepEqual(await initOffer, [{ source: bob.id }]);

        const offers = take(bob, "#rtcio:message", 100);
        const data = (n) => ({ description: { type: "offer", sdp: `v=0\r\ns=${n}\r\n` } });
        for (let n = 0; n < 100; n++) {
          ann.emit("#rtcio:message", { source: ann.id, target: bob.id, data: data(n) });
        }
        const received = (await offers).map(([message]) => message);
        const sent = Array.from({ length: 100 }, (_, n) => data(n));
        assert.deepEqual(received.map((message) => message.data), sent);
        assert.ok(received.every((message) => message.source === ann.id));

        const raised = once(ann, "hand-raised");
        assert.equal(await ask(bob, "raise-hand", { roomId }), 2);
        assert.deepEqual(await raised, [{ id: bob.id }]);

        const left = once(ann, "#rtcio:peer-left");
        const bobsId = bob.id;
        bob.disconnect();
        assert.deepEqual(await left, [{ id: bobsId }]);
      });
    }

    test("introduces two of the peers that the README shows", async () => {
      const here = fileURLToPath(new URL(".", import.meta.url));
      const readme = await readFile(path.join(here, "../../README.md"), "utf8");
      const program = /^```js\n(.*?)^```$/ms.exec(readme)[1];
      assert.ok(program.includes("http://localhost:3001"));
      const code = program.replace("http://localhost:3001", server.url);
      const node = [process.execPath, "--input-type=module", "-e", code];
      const peer = () => new Server("env", ["-C", here, ...node], { ready: /^Ann is here: (.+)$/ });
      const peers = [peer(), peer()];
      try {
        await Promise.all(peers.map((one) => one.start()));
        const hello = (line) => line.endsWith(" says { hello: 'newcomer' }");
        await Promise.any(peers.map((one) => one.line(hello, "a relayed message")));
        peers[0].child.kill();
        await peers[1].line((line) => line.endsWith(" has left"), "a departure");
      } finally {
        for (const { child } of peers) child?.kill();
      }
    });

    test("leaves odd payloads and strangers to a room without an answer", async () => {
      const socket = await connect(server);
      for (const odd of [undefined, null, 1, "room", [], {}, { roomId: 1 }, { roomId: "not mine" }]) {
        socket.emit("raise-hand", odd, () => assert.fail("answered"));
      }
      const joined = once(socket, "join-ok");
      socket.emit("join-room", { roomId: "mine", name: "Eve" });
      await joined;
      assert.equal(await ask(socket, "raise-hand", { roomId: "mine" }), 1);
    });
  });
}

for (const [title, command] of named("in_your_loop")) {
  describe(title, () => {
    const server = run(command);

    test("runs its own clock and input beside the server, and closes it", async () => {
      const socket = client(server);
      const ticks = take(socket, "tick", 2);
      await connected(socket);
      const [[first], [second]] = await ticks;
      assert.equal(second, first + 1);

      const news = once(socket, "news");
      server.child.stdin.write("the kettle boils\n");
      assert.deepEqual(await news, ["the kettle boils"]);

      const disconnected = once(socket, "disconnect");
      server.child.stdin.end();
      await disconnected;
      assert.deepEqual(await withTimeout(server.exit, "end of the example"), {
        code: 0,
        signal: null,
      });
    });
  });
}
