// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the rtcio authors

// A MediaStream that can be emitted. It tells who sends it when its tracks change; of connections
// it only knows the senders that it was told of.

import { applyEncoding, type VideoEncodingConfig } from "./encoding.js";
import { randomId } from "./ids.js";

/**
 * Chooses and orders the codecs for a track.
 *
 * @param capabilities - a copy of what the browser can send, with `rtx`, `red` and the like
 * @returns what to offer, best first; what is left out is not offered. Nothing or an empty list
 *   leaves the browser's own order.
 */
export type CodecPreferenceCallback = (
  capabilities: RTCRtpCodec[],
  kind: "audio" | "video",
) => RTCRtpCodec[] | undefined | void;

/** How an {@link RTCIOStream} is sent. */
export interface RTCIOStreamOptions {
  /** Bitrate, frame rate and so on of its video. */
  videoEncoding?: VideoEncodingConfig;
  /** Asked once per track and peer. */
  codecPreferences?: CodecPreferenceCallback;
}

/** What strings that stand for a stream in metadata begin with. */
export const STREAM_TOKEN = "[RTCIOStream] ";

type Callback<T> = (value: T) => void;

function subscribe<T>(set: Set<Callback<T>>, callback: Callback<T>): () => void {
  set.add(callback);
  return () => void set.delete(callback);
}

function notify<T>(set: Set<Callback<T>>, value: T): void {
  for (const callback of [...set]) {
    try {
      callback(value);
    } catch (error) {
      console.error("[rtc-io] A track listener failed", error);
    }
  }
}

// Browsers fire no event when a page calls addTrack() or removeTrack() of a MediaStream, so that
// these are watched for each stream that is wrapped.
const watched = new WeakMap<MediaStream, Set<() => void>>();

function watchScriptChanges(stream: MediaStream, changed: () => void): () => void {
  let watchers = watched.get(stream);
  if (!watchers) {
    const all = new Set<() => void>();
    watchers = all;
    watched.set(stream, all);
    for (const method of ["addTrack", "removeTrack"] as const) {
      const original = stream[method].bind(stream);
      stream[method] = (track) => {
        original(track);
        for (const tell of [...all]) tell();
      };
    }
  }
  watchers.add(changed);
  return () => void watchers.delete(changed);
}

/**
 * A MediaStream to emit: `socket.emit("camera", new RTCIOStream(mediaStream))`. Peers get an
 * RTCIOStream of their own in its place, with the same `id`.
 */
export class RTCIOStream {
  /** Identifies the stream to the application, here and at the peers. Not the MediaStream's id. */
  id: string;
  /** The tracks. */
  readonly mediaStream: MediaStream;
  private settings: RTCIOStreamOptions;
  private readonly changed = new Set<Callback<MediaStream>>();
  private readonly added = new Set<Callback<MediaStreamTrack>>();
  private readonly removed = new Set<Callback<MediaStreamTrack>>();
  private readonly watchers = new Set<Callback<MediaStream>>();
  private readonly senders = new Map<string, Set<RTCRtpSender>>();
  private mutating = false;
  private readonly stopWatching: () => void;

  /** @param mediaStream - what to send; its tracks may change later */
  constructor(mediaStream: MediaStream, options?: RTCIOStreamOptions);
  /** @param id - an id that stays the same, instead of a random one */
  constructor(id: string, mediaStream: MediaStream, options?: RTCIOStreamOptions);
  constructor(
    first: string | MediaStream,
    second?: MediaStream | RTCIOStreamOptions,
    third?: RTCIOStreamOptions,
  ) {
    const named = typeof first === "string";
    this.id = named ? first : randomId();
    this.mediaStream = (named ? second : first) as MediaStream;
    if (typeof this.mediaStream?.getTracks !== "function") {
      throw new TypeError("RTCIOStream: the first argument, or the one after the id, must be a MediaStream");
    }
    this.settings = { ...(named ? third : (second as RTCIOStreamOptions | undefined)) };
    this.mediaStream.addEventListener("addtrack", this.onPlatformAdd);
    this.mediaStream.addEventListener("removetrack", this.onPlatformRemove);
    this.stopWatching = watchScriptChanges(this.mediaStream, () => {
      if (!this.mutating) this.tellChange();
    });
    this.applyContentHint();
  }

  /** The options given, with what {@link setEncoding} changed. */
  get options(): Readonly<RTCIOStreamOptions> {
    return this.settings;
  }

  /** Adds a track; peers that get the stream get it too. */
  addTrack(track: MediaStreamTrack): this {
    this.mutate(() => this.mediaStream.addTrack(track));
    return this;
  }

  /** Takes a track away; peers see `track-removed`. The track itself goes on. */
  removeTrack(track: MediaStreamTrack): this {
    this.mutate(() => this.mediaStream.removeTrack(track));
    return this;
  }

  /**
   * Swaps the track of the same kind, without negotiation.
   *
   * @returns the track that was there, to be stopped by the caller, or null
   */
  replaceTrack(track: MediaStreamTrack): MediaStreamTrack | null {
    const old = this.mediaStream.getTracks().find(({ kind }) => kind === track.kind) ?? null;
    if (old === track) return null;
    this.mutate(() => {
      if (old) this.mediaStream.removeTrack(old);
      this.mediaStream.addTrack(track);
    });
    return old;
  }

  /** Takes all tracks of another stream instead of those it has. */
  replace(mediaStream: MediaStream): void {
    const tracks = mediaStream.getTracks();
    this.mutate(() => {
      for (const track of this.mediaStream.getTracks()) this.mediaStream.removeTrack(track);
      for (const track of tracks) this.mediaStream.addTrack(track);
    });
  }

  /** Calls back whenever the tracks have changed. @returns ends that */
  onTrackChanged(callback: (mediaStream: MediaStream) => void): () => void {
    return subscribe(this.changed, callback);
  }

  /** Calls back when the browser has added a track: one that a peer sends. @returns ends that */
  onTrackAdded(callback: (track: MediaStreamTrack) => void): () => void {
    return subscribe(this.added, callback);
  }

  /** Calls back when the browser has taken a track away. @returns ends that */
  onTrackRemoved(callback: (track: MediaStreamTrack) => void): () => void {
    return subscribe(this.removed, callback);
  }

  /**
   * Changes how the video is sent, at once and to all peers. A sender that refuses is left as it
   * was. Codecs cannot be changed so.
   */
  async setEncoding(encoding: Partial<VideoEncodingConfig>): Promise<void> {
    this.settings = {
      ...this.settings,
      videoEncoding: { ...this.settings.videoEncoding, ...encoding },
    };
    if (encoding.contentHint !== undefined) this.applyContentHint();
    const senders = [...this.senders.values()].flatMap((set) => [...set]);
    const video = senders.filter((sender) => sender.track?.kind === "video");
    await Promise.allSettled(video.map((sender) => applyEncoding(sender, encoding)));
  }

  /** Ends all callbacks. Peers go on getting the stream. */
  dispose(): void {
    this.mediaStream.removeEventListener("addtrack", this.onPlatformAdd);
    this.mediaStream.removeEventListener("removetrack", this.onPlatformRemove);
    if (!this.watchers.size) this.stopWatching();
    this.changed.clear();
    this.added.clear();
    this.removed.clear();
  }

  /** What stands for the stream in JSON. */
  toJSON(): string {
    return STREAM_TOKEN + this.id;
  }

  /** @internal Like {@link onTrackChanged}, but out of reach of {@link dispose}. */
  _watch(callback: (mediaStream: MediaStream) => void): () => void {
    return subscribe(this.watchers, callback);
  }

  /** @internal A peer sends a track that did not come by the browser's own event. */
  _receive(track: MediaStreamTrack): void {
    if (this.mediaStream.getTrackById(track.id)) return;
    this.mutate(() => this.mediaStream.addTrack(track));
    notify(this.added, track);
  }

  /** @internal A peer has stopped sending a track. */
  _lose(track: MediaStreamTrack): void {
    if (!this.mediaStream.getTrackById(track.id)) return;
    this.mutate(() => this.mediaStream.removeTrack(track));
    notify(this.removed, track);
  }

  /** @internal */
  _getCodecPreferences(): CodecPreferenceCallback | undefined {
    return this.settings.codecPreferences;
  }

  /** @internal */
  _getVideoEncoding(): VideoEncodingConfig | undefined {
    return this.settings.videoEncoding;
  }

  /** @internal */
  _registerSender(peerId: string, sender: RTCRtpSender): void {
    const senders = this.senders.get(peerId) ?? new Set();
    this.senders.set(peerId, senders.add(sender));
  }

  /** @internal */
  _unregisterSender(peerId: string, sender: RTCRtpSender): void {
    this.senders.get(peerId)?.delete(sender);
  }

  /** @internal */
  _unregisterPeer(peerId: string): void {
    this.senders.delete(peerId);
  }

  private readonly onPlatformAdd = ({ track }: MediaStreamTrackEvent): void => {
    notify(this.added, track);
    this.tellChange();
  };

  private readonly onPlatformRemove = ({ track }: MediaStreamTrackEvent): void => {
    notify(this.removed, track);
    this.tellChange();
  };

  /** Several changes at a time, told once. */
  private mutate(change: () => void): void {
    this.mutating = true;
    try {
      change();
    } finally {
      this.mutating = false;
    }
    this.tellChange();
  }

  private tellChange(): void {
    this.applyContentHint();
    notify(this.watchers, this.mediaStream);
    notify(this.changed, this.mediaStream);
  }

  private applyContentHint(): void {
    const hint = this.settings.videoEncoding?.contentHint;
    if (hint === undefined) return;
    for (const track of this.mediaStream.getVideoTracks()) track.contentHint = hint;
  }
}
