// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the rtcio authors

// A few seconds of recovery-soak.mjs, which says what is looked at.

import assert from "node:assert/strict";
import { test } from "node:test";
import { oursOnly } from "./lib/server.mjs";
import { soak } from "./recovery-soak.mjs";

const skip = oursOnly("two transports may share one socket there");
const sanitized = /asan|tsan/.test(process.env.RTCIO_BUILD ?? "");

for (const workers of [1, 4]) {
  test(`recovery soak, workers: ${workers}: nothing lost, nothing twice, no growth`, { skip }, async () => {
    const { faults, recovered, fresh, ids, growth } = await soak({ seconds: 3, workers });
    assert.deepEqual(faults.slice(0, 10), []);
    assert.ok(recovered >= 5, `${recovered} recoveries`);
    assert.equal(fresh, 0, "came back as somebody new");
    assert.equal(ids, 0, "changed their ids");
    if (!sanitized) assert.ok(growth < 4 << 20, `${growth} bytes in the second half`);
  });
}
