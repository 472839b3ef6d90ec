// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the rtcio authors

import assert from "node:assert/strict";
import { test } from "node:test";
import { channelId } from "../../src/channel-id.js";

const vectors: [name: string, id: number][] = [
  ["", 257],
  ["chat", 721],
  ["file", 139],
  ["cursor", 467],
  ["cursors", 57],
  ["msg", 294],
  ["timer", 294],
  ["room:breakout-A", 39],
  ["caf\u00e9", 989],
  ["cafe\u0301", 792],
  ["日本語", 542],
  ["😀", 480],
  ["ÿ", 210],
  ["Ā", 291],
  ["ch237", 1],
  ["ch1736", 1023],
  ["room:main", 84],
  ["\ud83d", 363],
];

test("conformance 1: channel ids are the protocol's", () => {
  for (const [name, id] of vectors) assert.equal(channelId(name), id, JSON.stringify(name));
});
