// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the rtcio authors

import type { ChannelOptions, RTCIOChannel } from "./channel.js";
import { AckError } from "./acks.js";
import type { Listener } from "./listeners.js";
import type { Mesh } from "./mesh.js";
import { findStreams } from "./payload.js";

/** One peer, as `socket.peer(id)`. It need not be connected. */
export class PeerHandle {
  private timeoutMs: number;

  /** @internal */
  constructor(
    /** The peer's socket id. */
    readonly id: string,
    private readonly mesh: Mesh,
    ackTimeoutMs: number,
  ) {
    this.timeoutMs = ackTimeoutMs;
  }

  /** Whether events can be exchanged. */
  get connected(): boolean {
    return this.mesh.get(this.id)?.connectFired === true;
  }

  /**
   * Sends an event to this peer. Streams go to it alone; if it is not there yet, when it comes.
   * Other events need a peer that is connected or connecting, and are lost otherwise.
   */
  readonly emit = (event: string, ...args: any[]): void => {
    const plain = typeof args[args.length - 1] === "function" ? args.slice(0, -1) : args;
    if (plain !== args) {
      console.warn(`[rtc-io] peer.emit("${event}"): peers do not call back; use emitWithAck()`);
    }
    const streams = findStreams(plain);
    const peer = this.mesh.get(this.id);
    if (streams.length) {
      this.mesh.scope(this.id);
      this.mesh.emitStreams(event, plain, streams, this.id);
    } else if (peer) {
      this.mesh.emit(event, plain, false, [peer]);
    }
  };

  /**
   * Sends an event and waits for what the peer's listener answers: the last argument that it gets
   * is the function to answer with.
   *
   * @throws AckError if there is no answer in time, no such peer, or if it is an original rtc.io
   *   client
   */
  readonly emitWithAck = (event: string, ...args: any[]): Promise<any> => {
    if (findStreams(args).length) {
      return Promise.reject(new TypeError("[rtc-io] emitWithAck: streams are not answered; use emit()"));
    }
    const peer = this.mesh.get(this.id);
    return peer
      ? peer.ask(event, args, this.timeoutMs)
      : Promise.reject(new AckError("no such peer", this.id));
  };

  /** Sets how long {@link emitWithAck} waits, in milliseconds. */
  readonly timeout = (timeoutMs: number): this => {
    this.timeoutMs = timeoutMs;
    return this;
  };

  /** Calls back for an event of this peer's, after the listeners of `socket.on()`. Ends when the
   *  peer disconnects. */
  readonly on = (event: string, listener: Listener): void => {
    this.mesh.scope(this.id).listeners.on(event, listener);
  };

  /** Calls back for the next occurrence of an event. */
  readonly once = (event: string, listener: Listener): void => {
    this.mesh.scope(this.id).listeners.once(event, listener);
  };

  /** Ends the calls to a listener, to all of an event, or to all. */
  readonly off = (event?: string, listener?: Listener): void => {
    this.mesh.scope(this.id).listeners.off(event, listener);
  };

  /**
   * A data channel to this peer; the same name gives the same object. It opens when the peer has
   * made it, too.
   *
   * @throws Error if another channel's name has the same id; TypeError for options that do not go
   *   together
   */
  readonly createChannel = (name: string, options: ChannelOptions = {}): RTCIOChannel =>
    this.mesh.openChannel(this.id, name, options);

  /** Ends the connection. Both sides fire `peer-disconnect`. */
  readonly close = (): void => this.mesh.close(this.id);
}
