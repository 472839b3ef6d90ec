// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the rtcio authors

// Garbage on every layer: the server stays, a healthy client is served all the time, nobody gets
// what was not meant for them, and nothing is left in the end.

import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import { useServer } from "./lib/fixture.mjs";
import { Garbage } from "./lib/garbage.mjs";
import { Healthy } from "./lib/healthy.mjs";
import { Polling, request, requestText, target } from "./lib/http.mjs";
import { isReference, oursOnly } from "./lib/server.mjs";
import { Wire } from "./lib/wire.mjs";
import { BINARY, RawWebSocket, TEXT, UPGRADE, frame } from "./lib/ws.mjs";

const ROUNDS = Number(process.env.RTCIO_ROUNDS) || 150;

/** A server of which everything half-open ends soon, with healthy clients on it. Counters must be
 *  back at zero after the last test. */
function useHealthyServer(options = {}) {
  const holder = {};
  const last = async () => {
    await holder.healthy.check();
    holder.healthy.stop();
    Wire.destroyAll();
    if (isReference) return; // it keeps what it closes for 30 s
    await holder.server.empty();
    const { n_queued_bytes } = await holder.server.stats();
    assert.equal(n_queued_bytes, 0);
  };
  const all = {
    ping_interval_ms: 1000,
    ping_timeout_ms: 2000,
    request_timeout_ms: 500,
    keep_alive_timeout_ms: 500,
    upgrade_timeout_ms: 500,
    connect_timeout_ms: 500,
    attachment_timeout_ms: 500,
    close_timeout_ms: 500,
    max_payload_bytes: 65536,
    ...options,
  };
  holder.server = useServer(all, { concurrent: true, last });
  before(async () => {
    holder.healthy = await Healthy.start(holder.server);
  });
  return holder;
}

/** Runs `round` many times, a few at the same time. */
async function many(t, round, n = ROUNDS) {
  const garbage = new Garbage();
  t.diagnostic(`RTCIO_SEED=${garbage.seed}`);
  for (let i = 0; i < n; i += 10) {
    await Promise.all(Array.from({ length: 10 }, (_, k) => round(garbage, i + k)));
  }
}

/** Sends bytes and leaves, one way or another. */
async function throwAt(server, garbage, bytes) {
  const wire = await Wire.connect(server.port);
  leave(wire, garbage, bytes);
}

function leave(wire, garbage, bytes) {
  wire.send(...garbage.pieces(bytes));
  if (garbage.below(2)) wire.end();
  setTimeout(() => (garbage.below(2) ? wire.reset() : wire.destroy()), garbage.below(30));
}

describe("garbage over TCP and HTTP", () => {
  const holder = useHealthyServer();
  const head = requestText({ target: target(), headers: { Origin: "http://a", "X-Long": "y".repeat(300) } });
  const post = requestText({ method: "POST", target: target({ sid: "x" }), body: "4hello\x1e4" });
  const upgrade = requestText({ target: target({ transport: "websocket" }), headers: UPGRADE });

  test("random bytes", (t) =>
    many(t, (garbage) => throwAt(holder.server, garbage, garbage.bytes(2000))));

  test("random text", (t) =>
    many(t, (garbage) => throwAt(holder.server, garbage, Buffer.from(garbage.text(500)))));

  test("spoiled requests", (t) =>
    many(t, (garbage) =>
      throwAt(holder.server, garbage, garbage.spoil(garbage.pick([head, post, upgrade])))));

  test("several spoiled requests in a row", (t) =>
    many(t, (garbage) => {
      const requests = Array.from({ length: 5 }, () => garbage.spoil(garbage.pick([head, post])));
      return throwAt(holder.server, garbage, Buffer.concat(requests));
    }));

  test("requests cut off after every byte", async () => {
    for (const text of [post, upgrade]) {
      for (let length = 1; length < text.length; length += 3) {
        const wire = await Wire.connect(holder.server.port);
        wire.send(text.subarray(0, length));
        wire.end();
      }
    }
    await holder.healthy.check();
  });

  const malformed = [
    ["two lengths", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nxx"],
    ["a length and chunks", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"],
    ["a negative length", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n"],
    ["a length with letters", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1x\r\n\r\nx"],
    ["a length beyond 64 bits", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999999999999999\r\n\r\n"],
    ["white space before the colon", "GET / HTTP/1.1\r\nHost: a\r\nX : y\r\n\r\n"],
    ["no Host", "GET / HTTP/1.1\r\n\r\n"],
    ["no version", "GET /\r\n\r\n"],
    ["a NUL in the head", "GET / HTTP/1.1\r\nHost: a\r\nX: a\0b\r\n\r\n"],
    ["nothing but line ends", "\r\n".repeat(20000)],
    ["TLS", Buffer.from("16030100c8010000c40303", "hex")],
    ["HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"],
  ];
  for (const [what, bytes] of malformed) {
    test(`${what}: an error or the end, never more`, async () => {
      const wire = await Wire.connect(holder.server.port);
      wire.send(bytes);
      const answer = (await wire.readEnd()).toString("latin1");
      assert.match(answer, /^(HTTP\/1\.1 [45]\d\d [^]*)?$/);
      assert.equal(answer.split("HTTP/1.1").length <= 2, true);
    });
  }

  test("bad chunks end a POST", async () => {
    for (const chunks of ["x\r\n", "-1\r\n", "ffffffffffffffff\r\n", "2\r\nabc\r\n", "1\r\naX0\r\n\r\n"]) {
      const session = await Polling.join(holder.server.port);
      const wire = await Wire.connect(holder.server.port);
      const headers = { "Transfer-Encoding": "chunked" };
      wire.send(requestText({ method: "POST", target: session.target(), headers }), chunks);
      const answer = (await wire.readEnd()).toString();
      assert.match(answer, /^(HTTP\/1\.1 4\d\d [^]*)?$/, chunks);
      await request(holder.server.port, { method: "POST", target: session.target(), body: "1" });
    }
  });

  test("a head over the limit is 431", async () => {
    const long = [
      { target: target(), headers: { "X-Long": "y".repeat(20000) } },
      { target: target({ x: "y".repeat(20000) }) },
      { target: target(), headers: Object.fromEntries(Array.from({ length: 3000 }, (_, i) => [`X-${i}`, "y"])) },
    ];
    for (const options of long) {
      const response = await request(holder.server.port, options);
      assert.equal(response.status, 431);
    }
  });
});

describe("garbage in frames and packets", () => {
  const holder = useHealthyServer();
  const placeholder = '{"_placeholder":true,"num":0}';
  const packets = [
    "40",
    '40/chat,{"token":"x"}',
    "41",
    "41/chat,",
    '42["message",{"a":[1,2,{"b":null}]},"é",-1.5e3]',
    '42/chat,12["message-with-ack",true]',
    '430["x"]',
    `451-["message",${placeholder}]`,
    `461-0[${placeholder}]`,
    '44{"message":"x"}',
    "3",
    "6",
    "bAQIDBA==",
  ];

  test("random bytes instead of frames", (t) =>
    many(t, async (garbage) => {
      const ws = await RawWebSocket.open(holder.server.port);
      leave(ws.wire, garbage, garbage.bytes(300));
    }));

  test("spoiled frames", (t) =>
    many(t, async (garbage) => {
      const ws = await RawWebSocket.join(holder.server.port);
      const frames = Array.from({ length: 4 }, () => frame({ payload: garbage.pick(packets) }));
      leave(ws.wire, garbage, garbage.spoil(Buffer.concat(frames)));
    }));

  test("frames of every kind with random content", (t) =>
    many(t, async (garbage) => {
      const ws = await RawWebSocket.join(holder.server.port);
      const frames = Array.from({ length: 5 }, () => {
        const opcode = garbage.pick([0, 1, 1, 1, 2, 8, 9, 10, garbage.below(16)]);
        const fin = garbage.below(4) > 0;
        return frame({ opcode, fin, rsv: garbage.below(9) ? 0 : 4, payload: garbage.bytes(200) });
      });
      leave(ws.wire, garbage, Buffer.concat(frames));
    }));

  test("valid frames with random packets", (t) =>
    many(t, async (garbage) => {
      const ws = await RawWebSocket.join(holder.server.port);
      const digit = () => garbage.pick(["4", "40", "42", "43", "45", "451-", "42[", '42["message",']);
      const frames = Array.from({ length: 5 }, () => frame({ payload: digit() + garbage.text(60) }));
      leave(ws.wire, garbage, Buffer.concat(frames));
    }));

  test("valid frames with spoiled packets", (t) =>
    many(t, async (garbage) => {
      const ws = await RawWebSocket.join(holder.server.port);
      const frames = Array.from({ length: 6 }, () => {
        const payload = garbage.spoil(garbage.pick(packets)).toString();
        return frame({ opcode: garbage.below(8) ? TEXT : BINARY, payload });
      });
      leave(ws.wire, garbage, Buffer.concat(frames));
    }));

  test("spoiled packets over polling", (t) =>
    many(t, async (garbage) => {
      const session = await Polling.join(holder.server.port);
      const list = Array.from({ length: 6 }, () => garbage.spoil(garbage.pick(packets)));
      const body = Buffer.concat(list.flatMap((packet) => [packet, Buffer.from("\x1e")]));
      const response = await session.post(body);
      assert.ok([200, 400].includes(response.status), `${response.status}`);
    }));

  test("an upgrade with random first frames", (t) =>
    many(t, async (garbage) => {
      const session = await Polling.join(holder.server.port);
      const ws = await RawWebSocket.open(holder.server.port, { params: { sid: session.sid } });
      const first = garbage.pick(["2probe", "5", "2probe", garbage.text(10)]);
      const payloads = [first, garbage.pick(["5", "2probe", garbage.text(10)]), garbage.text(20)];
      leave(ws.wire, garbage, Buffer.concat(payloads.map((payload) => frame({ payload }))));
      session.post(garbage.text(20)).catch(() => {}); // whether it is answered depends on the above
    }, 60));

  test("packets cut off after every character", async () => {
    for (const packet of packets) {
      for (let length = 1; length < packet.length; length += 4) {
        const ws = await RawWebSocket.join(holder.server.port);
        ws.send(packet.slice(0, length));
        ws.wire.end();
      }
    }
    await holder.healthy.check();
  });
});

describe("wrong types in every field of every event", () => {
  const holder = useHealthyServer({ request_timeout_ms: 5000 });
  const why = "the handlers of its program are not written for that";
  const values = ["null", "true", "0", "-1", "1e999", '""', '"x"', "[]", "[[]]", "{}", '{"a":1}', '"\\u0000"', '"\\ud800"'];
  const events = {
    join: [],
    leave: [],
    members: [],
    say: ["from", "to", "except", "broadcast", "volatile", "local", "event", "args"],
    move: ["from", "to", "except", "join", "leave"],
    drop: ["from", "to", "except", "broadcast", "local", "close"],
    ask: ["event", "args", "timeout"],
    "ask-all": ["from", "to", "event", "args", "timeout"],
    keep: [],
    release: [],
    forget: [],
    ticks: ["n", "every"],
    flood: ["n", "size"],
    decide: [],
    "kick-me": [],
    post: [],
  };

  for (const [event, fields] of Object.entries(events)) {
    test(event, { skip: oursOnly(why) }, async () => {
      // A namespace of its own: some of these are broadcasts, odd but in order.
      const ws = await RawWebSocket.join(holder.server.port);
      ws.send("40/chat,");
      const sent = [`42/chat,["${event}"]`, `42/chat,0["${event}"]`];
      for (const value of values) {
        sent.push(`42/chat,["${event}",${value}]`, `42/chat,0["${event}",${value}]`);
        sent.push(`42/chat,["${event}",${value},${value},${value}]`);
        for (const field of fields) sent.push(`42/chat,["${event}",{"${field}":${value}}]`);
      }
      for (const packet of sent) ws.send(packet);
      ws.destroy();
      await holder.healthy.check();
    });
  }
});
