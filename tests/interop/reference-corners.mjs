// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the rtcio authors

// What corners.c does, with Node's own: several emits in one callback, lists of rooms, operators
// made from operators, names that may not be emitted, names of namespaces.

import http from "node:http";
import { Server } from "socket.io";

const allowed = (emit) => {
  try {
    emit();
    return true;
  } catch {
    return false;
  }
};

/** @param target  from a spec to an operator */
export function corners(io, socket, target) {
  const { nsp } = socket;
  socket.on("burst", (specs, ack) => {
    for (const { event, args, binary, ...spec } of specs) {
      const blobs = binary ? [Buffer.from([1, 2, 3])] : [];
      target(socket, spec).emit(event, ...args, ...blobs);
    }
    if (ack) ack();
  });
  socket.on("say-list", (rooms, ack) => (nsp.to(rooms).emit("listed"), ack()));
  socket.on("branch", (a, b, ack) => {
    const base = nsp.to(a);
    base.to(b).emit("both");
    base.except(b).emit("only");
    base.emit("base");
    ack();
  });
  socket.on("may-emit", (event, ack) => {
    ack([allowed(() => socket.emit(event)), allowed(() => nsp.emit(event))]);
  });
  socket.on("ask-within", (event, ms, ack) => {
    socket.timeout(ms).emit(event, (error, value) => ack([error ? "timeout" : "ok", value ?? null]));
  });
  socket.on("close-unheard", async (ack) => {
    const code = await new Promise((told) => new Server(http.createServer()).close((e) => told(e?.code)));
    ack(code === "ERR_SERVER_NOT_RUNNING");
  });
  socket.on("name-of", (name, ack) => ack(io.of(name).name));
}
