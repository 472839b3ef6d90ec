// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the rtcio authors

// Node's socket.io with the relay of the original rtc.io server and the rooms of its examples:
// nothing is checked, a room that is joined again introduces again, and recovery of connections
// appends an offset to every event.

import http from "node:http";
import type { AddressInfo } from "node:net";
import { Server } from "socket.io";

export class ReferenceServer {
  #http = http.createServer();
  #io: Server;

  constructor(isRecovering = true) {
    this.#io = new Server(this.#http, {
      cors: { origin: "*" },
      ...(isRecovering && { connectionStateRecovery: { maxDisconnectionDuration: 120_000, skipMiddlewares: true } }),
    });
    this.#io.on("connection", (socket) => {
      socket.on("#rtcio:message", (payload) => socket.to(payload.target).emit("#rtcio:message", payload));
      socket.on("join-room", ({ roomId, name }) => {
        void socket.join(roomId);
        socket.emit("join-ok", { roomId });
        socket.to(roomId).emit("user-connected", { id: socket.id, name });
        socket.to(roomId).emit("#rtcio:init-offer", { source: socket.id });
      });
      socket.on("ask-ice", (answer) => answer({ iceServers: [{ urls: "stun:127.0.0.1:9" }] }));
      socket.on("disconnecting", () => {
        for (const room of socket.rooms) {
          if (room !== socket.id) socket.to(room).emit("#rtcio:peer-left", { id: socket.id });
        }
      });
    });
  }

  async start(): Promise<this> {
    await new Promise<void>((resolve) => this.#http.listen(0, "127.0.0.1", resolve));
    return this;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#http.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    this.#http.closeAllConnections();
    await this.#io.close();
  }
}
