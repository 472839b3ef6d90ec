// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the rtcio authors
//
// The peer that rtcio is measured against: socket.io from npm with the relay of rtc.io-server and
// the rooms of its production example. Nothing is left out that the other side does, nothing is
// added that Node users would not write.
//
// Usage: node node-socketio.mjs [--port N] [--host H]     (port 0: any; the URL is printed)

import { createServer } from "node:http";
import { Server } from "socket.io";
import { relayFor } from "./faults.mjs";

function option(name, fallback) {
  const at = process.argv.indexOf(`--${name}`);
  return at > 0 ? process.argv[at + 1] : fallback;
}

const http = createServer((req, res) => {
  res.statusCode = req.url === "/health" ? 200 : 404;
  res.end(req.url === "/health" ? "ok" : "");
});
const io = new Server(http, { cors: { origin: "*" } });
const passwords = new Map();

function others(socket, room) {
  const members = io.sockets.adapter.rooms.get(room);
  return members === undefined ? [] : [...members].filter((id) => id !== socket.id);
}

function join(socket, payload) {
  const roomId = payload?.roomId;
  if (typeof roomId !== "string" || roomId === "") {
    socket.emit("join-error", { reason: "invalid-room", roomId });
    return;
  }
  const password = typeof payload.password === "string" ? payload.password.trim() : "";
  const members = others(socket, roomId);
  const wanted = passwords.get(roomId);
  if (members.length > 0 && wanted !== undefined && wanted !== password) {
    const reason = password === "" ? "password-required" : "wrong-password";
    socket.emit("join-error", { reason, roomId });
    return;
  }
  if (members.length === 0) {
    if (password === "") passwords.delete(roomId);
    else passwords.set(roomId, password);
  }
  socket.data.name = payload.name;
  socket.data.roomId = roomId;
  socket.join(roomId);
  for (const id of members) {
    const member = io.sockets.sockets.get(id);
    if (member === undefined) continue;
    socket.emit("user-connected", { name: member.data.name, id });
    if (member.data.media !== undefined) socket.emit("media-state", { id, roomId, ...member.data.media });
  }
  socket.emit("join-ok", { roomId });
  socket.to(roomId).emit("user-connected", { name: payload.name, id: socket.id });
  socket.to(roomId).emit("#rtcio:init-offer", { source: socket.id });
}

function depart(socket, roomId) {
  if (others(socket, roomId).length === 0) passwords.delete(roomId);
  socket.to(roomId).emit("user-disconnected", { id: socket.id });
  socket.to(roomId).emit("#rtcio:peer-left", { id: socket.id });
}

const relay = relayFor(option("fault", ""));

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

const host = option("host", "127.0.0.1");
http.listen(Number(option("port", "0")), host, () => {
  console.log(`listening on http://${host}:${http.address().port}`);
});
process.on("SIGTERM", () => process.exit(0));
