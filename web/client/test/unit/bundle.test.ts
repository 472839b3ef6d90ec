// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the rtcio authors

// What is built: its size, and that both kinds of modules load where there is no browser.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";

const dist = fileURLToPath(new URL("../../dist/", import.meta.url));

test("the bundle with socket.io-client, not minified, is smaller than the original's 177 kB", (t) => {
  const bundle = readFileSync(`${dist}browser/rtcio-client.js`);
  const minified = readFileSync(`${dist}browser/rtcio-client.min.js`);
  t.diagnostic(`${bundle.length} bytes; minified ${minified.length}, compressed ${gzipSync(minified).length}`);
  assert.ok(bundle.length < 177_000, `${bundle.length} bytes`);
});

const names = [
  "Manager", "RTCIOBroadcastChannel", "RTCIOChannel", "RTCIOStream", "RtcioEvents", "Socket",
  "connect", "default", "io", "protocol",
];
const script = `
  const names = ${JSON.stringify(names)};
  const missing = names.filter((name) => !(name in library));
  if (missing.length) throw new Error("missing: " + missing);
  const { io } = library;
  if (io !== library.default || io !== library.connect || io.io !== io || io.connect !== io) throw new Error("io");
  if (io.Manager !== library.Manager || io.Socket !== library.Socket) throw new Error("classes");
`;

for (const [kind, source] of [
  ["ES modules", `import * as library from "rtcio-client";${script}`],
  ["CommonJS", `const library = require("rtcio-client");${script}`],
] as const) {
  test(`${kind} have all exports of the original, without a browser`, () => {
    const type = kind === "CommonJS" ? "commonjs" : "module";
    execFileSync(process.execPath, [`--input-type=${type}`, "-e", source], { cwd: `${dist}..`, stdio: "pipe" });
  });
}
