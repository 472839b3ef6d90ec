// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the rtcio authors

// HTTP/1.1 as bytes: requests exactly as written, responses with every header in its order; and
// the polling half of Engine.IO made of them.

import { nWorkers } from "./server.mjs";
import { Wire } from "./wire.mjs";

export const SEPARATOR = "\x1e";

/** The text of a request. Nothing is added but Host, and Content-Length for a body. */
export function requestText({ method = "GET", target, headers = {}, body }) {
  const lines = [`${method} ${target} HTTP/1.1`];
  const names = Object.keys(headers).map((name) => name.toLowerCase());
  if (!names.includes("host")) lines.push("Host: localhost");
  for (const [name, value] of Object.entries(headers)) lines.push(`${name}: ${value}`);
  const bare = names.includes("content-length") || names.includes("transfer-encoding");
  if (body !== undefined && !bare) lines.push(`Content-Length: ${Buffer.byteLength(body)}`);
  const head = Buffer.from(`${lines.join("\r\n")}\r\n\r\n`, "latin1");
  return body === undefined ? head : Buffer.concat([head, Buffer.from(body)]);
}

function parseHead(text) {
  const [line, ...rest] = text.trimEnd().split("\r\n");
  const match = /^HTTP\/1\.1 (\d{3}) ?(.*)$/.exec(line);
  if (!match) throw new Error(`not a status line: ${JSON.stringify(line)}`);
  const fields = rest.map((field) => {
    const colon = field.indexOf(":");
    return [field.slice(0, colon), field.slice(colon + 1).trim()];
  });
  const headers = {};
  for (const [name, value] of fields) {
    const key = name.toLowerCase();
    headers[key] = key in headers ? `${headers[key]}, ${value}` : value;
  }
  return { status: Number(match[1]), reason: match[2], fields, headers };
}

async function readChunks(wire, ms) {
  const chunks = [];
  for (;;) {
    const length = parseInt((await wire.readUntil("\r\n", ms)).toString("latin1"), 16);
    const chunk = await wire.readBytes(length + 2, ms);
    if (length === 0) return Buffer.concat(chunks);
    chunks.push(chunk.subarray(0, length));
  }
}

/** Only the head of a response; null when the connection ends without one. */
export async function readHead(wire, ms) {
  const head = await wire.readUntil("\r\n\r\n", ms);
  return head && parseHead(head.toString("latin1"));
}

/** Reads one response; null when the connection ends without one. */
export async function readResponse(wire, { method = "GET", ms } = {}) {
  const response = await readHead(wire, ms);
  if (!response) return null;
  const { status, headers } = response;
  let body = Buffer.alloc(0);
  if (method !== "HEAD" && status >= 200 && status !== 204 && status !== 304) {
    if (headers["transfer-encoding"] === "chunked") body = await readChunks(wire, ms);
    else if ("content-length" in headers) {
      body = await wire.readBytes(Number(headers["content-length"]), ms);
    } else body = await wire.readEnd(ms);
  }
  return { ...response, body, text: body?.toString() };
}

/** One request on a connection of its own. */
export async function request(port, options) {
  const wire = await Wire.connect(port);
  try {
    const headers = { Connection: "close", ...options.headers };
    wire.send(requestText({ ...options, headers }));
    return await readResponse(wire, options);
  } finally {
    wire.destroy();
  }
}

/** The target of a request to the endpoint. A parameter that is undefined is left out. */
export function target(params = {}, path = "/socket.io/") {
  const query = Object.entries({ EIO: 4, transport: "polling", ...params })
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => `${key}=${encodeURIComponent(value)}`);
  return `${path}?${query.join("&")}`;
}

/** An Engine.IO session on polling. */
export class Polling {
  constructor(port, path, open) {
    this.port = port;
    this.path = path;
    this.open = open;
    this.sid = open.sid;
  }

  static async connect(port, { path, params, headers } = {}) {
    const response = await request(port, { target: target(params, path), headers });
    if (response.status !== 200) throw new Error(`handshake: ${response.status} ${response.text}`);
    if (response.text[0] !== "0") throw new Error(`not an open packet: ${response.text}`);
    return new Polling(port, path, JSON.parse(response.text.slice(1)));
  }

  /** Opens a session and joins the main namespace; the server's greeting is read away. */
  static async join(port, options) {
    const session = await Polling.connect(port, options);
    await session.push("40");
    const packets = await session.pollUntil((packet) => packet.startsWith('42["auth"'));
    session.id = JSON.parse(packets[0].slice(2)).sid;
    return session;
  }

  target(params = {}) {
    return target({ sid: this.sid, ...params }, this.path);
  }

  get(options = {}) {
    return request(this.port, { target: this.target(), ...options });
  }

  post(body, options = {}) {
    return request(this.port, { method: "POST", target: this.target(), body, ...options });
  }

  /** Sends packets; it is an error if the server does not take them. */
  async push(...packets) {
    const response = await this.post(packets.join(SEPARATOR));
    if (response.status !== 200 || response.text !== "ok") {
      throw new Error(`push: ${response.status} ${response.text}`);
    }
  }

  /** The packets of one poll. */
  async poll(options) {
    const response = await this.get(options);
    if (response.status !== 200) throw new Error(`poll: ${response.status} ${response.text}`);
    return response.text.split(SEPARATOR);
  }

  /** Polls until a packet satisfies `wanted`; returns all packets up to the last poll's end. Pings
   *  are answered. */
  async pollUntil(wanted) {
    const packets = [];
    for (;;) {
      const batch = await this.poll();
      packets.push(...batch);
      if (batch.some(wanted)) return packets;
      if (batch.includes("2")) await this.push("3");
      if (batch.includes("1")) throw new Error(`closed after ${JSON.stringify(packets)}`);
    }
  }

  /** A GET that stays open: the connection it waits on. The answer comes with readResponse().
   *  @param workers  of the server, if they are not those that all servers under test have */
  async hang({ workers = nWorkers } = {}) {
    const wire = await Wire.connect(this.port);
    // Of several workers another may have accepted it. A method that means nothing brings it to the
    // session's own, where the GET then comes before what is sent afterwards.
    if (workers > 1) {
      wire.send(requestText({ method: "PUT", target: this.target() }));
      await readResponse(wire);
    }
    wire.send(requestText({ target: this.target() }));
    return wire;
  }
}
