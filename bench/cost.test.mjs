// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the rtcio authors

// bench/cost: medians and ratios, and a short run of the real thing.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { costs } from "./lib/cost.mjs";

test("the median of the CPU time, and both ratios", () => {
  const run = (form, us) => ({ workload: "relay", form, result: { work_per_cpu_second: 1e6 / us } });
  const runs = [run("without", 9), run("without", 10), run("without", 99), run("with", 11), run("with", 1), run("with", 12)];
  const counts = [{ workload: "relay", form: "without", instructions: 100 }, { workload: "relay", form: "with", instructions: 108 }];
  const [row] = costs(runs, counts, ["relay"]);
  assert.deepEqual(row.ns.map(Math.round), [10_000, 11_000]);
  assert.equal(row.ratio.toFixed(2), "1.10");
  assert.equal(row.perRatio, 1.08);
  assert.equal(costs(runs, [], ["relay"])[0].perRatio, undefined);
});

test("both servers start, and every message arrives", { timeout: 120_000 }, async () => {
  const program = process.env.RTCIO ?? fileURLToPath(new URL("../build/release/rtcio", import.meta.url));
  const args = ["--ours", program, "--generator", program, "--workloads", "relay", "--repeat", "1", "--messages", "1000", "--no-instructions"];
  const { stdout, stderr } = await new Promise((resolve) => {
    execFile(fileURLToPath(new URL("cost", import.meta.url)), args, (err, stdout, stderr) => resolve({ stdout, stderr }));
  });
  // So short a run says nothing about the ratio; that there is one says that both were measured.
  assert.match(stdout, /\n\| relay +\| +\d+ \| +\d+ \| +[\d.]+ \|/, stderr);
});
