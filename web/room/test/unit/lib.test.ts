// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the rtcio authors

// The parts that need no browser.

import assert from "node:assert/strict";
import { test } from "node:test";
import { Allowance } from "../../src/call/allowance.js";
import { cameraEncoding } from "../../src/call/quality.js";
import { Voice } from "../../src/call/speaking.js";
import { cleanFileName } from "../../src/call/transfers.js";
import { cleanName, cleanRoom, colourOf, formatBytes, initials, randomRoom } from "../../src/lib/names.js";
import { columnsFor } from "../../src/ui/stage.js";

test("rooms have names that are never the same and that the server takes", () => {
  const names = new Set(Array.from({ length: 500 }, randomRoom));
  assert.equal(names.size, 500);
  for (const name of names) assert.match(name, /^[a-z]+-[a-z]+-[2-9a-hjkmnp-z]{8}$/);
  assert.equal(cleanRoom(" team "), "team");
  assert.equal(cleanRoom(""), undefined);
  assert.equal(cleanRoom(null), undefined);
  assert.equal(cleanRoom("é".repeat(64)), "é".repeat(64));
  assert.equal(cleanRoom("é".repeat(65)), undefined);
});

test("names of people and files are one line that leads nowhere", () => {
  assert.equal(cleanName(" Ada\n\u202eLovelace "), "Ada Lovelace");
  assert.equal([...cleanName("😀".repeat(80))].length, 48);
  for (const none of ["", "  ", undefined, 7, {}]) assert.equal(cleanName(none), "Guest");
  assert.equal(cleanFileName("../../etc/passwd"), "_.._etc_passwd");
  assert.equal(cleanFileName("C:\\a\u0000b.txt"), "C_a_b.txt");
  assert.equal(cleanFileName(".bashrc"), "bashrc");
  assert.equal(cleanFileName(undefined), "file");
  assert.ok(cleanFileName(`${"x".repeat(500)}.pdf`).endsWith(".pdf"));
});

test("letters, colours and sizes for people to read", () => {
  assert.equal(initials("Ada Lovelace"), "AL");
  assert.equal(initials("ada"), "A");
  assert.equal(initials("😀 x"), "😀X");
  assert.equal(colourOf("Ada", 6), colourOf("Ada", 6));
  assert.equal(formatBytes(999), "999 B");
  assert.equal(formatBytes(1536), "1.5 KB");
  assert.equal(formatBytes(64 * 1024 * 1024), "67.1 MB");
});

test("columns make pictures as large as they can be", () => {
  assert.equal(columnsFor(1, 1200, 700).columns, 1);
  assert.equal(columnsFor(2, 1200, 600).columns, 2);
  assert.equal(columnsFor(2, 500, 900).columns, 1);
  assert.equal(columnsFor(4, 1200, 700).columns, 2);
  assert.equal(columnsFor(7, 1200, 700).columns, 3);
  for (let n = 1; n < 20; n++) {
    const { columns, tile } = columnsFor(n, 1000, 600);
    assert.ok(tile * columns + 12 * (columns - 1) <= 1000);
    assert.ok(Math.ceil(n / columns) * ((tile * 9) / 16 + 12) - 12 <= 600.5);
  }
});

test("an allowance fills with time, up to its burst", () => {
  const allowance = new Allowance(2, 1);
  const start = performance.now() + 1;
  const taken = [0, 0, 0, 1100, 1100, 9000, 9000, 9000].map((ms) => allowance.take(start + ms));
  assert.deepEqual(taken, [true, true, false, true, false, true, true, false]);
});

test("somebody talks from the first loud moment on, through the pauses between words", () => {
  const voice = new Voice();
  assert.equal(voice.hear(0.003, 0), false, "a quiet room");
  assert.equal(voice.hear(0.1, 150), true);
  assert.equal(voice.hear(0, 300), true, "a pause");
  assert.equal(voice.hear(0, 849), true);
  assert.equal(voice.hear(0, 850), false, "the end");
  assert.equal(voice.hear(0.02, 1000), true);
});

test("a camera is sent smaller to more people, whichever way it is held", () => {
  assert.equal(cameraEncoding(0).scaleResolutionDownBy, 1);
  assert.equal(cameraEncoding(1).scaleResolutionDownBy, 1);
  assert.equal(cameraEncoding(2).scaleResolutionDownBy, 1.5);
  assert.equal(cameraEncoding(5, { width: 720, height: 1280 }).scaleResolutionDownBy, 2);
  assert.equal(cameraEncoding(9, { width: 320, height: 240 }).scaleResolutionDownBy, 1, "never larger");
  const all = [1, 2, 4, 6, 40].map((n) => n * cameraEncoding(n).maxBitrate!);
  assert.ok(all.slice(0, 4).every((bits) => bits <= 2_500_000), `an uplink of 2.5 Mbit/s bears what ${all} bits are`);
});
