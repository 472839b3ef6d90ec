// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the rtcio authors

// The channels to one peer by name, whether it is connected yet or not. A channel and its queue
// outlive a connection that is replaced before it was ever used.

import { channelId } from "./channel-id.js";
import { RTCIOChannel, type ChannelOptions } from "./channel.js";
import { maxMessageSize } from "./ctrl.js";
import { reason, type Log } from "./log.js";

const LABEL_PREFIX = "rtcio:ch:";

interface Entry {
  channel: RTCIOChannel;
  options: ChannelOptions;
}

/**
 * Says what is wrong with the options of a channel.
 *
 * @throws TypeError
 */
export function checkOptions(options: ChannelOptions): void {
  if (options.maxRetransmits !== undefined && options.maxPacketLifeTime !== undefined) {
    throw new TypeError(
      "[rtc-io] createChannel: give maxRetransmits or maxPacketLifeTime, not both; the browser takes one limit only",
    );
  }
  for (const key of ["queueBudget", "highWatermark", "lowWatermark"] as const) {
    const value = options[key];
    if (value !== undefined && !(typeof value === "number" && value >= 0)) {
      throw new TypeError(`[rtc-io] createChannel: ${key} must be a number of bytes, not ${String(value)}`);
    }
  }
  for (const key of ["maxRetransmits", "maxPacketLifeTime"] as const) {
    const value = options[key];
    if (value !== undefined && !(Number.isInteger(value) && value >= 0 && value <= 65535)) {
      throw new TypeError(`[rtc-io] createChannel: ${key} must be an integer from 0 to 65535, not ${String(value)}`);
    }
  }
}

/** The error for two names with one id. */
export function collision(name: string, existing: string, peerId: string | undefined): Error {
  return new Error(
    `[rtc-io] Channel '${name}' hash-collides with existing channel '${existing}'${peerId === undefined ? "" : ` on peer ${peerId}`} ` +
      `(both names hash to SCTP id ${channelId(name)}). Pick a different channel name.`,
  );
}

export class PeerChannels {
  private readonly entries = new Map<string, Entry>();
  private connection: RTCPeerConnection | undefined;

  constructor(
    private readonly peerId: string,
    private readonly log: Log,
  ) {}

  /** The channels by name. */
  get byName(): ReadonlyMap<string, { channel: RTCIOChannel }> {
    return this.entries;
  }

  /** The name that has the id of another name here, if one has. */
  colliding(name: string): string | undefined {
    const id = channelId(name);
    for (const other of this.entries.keys()) {
      if (other !== name && channelId(other) === id) return other;
    }
    return undefined;
  }

  /**
   * The channel of a name: the one that is there, or a new one.
   *
   * @param isWanted - false for one that is made before anybody asks for it
   * @throws Error if another name has the same id, TypeError for options that do not go together
   */
  open(name: string, options: ChannelOptions, isWanted = true): RTCIOChannel {
    checkOptions(options);
    const existing = this.colliding(name);
    if (existing !== undefined) throw collision(name, existing, this.peerId);
    let entry = this.entries.get(name);
    if (!entry) {
      const { queueBudget, highWatermark, lowWatermark } = options;
      entry = { channel: new RTCIOChannel(queueBudget, highWatermark, lowWatermark), options };
      if (!isWanted) entry.channel._hold();
      if (this.connection) this.attach(name, entry, this.connection);
      this.entries.set(name, entry);
    } else if (entry.channel.readyState === "closed" && isWanted) {
      entry.channel._reopen();
      if (this.connection) this.attach(name, entry, this.connection);
    }
    if (isWanted) entry.channel._claim();
    return entry.channel;
  }

  /** Uses a connection, for the channels that are there and those to come. */
  attachTo(connection: RTCPeerConnection): void {
    this.connection = connection;
    for (const [name, entry] of this.entries) {
      try {
        this.attach(name, entry, connection);
      } catch (error) {
        this.log.error(`Failed to replay channel ${name}`, { reason: reason(error) });
      }
    }
  }

  /** Lets a connection go that was never used. */
  detach(): void {
    this.connection = undefined;
    for (const { channel } of this.entries.values()) channel._detach();
  }

  close(): void {
    this.connection = undefined;
    for (const { channel } of this.entries.values()) channel.close();
  }

  private attach(name: string, { channel, options }: Entry, connection: RTCPeerConnection): void {
    const { queueBudget: _, highWatermark: __, lowWatermark: ___, ...init } = options;
    const dc = connection.createDataChannel(LABEL_PREFIX + name, {
      ...init,
      negotiated: true,
      id: channelId(name),
    });
    channel._attach(dc, () => maxMessageSize(connection));
  }
}
