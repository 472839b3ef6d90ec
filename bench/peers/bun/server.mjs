// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the rtcio authors
//
// The peer `bun`: socket.io on Bun with its own engine, @socket.io/bun-engine.
//
// Usage: bun server.mjs [--port N] [--host H]

import { Server as Engine } from "@socket.io/bun-engine";
import { Server } from "socket.io";
import { behave, option } from "../behaviour.mjs";
import { relayFor } from "../faults.mjs";

const engine = new Engine({ path: "/socket.io/", cors: { origin: "*" } });
const io = new Server();
io.bind(engine);
behave(io, relayFor(""));

const host = option("host", "127.0.0.1");
const server = Bun.serve({ hostname: host, port: Number(option("port", "0")), ...engine.handler() });
console.log(`listening on http://${host}:${server.port}`);
process.on("SIGTERM", () => process.exit(0));
