// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the rtcio authors

// How much of something a peer may make this page do: a bucket that fills with time.

export class Allowance {
  private left: number;
  private at = performance.now();

  /** @param burst - at once, @param perSecond - and then */
  constructor(
    private readonly burst: number,
    private readonly perSecond: number,
  ) {
    this.left = burst;
  }

  /** Takes one. False: there is none, the peer overdoes it. */
  take(now = performance.now()): boolean {
    this.left = Math.min(this.burst, this.left + ((now - this.at) / 1000) * this.perSecond);
    this.at = now;
    if (this.left < 1) return false;
    this.left -= 1;
    return true;
  }
}
