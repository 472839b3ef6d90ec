// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the rtcio authors

import assert from "node:assert/strict";
import { test } from "node:test";
import { findStreams, fromWire, streamIds, toWire } from "../../src/payload.js";
import { RTCIOStream } from "../../src/stream.js";
import { FakeMediaStream } from "./support.js";

const stream = (id: string): RTCIOStream => new RTCIOStream(id, new FakeMediaStream("video").real);

test("streams are found at any depth, each once", () => {
  const [a, b] = [stream("a"), stream("b")];
  assert.deepEqual(findStreams([1, { x: [{ a }, a] }, b]), [b, a]);
  assert.deepEqual(findStreams(["[RTCIOStream] a", null, undefined]), []);
});

test("arguments that contain themselves are searched, but cannot travel", () => {
  const a = stream("a");
  const cyclic: Record<string, unknown> = { a };
  cyclic.self = cyclic;
  assert.deepEqual(findStreams([cyclic]), [a]);
  assert.throws(() => toWire([cyclic]), TypeError);
});

test("binary data is not searched", () => {
  const big = new Uint8Array(64 * 1024 * 1024);
  const started = performance.now();
  assert.deepEqual(findStreams([{ big }]), []);
  assert.ok(performance.now() - started < 1000);
});

test("on the wire a stream is a string, and what has toJSON() uses it", () => {
  const date = new Date(0);
  assert.deepEqual(toWire([{ cam: stream("a"), date, no: undefined, nan: NaN }]), [
    { cam: "[RTCIOStream] a", date: "1970-01-01T00:00:00.000Z", nan: null },
  ]);
});

test("strings that name streams become streams, others stay", () => {
  const a = stream("a");
  const value = [{ cam: "[RTCIOStream] a", who: "[RTCIOStream] b", text: "[RTCIOStream]x" }];
  assert.deepEqual(fromWire(value, (id) => (id === "a" ? a : undefined)), [
    { cam: a, who: "[RTCIOStream] b", text: "[RTCIOStream]x" },
  ]);
  assert.deepEqual([...streamIds(value)], ["a", "b"]);
});

test("no payload reaches a prototype", () => {
  const revived = fromWire(JSON.parse('[{"__proto__":{"polluted":1}}]'), () => undefined) as any;
  assert.equal(revived[0].polluted, undefined);
  assert.equal(({} as any).polluted, undefined);
});
