// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the rtcio authors

// Socket.IO packets that no client may send, and what becomes of the session (Socket.IO spec 5.2
// and 5.4).

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { useServer } from "./lib/fixture.mjs";
import { Polling, readResponse } from "./lib/http.mjs";
import { assertAlive, assertClosed, disconnected, placeholder, send } from "./lib/packets.mjs";
import { oursOnly } from "./lib/server.mjs";
import { RawWebSocket } from "./lib/ws.mjs";

describe("malformed packets", () => {
  const server = useServer({ max_json_depth: 32 });
  const deep = (n) => `42["message",${"[".repeat(n)}${"]".repeat(n)}]`;

  const malformed = [
    ["4", "no type"],
    ["4a", "a letter as type"],
    ["47", "an unknown type"],
    ["4abc", "letters"],
    ["4\u00e9", "a letter of two bytes"],
    ["40[]", "CONNECT with an array"],
    ["40null", "CONNECT with null"],
    ['40"x"', "CONNECT with a string"],
    ["40{", "CONNECT with half an object"],
    ["41{}", "DISCONNECT with a payload"],
    ['42{"a":1}', "EVENT with an object"],
    ['42"x"', "EVENT with a string"],
    ["42[]", "EVENT with an empty array"],
    ["42[null]", "a name that is null"],
    ["42[{}]", "a name that is an object"],
    ["42[true]", "a name that is true"],
    ['42["message"', "an array cut off"],
    ['42["message",]', "a comma too many"],
    ['42["message"]x', "bytes behind the payload"],
    ['42["message"] []', "two payloads"],
    ["42['message']", "single quotes"],
    ['42["mes\nsage"]', "a raw line feed in a string"],
    ['42["message",01]', "a leading zero"],
    ['42["message",+1]', "a plus"],
    ['42["message",.5]', "no digit before the point"],
    ['42["message",NaN]', "NaN"],
    ['42["message","\\x41"]', "an unknown escape"],
    ['42["message","\\u12"]', "half an escape"],
    ['42-1["message"]', "a negative ack id"],
    ['421.5["message"]', "a fraction as ack id"],
    ["421", "an ack id and nothing", "ignored"],
    ["43{}", "ACK with an object"],
    ['431"x"', "ACK with a string"],
    ['42["connect"]', "reserved: connect"],
    ['42["connect_error"]', "reserved: connect_error"],
    ['42["disconnect"]', "reserved: disconnect"],
    ['42["disconnecting"]', "reserved: disconnecting"],
    ['42["newListener"]', "reserved: newListener"],
    ['42["removeListener"]', "reserved: removeListener"],
    ['42["disc\\u006fnnect"]', "reserved, written with an escape"],
    ['450-["message"]', "no attachments"],
    ['45-["message"]', "no number of attachments"],
    ["45", "BINARY_EVENT and nothing"],
    ['451["message"]', "no dash"],
    ['4511-["message"]', "eleven attachments"],
    ['45999999999999999999-["message"]', "very many attachments"],
    ['45-1-["message"]', "attachments below zero"],
    ['451.5-["message"]', "one and a half attachments"],
    ['45x-["message"]', "attachments by a letter"],
    ["461-0{}", "BINARY_ACK with an object"],
  ];
  for (const [packet, what, effect] of malformed) {
    test(`${what}: ${packet}`, async () => {
      const ws = await RawWebSocket.join(server.port);
      ws.send(packet);
      if (effect === "ignored") return assertAlive(ws);
      await assertClosed(ws);
      await server.note({ note: "error", id: ws.id });
      await disconnected(server, ws, "forced close");
    });
  }

  const late = "it looks at the numbers when the last attachment is there";
  const numbers = ["-1", "1", '"0"', "null", "1e99"];
  for (const num of numbers) {
    test(`a placeholder of number ${num}`, async () => {
      const ws = await RawWebSocket.join(server.port);
      send(ws, `451-["message",{"_placeholder":true,"num":${num}}]`, Buffer.from([1]));
      await assertClosed(ws);
      await disconnected(server, ws, "forced close");
    });
  }

  test("a placeholder out of range is seen at once", { skip: oursOnly(late) }, async () => {
    const ws = await RawWebSocket.join(server.port);
    ws.send(`451-["message",${placeholder(1)}]`);
    await assertClosed(ws);
  });

  test("a number may be used twice, or not at all", async () => {
    const ws = await RawWebSocket.join(server.port);
    send(ws, `452-["message",${placeholder(1)},${placeholder(1)}]`, Buffer.from([1]));
    ws.send(Buffer.from([2]));
    const [, n, args] = /^45(\d)-\["message-back",(.*)\]$/.exec(await ws.text());
    const blobs = [];
    for (let i = 0; i < n; i++) blobs.push([...(await ws.frame()).payload]);
    // Node sends the blob twice, ours what it got: either way the client sees the same.
    assert.deepEqual(JSON.parse(`[${args}]`).map(({ num }) => blobs[num]), [[2], [2]]);
  });

  const deeper = "its depth is bounded by its stack only";
  test("JSON deeper than the limit", { skip: oursOnly(deeper) }, async () => {
    const fine = await RawWebSocket.join(server.port);
    fine.send(deep(20));
    assert.match(await fine.text(), /^42\["message-back"/);
    for (const n of [40, 100000]) {
      const ws = await RawWebSocket.join(server.port);
      ws.send(deep(n));
      await assertClosed(ws);
    }
  });

  test("over polling the next GET says so", async () => {
    const session = await Polling.join(server.port);
    assert.equal((await session.post("4abc")).status, 200);
    assert.deepEqual(await session.poll(), ["6", "1"]);
  });
});

describe("packets out of turn", () => {
  const server = useServer();

  const violations = [
    ["CONNECT twice", ["40"]],
    ["CONNECT_ERROR from a client", ['44{"message":"x"}']],
    ["CONNECT_ERROR with a string", ['44"x"']],
    ["an event for a namespace not joined", ['42/chat,["message"]']],
    ["an ACK for a namespace not joined", ["43/chat,0[]"]],
    ["DISCONNECT for a namespace not joined", ["41/chat,"]],
    ["an event for an unknown namespace", ['42/nope,["message"]']],
    ["an event that a middleware still thinks about", ['40/guarded,{"mode":"wait"}', '42/guarded,["message"]']],
  ];
  for (const [what, packets] of violations) {
    test(`${what} ends the session`, async () => {
      const ws = await RawWebSocket.join(server.port);
      send(ws, ...packets);
      await assertClosed(ws);
    });
  }

  for (const packet of ['42["message"]', "41", "43[]"]) {
    test(`${packet} after leaving ends the session`, async () => {
      const ws = await RawWebSocket.join(server.port);
      ws.send("41");
      await disconnected(server, ws, "client namespace disconnect");
      ws.send(packet);
      await assertClosed(ws);
    });
  }

  test("they take every namespace along", async () => {
    const ws = await RawWebSocket.join(server.port);
    ws.send("40/chat,");
    await ws.text();
    ws.send('42/custom,["message"]');
    await disconnected(server, ws, "forced close");
    await server.note({ note: "disconnect", nsp: "/chat", reason: "forced close" });
    await assertClosed(ws);
  });

  test("an event before CONNECT ends the session, over both transports", async () => {
    const ws = await RawWebSocket.connect(server.port);
    ws.send('42["message"]');
    await assertClosed(ws);
    const session = await Polling.connect(server.port);
    await session.post('42["message"]');
    assert.deepEqual(await session.poll(), ["6", "1"]);
  });

  test("a pending GET is released by 1", async () => {
    const session = await Polling.join(server.port);
    const poll = await session.hang();
    await session.post('42/chat,["message"]');
    assert.equal((await readResponse(poll)).text, "1");
    await disconnected(server, session, "forced close");
  });

  test("after the server's disconnect a client's event ends the session", async () => {
    const ws = await RawWebSocket.join(server.port);
    ws.send('42["kick-me",false]');
    assert.equal(await ws.text(), "41");
    ws.send('42["message"]');
    await assertClosed(ws);
  });

  const soon = "it closes the session";
  test("an event right behind CONNECT waits for it", { skip: oursOnly(soon) }, async () => {
    const session = await Polling.connect(server.port);
    await session.push("40", '42["message",1]');
    const packets = await session.pollUntil((packet) => packet.startsWith('42["message-back"'));
    assert.equal(packets.at(-1), '42["message-back",1]');
  });
});
