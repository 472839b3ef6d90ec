// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the rtcio authors
//
// The peer `eiows`: socket.io with eiows, a native WebSocket engine, in place of ws.
//
// Usage: node server.mjs [--port N] [--host H]

import { createServer } from "node:http";
import { createRequire } from "node:module";
import { Server } from "socket.io";
import { behave, health, option } from "../behaviour.mjs";
import { relayFor } from "../faults.mjs";

const eiows = createRequire(import.meta.url)("eiows");
const http = createServer(health);
behave(new Server(http, { cors: { origin: "*" }, wsEngine: eiows.Server }), relayFor(""));

const host = option("host", "127.0.0.1");
http.listen(Number(option("port", "0")), host, () => {
  console.log(`listening on http://${host}:${http.address().port}`);
});
process.on("SIGTERM", () => process.exit(0));
