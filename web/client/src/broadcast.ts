// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the rtcio authors

// One name, a channel to each peer: now, and to those who come later.

import type { RTCIOChannel } from "./channel.js";
import { Emitter } from "./listeners.js";

/**
 * A channel to every peer, those who join later included. Fires what its channels fire, except
 * that `close` comes when the last one is gone or with {@link close}, and `peer-left` (the id)
 * when one is.
 */
export class RTCIOBroadcastChannel extends Emitter {
  private readonly channels = new Map<string, RTCIOChannel>();
  private isClosed = false;

  /** @internal @param onClose - forgets the channel */
  constructor(private readonly onClose: () => void) {
    super();
  }

  /** How many peers have the channel. */
  get peerCount(): number {
    return this.channels.size;
  }

  /** Whether {@link close} was called. */
  get closed(): boolean {
    return this.isClosed;
  }

  /** Sends an event to all. @returns as {@link send} */
  emit(event: string, ...args: unknown[]): boolean {
    return this.send(JSON.stringify({ e: event, d: args }));
  }

  /**
   * Sends a message to all peers that are here.
   *
   * @returns true if all channels have taken it, also when there are none
   */
  send(data: ArrayBuffer | ArrayBufferView | string): boolean {
    if (this.isClosed) {
      this.fire("error", [new Error("RTCIOBroadcastChannel: the channel is closed")]);
      return false;
    }
    let taken = true;
    for (const channel of [...this.channels.values()]) taken = channel.send(data) && taken;
    return taken;
  }

  /** Closes the channel to every peer; `createChannel()` makes a new one. */
  close(): void {
    if (this.isClosed) return;
    this.isClosed = true;
    const channels = [...this.channels];
    this.channels.clear();
    for (const [, channel] of channels) {
      channel._tap(undefined);
      channel.close();
    }
    this.fire("close", []);
    this.onClose();
  }

  /** @internal */
  _addPeer(peerId: string, channel: RTCIOChannel): void {
    if (this.channels.get(peerId) === channel) return;
    this.channels.set(peerId, channel);
    channel._tap((event, args) => {
      if (event === "close") this._removePeer(peerId);
      else this.fire(event, args);
    });
  }

  /** @internal @param silently - the peer was never there for the application */
  _removePeer(peerId: string, silently = false): void {
    const channel = this.channels.get(peerId);
    if (!channel) return;
    channel._tap(undefined);
    this.channels.delete(peerId);
    if (silently) return;
    this.fire("peer-left", [peerId]);
    if (!this.channels.size) this.fire("close", []);
  }

  private fire(event: string, args: unknown[]): void {
    const heard = this.listeners.emit(this, event, args);
    if (event === "error" && !heard) console.error("[rtc-io]", args[0]);
  }
}
