// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the rtcio authors

// What the official protocol suites ask of a server (Socket.IO spec 12.2), point by point, with a
// server that is configured as they want it. Where their engine server echoes bare messages, the
// events of the namespace do.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { useServer } from "../interop/lib/fixture.mjs";
import { Polling, readResponse, request, target } from "../interop/lib/http.mjs";
import { placeholder, send } from "../interop/lib/packets.mjs";
import { since, sleep } from "../interop/lib/time.mjs";
import { BINARY, CLOSE, RawWebSocket, refusedUpgrade, sendUpgrade } from "../interop/lib/ws.mjs";

const INTERVAL = 300;
const TIMEOUT = 200;
const OPEN = { upgrades: ["websocket"], pingInterval: INTERVAL, pingTimeout: TIMEOUT, maxPayload: 1000000 };

const options = {
  ping_interval_ms: INTERVAL,
  ping_timeout_ms: TIMEOUT,
  connect_timeout_ms: 1000,
  max_payload_bytes: 1000000,
  cors_origin: "*",
};

const withoutSid = ({ sid, ...rest }) => {
  assert.equal(typeof sid, "string");
  return rest;
};

const header = (n, event = "message-back") =>
  `45${n}-["${event}",${Array.from({ length: n }, (_, i) => placeholder(i)).join(",")}]`;

async function assertUnknown(session) {
  assert.equal((await session.get()).status, 400);
}

describe("12.2 Engine: handshake", () => {
  const server = useServer(options);
  const status = async (params, method) =>
    (await request(server.port, { method, target: target(params) })).status;

  test("12.2 Engine, handshake over polling: opens a session", async () => {
    const response = await request(server.port, { target: target() });
    assert.equal(response.status, 200);
    assert.equal(response.text[0], "0");
    assert.deepEqual(withoutSid(JSON.parse(response.text.slice(1))), OPEN);
  });

  test("12.2 Engine, handshake over polling: an invalid EIO fails", async () => {
    for (const EIO of [undefined, "abc"]) assert.equal(await status({ EIO }), 400);
  });

  test("12.2 Engine, handshake over polling: an invalid transport fails", async () => {
    for (const transport of [undefined, "abc"]) assert.equal(await status({ transport }), 400);
  });

  test("12.2 Engine, handshake over polling: an invalid method fails", async () => {
    for (const method of ["POST", "PUT"]) assert.equal(await status({}, method), 400);
  });

  test("12.2 Engine, handshake over WebSocket: opens a session", async () => {
    const ws = await RawWebSocket.connect(server.port);
    assert.deepEqual(withoutSid(ws.open), { ...OPEN, upgrades: [] });
  });

  test("12.2 Engine, handshake over WebSocket: an invalid EIO fails", async () => {
    for (const EIO of [undefined, "abc"]) {
      const wire = await sendUpgrade(server.port, { params: { EIO } });
      assert.doesNotMatch((await wire.readEnd()).toString(), /"sid"/);
    }
  });

  test("12.2 Engine, handshake over WebSocket: an invalid transport fails", async () => {
    for (const transport of [undefined, "abc"]) {
      assert.equal((await refusedUpgrade(server.port, { params: { transport } })).status, 400);
    }
  });
});

describe("12.2 Engine: message", () => {
  const server = useServer(options);
  const events = (packets) => packets.filter((packet) => /^4[25]|^b/.test(packet));

  test("12.2 Engine, message over polling: one text packet", async () => {
    const session = await Polling.join(server.port);
    await session.push('42["message","hello"]');
    assert.deepEqual(events(await session.poll()), ['42["message-back","hello"]']);
  });

  test("12.2 Engine, message over polling: several text packets", async () => {
    const session = await Polling.join(server.port);
    await session.push(...[1, 2, 3].map((i) => `42["message","test${i}"]`));
    const got = events(await session.pollUntil((packet) => packet.includes("test3")));
    assert.deepEqual(got, [1, 2, 3].map((i) => `42["message-back","test${i}"]`));
  });

  test("12.2 Engine, message over polling: text and binary packets", async () => {
    const session = await Polling.join(server.port);
    await session.push('42["message","hello"]', header(1, "message"), "bAQIDBA==");
    const got = events(await session.pollUntil((packet) => packet[0] === "b"));
    assert.deepEqual(got, ['42["message-back","hello"]', header(1), "bAQIDBA=="]);
  });

  test("12.2 Engine, message over polling: an invalid packet closes the session", async () => {
    const session = await Polling.connect(server.port);
    assert.ok([200, 400].includes((await session.post("abc")).status));
    await assertUnknown(session);
  });

  test("12.2 Engine, message over polling: a second poll closes the session", async () => {
    const session = await Polling.connect(server.port);
    const first = await session.hang();
    assert.equal((await session.get()).status, 400);
    assert.equal((await readResponse(first)).text, "1");
    await assertUnknown(session);
  });

  test("12.2 Engine, message over WebSocket: a text packet", async () => {
    const ws = await RawWebSocket.join(server.port);
    ws.send('42["message","hello"]');
    assert.equal(await ws.message(), '42["message-back","hello"]');
  });

  test("12.2 Engine, message over WebSocket: a binary packet", async () => {
    const ws = await RawWebSocket.join(server.port);
    send(ws, header(1, "message"), Buffer.from([1, 2, 3, 4]));
    assert.equal(await ws.message(), header(1));
    const { opcode, payload } = await ws.frame();
    assert.deepEqual([opcode, ...payload], [BINARY, 1, 2, 3, 4]);
  });

  test("12.2 Engine, message over WebSocket: an invalid packet closes the session", async () => {
    const ws = await RawWebSocket.connect(server.port);
    ws.send("abc");
    await ws.closed();
  });
});

describe("12.2 Engine: heartbeat", () => {
  const server = useServer(options);

  test("12.2 Engine, heartbeat over polling: pings that are answered", async () => {
    const session = await Polling.connect(server.port);
    for (let i = 0; i < 3; i++) {
      assert.deepEqual(await session.poll(), ["2"]);
      await session.push("3");
    }
  });

  test("12.2 Engine, heartbeat over polling: a session that does not answer is closed", async () => {
    const session = await Polling.connect(server.port);
    await sleep(INTERVAL + TIMEOUT);
    await assertUnknown(session);
  });

  test("12.2 Engine, heartbeat over WebSocket: pings that are answered", async () => {
    const ws = await RawWebSocket.connect(server.port);
    for (let i = 0; i < 3; i++) {
      assert.equal(await ws.text(), "2");
      ws.send("3");
    }
  });

  test("12.2 Engine, heartbeat over WebSocket: a session that does not answer is closed", async () => {
    const start = performance.now();
    const ws = await RawWebSocket.connect(server.port);
    await ws.closed();
    assert.ok(since(start) > INTERVAL + TIMEOUT - 15, `closed after ${since(start)} ms`);
  });
});

describe("12.2 Engine: close and upgrade", () => {
  const server = useServer(options);

  test("12.2 Engine, close over polling: the pending poll is answered, the session is gone", async () => {
    const session = await Polling.connect(server.port);
    const poll = await session.hang();
    assert.equal((await session.post("1")).text, "ok");
    assert.equal((await readResponse(poll)).text, "6");
    await assertUnknown(session);
  });

  test("12.2 Engine, close over WebSocket: the session is gone", async () => {
    const ws = await RawWebSocket.connect(server.port);
    ws.sendFrame({ opcode: CLOSE });
    await ws.closed();
    assert.equal((await request(server.port, { target: target({ sid: ws.sid }) })).status, 400);
  });

  test("12.2 Engine, upgrade: from polling to WebSocket", async () => {
    const session = await Polling.connect(server.port);
    const ws = await RawWebSocket.upgrade(session);
    ws.send("40");
    assert.match(await ws.message(), /^40\{"sid"/);
    assert.equal(await ws.message(), '42["auth",{}]');
    ws.send('42["message","hello"]');
    assert.equal(await ws.message(), '42["message-back","hello"]');
  });

  test("12.2 Engine, upgrade: requests of the same sid are ignored afterwards", async () => {
    const session = await Polling.join(server.port);
    const ws = await RawWebSocket.upgrade(session);
    ws.send('42["message",1]');
    assert.equal(await ws.message(), '42["message-back",1]');
    assert.equal((await session.get()).status, 400);
    ws.send('42["message",2]');
    assert.equal(await ws.message(), '42["message-back",2]');
  });

  test("12.2 Engine, upgrade: a WebSocket of the same sid is ignored afterwards", async () => {
    const session = await Polling.join(server.port);
    const ws = await RawWebSocket.upgrade(session);
    const second = await RawWebSocket.open(server.port, { params: { sid: session.sid } });
    await second.closed();
    ws.send('42["message","hello"]');
    assert.equal(await ws.message(), '42["message-back","hello"]');
  });
});

describe("12.2 Socket.IO: connect", () => {
  const server = useServer(options);

  const namespaces = [
    ["the main namespace", "40", "", "{}"],
    ["the main namespace with a payload", '40{"token":"123"}', "", '{"token":"123"}'],
    ["a custom namespace", "40/custom,", "/custom,", "{}"],
    ["a custom namespace with a payload", '40/custom,{"token":"abc"}', "/custom,", '{"token":"abc"}'],
  ];
  for (const [what, packet, nsp, auth] of namespaces) {
    test(`12.2 Socket.IO, connect: ${what}`, async () => {
      const ws = await RawWebSocket.connect(server.port);
      ws.send(packet);
      const text = await ws.message();
      assert.ok(text.startsWith(`40${nsp}{`), text);
      assert.deepEqual(withoutSid(JSON.parse(text.slice(2 + nsp.length))), {});
      assert.equal(await ws.message(), `42${nsp}["auth",${auth}]`);
    });
  }

  test("12.2 Socket.IO, connect: an unknown namespace is refused", async () => {
    const ws = await RawWebSocket.connect(server.port);
    ws.send("40/random");
    assert.equal(await ws.message(), '44/random,{"message":"Invalid namespace"}');
  });

  test("12.2 Socket.IO, connect: an invalid handshake closes the session", async () => {
    const ws = await RawWebSocket.connect(server.port);
    ws.send("4abc");
    await ws.closed();
  });

  test("12.2 Socket.IO, connect: a session that joins nothing is closed", async () => {
    const start = performance.now();
    const ws = await RawWebSocket.connect(server.port);
    const pongs = setInterval(() => ws.send("3"), 100);
    await ws.closed().finally(() => clearInterval(pongs));
    assert.ok(since(start) > 985, `closed after ${since(start)} ms`);
  });
});

describe("12.2 Socket.IO: disconnect", () => {
  const server = useServer(options);

  test("12.2 Socket.IO, disconnect: from the main namespace", async () => {
    const ws = await RawWebSocket.join(server.port);
    ws.send("41");
    ws.send('42["message"]');
    assert.equal((await ws.frame()).opcode, CLOSE); // and nothing before
  });

  test("12.2 Socket.IO, disconnect: from one namespace of two", async () => {
    const ws = await RawWebSocket.join(server.port);
    ws.send("40/custom");
    assert.match(await ws.message(), /^40\/custom,/);
    assert.equal(await ws.message(), '42/custom,["auth",{}]');
    ws.send("41/custom");
    ws.send('42["message","message to main namespace"]');
    assert.equal(await ws.message(), '42["message-back","message to main namespace"]');
  });
});

describe("12.2 Socket.IO: message", () => {
  const server = useServer(options);
  const two = `${placeholder(0)},${placeholder(1)}`;
  const blobs = [Buffer.from([1, 2, 3]), Buffer.from([4, 5, 6])];

  async function assertBlobs(ws) {
    for (const blob of blobs) assert.deepEqual((await ws.frame()).payload, blob);
  }

  test("12.2 Socket.IO, message: text", async () => {
    const ws = await RawWebSocket.join(server.port);
    ws.send('42["message",1,"2",{"3":[true]}]');
    assert.equal(await ws.message(), '42["message-back",1,"2",{"3":[true]}]');
  });

  test("12.2 Socket.IO, message: binary", async () => {
    const ws = await RawWebSocket.join(server.port);
    send(ws, header(2, "message"), ...blobs);
    assert.equal(await ws.message(), header(2));
    await assertBlobs(ws);
  });

  test("12.2 Socket.IO, message: text, acknowledged", async () => {
    const ws = await RawWebSocket.join(server.port);
    ws.send('42456["message-with-ack",1,"2",{"3":[false]}]');
    assert.equal(await ws.message(), '43456[1,"2",{"3":[false]}]');
  });

  test("12.2 Socket.IO, message: binary, acknowledged", async () => {
    const ws = await RawWebSocket.join(server.port);
    send(ws, `452-789["message-with-ack",${two}]`, ...blobs);
    assert.equal(await ws.message(), `462-789[${two}]`);
    await assertBlobs(ws);
  });

  const invalid = {
    "an unknown packet type": "4abc",
    "a payload that is no array": "42{}",
    "an ack id that is no number": '42abc["message-with-ack",1,"2",{"3":[false]}]',
  };
  for (const [what, packet] of Object.entries(invalid)) {
    test(`12.2 Socket.IO, message: ${what} closes the session`, async () => {
      const ws = await RawWebSocket.join(server.port);
      ws.send(packet);
      await ws.closed();
    });
  }
});
