// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the rtcio authors

// Pings, pongs and the deadline to join a namespace (Socket.IO spec 3). The lower bounds are what
// the spec says; the upper ones leave room for a busy machine.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { useServer } from "./lib/fixture.mjs";
import { Polling } from "./lib/http.mjs";
import { since, sleep, withTimeout } from "./lib/time.mjs";
import { CLOSE, PING, PONG, RawWebSocket } from "./lib/ws.mjs";

const INTERVAL = 500;
const TIMEOUT = 1000; // to answer in; half of it is what the machine may be late
const NOISE = 4000;

/** Not earlier than `ms` (a timer may fire a millisecond early by the client's clock), and soon. */
function assertTook(start, ms, what) {
  const took = since(start);
  assert.ok(took > ms - 15 && took < ms + NOISE, `${what}: ${took.toFixed(0)} instead of ${ms} ms`);
}

const disconnected = (server, { id }, reason) => server.note({ note: "disconnect", id, reason });

describe("heartbeat", { concurrency: true }, () => {
  const options = { ping_interval_ms: INTERVAL, ping_timeout_ms: TIMEOUT };
  const server = useServer(options, { concurrent: true });

  test("websocket: a ping after the interval, the next one after the pong", async () => {
    let start = performance.now();
    const ws = await RawWebSocket.connect(server.port);
    for (let i = 0; i < 3; i++) {
      assert.equal(await ws.text(), "2");
      assertTook(start, INTERVAL, `ping ${i}`);
      start = performance.now();
      ws.send("3");
    }
  });

  test("polling: a ping after the interval, the next one after the pong", async () => {
    let start = performance.now();
    const session = await Polling.connect(server.port);
    for (let i = 0; i < 3; i++) {
      assert.deepEqual(await session.poll(), ["2"]);
      assertTook(start, INTERVAL, `ping ${i}`);
      start = performance.now();
      await session.push("3");
    }
  });

  test("the interval starts at the pong, not at the ping", async () => {
    const ws = await RawWebSocket.connect(server.port);
    assert.equal(await ws.text(), "2");
    await sleep(TIMEOUT / 2);
    const pong = performance.now();
    ws.send("3");
    assert.equal(await ws.text(), "2");
    assertTook(pong, INTERVAL, "next ping");
  });

  test("websocket: without a pong an empty Close after interval and timeout", async () => {
    const start = performance.now();
    const ws = await RawWebSocket.join(server.port);
    assert.equal(await ws.text(), "2");
    const close = await ws.frame();
    assertTook(start, INTERVAL + TIMEOUT, "close");
    assert.equal(close.opcode, CLOSE);
    assert.equal(close.payload.length, 0);
    await disconnected(server, ws, "ping timeout");
  });

  test("polling: without a pong the pending GET gets 1, then the session is unknown", async () => {
    const start = performance.now();
    const session = await Polling.join(server.port);
    assert.deepEqual(await session.poll(), ["2"]);
    assert.deepEqual(await session.poll(), ["1"]);
    assertTook(start, INTERVAL + TIMEOUT, "close");
    await disconnected(server, session, "ping timeout");
    assert.match((await session.get()).text, /"code":1/);
  });

  test("polling: a client that never comes back is gone after interval and timeout", async () => {
    const start = performance.now();
    const session = await Polling.join(server.port);
    await disconnected(server, session, "ping timeout");
    assertTook(start, INTERVAL + TIMEOUT, "session");
    assert.match((await session.get()).text, /"code":1/);
  });

  test("polling: a ping that waited for a GET is still good", async () => {
    const session = await Polling.connect(server.port);
    await sleep(INTERVAL + TIMEOUT / 2);
    assert.deepEqual(await session.poll(), ["2"]);
    await session.push("3");
    assert.deepEqual(await session.poll(), ["2"]);
  });

  test("a session that has not joined is pinged and timed out as well", async () => {
    const start = performance.now();
    const ws = await RawWebSocket.connect(server.port);
    assert.equal(await ws.text(), "2");
    assert.equal((await ws.frame()).opcode, CLOSE);
    assertTook(start, INTERVAL + TIMEOUT, "close");
  });

  test("other traffic does not replace pings", async () => {
    const start = performance.now();
    const ws = await RawWebSocket.join(server.port);
    const talk = setInterval(() => ws.send('42["message",1]'), 40);
    try {
      for (let text = ""; text !== "2"; ) text = await ws.text();
      assertTook(start, INTERVAL, "ping");
    } finally {
      clearInterval(talk);
    }
  });

  test("websocket pings and pongs are no heartbeat", async () => {
    const start = performance.now();
    const ws = await RawWebSocket.connect(server.port);
    assert.equal(await ws.text(), "2");
    ws.sendFrame({ opcode: PONG }).sendFrame({ opcode: PING, payload: "hi" });
    assert.equal((await ws.frame()).opcode, PONG);
    assert.equal((await ws.frame()).opcode, CLOSE);
    assertTook(start, INTERVAL + TIMEOUT, "close");
  });

  test("a packet while a pong is awaited gives the full time again, once", async () => {
    const ws = await RawWebSocket.join(server.port);
    assert.equal(await ws.text(), "2");
    await sleep(TIMEOUT * 0.6);
    const again = performance.now();
    ws.send('42["message",1]');
    const talk = setInterval(() => ws.send('42["message",2]'), TIMEOUT / 4);
    try {
      await withTimeout(ws.closed(), "the close");
      assert.ok(since(again) > TIMEOUT - 15, `closed ${since(again)} ms after the packet`);
    } finally {
      clearInterval(talk);
    }
    await disconnected(server, ws, "ping timeout");
  });

  test("pongs nobody asked for postpone the ping", async () => {
    const ws = await RawWebSocket.connect(server.port);
    const talk = setInterval(() => ws.send("3"), INTERVAL / 10);
    await sleep(INTERVAL * 2.5);
    assert.equal(ws.wire.pending.length, 0);
    clearInterval(talk);
    assert.equal(await ws.text(), "2");
  });

  test("a client that answers lives through many intervals", async () => {
    const ws = await RawWebSocket.join(server.port);
    for (let i = 0; i < 4; i++) {
      assert.equal(await ws.text(), "2");
      ws.send("3");
    }
    ws.send('42["message","alive"]');
    assert.equal(await ws.message(), '42["message-back","alive"]');
  });
});

describe("deadline to join", { concurrency: true }, () => {
  const LIMIT = 1000;
  const LATER = 500; // when it has passed for sure, and what is left behind is still there
  const server = useServer({ connect_timeout_ms: LIMIT }, { concurrent: true });

  test("websocket: an empty Close", async () => {
    const start = performance.now();
    const ws = await RawWebSocket.connect(server.port);
    const close = await ws.frame();
    assertTook(start, LIMIT, "close");
    assert.equal(close.opcode, CLOSE);
    assert.equal(close.payload.length, 0);
  });

  test("polling: the pending GET gets 1", async () => {
    const start = performance.now();
    const session = await Polling.connect(server.port);
    assert.deepEqual(await session.poll(), ["1"]);
    assertTook(start, LIMIT, "close");
  });

  test("polling without a GET: the next one gets 6 and 1", async () => {
    const session = await Polling.connect(server.port);
    await sleep(LIMIT + LATER);
    assert.deepEqual(await session.poll(), ["6", "1"]);
  });

  test("traffic that joins nothing does not count", async () => {
    const start = performance.now();
    const ws = await RawWebSocket.connect(server.port);
    const talk = setInterval(() => ws.send("3"), 50);
    assert.equal((await ws.frame()).opcode, CLOSE);
    clearInterval(talk);
    assertTook(start, LIMIT, "close");
  });

  test("a refused namespace does not count", async () => {
    const start = performance.now();
    const ws = await RawWebSocket.connect(server.port);
    ws.send('40/guarded,{"mode":"plain"}');
    assert.equal(await ws.text(), '44/guarded,{"message":"no data"}');
    ws.send("40/nowhere");
    assert.equal(await ws.text(), '44/nowhere,{"message":"Invalid namespace"}');
    assert.equal((await ws.frame()).opcode, CLOSE);
    assertTook(start, LIMIT, "close");
  });

  test("a middleware that thinks does not count", async () => {
    const start = performance.now();
    const ws = await RawWebSocket.connect(server.port);
    ws.send('40/guarded,{"mode":"wait"}');
    assert.equal((await ws.frame()).opcode, CLOSE);
    assertTook(start, LIMIT, "close");
  });

  test("once joined, it is over for good", async () => {
    const ws = await RawWebSocket.join(server.port);
    ws.send("41");
    await sleep(LIMIT + LATER);
    assert.equal(ws.wire.pending.length, 0);
    ws.send("40");
    assert.match(await ws.text(), /^40\{"sid":/);
  });
});
