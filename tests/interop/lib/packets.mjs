// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the rtcio authors

// What tests of single packets do and expect.

import assert from "node:assert/strict";
import { CLOSE } from "./ws.mjs";

export const disconnected = (server, { id }, reason) => server.note({ note: "disconnect", id, reason });

/** Sends text frames, and Buffers as binary ones. */
export const send = (ws, ...packets) => packets.forEach((packet) => ws.send(packet));

export async function assertClosed(ws) {
  const close = await ws.closed();
  assert.equal(close?.opcode, CLOSE);
  assert.equal(close.payload.length, 0);
}

export async function assertAlive(ws) {
  ws.send('42["message","alive"]');
  assert.equal(await ws.text(), '42["message-back","alive"]');
}

export const placeholder = (num) => `{"_placeholder":true,"num":${num}}`;
