// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the rtcio authors

// Stock socket.io clients: how the tests make them and put them away.

import { io } from "socket.io-client";
import { once, withTimeout } from "./time.mjs";

const open = new Set();

/** A client that is not connected yet, on a session of its own. */
export function client(server, nsp = "/", options = {}) {
  const socket = io(`${server.url}${nsp === "/" ? "" : nsp}`, {
    forceNew: true,
    reconnection: false,
    transports: ["websocket"],
    ...options,
  });
  open.add(socket);
  return socket;
}

/** A connected client. */
export async function connect(server, nsp, options) {
  const socket = client(server, nsp, options);
  await connected(socket);
  return socket;
}

/** Waits for the connection; a refusal is an error. */
export async function connected(socket) {
  if (socket.connected) return;
  let settle;
  const settled = new Promise((resolve, reject) => {
    settle = { connect: resolve, connect_error: reject };
    for (const [event, listener] of Object.entries(settle)) socket.once(event, listener);
  });
  try {
    await withTimeout(settled, "connection");
  } finally {
    for (const [event, listener] of Object.entries(settle)) socket.off(event, listener);
  }
}

/** Waits for the session to have changed to WebSocket. */
export async function upgraded(socket) {
  const engine = socket.io.engine;
  if (engine.transport.name === "websocket") return;
  await once(engine, "upgrade");
}

/** Emits and waits for the acknowledgement: its first argument. */
export function ask(socket, event, ...args) {
  return withTimeout(socket.emitWithAck(event, ...args), `acknowledgement of "${event}"`);
}

/** Ends the sessions of all clients made here. */
export function closeAll() {
  for (const socket of open) {
    socket.disconnect();
    socket.io.engine?.close();
  }
  open.clear();
}
