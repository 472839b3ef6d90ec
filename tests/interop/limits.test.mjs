// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the rtcio authors

// Clients that are slow, silent or many: everything half-open has a deadline and a cap.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { ask, client, connect } from "./lib/client.mjs";
import { useServer } from "./lib/fixture.mjs";
import { Healthy } from "./lib/healthy.mjs";
import { Polling, readResponse, request, requestText, target } from "./lib/http.mjs";
import { isReference, oursOnly } from "./lib/server.mjs";
import { once, since, sleep } from "./lib/time.mjs";
import { Wire } from "./lib/wire.mjs";
import { RawWebSocket, frame, sendUpgrade } from "./lib/ws.mjs";

const LIMIT = 400;

/** Sends a byte now and then until the peer ends the connection; returns how long that took. */
async function drip(wire, bytes, every = 40) {
  const start = performance.now();
  let at = 0;
  const timer = setInterval(() => wire.send(bytes.subarray(at, ++at)), every);
  try {
    const answer = (await wire.readEnd()).toString();
    assert.match(answer, /^(HTTP\/1\.1 408 [^]*)?$/);
    return since(start);
  } finally {
    clearInterval(timer);
  }
}

function assertSoon(took) {
  assert.ok(took > LIMIT - 20 && took < 4 * LIMIT, `after ${took.toFixed(0)} ms`);
}

describe("deadlines", { concurrency: true }, () => {
  const server = useServer(
    { request_timeout_ms: LIMIT, keep_alive_timeout_ms: LIMIT },
    { concurrent: true },
  );

  test("a head that comes too slowly", async () => {
    const head = requestText({ target: target(), headers: { "X-Long": "y".repeat(500) } });
    assertSoon(await drip(await Wire.connect(server.port), head));
  });

  test("a body that comes too slowly", async () => {
    const session = await Polling.join(server.port);
    const wire = await Wire.connect(server.port);
    const headers = { "Content-Length": 500 };
    wire.send(requestText({ method: "POST", target: session.target(), headers }));
    assertSoon(await drip(wire, Buffer.from(`4${"2".repeat(499)}`)));
  });

  test("a body in chunks that comes too slowly", async () => {
    const session = await Polling.join(server.port);
    const wire = await Wire.connect(server.port);
    const headers = { "Transfer-Encoding": "chunked" };
    wire.send(requestText({ method: "POST", target: session.target(), headers }));
    assertSoon(await drip(wire, Buffer.from("1\r\n4\r\n".repeat(100))));
  });

  test("an upgrade request that comes too slowly", async () => {
    const head = requestText({
      target: target({ transport: "websocket" }),
      headers: { Connection: "Upgrade", Upgrade: "websocket", "X-Long": "y".repeat(500) },
    });
    assertSoon(await drip(await Wire.connect(server.port), head));
  });

  test("a connection that says nothing", async () => {
    const start = performance.now();
    const wire = await Wire.connect(server.port);
    const answer = (await wire.readEnd()).toString();
    assert.match(answer, /^(HTTP\/1\.1 408 [^]*)?$/);
    assertSoon(since(start));
  });

  test("a connection that says nothing more", async () => {
    const wire = await Wire.connect(server.port);
    wire.send(requestText({ target: target() }));
    assert.equal((await readResponse(wire)).status, 200);
    const start = performance.now();
    assert.equal((await wire.readEnd()).length, 0);
    assert.ok(since(start) < 5 * LIMIT); // Node gives a second more than it says
  });

  test("a GET that waits is not idle", async () => {
    const session = await Polling.join(server.port);
    const wire = await session.hang();
    await sleep(3 * LIMIT);
    await session.push('42["message",1]');
    assert.equal((await readResponse(wire)).text, '42["message-back",1]');
  });

  test("a WebSocket that is silent is not idle", async () => {
    const ws = await RawWebSocket.join(server.port);
    await sleep(3 * LIMIT);
    ws.send('42["message",1]');
    assert.equal(await ws.text(), '42["message-back",1]');
  });
});

describe("deadlines of a server that was idle", () => {
  const server = useServer({ request_timeout_ms: LIMIT, connect_timeout_ms: LIMIT });

  test("begin when a client comes", async () => {
    await sleep(2 * LIMIT);
    const wire = await Wire.connect(server.port);
    const head = requestText({ target: target() });
    wire.send(head.subarray(0, 30));
    await sleep(LIMIT / 2);
    wire.send(head.subarray(30));
    assert.equal((await readResponse(wire))?.status, 200);
    await sleep(2 * LIMIT);
    const start = performance.now();
    assert.equal(await (await RawWebSocket.connect(server.port)).closed().then(({ code }) => code), 1005);
    assertSoon(since(start));
  });
});

describe("half of everything", () => {
  const options = { ping_interval_ms: 300, ping_timeout_ms: 200, upgrade_timeout_ms: 300 };
  const server = useServer({
    ...options,
    connect_timeout_ms: 300,
    request_timeout_ms: 300,
    keep_alive_timeout_ms: 300,
    close_timeout_ms: 300,
  });

  const why = "it waits 30 s for some of them";
  test("is all gone in the end", { skip: oursOnly(why) }, async () => {
    const { port } = server;
    const headers = { "Content-Length": 100 };
    for (let i = 0; i < 10; i++) {
      await Wire.connect(port);
      (await Wire.connect(port)).send("GET /socket.io/?EIO=4&tr");
      const session = await Polling.join(port);
      const post = await Wire.connect(port);
      post.send(requestText({ method: "POST", target: session.target(), headers, body: "4" }));
      await Polling.connect(port);
      await (await Polling.join(port)).hang();
      await RawWebSocket.connect(port);
      await RawWebSocket.open(port, { params: { sid: (await Polling.join(port)).sid } });
      const probing = await RawWebSocket.open(port, { params: { sid: (await Polling.join(port)).sid } });
      probing.send("2probe");
      const half = await RawWebSocket.join(port);
      half.wire.send(frame({ payload: "4", length: 1000 }));
      const fragment = await RawWebSocket.join(port);
      fragment.sendFrame({ fin: false, payload: "4" });
      const binary = await RawWebSocket.join(port);
      binary.send('451-["message",{"_placeholder":true,"num":0}]');
      const waiting = await RawWebSocket.connect(port);
      waiting.send('40/guarded,{"mode":"wait"}');
    }
    await server.empty();
  });
});

describe("many", () => {
  const server = useServer({ close_timeout_ms: 300 });

  test("clients come and go at once, all are forgotten", async () => {
    const healthy = await Healthy.start(server);
    for (let round = 0; round < 3; round++) {
      const open = [];
      for (let i = 0; i < 50; i++) {
        open.push(RawWebSocket.join(server.port));
        open.push(Polling.join(server.port).then((session) => session.hang()));
        open.push(Wire.connect(server.port));
      }
      await Promise.all(open);
      assert.equal((await server.stats()).n_sockets, 102);
      Wire.destroyAll();
      await server.settled({ n_sessions: 2, n_sockets: 2 });
      await healthy.check();
    }
    healthy.stop();
    await server.empty();
  });

  test("sockets in one room, one message to all", async () => {
    const all = await Promise.all(Array.from({ length: 150 }, () => RawWebSocket.join(server.port)));
    for (const ws of all) ws.send('42["join","crowd"]');
    await Promise.all(all.map((ws) => (ws.send('42["message",0]'), ws.text())));
    const args = '{"from":"nsp","to":["crowd"],"event":"news","args":[1,{"a":"é"}]}';
    all[0].send(`42["say",${args}]`);
    for (const ws of all) assert.equal(await ws.text(), '42["news",1,{"a":"é"}]');
  });
});

describe("a limit of sessions", { skip: isReference && "an option of ours" }, () => {
  const server = useServer({ max_sessions: 3 });

  test("refuses what is too much, and lets in when there is room again", async () => {
    const sockets = [];
    for (let i = 0; i < 3; i++) sockets.push(await connect(server));
    const refused = await request(server.port, { target: target() });
    assert.equal(refused.status, 503);
    for (const transports of [["polling"], ["websocket"]]) {
      const [error] = await once(client(server, "/", { transports }), "connect_error");
      assert.match(error.message, /error/);
    }
    const wire = await sendUpgrade(server.port);
    assert.match((await wire.readEnd()).toString(), /^HTTP\/1\.1 (4|5)\d\d /);
    for (const socket of sockets) await ask(socket, "whoami");
    sockets[0].disconnect();
    await server.settled({ n_sessions: 2 });
    await connect(server);
  });
});

describe("a client that does not read", { skip: isReference && "an option of ours" }, () => {
  const server = useServer({ max_queue_bytes: 200000, close_timeout_ms: 300 });
  const flood = (n) => `42["flood",{"n":${n},"size":10000}]`;

  test("is cut off when its queue is full; others are served", async () => {
    const healthy = await Healthy.start(server);
    const ws = await RawWebSocket.join(server.port);
    ws.wire.socket.pause();
    for (let i = 0; i < 100; i++) ws.send(flood(10)); // 10 MB, more than any socket buffer takes
    const { reason } = await server.note({ note: "disconnect", id: ws.id });
    assert.equal(reason, "transport error");
    assert.equal((await server.stats()).slow_closed, 1);
    await healthy.check();
    ws.destroy();
    healthy.stop();
    await server.empty();
    assert.equal((await server.stats()).n_queued_bytes, 0);
  });

  test("on polling as well", async () => {
    const session = await Polling.join(server.port);
    const before = (await server.stats()).slow_closed;
    await session.push(flood(100));
    assert.equal((await server.note({ note: "disconnect", id: session.id })).reason, "transport error");
    assert.equal((await server.stats()).slow_closed, before + 1);
  });

  test("loses volatile events only, while there is room for the rest", async () => {
    const ws = await RawWebSocket.join(server.port);
    const judge = await connect(server);
    ws.wire.socket.pause();
    const filler = "x".repeat(10000);
    const say = (spec, n) => ask(judge, "say", { to: [ws.id], event: "n", args: [n, filler], ...spec });
    let n = 0;
    while ((await server.stats()).volatile_dropped < 5) {
      assert.ok(n < 2000, "no socket buffer takes that much");
      await say({ volatile: true }, n++);
    }
    // Dropped because the client is busy, not because its queue is full.
    assert.ok((await server.stats()).n_queued_bytes < 50000);
    await say({}, "kept");
    ws.wire.socket.resume();
    let text;
    do text = await ws.text();
    while (!text.startsWith('42["n","kept"'));
    ws.send('42["message","alive"]');
    assert.equal(await ws.text(), '42["message-back","alive"]');
  });
});
