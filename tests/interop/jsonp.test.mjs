// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the rtcio authors

// JSONP polling (Socket.IO spec 1.12), and clients that take no binary frames (b64, spec 1.2).

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { useServer } from "./lib/fixture.mjs";
import { request, target } from "./lib/http.mjs";
import { RawWebSocket } from "./lib/ws.mjs";

/** What a script tag would hand to its callback. */
function unwrap(text, index) {
  const head = `___eio[${index}](`;
  assert.equal(text.startsWith(head) && text.endsWith(");"), true, text);
  return JSON.parse(text.slice(head.length, -2));
}

async function open(port, j) {
  const response = await request(port, { target: target({ j }) });
  assert.equal(response.status, 200);
  assert.equal(response.headers["content-type"], "text/plain; charset=UTF-8");
  const index = j.replace(/\D/g, "");
  const packet = unwrap(response.text, index);
  assert.equal(packet[0], "0");
  return { index, sid: JSON.parse(packet.slice(1)).sid };
}

const get = (port, { sid }, j) => request(port, { target: target({ sid, j }) });

const post = (port, { sid }, body) =>
  request(port, {
    method: "POST",
    target: target({ sid, j: "0" }),
    headers: { "Content-Type": "application/x-www-form-urlencoded" },
    body,
  });

/** As JSONP clients do: a backslash in front of every newline, then a form field. */
const form = (payload) => `d=${encodeURIComponent(payload.replace(/\\n/g, "\\\\n"))}`;

async function pollUntil(port, session, wanted) {
  for (;;) {
    const { text } = await get(port, session, "0");
    const packets = unwrap(text, session.index).split("\x1e");
    if (packets.some(wanted)) return packets;
  }
}

describe("JSONP", () => {
  const server = useServer();

  test("a conversation", async () => {
    const session = await open(server.port, "0");
    assert.equal((await post(server.port, session, form("40"))).text, "ok");
    await pollUntil(server.port, session, (p) => p.startsWith('42["auth"'));
    const said = 'quotes " and \u2028 and é€😀 and two\nlines';
    await post(server.port, session, form(`42${JSON.stringify(["message", said])}`));
    const [back] = await pollUntil(server.port, session, (p) => p.startsWith('42["message-back"'));
    assert.deepEqual(JSON.parse(back.slice(2)), ["message-back", said]);
  });

  test("the index is what digits it has, and stays the handshake's", async () => {
    for (const j of ["12", "a1b2", "abc"]) {
      const session = await open(server.port, j);
      await post(server.port, session, form("40"));
      const { text } = await get(server.port, session, "99");
      assert.equal(unwrap(text, session.index).startsWith("40{"), true);
    }
  });

  test("a form without the field is ignored", async () => {
    const session = await open(server.port, "3");
    assert.equal((await post(server.port, session, "e=40")).text, "ok");
    assert.equal((await post(server.port, session, form("40"))).text, "ok");
    const { text } = await get(server.port, session, "3");
    assert.equal(unwrap(text, "3").startsWith("40{"), true);
  });

  test("line separators do not end the script", async () => {
    const session = await open(server.port, "0");
    await post(server.port, session, form("40"));
    await pollUntil(server.port, session, (p) => p.startsWith('42["auth"'));
    await post(server.port, session, form('42["message","a\u2028b\u2029c"]'));
    const { text } = await get(server.port, session, "0");
    assert.equal(/[\u2028\u2029]/.test(text), false);
  });
});

describe("b64", () => {
  const server = useServer();

  test("binary goes out as base64 in a text frame", async () => {
    const ws = await RawWebSocket.join(server.port, { params: { b64: "1" } });
    ws.send('451-["message",{"_placeholder":true,"num":0}]');
    ws.send(Buffer.from([1, 2, 3, 255]));
    assert.equal(await ws.text(), '451-["message-back",{"_placeholder":true,"num":0}]');
    assert.equal(await ws.text(), "bAQID/w==");
  });
});
