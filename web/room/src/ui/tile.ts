// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the rtcio authors

// One picture of the call: somebody's camera, or a screen.

import type { Path, Reach } from "../call/participant.js";
import { el, setText, showStream } from "../lib/dom.js";
import { icon } from "../lib/icons.js";
import { colourOf, initials } from "../lib/names.js";

export interface TileView {
  name: string;
  stream: MediaStream | undefined;
  /** Whether there is a picture, and a sound. */
  video: boolean;
  mic: boolean;
  reach: Reach;
  rttMs?: number;
  path?: Path;
}

const N_COLOURS = 6;
const REACTION_MS = 3000;
const PATHS: Record<Path, string> = { local: "local network", direct: "direct", relayed: "relayed" };

export class Tile {
  readonly video = el("video", { autoplay: true, playsinline: true });
  private readonly avatar = el("div", { class: "avatar", "aria-hidden": true });
  private readonly label = el("span", { class: "tile-name" });
  private readonly muted = el("span", { class: "badge muted", role: "img", "aria-label": "microphone off" }, icon("micOff"));
  private readonly talking = el("span", { class: "badge talking", role: "img", "aria-label": "speaking", hidden: true }, el("i"), el("i"), el("i"));
  private readonly rtt = el("span");
  private readonly path = el("span", { class: "path" });
  private readonly quality = el("span", { class: "badge quality", title: "Round trip, and the way it goes" }, this.rtt, this.path);
  private readonly state = el("span", { class: "tile-state" });
  private readonly layer = el("div", { class: "layer", "aria-hidden": true });
  readonly element: HTMLElement;
  private readonly pointers = new Map<string, HTMLElement>();

  /** @param key - the owner's id and what it is, @param own - not to be heard here */
  constructor(
    readonly owner: string,
    readonly kind: "camera" | "screen",
    readonly own: boolean,
    onPin: () => void,
  ) {
    const pin = el("button", { class: "pin", type: "button", "aria-pressed": "false", onclick: onPin }, icon("pin"));
    this.pinButton = pin;
    this.video.muted = own;
    this.element = el(
      "figure",
      { class: `tile ${kind}`, "data-owner": owner, "data-kind": kind },
      this.avatar,
      this.video,
      this.layer,
      this.state,
      el("figcaption", {}, this.muted, this.talking, this.label, this.quality),
      pin,
    );
    if (own && kind === "camera") this.element.classList.add("mirrored");
  }

  private readonly pinButton: HTMLButtonElement;

  show(view: TileView): void {
    const { name, stream, video, mic, reach } = view;
    const title = this.kind === "camera" ? name : this.own ? "Your screen" : `${name}’s screen`;
    setText(this.label, title);
    this.element.setAttribute("aria-label", title);
    this.pinButton.setAttribute("aria-label", `Enlarge ${title}`);
    setText(this.avatar, initials(name));
    this.avatar.dataset["colour"] = String(colourOf(name, N_COLOURS));
    showStream(this.video, stream);
    this.element.classList.toggle("dark", !video);
    this.muted.hidden = mic;
    setText(this.state, reach === "connecting" ? "Connecting…" : reach === "reconnecting" ? "Reconnecting…" : "");
    this.state.hidden = reach === "connected";
    this.showQuality(view);
  }

  private showQuality({ rttMs, path, reach }: TileView): void {
    const known = rttMs !== undefined && path !== undefined && reach === "connected";
    this.quality.hidden = !known;
    if (!known) return;
    const rtt = Math.max(1, Math.round(rttMs));
    setText(this.rtt, `${rtt} ms`);
    setText(this.path, ` · ${PATHS[path]}`);
    this.quality.dataset["level"] = rtt < 150 ? "good" : rtt < 400 ? "fair" : "poor";
  }

  setPinned(pinned: boolean): void {
    this.pinButton.setAttribute("aria-pressed", String(pinned));
  }

  /** Shows that the owner talks: by a frame, and by a sign that is read out when one comes by. */
  setTalking(talks: boolean): void {
    this.talking.hidden = !talks;
    this.element.classList.toggle("talks", talks);
  }

  /** Plays what the browser refused to play before somebody touched the page. */
  play(): void {
    void this.video.play().catch(() => {});
  }

  react(emoji: string): void {
    const element = el("span", { class: "reaction" }, emoji);
    element.style.left = `${15 + Math.random() * 70}%`;
    this.layer.append(element);
    setTimeout(() => element.remove(), REACTION_MS);
  }

  /** The picture inside the element: it keeps its shape, so there may be room beside it. */
  private picture(): DOMRect {
    const box = this.element.getBoundingClientRect();
    const { videoWidth, videoHeight } = this.video;
    if (!videoWidth || this.kind === "camera") return box;
    const scale = Math.min(box.width / videoWidth, box.height / videoHeight);
    const [width, height] = [videoWidth * scale, videoHeight * scale];
    return new DOMRect(box.x + (box.width - width) / 2, box.y + (box.height - height) / 2, width, height);
  }

  /** Where in the picture a point of the page is. */
  place({ clientX, clientY }: { clientX: number; clientY: number }): { x: number; y: number } | undefined {
    const picture = this.picture();
    const x = (clientX - picture.x) / picture.width;
    const y = (clientY - picture.y) / picture.height;
    return x >= 0 && x <= 1 && y >= 0 && y <= 1 ? { x, y } : undefined;
  }

  /** Shows somebody's pointer, or no longer. */
  point(id: string, name: string, at: { x: number; y: number } | undefined): void {
    let pointer = this.pointers.get(id);
    if (!at) {
      pointer?.remove();
      this.pointers.delete(id);
      return;
    }
    if (!pointer) {
      pointer = el("span", { class: "cursor", "data-colour": colourOf(name, N_COLOURS) }, icon("pointer"), el("span", {}, name));
      this.pointers.set(id, pointer);
      this.layer.append(pointer);
    }
    const box = this.element.getBoundingClientRect();
    const picture = this.picture();
    pointer.style.left = `${((picture.x - box.x + at.x * picture.width) / box.width) * 100}%`;
    pointer.style.top = `${((picture.y - box.y + at.y * picture.height) / box.height) * 100}%`;
  }

  close(): void {
    this.video.srcObject = null;
    this.element.remove();
  }
}
