// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the rtcio authors

// The WebSocket transport, frame by frame (Socket.IO spec 2.1 to 2.3, RFC 6455).

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { useServer } from "./lib/fixture.mjs";
import { readHead } from "./lib/http.mjs";
import { oursOnly } from "./lib/server.mjs";
import {
  ACCEPT,
  BINARY,
  CLOSE,
  CONTINUATION,
  PING,
  PONG,
  RawWebSocket,
  TEXT,
  closeBody,
  frame,
  refusedUpgrade,
  sendUpgrade,
} from "./lib/ws.mjs";

const disconnected = (server, { id }, reason) => server.note({ note: "disconnect", id, reason });

async function assertAlive(ws) {
  ws.send('42["message","alive"]');
  assert.equal(await ws.text(), '42["message-back","alive"]');
}

describe("opening", () => {
  const server = useServer();

  test("the 101 has its headers in order and nothing else", async () => {
    const wire = await sendUpgrade(server.port);
    const head = await readHead(wire);
    assert.equal(head.status, 101);
    assert.equal(head.reason, "Switching Protocols");
    assert.deepEqual(head.fields, [
      ["Upgrade", "websocket"],
      ["Connection", "Upgrade"],
      ["Sec-WebSocket-Accept", ACCEPT],
    ]);
  });

  test("the open packet follows, without upgrades", async () => {
    const ws = await RawWebSocket.open(server.port);
    const { fin, rsv, opcode, text } = await ws.frame();
    assert.deepEqual({ fin, rsv, opcode }, { fin: true, rsv: 0, opcode: TEXT });
    assert.match(
      text,
      /^0\{"sid":"[\w-]{20}","upgrades":\[\],"pingInterval":25000,"pingTimeout":20000,"maxPayload":1000000\}$/,
    );
  });

  test("of the subprotocols the first is taken", async () => {
    const headers = { "Sec-WebSocket-Protocol": "a, b" };
    const ws = await RawWebSocket.open(server.port, { headers });
    assert.equal(ws.head.headers["sec-websocket-protocol"], "a");
  });

  test("an offer of compression is passed over", async () => {
    const headers = { "Sec-WebSocket-Extensions": "permessage-deflate; client_max_window_bits" };
    const ws = await RawWebSocket.open(server.port, { headers });
    assert.equal(ws.head.headers["sec-websocket-extensions"], undefined);
  });

  test("version 8 is as good as 13", async () => {
    await RawWebSocket.connect(server.port, { headers: { "Sec-WebSocket-Version": "8" } });
  });

  test("tokens are compared without regard to case", async () => {
    const headers = { Connection: "keep-alive, upgrade", Upgrade: "WebSocket" };
    await RawWebSocket.connect(server.port, { headers });
  });

  const lost = "it loses frames that come before its asynchronous handshake has ended";
  test("frames may come with the request", { skip: oursOnly(lost) }, async () => {
    const wire = await sendUpgrade(server.port);
    wire.send(frame({ payload: "40" }));
    await readHead(wire);
    const ws = new RawWebSocket(wire);
    assert.equal((await ws.text())[0], "0");
    assert.match(await ws.text(), /^40\{"sid":/);
  });
});

describe("refusals", () => {
  const server = useServer({ cors_origin: "*" });

  const engine = [
    ["an unknown transport", { params: { transport: "tobi" } }, "Transport unknown"],
    ["an unknown sid", { params: { sid: "nobody" } }, "Session ID unknown"],
    ["a POST", { method: "POST" }, "Bad handshake method"],
  ];
  for (const [what, options, text] of engine) {
    test(`${what}: 400 "${text}" in plain text`, async () => {
      const refused = await refusedUpgrade(server.port, options);
      assert.equal(refused.status, 400);
      assert.equal(refused.reason, "Bad Request");
      assert.equal(refused.headers.connection, "close");
      assert.equal(refused.headers["content-type"], "text/html");
      assert.equal(refused.text, text);
      assert.equal(refused.rest.length, 0);
    });
  }

  const protocol = [
    ["Sec-WebSocket-Key", undefined, "Missing or invalid Sec-WebSocket-Key header"],
    ["Sec-WebSocket-Key", "short", "Missing or invalid Sec-WebSocket-Key header"],
    ["Sec-WebSocket-Key", "!".repeat(24), "Missing or invalid Sec-WebSocket-Key header"],
    ["Sec-WebSocket-Version", undefined, "Missing or invalid Sec-WebSocket-Version header"],
    ["Sec-WebSocket-Version", "12", "Missing or invalid Sec-WebSocket-Version header"],
    ["Upgrade", "h2c", "Invalid Upgrade header"],
    ["Sec-WebSocket-Protocol", "a b", "Invalid Sec-WebSocket-Protocol header"],
  ];
  for (const [name, value, text] of protocol) {
    test(`${name}: ${value} is 400 "${text}"`, async () => {
      const refused = await refusedUpgrade(server.port, { headers: { [name]: value } });
      assert.equal(refused.status, 400);
      assert.equal(refused.headers.connection, "close");
      assert.equal(refused.text, text);
      if (name.endsWith("Version")) {
        assert.equal(refused.headers["sec-websocket-version"], "13, 8");
      }
      assert.equal(refused.rest.length, 0);
    });
  }

  test("EIO=3 never gets an open packet", async () => {
    const wire = await sendUpgrade(server.port, { params: { EIO: 3 } });
    const bytes = (await wire.readEnd()).toString();
    // Node notices only after the 101; a 400 at once is the same to every client.
    assert.match(bytes, /^HTTP\/1\.1 (101|400) /);
    assert.match(bytes, /\r\n\r\nUnsupported protocol version$/);
  });
});

describe("websocket not among the transports", () => {
  const server = useServer({ transports: "polling" });

  test("an upgrade request is refused", async () => {
    const wire = await sendUpgrade(server.port);
    const head = await readHead(wire);
    assert.equal(head.status, 400);
  });
});

describe("frames", () => {
  const server = useServer();

  test("text and binary, one packet each", async () => {
    const ws = await RawWebSocket.join(server.port);
    const header = '451-["message",{"_placeholder":true,"num":0}]';
    ws.send(header).send(Buffer.from([0, 255, 4]));
    const first = await ws.frame();
    assert.equal(first.text, header.replace("message", "message-back"));
    const second = await ws.frame();
    assert.equal(second.opcode, BINARY);
    assert.deepEqual([...second.payload], [0, 255, 4]);
  });

  test("with b64 binary goes out as text", async () => {
    const ws = await RawWebSocket.join(server.port, { params: { b64: 1 } });
    ws.send('451-["message",{"_placeholder":true,"num":0}]').send(Buffer.from([1, 2, 3, 4]));
    await ws.text();
    assert.equal(await ws.text(), "bAQIDBA==");
  });

  test("binary may come in as text", async () => {
    const ws = await RawWebSocket.join(server.port);
    ws.send('451-["message",{"_placeholder":true,"num":0}]').send("bAQIDBA==");
    await ws.text();
    assert.deepEqual([...(await ws.frame()).payload], [1, 2, 3, 4]);
  });

  test("every length around the header's sizes, masked and back", async () => {
    const ws = await RawWebSocket.join(server.port);
    for (const length of [1, 107, 108, 109, 125, 126, 127, 65500, 65516, 65517, 65536, 200000]) {
      const filler = "é".repeat(length >> 1) + "x".repeat(length & 1);
      ws.send(`42["message","${filler}"]`);
      assert.equal(await ws.text(), `42["message-back","${filler}"]`, `${length}`);
    }
  });

  test("every way to align the mask", async () => {
    const ws = await RawWebSocket.join(server.port);
    for (let length = 0; length < 70; length++) {
      const payload = `42["message","${"0123456789".repeat(7).slice(0, length)}"]`;
      ws.sendFrame({ payload, mask: Buffer.from([0x12, 0xfe, length, 0x80]) });
      assert.equal(await ws.text(), payload.replace("message", "message-back"));
    }
  });

  test("an empty binary attachment", async () => {
    const ws = await RawWebSocket.join(server.port);
    ws.send('451-["message",{"_placeholder":true,"num":0}]').send(Buffer.alloc(0));
    await ws.text();
    const { opcode, payload } = await ws.frame();
    assert.deepEqual([opcode, payload.length], [BINARY, 0]);
  });

  test("byte by byte, and many at once", async () => {
    const ws = await RawWebSocket.join(server.port);
    for (const byte of frame({ payload: '42["message","slow"]' })) {
      ws.wire.send(Buffer.from([byte]));
      await new Promise(setImmediate);
    }
    assert.equal(await ws.text(), '42["message-back","slow"]');
    const many = Array.from({ length: 500 }, (_, i) => frame({ payload: `42["message",${i}]` }));
    ws.wire.send(Buffer.concat(many));
    for (let i = 0; i < 500; i++) assert.equal(await ws.text(), `42["message-back",${i}]`);
  });

  test("fragments are put together, control frames may come between", async () => {
    const ws = await RawWebSocket.join(server.port);
    const bytes = Buffer.from('42["message","héé"]');
    ws.sendFrame({ fin: false, payload: bytes.subarray(0, 16) }); // inside a character
    ws.sendFrame({ opcode: PING, payload: "between" });
    ws.sendFrame({ fin: false, opcode: CONTINUATION, payload: "" });
    ws.sendFrame({ opcode: CONTINUATION, payload: bytes.subarray(16) });
    const pong = await ws.frame();
    assert.deepEqual([pong.opcode, pong.payload.toString()], [PONG, "between"]);
    assert.equal(await ws.text(), '42["message-back","héé"]');
  });

  test("a message in single bytes", async () => {
    const ws = await RawWebSocket.join(server.port);
    const bytes = Buffer.from('42["message","é😀"]');
    bytes.forEach((byte, i) => {
      const opcode = i === 0 ? TEXT : CONTINUATION;
      ws.sendFrame({ fin: i === bytes.length - 1, opcode, payload: Buffer.from([byte]) });
    });
    assert.equal(await ws.text(), '42["message-back","é😀"]');
  });

  test("binary in fragments", async () => {
    const ws = await RawWebSocket.join(server.port);
    ws.send('451-["message",{"_placeholder":true,"num":0}]');
    ws.sendFrame({ fin: false, opcode: BINARY, payload: Buffer.from([0xff]) });
    ws.sendFrame({ opcode: CONTINUATION, payload: Buffer.from([0xc0]) });
    await ws.text();
    assert.deepEqual([...(await ws.frame()).payload], [0xff, 0xc0]);
  });

  test("a ping is answered with its payload", async () => {
    const ws = await RawWebSocket.join(server.port);
    for (const payload of ["", "x", "y".repeat(125)]) {
      ws.sendFrame({ opcode: PING, payload });
      const pong = await ws.frame();
      assert.deepEqual([pong.opcode, pong.payload.toString()], [PONG, payload]);
    }
  });

  test("ignored packets are ignored: open, close, pong, upgrade, noop", async () => {
    const ws = await RawWebSocket.join(server.port);
    for (const packet of ["0", "1", "3", "3probe", "5", "6"]) ws.send(packet);
    await assertAlive(ws);
  });
});

describe("end of a WebSocket", () => {
  const server = useServer({ max_payload_bytes: 4096 });

  /** What a client sends, the code of the Close it gets, the reason the server's program gets. */
  const text = Buffer.from('42["message","x"]');
  const bad = (...bytes) => Buffer.concat([text, Buffer.from(bytes)]);
  const violations = [
    ["an unknown packet type", [{ payload: "7" }], 1005, "parse error"],
    ["letters", [{ payload: "abc" }], 1005, "parse error"],
    ["an empty text", [{ payload: "" }], 1005, "parse error"],
    ["a client's ping", [{ payload: "2" }], 1005, "transport error"],
    ["a probe on an established session", [{ payload: "2probe" }], 1005, "transport error"],
    ["a malformed Socket.IO packet", [{ payload: "4x" }], 1005, "forced close"],
    ["unexpected binary", [{ opcode: BINARY, payload: "x" }], 1005, "forced close"],
    ["an unmasked frame", [{ payload: text, mask: null }], 1002],
    ["reserved bit 1", [{ payload: text, rsv: 4 }], 1002],
    ["reserved bit 2", [{ payload: text, rsv: 2 }], 1002],
    ["reserved bit 3", [{ payload: text, rsv: 1 }], 1002],
    ["opcode 3", [{ payload: text, opcode: 3 }], 1002],
    ["opcode 11", [{ payload: "", opcode: 11 }], 1002],
    ["a continuation of nothing", [{ payload: text, opcode: CONTINUATION }], 1002],
    ["a new message inside another", [{ fin: false, payload: "42" }, { payload: text }], 1002],
    ["a ping of 126 bytes", [{ opcode: PING, payload: "x".repeat(126) }], 1002],
    ["a fragmented ping", [{ fin: false, opcode: PING, payload: "x" }], 1002],
    ["a Close body of one byte", [{ opcode: CLOSE, payload: "x" }], 1002],
    ["Close code 999", [{ opcode: CLOSE, payload: closeBody(999) }], 1002],
    ["Close code 1005", [{ opcode: CLOSE, payload: closeBody(1005) }], 1002],
    ["Close code 1016", [{ opcode: CLOSE, payload: closeBody(1016) }], 1002],
    ["Close code 5000", [{ opcode: CLOSE, payload: closeBody(5000) }], 1002],
    ["invalid UTF-8", [{ payload: bad(0xff) }], 1007],
    ["overlong UTF-8", [{ payload: bad(0xc0, 0xaf) }], 1007],
    ["a surrogate in UTF-8", [{ payload: bad(0xed, 0xa0, 0x80) }], 1007],
    ["a character beyond U+10FFFF", [{ payload: bad(0xf4, 0x90, 0x80, 0x80) }], 1007],
    ["a character cut off", [{ payload: bad(0xe2, 0x82) }], 1007],
    [
      "invalid UTF-8 across fragments",
      [
        { fin: false, payload: bad(0xe2) },
        { opcode: CONTINUATION, payload: Buffer.from([0x28, 0xa1]) },
      ],
      1007,
    ],
    [
      "a Close reason of invalid UTF-8",
      [{ opcode: CLOSE, payload: closeBody(1000, Buffer.from([0xff])) }],
      1007,
    ],
    ["a declared length over the limit", [{ payload: "4", length: 4097 }], 1009],
    ["a declared length of 2^62", [{ payload: "4", length: 2 ** 53 - 1 }], 1009],
    [
      "fragments that exceed the limit together",
      [
        { fin: false, payload: "4".repeat(4000) },
        { opcode: CONTINUATION, payload: "4".repeat(97) },
      ],
      1009,
    ],
  ];

  for (const [what, frames, code, reason = "transport error"] of violations) {
    test(`${what}: ${code}, "${reason}"`, async () => {
      const ws = await RawWebSocket.join(server.port);
      for (const options of frames) ws.sendFrame(options);
      const close = await ws.closed();
      assert.equal(close?.code, code);
      assert.ok(close.payload.length <= 2);
      await disconnected(server, ws, reason);
    });
  }

  test("a length with the highest bit set ends the connection", async () => {
    const ws = await RawWebSocket.join(server.port);
    ws.wire.send(Buffer.from([0x81, 0xff, 0xff, 0, 0, 0, 0, 0, 0, 1, 1, 2, 3, 4]));
    const close = await ws.closed();
    assert.ok([1002, 1009].includes(close?.code), `${close?.code}`);
    await disconnected(server, ws, "transport error");
  });

  test("a message of the limit is taken", async () => {
    const ws = await RawWebSocket.join(server.port);
    const payload = `42["message","${"x".repeat(4096 - 16)}"]`;
    assert.equal(payload.length, 4096);
    ws.send(payload);
    assert.equal(await ws.text(), payload.replace("message", "message-back"));
  });

  test("a Close is answered by the same code and the end", async () => {
    for (const code of [1000, 1001, 1003, 1011, 3000, 4999]) {
      const ws = await RawWebSocket.join(server.port);
      ws.sendFrame({ opcode: CLOSE, payload: closeBody(code, "bye") });
      const close = await ws.frame();
      assert.deepEqual([close.opcode, close.code], [CLOSE, code]);
      assert.equal((await ws.wire.readEnd()).length, 0);
      ws.wire.end();
      await disconnected(server, ws, "transport close");
    }
  });

  test("an empty Close is answered by an empty one", async () => {
    const ws = await RawWebSocket.join(server.port);
    ws.sendFrame({ opcode: CLOSE });
    assert.equal((await ws.frame()).payload.length, 0);
    assert.equal((await ws.wire.readEnd()).length, 0);
    ws.wire.end();
    await disconnected(server, ws, "transport close");
  });

  test("FIN and RST without a Close are transport close", async () => {
    for (const how of ["end", "reset"]) {
      const ws = await RawWebSocket.join(server.port);
      ws.wire[how]();
      await disconnected(server, ws, "transport close");
    }
  });

  test("the server's own close is an empty Close, then the end", async () => {
    const ws = await RawWebSocket.join(server.port);
    ws.send('42["kick-me",true]');
    assert.equal(await ws.text(), "41");
    const close = await ws.frame();
    assert.deepEqual([close.opcode, close.payload.length], [CLOSE, 0]);
    ws.sendFrame({ opcode: CLOSE });
    assert.equal((await ws.wire.readEnd()).length, 0);
  });

  test("nothing is processed after a Close", async () => {
    const ws = await RawWebSocket.join(server.port);
    ws.wire.send(Buffer.concat([frame({ opcode: CLOSE }), frame({ payload: '42["message",1]' })]));
    assert.equal((await ws.frame()).opcode, CLOSE);
    assert.equal((await ws.wire.readEnd()).length, 0);
  });
});

describe("a peer that never answers the Close", () => {
  const server = useServer({ close_timeout_ms: 200 });

  const why = "its deadline is a constant 30 s";
  test("is cut off after the deadline", { skip: oursOnly(why) }, async () => {
    const ws = await RawWebSocket.join(server.port);
    ws.send('42["kick-me",true]');
    assert.equal((await ws.closed()).opcode, CLOSE);
    await server.settled({ n_connections: 0, n_sessions: 0 });
  });
});
