// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the rtcio authors

// A client that behaves on the wire as the original rtc.io client 1.5 does, faults included:
// the order of its messages, who is polite, what creates a peer, what is ignored. It is written
// from the protocol's description, so that compatibility is shown without the original at hand.

import { Manager, Socket } from "socket.io-client";

const TOKEN = "[RTCIOStream] ";
const RESERVED = ["peer-connect", "peer-disconnect", "track-added", "track-removed"];

export class RTCIOStream {
  id: string;
  mediaStream: MediaStream;
  constructor(first: any, second?: any) {
    this.id = typeof first === "string" ? first : crypto.randomUUID();
    this.mediaStream = typeof first === "string" ? second : first;
  }
}

function streamIn(value: any): RTCIOStream | undefined {
  if (value instanceof RTCIOStream) return value;
  if (typeof value !== "object" || value === null) return undefined;
  for (const item of Object.values(value)) {
    const found = streamIn(item);
    if (found) return found;
  }
  return undefined;
}

function serialize(value: any): any {
  if (value instanceof RTCIOStream) return TOKEN + value.id;
  if (Array.isArray(value)) return value.map(serialize);
  if (typeof value !== "object" || value === null) return value;
  const out: any = {};
  for (const key in value) out[key] = serialize(value[key]);
  return out;
}

function deserialize(value: any, wrapper: RTCIOStream): any {
  if (typeof value === "string" && value.startsWith("[RTCIOStream]")) {
    wrapper.id = value.replace(TOKEN, "");
    return wrapper;
  }
  if (typeof value === "object" && value !== null) {
    for (const key of Object.keys(value)) value[key] = deserialize(value[key], wrapper);
  }
  return value;
}

function channelId(name: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < name.length; i++) hash = Math.imul(hash ^ name.charCodeAt(i), 16777619) >>> 0;
  return (hash % 1023) + 1;
}

class OriginalSocket extends (Socket as any) {
  peers: Record<string, any> = {};
  registry: Record<string, { stream: RTCIOStream; events: Record<string, any[]> }> = {};
  queues: Record<string, Promise<void>> = {};
  channelNames: string[] = [];
  handlers: Record<string, ((data: any) => void)[]> = {};

  constructor(manager: any, namespace: string, private options: any) {
    super(manager, namespace, options);
    this.on("#rtcio:message", (payload: any) => this.enqueue(payload));
    // The second parameter is what a server with recovery fills, by mistake.
    this.on("#rtcio:init-offer", (payload: any, options = { polite: true }) => this.initialize(payload, options));
    this.on("#rtcio:peer-left", ({ id }: any = {}) => this.hint(id));
  }

  get server(): any {
    return { emit: (event: string, ...args: any[]) => super.emit(event, ...args), on: this.on.bind(this) };
  }

  emit(event: string, ...args: any[]): any {
    if (event.startsWith("#rtcio:")) return super.emit(event, ...args);
    const stream = streamIn(args);
    if (!stream) {
      for (const peer of Object.values(this.peers)) this.sendCtrl(peer, JSON.stringify({ e: event, d: args }));
      return this;
    }
    const entry = (this.registry[stream.id] ??= { stream, events: {} });
    entry.events[event] = args;
    if (!this.connected) return this;
    for (const peer of Object.values(this.peers)) this.addStream(peer, stream);
    return this;
  }

  getPeer(id: string): any {
    return this.peers[id];
  }

  /** A broadcast channel, as far as the tests need it. */
  createChannel(name: string): any {
    this.channelNames.push(name);
    for (const peer of Object.values(this.peers)) this.openChannel(peer, name);
    return {
      send: (data: any) => Object.values(this.peers).forEach((peer) => peer.channels[name].send(data)),
      emit: (e: string, ...d: any[]) => Object.values(this.peers).forEach((peer) => peer.channels[name].send(JSON.stringify({ e, d }))),
    };
  }

  private openChannel(peer: any, name: string): void {
    const dc = peer.connection.createDataChannel("rtcio:ch:" + name, { negotiated: true, id: channelId(name) });
    dc.binaryType = "arraybuffer";
    dc.onmessage = ({ data }: any) => {
      const { e, d } = typeof data === "string" ? JSON.parse(data) : { e: "data", d: [data] };
      for (const listener of this.listeners("channel:" + name + ":" + e)) listener.apply(this, d);
    };
    peer.channels[name] = dc;
  }

  private sendCtrl(peer: any, text: string): void {
    if (peer.ctrlDc.readyState === "open") peer.ctrlDc.send(text);
    else peer.ctrlQueue.push(text);
  }

  private createPeer(source: string, polite: any): any {
    const connection = new RTCPeerConnection({ iceServers: this.options.iceServers });
    const peer: any = {
      connection, socketId: source, polite, makingOffer: false, ignoreOffer: false,
      inProgress: false, needed: false, streams: {}, channels: {}, ctrlQueue: [], connectFired: false,
    };
    this.peers[source] = peer;
    connection.onicecandidate = ({ candidate }) => {
      if (candidate) this.signal({ source: this.id, target: source, data: { candidate } });
    };
    connection.onnegotiationneeded = () => void this.negotiate(peer);
    connection.ontrack = (event) => this.onTrack(peer, event);
    connection.ondatachannel = ({ channel }) => channel.close();
    connection.onconnectionstatechange = () => {
      if (connection.connectionState === "failed") connection.restartIce();
      if (["failed", "disconnected"].includes(connection.connectionState)) this.arm(peer);
      if (connection.connectionState === "connected") clearTimeout(peer.timer);
    };
    peer.ctrlDc = connection.createDataChannel("rtcio:ctrl", { negotiated: true, id: 0 });
    peer.ctrlDc.onopen = () => {
      for (const text of peer.ctrlQueue.splice(0)) peer.ctrlDc.send(text);
      this.dispatch("peer-connect", { id: source });
      peer.connectFired = true;
    };
    peer.ctrlDc.onmessage = ({ data }: any) => {
      const { e, d } = JSON.parse(data);
      if (typeof e !== "string" || e.startsWith("#rtcio:") || RESERVED.includes(e)) return;
      this.dispatch(e, ...(Array.isArray(d) ? d : []));
    };
    return peer;
  }

  private dispatch(event: string, ...args: any[]): void {
    for (const listener of [...this.listeners(event)]) listener.apply(this, args);
  }

  private arm(peer: any): void {
    clearTimeout(peer.timer);
    peer.timer = setTimeout(() => {
      if (!["connected", "closed"].includes(peer.connection.connectionState)) this.cleanup(peer.socketId);
    }, peer.hinted ? 2500 : 12000);
  }

  private hint(id: string): void {
    const peer = this.peers[id];
    if (!peer) return;
    peer.hinted = true;
    if (["failed", "disconnected"].includes(peer.connection.connectionState)) this.cleanup(id);
  }

  private cleanup(id: string): void {
    const peer = this.peers[id];
    if (!peer) return;
    peer.connection.close();
    delete this.peers[id];
    delete this.queues[id];
    if (peer.connectFired) this.dispatch("peer-disconnect", { id });
  }

  private signal(envelope: object): void {
    super.emit("#rtcio:message", envelope);
  }

  private initialize({ source }: any, { polite }: any): void {
    const peer = this.createPeer(source, polite);
    this.replayStreams(peer);
    this.replayChannels(peer);
  }

  private replayStreams(peer: any): void {
    for (const { stream } of Object.values(this.registry)) this.addStream(peer, stream);
  }

  private replayChannels(peer: any): void {
    for (const name of this.channelNames) this.openChannel(peer, name);
  }

  private addStream(peer: any, stream: RTCIOStream): void {
    peer.streams[stream.mediaStream.id] = stream;
    for (const track of stream.mediaStream.getTracks()) {
      peer.connection.addTransceiver(track, { direction: "sendonly", streams: [stream.mediaStream] });
    }
  }

  private async negotiate(peer: any): Promise<void> {
    peer.needed = true;
    if (peer.inProgress) return;
    await Promise.resolve();
    while (peer.needed) {
      peer.needed = false;
      peer.inProgress = peer.makingOffer = true;
      try {
        await peer.connection.setLocalDescription();
        this.signal({ source: this.id, target: peer.socketId, data: { description: peer.connection.localDescription } });
      } catch {
        // Logged by the original, and that is all.
      } finally {
        peer.inProgress = peer.makingOffer = false;
      }
    }
  }

  private enqueue(payload: any): void {
    const { source } = payload;
    this.queues[source] = (this.queues[source] ?? Promise.resolve()).then(() => this.handle(payload)).catch(() => {});
  }

  private async handle({ source, data }: any): Promise<void> {
    let peer = this.peers[source];
    const isNew = !peer;
    peer ??= this.createPeer(source, false);
    const { connection } = peer;
    const { description, candidate, events, mid } = data;
    if (description) {
      const ready = !peer.makingOffer && connection.signalingState === "stable";
      const collides = description.type === "offer" && !ready;
      peer.ignoreOffer = !peer.polite && collides;
      if (peer.ignoreOffer) return;
      if (description.type === "answer" && connection.signalingState === "stable") return;
      await connection.setRemoteDescription(description);
      if (description.type === "offer") {
        await connection.setLocalDescription();
        this.signal({ target: source, source: this.id, data: { description: connection.localDescription } });
      }
      if (isNew) {
        queueMicrotask(() => this.peers[source] === peer && this.replayStreams(peer));
        queueMicrotask(() => this.peers[source] === peer && this.replayChannels(peer));
      }
    } else if (candidate) {
      await connection.addIceCandidate(candidate);
    } else if (events) {
      const wrapper = peer.streams[mid];
      if (!wrapper) return;
      for (const [event, args] of Object.entries(events)) this.dispatch(event, ...deserialize(args, wrapper));
    } else if (mid) {
      const wrapper = peer.streams[mid];
      const entry = wrapper && this.registry[wrapper.id];
      if (entry) this.signal({ source: this.id, target: source, data: { mid, events: serialize(entry.events) } });
    }
  }

  private onTrack(peer: any, { streams, track }: RTCTrackEvent): void {
    const stream = streams[0]!;
    const known = peer.streams[stream.id];
    if (known) {
      for (const old of known.mediaStream.getTracks()) {
        if (old.kind === track.kind && old !== track) known.mediaStream.removeTrack(old);
      }
      known.mediaStream.addTrack(track);
      this.dispatch("track-added", { peerId: peer.socketId, stream: known.mediaStream, track });
      return;
    }
    peer.streams[stream.id] = new RTCIOStream(stream);
    this.signal({ source: this.id, target: peer.socketId, data: { mid: stream.id } });
  }
}

export function io(url: string, options: any = {}): any {
  const manager = new Manager(url, options);
  manager.socket = ((namespace: string, opts: any) => new (OriginalSocket as any)(manager, namespace, opts)) as any;
  return manager.socket("/", options);
}
