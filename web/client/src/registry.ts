// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the rtcio authors

// The streams that the application has emitted: to whom, under which events, with which arguments.
// Peers that come later get them from here.

import { findStreams, toWire } from "./payload.js";
import type { RTCIOStream } from "./stream.js";
import type { Signal } from "./signaling.js";

/** How long after `untrackStream()` a peer may still ask what a stream is. */
const RETIRED_MS = 30_000;

interface Emission {
  args: unknown[];
  /** Counts emissions, so that a peer knows a new one from a repeated one. */
  seq: number;
}

interface Registered {
  toAll: Map<string, Emission>;
  toPeer: Map<string, Map<string, Emission>>;
}

/** The streams of one socket. Arguments are kept as they were given, not copied. */
export class StreamRegistry {
  private readonly streams = new Map<RTCIOStream, Registered>();
  private readonly retired = new Map<RTCIOStream, { registered: Registered; until: number }>();
  private nEmissions = 0;

  /**
   * Registers what was emitted, to one peer or to all.
   *
   * @throws TypeError if the arguments contain themselves
   */
  add(event: string, args: unknown[], streams: RTCIOStream[], peerId?: string): void {
    toWire(args);
    const emission = { args, seq: ++this.nEmissions };
    for (const stream of streams) {
      const registered = this.streams.get(stream) ?? { toAll: new Map(), toPeer: new Map() };
      this.streams.set(stream, registered);
      this.retired.delete(stream);
      if (peerId === undefined) {
        registered.toAll.set(event, emission);
        continue;
      }
      const events = registered.toPeer.get(peerId) ?? new Map<string, Emission>();
      registered.toPeer.set(peerId, events.set(event, emission));
    }
  }

  /** @returns whether the stream was registered */
  remove(stream: RTCIOStream): boolean {
    const registered = this.streams.get(stream);
    if (!registered) return false;
    this.streams.delete(stream);
    this.expire();
    this.retired.set(stream, { registered, until: Date.now() + RETIRED_MS });
    return true;
  }

  has(stream: RTCIOStream): boolean {
    return this.streams.has(stream);
  }

  /** The streams that a peer is to get, in the order of their first emission. */
  for(peerId: string): RTCIOStream[] {
    return [...this.streams]
      .filter(([, { toAll, toPeer }]) => toAll.size || toPeer.has(peerId))
      .map(([stream]) => stream);
  }

  /** Forgets what only this peer was to get. */
  forget(peerId: string): void {
    for (const [stream, { toAll, toPeer }] of [...this.streams]) {
      toPeer.delete(peerId);
      if (!toAll.size && !toPeer.size) this.streams.delete(stream);
    }
  }

  /**
   * What the stream with this MediaStream id was emitted as.
   *
   * @param only - one event alone
   * @returns undefined if the peer was not sent it
   */
  describe(mid: string, peerId: string, only?: string): Signal | undefined {
    this.expire();
    const events: Record<string, unknown[]> = {};
    const seq: Record<string, number> = {};
    const ids: Record<string, string> = {};
    const retired = [...this.retired].map(([stream, { registered }]) => [stream, registered] as const);
    for (const [stream, { toAll, toPeer }] of [...this.streams, ...retired]) {
      if (stream.mediaStream.id !== mid) continue;
      for (const [event, emission] of [...toAll, ...(toPeer.get(peerId) ?? [])]) {
        if (only !== undefined && event !== only) continue;
        events[event] = toWire(emission.args);
        seq[event] = emission.seq;
        for (const { id, mediaStream } of findStreams(emission.args)) ids[id] = mediaStream.id;
      }
    }
    return Object.keys(events).length ? { mid, events, ids, seq } : undefined;
  }

  private expire(): void {
    const now = Date.now();
    for (const [stream, { until }] of this.retired) if (until <= now) this.retired.delete(stream);
  }
}
