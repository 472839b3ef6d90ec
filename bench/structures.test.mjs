// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the rtcio authors
//
// Does the table of structures add up, and is a figure that it cannot explain noticed?

import assert from "node:assert/strict";
import { test } from "node:test";
import { accounted, structures, structureTable } from "./lib/structures.mjs";

const text = "connection\t88\t1\tall\nroom\t80\t1/4\trooms\n";
const rows = structures(text, 1024); // 16 bytes in the two maps

test("what all have counts for all, what a room has by its members", () => {
  assert.deepEqual(rows.map(({ idle, rooms }) => [idle, rooms]), [[88, 88], [0, 20], [16, 16]]);
});

test("the table ends with the sum, the measured figure and what is left", () => {
  const lines = structureTable(rows, { idle: 110, rooms: 130 }).split("\n").slice(-3);
  assert.match(lines[0], /together +\| +104 \| +124 \|/);
  assert.match(lines[1], /measured +\| +110 \| +130 \|/);
  assert.match(lines[2], /not accounted for +\| +6 \| +6 \|/);
});

test("memory that the structures do not make is noticed", () => {
  assert.equal(accounted(rows, { idle: 110, rooms: 130 }), true);
  assert.equal(accounted(rows, { idle: 110, rooms: 190 }), false);
  assert.equal(accounted(rows, { idle: 60, rooms: 130 }), false);
});
