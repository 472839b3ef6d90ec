// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the rtcio authors

// permessage-deflate as bytes (RFC 7692), by Node's zlib: what a message looks like compressed, and
// what came of one. Knows nothing of frames.

import zlib from "node:zlib";

const TAIL = Buffer.from([0, 0, 255, 255]);

/** The bit of a frame's header that says so. */
export const RSV1 = 4;

/** A message compressed on its own. */
export function deflate(text, options = {}) {
  const sync = { finishFlush: zlib.constants.Z_SYNC_FLUSH };
  return zlib.deflateRawSync(Buffer.from(text), { ...sync, ...options }).subarray(0, -4);
}

/** The same with a last block that says that it is. */
export const deflateFinal = (text) => zlib.deflateRawSync(Buffer.from(text));

/** What it was. */
export function inflate(bytes, options = {}) {
  const sync = { finishFlush: zlib.constants.Z_SYNC_FLUSH };
  return zlib.inflateRawSync(Buffer.concat([bytes, TAIL]), { ...sync, ...options }).toString();
}

/** One direction with context takeover: turns each message into the other form, in order. */
export class Context {
  constructor(stream) {
    this.stream = stream;
    this.pieces = [];
    stream.on("data", (piece) => this.pieces.push(piece));
  }

  static deflate(options) {
    return new Context(zlib.createDeflateRaw(options));
  }

  static inflate(options) {
    return new Context(zlib.createInflateRaw(options));
  }

  async #run(bytes) {
    this.pieces = [];
    this.stream.write(bytes);
    await new Promise((resolve) => this.stream.flush(zlib.constants.Z_SYNC_FLUSH, resolve));
    return Buffer.concat(this.pieces);
  }

  async deflated(text) {
    return (await this.#run(Buffer.from(text))).subarray(0, -4);
  }

  async inflated(bytes) {
    return (await this.#run(Buffer.concat([bytes, TAIL]))).toString();
  }
}
