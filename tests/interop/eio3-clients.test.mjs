// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the rtcio authors

// socket.io-client 2 as it comes from npm, as old devices have it: what an application does with one,
// alone and in the same rooms as clients of today.

import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { afterEach, describe, test } from "node:test";
import { ask, connect as connectNow } from "./lib/client.mjs";
import { useServer } from "./lib/fixture.mjs";
import { serverUnderTest } from "./lib/server.mjs";
import { once, take, waitFor, withTimeout } from "./lib/time.mjs";

const require = createRequire(import.meta.url);
const io = require("socket.io-client-2");
const { version } = require("socket.io-client-2/package.json");

const TRANSPORTS = [["polling"], ["websocket"], ["polling", "websocket"]];
const VALUES = ["é€😀", 1.5, null, { list: [true, {}] }, Buffer.from([0, 1, 255]), { deep: [Buffer.from([7])] }];

const open = new Set();
afterEach(() => {
  for (const socket of open) socket.close();
  open.clear();
});

/** A client that is not connected yet, on a session of its own. */
function client(url, options) {
  const socket = io(url, { forceNew: true, reconnectionDelay: 20, reconnectionDelayMax: 40, ...options });
  open.add(socket);
  return socket;
}

async function connect(url, options) {
  const socket = client(url, options);
  await once(socket, "connect");
  return socket;
}

const askOld = (socket, event, ...args) =>
  withTimeout(
    new Promise((resolve) => socket.emit(event, ...args, (...values) => resolve(values))),
    `acknowledgement of "${event}"`,
  );

const upgraded = ({ io: { engine } }, transports) =>
  engine.transport.name === transports.at(-1) ? undefined : once(engine, "upgrade");

for (const transports of TRANSPORTS) {
  describe(`socket.io-client ${version} over ${transports.join(", then ")}`, () => {
    const server = useServer({ allow_eio3: true });
    const options = { transports };

    test("both ends name the same id and transport; the query is the connection's", async () => {
      const socket = await connect(server.url, { ...options, query: { k: "a b&c=é" } });
      await upgraded(socket, transports);
      const [who] = await askOld(socket, "whoami");
      assert.equal(who.id, socket.id);
      assert.equal(who.transport, transports.at(-1));
      assert.equal(who.k, "a b&c=é");
      assert.match(who.url, /[?&]EIO=3&/);
      assert.deepEqual(who.auth, {});
    });

    test("events and acknowledgements, both ways, with binary", async () => {
      const socket = await connect(server.url, options);
      for (let round = 0; round < 2; round++) {
        const back = once(socket, "message-back");
        socket.emit("message", ...VALUES);
        assert.deepEqual(await back, VALUES);
        assert.deepEqual(await askOld(socket, "message-with-ack", ...VALUES), VALUES);
        const answered = once(socket, "answered");
        socket.once("question", (...args) => args.pop()(...args));
        socket.emit("ask", { event: "question", args: VALUES });
        assert.deepEqual(await answered, [{ status: "ok", values: VALUES }]);
        await upgraded(socket, transports);
      }
    });

    test("a burst arrives in order, across the upgrade, text and binary mixed", async () => {
      const socket = await connect(server.url, options);
      const sent = Array.from({ length: 200 }, (_, i) => (i % 5 ? `é${i}` : Buffer.alloc(i * 20, i)));
      const back = take(socket, "message-back", sent.length);
      for (const value of sent) socket.emit("message", value);
      assert.deepEqual((await back).flat(), sent);
    });

    test("large messages", async () => {
      const socket = await connect(server.url, options);
      for (const value of ["é".repeat(200000), Buffer.alloc(300000, 200)]) {
        assert.deepEqual(await askOld(socket, "message-with-ack", value), [value]);
      }
    });

    test("namespaces: ids, the query as auth, refusals, leaving", async () => {
      const socket = await connect(server.url, options);
      const custom = socket.io.socket("/custom", { query: { token: "a b&c" } });
      open.add(custom);
      const [[auth]] = await Promise.all([once(custom, "auth"), once(custom, "connect")]);
      assert.deepEqual(auth, { token: "a b&c" });
      assert.equal(custom.id, `/custom#${socket.id}`);
      const [who] = await askOld(custom, "whoami");
      assert.equal(who.id, custom.id);

      const guarded = socket.io.socket("/guarded", { query: { mode: "refuse" } });
      open.add(guarded);
      assert.deepEqual(await once(guarded, "error"), [{ code: 401, list: [1, 2] }]);
      const plain = client(`${server.url}/guarded`, { ...options, query: { mode: "plain" } });
      const [refusal] = await once(plain, "error");
      assert.equal(refusal, "no data");
      const nowhere = socket.io.socket("/nope");
      open.add(nowhere);
      assert.deepEqual(await once(nowhere, "error"), [{ message: "Invalid namespace" }]);

      custom.close();
      await server.note({ note: "disconnect", nsp: "/custom", reason: "client namespace disconnect" });
      assert.deepEqual(await askOld(socket, "message-with-ack", 1), [1]);
    });

    test("an id reaches its owner, by the server and by others", async () => {
      const old = await connect(server.url, options);
      const custom = old.io.socket("/custom");
      open.add(custom);
      await once(custom, "connect");
      const now = await connectNow(server, "/custom");
      const news = once(custom, "news");
      await ask(now, "say", { to: [custom.id], event: "news", args: [1] });
      assert.deepEqual(await news, [1]);
      const back = new Promise((resolve) => now.once("news", resolve));
      await askOld(custom, "say", { to: [now.id], event: "news", args: [2] });
      assert.equal(await withTimeout(back, "news"), 2);
    });

    test("one room for clients of both generations: the same broadcast, bytes in their own frames", async () => {
      const [a, b] = [await connect(server.url, options), await connect(server.url, options)];
      const [c, d] = [await connectNow(server), await connectNow(server, "/", { transports: ["polling"] })];
      await Promise.all([askOld(a, "join", "mixed"), askOld(b, "join", "mixed")]);
      await Promise.all([ask(c, "join", "mixed"), ask(d, "join", "mixed")]);
      for (const value of ["é", Buffer.from([1, 2, 3]), Buffer.alloc(5000, 9), Buffer.alloc(0)]) {
        const got = [a, b, c, d].map((socket) => take(socket, "news", 1));
        const from = value === "é" ? a : c;
        const say = { from: "nsp", to: ["mixed"], event: "news", args: [value] };
        if (from === a) await askOld(a, "say", say);
        else await ask(c, "say", say);
        for (const one of await Promise.all(got)) assert.deepEqual(one, [[value]]);
      }
      const others = [b, c, d].map((socket) => once(socket, "news"));
      await askOld(a, "say", { to: ["mixed"], event: "news", args: ["not to me"] });
      for (const one of await Promise.all(others)) assert.deepEqual(one, ["not to me"]);
    });

    test("acknowledgements of a broadcast to both generations", async () => {
      const old = await connect(server.url, options);
      const now = await connectNow(server);
      await Promise.all([askOld(old, "join", "poll"), ask(now, "join", "poll")]);
      old.on("vote", (value, answer) => answer(`old ${value}`));
      now.on("vote", (value, answer) => answer(`new ${value}`));
      const answered = once(now, "answered");
      now.emit("ask-all", { from: "nsp", to: ["poll"], event: "vote", args: [7], timeout: 4000 });
      const [{ status, values }] = await answered;
      assert.equal(status, "ok");
      assert.deepEqual(values.sort(), ["new 7", "old 7"]);
    });

    test("ends: by the server, by the client", async () => {
      const socket = await connect(server.url, { ...options, reconnection: false });
      const { id } = socket;
      const { engine } = socket.io;
      const gone = once(socket, "disconnect");
      socket.emit("kick-me", false);
      assert.deepEqual(await gone, ["io server disconnect"]);
      await server.note({ note: "disconnect", id, reason: "server namespace disconnect" });
      // It closes its session; one that is opened before that is over would be closed with it.
      await waitFor(() => engine.readyState === "closed", "the session's end");
      socket.connect();
      await once(socket, "connect");
      const again = socket.id;
      assert.notEqual(again, id);
      socket.close();
      await server.note({ note: "disconnect", id: again, reason: "client namespace disconnect" });
    });
  });

  test(`socket.io-client ${version} comes back after a restart, over ${transports.join(", then ")}`, async (t) => {
    const options = { allow_eio3: true };
    const first = await serverUnderTest(options).start();
    t.after(() => first.stop());
    const socket = await connect(first.url, { transports });
    const { id } = socket;
    const gone = once(socket, "disconnect");
    await first.stop();
    await gone;
    const second = await serverUnderTest({ ...options, port: first.port }).start();
    t.after(() => second.stop());
    await waitFor(() => socket.connected, "the connection");
    assert.notEqual(socket.id, id);
    assert.deepEqual(await askOld(socket, "message-with-ack", "again"), ["again"]);
    socket.close();
  });
}

describe(`socket.io-client ${version} keeps the connection`, () => {
  const server = useServer({ allow_eio3: true, ping_interval_ms: 200, ping_timeout_ms: 1000 });

  test("by its own pings", async () => {
    for (const transports of TRANSPORTS) {
      const socket = await connect(server.url, { transports, reconnection: false });
      let pongs = 0;
      socket.on("pong", () => pongs++);
      await waitFor(() => pongs >= 8 || !socket.connected, "pongs", 20000);
      assert.equal(socket.connected, true);
      socket.close();
    }
  });
});

describe(`socket.io-client ${version} where it is not allowed`, () => {
  const server = useServer();

  test("is told that it cannot connect", async () => {
    for (const transports of [["polling"], ["websocket"]]) {
      const socket = client(server.url, { transports, reconnection: false });
      const [error] = await once(socket, "connect_error");
      assert.equal(error.type, "TransportError");
      if (transports[0] === "polling") assert.equal(error.description, 400);
      socket.close();
    }
    assert.equal((await server.stats()).n_sessions, 0);
  });
});
