// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the rtcio authors

// One data channel to one peer: the queue before it opens and while the browser is busy. It knows
// neither peers nor names; what goes over it, docs/client.md says.

import { CHANNEL_EVENTS } from "./events.js";
import { Emitter } from "./listeners.js";
import { reason } from "./log.js";

/** What a channel guarantees, and how much it holds back. */
export interface ChannelOptions {
  /** Whether messages arrive in the order they were sent in. Default true. */
  ordered?: boolean;
  /** Most retransmissions of a message; without this and `maxPacketLifeTime`, until it arrives. */
  maxRetransmits?: number;
  /** Milliseconds for which a message is retransmitted. Excludes `maxRetransmits`. */
  maxPacketLifeTime?: number;
  /** Name of the protocol, for the application. */
  protocol?: string;
  /** Most bytes that wait in the page. Default 1 MiB. */
  queueBudget?: number;
  /** Bytes in the browser's hands at which more waits in the page. Default and most 16 MiB. */
  highWatermark?: number;
  /** Bytes in the browser's hands at which `drain` tells to go on. Default 1 MiB; at most half of
   *  the high watermark. */
  lowWatermark?: number;
}

export const QUEUE_BUDGET = 1024 * 1024;
export const HIGH_WATERMARK = 16 * 1024 * 1024;
export const LOW_WATERMARK = 1024 * 1024;

// Chromium refuses a message that would take its queue beyond this, and closed the channel for it
// in the past.
const BROWSER_QUEUE = 16 * 1024 * 1024;

// What a peer sends before the application has asked for the channel, that it may still get it.
const UNCLAIMED_BYTES = 1024 * 1024;

type Payload = string | ArrayBuffer;

/** Bytes a queued message is counted as: strings by their UTF-16 units. */
function sizeOf(data: Payload): number {
  return typeof data === "string" ? 2 * data.length : data.byteLength;
}

function copyOf(data: Payload | ArrayBufferView): Payload {
  if (typeof data === "string") return data;
  if (data instanceof ArrayBuffer) return data.slice(0);
  const view = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  return view.slice().buffer;
}

/** Bytes of the string in UTF-8, which is what goes over the wire. */
export function utf8Length(text: string): number {
  let n = text.length;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit > 0x7f) n += unit > 0x7ff ? 2 : 1;
    // A pair of surrogates has four bytes, not twice three.
    if ((unit & 0xfc00) === 0xd800 && (text.charCodeAt(i + 1) & 0xfc00) === 0xdc00) i++;
  }
  return n;
}

/** `{"e":name,"d":arguments}`: an event in JSON, on custom channels and on ctrl. */
export function parseEnvelope(text: string): { e: string; d: unknown[]; i?: unknown } | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof value !== "object" || value === null) return undefined;
  const { e, d, i } = value as Record<string, unknown>;
  return typeof e === "string" ? { e, d: Array.isArray(d) ? d : [], i } : undefined;
}

/**
 * A data channel to one peer. Fires `open`, `close`, `error` (an Error), `drain`, `data` (an
 * ArrayBuffer, or a string that is no event) and the peer's events.
 */
export class RTCIOChannel extends Emitter {
  private dc: RTCDataChannel | undefined;
  private sink: ((event: string, args: unknown[]) => void) | undefined;
  private queue: Payload[] = [];
  private queuedBytes = 0;
  private ended = false;
  private drainOwed = false;
  private retry: ReturnType<typeof setTimeout> | undefined;
  private claimed = true;
  private unclaimed: [event: string, args: unknown[]][] = [];
  private unclaimedBytes = 0;
  private maxMessageSize: () => number = () => Infinity;
  private readonly high: number;
  private readonly low: number;

  /**
   * Channels come from `createChannel()`.
   *
   * @param queueBudget - most bytes that wait in the page
   */
  constructor(
    private readonly queueBudget = QUEUE_BUDGET,
    highWatermark = HIGH_WATERMARK,
    lowWatermark = LOW_WATERMARK,
  ) {
    super();
    this.high = Math.max(1, Math.min(highWatermark, BROWSER_QUEUE));
    this.low = Math.min(Math.max(0, lowWatermark), Math.floor(this.high / 2));
  }

  /** `connecting`, `open`, `closing` or `closed`. */
  get readyState(): RTCDataChannelState {
    return this.dc?.readyState ?? (this.ended ? "closed" : "connecting");
  }

  /** Bytes that the browser has taken and not sent yet. */
  get bufferedAmount(): number {
    return this.dc?.bufferedAmount ?? 0;
  }

  /**
   * Sends an event with arguments that JSON can carry.
   *
   * @returns as {@link send}
   */
  emit(event: string, ...args: unknown[]): boolean {
    return this.send(JSON.stringify({ e: event, d: args }));
  }

  /**
   * Sends a message. What the browser cannot take now waits, up to the queue's budget; `drain`
   * fires when there is room again.
   *
   * @param data - binary data, copied if it has to wait; or a string
   * @returns true if the browser has taken it. False if it waits, or was refused: then `error`
   *   fires too, and it is not sent.
   */
  send(data: ArrayBuffer | ArrayBufferView | string): boolean {
    const isBinary = data instanceof ArrayBuffer || ArrayBuffer.isView(data);
    if (typeof data !== "string" && !isBinary) {
      return this.refuse("send() takes an ArrayBuffer, a view of one, or a string");
    }
    if (this.ended) return this.refuse("the channel is closed");
    const size = typeof data === "string" ? 2 * data.length : data.byteLength;
    if (this.dc?.readyState === "open") {
      if (this.isTooLarge(data, size)) return false;
      if (!this.queue.length && this.hasRoom(size)) {
        try {
          this.dc.send(data as string);
          return true;
        } catch (error) {
          if (!isQueueFull(error)) return this.refuse(reason(error));
        }
      }
    }
    return this.enqueue(data, size);
  }

  /** Closes the channel on both sides. What waits is dropped. */
  close(): void {
    if (this.ended) return;
    const { dc } = this;
    this.end();
    if (dc) {
      dc.onclose = null;
      dc.close();
    }
    this.fire("close", []);
  }

  /** @internal Uses a data channel of the browser, a new one instead of an old one included. */
  _attach(dc: RTCDataChannel, maxMessageSize: () => number): void {
    this._detach();
    this.ended = false;
    this.dc = dc;
    this.maxMessageSize = maxMessageSize;
    dc.binaryType = "arraybuffer";
    dc.bufferedAmountLowThreshold = this.low;
    dc.onopen = () => this.opened();
    dc.onclose = () => this.close();
    dc.onbufferedamountlow = () => this.flush(true);
    dc.onmessage = ({ data }) => this.receive(data);
    dc.onerror = (event) => {
      const { error } = event as RTCErrorEvent;
      // What a peer does by leaving is a close, not an error.
      if (error && error.errorDetail !== "sctp-failure") this.fire("error", [error]);
    };
    if (dc.readyState === "open") queueMicrotask(() => this.dc === dc && this.opened());
  }

  /** @internal Lets the browser's channel go, without a word; the queue stays. */
  _detach(): void {
    const { dc } = this;
    if (!dc) return;
    dc.onopen = dc.onclose = dc.onbufferedamountlow = dc.onmessage = dc.onerror = null;
    this.dc = undefined;
    clearTimeout(this.retry);
  }

  /** @internal Opens a closed channel again, once it is attached. */
  _reopen(): void {
    this.ended = false;
  }

  /** @internal Everything that fires goes here too. */
  _tap(sink: ((event: string, args: unknown[]) => void) | undefined): void {
    this.sink = sink;
  }

  /** @internal Nobody has asked for the channel: what arrives waits, within limits. */
  _hold(): void {
    this.claimed = false;
  }

  /** @internal Somebody has. @returns whether it was held */
  _claim(): boolean {
    if (this.claimed) return false;
    this.claimed = true;
    // After the caller has had the time to add listeners.
    queueMicrotask(() => {
      const held = this.unclaimed;
      this.unclaimed = [];
      this.unclaimedBytes = 0;
      for (const [event, args] of held) this.fire(event, args);
    });
    return true;
  }

  private end(): void {
    this._detach();
    this.ended = true;
    this.queue = [];
    this.queuedBytes = 0;
    this.drainOwed = false;
  }

  private opened(): void {
    this.sendQueued();
    this.fire("open", []);
    this.drainIfDue(false);
    this.waitForRoom();
  }

  private receive(data: unknown): void {
    if (typeof data !== "string") {
      this.deliver("data", [data], (data as ArrayBuffer).byteLength);
      return;
    }
    const envelope = parseEnvelope(data);
    if (!envelope) this.deliver("data", [data], data.length);
    else if (!CHANNEL_EVENTS.has(envelope.e)) this.deliver(envelope.e, envelope.d, data.length);
  }

  private deliver(event: string, args: unknown[], size: number): void {
    if (this.claimed && !this.unclaimed.length) return this.fire(event, args);
    if (this.unclaimedBytes + size > UNCLAIMED_BYTES) return;
    this.unclaimedBytes += size;
    this.unclaimed.push([event, args]);
  }

  private fire(event: string, args: unknown[]): void {
    const heard = this.listeners.emit(this, event, args);
    this.sink?.(event, args);
    if (event === "error" && !heard && !this.sink) console.error("[rtc-io]", args[0]);
  }

  /** @returns false, for the caller to return */
  private refuse(why: string): false {
    this.fire("error", [new Error(`RTCIOChannel: ${why}`)]);
    return false;
  }

  private isTooLarge(data: string | ArrayBuffer | ArrayBufferView, size: number): boolean {
    const most = this.maxMessageSize();
    // A string of n units has at most 3n bytes; most need not be counted.
    if (typeof data === "string" ? size * 1.5 <= most : size <= most) return false;
    const bytes = typeof data === "string" ? utf8Length(data) : size;
    if (bytes <= most) return false;
    this.refuse(`a message of ${bytes} bytes; the peer takes ${most}, send it in parts`);
    return true;
  }

  private hasRoom(size: number): boolean {
    const buffered = this.dc!.bufferedAmount;
    return buffered < this.high && (buffered + size <= BROWSER_QUEUE || buffered === 0);
  }

  /** @returns false, for the caller to return */
  private enqueue(data: Payload | ArrayBufferView, size: number): false {
    this.drainOwed = true;
    if (this.queuedBytes + size > this.queueBudget) {
      this.refuse("queue budget exceeded — wait for 'drain' before sending more");
    } else {
      this.queue.push(copyOf(data));
      this.queuedBytes += size;
    }
    this.waitForRoom();
    return false;
  }

  private flush(isLow: boolean): void {
    this.sendQueued();
    this.drainIfDue(isLow);
    this.waitForRoom();
  }

  private sendQueued(): void {
    const { dc } = this;
    while (this.queue.length && dc?.readyState === "open") {
      const data = this.queue[0]!;
      const size = sizeOf(data);
      if (!this.isTooLarge(data, size)) {
        if (!this.hasRoom(size)) break;
        try {
          dc.send(data as string);
        } catch (error) {
          if (isQueueFull(error)) break;
          this.refuse(reason(error));
        }
      }
      if (this.dc !== dc) return;
      this.queue.shift();
      this.queuedBytes -= size;
    }
  }

  /** `drain` follows every false that send() returned, and every fall below the low watermark. */
  private drainIfDue(isLow: boolean): void {
    if (this.dc?.readyState !== "open" || this.queue.length) return;
    if (this.dc.bufferedAmount > this.low || !(isLow || this.drainOwed)) return;
    this.drainOwed = false;
    this.fire("drain", []);
  }

  // The browser tells when its queue falls below the low watermark. Where it is below already and
  // a message does not fit nonetheless, nothing will be told.
  private waitForRoom(): void {
    clearTimeout(this.retry);
    const { dc } = this;
    if (dc?.readyState !== "open" || dc.bufferedAmount > this.low) return;
    if (this.queue.length || this.drainOwed) this.retry = setTimeout(() => this.flush(false), 10);
  }
}

function isQueueFull(error: unknown): boolean {
  return error instanceof DOMException && error.name === "OperationError";
}
