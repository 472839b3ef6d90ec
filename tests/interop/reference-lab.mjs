// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the rtcio authors

// The namespace /lab of the reference server: in every kind of callback it emits to the socket, to
// the others, and, where auth.when names the callback, disconnects the socket from inside.

function visit(socket, where) {
  const { when, close } = socket.handshake.auth;
  socket.emit("saw", where);
  socket.broadcast.emit("peer-saw", where);
  if (when !== where || socket.data.left) return;
  socket.data.left = true;
  socket.disconnect(close);
  socket.emit("saw", "afterlife");
  socket.join("afterlife");
}

export function lab(nsp) {
  nsp.use((socket, next) => {
    visit(socket, "middleware");
    next();
  });
  nsp.on("connection", (socket) => {
    visit(socket, "connection");
    socket.onAny(() => visit(socket, "any"));
    socket.on("event", (ack) => {
      visit(socket, "event");
      if (ack) ack("done");
    });
    socket.on("question", () => socket.emit("question", () => visit(socket, "response")));
    socket.on("timer", () => setTimeout(visit, 10, socket, "timer"));
    socket.on("thread", () => setImmediate(visit, socket, "post"));
    socket.on("disconnecting", () => visit(socket, "disconnecting"));
    socket.on("disconnect", () => visit(socket, "disconnect"));
  });
}
