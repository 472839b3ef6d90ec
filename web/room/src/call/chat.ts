// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the rtcio authors

// Text, reactions and pointers: small messages over channels to all. Who says something is who
// the channel leads to.

import type { RTCIOBroadcastChannel } from "rtcio-client";
import { Emitter } from "../lib/emitter.js";
import { Allowance } from "./allowance.js";
import type { Participant } from "./participant.js";
import type { Room } from "./room.js";

export const MAX_TEXT = 2000;
export const REACTIONS = ["👍", "👏", "❤️", "😂", "😮", "🎉"] as const;
const POINTER_MS = 1000 / 60;

/** Whose picture the pointer is over, and where in it: 0 to 1 from its left and top. */
export interface Pointing {
  over: string;
  kind: "camera" | "screen";
  x: number;
  y: number;
}

type Events = {
  message: [from: Participant | undefined, text: string, at: Date];
  reaction: [from: Participant | undefined, emoji: string];
  pointer: [from: Participant, pointing: Pointing | undefined];
};

export class Chat extends Emitter<Events> {
  private readonly reactions: RTCIOBroadcastChannel;
  private readonly pointers: RTCIOBroadcastChannel;
  private pointedAt = 0;

  constructor(private readonly room: Room) {
    super();
    const { socket } = room;
    this.reactions = socket.createChannel("reaction", { ordered: false });
    this.pointers = socket.createChannel("cursors", { ordered: false, maxRetransmits: 0 });
    room.on("came", (participant) => this.hear(participant));
  }

  /** Says something to all who are in the room. To whom is not reached yet it goes when that is done.
   *  Returns false for nothing, or too much. */
  say(text: string): boolean {
    const trimmed = text.trim();
    if (!trimmed || trimmed.length > MAX_TEXT) return false;
    const at = Date.now();
    for (const id of this.room.participants.keys()) {
      this.room.socket.peer(id).createChannel("chat").emit("msg", { name: this.room.name, text: trimmed, at });
    }
    this.fire("message", undefined, trimmed, new Date(at));
    return true;
  }

  react(emoji: string): void {
    this.reactions.emit("emoji", { emoji });
    this.fire("reaction", undefined, emoji);
  }

  /** Points somewhere; undefined: no longer. At most 60 times a second. */
  point(pointing: Pointing | undefined): void {
    const now = performance.now();
    if (pointing && now - this.pointedAt < POINTER_MS) return;
    this.pointedAt = now;
    this.pointers.emit("move", { id: this.room.ownId, ...(pointing ?? { gone: true }) });
  }

  private hear(participant: Participant): void {
    const peer = this.room.socket.peer(participant.id);
    const texts = new Allowance(20, 5);
    const reactions = new Allowance(10, 5);
    peer.createChannel("chat").on("msg", (message: any) => {
      const text = message?.text;
      if (typeof text !== "string" || !text.trim() || text.length > MAX_TEXT || !texts.take()) return;
      this.fire("message", participant, text, new Date());
    });
    peer.createChannel("reaction", { ordered: false }).on("emoji", (message: any) => {
      if (!REACTIONS.includes(message?.emoji) || !reactions.take()) return;
      this.fire("reaction", participant, message.emoji);
    });
    peer.createChannel("cursors", { ordered: false, maxRetransmits: 0 }).on("move", (message: any) => {
      this.fire("pointer", participant, pointingOf(message));
    });
  }
}

function pointingOf(message: any): Pointing | undefined {
  const { x, y, over, kind, gone } = message ?? {};
  const inside = (value: unknown): value is number => typeof value === "number" && value >= 0 && value <= 1;
  if (gone || !inside(x) || !inside(y) || typeof over !== "string") return undefined;
  return { over, kind: kind === "screen" ? "screen" : "camera", x, y };
}
