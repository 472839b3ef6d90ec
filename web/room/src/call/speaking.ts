// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the rtcio authors

// Who is talking. Browsers measure how loud each voice is anyway, what they send and what they play;
// it is only read here, from the statistics, and nothing is sampled for it. A look begins when the
// one before is done: a page that has no time must not be asked ever more.

import { Emitter } from "../lib/emitter.js";
import type { Participant } from "./participant.js";
import type { Room } from "./room.js";

const LOOK_MS = 200;
/** With many people less often: each is a look of its own. */
const LOOK_MS_EACH = 40;
/** From here on it is a voice (-36 dB, where 1 is as loud as can be); below, a quiet room. */
const VOICE = 0.016;
/** Pauses between words are shorter than this. */
const HOLD_MS = 700;

/** Whether one voice counts as talking: at the first loud moment, and not for each pause no longer. */
export class Voice {
  private until = -Infinity;

  /** @param level - 0 to 1, @param now - in milliseconds */
  hear(level: number, now: number): boolean {
    if (level >= VOICE) this.until = now + HOLD_MS;
    return now < this.until;
  }
}

type Events = {
  /** Somebody began or ceased to talk; undefined: this side. */
  change: [who: Participant | undefined, talks: boolean];
};

interface Heard {
  voice: Voice;
  talks: boolean;
}

export class Speaking extends Emitter<Events> {
  private readonly heard = new Map<Participant | undefined, Heard>();
  private timer: ReturnType<typeof setTimeout> | undefined;
  private isClosed = false;

  constructor(private readonly room: Room) {
    super();
    room.on("went", (participant) => this.heard.delete(participant));
    void this.look();
  }

  close(): void {
    this.isClosed = true;
    clearTimeout(this.timer);
  }

  private async look(): Promise<void> {
    const { participants } = this.room;
    // Not if nobody sees the page, or is there to talk with.
    if (!document.hidden && (participants.size || this.heard.size)) await this.hearAll();
    if (!this.isClosed) this.timer = setTimeout(() => void this.look(), Math.max(LOOK_MS, LOOK_MS_EACH * participants.size));
  }

  private async hearAll(): Promise<void> {
    const { participants, media } = this.room;
    let own = 0;
    for (const participant of [...participants.values()]) {
      const levels = await this.levels(participant);
      if (participants.get(participant.id) !== participant) continue;
      own = Math.max(own, levels.own);
      this.hear(participant, participant.mic, levels.theirs);
    }
    this.hear(undefined, media.isOn("audio"), own);
  }

  private hear(who: Participant | undefined, isOn: boolean, level: number): void {
    let heard = this.heard.get(who);
    if (!heard) this.heard.set(who, (heard = { voice: new Voice(), talks: false }));
    const talks = heard.voice.hear(level, performance.now()) && isOn;
    if (talks === heard.talks) return;
    heard.talks = talks;
    this.fire("change", who, talks);
  }

  /** How loud somebody is heard, and this side's microphone as it is sent there: 0 to 1. */
  private async levels(participant: Participant): Promise<{ theirs: number; own: number }> {
    const theirIds = participant.camera?.getAudioTracks().map(({ id }) => id) ?? [];
    const ownId = this.room.media.track("audio")?.id;
    const levels = { theirs: 0, own: 0 };
    const reports = await this.room.socket.getPeer(participant.id)?.connection.getStats().catch(() => undefined);
    for (const { type, audioLevel, trackIdentifier } of reports?.values() ?? []) {
      if (typeof audioLevel !== "number") continue;
      if (type === "inbound-rtp" && theirIds.includes(trackIdentifier)) levels.theirs = audioLevel;
      if (type === "media-source" && trackIdentifier === ownId) levels.own = audioLevel;
    }
    return levels;
  }
}
