// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the rtcio authors

// One TCP connection with every byte under control: what is sent, in which pieces, and what comes
// back. Knows nothing of HTTP or WebSocket.

import net from "node:net";
import tls from "node:tls";
import { DEADLINE_MS, withTimeout } from "./time.mjs";

const open = new Set();

export class Wire {
  #buffer = Buffer.alloc(0);
  #ended = false;
  #wake = () => {};
  error = null;

  constructor(socket) {
    this.socket = socket;
    open.add(this);
    socket.setNoDelay(true);
    socket.on("data", (data) => {
      this.#buffer = Buffer.concat([this.#buffer, data]);
      this.#wake();
    });
    const over = () => {
      this.#ended = true;
      this.#wake();
    };
    socket.on("end", over);
    socket.on("error", (error) => {
      this.error = error;
      over();
    });
    socket.on("close", () => {
      open.delete(this);
      over();
    });
  }

  static async connect(port, host = "127.0.0.1") {
    const socket = net.connect({ port, host, allowHalfOpen: true });
    const connected = new Promise((resolve, reject) => {
      socket.once("connect", resolve);
      socket.once("error", reject);
    });
    await withTimeout(connected, `connection to port ${port}`);
    return new Wire(socket);
  }

  /** The same with TLS inside; options are those of tls.connect(). */
  static async connectTls(port, options) {
    const socket = tls.connect({ port, host: "127.0.0.1", servername: "localhost", ...options });
    const connected = new Promise((resolve, reject) => {
      socket.once("secureConnect", resolve);
      socket.once("error", reject);
    });
    await withTimeout(connected, `TLS connection to port ${port}`);
    return new Wire(socket);
  }

  /** Closes what a test left open. */
  static destroyAll() {
    for (const wire of open) wire.destroy();
  }

  send(...pieces) {
    for (const piece of pieces) if (this.socket.writable) this.socket.write(piece);
    return this;
  }

  /** True once the peer has said FIN or RST and everything before it was read. */
  get ended() {
    return this.#ended && this.#buffer.length === 0;
  }

  /** Bytes that have arrived and were not read yet. */
  get pending() {
    return this.#buffer;
  }

  /** Reads what `cut` finds: it gets the buffer and returns how many bytes to take, or -1 for "not
   *  yet". Null when the peer ends first. */
  async read(cut, what, ms = DEADLINE_MS) {
    const attempt = async () => {
      for (;;) {
        const length = cut(this.#buffer);
        if (length >= 0) {
          const data = this.#buffer.subarray(0, length);
          this.#buffer = this.#buffer.subarray(length);
          return data;
        }
        if (this.#ended) return null;
        await new Promise((resolve) => {
          this.#wake = resolve;
        });
      }
    };
    return withTimeout(attempt(), what, ms);
  }

  readBytes(n, ms) {
    return this.read((buffer) => (buffer.length >= n ? n : -1), `${n} bytes`, ms);
  }

  readUntil(text, ms) {
    const cut = (buffer) => {
      const at = buffer.indexOf(text);
      return at < 0 ? -1 : at + text.length;
    };
    return this.read(cut, `bytes up to ${JSON.stringify(text)}`, ms);
  }

  /** Everything up to the peer's FIN or RST. */
  async readEnd(ms) {
    await this.read(() => -1, "end of the connection", ms);
    const rest = this.#buffer;
    this.#buffer = Buffer.alloc(0);
    return rest;
  }

  /** Says FIN; the other direction stays open. */
  end() {
    this.socket.end();
  }

  /** Gone without FIN handling by the peer's application: RST where the system allows it. */
  reset() {
    this.socket.resetAndDestroy();
  }

  destroy() {
    this.socket.destroy();
  }
}
