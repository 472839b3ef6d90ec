// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the rtcio authors

// From polling to WebSocket, step by step, and every way it can go wrong (Socket.IO spec 2.5).

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { useServer } from "./lib/fixture.mjs";
import { Polling, readHead, readResponse } from "./lib/http.mjs";
import { since, sleep } from "./lib/time.mjs";
import { CLOSE, RawWebSocket, frame, refusedUpgrade, sendUpgrade } from "./lib/ws.mjs";

const open = (session) => RawWebSocket.open(session.port, { params: { sid: session.sid } });

/** A session in the window between probe and upgrade. */
async function probing(port) {
  const session = await Polling.join(port);
  const ws = await open(session);
  ws.send("2probe");
  assert.equal(await ws.text(), "3probe");
  return { session, ws };
}

async function assertPollingWorks(session) {
  await session.push('42["message","alive"]');
  const packets = await session.pollUntil((packet) => packet.startsWith("42"));
  assert.equal(packets.at(-1), '42["message-back","alive"]');
}

async function assertEmptyClose(ws) {
  const close = await ws.frame();
  assert.equal(close?.opcode, CLOSE);
  assert.equal(close.payload.length, 0);
}

const disconnected = (server, { id }, reason) => server.note({ note: "disconnect", id, reason });

describe("upgrade", () => {
  const server = useServer();

  test("moves the session, and what waits goes out on the WebSocket", async () => {
    const { session, ws } = await probing(server.port);
    await session.push('42["message","buffered"]');
    ws.send("5");
    assert.equal(await ws.text(), '42["message-back","buffered"]');
    ws.send('42["message","new"]');
    assert.equal(await ws.text(), '42["message-back","new"]');
  });

  test("the server says nothing on the WebSocket before the probe", async () => {
    const session = await Polling.join(server.port);
    const ws = await open(session);
    await session.push('42["message",1]');
    assert.deepEqual(await session.poll(), ['42["message-back",1]']);
    ws.send("2probe");
    assert.equal(await ws.text(), "3probe");
  });

  test("in the window packets go to a pending GET, never to the WebSocket", async () => {
    const { session, ws } = await probing(server.port);
    const poll = await session.hang();
    await session.push('42["message",1]');
    const text = (await readResponse(poll)).text;
    if (text === "6") assert.deepEqual(await session.poll(), ['42["message-back",1]']);
    else assert.equal(text, '42["message-back",1]');
    assert.equal(ws.wire.pending.length, 0);
    ws.send("5");
    ws.send('42["message",2]');
    assert.equal(await ws.text(), '42["message-back",2]');
  });

  test("in the window every GET is released by a noop within about 100 ms", async () => {
    const { session, ws } = await probing(server.port);
    for (let i = 0; i < 3; i++) {
      const start = performance.now();
      assert.deepEqual(await session.poll(), ["6"]);
      assert.ok(since(start) < 500, `noop after ${since(start)} ms`);
    }
    ws.send("5");
    ws.send('42["message",1]');
    assert.equal(await ws.text(), '42["message-back",1]');
  });

  test("a GET that is pending when the upgrade comes is answered", async () => {
    const session = await Polling.join(server.port);
    const poll = await session.hang();
    const ws = await open(session);
    ws.wire.send(Buffer.concat([frame({ payload: "2probe" }), frame({ payload: "5" })]));
    assert.equal(await ws.text(), "3probe");
    assert.match((await readResponse(poll)).text, /^[16]$/); // Node: 1, or 6 if its tick came first
    ws.send('42["message",1]');
    assert.equal(await ws.text(), '42["message-back",1]');
  });

  test("5 without a probe is accepted", async () => {
    const session = await Polling.join(server.port);
    const ws = await open(session);
    ws.send("5");
    ws.send('42["message",1]');
    assert.equal(await ws.text(), '42["message-back",1]');
  });

  test("packets in the same bytes as 5 are processed", async () => {
    const session = await Polling.join(server.port);
    const ws = await open(session);
    const frames = ["2probe", "5", '42["message",1]', '42["message",2]'];
    ws.wire.send(Buffer.concat(frames.map((payload) => frame({ payload }))));
    assert.equal(await ws.text(), "3probe");
    assert.equal(await ws.text(), '42["message-back",1]');
    assert.equal(await ws.text(), '42["message-back",2]');
  });

  test("frames that come with the request itself are processed", async () => {
    const session = await Polling.join(server.port);
    const after = Buffer.concat([frame({ payload: "2probe" }), frame({ payload: "5" })]);
    const wire = await sendUpgrade(server.port, { params: { sid: session.sid } });
    wire.send(after);
    const head = (await wire.readUntil("\r\n\r\n")).toString();
    assert.match(head, /^HTTP\/1\.1 101 /);
    const ws = new RawWebSocket(wire);
    assert.equal(await ws.text(), "3probe");
    ws.send('42["message",1]');
    assert.equal(await ws.text(), '42["message-back",1]');
  });

  test("afterwards polling with that sid is code 3, the WebSocket lives", async () => {
    const session = await Polling.join(server.port);
    const ws = await RawWebSocket.upgrade(session);
    ws.send('42["message",1]');
    assert.equal(await ws.text(), '42["message-back",1]');
    for (const response of [await session.get(), await session.post("3")]) {
      assert.equal(response.status, 400);
      assert.equal(response.text, '{"code":3,"message":"Bad request"}');
    }
    ws.send('42["message",2]');
    assert.equal(await ws.text(), '42["message-back",2]');
  });

  test("the server knows the transport", async () => {
    const session = await Polling.join(server.port);
    await session.push('420["whoami"]');
    assert.match((await session.poll())[0], /"transport":"polling"/);
    const ws = await RawWebSocket.upgrade(session);
    ws.send('421["whoami"]');
    assert.match(await ws.text(), /"transport":"websocket"/);
    const { upgrades } = await server.stats();
    assert.ok(upgrades >= 1);
  });

  test("a session without a namespace upgrades as well", async () => {
    const session = await Polling.connect(server.port);
    const ws = await RawWebSocket.upgrade(session);
    ws.send("40");
    assert.match(await ws.text(), /^40\{"sid":/);
  });
});

describe("upgrade that fails", () => {
  const server = useServer({ upgrade_timeout_ms: 300 });

  const wrong = ["4hello", '42["message",1]', "2", "2prob", "2probes", "3probe", "6", "x", ""];
  for (const first of wrong) {
    test(`${JSON.stringify(first)} first: that WebSocket is closed, polling goes on`, async () => {
      const session = await Polling.join(server.port);
      const ws = await open(session);
      ws.send(first);
      await assertEmptyClose(ws);
      await assertPollingWorks(session);
      const again = await RawWebSocket.upgrade(session);
      again.send('42["message","again"]');
      assert.equal(await again.text(), '42["message-back","again"]');
    });
  }

  test("binary first: that WebSocket is closed, polling goes on", async () => {
    const session = await Polling.join(server.port);
    const ws = await open(session);
    ws.send(Buffer.from([1, 2]));
    await assertEmptyClose(ws);
    await assertPollingWorks(session);
  });

  test("a WebSocket lost before 5 leaves polling alone", async () => {
    for (const how of ["end", "reset"]) {
      const { session, ws } = await probing(server.port);
      ws.wire[how]();
      await sleep(20); // nobody announces that the server noticed
      await assertPollingWorks(session);
      const again = await RawWebSocket.upgrade(session);
      again.send('42["message",1]');
      assert.equal(await again.text(), '42["message-back",1]');
    }
  });

  test("a WebSocket that breaks the protocol before 5 leaves polling alone", async () => {
    const { session, ws } = await probing(server.port);
    ws.sendFrame({ payload: "5", mask: null });
    assert.equal((await ws.closed()).code, 1002);
    await assertPollingWorks(session);
  });

  test("without 5 in time the WebSocket is closed, polling goes on", async () => {
    const start = performance.now();
    const { session, ws } = await probing(server.port);
    const close = await ws.closed();
    const took = since(start);
    assert.ok(took > 285 && took < 900, `${took} ms`);
    assert.ok(close === null || close.payload.length === 0);
    await assertPollingWorks(session);
  });

  test("in silence the WebSocket is closed, polling goes on", async () => {
    const session = await Polling.join(server.port);
    const ws = await open(session);
    const close = await ws.closed();
    assert.ok(close === null || close.payload.length === 0);
    await assertPollingWorks(session);
  });

  test("the deadline is over once upgraded", async () => {
    const session = await Polling.join(server.port);
    const ws = await RawWebSocket.upgrade(session);
    await sleep(450);
    ws.send('42["message",1]');
    assert.equal(await ws.text(), '42["message-back",1]');
  });

  test("a second WebSocket while upgrading gets an empty Close", async () => {
    const { session, ws } = await probing(server.port);
    await assertEmptyClose(await open(session));
    ws.send("5");
    ws.send('42["message",1]');
    assert.equal(await ws.text(), '42["message-back",1]');
  });

  test("a second WebSocket after the upgrade gets an empty Close", async () => {
    const session = await Polling.join(server.port);
    const ws = await RawWebSocket.upgrade(session);
    ws.send('42["message",1]');
    assert.equal(await ws.text(), '42["message-back",1]');
    await assertEmptyClose(await open(session));
    ws.send('42["message",2]');
    assert.equal(await ws.text(), '42["message-back",2]');
  });

  test("a session begun on WebSocket takes no second one", async () => {
    const ws = await RawWebSocket.join(server.port);
    await assertEmptyClose(await open({ port: server.port, sid: ws.sid }));
    ws.send('42["message",1]');
    assert.equal(await ws.text(), '42["message-back",1]');
  });

  test("a GET that is broken off in the window ends the session and the WebSocket", async () => {
    const { session, ws } = await probing(server.port);
    (await session.hang()).destroy();
    await disconnected(server, session, "transport error");
    const close = await ws.closed();
    assert.ok(close === null || close.payload.length === 0);
  });

  test("a client's close in the window ends both", async () => {
    const { session, ws } = await probing(server.port);
    await session.push("1");
    await disconnected(server, session, "transport close");
    await ws.closed();
  });

  test("a server's close in the window goes out on the WebSocket after 5", async () => {
    const { session, ws } = await probing(server.port);
    await session.push('42["kick-me",true]');
    await disconnected(server, session, "server namespace disconnect");
    ws.send("5");
    assert.equal(await ws.text(), "41");
    await assertEmptyClose(ws);
  });

  test("an unknown sid is refused with a text", async () => {
    const refused = await refusedUpgrade(server.port, { params: { sid: "nobody" } });
    assert.equal(refused.status, 400);
    assert.equal(refused.text, "Session ID unknown");
    assert.equal(refused.rest.length, 0);
  });

  test("another EIO than the session's is refused", async () => {
    const session = await Polling.join(server.port);
    const refused = await refusedUpgrade(server.port, { params: { sid: session.sid, EIO: 3 } });
    assert.equal(refused.status, 400);
    assert.equal(refused.text, "Bad request");
    await assertPollingWorks(session);
  });

  test("transport=polling on an upgrade request leaves the session alone", async () => {
    const session = await Polling.join(server.port);
    const params = { sid: session.sid, transport: "polling" };
    const wire = await sendUpgrade(server.port, { params });
    const head = await readHead(wire);
    if (head.status === 101) await assertEmptyClose(new RawWebSocket(wire, head));
    else assert.equal(head.status, 400); // a plain refusal is clearer than Node's 101 and Close
    await assertPollingWorks(session);
  });
});

describe("upgrades not announced", () => {
  const server = useServer({ allow_upgrades: false });

  test("an explicit upgrade still succeeds", async () => {
    const session = await Polling.join(server.port);
    assert.deepEqual(session.open.upgrades, []);
    const ws = await RawWebSocket.upgrade(session);
    ws.send('42["message",1]');
    assert.equal(await ws.text(), '42["message-back",1]');
  });
});
