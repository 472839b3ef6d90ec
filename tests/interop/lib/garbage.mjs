// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the rtcio authors

// Random bytes, and valid ones spoiled. The same seed gives the same garbage: RTCIO_SEED=n repeats
// what a failing test printed.

export class Garbage {
  #state;

  constructor(seed = Number(process.env.RTCIO_SEED) || (Math.random() * 2 ** 32) >>> 0) {
    this.seed = seed;
    this.#state = seed;
  }

  /** 32 random bits (mulberry32). */
  #next() {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let t = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return (t ^ (t >>> 14)) >>> 0;
  }

  /** An integer of 0 .. n-1. */
  below(n) {
    return this.#next() % n;
  }

  pick(list) {
    return list[this.below(list.length)];
  }

  bytes(most) {
    return Buffer.from(Array.from({ length: this.below(most) + 1 }, () => this.below(256)));
  }

  /** Text of characters that mean something to some layer. */
  text(most) {
    const alphabet = '0123456789b/,-[]{}":\\\x1e\x00 \r\nénulltrue_placeholdernum😀';
    const characters = [...alphabet];
    return Array.from({ length: this.below(most) + 1 }, () => this.pick(characters)).join("");
  }

  /** Some of the bytes changed, left out, doubled or cut off. */
  spoil(valid) {
    let bytes = Buffer.from(valid);
    for (let n = this.below(4) + 1; n > 0 && bytes.length > 0; n--) {
      const at = this.below(bytes.length);
      const [before, after] = [bytes.subarray(0, at), bytes.subarray(at)];
      switch (this.below(5)) {
        case 0:
          bytes = Buffer.concat([before, Buffer.from([this.below(256)]), after.subarray(1)]);
          break;
        case 1:
          bytes = Buffer.concat([before, after.subarray(1 + this.below(8))]);
          break;
        case 2:
          bytes = Buffer.concat([before, this.bytes(8), after]);
          break;
        case 3:
          bytes = Buffer.concat([before, after.subarray(0, 1 + this.below(20)), after]);
          break;
        default:
          bytes = Buffer.from(before);
      }
    }
    return bytes;
  }

  /** The bytes in pieces as a network might cut them. */
  pieces(bytes) {
    const list = [];
    for (let at = 0; at < bytes.length; ) {
      const length = this.below(3) ? bytes.length : 1 + this.below(20);
      list.push(bytes.subarray(at, at + length));
      at += length;
    }
    return list;
  }
}
