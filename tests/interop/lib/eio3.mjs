// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the rtcio authors

// Engine.IO 3 as bytes: payloads in both forms, and the polling half of a session made of them.

import { request, target } from "./http.mjs";

/** Payload in text form; length in UTF-16 code units, which is what `length` is. */
export const textPayload = (...packets) => packets.map((packet) => `${packet.length}:${packet}`).join("");

/** Payload in binary form: strings are packets as text, buffers are messages. */
export const binaryPayload = (...packets) =>
  Buffer.concat(
    packets.flatMap((packet) => {
      const text = typeof packet === "string";
      const data = text ? Buffer.from(packet) : Buffer.concat([Buffer.from([4]), packet]);
      const digits = [...String(data.length)].map(Number);
      return [Buffer.from([text ? 0 : 1, ...digits, 255]), data];
    }),
  );

function cutText(text) {
  const packets = [];
  for (let at = 0; at < text.length; ) {
    const colon = text.indexOf(":", at);
    const length = Number(text.slice(at, colon));
    packets.push(text.slice(colon + 1, colon + 1 + length));
    at = colon + 1 + length;
  }
  return packets;
}

function cutBinary(bytes) {
  const packets = [];
  for (let at = 0; at < bytes.length; ) {
    const end = bytes.indexOf(255, at);
    const length = Number([...bytes.subarray(at + 1, end)].join(""));
    const data = bytes.subarray(end + 1, end + 1 + length);
    packets.push(bytes[at] === 0 ? data.toString() : data);
    at = end + 1 + length;
  }
  return packets;
}

/** The packets of an answer to a poll: strings, and buffers with the type in front. */
export const packetsOf = ({ headers, text, body }) =>
  headers["content-type"] === "application/octet-stream" ? cutBinary(body) : cutText(text);

/** A session of Engine.IO 3 on polling, which is in "/" from the start. */
export class Polling3 {
  constructor(port, params, response) {
    this.port = port;
    this.params = params;
    this.handshake = response;
    this.open = JSON.parse(packetsOf(response)[0].slice(1));
    this.sid = this.open.sid;
  }

  static async connect(port, params = {}) {
    const all = { EIO: 3, ...params };
    const response = await request(port, { target: target(all) });
    if (response.status !== 200) throw new Error(`handshake: ${response.status} ${response.text}`);
    return new Polling3(port, all, response);
  }

  target(params = {}) {
    return target({ ...this.params, sid: this.sid, ...params });
  }

  get(options = {}) {
    return request(this.port, { target: this.target(), ...options });
  }

  post(body, options = {}) {
    return request(this.port, { method: "POST", target: this.target(), body, ...options });
  }

  push(...packets) {
    return this.post(textPayload(...packets));
  }

  pushBinary(...packets) {
    const headers = { "Content-Type": "application/octet-stream" };
    return this.post(binaryPayload(...packets), { headers });
  }

  /** Polls until so many packets are there. */
  async take(n) {
    const packets = [];
    while (packets.length < n) packets.push(...packetsOf(await this.get()));
    return packets;
  }
}
