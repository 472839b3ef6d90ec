// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the rtcio authors
//
// The peer `node`: socket.io from npm with its default WebSocket engine, ws.
//
// Usage: node node-socketio.mjs [--port N] [--host H] [--fault F]
// Port 0: any; the URL is printed.

import { createServer } from "node:http";
import { Server } from "socket.io";
import { behave, health, option } from "./behaviour.mjs";
import { relayFor } from "./faults.mjs";

const http = createServer(health);
behave(new Server(http, { cors: { origin: "*" } }), relayFor(option("fault", "")));

const host = option("host", "127.0.0.1");
http.listen(Number(option("port", "0")), host, () => {
  console.log(`listening on http://${host}:${http.address().port}`);
});
process.on("SIGTERM", () => process.exit(0));
