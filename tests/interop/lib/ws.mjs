// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the rtcio authors

// WebSocket as bytes: frames exactly as asked for, right or wrong. Knows no limits and hides no
// control frame.

import crypto from "node:crypto";
import { readHead, readResponse, requestText, target } from "./http.mjs";
import { DEADLINE_MS } from "./time.mjs";
import { Wire } from "./wire.mjs";

export const CONTINUATION = 0;
export const TEXT = 1;
export const BINARY = 2;
export const CLOSE = 8;
export const PING = 9;
export const PONG = 10;

export const KEY = "dGhlIHNhbXBsZSBub25jZQ==";
export const ACCEPT = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="; // RFC 6455 section 1.3, for that key

export const UPGRADE = {
  Connection: "Upgrade",
  Upgrade: "websocket",
  "Sec-WebSocket-Version": "13",
  "Sec-WebSocket-Key": KEY,
};

/** The bytes of one client frame. `length` may differ from the payload's, `mask: null` leaves the
 *  mask out. */
export function frame({ fin = true, rsv = 0, opcode = TEXT, payload = "", mask, length }) {
  const data = Buffer.from(payload);
  const n = length ?? data.length;
  const key = mask === undefined ? crypto.randomBytes(4) : mask;
  let head;
  if (n < 126) {
    head = Buffer.from([0, n]);
  } else if (n < 65536) {
    head = Buffer.from([0, 126, n >> 8, n & 255]);
  } else {
    head = Buffer.alloc(10);
    head[1] = 127;
    head.writeBigUInt64BE(BigInt(n), 2);
  }
  head[0] = (fin ? 128 : 0) | (rsv << 4) | opcode;
  if (key === null) return Buffer.concat([head, data]);
  head[1] |= 128;
  return Buffer.concat([head, key, data.map((byte, i) => byte ^ key[i & 3])]);
}

/** The body of a Close frame. */
export const closeBody = (code, reason = "") =>
  Buffer.concat([Buffer.from([code >> 8, code & 255]), Buffer.from(reason)]);

function frameLength(buffer) {
  if (buffer.length < 2) return -1;
  const small = buffer[1] & 127;
  const head = small === 126 ? 4 : small === 127 ? 10 : 2;
  if (buffer.length < head) return -1;
  let length = small;
  if (small === 126) length = buffer.readUInt16BE(2);
  if (small === 127) length = Number(buffer.readBigUInt64BE(2));
  return buffer.length < head + length ? -1 : head + length;
}

function parseFrame(bytes) {
  const head = bytes[1] < 126 ? 2 : bytes[1] === 126 ? 4 : 10;
  const payload = bytes.subarray(head);
  const opcode = bytes[0] & 15;
  const parsed = { fin: bytes[0] >= 128, rsv: (bytes[0] >> 4) & 7, opcode, payload };
  if (opcode === TEXT) parsed.text = payload.toString();
  if (opcode === CLOSE) parsed.code = payload.length >= 2 ? payload.readUInt16BE(0) : 1005;
  if (bytes[1] & 128) throw new Error("the server masked a frame");
  return parsed;
}

/** Sends the request of an upgrade and returns the connection with the response's head unread. */
export async function sendUpgrade(port, { params, path, headers, method, after } = {}) {
  const wire = await Wire.connect(port);
  const url = target({ transport: "websocket", ...params }, path);
  const all = Object.entries({ ...UPGRADE, ...headers }).filter(([, v]) => v !== undefined);
  wire.send(requestText({ method, target: url, headers: Object.fromEntries(all), body: after }));
  return wire;
}

/** The response to a refused upgrade: its head, body and that nothing came after it. */
export async function refusedUpgrade(port, options) {
  const wire = await sendUpgrade(port, options);
  const response = await readResponse(wire);
  const rest = await wire.readEnd();
  wire.destroy();
  return { ...response, rest };
}

export class RawWebSocket {
  constructor(wire, head) {
    this.wire = wire;
    this.head = head;
  }

  /** Opens a WebSocket on the endpoint; with `params.sid` an upgrade of that session. */
  static async open(port, options) {
    const wire = await sendUpgrade(port, options);
    const head = await readHead(wire);
    if (head?.status !== 101) throw new Error(`upgrade: ${head ? head.status : "no answer"}`);
    return new RawWebSocket(wire, head);
  }

  /** A new session on WebSocket; the open packet is read into `session.open`. */
  static async connect(port, options) {
    const ws = await RawWebSocket.open(port, options);
    const text = await ws.text();
    if (text[0] !== "0") throw new Error(`not an open packet: ${text}`);
    ws.open = JSON.parse(text.slice(1));
    ws.sid = ws.open.sid;
    return ws;
  }

  /** A new session that has joined the main namespace; the greeting is read away. */
  static async join(port, options) {
    const ws = await RawWebSocket.connect(port, options);
    ws.send("40");
    ws.id = JSON.parse((await ws.text()).slice(2)).sid;
    await ws.text();
    return ws;
  }

  /** Upgrades a polling session step by step (spec 2.5). */
  static async upgrade(session, options = {}) {
    const params = { sid: session.sid, ...options.params };
    const ws = await RawWebSocket.open(session.port, { ...options, params });
    ws.send("2probe");
    const answer = await ws.text();
    if (answer !== "3probe") throw new Error(`probe answered by ${answer}`);
    ws.send("5");
    return ws;
  }

  send(payload) {
    const opcode = typeof payload === "string" ? TEXT : BINARY;
    this.wire.send(frame({ opcode, payload }));
    return this;
  }

  sendFrame(options) {
    this.wire.send(frame(options));
    return this;
  }

  /** The next frame, null at the end of the connection. */
  async frame(ms = DEADLINE_MS) {
    const bytes = await this.wire.read(frameLength, "a frame", ms);
    return bytes && parseFrame(bytes);
  }

  /** The text of the next frame, which must be one. */
  async text(ms) {
    const next = await this.frame(ms);
    if (next?.opcode !== TEXT) throw new Error(`no text frame: ${JSON.stringify(next)}`);
    return next.text;
  }

  /** The next text that is not a ping; pings are answered. */
  async message(ms) {
    for (;;) {
      const text = await this.text(ms);
      if (text !== "2") return text;
      this.send("3");
    }
  }

  /** Reads up to the server's Close frame and returns it; null if the connection ends without. */
  async closed(ms) {
    for (;;) {
      const next = await this.frame(ms);
      if (next === null || next.opcode === CLOSE) return next;
    }
  }

  destroy() {
    this.wire.destroy();
  }
}
