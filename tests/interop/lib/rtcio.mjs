// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the rtcio authors

// `rtcio serve` under test, and clients of it that remember all they were told.

import { after, afterEach, before } from "node:test";
import { client, closeAll, connected } from "./client.mjs";
import { built, Server } from "./server.mjs";
import { once, withTimeout } from "./time.mjs";
import { Wire } from "./wire.mjs";

/** What `rtcio serve` says first. */
export const ready = /^rtcio is listening on https?:\/\/.+:(\d+)$/;

/** `rtcio serve`, not started yet. The limits of joins, events and chat are far away unless they are asked
 *  for, and events have no offset behind their arguments: what is recovery's is in
 *  comeback.test.mjs. */
const defaults = {
  "--port": "0",
  "--max-joins": "100000",
  "--max-events": "0",
  "--max-chat": "0",
  "--close-timeout": "1000",
  "--recovery-time": "0",
};

/** @param without  names of those options that are left out: they win over a file */
export function rtcioServe(args = [], env = {}, without = []) {
  const some = Object.entries(defaults).filter(([name]) => !without.includes(name));
  const all = ["serve", ...some.flat(), ...args];
  return new Server(built("rtcio"), all, { env: { HOST: "127.0.0.1", ...env }, ready });
}

/** Inside describe(): one server for the block. */
export function useRtcio(args, env) {
  const server = rtcioServe(args, env);
  const cleanUp = () => {
    closeAll();
    Wire.destroyAll();
  };
  before(() => server.start());
  afterEach(cleanUp);
  after(async () => {
    cleanUp();
    await server.stop();
  });
  return server;
}

let fences = 0;
const isFence = ([event, answer]) => event === "room-check-ok" && /^fence-/.test(answer.roomId);

/** A connected client; `seen` is every event it got, in order, as [event, ...arguments]. */
export async function peer(server, options) {
  const socket = client(server, "/", options);
  socket.seen = [];
  socket.onAny((...event) => {
    if (!isFence(event)) socket.seen.push(event);
  });
  await connected(socket);
  return socket;
}

/** The server has taken all that the sockets sent, and they have got all that it sent. */
async function roundTrip(socket) {
  const roomId = `fence-${++fences}`;
  let listener;
  const back = new Promise((resolve) => {
    listener = (answer) => answer.roomId === roomId && resolve();
    socket.on("room-check-ok", listener);
  });
  socket.emit("check-room", { roomId });
  await withTimeout(back, "round trip").finally(() => socket.off("room-check-ok", listener));
}

/** What each of the sockets has seen since the last call, now that all messages between them have
 *  arrived: one round trip for the sending, one for the receiving. */
export async function seenBy(...sockets) {
  await Promise.all(sockets.map(roundTrip));
  await Promise.all(sockets.map(roundTrip));
  return sockets.map((socket) => socket.seen.splice(0));
}

/** Joins a room and forgets what was seen on the way. */
export async function join(socket, roomId, more = {}) {
  const ok = once(socket, "join-ok");
  socket.emit("join-room", { roomId, name: "somebody", ...more });
  await ok;
}

/** Peers in one room, all with nothing seen. */
export async function roomOf(server, n, roomId) {
  const peers = await Promise.all(Array.from({ length: n }, () => peer(server)));
  for (const socket of peers) await join(socket, roomId);
  await seenBy(...peers);
  return peers;
}
