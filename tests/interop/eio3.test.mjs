// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the rtcio authors

// Engine.IO 3 on the wire (Socket.IO spec 1.14), for clients of socket.io 1 and 2: what they get
// when the server lets them in, and when it does not.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { Polling3, binaryPayload, packetsOf, textPayload } from "./lib/eio3.mjs";
import { useServer } from "./lib/fixture.mjs";
import { readResponse, request, requestText, target } from "./lib/http.mjs";
import { disconnected, placeholder } from "./lib/packets.mjs";
import { oursOnly } from "./lib/server.mjs";
import { since, sleep } from "./lib/time.mjs";
import { BINARY, CLOSE, RawWebSocket, refusedUpgrade } from "./lib/ws.mjs";
import { Wire } from "./lib/wire.mjs";

const V3 = { EIO: 3 };
const GREETING = '42["auth",{}]';

async function join(port, params) {
  const ws = await RawWebSocket.connect(port, { params: { ...V3, ...params } });
  assert.equal(await ws.text(), "40");
  assert.equal(await ws.text(), GREETING);
  return ws;
}

async function joinPolling(port, params) {
  const session = await Polling3.connect(port, params);
  assert.deepEqual(await session.take(2), ["40", GREETING]);
  return session;
}

describe("Engine.IO 3, not allowed", () => {
  const server = useServer();
  const unsupported = { code: 5, message: "Unsupported protocol version" };

  test("polling: the reason as JSON", async () => {
    for (const EIO of ["3", undefined, "2", "04"]) {
      const response = await request(server.port, { target: target({ EIO }) });
      assert.equal(response.status, 400);
      assert.deepEqual(JSON.parse(response.text), unsupported);
    }
  });

  test("WebSocket: the reason as text behind the 101", async () => {
    const { rest } = await refusedUpgrade(server.port, { params: V3 });
    assert.match(rest.toString(), /^HTTP\/1\.1 400 Bad Request\r\n[^]*Unsupported protocol version$/);
  });
});

describe("Engine.IO 3, allowed", () => {
  const server = useServer({ allow_eio3: true });

  test("the handshake over polling", async () => {
    for (const EIO of ["3", undefined]) {
      const { handshake, open } = await Polling3.connect(server.port, { EIO });
      assert.equal(handshake.headers["content-type"], "text/plain; charset=UTF-8");
      const body = JSON.stringify(open);
      assert.equal(handshake.text, `${body.length + 1}:0${body}`);
      const expected = ["sid", "upgrades", "pingInterval", "pingTimeout", "maxPayload"];
      assert.deepEqual(Object.keys(open), expected);
      assert.deepEqual(open.upgrades, ["websocket"]);
    }
  });

  test("the client is in the main namespace, under its session's id", async () => {
    const session = await joinPolling(server.port);
    await server.note({ note: "connection", nsp: "/", id: session.sid });
    await session.push('420["whoami"]');
    const [answer] = await session.take(1);
    assert.equal(JSON.parse(answer.slice(3))[0].id, session.sid);
  });

  test("lengths count UTF-16 code units, in both directions", async () => {
    const session = await joinPolling(server.port);
    const packet = `42${JSON.stringify(["message", "é€😀", 'quo"te'])}`;
    assert.equal((await session.push(packet)).text, "ok");
    const response = await session.get();
    assert.equal(response.text, `${packet.length + 5}:${packet.replace("message", "message-back")}`);
    assert.notEqual(Buffer.byteLength(packet), packet.length);
  });

  test("several packets in a payload", async () => {
    const session = await joinPolling(server.port);
    await session.push('42["message",1]', '42["message",2]', "2");
    // Node answers the ping first.
    const packets = (await session.take(3)).filter((packet) => packet !== "3");
    assert.deepEqual(packets, ['42["message-back",1]', '42["message-back",2]']);
  });

  test("bytes in payloads of the binary form", async () => {
    const session = await joinPolling(server.port);
    const bytes = Buffer.from([0, 1, 255, 30]);
    const event = `451-["message","é€",${placeholder(0)}]`;
    assert.equal((await session.pushBinary(event, bytes)).text, "ok");
    const back = [];
    let binary = false;
    while (back.length < 2) {
      const response = await session.get();
      binary ||= response.headers["content-type"] === "application/octet-stream";
      back.push(...packetsOf(response));
    }
    assert.equal(binary, true);
    assert.equal(back[0], event.replace("message", "message-back"));
    assert.deepEqual(back[1], Buffer.concat([Buffer.from([4]), bytes]));
    assert.equal((await session.push('42["message",3]')).text, "ok");
    const plain = await session.get();
    assert.equal(plain.headers["content-type"], "text/plain; charset=UTF-8");
  });

  test("bytes as base64 when the client asks for it", async () => {
    const session = await joinPolling(server.port, { b64: 1 });
    const event = `451-["message",${placeholder(0)}]`;
    await session.push(event, "b4AQID");
    assert.deepEqual(await session.take(2), [event.replace("message", "message-back"), "b4AQID"]);
  });

  test("JSONP", async () => {
    const unwrap = (text) => {
      assert.match(text, /^___eio\[7\]\(".*"\);$/);
      return packetsOf({ headers: {}, text: JSON.parse(text.slice("___eio[7](".length, -2)) });
    };
    const params = { ...V3, j: 7, b64: 1 };
    const [open] = unwrap((await request(server.port, { target: target(params) })).text);
    const where = target({ ...params, sid: JSON.parse(open.slice(1)).sid });
    const packets = [];
    const headers = { "Content-Type": "application/x-www-form-urlencoded" };
    const body = `d=${encodeURIComponent(textPayload(`451-["message","é",${placeholder(0)}]`, "b4AQID"))}`;
    assert.equal((await request(server.port, { method: "POST", target: where, headers, body })).text, "ok");
    while (packets.length < 4) {
      packets.push(...unwrap((await request(server.port, { target: where })).text));
    }
    assert.deepEqual(packets.slice(2), [`451-["message-back","é",${placeholder(0)}]`, "b4AQID"]);
  });

  test("payloads that are none end the session", async () => {
    for (const body of ["", "4hello", "3:4a", "-1:4", "1:7", "1:2\x1e1:2"]) {
      const session = await joinPolling(server.port);
      assert.equal((await session.post(body)).text, "ok");
      await disconnected(server, { id: session.sid }, "parse error");
    }
  });

  test("binary payloads that are none end the session", { skip: oursOnly("it takes some of them, and loops on others") }, async () => {
    const headers = { "Content-Type": "application/octet-stream" };
    const good = binaryPayload("2");
    for (const body of [good.subarray(0, 2), Buffer.from([0, 2, 255, 50]), Buffer.from([9, 1, 255, 50]), Buffer.from([1, 1, 255, 2])]) {
      const session = await joinPolling(server.port);
      assert.equal((await session.post(body, { headers })).text, "ok");
      await disconnected(server, { id: session.sid }, "parse error");
    }
  });

  test("frames of a WebSocket: bytes have their type in front", async () => {
    const ws = await join(server.port);
    const event = `451-["message",${placeholder(0)}]`;
    for (const bytes of [Buffer.from([1, 2, 3]), Buffer.alloc(0), Buffer.alloc(3000, 7)]) {
      ws.send(event).send(Buffer.concat([Buffer.from([4]), bytes]));
      assert.equal(await ws.text(), event.replace("message", "message-back"));
      const frame = await ws.frame();
      assert.equal(frame.opcode, BINARY);
      assert.deepEqual(frame.payload, Buffer.concat([Buffer.from([4]), bytes]));
    }
  });

  test("frames of a WebSocket with b64: bytes are text", async () => {
    const ws = await join(server.port, { b64: 1 });
    const event = `451-["message",${placeholder(0)}]`;
    ws.send(event).send("b4AQID");
    assert.equal(await ws.text(), event.replace("message", "message-back"));
    assert.equal(await ws.text(), "b4AQID");
  });

  test("packets that are none end a WebSocket", async () => {
    for (const packet of ["", "7", "abc"]) {
      const ws = await join(server.port);
      ws.send(packet);
      assert.equal((await ws.closed()).code, 1005);
      await disconnected(server, { id: ws.sid }, "parse error");
    }
  });

  test("frames of bytes that are no messages end a WebSocket", { skip: oursOnly("it ignores them") }, async () => {
    for (const packet of [Buffer.alloc(0), Buffer.from([2]), Buffer.from([52, 1])]) {
      const ws = await join(server.port);
      ws.send(packet);
      assert.equal((await ws.closed()).code, 1005);
      await disconnected(server, { id: ws.sid }, "parse error");
    }
  });

  test("the client sends the pings; a pong from it ends the session", async () => {
    const ws = await join(server.port);
    ws.send("2");
    assert.equal(await ws.text(), "3");
    ws.send("2hello");
    assert.equal(await ws.text(), "3");
    ws.send("3");
    assert.equal((await ws.frame()).opcode, CLOSE);
    await disconnected(server, { id: ws.sid }, "transport error");
  });

  test("the upgrade", async () => {
    const session = await joinPolling(server.port);
    const params = { ...V3, sid: session.sid };
    const ws = await RawWebSocket.open(server.port, { params });
    ws.send("2probe");
    assert.equal(await ws.text(), "3probe");
    await session.push('42["message",1]', `451-["message",${placeholder(0)}]`, "b4AQID");
    ws.send("5");
    assert.equal(await ws.text(), '42["message-back",1]');
    assert.equal(await ws.text(), `451-["message-back",${placeholder(0)}]`);
    assert.deepEqual((await ws.frame()).payload, Buffer.from([4, 1, 2, 3]));
    ws.send("2");
    assert.equal(await ws.text(), "3");
  });

  test("a pending GET is released while the transport changes", async () => {
    const session = await joinPolling(server.port);
    const hanging = session.get();
    const ws = await RawWebSocket.open(server.port, { params: { ...V3, sid: session.sid } });
    ws.send("2probe");
    assert.equal(await ws.text(), "3probe");
    assert.equal((await hanging).text, "1:6");
    ws.send("5");
    ws.send('42["message",1]');
    assert.equal(await ws.text(), '42["message-back",1]');
  });

  test("requests of another version for a session", async () => {
    const session = await joinPolling(server.port);
    const response = await request(server.port, { target: session.target({ EIO: 4 }) });
    assert.deepEqual([response.status, JSON.parse(response.text).code], [400, 3]);
    await session.push('42["message",1]');
    assert.deepEqual(await session.take(1), ['42["message-back",1]']);
  });

  test("how a polling session ends", async () => {
    const first = await joinPolling(server.port);
    const wire = await Wire.connect(server.port);
    wire.send(requestText({ target: first.target() }));
    await first.push('42["kick-me",true]');
    const response = await readResponse(wire);
    assert.equal(packetsOf(response)[0], "41");
    const second = await joinPolling(server.port);
    assert.equal((await second.push("1")).text, "ok");
    await disconnected(server, { id: second.sid }, "transport close");
  });

  test("a server that closes a session tells with the next poll", async () => {
    const session = await joinPolling(server.port);
    await session.push('42["kick-me",true]');
    assert.deepEqual((await session.take(2)).slice(0, 2), ["41", "6"]);
  });

  test("namespaces: the query is the auth, the id has the name in front", async () => {
    const ws = await join(server.port);
    ws.send("40/custom?token=a%20b+c&list=1&list=2&empty=,");
    assert.equal(await ws.text(), "40/custom,");
    const [event, auth] = JSON.parse((await ws.text()).slice("42/custom,".length));
    assert.deepEqual([event, auth], ["auth", { token: "a b c", list: "2", empty: "" }]);
    await server.note({ note: "connection", nsp: "/custom", id: `/custom#${ws.sid}` });
    ws.send('42/custom,1["whoami"]');
    const [who] = JSON.parse((await ws.text()).slice("43/custom,1".length));
    assert.equal(who.id, `/custom#${ws.sid}`);
    // With its query it is the same namespace.
    ws.send('42/custom?x=1,2["message-with-ack",2]');
    assert.equal(await ws.text(), "43/custom,2[2]");
    ws.send("41/custom,");
    await disconnected(server, { id: `/custom#${ws.sid}` }, "client namespace disconnect");
    ws.send("40/custom");
    assert.equal(await ws.text(), "40/custom,");
  });

  test("no query, no auth", async () => {
    const ws = await join(server.port);
    ws.send('40/custom,{"token":"of another protocol"}');
    assert.equal(await ws.text(), "40/custom,");
    assert.equal(await ws.text(), '42/custom,["auth",{}]');
  });

  test("a query as long as no head of a request", { skip: oursOnly("it has no limit") }, async () => {
    const ws = await join(server.port);
    ws.send(`40/custom?token=${"x".repeat(16384)},`);
    assert.equal(await ws.text(), '44/custom,"query too long"');
    ws.send("40/custom?token=x,");
    assert.equal(await ws.text(), "40/custom,");
  });

  test("refusals", async () => {
    const ws = await join(server.port);
    ws.send("40/guarded?mode=refuse,");
    assert.equal(await ws.text(), '44/guarded,{"code":401,"list":[1,2]}');
    ws.send("40/guarded?mode=plain,");
    assert.equal(await ws.text(), '44/guarded,"no data"');
    ws.send("40/nope,");
    assert.equal(await ws.text(), '44/nope,{"message":"Invalid namespace"}');
    ws.send("40/guarded,");
    assert.equal(await ws.text(), "40/guarded,");
  });

  test("names that no id can be made of", { skip: oursOnly("its ids may be anything") }, async () => {
    const ws = await join(server.port);
    for (const name of ['/dynamic-1"', `/dynamic-${"1".repeat(230)}`]) {
      ws.send(`40${name},`);
      assert.equal(await ws.text(), `44${name},{"message":"Invalid namespace"}`);
    }
    ws.send("42[\"message\",1]");
    assert.equal(await ws.text(), '42["message-back",1]');
  });

  test("leaving the main namespace and coming back: the same id", async () => {
    const ws = await join(server.port);
    ws.send("41");
    await disconnected(server, { id: ws.sid }, "client namespace disconnect");
    ws.send("40");
    assert.equal(await ws.text(), "40");
    assert.equal(await ws.text(), GREETING);
    ws.send('420["whoami"]');
    assert.equal(JSON.parse((await ws.text()).slice(3))[0].id, ws.sid);
  });

  test("joining twice ends the session", async () => {
    const ws = await join(server.port);
    ws.send("40");
    assert.equal((await ws.closed()).code, 1005);
  });

  test("the room of an id, and rooms, with clients of both versions", async () => {
    const old = await join(server.port);
    old.send('420["join","mixed"]');
    assert.equal(await old.text(), "430[]");
    const now = await RawWebSocket.join(server.port);
    now.send('420["join","mixed"]');
    assert.equal(await now.text(), "430[]");
    const say = (to) => `42${JSON.stringify(["say", { to: [to], event: "news", args: ["é"] }])}`;
    now.send(say("mixed"));
    assert.equal(await old.text(), '42["news","é"]');
    now.send(say(old.sid));
    assert.equal(await old.text(), '42["news","é"]');
    old.send(say("mixed"));
    assert.equal(await now.text(), '42["news","é"]');
    old.send(say(now.id));
    assert.equal(await now.text(), '42["news","é"]');
  });
});

describe("Engine.IO 3, the heartbeat", () => {
  const [INTERVAL, TIMEOUT] = [200, 150];
  const server = useServer({ allow_eio3: true, ping_interval_ms: INTERVAL, ping_timeout_ms: TIMEOUT });

  test("who does not ping goes, after interval and timeout", async () => {
    const start = performance.now();
    const [ws, session] = [await join(server.port), await joinPolling(server.port)];
    await disconnected(server, { id: ws.sid }, "ping timeout");
    await disconnected(server, { id: session.sid }, "ping timeout");
    assert.ok(since(start) > INTERVAL + TIMEOUT - 15, `after ${since(start)} ms`);
  });

  test("who pings stays; nobody else is pinged", async () => {
    const ws = await join(server.port);
    for (let i = 0; i < 5; i++) {
      await sleep(INTERVAL / 2);
      ws.send("2");
      assert.equal(await ws.text(), "3");
    }
    ws.send("1"); // means nothing on a WebSocket
    await disconnected(server, { id: ws.sid }, "ping timeout");
  });

  test("after an upgrade too", { skip: oursOnly("its timer is gone by then") }, async () => {
    const session = await joinPolling(server.port);
    const ws = await RawWebSocket.open(server.port, { params: { ...V3, sid: session.sid } });
    ws.send("2probe");
    assert.equal(await ws.text(), "3probe");
    ws.send("5");
    await disconnected(server, { id: session.sid }, "ping timeout");
    assert.equal((await ws.closed()).code, 1005);
  });
});

describe("Engine.IO 3 and the initial packet", () => {
  const server = useServer({ allow_eio3: true, initial_packet: "héllo" });

  test("it comes with the handshake", async () => {
    const { handshake } = await Polling3.connect(server.port);
    assert.equal(packetsOf(handshake)[1], "4héllo");
    const ws = await RawWebSocket.connect(server.port, { params: V3 });
    assert.equal(await ws.text(), "4héllo");
    assert.equal(await ws.text(), "40");
  });
});

describe("Engine.IO 3 and recovery", () => {
  const server = useServer({ allow_eio3: true, recovery_max_ms: 10000 });

  test("no offsets for those who cannot use them", { skip: oursOnly("it sends them to everybody") }, async () => {
    const old = await join(server.port);
    const now = await RawWebSocket.join(server.port);
    now.send('42["say",{"broadcast":true,"event":"news","args":[1]}]');
    assert.equal(await old.text(), '42["news",1]');
    old.send('42["say",{"from":"nsp","event":"news","args":[]}]');
    assert.equal(await old.text(), '42["news"]');
    assert.match(await now.text(), /^42\["news","[^"]+"\]$/);
  });
});
