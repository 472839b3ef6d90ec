// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the rtcio authors

// The streams that one peer is sent, and the transceivers that carry them. Transceivers are never
// stopped (browsers disagree on what then becomes of their m-lines): one that a track has left
// becomes inactive, and carries another when the peer has agreed to that.

import { applyEncoding } from "./encoding.js";
import { reason, type Log } from "./log.js";
import type { RTCIOStream } from "./stream.js";

interface Attachment {
  stream: RTCIOStream;
  carriers: Map<MediaStreamTrack, RTCRtpTransceiver>;
  /** Tracks for which no transceiver is free yet. */
  waiting: Set<MediaStreamTrack>;
  unwatch: () => void;
}

export class Outbound {
  private readonly attachments = new Map<RTCIOStream, Attachment>();
  private readonly free = new Set<RTCRtpTransceiver>();
  private readonly reused = new WeakSet<RTCRtpTransceiver>();

  constructor(
    private readonly connection: RTCPeerConnection,
    private readonly peerId: string,
    private readonly isOffering: () => boolean,
    private readonly log: Log,
  ) {}

  get streams(): Iterable<RTCIOStream> {
    return this.attachments.keys();
  }

  /** The transceivers that carry a stream. */
  carriersOf(stream: RTCIOStream): RTCRtpTransceiver[] {
    return [...(this.attachments.get(stream)?.carriers.values() ?? [])];
  }

  has(stream: RTCIOStream): boolean {
    return this.attachments.has(stream);
  }

  /** Sends a stream, and follows its changes from now on. */
  attach(stream: RTCIOStream): void {
    if (this.attachments.has(stream)) return;
    const attachment: Attachment = {
      stream,
      carriers: new Map(),
      waiting: new Set(),
      unwatch: stream._watch(() => this.sync(attachment)),
    };
    this.attachments.set(stream, attachment);
    this.sync(attachment);
  }

  /** Stops sending a stream. */
  detach(stream: RTCIOStream): void {
    const attachment = this.attachments.get(stream);
    if (!attachment) return;
    attachment.unwatch();
    this.attachments.delete(stream);
    for (const carrier of attachment.carriers.values()) this.release(stream, carrier);
    stream._unregisterPeer(this.peerId);
  }

  /** To be called when offer and answer have met: transceivers may have become free. */
  settled(): void {
    for (const attachment of this.attachments.values()) {
      const { stream, waiting } = attachment;
      for (const track of [...waiting]) {
        if (!stream.mediaStream.getTrackById(track.id) || this.place(stream, track, attachment.carriers)) {
          waiting.delete(track);
        }
      }
    }
  }

  /** To be called before and after each description. With every one, Chromium forgets what
   *  `setStreams()` said and falls back on the first stream that a transceiver has ever had. */
  keepStreams(): void {
    for (const { stream, carriers } of this.attachments.values()) {
      for (const carrier of carriers.values()) {
        if (this.reused.has(carrier) && carrier.currentDirection !== "stopped") carrier.sender.setStreams(stream.mediaStream);
      }
    }
  }

  close(): void {
    for (const { stream, unwatch } of this.attachments.values()) {
      unwatch();
      stream._unregisterPeer(this.peerId);
    }
    this.attachments.clear();
  }

  /** Makes the transceivers carry the tracks that the stream has now. */
  private sync(attachment: Attachment): void {
    const { stream, carriers, waiting } = attachment;
    const tracks = stream.mediaStream.getTracks();
    const added = tracks.filter((track) => !carriers.has(track));
    for (const [track, carrier] of [...carriers]) {
      if (tracks.includes(track)) continue;
      carriers.delete(track);
      const at = added.findIndex(({ kind }) => kind === track.kind);
      if (at < 0) {
        this.release(stream, carrier);
        continue;
      }
      const [successor] = added.splice(at, 1);
      carriers.set(successor!, carrier);
      this.swap(carrier.sender, successor!);
      this.encode(stream, carrier, false);
    }
    waiting.clear();
    for (const track of added) {
      if (!this.place(stream, track, carriers)) waiting.add(track);
    }
  }

  /** @returns false if a transceiver will be free soon and is worth waiting for */
  private place(
    stream: RTCIOStream,
    track: MediaStreamTrack,
    carriers: Map<MediaStreamTrack, RTCRtpTransceiver>,
  ): boolean {
    // One that the peer has stopped carries nothing any more.
    for (const carrier of this.free) if (carrier.currentDirection === "stopped") this.free.delete(carrier);
    const candidates = [...this.free].filter(({ receiver }) => receiver.track.kind === track.kind);
    const idle = candidates.find((carrier) => this.isIdle(carrier));
    if (!idle && candidates.length) return false;
    const carrier = idle ?? this.add(stream, track);
    if (idle) this.reuse(idle, stream, track);
    carriers.set(track, carrier);
    stream._registerSender(this.peerId, carrier.sender);
    this.preferCodecs(stream, carrier, track.kind as "audio" | "video");
    this.encode(stream, carrier, Boolean(idle));
    return true;
  }

  private add(stream: RTCIOStream, track: MediaStreamTrack): RTCRtpTransceiver {
    return this.connection.addTransceiver(track, {
      direction: "sendonly",
      streams: [stream.mediaStream],
    });
  }

  // A peer sees a new stream on an old m-line only if the line was inactive in between.
  private isIdle({ mid, currentDirection }: RTCRtpTransceiver): boolean {
    if (this.connection.signalingState !== "stable" || this.isOffering()) return false;
    return mid === null || currentDirection === "inactive";
  }

  private reuse(carrier: RTCRtpTransceiver, stream: RTCIOStream, track: MediaStreamTrack): void {
    this.free.delete(carrier);
    this.reused.add(carrier);
    this.swap(carrier.sender, track);
    carrier.sender.setStreams(stream.mediaStream);
    carrier.direction = "sendonly";
  }

  private release(stream: RTCIOStream, carrier: RTCRtpTransceiver): void {
    stream._unregisterSender(this.peerId, carrier.sender);
    if (carrier.currentDirection === "stopped") return;
    this.swap(carrier.sender, null);
    carrier.direction = "inactive";
    this.free.add(carrier);
  }

  private swap(sender: RTCRtpSender, track: MediaStreamTrack | null): void {
    sender.replaceTrack(track).catch((error: unknown) => {
      if (this.connection.connectionState === "closed") return;
      this.log.warn("replaceTrack failed", { reason: reason(error) });
    });
  }

  private encode(stream: RTCIOStream, carrier: RTCRtpTransceiver, reset: boolean): void {
    const encoding = stream._getVideoEncoding();
    if (carrier.receiver.track.kind !== "video" || !(encoding || reset)) return;
    applyEncoding(carrier.sender, encoding ?? {}, reset).catch((error: unknown) => {
      if (this.connection.connectionState === "closed") return;
      this.log.warn("Video encoding not applied", { reason: reason(error) });
    });
  }

  private preferCodecs(stream: RTCIOStream, carrier: RTCRtpTransceiver, kind: "audio" | "video"): void {
    const choose = stream._getCodecPreferences();
    if (!choose || typeof carrier.setCodecPreferences !== "function") return;
    try {
      const capabilities = RTCRtpSender.getCapabilities(kind)?.codecs ?? [];
      const chosen = choose(capabilities.map((codec) => ({ ...codec })), kind);
      if (chosen?.length) carrier.setCodecPreferences(chosen);
    } catch (error) {
      this.log.error("codecPreferences failed", { reason: reason(error) });
    }
  }
}
