// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the rtcio authors

// The socket that applications hold: socket.io-client's, whose events go to the peers.

import type { DefaultEventsMap, EventNames, EventParams, EventsMap } from "@socket.io/component-emitter";
import { Socket as BaseSocket, type Manager, type SocketOptions as BaseSocketOptions } from "socket.io-client";
import { AckError } from "./acks.js";
import { RTCIOBroadcastChannel } from "./broadcast.js";
import type { ChannelOptions } from "./channel.js";
import { WATCHDOG_DEFAULTS, watchdogOptions, type WatchdogOptions } from "./departure.js";
import { isReservedEvent, RtcioEvents, SIGNALING_PREFIX } from "./events.js";
import { callListener, Listeners, type Listener } from "./listeners.js";
import { Log } from "./log.js";
import { Mesh } from "./mesh.js";
import { findStreams, fromWire, toWire } from "./payload.js";
import { PeerHandle } from "./peer-handle.js";
import { PeerRecord } from "./peer-record.js";
import { ServerHandle } from "./server-handle.js";
import type { Signal } from "./signaling.js";
import {
  iceCandidateStats,
  sessionStats,
  statsByType,
  type IceCandidateStats,
  type RTCSample,
  type StatsByType,
} from "./stats.js";
import type { RTCIOStream } from "./stream.js";

/** Options of a socket, beside those of socket.io-client. */
export interface SocketOptions extends BaseSocketOptions {
  /** STUN and TURN servers. Without any, two public STUN servers. */
  iceServers?: RTCIceServer[];
  /** `relay`: only through TURN servers, so that peers do not learn each other's addresses. */
  iceTransportPolicy?: RTCIceTransportPolicy;
  /** Whether debug lines are written to the console. Default false. */
  debug?: boolean;
  /** How long a peer may be out of reach. */
  watchdog?: WatchdogOptions;
}

/** What `track-added` and `track-removed` carry. */
export interface TrackEvent {
  /** Whose stream it is. */
  peerId: string;
  /** The stream as it is now. */
  stream: MediaStream;
  /** The track that came or went. */
  track: MediaStreamTrack;
}

const DEFAULT_ICE_SERVERS: RTCIceServer[] = [
  { urls: ["stun:stun1.l.google.com:19302", "stun:stun2.l.google.com:19302"] },
];
const ACK_TIMEOUT_MS = 30_000;

interface Flags {
  volatile?: boolean;
  timeout?: number;
  fromQueue?: boolean;
}

// What socket.io-client does not declare. Events of the server are taken here, below the
// listeners, so that no `off()` can remove what the library needs.
interface Internals {
  flags: Flags;
  emitEvent(args: unknown[]): void;
  io: { engine?: { _hasPingExpired?(): boolean } };
}

/**
 * A socket whose events go to peers: `emit()` sends to all of them, `on()` listens to them and to
 * the server. What is for the server alone goes through {@link server}, what is for one peer
 * through {@link peer}.
 *
 * Fires `peer-connect` and `peer-disconnect` (`{id}`), `track-added` and `track-removed`
 * ({@link TrackEvent}), and what a socket of socket.io-client fires.
 */
export class Socket<
  ListenEvents extends EventsMap = DefaultEventsMap,
  EmitEvents extends EventsMap = ListenEvents,
> extends BaseSocket<ListenEvents, EmitEvents> {
  /** Default of {@link WatchdogOptions.timeout}. */
  static readonly DEFAULT_WATCHDOG_TIMEOUT_MS = WATCHDOG_DEFAULTS.timeout;
  /** Default of {@link WatchdogOptions.hintTimeout}. */
  static readonly DEFAULT_WATCHDOG_HINT_TIMEOUT_MS = WATCHDOG_DEFAULTS.hintTimeout;
  /** Default of {@link WatchdogOptions.hintTTL}. */
  static readonly DEFAULT_PEER_LEFT_HINT_TTL_MS = WATCHDOG_DEFAULTS.hintTTL;

  /** Events to and from the server, and nothing of peers. */
  readonly server: ServerHandle<this>;
  private readonly log: Log;
  private readonly mesh: Mesh;
  private readonly serverListeners = new Listeners();
  private readonly ackTimeoutMs: number;
  private readonly iceTransportPolicy: RTCIceTransportPolicy | undefined;
  private iceServers: RTCIceServer[];

  /** Sockets come from {@link io} or from a manager. */
  constructor(manager: Manager, namespace: string, options: Partial<SocketOptions> = {}) {
    super(manager as unknown as Manager<ListenEvents, EmitEvents>, namespace, options);
    this.log = new Log(() => this.id);
    this.log.debugging = options.debug === true;
    this.ackTimeoutMs = options.ackTimeout ?? ACK_TIMEOUT_MS;
    this.iceTransportPolicy = options.iceTransportPolicy;
    this.iceServers = orDefault(options.iceServers);
    this.mesh = new Mesh({
      log: this.log,
      watchdog: watchdogOptions(options.watchdog),
      ownId: () => this.id,
      configuration: () => this.configuration(),
      transmit: (target, signal) => this.transmit(target, signal),
      fire: (event, args) => this.fire(event, args),
    });
    this.server = new ServerHandle(this, this.serverListeners, (event, args) =>
      super.emit(event as EventNames<EmitEvents>, ...(args as EventParams<EmitEvents, EventNames<EmitEvents>>)),
    );
    const emitEvent = this.internals.emitEvent.bind(this);
    this.internals.emitEvent = (args) => this.takeServerEvent(args, emitEvent);
  }

  /** Whether debug lines are written to the console. */
  get debug(): boolean {
    return this.log.debugging;
  }
  set debug(value: boolean) {
    this.log.debugging = value;
  }

  /**
   * Sends an event to all peers, also to those that are still connecting. With an
   * {@link RTCIOStream} in the arguments, at any depth, also to peers that join later, until
   * {@link untrackStream}; sent again, it changes the arguments.
   *
   * @throws TypeError for arguments that JSON cannot carry because they contain themselves
   */
  override emit<Ev extends EventNames<EmitEvents>>(event: Ev, ...args: EventParams<EmitEvents, Ev>): this {
    const name = String(event);
    if (this.internals.flags.fromQueue || name.startsWith(SIGNALING_PREFIX)) {
      return super.emit(event, ...args);
    }
    const { volatile: isVolatile } = this.takeFlags();
    const plain = this.withoutAck(name, args);
    const streams = findStreams(plain);
    if (streams.length) this.mesh.emitStreams(name, plain, streams);
    else this.mesh.emit(name, plain, isVolatile);
    return this;
  }

  /**
   * Sends an event to the connected peers and collects what their listeners answer: the last
   * argument that they get is the function to answer with.
   *
   * @returns the answers, in no particular order
   * @throws AckError if a peer does not answer in time (`timeout()`, 30 seconds without), leaves, or
   *   is an original rtc.io client; with the answers that came
   */
  override async emitWithAck(event: any, ...args: any[]): Promise<any> {
    const { timeout = this.ackTimeoutMs } = this.takeFlags();
    if (findStreams(args).length) throw new TypeError("[rtc-io] emitWithAck: streams are not answered; use emit()");
    const peers = this.mesh.all().filter(({ connectFired }) => connectFired);
    const results = await Promise.allSettled(peers.map((peer) => peer.ask(String(event), args, timeout)));
    const answers = results.flatMap((result) => (result.status === "fulfilled" ? [result.value] : []));
    const failed = results.find((result) => result.status === "rejected");
    if (!failed) return answers;
    const { message, peerId } = failed.reason as AckError;
    throw new AckError(message, peerId, answers);
  }

  /** Ends the calls to a listener, to all of an event, or to all; the server's among them. */
  override off(event?: any, listener?: any): this {
    // The emitter below counts its arguments: one that is undefined is not one that is missing.
    if (listener !== undefined) super.off(event, listener);
    else if (event !== undefined) super.off(event);
    else super.off();
    this.serverListeners.off(event, listener);
    return this;
  }
  /** As {@link off}. */
  override removeListener(event?: any, listener?: any): this {
    return this.off(event, listener);
  }
  /** As {@link off}. */
  override removeAllListeners(event?: any): this {
    return this.off(event);
  }

  /** One peer, whether it is connected or not. */
  peer(id: string): PeerHandle {
    return new PeerHandle(id, this.mesh, this.ackTimeoutMs);
  }

  /**
   * A data channel to every peer, now and later. The same name gives the same object.
   *
   * @throws Error if another channel's name has the same id; TypeError for options that do not go
   *   together. Nothing is made then.
   */
  createChannel(name: string, options: ChannelOptions = {}): RTCIOBroadcastChannel {
    const existing = this.mesh.broadcasts.get(name);
    if (existing) return existing.channel;
    const channel = new RTCIOBroadcastChannel(() => this.mesh.broadcasts.delete(name));
    this.mesh.addBroadcast(name, options, channel);
    return channel;
  }

  /**
   * No longer sends a stream to peers that join. Those that get it go on getting it until its
   * tracks are stopped.
   */
  untrackStream(stream: RTCIOStream): this {
    this.mesh.untrack(stream);
    return this;
  }

  /** Closes the connections to all peers. @param roomId - also tells the server to leave it */
  leave(roomId?: string): this {
    if (roomId !== undefined) this.server.emit("leave-room", { roomId, id: this.id });
    for (const { id } of this.mesh.all()) this.mesh.close(id);
    return this;
  }

  /** Uses these servers for new peers, and for the others when they look for a new path. */
  setIceServers(iceServers: RTCIceServer[]): this {
    this.iceServers = orDefault(iceServers);
    for (const { connection } of this.mesh.all()) {
      connection.setConfiguration({ ...connection.getConfiguration(), iceServers: this.iceServers });
    }
    return this;
  }

  /** A peer's inside, for debugging. Undefined if there is none. */
  getPeer(id: string): PeerRecord | undefined {
    const peer = this.mesh.get(id);
    return peer && new PeerRecord(peer);
  }

  /** All of the browser's reports of a connection, by type. Null if there is no such peer. */
  getStats(id: string): Promise<StatsByType | null> {
    return this.statsOf(id, statsByType);
  }

  /** Round trip, loss, bytes and so on of a connection. Null if there is no such peer. */
  getSessionStats(id: string): Promise<RTCSample | null> {
    return this.statsOf(id, sessionStats);
  }

  /** The candidates of a connection, and the pair in use. Null if there is no such peer. */
  getIceCandidateStats(id: string): Promise<IceCandidateStats | null> {
    return this.statsOf(id, iceCandidateStats);
  }

  /**
   * What a value becomes on the wire when it is emitted with a stream: a copy that JSON can carry,
   * in which each {@link RTCIOStream} is a string.
   *
   * @throws TypeError if the value contains itself
   */
  serializeStreamEvent(value: unknown): unknown {
    return toWire([value])[0];
  }

  /**
   * Undoes {@link serializeStreamEvent} in a copy: all strings that name streams become `stream`,
   * which gets the id that they name.
   */
  deserializeStreamEvent(value: unknown, stream: RTCIOStream): unknown {
    return fromWire(value, (id) => {
      stream.id = id;
      return stream;
    });
  }

  /** Offers a connection to a peer, as when the server introduces it; for pages that do so by hand. */
  initializeConnection(payload: { source: string }): void {
    this.mesh.initOffer(payload);
  }

  /** @internal What a message of another client's calls. */
  handleCallServiceMessage(payload: unknown): void {
    this.mesh.message(payload);
  }

  /** @internal */
  protected override emitReserved(event: any, ...args: any): this {
    if (event === "connect") this.mesh.signalingUp(this.id!);
    else if (event === "disconnect") this.mesh.signalingDown();
    this.serverListeners.emit(this, event, args);
    return super.emitReserved(event, ...(args as []));
  }

  private get internals(): Internals {
    return this as unknown as Internals;
  }

  private async statsOf<T>(id: string, read: (connection: RTCPeerConnection) => Promise<T>): Promise<T | null> {
    const peer = this.mesh.get(id);
    return peer ? read(peer.connection) : null;
  }

  private configuration(): RTCConfiguration {
    const { iceServers, iceTransportPolicy } = this;
    return iceTransportPolicy ? { iceServers, iceTransportPolicy } : { iceServers };
  }

  /** Flags set before an event to peers must not reach the next one to the server. */
  private takeFlags(): Flags {
    const { flags } = this.internals;
    this.internals.flags = {};
    return flags;
  }

  private withoutAck(event: string, args: unknown[]): unknown[] {
    if (isReservedEvent(event)) this.log.warn("Peers drop this event: its name is reserved", { event });
    if (typeof args[args.length - 1] !== "function") return args;
    console.warn(`[rtc-io] emit("${event}"): peers do not call back; use emitWithAck()`);
    return args.slice(0, -1);
  }

  /** Sends a signal, or returns false if signaling is down: what socket.io-client would keep until
   *  it is up again would then have no sender, or the wrong one. */
  private transmit(target: string, data: Signal): boolean {
    if (!this.connected || this.internals.io.engine?._hasPingExpired?.()) return false;
    const { flags } = this.internals;
    // Neither the application's flags nor its `retries`: the relay acknowledges nothing.
    this.internals.flags = { fromQueue: true };
    const envelope = { source: this.id, target, data };
    super.emit(RtcioEvents.MESSAGE as EventNames<EmitEvents>, ...([envelope] as EventParams<EmitEvents, EventNames<EmitEvents>>));
    this.internals.flags = flags;
    return true;
  }

  /** Only the first argument counts: with connection state recovery there is one more. */
  private takeServerEvent(args: unknown[], emitEvent: (args: unknown[]) => void): void {
    const [event, payload] = args;
    if (event === RtcioEvents.MESSAGE) this.handleCallServiceMessage(payload);
    else if (event === RtcioEvents.INIT_OFFER) this.initializeConnection(payload as { source: string });
    else if (event === RtcioEvents.PEER_LEFT) this.mesh.peerLeft(payload);
    if (typeof event === "string") this.serverListeners.emit(this, event, args.slice(1));
    emitEvent(args);
  }

  /** Calls the listeners for something that did not come from the server. */
  private fire(event: string, args: unknown[]): void {
    for (const listener of [...this.listeners(event as never)]) {
      callListener(listener as Listener, this, args);
    }
  }
}

function orDefault(iceServers: RTCIceServer[] | undefined): RTCIceServer[] {
  return iceServers?.length ? iceServers : DEFAULT_ICE_SERVERS;
}
