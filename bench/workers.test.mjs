// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the rtcio authors

// The table of bench/workers: medians, and what several workers carry.

import assert from "node:assert/strict";
import { test } from "node:test";
import { rows } from "./lib/workers.mjs";

test("medians, the clock's ratio, and what several carry when each has a core", () => {
  const run = (n, work_per_second, work_per_cpu_second) => ({ workload: "connect", n, result: { work_per_second, work_per_cpu_second } });
  const runs = [run(1, 100, 200), run(1, 90, 210), run(1, 5000, 9000), run(2, 120, 180), run(2, 130, 170), run(2, 1, 1)];
  assert.deepEqual(rows(runs, ["connect"], [1, 2]), [["connect", "100", "120", "1.20", "210", "170", "1.62"]]);
});
