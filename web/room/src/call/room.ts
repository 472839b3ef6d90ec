// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the rtcio authors

// A call: who is in it, what they send, and how well they are reached. What a peer says about
// itself is taken only from the peer's own connection, whatever ids its messages name.

import { io, RTCIOStream, type Socket } from "rtcio-client";
import { Emitter } from "../lib/emitter.js";
import { cleanName } from "../lib/names.js";
import type { Kind, LocalMedia } from "./media.js";
import { Participant, type Path } from "./participant.js";
import { cameraEncoding, screenEncoding, type ScreenContent } from "./quality.js";

export interface JoinRefusal {
  reason: string;
  message?: string;
}

type Events = {
  /** In the room, for the first time or again. */
  joined: [];
  refused: [refusal: JoinRefusal];
  /** Taken out by who runs the server, with what they say about it. */
  removed: [reason: string | undefined];
  /** Somebody came, changed, or went. */
  came: [participant: Participant];
  changed: [participant: Participant];
  went: [participant: Participant];
  /** Whether the server is reached. */
  signaling: [up: boolean];
  /** Own screen: shared or not. */
  sharing: [stream: MediaStream | undefined];
};

const STATS_MS = 3000;

declare const RTCIO_SERVER: string;

export class Room extends Emitter<Events> {
  readonly socket: Socket;
  readonly participants = new Map<string, Participant>();
  name = "";
  private password = "";
  private wantsIn = false;
  private camera: RTCIOStream | undefined;
  private screen: RTCIOStream | undefined;
  private content: ScreenContent = "detail";
  private statsTimer: ReturnType<typeof setInterval> | undefined;

  constructor(
    readonly id: string,
    readonly media: LocalMedia,
  ) {
    super();
    for (const event of ["came", "went"] as const) this.on(event, () => this.fitStreams());
    media.on("change", () => this.fitStreams());
    const query = new URLSearchParams(location.search);
    this.socket = io(RTCIO_SERVER || undefined, {
      debug: query.get("debug") === "1",
      transports: transportsOf(query.get("transport")),
    });
    this.listen();
  }

  get ownId(): string {
    return this.socket.id ?? "";
  }
  get isSharing(): boolean {
    return !!this.screen;
  }
  get joined(): boolean {
    return this.wantsIn;
  }

  // --- coming and going --------------------------------------------------------------------------

  /** Asks whether the room has a password. Undefined: the server has not said within `ms`. */
  needsPassword(ms = 4000): Promise<boolean | undefined> {
    return new Promise((resolve) => {
      const { server } = this.socket;
      const done = (answer: boolean | undefined) => {
        clearTimeout(timer);
        server.off("room-check-ok", onOk);
        server.off("join-error", onError);
        resolve(answer);
      };
      const onOk = (answer: any) => answer?.roomId === this.id && done(answer.passwordRequired === true);
      const onError = (answer: any) =>
        done(answer?.reason === "password-required" || answer?.reason === "wrong-password");
      const timer = setTimeout(() => done(undefined), ms);
      server.on("room-check-ok", onOk);
      server.on("join-error", onError);
      server.emit("check-room", { roomId: this.id });
    });
  }

  join(name: string, password: string): void {
    this.name = cleanName(name);
    this.password = password;
    this.wantsIn = true;
    if (this.socket.connected) this.sendJoin();
  }

  leave(): void {
    if (this.wantsIn) this.socket.leave(this.id);
    this.wantsIn = false;
    clearInterval(this.statsTimer);
    this.screen?.mediaStream.getTracks().forEach((track) => track.stop());
    this.socket.disconnect();
  }

  // --- own streams -------------------------------------------------------------------------------

  /** Sends camera and microphone, with whatever tracks there are now and later. */
  sendCamera(): void {
    if (this.camera) return;
    const camera = (this.camera = new RTCIOStream(this.media.stream, { videoEncoding: this.encoding() }));
    this.media.put = (track) => void camera.replaceTrack(track);
    this.socket.emit("camera", { id: this.ownId, name: this.name, camera: this.camera });
  }

  async setDevice(kind: Kind, on: boolean): Promise<void> {
    await this.media.set(kind, on);
    this.sendState();
  }

  private encoding(): ReturnType<typeof cameraEncoding> {
    return cameraEncoding(this.participants.size, this.media.track("video")?.getSettings());
  }

  private screenEncoding(): ReturnType<typeof screenEncoding> {
    return screenEncoding(this.participants.size, this.content);
  }

  /** What one's own screen shows, also while it is shared. */
  get screenContent(): ScreenContent {
    return this.content;
  }
  set screenContent(content: ScreenContent) {
    this.content = content;
    this.fitStreams();
  }

  /** Sends camera and screen as it suits so many people. */
  private fitStreams(): void {
    void this.camera?.setEncoding(this.encoding());
    void this.screen?.setEncoding(this.screenEncoding());
  }

  async share(): Promise<void> {
    const stream = await navigator.mediaDevices.getDisplayMedia({ video: { frameRate: 30 }, audio: true });
    this.stopSharing();
    this.screen = new RTCIOStream(stream, { videoEncoding: this.screenEncoding() });
    // The browser has a button of its own for this.
    stream.getVideoTracks()[0]?.addEventListener("ended", () => this.stopSharing());
    this.socket.emit("screenshare", { id: this.ownId, name: this.name, stream: this.screen });
    this.fire("sharing", stream);
  }

  stopSharing(): void {
    const { screen } = this;
    if (!screen) return;
    this.screen = undefined;
    screen.mediaStream.getTracks().forEach((track) => track.stop());
    this.socket.untrackStream(screen);
    this.socket.server.emit("stopScreenShare", { roomId: this.id, id: this.ownId });
    this.socket.emit("stopScreenShare", { id: this.ownId });
    this.fire("sharing", undefined);
  }

  /** Tells everybody whether this side can be heard and seen. */
  sendState(): void {
    if (this.socket.connected) this.socket.server.emit("media-state", this.state());
    this.socket.emit("media-state", this.state());
  }

  private state(): { id: string; roomId: string; mic: boolean; cam: boolean } {
    return { id: this.ownId, roomId: this.id, mic: this.media.isOn("audio"), cam: this.media.isOn("video") };
  }

  // --- what the server says ------------------------------------------------------------------------

  private listen(): void {
    const { socket } = this;
    socket.server.on("connect", () => {
      this.fire("signaling", true);
      socket.server.emit("ask-ice", (answer: any) => {
        if (Array.isArray(answer?.iceServers)) socket.setIceServers(answer.iceServers);
      });
      if (this.wantsIn) this.sendJoin();
    });
    socket.server.on("disconnect", () => {
      this.fire("signaling", false);
      for (const participant of this.participants.values()) participant.listed = false;
    });
    socket.server.on("connect_error", () => this.fire("signaling", false));
    socket.server.on("join-ok", () => {
      this.sendState();
      this.statsTimer ??= setInterval(() => void this.measure(), STATS_MS);
      this.fire("joined");
    });
    for (const event of ["join-error", "error"]) {
      socket.server.on(event, (refusal: any) => {
        if (!this.wantsIn || (refusal?.roomId !== undefined && refusal.roomId !== this.id)) return;
        this.fire("refused", { reason: String(refusal?.reason ?? refusal?.code ?? ""), message: text(refusal?.message) });
      });
    }
    socket.server.on("room-removed", (removal: any) => {
      if (this.wantsIn && removal?.roomId === this.id) this.fire("removed", text(removal.reason));
    });
    socket.server.on("user-connected", (user: any) => this.listed(user));
    socket.server.on("user-disconnected", (user: any) => this.unlisted(user?.id));
    socket.server.on("media-state", (state: any) => this.takeState(state?.id, state));
    socket.server.on("stopScreenShare", (stop: any) => this.dropScreen(stop?.id));
    socket.on("peer-connect", ({ id }: { id: string }) => this.reached(id));
    socket.on("peer-disconnect", ({ id }: { id: string }) => this.lost(id));
    socket.on("track-removed", ({ peerId, stream }: { peerId: string; stream: MediaStream }) => {
      const participant = this.participants.get(peerId);
      if (!participant) return;
      if (participant.screen === stream && !stream.getTracks().length) this.dropScreen(peerId);
      else this.changed(participant);
    });
    socket.on("track-added", ({ peerId }: { peerId: string }) => {
      const participant = this.participants.get(peerId);
      if (participant) this.changed(participant);
    });
  }

  private sendJoin(): void {
    const { id: roomId, name, password } = this;
    this.socket.server.emit("join-room", password ? { roomId, name, password } : { roomId, name });
  }

  private listed(user: any): void {
    if (typeof user?.id !== "string" || user.id === this.ownId) return;
    const participant = this.meet(user.id, user.name);
    participant.listed = true;
    const name = cleanName(user.name);
    if (participant.name !== name) {
      participant.name = name;
      this.changed(participant);
    }
  }

  private unlisted(id: unknown): void {
    const participant = typeof id === "string" ? this.participants.get(id) : undefined;
    if (!participant) return;
    participant.listed = false;
    // Its connection says when it is gone; without one, this is all that will be heard.
    if (!participant.reached) this.forget(participant);
  }

  // --- what peers say --------------------------------------------------------------------------------

  private meet(id: string, name: unknown): Participant {
    const known = this.participants.get(id);
    if (known) return known;
    const participant = new Participant(id, name);
    this.participants.set(id, participant);
    const peer = this.socket.peer(id);
    peer.on("camera", (payload: unknown) => this.takeStream(participant, "camera", payload));
    peer.on("screenshare", (payload: unknown) => this.takeStream(participant, "screen", payload));
    peer.on("media-state", (state: unknown) => this.takeState(id, state));
    peer.on("stopScreenShare", () => this.dropScreen(id));
    this.fire("came", participant);
    return participant;
  }

  private reached(id: string): void {
    const participant = this.meet(id, undefined);
    participant.reach = "connected";
    this.socket.peer(id).emit("media-state", this.state());
    const connection = this.socket.getPeer(id)?.connection;
    connection?.addEventListener("connectionstatechange", () => {
      if (this.participants.get(id) !== participant) return;
      participant.reach = connection.connectionState === "connected" ? "connected" : "reconnecting";
      this.changed(participant);
    });
    this.changed(participant);
    void this.measure();
  }

  private lost(id: string): void {
    const participant = this.participants.get(id);
    if (!participant) return;
    this.forget(participant);
    // Still in the room, but out of reach: a new connection may come. What was listened to went
    // with the old one.
    if (participant.listed && this.socket.connected) this.listed(participant);
  }

  /** Of who has gone meanwhile nothing is told: a tile would come back. */
  private changed(participant: Participant): void {
    if (this.participants.get(participant.id) === participant) this.fire("changed", participant);
  }

  private forget(participant: Participant): void {
    if (this.participants.get(participant.id) !== participant) return;
    this.participants.delete(participant.id);
    this.fire("went", participant);
  }

  private takeStream(participant: Participant, as: "camera" | "screen", payload: unknown): void {
    if (this.participants.get(participant.id) !== participant) return;
    const stream = findStream(payload);
    if (!stream) return;
    participant[as] = stream.mediaStream;
    stream.onTrackChanged(() => this.changed(participant));
    this.changed(participant);
  }

  private takeState(id: unknown, state: any): void {
    const participant = typeof id === "string" ? this.participants.get(id) : undefined;
    if (!participant || typeof state?.mic !== "boolean" || typeof state?.cam !== "boolean") return;
    participant.mic = state.mic;
    participant.cam = state.cam;
    this.changed(participant);
  }

  private dropScreen(id: unknown): void {
    const participant = typeof id === "string" ? this.participants.get(id) : undefined;
    if (!participant?.screen) return;
    participant.screen = undefined;
    this.changed(participant);
  }

  // --- how well ----------------------------------------------------------------------------------------

  private async measure(): Promise<void> {
    await Promise.all(
      [...this.participants.values()].map(async (participant) => {
        if (participant.reach !== "connected") return;
        const [sample, candidates] = await Promise.all([
          this.socket.getSessionStats(participant.id),
          this.socket.getIceCandidateStats(participant.id),
        ]).catch(() => []);
        if (!sample || !candidates) return;
        participant.rttMs = sample.rtt;
        participant.path = pathOf(candidates.selectedIceCandidatePairStats);
        this.changed(participant);
      }),
    );
  }
}

function text(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}

function transportsOf(wanted: string | null): string[] {
  return wanted === "polling" || wanted === "websocket" ? [wanted] : ["polling", "websocket"];
}

/** The stream in the arguments, wherever other pages put it. */
function findStream(payload: unknown): RTCIOStream | undefined {
  if (payload instanceof RTCIOStream) return payload;
  if (typeof payload !== "object" || payload === null) return undefined;
  return Object.values(payload).find((value): value is RTCIOStream => value instanceof RTCIOStream);
}

function pathOf(pair: { localCandidate: any; remoteCandidate: any } | undefined): Path | undefined {
  if (!pair?.localCandidate) return undefined;
  const types = [pair.localCandidate.candidateType, pair.remoteCandidate?.candidateType];
  if (types.includes("relay")) return "relayed";
  return types.every((type) => type === "host" || type === "prflx") ? "local" : "direct";
}
