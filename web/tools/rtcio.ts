// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the rtcio authors

import { built, Server } from "../../tests/interop/lib/server.mjs";

export type { Server };

/** `rtcio serve` for pages, not started yet. @param args - further flags, which count more */
export function rtcioServer(...args: string[]): Server {
  const all = ["serve", "--host", "127.0.0.1", "--port", "0", "--max-joins", "100000", "--max-events", "0", "--close-timeout", "1000"];
  return new Server(built("rtcio"), [...all, ...args], { ready: /^rtcio is listening on http:\/\/.+:(\d+)$/ });
}
