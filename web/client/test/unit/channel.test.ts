// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the rtcio authors

import assert from "node:assert/strict";
import { test } from "node:test";
import { parseEnvelope, RTCIOChannel, utf8Length } from "../../src/channel.js";
import { FakeDataChannel } from "./support.js";

const KIB = 1024;
const MIB = 1024 * KIB;

function attached(...watermarks: number[]): { channel: RTCIOChannel; dc: FakeDataChannel; events: string[] } {
  const channel = new RTCIOChannel(...watermarks);
  const dc = new FakeDataChannel();
  channel._attach(dc.real, () => 256 * KIB);
  const events: string[] = [];
  for (const event of ["open", "close", "drain", "error", "data"]) channel.on(event, () => events.push(event));
  return { channel, dc, events };
}

test("conformance 9: what was sent before a channel opens is sent then, and drain fires", () => {
  const { channel, dc, events } = attached();
  assert.equal(channel.send("early"), false);
  assert.equal(channel.emit("greet", 1), false);
  dc.open();
  assert.deepEqual(dc.sent, ["early", '{"e":"greet","d":[1]}']);
  assert.deepEqual(events, ["open", "drain"]);
});

test("true means that the browser has it, false that drain will come", () => {
  const { channel, dc, events } = attached(MIB, 100, 50);
  dc.open();
  assert.equal(channel.send(new ArrayBuffer(100)), true);
  assert.equal(channel.send(new ArrayBuffer(10)), false, "at the high watermark");
  dc.drain(60);
  assert.equal(dc.sent.length, 1, "above the low watermark nothing happens");
  dc.drain(10);
  assert.equal(dc.sent.length, 2);
  assert.deepEqual(events, ["open", "drain"]);
});

test("a low watermark above the high one does not stop the queue", () => {
  const { channel, dc } = attached(MIB, 100, 5000);
  dc.open();
  assert.ok(dc.bufferedAmountLowThreshold <= 50);
  channel.send(new ArrayBuffer(100));
  channel.send(new ArrayBuffer(10));
  dc.drain();
  assert.equal(dc.sent.length, 2);
});

test("the browser's own limit is never reached, whatever the high watermark", () => {
  const { channel, dc } = attached(MIB, 64 * MIB);
  dc.open();
  let n = 0;
  while (channel.send(new ArrayBuffer(65529))) n++;
  assert.ok(dc.bufferedAmount <= 16 * MIB);
  assert.equal(dc.sent.length, n);
  dc.drain();
  assert.equal(dc.sent.length, n + 1, "the one that did not fit comes next");
});

test("a message that the browser did not take stays first in the queue", () => {
  const { channel, dc } = attached();
  dc.limit = 100;
  dc.open();
  assert.equal(channel.send("a".repeat(80)), true);
  assert.equal(channel.send("b".repeat(80)), false);
  assert.equal(channel.send("c"), false, "nothing overtakes");
  dc.limit = 1000;
  dc.bufferedAmount = 2 * MIB;
  dc.drain();
  assert.deepEqual(dc.sent.map((data) => (data as string)[0]), ["a", "b", "c"]);
});

test("the queue holds copies", () => {
  const { channel, dc } = attached();
  const data = new Uint8Array([1, 2, 3]);
  channel.send(data);
  channel.send(data.buffer);
  data.fill(9);
  dc.open();
  for (const sent of dc.sent) assert.deepEqual(new Uint8Array(sent as ArrayBuffer), new Uint8Array([1, 2, 3]));
});

test("beyond the budget a message is refused, by an error and false", () => {
  const { channel, dc } = attached(10);
  const errors: string[] = [];
  channel.on("error", (error: Error) => errors.push(error.message));
  assert.equal(channel.send("12345"), false);
  assert.equal(channel.send("6"), false);
  assert.deepEqual(errors, ["RTCIOChannel: queue budget exceeded — wait for 'drain' before sending more"]);
  dc.open();
  assert.deepEqual(dc.sent, ["12345"]);
});

test("what is larger than the peer takes is refused, before and after opening", () => {
  const { channel, dc, events } = attached(10 * MIB);
  channel.send(new ArrayBuffer(256 * KIB + 1));
  channel.send("fits");
  dc.open();
  assert.deepEqual(dc.sent, ["fits"]);
  assert.equal(channel.send("ä".repeat(128 * KIB + 1)), false, "its bytes count, not its units");
  assert.equal(channel.send("ä".repeat(128 * KIB)), true);
  assert.deepEqual(events, ["error", "open", "drain", "error"]);
});

test("only data and strings can be sent", () => {
  const { channel, events } = attached();
  assert.equal(channel.send(new Blob(["x"]) as unknown as string), false);
  assert.deepEqual(events, ["error"]);
});

test("a closed channel says so and refuses", () => {
  const { channel, dc, events } = attached();
  assert.equal(channel.readyState, "connecting");
  dc.open();
  dc.vanish();
  assert.equal(channel.readyState, "closed");
  assert.equal(channel.send("late"), false);
  channel.close();
  assert.deepEqual(events, ["open", "close", "error"]);
});

test("events arrive as events, other strings and bytes as data", () => {
  const { channel, dc } = attached();
  const seen: unknown[] = [];
  channel.on("data", (data) => seen.push(data));
  channel.on("move", (...args) => seen.push(args));
  dc.open();
  const bytes = new ArrayBuffer(0);
  for (const data of ['{"e":"move","d":[1,2]}', '{"e":"move"}', "plain", "null", '{"x":1}', bytes]) dc.receive(data);
  assert.deepEqual(seen, [[1, 2], [], "plain", "null", '{"x":1}', bytes]);
});

test("conformance 15: a peer cannot cause a channel's own events", () => {
  const { dc, events } = attached();
  dc.open();
  for (const event of ["open", "close", "error", "drain", "peer-left"]) dc.receive(JSON.stringify({ e: event, d: [] }));
  assert.deepEqual(events, ["open"]);
});

test("what comes before anybody has asked for the channel waits for who asks", async () => {
  const { channel, dc } = attached();
  channel._hold();
  dc.open();
  dc.receive('{"e":"first","d":[1]}');
  channel._claim();
  const seen: unknown[] = [];
  channel.on("first", (n) => seen.push(n));
  channel.on("second", (n) => seen.push(n));
  dc.receive('{"e":"second","d":[2]}');
  await Promise.resolve();
  assert.deepEqual(seen, [1, 2]);
});

test("a listener that fails does not keep others from being called", (t) => {
  t.mock.method(console, "error", () => {});
  const { channel, dc } = attached();
  let n = 0;
  channel.on("x", () => {
    throw new Error("planted");
  });
  channel.once("x", () => n++);
  dc.open();
  dc.receive('{"e":"x"}');
  dc.receive('{"e":"x"}');
  assert.equal(n, 1);
});

test("lengths in UTF-8", () => {
  for (const text of ["", "abc", "äö", "日本", "😀a", "\ud83d", "\ude00\ud83d"]) {
    assert.equal(utf8Length(text), Buffer.byteLength(text), JSON.stringify(text));
  }
});

test("envelopes", () => {
  assert.deepEqual(parseEnvelope('{"e":"a","d":[1],"i":2,"x":3}'), { e: "a", d: [1], i: 2 });
  for (const text of ["", "null", "1", '{"e":1}', '{"d":[]}', "{"]) assert.equal(parseEnvelope(text), undefined, text);
});
