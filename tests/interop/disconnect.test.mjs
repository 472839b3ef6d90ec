// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the rtcio authors

// Who is told what when a connection ends, on both ends and in which order (Socket.IO spec 6).

import assert from "node:assert/strict";
import http from "node:http";
import { describe, test } from "node:test";
import { ask, client, connect, connected } from "./lib/client.mjs";
import { useServer } from "./lib/fixture.mjs";
import { isReference, oursOnly, serverUnderTest } from "./lib/server.mjs";
import { once, take, waitFor } from "./lib/time.mjs";
import { RawWebSocket } from "./lib/ws.mjs";

const TRANSPORTS = [["polling"], ["websocket"]];

const reasonOf = async (server, id, ms) =>
  (await server.note({ note: "disconnect", id }, ms)).reason;

describe("reasons", () => {
  const server = useServer({ max_payload_bytes: 100000 });

  for (const transports of TRANSPORTS) {
    const over = `over ${transports[0]}`;

    test(`the server disconnects one namespace, ${over}`, async () => {
      const socket = await connect(server, "/", { transports });
      const other = socket.io.socket("/chat");
      await connected(other);
      const { id } = socket;
      const gone = once(socket, "disconnect");
      socket.emit("kick-me", false);
      assert.equal((await gone)[0], "io server disconnect");
      assert.equal(await reasonOf(server, id), "server namespace disconnect");
      assert.equal(await ask(other, "message-with-ack", "alive"), "alive");
    });

    test(`the server disconnects the whole session, ${over}`, async () => {
      const socket = await connect(server, "/", { transports });
      const other = socket.io.socket("/chat");
      await connected(other);
      const ids = [socket.id, other.id];
      const gone = [socket, other].map((each) => once(each, "disconnect"));
      socket.emit("kick-me", true);
      for (const [reason] of await Promise.all(gone)) assert.equal(reason, "io server disconnect");
      for (const id of ids) assert.equal(await reasonOf(server, id), "server namespace disconnect");
      await server.settled({ n_sessions: 0, n_sockets: 0 });
    });

    test(`the server disconnects a room, ${over}`, async () => {
      const sockets = [];
      for (let i = 0; i < 3; i++) sockets.push(await connect(server, "/", { transports }));
      const judge = await connect(server);
      for (const socket of sockets.slice(0, 2)) await ask(socket, "join", "out");
      const gone = sockets.slice(0, 2).map((socket) => once(socket, "disconnect"));
      await ask(judge, "drop", { to: ["out"], from: "nsp", close: true });
      for (const [reason] of await Promise.all(gone)) assert.equal(reason, "io server disconnect");
      assert.equal(await ask(sockets[2], "message-with-ack", 1), 1);
      await server.settled({ n_sessions: 2 });
    });

    test(`the client leaves a namespace, ${over}`, async () => {
      const socket = await connect(server, "/", { transports });
      const other = socket.io.socket("/chat");
      await connected(other);
      const { id } = other;
      const gone = once(other, "disconnect");
      other.disconnect();
      assert.equal((await gone)[0], "io client disconnect");
      assert.equal(await reasonOf(server, id), "client namespace disconnect");
      assert.equal(await ask(socket, "message-with-ack", "alive"), "alive");
    });

    test(`the client's engine closes, ${over}`, async () => {
      const socket = await connect(server, "/", { transports });
      const { id } = socket;
      const gone = once(socket, "disconnect");
      socket.io.engine.close();
      assert.equal((await gone)[0], "forced close");
      assert.equal(await reasonOf(server, id), "transport close");
    });

    test(`the client's TCP connection is cut, ${over}`, async (t) => {
      const agent = new http.Agent();
      t.after(() => agent.destroy());
      const socket = await connect(server, "/", { transports, agent });
      const { id } = socket;
      const polling = transports[0] === "polling";
      const gone = once(socket, "disconnect");
      if (polling) {
        const polls = () => Object.values(agent.sockets).flat();
        await waitFor(() => polls().length > 0, "a poll under way");
        for (const tcp of polls()) tcp.destroy();
      } else {
        socket.io.engine.transport.ws._socket.destroy();
      }
      assert.equal((await gone)[0], polling ? "transport error" : "transport close");
      // On polling the client says "close" by a POST of its own, which may be faster.
      const reason = await reasonOf(server, id);
      assert.match(reason, polling ? /^transport (error|close)$/ : /^transport close$/);
    });

    test(`the client sends what is no packet, ${over}`, async () => {
      const socket = await connect(server, "/", { transports });
      const { id } = socket;
      const gone = once(socket, "disconnect");
      socket.io.engine._sendPacket("of no type");
      assert.match((await gone)[0], /^transport (close|error)$/);
      assert.equal(await reasonOf(server, id), "parse error");
    });

    test(`the client sends what is no event, ${over}`, async () => {
      const socket = await connect(server, "/", { transports });
      const { id } = socket;
      const gone = once(socket, "disconnect");
      socket.io.engine.write("2[");
      assert.match((await gone)[0], /^transport (close|error)$/);
      await server.note({ note: "error", id });
      assert.equal(await reasonOf(server, id), "forced close");
    });

    test(`the message is too large, ${over}`, async () => {
      const socket = await connect(server, "/", { transports });
      const { id } = socket;
      const gone = once(socket, "disconnect");
      socket.emit("message", "x".repeat(100001));
      const websocket = transports[0] === "websocket";
      assert.equal((await gone)[0], websocket ? "transport close" : "transport error");
      assert.equal(await reasonOf(server, id), websocket ? "transport error" : "transport close");
    });
  }
});

describe("no pong", () => {
  const server = useServer({ ping_interval_ms: 150, ping_timeout_ms: 100 });

  for (const transports of TRANSPORTS) {
    test(`is a ping timeout, over ${transports[0]}`, async () => {
      const socket = await connect(server, "/", { transports });
      const { id } = socket;
      const { engine } = socket.io;
      const send = engine._sendPacket;
      engine._sendPacket = function (type, ...rest) {
        if (type !== "pong") send.call(this, type, ...rest);
      };
      const gone = once(socket, "disconnect");
      assert.equal(await reasonOf(server, id), "ping timeout");
      assert.match((await gone)[0], /^transport (close|error)$/);
    });
  }

  test("is counted", { skip: isReference && "a counter of ours" }, async () => {
    const { ping_timeouts: before } = await server.stats();
    await RawWebSocket.join(server.port);
    await server.settled({ ping_timeouts: before + 1, n_sessions: 0 });
  });
});

describe("order", () => {
  const server = useServer();

  test("disconnecting with all rooms, disconnect with none, told to an observer", async () => {
    const observer = await connect(server);
    await ask(observer, "observe");
    for (const how of ["leave", "cut", "kick"]) {
      const socket = await connect(server, "/chat");
      const { id } = socket;
      await ask(socket, "join", "a");
      await ask(socket, "join", "b");
      const told = take(observer, "gone", 2);
      if (how === "leave") socket.disconnect();
      if (how === "cut") socket.io.engine.transport.ws._socket.destroy();
      if (how === "kick") socket.emit("kick-me", true);
      const reason = {
        leave: "client namespace disconnect",
        cut: "transport close",
        kick: "server namespace disconnect",
      }[how];
      const common = { nsp: "/chat", id, reason };
      assert.deepEqual(await told, [
        [{ phase: "disconnecting", ...common, rooms: [id, "a", "b"] }],
        [{ phase: "disconnect", ...common, rooms: [] }],
      ]);
    }
  });

  test("every namespace of a session is told", async () => {
    const observer = await connect(server);
    await ask(observer, "observe");
    const main = await connect(server, "/");
    const sockets = [main, main.io.socket("/chat"), main.io.socket("/custom")];
    await Promise.all(sockets.map(connected));
    const told = take(observer, "gone", 6);
    main.io.engine.transport.ws._socket.destroy();
    const phases = (await told).map(([{ phase, nsp }]) => `${nsp} ${phase}`);
    for (const nsp of ["/", "/chat", "/custom"]) {
      const first = phases.indexOf(`${nsp} disconnecting`);
      assert.ok(first >= 0 && first < phases.indexOf(`${nsp} disconnect`), phases.join(", "));
    }
  });

  test("who was refused, or still waits, is told to nobody", async () => {
    const observer = await connect(server);
    await ask(observer, "observe");
    observer.on("gone", ({ id }) => assert.equal(id, last.id));
    for (const mode of ["plain", "wait"]) {
      const socket = client(server, "/guarded", { auth: { mode } });
      if (mode === "plain") await once(socket, "connect_error");
      else await once(socket.io, "open");
      socket.disconnect();
    }
    const last = await connect(server, "/chat");
    const { id } = last;
    last.id = id;
    const told = take(observer, "gone", 2);
    last.disconnect();
    last.id = id;
    await told;
  });
});

describe("from inside every callback", () => {
  const server = useServer();

  const trigger = {
    event: (socket) => socket.emit("event", () => {}),
    any: (socket) => socket.emit("whatever"),
    response: (socket) => socket.emit("question"),
    timer: (socket) => socket.emit("timer"),
    post: (socket) => socket.emit("thread"),
  };

  for (const close of [false, true]) {
    for (const when of ["connection", "event", "any", "response", "timer", "post"]) {
      test(`a socket may be disconnected in ${when}, ${close ? "with" : "without"} its session`, async () => {
        const healthy = await connect(server, "/lab");
        const seen = take(healthy, "peer-saw", 1);
        const socket = client(server, "/lab", { auth: { when, close } });
        socket.on("question", (ack) => ack());
        const gone = once(socket, "disconnect");
        await Promise.race([connected(socket), gone]);
        trigger[when]?.(socket);
        assert.equal((await gone)[0], "io server disconnect");
        await server.note({ note: "disconnect", reason: "server namespace disconnect", nsp: "/lab" });
        await seen;
        await ask(healthy, "event");
        assert.deepEqual(await ask(healthy, "members", "afterlife"), []);
        assert.deepEqual((await ask(healthy, "names")).at(-1), "names");
      });
    }
  }

  const recursion = "disconnecting from `disconnecting` tells of the same socket twice";
  for (const when of ["disconnecting", "disconnect"]) {
    const skip = when === "disconnecting" && oursOnly(recursion);
    test(`disconnecting in ${when} changes nothing`, { skip }, async () => {
      const observer = await connect(server);
      await ask(observer, "observe");
      const socket = await connect(server, "/lab", { auth: { when, close: true } });
      const { id } = socket;
      const told = take(observer, "gone", 2);
      socket.disconnect();
      assert.deepEqual(
        (await told).map(([{ phase, reason, id: who }]) => [phase, reason, who]),
        [
          ["disconnecting", "client namespace disconnect", id],
          ["disconnect", "client namespace disconnect", id],
        ],
      );
    });
  }

  test("a middleware may not: it decides otherwise", async () => {
    const socket = client(server, "/lab", { auth: { when: "middleware", close: false } });
    await connected(socket);
    assert.equal(await ask(socket, "event"), "done");
  });

  test("every callback may emit, to its socket and to others", async () => {
    const peer = await connect(server, "/lab");
    const places = [];
    peer.on("peer-saw", (where) => places.push(where));
    const socket = client(server, "/lab");
    const saw = [];
    socket.on("saw", (where) => saw.push(where));
    socket.on("question", (ack) => ack());
    await connected(socket);
    for (const name of ["event", "any", "response", "timer", "post"]) {
      const seen = new Promise((resolve) => {
        socket.on("saw", (where) => where === name && resolve());
      });
      trigger[name](socket);
      await seen;
    }
    const { id } = socket;
    socket.disconnect();
    await server.note({ note: "disconnect", id });
    await ask(peer, "event");
    for (const place of ["connection", "any", "event", "response", "timer", "post"]) {
      assert.ok(saw.includes(place), `the socket heard from ${place}`);
      assert.ok(places.includes(place), `the others heard from ${place}`);
    }
    for (const place of ["middleware", "disconnecting", "disconnect"]) {
      assert.ok(places.includes(place), `the others heard from ${place}`);
    }
  });
});

describe("acknowledgements of those that leave", () => {
  const server = useServer();

  const never = "it never calls them";
  test("are told closed, once", { skip: oursOnly(never) }, async () => {
    const socket = await connect(server);
    const { id } = socket;
    const asked = once(socket, "question");
    socket.emit("ask", { event: "question", args: [] });
    await asked;
    socket.disconnect();
    assert.equal((await server.note({ note: "answered", id })).status, "closed");
  });

  test("of a broadcast end at the latest with the timeout", async () => {
    const [asker, leaver] = [await connect(server), await connect(server)];
    asker.on("question", (ack) => ack(1));
    leaver.on("question", () => leaver.io.engine.close());
    const answered = once(asker, "answered");
    asker.emit("ask-all", { from: "nsp", event: "question", args: [], timeout: 150 });
    const [{ values }] = await answered;
    assert.deepEqual(values, [1]);
  });
});

describe("shutdown", () => {
  test("everybody is told, and the port is free again", async () => {
    const server = await serverUnderTest().start();
    const polling = await connect(server, "/", { transports: ["polling"] });
    const websocket = await connect(server, "/", { transports: ["websocket"] });
    const chat = websocket.io.socket("/chat");
    await connected(chat);
    const ids = [polling.id, websocket.id, chat.id];
    const gone = [polling, websocket, chat].map((socket) => once(socket, "disconnect"));
    await server.stop();
    // spec 7.1: no DISCONNECT is sent, so that clients come back.
    for (const [reason] of await Promise.all(gone)) assert.match(reason, /^transport (close|error)$/);
    for (const id of ids) assert.equal(await reasonOf(server, id), "server shutting down");
    const again = await serverUnderTest({ port: server.port }).start();
    await again.stop();
  });

  test("half-open clients do not hold it up", async () => {
    const server = await serverUnderTest({ close_timeout_ms: 300 }).start();
    const ws = await RawWebSocket.join(server.port); // will not answer the Close
    const guarded = client(server, "/guarded", { auth: { mode: "wait" } });
    await once(guarded.io, "open");
    await server.stop(4000);
    ws.destroy();
  });
});
