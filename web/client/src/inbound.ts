// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the rtcio authors

// The streams that one peer sends: collected from the connection's tracks, and announced to the
// application when the peer has told under which events they were emitted.

import { isReservedEvent } from "./events.js";
import type { Log } from "./log.js";
import { fromWire, streamIds } from "./payload.js";
import { RTCIOStream } from "./stream.js";
import type { Signal } from "./signaling.js";

/** When the peer is asked again what a stream is, after the first time. */
const ASK_AGAIN_MS = [1000, 3000];
/** How long after the last time the stream counts as one that has no event. */
const GIVE_UP_MS = 5000;
/** How long an answer waits for the stream it is about. */
const UNSEEN_MS = 10_000;
const N_UNSEEN_MAX = 16;
const N_STREAMS_MAX = 64;

export type Metadata = Extract<Signal, { events: unknown }>;

export interface InboundHooks {
  /** Asks the peer what the stream is. */
  ask(mid: string): void;
  /** A stream event for the application. */
  event(name: string, args: unknown[]): void;
  track(kind: "track-added" | "track-removed", stream: MediaStream, track: MediaStreamTrack): void;
}

interface Entry {
  mid: string;
  wrapper: RTCIOStream;
  /** Whether the application knows the stream, so that later tracks are news. */
  isKnown: boolean;
  nAsked: number;
  nAnswered: number;
  timer: ReturnType<typeof setTimeout> | undefined;
  /** What was delivered last, by event. */
  delivered: Map<string, string | number>;
}

export class Inbound {
  private readonly entries = new Map<string, Entry>();
  private readonly carried = new Map<RTCRtpTransceiver, { entry: Entry; track: MediaStreamTrack }>();
  private readonly watched = new WeakSet<MediaStream>();
  private unseen: { message: Metadata; timer: ReturnType<typeof setTimeout> }[] = [];

  constructor(
    private readonly hooks: InboundHooks,
    private readonly log: Log,
  ) {}

  /** The streams by the ids of their MediaStreams. */
  get streams(): Record<string, RTCIOStream> {
    return Object.fromEntries([...this.entries].map(([mid, { wrapper }]) => [mid, wrapper]));
  }

  /** The handler of the connection's `track` event. */
  receive({ streams, track, transceiver }: RTCTrackEvent): void {
    const stream = streams[0] ?? new MediaStream([track]);
    this.watch(stream);
    const old = this.carried.get(transceiver);
    if (old && old.track !== track) this.lose(old.entry, old.track);
    const entry = this.entries.get(stream.id) ?? this.add(stream);
    this.carried.set(transceiver, { entry, track });
    if (stream !== entry.wrapper.mediaStream) entry.wrapper._receive(track);
    if (entry.isKnown) this.hooks.track("track-added", entry.wrapper.mediaStream, track);
    // A track without a stream has no id by which the peer knows it.
    else if (!streams.length) this.makeKnown(entry, true);
    else if (!entry.nAsked) this.ask(entry);
    this.takeUnseen();
  }

  /** The peer tells what a stream is, asked or not. */
  describe(message: Metadata): void {
    const entry = this.entries.get(message.mid);
    if (!entry || !this.hasAll(message)) return this.hold(message);
    this.deliver(entry, message);
  }

  close(): void {
    for (const { wrapper, timer } of this.entries.values()) {
      clearTimeout(timer);
      wrapper.dispose();
    }
    this.entries.clear();
    this.carried.clear();
    for (const { message } of this.unseen) this.unhold(message);
  }

  private add(stream: MediaStream): Entry {
    if (this.entries.size >= N_STREAMS_MAX) this.evict();
    const entry: Entry = {
      mid: stream.id,
      wrapper: new RTCIOStream(stream),
      isKnown: false,
      nAsked: 0,
      nAnswered: 0,
      timer: undefined,
      delivered: new Map(),
    };
    this.entries.set(stream.id, entry);
    return entry;
  }

  /** Forgets the oldest stream, an empty one if there is one. */
  private evict(): void {
    const all = [...this.entries.values()];
    const victim = all.find(({ wrapper }) => !wrapper.mediaStream.getTracks().length) ?? all[0]!;
    clearTimeout(victim.timer);
    victim.wrapper.dispose();
    this.entries.delete(victim.mid);
  }

  /** The browser may make a new MediaStream for an id that it has had before. */
  private watch(stream: MediaStream): void {
    if (this.watched.has(stream)) return;
    this.watched.add(stream);
    stream.addEventListener("removetrack", ({ track }) => {
      const entry = this.entries.get(stream.id);
      if (!entry) return;
      for (const [transceiver, carried] of this.carried) {
        if (carried.track === track && carried.entry === entry) this.carried.delete(transceiver);
      }
      entry.wrapper._lose(track);
      if (entry.isKnown) this.hooks.track("track-removed", entry.wrapper.mediaStream, track);
    });
  }

  private lose(entry: Entry, track: MediaStreamTrack): void {
    if (!entry.wrapper.mediaStream.getTrackById(track.id)) return;
    entry.wrapper._lose(track);
    if (entry.isKnown) this.hooks.track("track-removed", entry.wrapper.mediaStream, track);
  }

  private ask(entry: Entry): void {
    clearTimeout(entry.timer);
    const again = ASK_AGAIN_MS[entry.nAsked];
    entry.nAsked++;
    this.hooks.ask(entry.mid);
    entry.timer = setTimeout(
      () => (again === undefined ? this.makeKnown(entry, true) : this.ask(entry)),
      again ?? GIVE_UP_MS,
    );
  }

  /** From now on the tracks are told one by one; `tell` those that are there, too. */
  private makeKnown(entry: Entry, tell: boolean): void {
    clearTimeout(entry.timer);
    if (entry.isKnown) return;
    entry.isKnown = true;
    if (!tell) return;
    this.log.debug("No event for a stream; its tracks are told alone");
    const { mediaStream } = entry.wrapper;
    for (const track of mediaStream.getTracks()) this.hooks.track("track-added", mediaStream, track);
  }

  /** Keeps what is told of a stream that has not come. What has come by then is told without what
   *  has not. */
  private hold(message: Metadata): void {
    if (this.unseen.length >= N_UNSEEN_MAX) this.unhold(this.unseen[0]!.message);
    const timer = setTimeout(() => {
      this.unhold(message);
      const entry = this.entries.get(message.mid);
      if (entry) this.deliver(entry, message);
    }, UNSEEN_MS);
    this.unseen.push({ message, timer });
  }

  private unhold(message: Metadata): void {
    clearTimeout(this.unseen.find((one) => one.message === message)?.timer);
    this.unseen = this.unseen.filter((one) => one.message !== message);
  }

  private takeUnseen(): void {
    for (const { message } of this.unseen) {
      const entry = this.entries.get(message.mid);
      if (!entry || !this.hasAll(message)) continue;
      this.unhold(message);
      this.deliver(entry, message);
    }
  }

  /** Whether all streams that the events name have arrived. */
  private hasAll({ events, ids }: Metadata): boolean {
    if (!ids) return true;
    return [...streamIds(events)].every((id) => typeof ids[id] !== "string" || this.entries.has(ids[id]!));
  }

  private deliver(entry: Entry, message: Metadata): void {
    const isRepeated = entry.nAnswered >= 1 && entry.nAnswered < entry.nAsked;
    entry.nAnswered++;
    for (const [event, args] of Object.entries(message.events)) {
      if (isReservedEvent(event)) {
        this.log.warn("Reserved event in a stream's metadata; dropped", { event });
        continue;
      }
      const seq = message.seq?.[event];
      const mark = typeof seq === "number" ? seq : JSON.stringify(args);
      // An original's answer to a question that was asked twice; numbers tell it for sure.
      const isDuplicate = entry.delivered.get(event) === mark && (typeof mark === "number" || isRepeated);
      if (isDuplicate) continue;
      const found = new Set([entry]);
      const revived = fromWire(args, (id) => this.find(entry, message, id, found));
      for (const one of found) {
        one.delivered.set(event, mark);
        this.makeKnown(one, false);
      }
      this.hooks.event(event, revived as unknown[]);
    }
  }

  /** The stream that a string names. An original does not say which; it sends one at a time. */
  private find(entry: Entry, { ids }: Metadata, id: string, found: Set<Entry>): RTCIOStream | undefined {
    const named = ids ? this.entries.get(String(ids[id])) : entry;
    if (!named) return undefined;
    named.wrapper.id = id;
    found.add(named);
    return named.wrapper;
  }
}
