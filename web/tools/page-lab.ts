// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the rtcio authors

// Runs in the pages: makes sockets of either library, streams without devices, and remembers
// what happened. The tests reach it as `window.lab`.

type AnySocket = any;

const RECORDED = ["peer-connect", "peer-disconnect", "track-added", "track-removed", "connect", "disconnect"];

interface Seen {
  event: string;
  args: any[];
  at: number;
}

class Lab {
  seen: Seen[] = [];
  socket: AnySocket;
  library: any;
  errors: string[] = [];

  constructor() {
    addEventListener("error", ({ message }) => this.errors.push(message));
    addEventListener("unhandledrejection", ({ reason }) => this.errors.push(String(reason)));
  }

  /** A connected socket of one of the two libraries. */
  async connect(kind: "rtcio-client" | "original", url: string, options: object): Promise<void> {
    this.library = await import(`/${kind}.js`);
    // Nothing is reachable but this machine: no STUN server, so that gathering ends at once.
    const iceServers = [{ urls: "stun:127.0.0.1:9" }];
    this.socket = this.library.io(url, { iceServers, forceNew: true, reconnectionDelay: 100, reconnectionDelayMax: 200, ...options });
    this.record(...RECORDED);
    if (!this.socket.connected) await this.next("connect");
  }

  /** Remembers these events, as what a test can be told of their arguments. */
  record(...events: string[]): void {
    for (const event of events) {
      this.socket.on(event, (...args: any[]) => this.note(event, args));
    }
  }

  note(event: string, args: any[]): void {
    this.seen.push({ event, args: args.map((arg) => this.plain(arg)), at: performance.timeOrigin + performance.now() });
  }

  /** Joins a room; the same again after a reconnection. */
  async join(roomId: string, name: string): Promise<void> {
    const join = (): void => this.socket.server.emit("join-room", { roomId, name });
    this.socket.on("connect", join);
    join();
    await this.next("join-ok");
  }

  async next(event: string): Promise<any[]> {
    return new Promise((resolve) => this.socket.once(event, (...args: any[]) => resolve(args)));
  }

  count(event: string): number {
    return this.seen.filter((one) => one.event === event).length;
  }

  /** A stream that needs no device. */
  media(kinds = "video"): MediaStream {
    const stream = new MediaStream();
    for (const kind of kinds.split("+")) stream.addTrack(kind === "video" ? this.video() : this.audio());
    return stream;
  }

  video(): MediaStreamTrack {
    const canvas = document.createElement("canvas");
    canvas.width = 64;
    canvas.height = 48;
    const context = canvas.getContext("2d")!;
    let n = 0;
    const draw = (): void => {
      context.fillStyle = `hsl(${(n += 20)} 80% 50%)`;
      context.fillRect(0, 0, 64, 48);
    };
    draw();
    const timer = setInterval(draw, 100);
    const track = canvas.captureStream(10).getVideoTracks()[0]!;
    track.addEventListener("ended", () => clearInterval(timer));
    return track;
  }

  audio(): MediaStreamTrack {
    const context = new AudioContext();
    const tone = context.createOscillator();
    const out = context.createMediaStreamDestination();
    tone.connect(out);
    tone.start();
    return out.stream.getAudioTracks()[0]!;
  }

  /** The ids of the peers, as far as they are connected. */
  peers(): string[] {
    const here = new Set<string>();
    for (const { event, args } of this.seen) {
      if (event === "peer-connect") here.add(args[0].id);
      if (event === "peer-disconnect") here.delete(args[0].id);
    }
    return [...here];
  }

  connectionTo(id: string): RTCPeerConnection {
    return this.socket.getPeer(id).connection;
  }

  mLines(id: string): number {
    return this.connectionTo(id).localDescription!.sdp.split("\r\nm=").length - 1;
  }

  /** Bytes of media that a connection has received. */
  async received(id: string): Promise<number> {
    let n = 0;
    (await this.connectionTo(id).getStats()).forEach((report) => {
      if (report.type === "inbound-rtp") n += report.bytesReceived;
    });
    return n;
  }

  private plain(value: any): any {
    if (typeof value === "function") return "[function]";
    if (value instanceof MediaStream) return { stream: value.id, kinds: this.kinds(value) };
    if (value instanceof MediaStreamTrack) return { track: value.kind };
    if (value instanceof ArrayBuffer) return { bytes: value.byteLength };
    if (value instanceof Error) return { error: value.message };
    if (this.library?.RTCIOStream && value instanceof this.library.RTCIOStream) {
      return { id: value.id, kinds: this.kinds(value.mediaStream) };
    }
    if (typeof value !== "object" || value === null) return value;
    if (Array.isArray(value)) return value.map((item) => this.plain(item));
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, this.plain(item)]));
  }

  private kinds(stream: MediaStream): string {
    return stream.getTracks().map(({ kind }) => kind).sort().join("+");
  }
}

(window as any).lab = new Lab();
