// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the rtcio authors

// Camera, microphone and screen of this side. Knows nobody else.

import { Emitter } from "../lib/emitter.js";

export type Kind = "audio" | "video";

const VIDEO: MediaTrackConstraints = {
  width: { ideal: 1280 },
  height: { ideal: 720 },
  frameRate: { ideal: 30 },
};
const AUDIO: MediaTrackConstraints = { echoCancellation: true, noiseSuppression: true, autoGainControl: true };

/** Why there is no picture or sound, in words for whoever sits there. */
export function explainMediaError(error: unknown): string {
  if (!window.isSecureContext) {
    return "Browsers give camera and microphone to https pages only. Open this page over https, or on localhost.";
  }
  switch ((error as DOMException | undefined)?.name) {
    case "NotAllowedError":
      return "The browser was not allowed to use camera or microphone. Allow it beside the address, then try again.";
    case "NotFoundError":
    case "OverconstrainedError":
      return "No camera or microphone was found. You can join all the same: you will see, hear and write.";
    case "NotReadableError":
    case "AbortError":
      return "Camera or microphone is in use by another program. Close that, then try again.";
    default:
      return "Camera and microphone cannot be used here. You can join all the same.";
  }
}

type Events = {
  /** Tracks or their state have changed. */
  change: [];
  /** The list of devices has. */
  devices: [];
  /** A track ended by itself: the device is gone. */
  lost: [kind: Kind];
};

export class LocalMedia extends Emitter<Events> {
  /** What is shown and sent. The object stays, its tracks change. */
  readonly stream = new MediaStream();
  /** Whether the person wants to be heard and seen; true without a device is not. */
  private wanted = { audio: true, video: true };
  private deviceIds: Record<Kind, string> = { audio: "", video: "" };
  devices: MediaDeviceInfo[] = [];
  error: unknown;
  /** How a track gets into the stream in place of the one of its kind: a call, which sends the
   *  stream, has a way of its own. */
  put: (track: MediaStreamTrack, old: MediaStreamTrack | undefined) => void = (track, old) => {
    if (old) this.stream.removeTrack(old);
    this.stream.addTrack(track);
  };

  constructor() {
    super();
    navigator.mediaDevices?.addEventListener("devicechange", () => void this.listDevices());
  }

  /** The first time: both at once, so that the browser asks once; then what there is. */
  async open(): Promise<void> {
    this.error = undefined;
    for (const kinds of [["audio", "video"], ["audio"], ["video"]] as Kind[][]) {
      try {
        for (const track of await this.acquire(kinds)) this.add(track);
        this.error = undefined;
        break;
      } catch (error) {
        // The first reason counts: for a camera that is missing, not for the microphone after it.
        this.error ??= error;
        if ((error as DOMException).name === "NotAllowedError") break;
      }
    }
    await this.listDevices();
    this.fire("change");
  }

  track(kind: Kind): MediaStreamTrack | undefined {
    return this.stream.getTracks().find((track) => track.kind === kind && track.readyState === "live");
  }

  /** Whether the others can hear or see. */
  isOn(kind: Kind): boolean {
    return this.wanted[kind] && !!this.track(kind);
  }

  /** Switches on or off. On without a track asks for the device again. @throws why that failed */
  async set(kind: Kind, on: boolean): Promise<void> {
    this.wanted[kind] = on;
    if (on && !this.track(kind)) {
      for (const track of await this.acquire([kind])) this.add(track);
      this.error = undefined;
      await this.listDevices();
    }
    for (const track of this.stream.getTracks()) track.enabled = this.wanted[track.kind as Kind];
    this.fire("change");
  }

  /** Uses another device. The old track is stopped. @throws why that failed; then nothing changes */
  async use(kind: Kind, deviceId: string): Promise<void> {
    const before = this.deviceIds[kind];
    this.deviceIds[kind] = deviceId;
    try {
      for (const track of await this.acquire([kind])) this.add(track);
    } catch (error) {
      this.deviceIds[kind] = before;
      throw error;
    }
    this.fire("change");
  }

  deviceOf(kind: Kind): string {
    return this.track(kind)?.getSettings().deviceId ?? this.deviceIds[kind];
  }

  close(): void {
    for (const track of this.stream.getTracks()) {
      track.stop();
      this.stream.removeTrack(track);
    }
    this.fire("change");
  }

  private async acquire(kinds: Kind[]): Promise<MediaStreamTrack[]> {
    if (!navigator.mediaDevices?.getUserMedia) throw new DOMException("no devices", "NotSupportedError");
    const device = (kind: Kind) =>
      this.deviceIds[kind] ? { deviceId: { exact: this.deviceIds[kind] } } : {};
    const stream = await navigator.mediaDevices.getUserMedia({
      audio: kinds.includes("audio") && { ...AUDIO, ...device("audio") },
      video: kinds.includes("video") && { ...VIDEO, ...device("video") },
    });
    return stream.getTracks();
  }

  private add(track: MediaStreamTrack): void {
    const kind = track.kind as Kind;
    const old = this.stream.getTracks().find((one) => one.kind === kind);
    track.enabled = this.wanted[kind];
    this.put(track, old);
    old?.stop();
    track.addEventListener("ended", () => {
      if (!this.stream.getTracks().includes(track)) return;
      this.fire("change");
      this.fire("lost", kind);
    });
  }

  private async listDevices(): Promise<void> {
    try {
      this.devices = await navigator.mediaDevices.enumerateDevices();
    } catch {
      this.devices = [];
    }
    this.fire("devices");
  }
}
