// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the rtcio authors
//
// What every socket.io peer does with its events: the relay of rtc.io-server and the rooms of
// its production example. Nothing is left out that rtcio does, nothing is added that Node users
// would not write. Knows no engine.

/** Attaches everything to the socket.io server io. relay(socket, payload) forwards a message. */
export function behave(io, relay) {
  const passwords = new Map();

  function others(socket, room) {
    const members = io.sockets.adapter.rooms.get(room);
    return members === undefined ? [] : [...members].filter((id) => id !== socket.id);
  }

  // Tells who may not come in, and why.
  function refusal(payload, members) {
    const wanted = passwords.get(payload.roomId);
    const password = typeof payload.password === "string" ? payload.password.trim() : "";
    if (members.length > 0 && wanted !== undefined && wanted !== password)
      return password === "" ? "password-required" : "wrong-password";
    if (members.length === 0) {
      if (password === "") passwords.delete(payload.roomId);
      else passwords.set(payload.roomId, password);
    }
    return undefined;
  }

  function backfill(socket, roomId, members) {
    for (const id of members) {
      const member = io.sockets.sockets.get(id);
      if (member === undefined) continue;
      socket.emit("user-connected", { name: member.data.name, id });
      if (member.data.media !== undefined) socket.emit("media-state", { id, roomId, ...member.data.media });
    }
  }

  function join(socket, payload) {
    const roomId = payload?.roomId;
    if (typeof roomId !== "string" || roomId === "") {
      socket.emit("join-error", { reason: "invalid-room", roomId });
      return;
    }
    const members = others(socket, roomId);
    const reason = refusal(payload, members);
    if (reason !== undefined) {
      socket.emit("join-error", { reason, roomId });
      return;
    }
    socket.data.name = payload.name;
    socket.data.roomId = roomId;
    socket.join(roomId);
    backfill(socket, roomId, members);
    socket.emit("join-ok", { roomId });
    socket.to(roomId).emit("user-connected", { name: payload.name, id: socket.id });
    socket.to(roomId).emit("#rtcio:init-offer", { source: socket.id });
  }

  function depart(socket, roomId) {
    if (others(socket, roomId).length === 0) passwords.delete(roomId);
    socket.to(roomId).emit("user-disconnected", { id: socket.id });
    socket.to(roomId).emit("#rtcio:peer-left", { id: socket.id });
  }

  io.on("connection", (socket) => {
    socket.on("#rtcio:message", (payload) => relay(socket, payload));
    socket.on("join-room", (payload) => join(socket, payload));
    socket.on("leave-room", (payload) => {
      if (typeof payload?.roomId !== "string" || !socket.rooms.has(payload.roomId)) return;
      depart(socket, payload.roomId);
      socket.leave(payload.roomId);
    });
    socket.on("media-state", (payload) => {
      if (typeof payload?.roomId !== "string") return;
      if (typeof payload.mic === "boolean" && typeof payload.cam === "boolean")
        socket.data.media = { mic: payload.mic, cam: payload.cam };
      socket.to(payload.roomId).emit("media-state", payload);
    });
    for (const event of ["stopScreenShare", "chat-message"])
      socket.on(event, (payload) => {
        if (typeof payload?.roomId === "string") socket.to(payload.roomId).emit(event, payload);
      });
    socket.on("disconnecting", () => {
      for (const room of socket.rooms) if (room !== socket.id) depart(socket, room);
    });
  });
}

/** The value of --name on the command line. */
export function option(name, fallback) {
  const at = process.argv.indexOf(`--${name}`);
  return at > 0 ? process.argv[at + 1] : fallback;
}

/** Answers the requests that are not socket.io's. */
export function health(req, res) {
  res.statusCode = req.url === "/health" ? 200 : 404;
  res.end(req.url === "/health" ? "ok" : "");
}
