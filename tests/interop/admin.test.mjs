// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the rtcio authors

// The protocol of the Socket.IO Admin UI (Socket.IO spec 10), spoken by stock clients.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { ask, client, connect, connected } from "./lib/client.mjs";
import { useServer } from "./lib/fixture.mjs";
import { ONE_WORKER, oursOnly } from "./lib/server.mjs";
import { once, waitFor } from "./lib/time.mjs";
import { makerOf } from "./lib/workers.mjs";

const ISO = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

/** An admin client and all it hears, from before its connection on. */
async function admin(server, auth, nsp = "/admin") {
  const socket = client(server, nsp, { auth });
  socket.seen = [];
  socket.onAny((...event) => socket.seen.push(event));
  await connected(socket);
  return socket;
}

/** The first event that fits, of those heard and to come. */
const heard = (socket, event, fits = () => true) =>
  waitFor(
    () => socket.seen.find(([name, ...args]) => name === event && fits(...args)),
    () => `${event}, but ${JSON.stringify(socket.seen.map(([name]) => name))}`,
  );

const refusal = async (server, auth) => {
  const socket = client(server, "/admin", { auth });
  const [error] = await once(socket, "connect_error");
  return error.message;
};

describe("admin: who may connect", () => {
  const server = useServer({ ...ONE_WORKER, admin: "basic" });

  test("name and password open a session, whose id is enough afterwards", async () => {
    const first = await admin(server, { username: "admin", password: "changeit" });
    const [, sessionId] = await heard(first, "session");
    assert.match(sessionId, /^[0-9a-f]{16}$/);
    const second = await admin(server, { sessionId });
    await heard(second, "config");
    assert.equal(second.seen.filter(([event]) => event === "session").length, 0);
  });

  test("nothing else does", async () => {
    const wrong = [
      { username: "admin", password: "wrong" },
      { username: "Admin", password: "changeit" },
      { username: "admin", password: "" },
      { sessionId: "0".repeat(16) },
      {},
    ];
    for (const auth of wrong) assert.equal(await refusal(server, auth), "invalid credentials");
  });

  test("nor do other types", { skip: oursOnly("it throws inside") }, async () => {
    const odd = [
      { username: ["admin"], password: { a: 1 } },
      { sessionId: ["x"] },
      { sessionId: "" },
      { username: "admin", password: "x".repeat(100000) },
    ];
    for (const auth of odd) assert.equal(await refusal(server, auth), "invalid credentials");
  });

  test("many wrong attempts hold nobody else up", { skip: oursOnly("no limit") }, async () => {
    const other = await connect(server);
    const attempts = Array.from({ length: 40 }, () =>
      refusal(server, { username: "admin", password: "wrong" }));
    assert.equal(await ask(other, "message-with-ack", 1), 1);
    for (const message of await Promise.all(attempts)) {
      assert.match(message, /invalid credentials|too many attempts/);
    }
    await admin(server, { username: "admin", password: "changeit" });
  });

  test("who goes while the password is checked does no harm", async () => {
    const socket = client(server, "/admin", { auth: { username: "admin", password: "changeit" } });
    await once(socket.io, "open");
    socket.io.engine.close();
    await admin(server, { username: "admin", password: "changeit" });
  });
});

describe("admin: who may connect, with several workers", { skip: oursOnly("no workers") }, () => {
  const N = 4;
  const server = useServer({ workers: N, admin: "basic" });

  test("a session that one has opened is known to all", async () => {
    const first = await admin(server, { username: "admin", password: "changeit" });
    const [, sessionId] = await heard(first, "session");
    const reached = new Set();
    for (let tries = 0; reached.size < N; tries++) {
      assert.ok(tries < 400, "the kernel spreads connections");
      const again = await admin(server, { sessionId });
      reached.add(makerOf(again.id, N));
      again.disconnect();
    }
    assert.equal(await refusal(server, { sessionId: "0".repeat(16) }), "invalid credentials");
  });
});

describe("admin: where it connects", () => {
  const server = useServer({ admin: "open renamed" });

  test("a namespace of another name", async () => {
    await heard(await admin(server, {}, "/renamed"), "config");
    assert.equal(await refusal(server, {}), "Invalid namespace");
  });
});

describe("admin: what it may do", () => {
  const modes = {
    development: useServer({ ...ONE_WORKER, admin: "open" }),
    readonly: useServer({ ...ONE_WORKER, admin: "open readonly" }),
    production: useServer({ ...ONE_WORKER, admin: "open production" }),
  };
  const commands = ["EMIT", "JOIN", "LEAVE", "DISCONNECT", "MJOIN", "MLEAVE", "MDISCONNECT"];

  test("is told in its config", async () => {
    const features = {};
    for (const [mode, server] of Object.entries(modes)) {
      const [, config] = await heard(await admin(server), "config");
      features[mode] = config.supportedFeatures;
    }
    assert.deepEqual(features, {
      development: [...commands, "AGGREGATED_EVENTS", "ALL_EVENTS"],
      readonly: ["AGGREGATED_EVENTS", "ALL_EVENTS"],
      production: [...commands, "AGGREGATED_EVENTS"],
    });
  });

  test("readonly: commands do nothing", async () => {
    const socket = await connect(modes.readonly);
    const ui = await admin(modes.readonly);
    ui.emit("_disconnect", "/", true);
    ui.emit("join", "/", "room", socket.id);
    await heard(ui, "server_stats");
    assert.deepEqual(await ask(socket, "rooms"), [socket.id]);
  });

  test("production: numbers only", async () => {
    const ui = await admin(modes.production);
    const socket = await connect(modes.production);
    socket.emit("message", 1);
    await heard(ui, "server_stats");
    assert.deepEqual([...new Set(ui.seen.map(([event]) => event))].sort(), ["config", "server_stats"]);
  });
});

describe("admin: what it is shown", () => {
  const server = useServer({ ...ONE_WORKER, admin: "open" });

  test("numbers every two seconds", async () => {
    const ui = await admin(server);
    const socket = await connect(server);
    const has = ({ aggregatedEvents }) => aggregatedEvents.some(({ type }) => type === "bytesIn");
    for (let i = 0; i < 10; i++) await ask(socket, "message-with-ack", i);
    const [, stats] = await heard(ui, "server_stats", has);
    assert.equal(stats.serverId, "the server");
    assert.ok(stats.hostname.length > 0 && stats.uptime > 0);
    assert.equal(stats.pid, server.child.pid);
    assert.ok(stats.clientsCount >= 2);
    assert.equal(stats.pollingClientsCount, 0);
    assert.ok(stats.namespaces.some(({ name, socketsCount }) => name === "/admin" && socketsCount === 1));
    for (const { timestamp, type, count } of stats.aggregatedEvents) {
      assert.match(type, /^(rawConnection|rawDisconnection|(packets|bytes)(In|Out))$/);
      assert.ok(timestamp > 1.6e12 && timestamp % 1000 === 0 && count > 0);
    }
  });

  test("all sockets that are there", async () => {
    const socket = await connect(server, "/chat", { auth: { secret: 1 }, query: { k: "v" } });
    await ask(socket, "join", "room");
    const ui = await admin(server);
    const [, all] = await heard(ui, "all_sockets");
    const shown = all.find(({ id }) => id === socket.id);
    assert.equal(shown.nsp, "/chat");
    assert.equal(shown.transport, "websocket");
    assert.ok(shown.clientId.length >= 12 && !socket.io.engine.id.includes(shown.clientId.slice(0, 12))
      || process.env.RTCIO_REFERENCE === "1");
    assert.deepEqual(shown.rooms.sort(), [socket.id, "room"].sort());
    assert.deepEqual(shown.data, {});
    assert.equal(shown.handshake.query.k, "v");
    assert.equal(shown.handshake.address.replace("::ffff:", ""), "127.0.0.1");
    assert.equal(shown.handshake.auth, undefined);
    assert.ok(all.some(({ id, nsp }) => id === ui.id && nsp === "/admin"));
  });

  test("what happens: connections, rooms, events, ends", async () => {
    const ui = await admin(server);
    const socket = await connect(server);
    const { id } = socket;
    await heard(ui, "socket_connected", (shown, at) => shown.id === id && ISO.test(at));
    await heard(ui, "room_joined", (nsp, room, who, at) => nsp === "/" && room === id && who === id && ISO.test(at));
    await ask(socket, "join", "room");
    await heard(ui, "room_joined", (nsp, room, who) => room === "room" && who === id);
    socket.emit("message", 1, { a: [2] });
    const [, nsp, , args] = await heard(ui, "event_received", (_, who, [name]) => who === id && name === "message");
    assert.equal(nsp, "/");
    assert.deepEqual(args, ["message", 1, { a: [2] }]);
    const [, , , sent] = await heard(ui, "event_sent", (_, who, [name]) => who === id && name === "message-back");
    assert.deepEqual(sent, ["message-back", 1, { a: [2] }]);
    await ask(socket, "leave", "room");
    await heard(ui, "room_left", (_, room, who) => room === "room" && who === id);
    socket.disconnect();
    const [, , , reason, at] = await heard(ui, "socket_disconnected", (_, who) => who === id);
    assert.equal(reason, "client namespace disconnect");
    assert.match(at, ISO);
    await heard(ui, "room_left", (_, room, who) => room === id && who === id);
  });

  test("dynamic namespaces too", async () => {
    const ui = await admin(server);
    const socket = await connect(server, "/dynamic-7");
    await heard(ui, "socket_connected", ({ id, nsp }) => id === socket.id && nsp === "/dynamic-7");
  });

  test("a change of transport", async () => {
    const ui = await admin(server);
    const socket = await connect(server, "/", { transports: ["polling", "websocket"] });
    await heard(ui, "socket_updated",
      ({ id, transport }) => id === socket.id && transport === "websocket").catch((error) => {
      // It may have been told with the connection, when that was quick.
      const [, shown] = ui.seen.find(([event, one]) => event === "socket_connected" && one.id === socket.id);
      if (shown.transport !== "websocket") throw error;
    });
  });
});

describe("admin: data of sockets", () => {
  const server = useServer({ admin: "open" });
  const updateOf = (ui, { id }, color) =>
    heard(ui, "socket_updated", (one) => one.id === id && one.data?.color === color);

  test("what is written is told, from every worker, also in dynamic namespaces", async () => {
    const ui = await admin(server);
    const sockets = [];
    for (let i = 0; i < 8; i++) sockets.push(await connect(server, i % 2 ? "/dynamic-8" : "/"));
    for (const [i, socket] of sockets.entries()) {
      await heard(ui, "socket_connected", ({ id }) => id === socket.id);
      assert.equal(await ask(socket, "tool:set-json", { color: `red ${i}` }), 0);
      const [, update] = await updateOf(ui, socket, `red ${i}`);
      assert.deepEqual(update,
        { id: socket.id, nsp: i % 2 ? "/dynamic-8" : "/", data: { color: `red ${i}` } });
    }
  });

  test("what the UI is shown besides it stays", async () => {
    const socket = await connect(server);
    const ui = await admin(server);
    const [, before] = await heard(ui, "all_sockets");
    await ask(socket, "tool:set-json", { color: "blue" });
    const [, after] = await heard(await admin(server), "all_sockets");
    const [was, is] = [before, after].map((list) => list.find(({ id }) => id === socket.id));
    assert.deepEqual(is.data, { color: "blue" });
    assert.deepEqual([is.clientId, is.transport], [was.clientId, was.transport]);
    assert.notEqual(is.clientId, is.id);
  });

  test("what is no object is told nobody", { skip: oursOnly("it takes anything") }, async () => {
    const socket = await connect(server);
    const ui = await admin(server);
    await heard(ui, "all_sockets");
    assert.notEqual(await ask(socket, "tool:set-json", [1]), 0);
    await ask(socket, "tool:set-json", { color: "green" });
    await updateOf(ui, socket, "green");
    const updates = ui.seen.filter(([event, { id }]) => event === "socket_updated" && id === socket.id);
    assert.equal(updates.length, 1);
  });
});

describe("admin: commands", () => {
  const server = useServer({ ...ONE_WORKER, admin: "open" });

  test("emit to a namespace, a room, a socket", async () => {
    const ui = await admin(server);
    const [a, b] = [await connect(server), await connect(server)];
    await ask(a, "join", "room");
    const all = [once(a, "hello"), once(b, "hello")];
    ui.emit("emit", "/", null, "hello", 1, "two");
    for (const got of await Promise.all(all)) assert.deepEqual(got, [1, "two"]);
    b.on("only", () => assert.fail("not in the room"));
    const only = once(a, "only");
    ui.emit("emit", "/", "room", "only");
    assert.deepEqual(await only, []);
    const direct = once(b, "direct");
    ui.emit("emit", "/", b.id, "direct", { x: 1 });
    assert.deepEqual(await direct, [{ x: 1 }]);
  });

  test("join and leave, one and all", async () => {
    const ui = await admin(server);
    const [a, b] = [await connect(server), await connect(server)];
    ui.emit("join", "/", "one", a.id);
    ui.emit("join", "/", "all");
    await heard(ui, "room_joined", (_, room, who) => room === "all" && who === b.id);
    assert.deepEqual((await ask(a, "rooms")).sort(), [a.id, "all", "one"].sort());
    assert.deepEqual((await ask(b, "rooms")).sort(), [b.id, "all"].sort());
    ui.emit("leave", "/", "all", b.id);
    await heard(ui, "room_left", (_, room, who) => room === "all" && who === b.id);
    assert.ok((await ask(a, "rooms")).includes("all"));
  });

  test("disconnect one, and a whole namespace with its sessions", async () => {
    const ui = await admin(server);
    const [a, b] = [await connect(server, "/chat"), await connect(server, "/chat")];
    let gone = once(a, "disconnect");
    ui.emit("_disconnect", "/chat", false, a.id);
    assert.deepEqual((await gone)[0], "io server disconnect");
    gone = once(b, "disconnect");
    ui.emit("_disconnect", "/chat", true);
    assert.deepEqual((await gone)[0], "io server disconnect");
    assert.ok(ui.connected);
  });

  test("what is malformed is ignored, unknown namespaces stay unknown", { skip: oursOnly("it makes them") },
    async () => {
      const ui = await admin(server);
      const main = await connect(server);
      for (const args of [[], [1], ["/"], ["/", {}], ["/typo", null, "x"], ["/", "r", "connect"], [null, null, null]]) {
        for (const command of ["emit", "join", "leave", "_disconnect"]) {
          if (command !== "_disconnect" || args[0] !== "/") ui.emit(command, ...args);
        }
      }
      await ask(main, "message-with-ack", 1);
      assert.ok(!(await ask(main, "tool:namespaces")).includes("/typo"));
    });
});
