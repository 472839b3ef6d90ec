// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the rtcio authors

import { channelId } from "./channel-id.js";
import type { RTCIOChannel } from "./channel.js";
import type { Peer } from "./peer.js";
import type { RTCIOStream } from "./stream.js";

/** A peer as `socket.getPeer()` shows it, for debugging: always the state of now. */
export class PeerRecord {
  /** @internal */
  constructor(private readonly peer: Peer) {}

  /** The browser's connection. */
  get connection(): RTCPeerConnection {
    return this.peer.connection;
  }
  /** The peer's id. */
  get socketId(): string {
    return this.peer.id;
  }
  /** Whether this side gives way when two offers cross. */
  get polite(): boolean {
    return this.peer.polite;
  }
  /** Where the negotiation is. */
  get connectionStatus(): Readonly<Peer["negotiation"]["status"]> {
    return this.peer.negotiation.status;
  }
  /** Streams in both directions, by the ids of their MediaStreams. */
  get streams(): Record<string, RTCIOStream> {
    const outbound = [...this.peer.outbound.streams].map((stream) => [stream.mediaStream.id, stream]);
    return { ...Object.fromEntries(outbound), ...this.peer.inbound.streams };
  }
  /** What carries the streams that are sent. */
  get streamTransceivers(): Record<string, RTCRtpTransceiver[]> {
    const { outbound } = this.peer;
    return Object.fromEntries(
      [...outbound.streams].map((stream) => [stream.mediaStream.id, outbound.carriersOf(stream)]),
    );
  }
  /** The channel of events. */
  get ctrlDc(): RTCDataChannel {
    return this.peer.ctrl.dc;
  }
  /** Events, in JSON, that wait for the ctrl channel. */
  get ctrlQueue(): readonly string[] {
    return this.peer.ctrl.queue;
  }
  /** Channels by name, those to all peers included. */
  get channels(): Record<string, RTCIOChannel> {
    const { byName } = this.peer.channels;
    return Object.fromEntries([...byName].map(([name, { channel }]) => [name, channel]));
  }
  /** Names by SCTP stream id. */
  get channelIds(): Map<number, string> {
    return new Map([...this.peer.channels.byName.keys()].map((name) => [channelId(name), name]));
  }
  /** Whether `peer-connect` was fired. */
  get connectFired(): boolean {
    return this.peer.connectFired;
  }
  /** Runs while the connection is out of reach. */
  get unhealthyTimer(): unknown {
    return this.peer.departure.unhealthyTimer;
  }
  /** When the server said that the peer has left; milliseconds since 1970. */
  get peerLeftHintAt(): number | undefined {
    return this.peer.departure.hintAt || undefined;
  }
  /** Whether the peer's client knows acknowledgements and the other additions. */
  get extended(): boolean {
    return this.peer.remote !== undefined;
  }
}
