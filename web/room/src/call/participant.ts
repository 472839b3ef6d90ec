// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the rtcio authors

// Somebody else in the room, as far as this side knows.

import { cleanName } from "../lib/names.js";

/** How well a peer is reached: not yet, well, or for the moment not. */
export type Reach = "connecting" | "connected" | "reconnecting";

/** How packets go: within a network, across networks, or through a relay. */
export type Path = "local" | "direct" | "relayed";

export class Participant {
  name: string;
  /** Whether the server lists it in the room. Without that it is there by its connection alone. */
  listed = false;
  reach: Reach = "connecting";
  mic = true;
  cam = true;
  camera: MediaStream | undefined;
  screen: MediaStream | undefined;
  rttMs: number | undefined;
  path: Path | undefined;

  constructor(
    readonly id: string,
    name: unknown,
  ) {
    this.name = cleanName(name);
  }

  /** Whether it has ever been reached. */
  get reached(): boolean {
    return this.reach !== "connecting";
  }
}
