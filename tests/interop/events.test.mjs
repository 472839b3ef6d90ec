// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the rtcio authors

// The server's tools around events: middleware of events, handlers of any event, listeners that come
// and go, send (Socket.IO spec 7.4, 11.2).

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { ask, connect } from "./lib/client.mjs";
import { useServer } from "./lib/fixture.mjs";
import { alone } from "./lib/server.mjs";
import { once, take } from "./lib/time.mjs";

describe("event middleware", () => {
  const server = useServer();

  test("runs in order and lets events pass, with their acknowledgement", async () => {
    const socket = await connect(server, "/api");
    assert.equal(await ask(socket, "pass", 1), "handler");
    assert.deepEqual(await ask(socket, "tool:log"), [
      ["first", "pass", 1],
      ["second", "pass", 1],
      ["handler", "pass", 1],
    ]);
  });

  test("refuses: error handlers are told, nobody else", async () => {
    const socket = await connect(server, "/api");
    socket.emit("refuse", () => assert.fail("acknowledged"));
    assert.deepEqual(await ask(socket, "tool:log"), [
      ["first", "refuse"],
      ["error", "not this one"],
    ]);
    assert.equal(await ask(socket, "pass"), "handler");
  });

  test("rewrites name and arguments, the acknowledgement stays", async () => {
    const socket = await connect(server, "/api");
    assert.equal(await ask(socket, "rewrite", "old"), "handler");
    assert.deepEqual(await ask(socket, "tool:log"), [
      ["first", "rewrite", "old"],
      ["second", "rewritten", "new", 2],
      ["handler", "rewritten", "new", 2],
    ]);
  });

  test("decides later, from a timer", async () => {
    const socket = await connect(server, "/api");
    assert.equal(await ask(socket, "pass-later", { a: [1] }), "handler");
    assert.equal(await ask(socket, "rewrite-later", "old"), "handler");
    assert.deepEqual(await ask(socket, "tool:log"), [
      ["first", "pass-later", { a: [1] }],
      ["second", "pass-later", { a: [1] }],
      ["handler", "pass-later", { a: [1] }],
      ["first", "rewrite-later", "old"],
      ["second", "rewritten", "new", 2],
      ["handler", "rewritten", "new", 2],
    ]);
  });

  test("decides when the client has gone: dropped", async () => {
    const socket = await connect(server, "/api");
    socket.emit("pass-later", 1);
    socket.emit("refuse-later", 1);
    await ask(socket, "tool:log");
    socket.disconnect();
    await server.note({ note: "disconnect", nsp: "/api" });
    const other = await connect(server, "/api");
    assert.equal(await ask(other, "pass-later", 1), "handler");
  });
});

describe("handlers of any event", () => {
  const server = useServer();

  test("see what comes in before the middlewares do, and can be taken back", async () => {
    const socket = await connect(server, "/api");
    await ask(socket, "tool:any", "add");
    socket.emit("refuse", "x");
    assert.deepEqual(await ask(socket, "tool:log"), [
      ["any before", "refuse", "x"],
      ["any", "refuse", "x"],
      ["first", "refuse", "x"],
      ["error", "not this one"],
    ]);
    await ask(socket, "tool:any", "remove");
    socket.emit("refuse", "x");
    assert.equal((await ask(socket, "tool:log")).length, 2);
  });

  test("see what goes out: emits, broadcasts, binary; not acknowledgements", async () => {
    const socket = await connect(server, "/api");
    await ask(socket, "tool:any", "add");
    const messages = take(socket, "message", 3);
    await ask(socket, "tool:send");
    assert.deepEqual(await messages, [["sent"], ["written"], ["to all"]]);
    const bin = once(socket, "bin");
    await ask(socket, "tool:binary");
    assert.deepEqual(await bin, [Buffer.from([1, 2])]);
    const log = await ask(socket, "tool:log");
    assert.deepEqual(log.slice(0, 6), [
      ["outgoing before", "message", "sent"],
      ["outgoing", "message", "sent"],
      ["outgoing before", "message", "written"],
      ["outgoing", "message", "written"],
      ["outgoing before", "message", "to all"],
      ["outgoing", "message", "to all"],
    ]);
    assert.deepEqual(log.slice(6).map(([what, event]) => [what, event]), [
      ["outgoing before", "bin"],
      ["outgoing", "bin"],
    ]);
    await ask(socket, "tool:any", "remove");
    await ask(socket, "tool:send");
    assert.deepEqual(await ask(socket, "tool:log"), []);
  });
});

describe("listeners", () => {
  const server = useServer();

  test("of one socket: on, once, off", async () => {
    const socket = await connect(server, "/api");
    const other = await connect(server, "/api");
    await ask(socket, "tool:listen", "on", "stay");
    await ask(socket, "tool:listen", "once", "brief");
    for (const event of ["stay", "brief", "stay", "brief"]) socket.emit(event);
    other.emit("stay");
    const heard = (await ask(socket, "tool:log")).filter(([what]) => what === "listener");
    assert.deepEqual(heard.map(([, event]) => event), ["stay", "brief", "stay"]);
    assert.deepEqual((await ask(other, "tool:log")).filter(([what]) => what === "listener"), []);
    await ask(socket, "tool:listen", "off", "stay");
    socket.emit("stay");
    assert.deepEqual((await ask(socket, "tool:log")).filter(([what]) => what === "listener"), []);
  });

  test("once for the whole namespace", { skip: alone("what is once") }, async () => {
    const sockets = await Promise.all([connect(server, "/api"), connect(server, "/api")]);
    let heard = 0;
    for (const socket of sockets) {
      socket.emit("once", 1);
      socket.emit("once", 2);
      const log = await ask(socket, "tool:log");
      heard += log.filter(([what]) => what === "handler").length;
    }
    assert.equal(heard, 1);
  });

  test("added and removed while they run: from the next event on", async () => {
    const socket = await connect(server, "/api");
    socket.emit("changing");
    socket.emit("changing");
    const log = (await ask(socket, "tool:log")).map(([what]) => what);
    assert.deepEqual(log, ["first", "second", "first", "second", "first", "second", "third"]);
  });
});
