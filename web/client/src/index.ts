// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the rtcio authors

export { RtcioEvents } from "./events.js";
export { protocol } from "socket.io-client";
