// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the rtcio authors

// Which worker of a server made an id, and clients at workers that a test chooses.

import assert from "node:assert/strict";

/** The worker of n that made an id: its last three bytes are a counter that each takes n steps
 *  with. */
export const makerOf = (id, n) => Buffer.from(id.slice(-4), "base64url").readUIntBE(0, 3) % n;

/** Sessions until one is at a worker that fits; the others are given to `letGo`. */
export async function sessionAt(fits, n, make, letGo) {
  for (let tries = 0; tries < 400; tries++) {
    const session = await make();
    if (fits(makerOf(session.sid, n))) return session;
    await letGo?.(session);
  }
  return assert.fail("the kernel spreads connections");
}
