// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the rtcio authors

// The channel that every peer connection has: events of the application as JSON, in order. Also
// carries what two clients of this kind tell each other, under names of their own.

import { parseEnvelope, utf8Length } from "./channel.js";
import { isReservedEvent, PRIVATE_PREFIX } from "./events.js";
import type { Log } from "./log.js";

const LABEL = "rtcio:ctrl";
const N_WAITING_MAX = 1024;
const RECEIVE_MAX_UNITS = 1_048_576;
const HIGH_BYTES = 1024 * 1024;
const LOW_BYTES = 256 * 1024;
const WAITING_MAX_BYTES = 16 * 1024 * 1024;
/** What a browser takes whose session description does not say it. */
const MESSAGE_DEFAULT_BYTES = 65536;

/** The largest message that the other side takes, in bytes. */
export function maxMessageSize(connection: RTCPeerConnection): number {
  return connection.sctp?.maxMessageSize || MESSAGE_DEFAULT_BYTES;
}

export interface CtrlHooks {
  opened(): void;
  closed(): void;
  /** An event for the application. `ackId` is there if the peer waits for an answer. */
  event(name: string, args: unknown[], ackId: number | undefined): void;
  /** A message of the library itself, without its prefix. */
  internal(name: string, args: unknown[]): void;
}

/** The ctrl channel of one peer connection. */
export class Ctrl {
  readonly dc: RTCDataChannel;
  /** Envelopes that wait for the channel to open, or for room. */
  readonly queue: string[] = [];
  private queuedUnits = 0;

  constructor(
    private readonly connection: RTCPeerConnection,
    private readonly hooks: CtrlHooks,
    private readonly log: Log,
  ) {
    this.dc = connection.createDataChannel(LABEL, { negotiated: true, id: 0, ordered: true });
    this.dc.bufferedAmountLowThreshold = LOW_BYTES;
    this.dc.onopen = () => {
      this.log.debug("Ctrl channel open");
      this.flush();
      hooks.opened();
    };
    this.dc.onclose = () => {
      this.drop();
      hooks.closed();
    };
    this.dc.onbufferedamountlow = () => this.flush();
    this.dc.onmessage = ({ data }) => this.receive(data);
  }

  get isOpen(): boolean {
    return this.dc.readyState === "open";
  }

  /** Whether an event that may be lost is worth sending now. */
  get isIdle(): boolean {
    return this.isOpen && !this.queue.length && this.dc.bufferedAmount < LOW_BYTES;
  }

  /** Sends an envelope, or lets it wait its turn. */
  send(envelope: string): void {
    const state = this.dc.readyState;
    if (state === "closing" || state === "closed") {
      this.log.warn("Ctrl channel is closed; event dropped");
    } else if (state === "open" && !this.queue.length && this.dc.bufferedAmount < HIGH_BYTES) {
      this.hand(envelope);
    } else if (state === "open" && this.queuedUnits + envelope.length > WAITING_MAX_BYTES / 2) {
      this.log.error("Ctrl channel: 16 MiB wait for a slow peer; event dropped");
    } else {
      this.enqueue(envelope, state);
    }
  }

  /** Sends a message of the library itself, to a peer that understands it. */
  sendInternal(name: string, ...args: unknown[]): void {
    if (this.isOpen) this.send(JSON.stringify({ e: PRIVATE_PREFIX + name, d: args }));
  }

  close(): void {
    this.dc.onopen = this.dc.onclose = this.dc.onmessage = this.dc.onbufferedamountlow = null;
    this.dc.close();
    this.drop();
  }

  private drop(): void {
    this.queue.length = 0;
    this.queuedUnits = 0;
  }

  private enqueue(envelope: string, state: RTCDataChannelState): void {
    if (state === "connecting" && this.queue.length >= N_WAITING_MAX) {
      this.queuedUnits -= this.queue.shift()!.length;
      this.log.warn(`Ctrl channel: ${N_WAITING_MAX} events wait for it to open; oldest dropped`);
    }
    this.queue.push(envelope);
    this.queuedUnits += envelope.length;
  }

  private flush(): void {
    while (this.queue.length && this.isOpen && this.dc.bufferedAmount < HIGH_BYTES) {
      const envelope = this.queue.shift()!;
      this.queuedUnits -= envelope.length;
      this.hand(envelope);
    }
  }

  private hand(envelope: string): void {
    const most = maxMessageSize(this.connection);
    if (envelope.length * 3 > most && utf8Length(envelope) > most) {
      this.log.error(
        `Event of ${utf8Length(envelope)} bytes dropped: the peer takes ${most} at a time. Use a channel and send parts.`,
      );
      return;
    }
    try {
      this.dc.send(envelope);
    } catch (error) {
      this.log.error("Ctrl channel: event dropped", { error });
    }
  }

  private receive(data: unknown): void {
    if (typeof data !== "string") return;
    if (data.length > RECEIVE_MAX_UNITS) {
      this.log.warn("Ctrl message too long; dropped", { length: data.length });
      return;
    }
    const envelope = parseEnvelope(data);
    if (!envelope) {
      this.log.warn("Ctrl message is no event; dropped");
      return;
    }
    const { e: name, d: args, i: ackId } = envelope;
    if (name.startsWith(PRIVATE_PREFIX)) {
      this.hooks.internal(name.slice(PRIVATE_PREFIX.length), args);
    } else if (isReservedEvent(name)) {
      this.log.warn("Reserved event from a peer; dropped", { event: name });
    } else {
      this.hooks.event(name, args, typeof ackId === "number" ? ackId : undefined);
    }
  }
}
