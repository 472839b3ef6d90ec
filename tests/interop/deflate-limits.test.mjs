// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the rtcio authors

// permessage-deflate: what is wrong, what is too much, and how much memory it holds.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, test } from "node:test";
import zlib from "node:zlib";
import { RSV1, deflate, inflate } from "./lib/deflate.mjs";
import { useServer } from "./lib/fixture.mjs";
import { Polling } from "./lib/http.mjs";
import { oursOnly, programEnv } from "./lib/server.mjs";
import { waitFor } from "./lib/time.mjs";
import { BINARY, CLOSE, CONTINUATION, PING, PONG, RawWebSocket, TEXT } from "./lib/ws.mjs";

// A sanitizer keeps what is freed for a while, to see who uses it; here it would be taken for use.
programEnv.ASAN_OPTIONS = `${programEnv.ASAN_OPTIONS ?? ""}:quarantine_size_mb=1:thread_local_quarantine_size_kb=64`;

const ON = { per_message_deflate: "true", deflate_threshold: 2000 };
const CONTEXT = {
  ...ON,
  deflate_server_no_context_takeover: "false",
  deflate_client_no_context_takeover: "false",
};
const OFFER = { headers: { "Sec-WebSocket-Extensions": "permessage-deflate" } };
const join = (server) => RawWebSocket.join(server.port, OFFER);

const echo = (text) => `42${JSON.stringify(["message", text])}`;
const compressed = (text) => ({ rsv: RSV1, payload: deflate(text) });
const HELLO = compressed(echo("hello"));

async function assertClosed(server, ws, code) {
  assert.equal((await ws.closed()).code, code);
  await server.note({ note: "disconnect", id: ws.id });
}

async function assertAlive(ws) {
  ws.sendFrame(HELLO);
  assert.equal(await ws.text(), '42["message-back","hello"]');
}

describe("the bit of compression", () => {
  const server = useServer(ON);
  const first = { ...HELLO, fin: false, payload: HELLO.payload.subarray(0, 5) };
  const rest = { opcode: CONTINUATION, payload: HELLO.payload.subarray(5) };
  const rows = [
    ["on a continuation of a compressed message", [first, { ...rest, rsv: RSV1 }]],
    ["on a continuation of a plain one", [{ fin: false, payload: "4" }, { ...rest, rsv: RSV1 }]],
    ["on a ping", [{ opcode: PING, rsv: RSV1, payload: deflate("x") }]],
    ["on a pong", [{ opcode: PONG, rsv: RSV1, payload: deflate("x") }]],
    ["on a Close", [{ opcode: CLOSE, rsv: RSV1 }]],
    ["with another", [{ ...HELLO, rsv: RSV1 | 2 }]],
    ["not there, but another", [{ ...HELLO, rsv: 1 }]],
  ];
  for (const [what, frames] of rows) {
    test(`${what} is 1002`, async () => {
      const ws = await join(server);
      for (const frame of frames) ws.sendFrame(frame);
      await assertClosed(server, ws, 1002);
    });
  }

  test("without an agreement is 1002, on the upgrade's WebSocket too", async () => {
    const ws = await RawWebSocket.join(server.port);
    ws.sendFrame(HELLO);
    await assertClosed(server, ws, 1002);
    const session = await Polling.join(server.port);
    const guest = await RawWebSocket.open(server.port, { params: { sid: session.sid } });
    guest.sendFrame(compressed("2probe"));
    assert.equal((await guest.closed()).code, 1002);
    await session.push(echo("still there"));
  });
});

describe("what is no compressed message", () => {
  const server = useServer(ON);
  const whole = deflate(echo("x".repeat(50) + "hello"));
  const rows = [
    ["blocks of no type", Buffer.from([255, 255, 255])],
    ["text", Buffer.from(echo("plain"))],
    ["a distance into nothing", Buffer.from([0xf2, 0x00, 0x11, 0x00, 0x00])],
    ["zlib's format", zlib.deflateSync(echo("x"))],
    ["gzip's format", zlib.gzipSync(echo("x"))],
    ["endless final blocks", Buffer.alloc(2000, Buffer.from([3, 0]))],
  ];
  for (const [what, payload] of rows) {
    const differs = what.startsWith("endless") && "it stops at the first";
    test(`${what}: 1007`, { skip: differs && oursOnly(differs) }, async () => {
      const ws = await join(server);
      ws.sendFrame({ rsv: RSV1, payload });
      await assertClosed(server, ws, 1007);
    });
  }

  test("cut off: 1007", { skip: oursOnly("it takes what there is") }, async () => {
    const ws = await join(server);
    ws.sendFrame({ rsv: RSV1, payload: whole.subarray(0, -3) });
    await assertClosed(server, ws, 1007);
  });

  test("text that is not UTF-8, once it is decompressed: 1007", async () => {
    const ws = await join(server);
    ws.sendFrame({ rsv: RSV1, payload: deflate(Buffer.from([0x34, 0x32, 0xff])) });
    await assertClosed(server, ws, 1007);
  });

  test("one client's garbage is not another's", async () => {
    const [bad, good] = [await join(server), await join(server)];
    bad.sendFrame({ rsv: RSV1, payload: Buffer.concat([whole.subarray(0, 20), Buffer.alloc(9, 255)]) });
    await assertAlive(good);
    await assertClosed(server, bad, 1007);
    await assertAlive(good);
  });
});

describe("a limit of 10000 bytes", () => {
  const server = useServer({ ...ON, max_payload_bytes: 10000 });
  const around = echo("").length;

  test("is for what was decompressed: as long is fine, longer is 1009", async () => {
    const ws = await join(server);
    const most = "x".repeat(10000 - around);
    ws.sendFrame(compressed(echo(most)));
    const back = await ws.frame();
    assert.equal(inflate(back.payload), `42["message-back","${most}"]`);
    ws.sendFrame(compressed(echo(`${most}x`)));
    await assertClosed(server, ws, 1009);
  });

  const larger = { skip: oursOnly("its limit is for the compressed bytes, too") };
  test("what cannot be compressed may be as long, compressed", larger, async () => {
    const ws = await join(server);
    const noise = Buffer.from(Array.from({ length: 10000 }, (_, i) => ((i * i * 7919) % 1000003) >> 3));
    const payload = deflate(noise, { level: 0, memLevel: 1 });
    assert.ok(payload.length > 10000);
    ws.send('451-["message",{"_placeholder":true,"num":0}]');
    ws.sendFrame({ opcode: BINARY, rsv: RSV1, payload });
    await ws.text();
    const { rsv, payload: back } = await ws.frame();
    assert.deepEqual(rsv ? zlib.inflateRawSync(Buffer.concat([back, Buffer.from([0, 0, 255, 255])]), { finishFlush: 2 }) : back, noise);
  });

  const bombs = [
    ["a bomb", (payload) => [{ rsv: RSV1, payload }]],
    [
      "a bomb in fragments",
      (payload) => [
        { fin: false, rsv: RSV1, payload: payload.subarray(0, 100) },
        { fin: false, opcode: CONTINUATION, payload: payload.subarray(100, 300) },
        { opcode: CONTINUATION, payload: payload.subarray(300) },
      ],
    ],
  ];
  for (const [what, frames] of bombs) {
    test(`${what}: 1009`, async () => {
      const ws = await join(server);
      for (const frame of frames(deflate(Buffer.alloc(5000000), { level: 9 }))) ws.sendFrame(frame);
      await assertClosed(server, ws, 1009);
    });
  }

  test("a bomb on the upgrade's WebSocket harms nobody", async () => {
    const session = await Polling.join(server.port);
    const options = { ...OFFER, params: { sid: session.sid } };
    const ws = await RawWebSocket.open(server.port, options);
    ws.sendFrame({ rsv: RSV1, payload: deflate(`2probe${"x".repeat(9000)}`) });
    assert.ok(await ws.closed());
    await session.push(echo("still there"));
    assert.match((await session.get()).text, /still there/);
  });
});

const rss = (server) => {
  const status = readFileSync(`/proc/${server.child.pid}/status`, "utf8");
  return Number(/VmHWM:\s+(\d+) kB/.exec(status)[1]) * 1024;
};

describe("memory", () => {
  const server = useServer({ ...ON, max_payload_bytes: 1000000 });

  const ours = { skip: oursOnly("counters") };
  test("bombs of 200 MB take no more than the limit", ours, async () => {
    await assertAlive(await join(server));
    const before = rss(server);
    const bomb = deflate(Buffer.alloc(200000000), { level: 9 });
    const all = await Promise.all(Array.from({ length: 20 }, () => join(server)));
    for (const ws of all) ws.sendFrame({ rsv: RSV1, payload: bomb });
    for (const ws of all) assert.equal((await ws.closed()).code, 1009);
    assert.ok(rss(server) - before < 40000000, `${rss(server) - before}`);
  });

  test("without context it is the same for any number of connections", ours, async () => {
    const talk = async (ws) => {
      ws.sendFrame(compressed(echo("y".repeat(3000))));
      assert.equal((await ws.frame()).rsv, RSV1);
    };
    await talk(await join(server));
    const { n_deflate_bytes: shared, deflated_in, deflated_out } = await server.stats();
    assert.ok(shared > 0);
    const all = await Promise.all(Array.from({ length: 30 }, () => join(server)));
    for (const ws of all) await talk(ws);
    const stats = await server.stats();
    assert.ok(stats.n_deflate_bytes <= shared * 4, "as many as there are workers, at most");
    assert.ok(stats.n_deflate_bytes < 400000 * 4);
    assert.equal(stats.deflate_refused, 0);
    assert.equal(stats.deflated_in - deflated_in, 30);
    assert.equal(stats.deflated_out - deflated_out, 30);
  });
});

/** The parameters that an offer is answered with. */
const answerOf = (ws) => ws.head.headers["sec-websocket-extensions"].split("; ").slice(1);
const STATELESS = ["server_no_context_takeover", "client_no_context_takeover"];

describe("contexts", { skip: oursOnly("it has no limits") }, () => {
  const server = useServer({ ...CONTEXT, deflate_max_bytes: 1000000 });

  test("there are as many as fit; the others go without, and all are given back", async () => {
    const all = [];
    for (let i = 0; i < 8; i++) all.push(await join(server));
    const withContext = all.filter((ws) => answerOf(ws).length === 0);
    assert.equal(withContext.length, 3);
    for (const ws of all) if (!withContext.includes(ws)) assert.deepEqual(answerOf(ws), STATELESS);
    const stats = await server.stats();
    assert.equal(stats.deflate_refused, 5);
    assert.ok(stats.n_deflate_bytes > 750000 && stats.n_deflate_bytes <= 1000000, `${stats.n_deflate_bytes}`);
    for (const ws of all) await assertAlive(ws);

    for (const ws of withContext) ws.destroy();
    for (const ws of withContext) await server.note({ note: "disconnect", id: ws.id });
    const next = await waitFor(async () => {
      const ws = await join(server);
      return answerOf(ws).length === 0 && ws;
    }, "a context for somebody else");
    await assertAlive(next);
    for (const ws of [...all, next]) ws.destroy();
    await server.empty();
    // What is left is shared by all who have none.
    assert.ok((await server.stats()).n_deflate_bytes < 400000 * 4);
  });

  test("handshakes that come to nothing give theirs back", async () => {
    for (let i = 0; i < 10; i++) {
      // Refused behind the 101: no such transport for an upgrade.
      const params = { transport: "polling" };
      const ws = await RawWebSocket.open(server.port, { ...OFFER, params });
      await ws.closed();
      ws.destroy();
      // An upgrade whose probe is wrong, and one that goes.
      const session = await Polling.join(server.port);
      const guest = await RawWebSocket.open(server.port, { ...OFFER, params: { sid: session.sid } });
      guest.sendFrame(compressed("5probe"));
      await guest.closed();
      guest.destroy();
    }
    await waitFor(async () => {
      const ws = await join(server);
      ws.destroy();
      return answerOf(ws).length === 0;
    }, "a context again");
  });
});

describe("a limit for each connection", { skip: oursOnly("it has no limits") }, () => {
  const server = useServer({ ...CONTEXT, deflate_max_connection_bytes: 100000 });
  test("the largest windows are too large, smaller ones are not", async () => {
    assert.deepEqual(answerOf(await join(server)), STATELESS);
    const offer = "permessage-deflate; server_max_window_bits=12; client_max_window_bits=12";
    const small = await RawWebSocket.join(server.port, { headers: { "Sec-WebSocket-Extensions": offer } });
    assert.deepEqual(answerOf(small), offer.split("; ").slice(1));
    await assertAlive(small);
    const { n_deflate_bytes } = await server.stats();
    assert.ok(n_deflate_bytes > 20000 && n_deflate_bytes < 100000, `${n_deflate_bytes}`);
  });
});
