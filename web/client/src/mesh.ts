// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the rtcio authors

// All peers of one socket: who becomes one, by which message; what every one of them is sent; and
// how they go. The socket gives it the server's events and takes the application's from it.

import type { RTCIOBroadcastChannel } from "./broadcast.js";
import { channelId } from "./channel-id.js";
import type { ChannelOptions, RTCIOChannel } from "./channel.js";
import type { WatchdogOptions } from "./departure.js";
import { Listeners } from "./listeners.js";
import { reason, type Log } from "./log.js";
import { Peer, type PeerOwner } from "./peer.js";
import { checkOptions, collision, PeerChannels } from "./peer-channels.js";
import { proofOf } from "./proof.js";
import { StreamRegistry } from "./registry.js";
import { connectionIdentity } from "./sdp.js";
import { EarlyCandidates, readId, readMessage, type Extension, type Signal } from "./signaling.js";
import type { RTCIOStream } from "./stream.js";

/** Peers that are not connected yet. */
const N_PENDING_MAX = 64;
/** How long it is remembered which connection was closed, so that what it still sends is ignored. */
const CLOSED_MS = 60_000;
const N_CLOSED_MAX = 256;
/** How long an original may take to answer an offer that crossed its own. */
const CROSSING_MS = 1000;
/** How long listeners and channels for a peer that never came are kept. */
const UNUSED_SCOPE_MS = 60_000;
const N_UNUSED_SCOPES_MAX = 256;
/** When the socket has another id, originals that are still in the room have offered anew by then. */
const STALE_MS = 10_000;
const SWEEP_MS = 1000;

export interface MeshHooks {
  readonly log: Log;
  readonly watchdog: Required<WatchdogOptions>;
  /** The socket's id, while it is connected. */
  ownId(): string | undefined;
  configuration(): RTCConfiguration;
  /** @returns false if signaling is down */
  transmit(target: string, signal: Signal): boolean;
  /** A lifecycle event, or one of a peer's. */
  fire(event: string, args: unknown[]): void;
}

/** What belongs to a peer's id: also before it connects. */
export class Scope {
  readonly listeners = new Listeners();
  touched = Date.now();

  constructor(readonly channels: PeerChannels) {}
}

interface ClosedPeer {
  identity: string | undefined;
  polite: boolean;
  until: number;
}

export class Mesh implements PeerOwner {
  readonly log: Log;
  readonly streams = new StreamRegistry();
  readonly broadcasts = new Map<string, { channel: RTCIOBroadcastChannel; options: ChannelOptions }>();
  private readonly peers = new Map<string, Peer>();
  private readonly scopes = new Map<string, Scope>();
  private readonly closed = new Map<string, ClosedPeer>();
  private readonly early = new EarlyCandidates();
  /** Names of channels to single peers, made for every new peer so that nothing it sends is lost. */
  private readonly usedNames = new Map<string, ChannelOptions>();
  private sweepTimer: ReturnType<typeof setInterval> | undefined;
  private lastId: string | undefined;
  private staleTimer: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly hooks: MeshHooks) {
    this.log = hooks.log;
  }

  get(id: string): Peer | undefined {
    return this.peers.get(id);
  }

  all(): Peer[] {
    return [...this.peers.values()];
  }

  // --- the server's side ---------------------------------------------------------------------

  /** The server asks for an offer to a newcomer. */
  initOffer(payload: unknown): void {
    const id = readId(payload, "source");
    if (id === undefined || id === this.hooks.ownId()) return;
    const existing = this.peers.get(id);
    if (existing && !existing.isStale && existing.departure.isHealthy) {
      this.log.debug("Asked for an offer to a peer that is there; nothing to do", { peer: id });
      return;
    }
    if (existing) this.remove(existing, "a new connection was asked for");
    this.closed.delete(id);
    const peer = this.create(id, true);
    if (!peer) return;
    this.log.debug("Initialized polite peer", { peer: id });
    this.equip(peer);
  }

  /** A message of another client's. */
  message(payload: unknown): void {
    const message = readMessage(payload);
    if (!message || message.source === this.hooks.ownId()) return;
    const { source, signal } = message;
    const peer = this.peers.get(source);
    if ("description" in signal) this.describe(source, peer, signal);
    else if ("candidate" in signal) this.candidate(source, peer, signal.candidate);
    else if (!peer) return;
    else if ("events" in signal) peer.inbound.describe(signal);
    else this.answerMid(peer, signal.mid);
  }

  /** The server says that somebody has left. */
  peerLeft(payload: unknown): void {
    const id = readId(payload, "id");
    if (id !== undefined) this.peers.get(id)?.departure.hint();
  }

  /** Signaling works, under an id. */
  signalingUp(id: string): void {
    const isNew = this.lastId !== undefined && this.lastId !== id;
    this.lastId = id;
    for (const peer of this.all()) {
      if (!isNew) {
        peer.resume();
        continue;
      }
      peer.isStale = true;
      if (!peer.connectFired) this.remove(peer, "signaling has another id");
    }
    if (isNew) this.early.clear();
  }

  signalingDown(): void {
    for (const peer of this.all()) peer.departure.pauseSetup();
  }

  // --- the application's side ------------------------------------------------------------------

  /** Sends an event to all peers, or to one. @throws TypeError for arguments that JSON has not */
  emit(event: string, args: unknown[], onlyIdle = false, to: Peer[] = this.all()): void {
    if (!to.length) return;
    const envelope = JSON.stringify({ e: event, d: args });
    for (const peer of to) if (!onlyIdle || peer.ctrl.isIdle) peer.ctrl.send(envelope);
  }

  /** Sends streams to all peers and those to come, or to one. */
  emitStreams(event: string, args: unknown[], streams: RTCIOStream[], peerId?: string): void {
    this.streams.add(event, args, streams, peerId);
    this.sweepUntracked();
    const to = peerId === undefined ? this.all() : this.all().filter(({ id }) => id === peerId);
    for (const peer of to) {
      for (const stream of streams) {
        peer.sendStream(stream, this.streams.describe(stream.mediaStream.id, peer.id, event));
      }
    }
  }

  /** No longer sends the stream to new peers; to the others until its tracks have ended. */
  untrack(stream: RTCIOStream): void {
    if (this.streams.remove(stream)) this.sweepUntracked();
  }

  /** Makes a channel for all peers. @throws as {@link PeerChannels.open} */
  addBroadcast(name: string, options: ChannelOptions, channel: RTCIOBroadcastChannel): void {
    checkOptions(options);
    for (const other of this.broadcasts.keys()) {
      if (other !== name && channelId(other) === channelId(name)) {
        throw collision(name, other, undefined);
      }
    }
    for (const peer of this.peers.values()) {
      const other = peer.channels.colliding(name);
      if (other !== undefined) throw collision(name, other, peer.id);
    }
    this.broadcasts.set(name, { channel, options });
    for (const peer of this.peers.values()) {
      channel._addPeer(peer.id, peer.channels.open(name, options));
    }
  }

  /** The channel to one peer, connected or not. */
  openChannel(id: string, name: string, options: ChannelOptions): RTCIOChannel {
    const channel = this.scope(id).channels.open(name, options);
    if (!this.usedNames.has(name)) this.usedNames.set(name, options);
    return channel;
  }

  /** What belongs to an id, made if need be. */
  scope(id: string): Scope {
    let scope = this.scopes.get(id);
    if (!scope) {
      this.expireScopes();
      scope = new Scope(new PeerChannels(id, this.log));
      this.scopes.set(id, scope);
    }
    scope.touched = Date.now();
    return scope;
  }

  /** Ends one connection: the peer notices at once. */
  close(id: string): void {
    const peer = this.peers.get(id);
    if (peer) this.remove(peer, "closed here");
  }

  // --- what peers tell (PeerOwner) ---------------------------------------------------------------

  transmit(peer: Peer, signal: Signal): boolean {
    return this.hooks.transmit(peer.id, signal);
  }

  connected(peer: Peer): void {
    if (this.peers.get(peer.id) !== peer) return;
    this.hooks.fire("peer-connect", [{ id: peer.id }]);
    void this.replaceStale(peer);
  }

  event(peer: Peer, name: string, args: unknown[]): void {
    if (this.peers.get(peer.id) !== peer) return;
    this.hooks.fire(name, args);
    this.scopes.get(peer.id)?.listeners.emit(undefined, name, args);
  }

  track(
    peer: Peer,
    kind: "track-added" | "track-removed",
    stream: MediaStream,
    track: MediaStreamTrack,
  ): void {
    if (this.peers.get(peer.id) === peer) this.hooks.fire(kind, [{ peerId: peer.id, stream, track }]);
  }

  async superseded(by: Peer, proofs: unknown[]): Promise<void> {
    for (const peer of this.all()) {
      if (peer === by || !peer.remote) continue;
      const proof = await proofOf(peer.session, by.session);
      if (proof !== undefined && proofs.includes(proof)) this.lost(peer, "it is back under another id");
    }
  }

  lost(peer: Peer, why: string): void {
    if (this.peers.get(peer.id) === peer) this.remove(peer, why);
  }

  // --- messages ------------------------------------------------------------------------------------

  private describe(
    source: string,
    peer: Peer | undefined,
    signal: Extract<Signal, { description: unknown }>,
  ): void {
    const { description, rtcio } = signal;
    const identity = connectionIdentity(description.sdp);
    if (description.type === "answer") {
      if (!peer || (peer.remoteIdentity ?? identity) !== identity) return;
      this.adopt(peer, identity, rtcio);
      peer.negotiation.receive(description, rtcio);
      return;
    }
    if (peer?.remoteIdentity === identity) {
      this.adopt(peer, identity, rtcio);
      peer.negotiation.receive(description, rtcio);
      return;
    }
    if (peer?.awaitsFirstAnswer && !this.yields(peer, signal)) return;
    const known = this.closed.get(source);
    if (!peer && known && known.until > Date.now() && known.identity === identity) {
      this.log.debug("Offer of a connection that was closed here; ignored", { peer: source });
      return;
    }
    const crossing = peer?.crossing?.candidates ?? [];
    if (peer) this.remove(peer, "replaced by a new connection of the peer's");
    this.accept(source, signal, identity, known?.polite ?? false, crossing);
  }

  /** Two first offers have crossed. @returns whether this side takes the other's */
  private yields(peer: Peer, signal: Extract<Signal, { description: unknown }>): boolean {
    const { rtcio } = signal;
    if (rtcio) return peer.session < rtcio.session;
    // An original answers this side's offer, if it is polite. If not, its own must do.
    if (peer.crossing) return false;
    const timer = setTimeout(() => {
      if (this.peers.get(peer.id) !== peer || !peer.awaitsFirstAnswer || !peer.crossing) return;
      const { candidates } = peer.crossing;
      this.remove(peer, "its own offer stands");
      this.accept(peer.id, signal, connectionIdentity(signal.description.sdp), true, candidates);
    }, CROSSING_MS);
    peer.crossing = { signal, candidates: [], timer };
    return false;
  }

  private accept(
    source: string,
    { description, rtcio }: Extract<Signal, { description: unknown }>,
    identity: string,
    polite: boolean,
    candidates: RTCIceCandidateInit[],
  ): void {
    const peer = this.create(source, polite);
    if (!peer) return;
    this.log.debug("Created impolite peer (deferred stream replay)", { peer: source });
    this.adopt(peer, identity, rtcio);
    peer.negotiation.receive(description, rtcio);
    for (const candidate of [...candidates, ...this.early.take(source)]) {
      peer.negotiation.receiveCandidate(candidate);
    }
    // After the answer, so that nothing of this side is part of the first exchange.
    peer.negotiation.after(() => {
      if (this.peers.get(source) === peer) this.equip(peer);
    });
  }

  private adopt(peer: Peer, identity: string, extension: Extension | undefined): void {
    clearTimeout(peer.crossing?.timer);
    peer.crossing = undefined;
    peer.remoteIdentity = identity;
    peer.remote = extension ?? peer.remote;
  }

  private candidate(source: string, peer: Peer | undefined, candidate: RTCIceCandidateInit): void {
    if (!peer) this.early.keep(source, candidate);
    else if (peer.crossing) peer.crossing.candidates.push(candidate);
    else peer.negotiation.receiveCandidate(candidate);
  }

  private answerMid(peer: Peer, mid: string): void {
    const metadata = this.streams.describe(mid, peer.id);
    if (metadata) peer.send(metadata);
    else this.log.debug("Asked about a stream that was not emitted", { mid });
  }

  // --- peers -----------------------------------------------------------------------------------------

  private create(id: string, polite: boolean): Peer | undefined {
    if (this.all().filter(({ connectFired }) => !connectFired).length >= N_PENDING_MAX) {
      this.log.warn(`${N_PENDING_MAX} peers are connecting already; not connecting to another`, { peer: id });
      return undefined;
    }
    const { channels } = this.scope(id);
    try {
      const peer = new Peer(this, {
        id,
        polite,
        configuration: this.hooks.configuration(),
        watchdog: this.hooks.watchdog,
        channels,
      });
      this.peers.set(id, peer);
      return peer;
    } catch (error) {
      this.log.error("The browser gave no peer connection", { reason: reason(error) });
      return undefined;
    }
  }

  /** Gives a peer the streams and channels that all peers have. */
  private equip(peer: Peer): void {
    for (const stream of this.streams.for(peer.id)) peer.outbound.attach(stream);
    peer.channels.attachTo(peer.connection);
    for (const [name, { channel, options }] of this.broadcasts) {
      this.openFor(peer, name, () => channel._addPeer(peer.id, peer.channels.open(name, options)));
    }
    for (const [name, options] of this.usedNames) {
      if (peer.channels.colliding(name) === undefined) {
        this.openFor(peer, name, () => peer.channels.open(name, options, false));
      }
    }
  }

  private openFor(peer: Peer, name: string, open: () => void): void {
    try {
      open();
    } catch (error) {
      this.log.error(`Failed to replay channel ${name}`, { peer: peer.id, reason: reason(error) });
    }
  }

  /** The one way in which a peer goes. */
  private remove(peer: Peer, why: string): void {
    const { id } = peer;
    this.log.debug("Peer removed", { peer: id, why });
    this.peers.delete(id);
    this.remember(peer);
    peer.close(!peer.connectFired);
    for (const { channel } of this.broadcasts.values()) channel._removePeer(id, !peer.connectFired);
    if (!peer.connectFired) return;
    this.scopes.delete(id);
    this.streams.forget(id);
    this.hooks.fire("peer-disconnect", [{ id }]);
  }

  private remember(peer: Peer): void {
    const now = Date.now();
    for (const [id, { until }] of this.closed) if (until < now) this.closed.delete(id);
    const [oldest] = this.closed.keys();
    if (this.closed.size >= N_CLOSED_MAX) this.closed.delete(oldest!);
    const { remoteIdentity: identity, polite } = peer;
    this.closed.set(peer.id, { identity, polite, until: now + CLOSED_MS });
  }

  /** Connections that an earlier id of this socket had: the peers are back, or they are gone. */
  private async replaceStale(peer: Peer): Promise<void> {
    const stale = this.all().filter(({ isStale }) => isStale);
    if (!stale.length || peer.isStale) return;
    clearTimeout(this.staleTimer);
    this.staleTimer = setTimeout(() => {
      for (const old of this.all()) if (old.isStale) this.remove(old, "it has not come back");
    }, STALE_MS);
    const { remote } = peer;
    if (!remote) return;
    const known = stale.flatMap((old) => (old.remote ? [proofOf(old.remote.session, remote.session)] : []));
    peer.ctrl.sendInternal("same", ...(await Promise.all(known)));
  }

  private expireScopes(): void {
    const now = Date.now();
    const unused = [...this.scopes].filter(([id]) => !this.peers.has(id));
    unused.forEach(([id, { touched, channels }], i) => {
      if (touched + UNUSED_SCOPE_MS < now || i < unused.length - N_UNUSED_SCOPES_MAX + 1) {
        this.scopes.delete(id);
        this.streams.forget(id);
        channels.close();
      }
    });
  }

  /** Streams that are untracked flow on until their tracks end, which no event tells. */
  private sweepUntracked(): void {
    let nFlowing = 0;
    for (const peer of this.peers.values()) {
      for (const stream of [...peer.outbound.streams]) {
        if (this.streams.has(stream)) continue;
        if (stream.mediaStream.getTracks().every(({ readyState }) => readyState === "ended")) {
          peer.outbound.detach(stream);
        } else {
          nFlowing++;
        }
      }
    }
    if (!nFlowing) {
      clearInterval(this.sweepTimer);
      this.sweepTimer = undefined;
    } else {
      this.sweepTimer ??= setInterval(() => this.sweepUntracked(), SWEEP_MS);
    }
  }
}
