// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the rtcio authors

// The pictures of the call and how they share the room there is: all alike, or one large with the
// others in a strip.

import type { Chat, Pointing } from "../call/chat.js";
import type { Participant } from "../call/participant.js";
import type { Room } from "../call/room.js";
import type { Speaking } from "../call/speaking.js";
import { el } from "../lib/dom.js";
import { Tile } from "./tile.js";

const OWN = "";
const GAP = 12;
const SHAPE = 16 / 9;

/** How many columns make tiles of 16:9 largest. */
export function columnsFor(n: number, width: number, height: number): { columns: number; tile: number } {
  let best = { columns: 1, tile: 0 };
  for (let columns = 1; columns <= Math.max(1, n); columns++) {
    const rows = Math.ceil(n / columns);
    const byWidth = (width - GAP * (columns - 1)) / columns;
    const byHeight = ((height - GAP * (rows - 1)) / rows) * SHAPE;
    const tile = Math.floor(Math.min(byWidth, byHeight));
    if (tile > best.tile) best = { columns, tile };
  }
  return best;
}

export class Stage {
  private readonly main = el("div", { class: "stage-main" });
  private readonly strip = el("div", { class: "stage-strip", hidden: true });
  readonly element = el("section", { class: "stage", "aria-label": "Participants" }, this.main, this.strip);
  private readonly tiles = new Map<string, Tile>();
  private pinned: string | undefined;
  private pointing = false;

  constructor(
    private readonly room: Room,
    private readonly chat: Chat,
    speaking: Speaking,
  ) {
    new ResizeObserver(() => this.layOut()).observe(this.element);
    room.on("came", (participant) => this.update(participant));
    room.on("changed", (participant) => this.update(participant));
    room.on("went", (participant) => this.remove(participant.id));
    room.on("sharing", (stream) => this.showOwnScreen(stream));
    room.media.on("change", () => this.showSelf());
    chat.on("reaction", (from, emoji) => this.tiles.get(keyOf(from?.id ?? OWN, "camera"))?.react(emoji));
    chat.on("pointer", (from, pointing) => this.showPointer(from, pointing));
    speaking.on("change", (who, talks) => this.tiles.get(keyOf(who?.id ?? OWN, "camera"))?.setTalking(talks));
    this.element.addEventListener("pointermove", (event) => this.tellPointer(event));
    this.element.addEventListener("pointerleave", () => this.pointing && chat.point(undefined));
    // Sound may start once somebody has touched the page.
    document.addEventListener("pointerdown", () => this.tiles.forEach((tile) => tile.play()));
    this.showSelf();
  }

  /** Whether the others see where this side's pointer is. */
  setPointing(on: boolean): void {
    this.pointing = on;
    if (!on) this.chat.point(undefined);
  }

  // --- who is shown --------------------------------------------------------------------------------

  private showSelf(): void {
    const { media } = this.room;
    this.tile(OWN, "camera").show({
      name: "You",
      stream: media.stream,
      video: media.isOn("video"),
      mic: media.isOn("audio"),
      reach: "connected",
    });
  }

  private showOwnScreen(stream: MediaStream | undefined): void {
    if (!stream) return this.removeTile(OWN, "screen");
    this.tile(OWN, "screen").show({ name: "You", stream, video: true, mic: true, reach: "connected" });
    this.layOut();
  }

  private update(participant: Participant): void {
    const { id, name, camera, screen, mic, cam, reach, rttMs, path } = participant;
    const video = cam && !!camera?.getVideoTracks().length;
    const quality = { ...(rttMs !== undefined && { rttMs }), ...(path && { path }) };
    this.tile(id, "camera").show({ name, stream: camera, video, mic, reach, ...quality });
    if (screen) this.tile(id, "screen").show({ name, stream: screen, video: true, mic: true, reach });
    else this.removeTile(id, "screen");
  }

  private tile(owner: string, kind: "camera" | "screen"): Tile {
    const key = keyOf(owner, kind);
    let tile = this.tiles.get(key);
    if (!tile) {
      tile = new Tile(owner, kind, owner === OWN, () => this.pin(key));
      tile.video.addEventListener("resize", () => this.layOut());
      this.tiles.set(key, tile);
      this.layOut();
    }
    return tile;
  }

  private remove(owner: string): void {
    for (const tile of this.tiles.values()) tile.point(owner, "", undefined);
    this.removeTile(owner, "screen");
    this.removeTile(owner, "camera");
  }

  private removeTile(owner: string, kind: "camera" | "screen"): void {
    const key = keyOf(owner, kind);
    this.tiles.get(key)?.close();
    if (this.tiles.delete(key)) this.layOut();
  }

  // --- where ---------------------------------------------------------------------------------------

  private pin(key: string): void {
    this.pinned = this.pinned === key ? undefined : key;
    this.layOut();
  }

  /** The pinned one, or else the latest screen that somebody else shares, or one's own. */
  private large(): Tile | undefined {
    const screens = [...this.tiles.values()].filter(({ kind }) => kind === "screen");
    return (this.pinned && this.tiles.get(this.pinned)) || screens.filter(({ own }) => !own).pop() || screens.pop();
  }

  private layOut(): void {
    const large = this.large();
    const others = [...this.tiles.values()].filter((tile) => tile !== large);
    for (const [key, tile] of this.tiles) tile.setPinned(key === this.pinned);
    place(this.main, large ? [large] : others);
    place(this.strip, large ? others : []);
    this.strip.hidden = !large;
    this.element.classList.toggle("focused", !!large);
    this.element.classList.toggle("upright", this.element.clientHeight > this.element.clientWidth);
    if (large) return this.fit(large);
    if (this.element.classList.contains("upright")) {
      this.main.style.setProperty("--columns", others.length > 2 ? "2" : "1");
      return;
    }
    const { columns, tile } = columnsFor(others.length, this.main.clientWidth, this.main.clientHeight);
    this.main.style.setProperty("--columns", String(columns));
    this.main.style.setProperty("--tile", `${tile}px`);
  }

  /** As large as the room allows, in the shape of its picture. */
  private fit({ video }: Tile): void {
    const { clientWidth, clientHeight } = this.main;
    const shape = video.videoWidth && video.videoHeight ? video.videoWidth / video.videoHeight : SHAPE;
    const width = Math.min(clientWidth, clientHeight * shape);
    this.main.style.setProperty("--fit-width", `${Math.floor(width)}px`);
    this.main.style.setProperty("--fit-height", `${Math.floor(width / shape)}px`);
  }

  // --- pointers --------------------------------------------------------------------------------------

  private tellPointer(event: PointerEvent): void {
    if (!this.pointing) return;
    const element = (event.target as Element).closest(".tile");
    const tile = [...this.tiles.values()].find((one) => one.element === element);
    const at = tile?.place(event);
    if (!tile || !at) return;
    this.chat.point({ over: tile.owner || this.room.ownId, kind: tile.kind, ...at });
  }

  private showPointer(from: Participant, pointing: Pointing | undefined): void {
    const owner = pointing?.over === this.room.ownId ? OWN : pointing?.over;
    const target = pointing && this.tiles.get(keyOf(owner ?? "?", pointing.kind));
    for (const tile of this.tiles.values()) {
      if (tile !== target) tile.point(from.id, "", undefined);
    }
    target?.point(from.id, from.name, pointing);
  }
}

function keyOf(owner: string, kind: "camera" | "screen"): string {
  return `${kind}:${owner}`;
}

/** Puts tiles into a container, moving only what is not there: a video that moves starts anew. */
function place(container: HTMLElement, tiles: Tile[]): void {
  tiles.forEach(({ element }, i) => {
    if (container.children[i] !== element) container.insertBefore(element, container.children[i] ?? null);
  });
  for (const { element, video } of tiles) if (element.isConnected && video.paused) void video.play().catch(() => {});
}
