// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the rtcio authors

// Older releases of socket.io-client, as they come from npm: what an application does with one.

import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { afterEach, describe, test } from "node:test";
import { useServer } from "./lib/fixture.mjs";
import { serverUnderTest } from "./lib/server.mjs";
import { once, take, withTimeout } from "./lib/time.mjs";

const require = createRequire(import.meta.url);

const RELEASES = ["socket.io-client-4.0", "socket.io-client-3"].map((name) => ({
  io: require(name),
  version: require(`${name}/package.json`).version,
}));

const TRANSPORTS = [["polling"], ["websocket"], ["polling", "websocket"]];

const open = new Set();
afterEach(() => {
  for (const socket of open) socket.close();
  open.clear();
});

async function connect({ io }, url, options) {
  const socket = io(url, { forceNew: true, reconnectionDelay: 20, reconnectionDelayMax: 40, ...options });
  open.add(socket);
  await once(socket, "connect");
  return socket;
}

const ask = (socket, event, ...args) =>
  withTimeout(
    new Promise((resolve) => socket.emit(event, ...args, (...values) => resolve(values))),
    `acknowledgement of "${event}"`,
  );

const VALUES = ["é€😀", 1.5, null, { list: [true, {}] }, Buffer.from([0, 1, 255]), { deep: [Buffer.from([7])] }];

for (const release of RELEASES) {
  for (const transports of TRANSPORTS) {
    describe(`socket.io-client ${release.version} over ${transports.join(", then ")}`, () => {
      const server = useServer();
      const options = { transports };

      test("events and acknowledgements, both ways, with binary", async () => {
        const socket = await connect(release, server.url, options);
        const back = once(socket, "message-back");
        socket.emit("message", ...VALUES);
        assert.deepEqual(await back, VALUES);
        assert.deepEqual(await ask(socket, "message-with-ack", ...VALUES), VALUES);
        const answered = once(socket, "answered");
        socket.on("question", (...args) => args.pop()(...args));
        socket.emit("ask", { event: "question", args: VALUES });
        assert.deepEqual(await answered, [{ status: "ok", values: VALUES }]);
        const { engine } = socket.io;
        if (engine.transport.name !== transports.at(-1)) await once(engine, "upgrade");
        assert.equal((await ask(socket, "whoami"))[0].transport, transports.at(-1));
      });

      test("namespaces, auth and refusals", async () => {
        const socket = await connect(release, server.url, { ...options, auth: { token: "t" } });
        const chat = socket.io.socket("/chat");
        await once(chat, "connect");
        assert.notEqual(chat.id, socket.id);
        assert.deepEqual((await ask(socket, "whoami"))[0].auth, { token: "t" });
        const refused = release.io(`${server.url}/guarded`, { ...options, forceNew: true, auth: { mode: "refuse" } });
        open.add(refused);
        const [error] = await once(refused, "connect_error");
        assert.equal(error.message, "no entry");
        assert.deepEqual(error.data, { code: 401, list: [1, 2] });
        chat.close();
        await server.note({ note: "disconnect", nsp: "/chat", reason: "client namespace disconnect" });
        assert.deepEqual(await ask(socket, "message-with-ack", 1), [1]);
      });

      test("rooms and broadcasts", async () => {
        const [a, b] = [await connect(release, server.url, options), await connect(release, server.url, options)];
        await ask(b, "join", "room");
        const news = take(b, "news", 2);
        await ask(a, "say", { to: ["room"], event: "news", args: [1] });
        await ask(a, "say", { broadcast: true, event: "news", args: [Buffer.from([2])] });
        assert.deepEqual(await news, [[1], [Buffer.from([2])]]);
      });
    });
  }

  test(`socket.io-client ${release.version} comes back after a restart`, async (t) => {
    for (const transports of TRANSPORTS) {
      const first = await serverUnderTest().start();
      t.after(() => first.stop());
      const socket = await connect(release, first.url, { transports });
      const gone = once(socket, "disconnect");
      await first.stop();
      await gone;
      const second = await serverUnderTest({ port: first.port }).start();
      t.after(() => second.stop());
      if (!socket.connected) await once(socket, "connect");
      assert.deepEqual(await ask(socket, "message-with-ack", "again"), ["again"]);
      socket.close();
      await second.stop();
    }
  });
}
