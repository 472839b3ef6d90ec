// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the rtcio authors

// One peer connection and all that belongs to it. It tells its owner what happens; of other peers,
// and of the socket, it knows nothing.

import { Acks, AckError } from "./acks.js";
import { Ctrl } from "./ctrl.js";
import { Departure, type WatchdogOptions } from "./departure.js";
import { randomId } from "./ids.js";
import { Inbound } from "./inbound.js";
import type { Log } from "./log.js";
import { Negotiation } from "./negotiation.js";
import { Outbound } from "./outbound.js";
import type { PeerChannels } from "./peer-channels.js";
import { VERSION, type Extension, type Signal } from "./signaling.js";
import type { RTCIOStream } from "./stream.js";

const N_OUTBOX_MAX = 512;

export interface PeerOwner {
  readonly log: Log;
  /** Sends now, or says that it cannot. */
  transmit(peer: Peer, signal: Signal): boolean;
  connected(peer: Peer): void;
  /** An event of the application's. */
  event(peer: Peer, name: string, args: unknown[]): void;
  track(
    peer: Peer,
    kind: "track-added" | "track-removed",
    stream: MediaStream,
    track: MediaStreamTrack,
  ): void;
  /** The peer proves which older connections were its own. */
  superseded(by: Peer, proofs: unknown[]): void;
  lost(peer: Peer, why: string): void;
}

export interface PeerOptions {
  id: string;
  /** Whether the server asked for the offer: it is this side that gives way. */
  polite: boolean;
  configuration: RTCConfiguration;
  watchdog: Required<WatchdogOptions>;
  channels: PeerChannels;
}

export class Peer {
  readonly id: string;
  readonly channels: PeerChannels;
  readonly connection: RTCPeerConnection;
  readonly ctrl: Ctrl;
  readonly negotiation: Negotiation;
  readonly outbound: Outbound;
  readonly inbound: Inbound;
  readonly departure: Departure;
  readonly acks: Acks;
  /** Names this side of this connection. */
  readonly session = randomId();
  /** What the peer said of itself; undefined for an original. */
  remote: Extension | undefined;
  /** Which connection the peer's descriptions come from, once there was one. */
  remoteIdentity: string | undefined;
  /** Whether `peer-connect` was fired. */
  connectFired = false;
  /** The socket got another id: the peer can no longer be signaled to. */
  isStale = false;
  /** An original's offer that crossed the first one of this side. */
  crossing: { signal: Signal; candidates: RTCIceCandidateInit[]; timer: ReturnType<typeof setTimeout> } | undefined;
  private outbox: Signal[] = [];
  private hasDescribed = false;
  private heldCandidates: RTCIceCandidateInit[] = [];
  private isClosed = false;

  constructor(
    private readonly owner: PeerOwner,
    private readonly options: PeerOptions,
  ) {
    const { log } = owner;
    this.id = options.id;
    this.channels = options.channels;
    this.acks = new Acks(this.id);
    this.connection = new RTCPeerConnection(options.configuration);
    this.ctrl = new Ctrl(
      this.connection,
      {
        opened: () => this.opened(),
        closed: () => this.departure.ctrlClosed(),
        event: (name, args, ackId) => this.event(name, args, ackId),
        internal: (name, args) => this.internal(name, args),
      },
      log,
    );
    this.negotiation = new Negotiation(
      this.connection,
      {
        isPolite: () => this.polite,
        keepStreams: () => this.outbound.keepStreams(),
        isOurKind: () => this.remote !== undefined,
        isFrozen: () => this.isStale,
        send: (description, numbers) => this.describe(description, numbers),
        stable: () => this.outbound.settled(),
      },
      log,
    );
    this.outbound = new Outbound(
      this.connection,
      this.id,
      () => this.negotiation.status.makingOffer,
      log,
    );
    this.inbound = new Inbound(
      {
        ask: (mid) => this.send({ mid }),
        event: (name, args) => owner.event(this, name, args),
        track: (kind, stream, track) => owner.track(this, kind, stream, track),
      },
      log,
    );
    this.departure = new Departure(
      this.connection,
      options.watchdog,
      {
        wasConnected: () => this.connectFired,
        canPing: () => this.remote !== undefined && this.ctrl.isOpen,
        ping: () => this.ctrl.sendInternal("ping"),
        restartIce: () => this.restartIce(),
        lost: (why) => owner.lost(this, why),
      },
      log,
    );
    this.listen();
  }

  /** Whether this side gives way. Two clients of this kind compare their sessions, so that exactly
   *  one does, however they met. */
  get polite(): boolean {
    return this.remote ? this.session < this.remote.session : this.options.polite;
  }

  /** Whether the first offer is out and nothing has come back. */
  get awaitsFirstAnswer(): boolean {
    return this.hasDescribed && this.remoteIdentity === undefined;
  }

  /** Sends a signal, when that is possible. */
  send(signal: Signal): void {
    if (this.isClosed || this.isStale) return;
    if (!this.outbox.length && this.owner.transmit(this, signal)) return;
    if (this.outbox.length >= N_OUTBOX_MAX) this.outbox.shift();
    this.outbox.push(signal);
  }

  /** Signaling works again, under the id that the peer knows: sends what could not be sent, and
   *  what may have been lost on the way. */
  resume(): void {
    const signals = this.outbox;
    this.outbox = [];
    for (const signal of signals) this.send(signal);
    if (!signals.some((signal) => "description" in signal)) this.negotiation.resend();
    this.departure.resumeSetup();
    if (["disconnected", "failed"].includes(this.connection.connectionState)) this.restartIce();
  }

  /** Takes a stream on, or if the peer has it already, tells its new arguments. */
  sendStream(stream: RTCIOStream, metadata: Signal | undefined): void {
    if (!this.outbound.has(stream)) this.outbound.attach(stream);
    else if (metadata) this.send(metadata);
  }

  restartIce(): void {
    if (this.isClosed || this.isStale || this.connection.signalingState === "closed") return;
    this.connection.restartIce();
  }

  /** Sends an event and waits for what the peer's listener answers. */
  ask(event: string, args: unknown[], timeoutMs: number): Promise<unknown> {
    if (!this.remote && this.connectFired) {
      const why = "the peer's client knows no acknowledgements (it is an original rtc.io client)";
      return Promise.reject(new AckError(why, this.id));
    }
    const { id, answer } = this.acks.ask(timeoutMs);
    this.ctrl.send(JSON.stringify({ e: event, d: args, i: id }));
    return answer;
  }

  /** Ends everything, without events. @param keepChannels - for a connection that follows */
  close(keepChannels = false): void {
    if (this.isClosed) return;
    this.isClosed = true;
    clearTimeout(this.crossing?.timer);
    this.departure.close();
    this.negotiation.close();
    this.ctrl.close();
    if (keepChannels) this.channels.detach();
    else this.channels.close();
    this.inbound.close();
    this.outbound.close();
    this.acks.close();
    this.outbox = [];
    const { connection } = this;
    connection.onicecandidate = connection.ontrack = connection.ondatachannel = null;
    connection.onconnectionstatechange = connection.oniceconnectionstatechange = null;
    connection.close();
  }

  private listen(): void {
    const { connection, owner } = this;
    connection.onicecandidate = ({ candidate }) => {
      if (candidate) this.sendCandidate(candidate.toJSON());
    };
    connection.ontrack = (event) => {
      if (event.transceiver.mid !== null) this.inbound.receive(event);
    };
    connection.ondatachannel = ({ channel }) => {
      owner.log.warn("Data channel that was not agreed on; closed", { label: channel.label });
      channel.close();
    };
    connection.onconnectionstatechange = () => {
      owner.log.debug(`Connection state: ${connection.connectionState}`);
      this.departure.stateChanged();
    };
    connection.oniceconnectionstatechange = () => {
      owner.log.debug(`ICE state: ${connection.iceConnectionState}`);
      if (connection.iceConnectionState === "closed") owner.lost(this, "connection closed");
    };
  }

  private describe(
    description: { type: "offer" | "answer"; sdp: string },
    numbers: Partial<Extension>,
  ): void {
    this.send({ description, rtcio: { v: VERSION, session: this.session, ...numbers } });
    this.hasDescribed = true;
    for (const candidate of this.heldCandidates.splice(0)) this.send({ candidate });
  }

  // Originals take a candidate of somebody unknown for a reason to connect.
  private sendCandidate(candidate: RTCIceCandidateInit): void {
    if (this.hasDescribed) this.send({ candidate });
    else this.heldCandidates.push(candidate);
  }

  private opened(): void {
    if (this.isClosed || this.connectFired) return;
    this.connectFired = true;
    this.departure.pauseSetup();
    this.owner.connected(this);
  }

  private event(name: string, args: unknown[], ackId: number | undefined): void {
    if (ackId === undefined) return this.owner.event(this, name, args);
    let isAnswered = false;
    const answer = (...response: unknown[]): void => {
      if (isAnswered) return;
      isAnswered = true;
      this.ctrl.sendInternal("ack", ackId, response[0]);
    };
    this.owner.event(this, name, [...args, answer]);
  }

  private internal(name: string, args: unknown[]): void {
    if (name === "ping") this.ctrl.sendInternal("pong");
    else if (name === "pong") this.departure.heard();
    else if (name === "ack") this.acks.settle(args[0], args[1]);
    else if (name === "same") this.owner.superseded(this, args);
  }
}
