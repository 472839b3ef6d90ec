// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the rtcio authors

// Namespaces, middleware, rooms and broadcasts, seen by stock clients (Socket.IO spec 5.3, 7.2 to
// 7.4, 11.2).

import assert from "node:assert/strict";
import { afterEach, describe, test } from "node:test";
import { ask, client, connect, connected } from "./lib/client.mjs";
import { useServer } from "./lib/fixture.mjs";
import { alone, nWorkers, oursOnly } from "./lib/server.mjs";
import { once, sleep, take } from "./lib/time.mjs";

/** Emits through the server and returns who got it: an event with a mark, sent to a spec, then a
 *  plain one to everybody as the end. */
let marks = 0;
async function reached(sender, sockets, spec) {
  const mark = `mark ${marks++}`;
  const got = new Map(sockets.map((socket) => [socket, 0]));
  const listeners = sockets.map((socket) => {
    const listener = () => got.set(socket, got.get(socket) + 1);
    socket.on(mark, listener);
    return [socket, listener];
  });
  const ends = sockets.map((socket) => once(socket, `${mark} end`));
  await ask(sender, "say", { ...spec, event: mark, args: [] });
  await ask(sender, "say", { from: "nsp", event: `${mark} end`, args: [] });
  await Promise.all(ends);
  for (const [socket, listener] of listeners) socket.off(mark, listener);
  return sockets.map((socket) => got.get(socket));
}

const several = (server, n, nsp) =>
  Promise.all(Array.from({ length: n }, () => connect(server, nsp)));

/** The order in which members joined is known to their own worker. */
const inOrder = (ids) => (nWorkers > 1 ? [...ids].sort() : ids);

describe("namespaces", () => {
  const server = useServer();

  test("are apart: ids, rooms, broadcasts", async () => {
    const main = await connect(server, "/");
    const chat = await connect(server, "/chat");
    await ask(main, "join", "room");
    assert.deepEqual(await ask(chat, "members", "room"), []);
    chat.on("hello", () => assert.fail("from another namespace"));
    await ask(main, "say", { from: "nsp", event: "hello", args: [] });
    await ask(chat, "whoami");
  });

  test("several on one session", async () => {
    const main = await connect(server, "/");
    const sockets = [main, main.io.socket("/chat"), main.io.socket("/custom")];
    await Promise.all(sockets.map(connected));
    const ids = await Promise.all(sockets.map((socket) => ask(socket, "whoami")));
    assert.equal(new Set(ids.map(({ id }) => id)).size, 3);
    assert.equal((await server.stats()).n_sessions, 1);
    sockets[1].disconnect();
    await server.note({ note: "disconnect", nsp: "/chat" });
    assert.equal((await ask(sockets[2], "message-with-ack", 1)), 1);
    assert.equal((await ask(main, "message-with-ack", 2)), 2);
  });

  test("auth belongs to the namespace, the query to the session", async () => {
    const main = await connect(server, "/", { query: { k: "both" }, auth: { for: "main" } });
    const chat = main.io.socket("/chat", { auth: { for: "chat" } });
    await connected(chat);
    const [a, b] = [await ask(main, "whoami"), await ask(chat, "whoami")];
    assert.deepEqual([a.k, a.auth, b.k, b.auth], ["both", { for: "main" }, "both", { for: "chat" }]);
  });

  test("an unknown one is refused", async () => {
    const socket = client(server, "/nope");
    const [error] = await once(socket, "connect_error");
    assert.equal(error.message, "Invalid namespace");
  });

  test("many sockets join and leave again and again", async () => {
    const main = await connect(server, "/");
    for (let i = 0; i < 20; i++) {
      const chat = main.io.socket("/chat");
      await connected(chat);
      await ask(chat, "join", "room");
      const { id } = chat;
      chat.disconnect();
      await server.note({ note: "disconnect", id });
    }
    const last = await connect(server, "/chat");
    await server.settled({ n_sockets: 2 });
    assert.deepEqual(await ask(last, "members", "room"), []);
  });
});

describe("middleware", () => {
  const server = useServer();
  const guarded = (mode) => client(server, "/guarded", { auth: { mode } });

  async function refusal(mode) {
    const [error] = await once(guarded(mode), "connect_error");
    return [error.message, error.data];
  }

  test("lets in at once and later", async () => {
    for (const mode of [undefined, "timer"]) {
      const socket = guarded(mode);
      await connected(socket);
      assert.equal(await ask(socket, "message-with-ack", mode ?? "none"), mode ?? "none");
    }
  });

  test("refuses with a message and data, at once and later", async () => {
    assert.deepEqual(await refusal("refuse"), ["no entry", { code: 401, list: [1, 2] }]);
    assert.deepEqual(await refusal("plain"), ["no data", undefined]);
    assert.deepEqual(await refusal("timer-refuse"), ["too late", undefined]);
  });

  test("a refusal does not touch other namespaces of the session", async () => {
    const main = await connect(server);
    const socket = main.io.socket("/guarded", { auth: { mode: "plain" } });
    await once(socket, "connect_error");
    assert.equal(await ask(main, "message-with-ack", "alive"), "alive");
  });

  test("another client decides", async () => {
    const judge = await connect(server);
    for (const accept of [true, false]) {
      const waiting = [guarded("wait"), guarded("wait")];
      await server.settled({ n_sessions: 3 });
      await Promise.all(waiting.map((socket) => socket.connected || opened(socket)));
      const outcomes = waiting.map((socket) => once(socket, accept ? "connect" : "connect_error"));
      let decided = false;
      const ends = Promise.all(outcomes).finally(() => (decided = true));
      while (!decided) {
        await ask(judge, "decide", accept); // again: the attempts may not have arrived yet
        await sleep(5);
      }
      for (const [error] of await ends) if (!accept) assert.equal(error.message, "decided against");
      for (const socket of waiting) socket.disconnect();
      await server.settled({ n_sessions: 1 });
    }
  });

  test("a decision about a client that is gone does no harm", async () => {
    const judge = await connect(server);
    const socket = guarded("wait");
    await opened(socket);
    socket.io.engine.close();
    await server.settled({ n_sessions: 1 });
    for (const accept of [true, false]) await ask(judge, "decide", accept);
    await server.settled({ n_sockets: 1 });
  });

  test("rooms joined in it stay, and come before the own id", async () => {
    const socket = guarded("room");
    await connected(socket);
    assert.deepEqual(await ask(socket, "rooms"), ["hall", socket.id]);
  });

  test("rooms joined in it are left when it refuses", async () => {
    assert.deepEqual(await refusal("room-refuse"), ["not this room", undefined]);
    const socket = guarded();
    await connected(socket);
    const members = await ask(socket, "members", "hall");
    assert.deepEqual(members, []);
  });

  test("what it emits reaches the client", async () => {
    const [value] = await once(guarded("early"), "early");
    assert.equal(value, 1);
  });
});

const opened = (socket) => (socket.io.engine.readyState === "open" ? null : once(socket.io, "open"));

describe("rooms", () => {
  const server = useServer();

  test("join, join again, leave, leave again", async () => {
    const socket = await connect(server);
    await ask(socket, "join", "a");
    await ask(socket, "join", "b");
    await ask(socket, "join", "a");
    assert.deepEqual(await ask(socket, "rooms"), [socket.id, "a", "b"]);
    assert.deepEqual(await ask(socket, "members", "a"), [socket.id]);
    await ask(socket, "leave", "a");
    await ask(socket, "leave", "a");
    await ask(socket, "leave", "never joined");
    assert.deepEqual(await ask(socket, "rooms"), [socket.id, "b"]);
    assert.deepEqual(await ask(socket, "members", "a"), []);
  });

  test("members come in the order they joined", { skip: alone("the order of members") }, async () => {
    const sockets = await several(server, 5);
    for (const socket of sockets) await ask(socket, "join", "row");
    await ask(sockets[1], "leave", "row");
    await ask(sockets[1], "join", "row");
    const expected = [0, 2, 3, 4, 1].map((i) => sockets[i].id);
    assert.deepEqual(await ask(sockets[0], "members", "row"), expected);
  });

  test("any name: empty of ASCII, long, odd", async () => {
    const [a, b] = await several(server, 2);
    for (const room of ["é😀", "x".repeat(2000), "__proto__", "/", "a,b", '"', " "]) {
      await ask(b, "join", room);
      assert.deepEqual(await reached(a, [a, b], { to: [room] }), [0, 1], room);
    }
  });

  test("a client that goes is in no room", async () => {
    const [a, b] = await several(server, 2);
    await ask(a, "join", "r");
    await ask(b, "join", "r");
    const { id } = b;
    b.disconnect();
    await server.note({ note: "disconnect", id });
    assert.deepEqual(await ask(a, "members", "r"), [a.id]);
  });

  test("others can be moved", async () => {
    const [a, b, c] = await several(server, 3);
    await ask(a, "join", "from");
    await ask(b, "join", "from");
    await ask(c, "move", { from: "nsp", to: ["from"], join: "there" });
    assert.deepEqual(inOrder(await ask(c, "members", "there")), inOrder([a.id, b.id]));
    await ask(c, "move", { from: "nsp", to: ["there"], except: [b.id], leave: "there" });
    assert.deepEqual(await ask(c, "members", "there"), [b.id]);
    await ask(c, "move", { from: "nsp", join: "all" });
    assert.equal((await ask(c, "members", "all")).length, 3);
  });

  test("a thousand rooms of one client", async () => {
    const socket = await connect(server);
    const names = Array.from({ length: 1000 }, (_, i) => `room ${i}`);
    await Promise.all(names.map((room) => ask(socket, "join", room)));
    assert.deepEqual(await ask(socket, "rooms"), [socket.id, ...names]);
    for (const room of names.slice(0, 500)) socket.emit("leave", room);
    assert.equal((await ask(socket, "rooms")).length, 501);
  });
});

describe("broadcast", () => {
  const server = useServer();

  const cases = [
    ["the namespace reaches all", { from: "nsp" }, [1, 1, 1, 1]],
    ["broadcast reaches the others", { broadcast: true }, [0, 1, 1, 1]],
    ...(alone("who is local")
      ? []
      : [
          ["local reaches the others of this node", { local: true }, [0, 1, 1, 1]],
          ["local on the namespace reaches all of it", { from: "nsp", local: true }, [1, 1, 1, 1]],
        ]),
    ["to a room, without the sender", { to: ["a"] }, [0, 1, 0, 0]],
    ["to a room, from the namespace", { from: "nsp", to: ["a"] }, [1, 1, 0, 0]],
    ["to two rooms, each client once", { from: "nsp", to: ["a", "b"] }, [1, 1, 1, 0]],
    ["to an unknown room, nobody", { to: ["nobody here"] }, [0, 0, 0, 0]],
    ["except a room", { from: "nsp", except: ["b"] }, [1, 0, 0, 1]],
    ["except two rooms", { from: "nsp", except: ["a", "b"] }, [0, 0, 0, 1]],
    ["to a room except another", { from: "nsp", to: ["a"], except: ["b"] }, [1, 0, 0, 0]],
    ["except, from a socket", { except: ["b"] }, [0, 0, 0, 1]],
    ["volatile, to idle clients", { from: "nsp", volatile: true }, [1, 1, 1, 1]],
    ["volatile, to a room", { to: ["b"], volatile: true }, [0, 1, 1, 0]],
    ["a list of many rooms", { from: "nsp", to: ["x", "y", "z", "v", "w", "b"] }, [0, 1, 1, 0]],
  ];
  for (const [what, spec, expected] of cases) {
    test(what, async () => {
      const sockets = await several(server, 4);
      await ask(sockets[0], "join", "a");
      await ask(sockets[1], "join", "a");
      await ask(sockets[1], "join", "b");
      await ask(sockets[2], "join", "b");
      assert.deepEqual(await reached(sockets[0], sockets, spec), expected);
    });
  }

  test("to a client's id; to one's own nobody; except an id", async () => {
    const sockets = await several(server, 3);
    const [a, b] = sockets;
    assert.deepEqual(await reached(a, sockets, { to: [b.id] }), [0, 1, 0]);
    assert.deepEqual(await reached(a, sockets, { to: [a.id] }), [0, 0, 0]);
    assert.deepEqual(await reached(a, sockets, { from: "nsp", to: [a.id] }), [1, 0, 0]);
    assert.deepEqual(await reached(a, sockets, { from: "nsp", except: [b.id] }), [1, 0, 1]);
  });

  test("over both transports at once, text and binary whole", async () => {
    const sockets = [
      await connect(server, "/", { transports: ["polling"] }),
      await connect(server, "/", { transports: ["websocket"] }),
      await connect(server, "/", { transports: ["websocket"], query: { b64: 1 } }),
    ];
    const values = ["é", { deep: [Buffer.from([1, 2]), Buffer.alloc(70000, 3)] }, null];
    const all = sockets.map((socket) => take(socket, "news", 3));
    for (let i = 0; i < 3; i++) {
      await ask(sockets[0], "say", { from: "nsp", event: "news", args: [i, ...values] });
    }
    for (const received of await Promise.all(all)) {
      received.forEach((args, i) => assert.deepEqual(args, [i, ...values]));
    }
  });

  test("volatile events keep their place among others, to a client that keeps up", async () => {
    const [a] = await several(server, 1);
    const seen = [];
    a.onAny((event, n) => seen.push([event, n]));
    await ask(a, "say", { from: "nsp", event: "plain", args: [1] });
    await ask(a, "say", { from: "nsp", volatile: true, event: "maybe", args: [2] });
    await ask(a, "say", { from: "nsp", event: "plain", args: [3] });
    assert.deepEqual(seen, [["plain", 1], ["maybe", 2], ["plain", 3]]);
  });

  test("the onAny handler saw each event, before its own handler", async () => {
    const socket = await connect(server);
    socket.emit("nobody listens", 1);
    await ask(socket, "join", "x");
    socket.emit("message", Buffer.from([1]));
    assert.deepEqual(await ask(socket, "names"), ["nobody listens", "join", "message", "names"]);
  });
});

describe("broadcast with acknowledgements", () => {
  const server = useServer();
  afterEach(() => server.settled({ n_sockets: 0 })); // or who is going would be asked, too

  test("all answer", async () => {
    const sockets = await several(server, 3);
    sockets.forEach((socket, i) => socket.on("question", (x, ack) => ack(x + i, "ignored")));
    const answered = once(sockets[0], "answered");
    const spec = { from: "nsp", event: "question", args: [10], timeout: 5000 };
    sockets[0].emit("ask-all", spec);
    const [{ status, values }] = await answered;
    assert.equal(status, "ok");
    assert.deepEqual(values.sort(), [10, 11, 12]);
  });

  test("some answer: a timeout with what there is", async () => {
    const sockets = await several(server, 3);
    sockets[1].on("question", (ack) => ack("one"));
    sockets[2].on("question", (ack) => ack("two"));
    const answered = once(sockets[0], "answered");
    sockets[0].emit("ask-all", { from: "nsp", event: "question", args: [], timeout: 100 });
    const [{ status, values }] = await answered;
    assert.equal(status, "timeout");
    assert.deepEqual(values.sort(), ["one", "two"]);
  });

  test("nobody is asked: at once and empty", async () => {
    const socket = await connect(server);
    const answered = once(socket, "answered");
    socket.emit("ask-all", { to: ["nobody"], event: "question", args: [], timeout: 5000 });
    assert.deepEqual(await answered, [{ status: "ok", values: [] }]);
  });

  test("of a room, over both transports", async () => {
    const sockets = [];
    for (const transports of [["polling"], ["websocket"]]) {
      const socket = await connect(server, "/", { transports });
      await ask(socket, "join", "room");
      socket.on("question", (ack) => ack(transports[0]));
      sockets.push(socket);
    }
    const asker = await connect(server);
    const answered = once(asker, "answered");
    asker.emit("ask-all", { to: ["room"], event: "question", args: [], timeout: 5000 });
    const [{ status, values }] = await answered;
    assert.equal(status, "ok");
    assert.deepEqual(values.sort(), ["polling", "websocket"]);
  });

  const fails = "without a timeout it fails after a millisecond";
  test("without a timeout there is time all the same", { skip: oursOnly(fails) }, async () => {
    const socket = await connect(server);
    socket.on("question", (ack) => setTimeout(ack, 20, "slowly"));
    const answered = once(socket, "answered");
    socket.emit("ask-all", { from: "nsp", event: "question", args: [] });
    assert.deepEqual(await answered, [{ status: "ok", values: ["slowly"] }]);
  });
});
