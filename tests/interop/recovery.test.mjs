// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the rtcio authors

// Connection state recovery with stock clients (Socket.IO spec 8, docs/recovery.md).

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { ask, client, connect, connected } from "./lib/client.mjs";
import { useServer } from "./lib/fixture.mjs";
import { Polling } from "./lib/http.mjs";
import { ONE_WORKER, oursOnly } from "./lib/server.mjs";
import { once, waitFor } from "./lib/time.mjs";
import { RawWebSocket } from "./lib/ws.mjs";

const MINUTE = { recovery_max_ms: 60000 };

/** Everything the socket hears from now on, as [event, argument]; the greeting is left out. */
function record(socket) {
  socket.seen = [];
  socket.onAny((event, arg) => event !== "auth" && socket.seen.push([event, arg]));
  return socket;
}

/** The transport goes, and the server knows. */
async function cut(server, socket) {
  const { id } = socket;
  await ask(socket, "whoami"); // it has got all that came before
  socket.io.engine.close();
  await server.note({ note: "disconnect", id });
}

async function back(socket) {
  socket.connect();
  await connected(socket);
  return socket;
}

const tell = (sender, event, arg, spec = { from: "nsp" }) =>
  ask(sender, "say", { ...spec, event, args: [arg] });

describe("a client that comes back", () => {
  const server = useServer(MINUTE);

  test("is the same socket: id, rooms, data", async () => {
    const socket = await connect(server, "/", { auth: { n: 1 } });
    const { id } = socket;
    await ask(socket, "join", "a");
    await ask(socket, "join", "b");
    await ask(socket, "remember", { deep: [1] });
    await cut(server, socket);
    await back(socket);
    assert.equal(socket.recovered, true);
    assert.equal(socket.id, id);
    assert.equal((await ask(socket, "whoami")).recovered, true);
    assert.deepEqual((await ask(socket, "rooms")).sort(), ["a", "b", id].sort());
    assert.deepEqual(await ask(socket, "recall"), { deep: [1] });
  });

  test("gets what it missed, once and in order: broadcast, room, direct, binary", async () => {
    const sender = await connect(server);
    const socket = record(await connect(server));
    const { id } = socket;
    await ask(socket, "join", "room");
    await tell(sender, "before", 0);
    await cut(server, socket);
    await tell(sender, "all", 1);
    await tell(sender, "room", 2, { from: "nsp", to: ["room"] });
    await tell(sender, "direct", 3, { from: "nsp", to: [id] });
    await tell(sender, "bytes", Buffer.from([1, 2, 3]));
    await tell(sender, "last", 5);
    await back(socket);
    await ask(socket, "whoami");
    assert.deepEqual(socket.seen, [
      ["before", 0],
      ["all", 1],
      ["room", 2],
      ["direct", 3],
      ["bytes", Buffer.from([1, 2, 3])],
      ["last", 5],
    ]);
    assert.equal(socket.recovered, true);
  });

  test("gets nothing that was for others, volatile, or wanted an answer", async () => {
    const sender = await connect(server);
    const socket = record(await connect(server));
    const { id } = socket;
    await ask(socket, "join", "mine");
    await cut(server, socket);
    await tell(sender, "other room", 1, { from: "nsp", to: ["theirs"] });
    await tell(sender, "except", 2, { from: "nsp", except: ["mine"] });
    await tell(sender, "except id", 3, { from: "nsp", except: [id] });
    await tell(sender, "volatile", 4, { from: "nsp", volatile: true });
    sender.emit("ask-all", { from: "nsp", event: "question", args: [], timeout: 50 });
    await server.note({ note: "answered" });
    await tell(sender, "end", 6);
    await back(socket);
    await ask(socket, "whoami");
    assert.deepEqual(socket.seen, [["end", 6]]);
  });

  test("comes back again and again", async () => {
    const sender = await connect(server);
    const socket = record(await connect(server));
    const { id } = socket;
    for (let round = 0; round < 5; round++) {
      await cut(server, socket);
      await tell(sender, "n", round);
      await back(socket);
      assert.equal(socket.recovered, true);
      assert.equal(socket.id, id);
      await tell(sender, "m", round);
    }
    await ask(socket, "whoami");
    const expected = [0, 1, 2, 3, 4].flatMap((n) => [["n", n], ["m", n]]);
    assert.deepEqual(socket.seen, expected);
  });

  test("on polling: all in one payload, CONNECT last", async () => {
    const first = await Polling.connect(server.port);
    await first.push("40");
    let packets = await first.pollUntil((packet) => packet.startsWith("42"));
    const { sid, pid } = JSON.parse(packets.find((packet) => packet.startsWith("40")).slice(2));
    const offset = JSON.parse(packets.find((packet) => packet.startsWith("42")).slice(2)).at(-1);
    await first.push("1");
    await server.note({ note: "disconnect", id: sid });
    const sender = await connect(server);
    await tell(sender, "one", 1);
    await tell(sender, "two", 2);
    const second = await Polling.connect(server.port);
    await second.push(`40${JSON.stringify({ pid, offset })}`);
    packets = await second.poll();
    assert.deepEqual(
      packets.slice(0, 2).map((packet) => JSON.parse(packet.slice(2)).slice(0, 2)),
      [["one", 1], ["two", 2]],
    );
    assert.deepEqual(JSON.parse(packets[2].slice(2)), { sid, pid });
  });

  test("who leaves on purpose does not come back as itself", async () => {
    const socket = await connect(server);
    const { id } = socket;
    socket.disconnect();
    await server.note({ note: "disconnect", id });
    await back(socket);
    assert.ok(!socket.recovered);
    assert.notEqual(socket.id, id);
    const { id: second } = socket;
    socket.emit("kick-me", false);
    await once(socket, "disconnect");
    await server.note({ note: "disconnect", id: second });
    await back(socket);
    assert.ok(!socket.recovered);
  });

  test("a volatile event that ends in a string does not break it",
    { skip: oursOnly("there it does") },
    async () => {
      const sender = await connect(server);
      const socket = record(await connect(server));
      await tell(sender, "volatile", "text", { from: "nsp", volatile: true });
      await ask(socket, "whoami");
      await cut(server, socket);
      await tell(sender, "missed", 1);
      await back(socket);
      await ask(socket, "whoami");
      assert.equal(socket.recovered, true);
      assert.deepEqual(socket.seen, [["volatile", "text"], ["missed", 1]]);
    });

  test("gets nothing of a room from before it joined it",
    { skip: oursOnly("there it does") },
    async () => {
      const sender = await connect(server);
      const socket = record(await connect(server));
      await tell(sender, "early", 1, { from: "nsp", to: ["late"] });
      await ask(socket, "join", "late");
      await cut(server, socket);
      await tell(sender, "missed", 2, { from: "nsp", to: ["late"] });
      await back(socket);
      await ask(socket, "whoami");
      assert.deepEqual(socket.seen, [["missed", 2]]);
    });

  test("an unknown pid, a wrong offset, odd types: a new socket", async () => {
    const socket = await connect(server);
    const { id } = socket;
    await cut(server, socket);
    const pid = socket._pid;
    for (const auth of [
      { pid: "x".repeat(20), offset: "a" },
      { pid, offset: "nonsense" },
      { pid: 1, offset: 2 },
      { pid: [pid], offset: {} },
      { pid: "", offset: "" },
    ]) {
      const ws = await RawWebSocket.connect(server.port);
      ws.send(`40${JSON.stringify(auth)}`);
      const reply = await ws.message();
      assert.match(reply, /^40\{"sid":"/);
      assert.notEqual(JSON.parse(reply.slice(2)).sid, id);
      ws.destroy();
    }
    await back(socket);
    assert.equal(socket.recovered, true, "those attempts have spoilt nothing");
  });
});

describe("a client whose old transport is still alive", () => {
  const server = useServer(MINUTE);

  test("takes over at once", { skip: oursOnly("both live with one id") }, async () => {
    const old = record(await connect(server));
    const { id } = old;
    await ask(old, "join", "room");
    const ws = await RawWebSocket.connect(server.port);
    ws.send(`40${JSON.stringify({ pid: old._pid, offset: old._lastOffset })}`);
    await server.note({ note: "disconnect", id, reason: "forced close" });
    const reply = JSON.parse((await ws.message()).slice(2));
    assert.equal(reply.sid, id);
    await once(old, "disconnect").catch(() => {});
    assert.equal(old.connected, false);
    const sender = await connect(server);
    assert.deepEqual(await ask(sender, "members", "room"), [id]);
    // The state has one holder: who comes with the secret next takes it from there.
    assert.equal((await server.stats()).n_recoverable, 0);
  });
});

describe("recovery and middlewares", () => {
  const server = useServer(MINUTE);
  const trusting = useServer({ ...MINUTE, recovery_skip_middlewares: "true" });

  test("ask again, and a refusal does not spend the state", async () => {
    const socket = record(await connect(server, "/guarded", { auth: { mode: "timer" } }));
    const { id } = socket;
    const sender = await connect(server, "/guarded", { auth: { mode: "timer" } });
    await tell(sender, "first", 0);
    await ask(socket, "join", "room");
    await cut(server, socket);
    await tell(sender, "missed", 1);
    socket.auth = { mode: "refuse" };
    socket.connect();
    const [error] = await once(socket, "connect_error");
    assert.equal(error.message, "no entry");
    assert.deepEqual(await ask(sender, "members", "room"), []);
    socket.auth = { mode: "timer" };
    await back(socket);
    assert.equal(socket.recovered, true);
    assert.equal(socket.id, id);
    await ask(socket, "whoami");
    assert.deepEqual(socket.seen.at(-1), ["missed", 1]);
  });

  test("are not asked if the program says so", async () => {
    const socket = await connect(trusting, "/guarded", { auth: { mode: "timer" } });
    const { id } = socket;
    await tell(socket, "first", 0);
    await cut(trusting, socket);
    socket.auth = { mode: "refuse" };
    await back(socket);
    assert.equal(socket.recovered, true);
    assert.equal(socket.id, id);
  });
});

describe("a client that has received nothing yet", () => {
  const stock = useServer(MINUTE);
  const kind = useServer({ ...MINUTE, recovery_without_offset: "true" });

  test("gets a new id by default, as stock servers do", async () => {
    const socket = await connect(stock, "/chat");
    await cut(stock, socket);
    await back(socket);
    assert.ok(!socket.recovered);
  });

  test("recovers with recovery_without_offset", { skip: oursOnly("no such option") }, async () => {
    const sender = await connect(kind, "/chat");
    const socket = record(await connect(kind, "/chat"));
    const { id } = socket;
    await cut(kind, socket);
    await tell(sender, "missed", 1);
    await back(socket);
    await ask(socket, "whoami");
    assert.equal(socket.recovered, true);
    assert.equal(socket.id, id);
    assert.deepEqual(socket.seen, [["missed", 1]]);
  });
});

describe("the secret", () => {
  const server = useServer({ ...MINUTE, recovery_rotate_pid: "true" });

  test("changes with every use if asked for, and works once",
    { skip: oursOnly("it stays and works again and again") },
    async () => {
      const sender = await connect(server);
      const socket = record(await connect(server));
      const [pid, { id }] = [socket._pid, socket];
      await cut(server, socket);
      await tell(sender, "missed", 1);
      await back(socket);
      assert.equal(socket.id, id);
      assert.notEqual(socket._pid, pid);
      assert.deepEqual(socket.seen, [["missed", 1]]);
      const ws = await RawWebSocket.connect(server.port);
      ws.send(`40${JSON.stringify({ pid, offset: socket._lastOffset })}`);
      assert.notEqual(JSON.parse((await ws.message()).slice(2)).sid, id);
      assert.equal(await ask(socket, "message-with-ack", 1), 1, "and the holder keeps what it has");
    });
});

describe("the bounds of recovery", { skip: oursOnly("only age is bounded") }, () => {
  const age = useServer({ recovery_max_ms: 300 });
  // How the bounds are shared by several workers is in recovery-workers.test.mjs.
  const alone = { ...MINUTE, ...ONE_WORKER };
  const packets = useServer({ ...alone, recovery_max_packets: 20 });
  const bytes = useServer({ ...alone, recovery_max_bytes: 20000 });
  const session = useServer({ ...MINUTE, recovery_max_session_packets: 5, recovery_max_session_bytes: 20000 });
  const sessions = useServer({ ...alone, recovery_max_sessions: 3 });

  const failed = async (server, socket, why) => {
    await back(socket);
    assert.ok(!socket.recovered);
    assert.match((await ask(socket, "whoami")).failure, why);
    assert.ok((await server.stats()).recovery_failures > 0);
  };

  test("age", async () => {
    const sender = await connect(age);
    const socket = await connect(age);
    await cut(age, socket);
    await tell(sender, "missed", 1);
    await age.settled({ n_recoverable: 0, n_logged: 0, n_logged_bytes: 0 });
    await failed(age, socket, /unknown or has expired/);
  });

  test("packets in total: old ones go, and who has missed one of them does not come back", async () => {
    const sender = await connect(packets);
    const socket = await connect(packets);
    await cut(packets, socket);
    for (let i = 0; i < 30; i++) await tell(sender, "n", i);
    assert.equal((await packets.stats()).n_logged, 20);
    await failed(packets, socket, /not in the log/);
  });

  test("who has missed nothing comes back, whatever has gone from the log", async () => {
    const sender = await connect(packets);
    const socket = await connect(packets);
    for (let i = 0; i < 30; i++) await tell(sender, "n", i, { from: "nsp", to: ["elsewhere"] });
    await cut(packets, socket);
    await back(socket);
    assert.equal(socket.recovered, true);
  });

  test("bytes in total", async () => {
    const sender = await connect(bytes);
    const socket = await connect(bytes);
    await cut(bytes, socket);
    for (let i = 0; i < 30; i++) await tell(sender, "n", "x".repeat(1000));
    const { n_logged_bytes } = await bytes.stats();
    assert.ok(n_logged_bytes < 21000, `${n_logged_bytes} bytes`);
    await failed(bytes, socket, /not in the log/);
  });

  test("packets and bytes of one client", async () => {
    const sender = await connect(session);
    for (const [n, size] of [[6, 10], [2, 15000]]) {
      const socket = await connect(session);
      await cut(session, socket);
      for (let i = 0; i < n; i++) await tell(sender, "n", "x".repeat(size));
      await failed(session, socket, /more was missed/);
    }
  });

  test("a list of rooms that is too long", async () => {
    const socket = await connect(session);
    for (let i = 0; i < 30; i++) await ask(socket, "join", `${i}${"r".repeat(1000)}`);
    await cut(session, socket);
    await failed(session, socket, /unknown/);
  });

  test("clients that are gone: the longest gone is forgotten", async () => {
    const sockets = await Promise.all([1, 2, 3, 4].map(() => connect(sessions)));
    for (const socket of sockets) await cut(sessions, socket);
    assert.equal((await sessions.stats()).n_recoverable, 3);
    await failed(sessions, sockets[0], /unknown/);
    await back(sockets[3]);
    assert.equal(sockets[3].recovered, true);
  });
});

describe("without recovery", () => {
  const server = useServer();

  test("no pid, no offset, nothing kept", async () => {
    const socket = await connect(server);
    const got = once(socket, "message-back");
    socket.emit("message", 1);
    assert.deepEqual(await got, [1]);
    assert.equal(socket._pid, undefined);
    await cut(server, socket);
    await back(socket);
    assert.ok(!socket.recovered);
  });
});
