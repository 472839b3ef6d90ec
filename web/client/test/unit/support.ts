// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the rtcio authors

// The parts of a browser that unit tests need, without what browsers do.

import { webcrypto } from "node:crypto";

// Node 18 has it, but not where browsers do.
(globalThis as any).crypto ??= webcrypto;

/** An RTCDataChannel whose other side is the test. */
export class FakeDataChannel {
  readyState: RTCDataChannelState = "connecting";
  bufferedAmount = 0;
  bufferedAmountLowThreshold = 0;
  binaryType = "blob";
  readonly sent: (string | ArrayBuffer)[] = [];
  /** What the browser's queue takes before it throws. */
  limit = 16 * 1024 * 1024;
  onopen: (() => void) | null = null;
  onclose: (() => void) | null = null;
  onmessage: ((event: { data: unknown }) => void) | null = null;
  onbufferedamountlow: (() => void) | null = null;
  onerror: ((event: unknown) => void) | null = null;

  send(data: string | ArrayBuffer): void {
    const size = typeof data === "string" ? data.length : data.byteLength;
    if (this.bufferedAmount + size > this.limit) throw new DOMException("queue is full", "OperationError");
    this.bufferedAmount += size;
    this.sent.push(data);
  }

  close(): void {
    this.readyState = "closed";
  }

  open(): void {
    this.readyState = "open";
    this.onopen?.();
  }

  /** The other side closes. */
  vanish(): void {
    this.readyState = "closed";
    this.onclose?.();
  }

  receive(data: unknown): void {
    this.onmessage?.({ data });
  }

  /** The network takes what was sent. */
  drain(to = 0): void {
    const wasAbove = this.bufferedAmount > this.bufferedAmountLowThreshold;
    this.bufferedAmount = to;
    if (wasAbove && to <= this.bufferedAmountLowThreshold) this.onbufferedamountlow?.();
  }

  get real(): RTCDataChannel {
    return this as unknown as RTCDataChannel;
  }
}

/** A MediaStreamTrack. */
export class FakeTrack {
  static n = 0;
  readonly id = `track-${++FakeTrack.n}`;
  readyState = "live";
  contentHint = "";
  constructor(readonly kind: "audio" | "video") {}

  get real(): MediaStreamTrack {
    return this as unknown as MediaStreamTrack;
  }
}

/** A MediaStream, which like a browser's tells nothing of changes that scripts make. */
export class FakeMediaStream extends EventTarget {
  static n = 0;
  readonly id = `media-${++FakeMediaStream.n}`;
  private tracks: FakeTrack[] = [];

  constructor(...kinds: ("audio" | "video")[]) {
    super();
    this.tracks = kinds.map((kind) => new FakeTrack(kind));
  }

  getTracks(): FakeTrack[] {
    return [...this.tracks];
  }
  getVideoTracks(): FakeTrack[] {
    return this.tracks.filter(({ kind }) => kind === "video");
  }
  getTrackById(id: string): FakeTrack | null {
    return this.tracks.find((track) => track.id === id) ?? null;
  }
  addTrack(track: FakeTrack): void {
    if (!this.tracks.includes(track)) this.tracks.push(track);
  }
  removeTrack(track: FakeTrack): void {
    this.tracks = this.tracks.filter((other) => other !== track);
  }

  get real(): MediaStream {
    return this as unknown as MediaStream;
  }
}

/** An RTCPeerConnection that plays offer and answer, and connects to nothing. */
export class FakePeerConnection {
  static all: FakePeerConnection[] = [];
  static n = 0;
  readonly n = ++FakePeerConnection.n;
  connectionState = "new";
  iceConnectionState = "new";
  signalingState = "stable";
  localDescription: { type: string; sdp: string } | null = null;
  remoteDescription: { type: string; sdp: string } | null = null;
  readonly channels: FakeDataChannel[] = [];
  readonly candidates: unknown[] = [];
  nRestarts = 0;
  onnegotiationneeded: (() => void) | null = null;
  onconnectionstatechange: (() => void) | null = null;

  constructor() {
    FakePeerConnection.all.push(this);
  }

  get sdp(): string {
    return descriptionOf(this.n);
  }

  createDataChannel(): FakeDataChannel {
    const channel = new FakeDataChannel();
    this.channels.push(channel);
    if (this.channels.length === 1) setImmediate(() => this.checkNeed());
    return channel;
  }

  /** As a browser: in a task of its own, and not if an offer of the other side came first. */
  private checkNeed(): void {
    if (!this.remoteDescription && this.signalingState === "stable") this.onnegotiationneeded?.();
  }

  async setLocalDescription(description?: { type: string }): Promise<void> {
    await Promise.resolve();
    if (description?.type === "rollback") {
      this.signalingState = "stable";
      this.localDescription = null;
      return;
    }
    const type = this.signalingState === "have-remote-offer" ? "answer" : "offer";
    this.signalingState = type === "answer" ? "stable" : "have-local-offer";
    this.localDescription = { type, sdp: this.sdp };
  }

  async setRemoteDescription(description: { type: string; sdp: string }): Promise<void> {
    await Promise.resolve();
    this.signalingState = description.type === "answer" ? "stable" : "have-remote-offer";
    this.remoteDescription = description;
  }

  async addIceCandidate(candidate: unknown): Promise<void> {
    this.candidates.push(candidate);
  }

  restartIce(): void {
    this.nRestarts++;
  }

  async getStats(): Promise<Map<string, object>> {
    return new Map();
  }

  close(): void {
    this.connectionState = this.signalingState = "closed";
  }

  become(state: string): void {
    this.connectionState = state;
    this.onconnectionstatechange?.();
  }
}

/** The description of a connection that is told from others by its number. */
export function descriptionOf(n: number | string): string {
  return `v=0\r\no=- ${n} 2 IN IP4 127.0.0.1\r\ns=-\r\na=fingerprint:sha-256 ${n}\r\n`;
}

/** Lets all promises that can settle do so. */
export async function settled(): Promise<void> {
  for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setImmediate(resolve));
}
