// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the rtcio authors

// Addresses that bring too many clients, and clients that send too much: these wait, lose nothing
// and hinder nobody, up to a point.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { ask, connect } from "./lib/client.mjs";
import { RSV1, inflate } from "./lib/deflate.mjs";
import { useServer } from "./lib/fixture.mjs";
import { Polling, SEPARATOR, readResponse, request, requestText, target } from "./lib/http.mjs";
import { oursOnly } from "./lib/server.mjs";
import { since, waitFor } from "./lib/time.mjs";
import { Wire } from "./lib/wire.mjs";
import { CLOSE, RawWebSocket, TEXT as TEXT_FRAME, frame, refusedUpgrade } from "./lib/ws.mjs";

const skip = oursOnly("socket.io has no limits of this kind");

const from = (address) => ({ headers: { "X-Forwarded-For": address } });
const handshake = (server, address) => request(server.port, { target: target(), ...from(address) });

describe("sessions of one address", { skip }, () => {
  const server = useServer({
    max_sessions_per_address: 3,
    trusted_proxies: "127.0.0.1",
    unlimited_addresses: "10.9.0.0/16",
  });

  test("one too many is refused, with the limit's name and value", async () => {
    const sessions = [];
    for (let i = 0; i < 3; i++) sessions.push(await RawWebSocket.join(server.port, from("192.0.2.1")));
    const { status, headers, text } = await handshake(server, "192.0.2.1");
    assert.deepEqual([status, headers["retry-after"]], [429, "1"]);
    assert.deepEqual(JSON.parse(text), { code: 4, message: "more than 3 sessions of one address" });
    const note = await server.note({ note: "refused", address: "192.0.2.1" });
    assert.equal(note.context, "more than 3 sessions of one address");
    const upgrade = await refusedUpgrade(server.port, from("192.0.2.1"));
    assert.deepEqual([upgrade.status, upgrade.text], [400, "more than 3 sessions of one address"]);
    assert.equal((await server.stats()).refused_sessions, 2);
    // Others are not affected, and who leaves makes room.
    assert.equal((await handshake(server, "192.0.2.2")).status, 200);
    sessions[0].destroy();
    await waitFor(async () => (await handshake(server, "192.0.2.1")).status === 200, "a place");
  });

  test("of IPv6, a /64 is one address", async () => {
    for (let i = 1; i <= 3; i++) {
      assert.equal((await handshake(server, `2001:db8:0:1::${i}`)).status, 200);
    }
    assert.equal((await handshake(server, "2001:db8:0:1:ffff::9")).status, 429);
    assert.equal((await handshake(server, "2001:db8:0:2::1")).status, 200);
  });

  test("addresses that are spared have no limit", async () => {
    for (let i = 0; i < 8; i++) assert.equal((await handshake(server, "10.9.1.1")).status, 200);
  });
});

describe("handshakes of one address", { skip }, () => {
  const server = useServer({ max_handshakes_per_s: 1, trusted_proxies: "127.0.0.1" });

  test("twenty at once, then one a second", async () => {
    const answers = await Promise.all(Array.from({ length: 25 }, () => handshake(server, "192.0.2.1")));
    const refused = answers.filter(({ status }) => status === 429);
    // A slow machine takes a second or three for it, each of which allows one more.
    assert.ok(refused.length >= 2 && refused.length <= 5, `${refused.length} refused`);
    assert.equal(JSON.parse(refused[0].text).message, "more than 1 handshakes per second of one address");
    assert.equal((await server.stats()).refused_handshakes, refused.length);
    assert.equal((await handshake(server, "192.0.2.2")).status, 200);
    await waitFor(async () => (await handshake(server, "192.0.2.1")).status === 200, "a token");
  });
});

const RATE = 100;
const BURST = 20;
const N = 120;
const message = (i) => `42["message",${i}]`;
const back = (i) => `42["message-back",${i}]`;
/** The least that N messages take, with what has been used before and what timers are early. */
const LEAST_MS = ((N - BURST) / RATE) * 1000 - 50;

describe("a client that sends too much", { skip }, () => {
  const server = useServer({
    max_events_per_s: RATE,
    max_events_burst: BURST,
    ping_interval_ms: 200,
    ping_timeout_ms: 300,
  });

  /** All echoes in their order; how many of them another client has seen when it is answered. */
  async function echoes(send, read) {
    const other = await connect(server);
    const { id } = other;
    const start = performance.now();
    send();
    let n = 0;
    let seen;
    const answered = ask(other, "message-with-ack", 1).then(() => (seen = n));
    for (; n < N; ) if ((await read()) === back(n)) n++;
    await answered;
    assert.ok(since(start) > LEAST_MS, `${since(start)} ms`);
    assert.ok(seen < N / 2, `another client waited for ${seen} of ${N}`);
    // Its last message is not counted in the next test.
    other.disconnect();
    await server.note({ note: "disconnect", id });
  }

  test("on WebSocket: is delayed, loses nothing, keeps the order", async () => {
    const before = await server.stats();
    const ws = await RawWebSocket.join(server.port);
    const flood = Buffer.concat(Array.from({ length: N }, (_, i) => frame({ payload: message(i) })));
    let expected = 0;
    await echoes(() => ws.wire.send(flood), async () => {
      const text = await ws.message();
      assert.equal(text, back(expected++));
      return text;
    });
    const { delayed, delayed_closed } = await server.stats();
    assert.deepEqual([delayed - before.delayed, delayed_closed], [1, 0]);
    const note = await server.note({ note: "limit" });
    assert.deepEqual([note.text, note.value, note.closed], [`more than ${RATE} events per second`, RATE, false]);
  });

  test("on polling: the same, and its POST is answered at the end", async () => {
    const session = await Polling.join(server.port);
    const body = Array.from({ length: N }, (_, i) => message(i)).join(SEPARATOR);
    let post;
    let packets = [];
    await echoes(() => (post = session.post(body)), async () => {
      while (packets.length === 0) packets = (await session.poll()).filter((packet) => packet !== "2");
      return packets.shift();
    });
    assert.equal((await post).text, "ok");
    await session.push("3", message(7));
    await session.pollUntil((packet) => packet === back(7));
  });

  test("its FIN comes behind what it sent", async () => {
    const before = await server.stats();
    const ws = await RawWebSocket.join(server.port);
    ws.wire.send(Buffer.concat(Array.from({ length: N }, (_, i) => frame({ payload: message(i) }))));
    ws.wire.socket.end();
    await server.note({ note: "disconnect", reason: "transport close", id: ws.id });
    // The join, and all of them.
    assert.equal((await server.stats()).messages_in - before.messages_in, N + 1);
  });

  test("a stock client stays, though its pongs wait as well", async () => {
    const socket = await connect(server);
    let last = -1;
    socket.on("message-back", (i) => {
      assert.equal(i, last + 1);
      last = i;
    });
    for (let i = 0; i < N + 50; i++) socket.emit("message", i);
    await waitFor(() => last === N + 49, "the last echo");
    assert.ok(socket.connected);
  });

  test("what a POST left waiting is served before an upgrade's first message", async () => {
    const session = await Polling.join(server.port);
    const wire = await Wire.connect(server.port);
    const body = Array.from({ length: N }, (_, i) => message(i)).join(SEPARATOR);
    wire.send(requestText({ method: "POST", target: session.target(), body }));
    const echo = await session.pollUntil((packet) => packet === back(BURST - 2));
    assert.equal(echo.at(0), back(0));
    const ws = await RawWebSocket.upgrade(session);
    ws.send(message(N));
    const seen = echo.filter((packet) => packet.startsWith('42["message-back"'));
    while (seen.length <= N) {
      const text = await ws.message();
      if (text !== "6") seen.push(text);
    }
    assert.deepEqual(seen, Array.from({ length: N + 1 }, (_, i) => back(i)));
  });
});

describe("what a POST left waiting, served at an upgrade to compression", { skip }, () => {
  const server = useServer({ max_events_per_s: 5, max_events_burst: 5, per_message_deflate: "true" });
  const long = "x".repeat(4000);

  test("is answered in its order, behind what waits for a poll", async () => {
    const session = await Polling.join(server.port);
    const packets = [1, 2, 3, 4, 5, 6, 7, long, 9].map((n) => `42["message",${JSON.stringify(n)}]`);
    const wire = await Wire.connect(server.port);
    wire.send(requestText({ method: "POST", target: session.target(), body: packets.join(SEPARATOR) }));
    await server.note({ note: "limit" });
    const headers = { "Sec-WebSocket-Extensions": "permessage-deflate" };
    const ws = await RawWebSocket.upgrade(session, { headers });
    const seen = [];
    while (seen.at(-1) !== 9) {
      const { rsv, opcode, payload } = await ws.frame();
      const text = rsv === RSV1 ? inflate(payload) : payload.toString();
      assert.equal(opcode, TEXT_FRAME);
      if (text.startsWith('42["message-back"')) seen.push(JSON.parse(text.slice(2))[1]);
    }
    assert.deepEqual(seen, [1, 2, 3, 4, 5, 6, 7, long, 9]);
  });
});

describe("what a POST left waiting, and an upgrade has served", { skip }, () => {
  const server = useServer({ max_events_per_s: RATE, max_events_burst: 10, max_delay_ms: 5000 });

  test("is cut off when it is longer than max_delay_ms allows", async () => {
    const before = await server.stats();
    const session = await Polling.join(server.port);
    const wire = await Wire.connect(server.port);
    const body = Array.from({ length: 5000 }, (_, i) => message(i)).join(SEPARATOR);
    wire.send(requestText({ method: "POST", target: session.target(), body }));
    await waitFor(async () => (await server.stats()).delayed > before.delayed, "a delay");
    const ws = await RawWebSocket.upgrade(session);
    assert.equal((await ws.closed())?.code, 1008);
    await server.note({ note: "disconnect", reason: "rate limit", id: session.id });
    // What was there at once, and what five seconds allow.
    const { messages_in } = await server.stats();
    assert.ok(messages_in - before.messages_in < 1000, `${messages_in - before.messages_in}`);
    wire.destroy();
  });
});

describe("bytes", { skip }, () => {
  const server = useServer({ max_bytes_per_s: 100000, max_bytes_burst: 50000 });

  test("a large message passes, what follows pays for it", async () => {
    const ws = await RawWebSocket.join(server.port);
    const large = "x".repeat(150000);
    const start = performance.now();
    ws.send(`42["message","${large}"]`).send(message(1));
    assert.equal((await ws.text()).length, large.length + '42["message-back",""]'.length);
    assert.equal(await ws.message(), back(1));
    assert.ok(since(start) > 900, `${since(start)} ms`);
    assert.equal((await server.note({ note: "limit" })).text, "more than 100000 bytes per second");
  });
});

describe("a program's own limit", { skip }, () => {
  const server = useServer();

  test("holds what comes behind", async () => {
    const ws = await RawWebSocket.join(server.port);
    const start = performance.now();
    ws.send('42["hold",300]').send(message(1)).send(message(2));
    assert.equal(await ws.message(), back(1));
    assert.ok(since(start) > 290, `${since(start)} ms`);
    assert.equal(await ws.message(), back(2));
    const note = await server.note({ note: "limit" });
    assert.deepEqual([note.text, note.limit], ["more than 7 holds per second", 2]);
  });
});

describe("a client that does not stop", { skip }, () => {
  const server = useServer({ max_events_per_s: RATE, max_events_burst: 10, max_delay_ms: 300 });
  const TEXT = `more than ${RATE} events per second`;

  test("on WebSocket: is told why and cut off", async () => {
    const ws = await RawWebSocket.join(server.port);
    ws.wire.send(Buffer.concat(Array.from({ length: 500 }, (_, i) => frame({ payload: message(i) }))));
    const close = await ws.closed();
    assert.deepEqual([close?.opcode, close?.code], [CLOSE, 1008]);
    assert.equal(close.payload.subarray(2).toString(), `${TEXT} for 300 ms`);
    await server.note({ note: "disconnect", reason: "rate limit", id: ws.id });
    await server.note({ note: "limit", closed: true, text: TEXT });
    assert.equal((await server.stats()).delayed_closed, 1);
  });

  test("on polling: is cut off", async () => {
    const session = await Polling.join(server.port);
    const wire = await session.hang();
    const post = session.post(Array.from({ length: 500 }, (_, i) => message(i)).join(SEPARATOR));
    await server.note({ note: "disconnect", reason: "rate limit", id: session.id });
    assert.equal((await readResponse(wire)).status, 200);
    await post.catch(() => {});
    assert.equal((await session.get()).status, 400);
  });
});
