// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the rtcio authors

// The parts of a browser that unit tests need, without what browsers do.

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
