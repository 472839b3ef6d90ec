// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the rtcio authors

// Before the call: how one looks, what one is called, and the room's password if it has one.

import { explainMediaError, type Kind } from "../call/media.js";
import type { JoinRefusal, Room } from "../call/room.js";
import { el, setState, setText, showStream } from "../lib/dom.js";
import { icon } from "../lib/icons.js";
import { readSetting, writeSetting } from "../lib/settings.js";
import { devicePickers } from "./devices.js";
import { levelMeter } from "./level.js";

const REFUSALS: Record<string, string> = {
  "wrong-password": "That is not the password of this room.",
  "password-required": "This room has a password.",
  "invalid-room": "The server does not take this name of a room.",
  "room-full": "The room is full.",
  "rate-limited": "Too many tries. Wait a moment, then try again.",
  forbidden: "You may not enter this room.",
};

export class Lobby {
  readonly element: HTMLElement;
  private readonly over = new AbortController();
  private readonly name = el("input", { name: "name", autocomplete: "nickname", maxlength: 48, required: true, value: readSetting("name") });
  private readonly password = el("input", { type: "password", name: "password", autocomplete: "off", maxlength: 128 });
  private readonly passwordField = el("label", { class: "field" }, el("span", {}, "Password"), this.password);
  private readonly setPassword = el("details", {}, el("summary", {}, icon("lock"), "Set a password"));
  private readonly error = el("p", { class: "error", role: "alert" });
  private readonly hint = el("p", { class: "hint", role: "status" });
  private readonly button = el("button", { type: "submit", class: "primary" }, "Join");
  private readonly toggles: Record<Kind, HTMLButtonElement>;
  private readonly preview = el("video", { autoplay: true, playsinline: true, "aria-label": "Your camera" });
  private readonly placeholder = el("p", { class: "preview-text" });

  constructor(
    private readonly room: Room,
    onJoined: () => void,
  ) {
    const { media } = room;
    this.toggles = { audio: this.toggle("audio", "Microphone"), video: this.toggle("video", "Camera") };
    this.preview.muted = true;
    this.setPassword.hidden = true;
    this.passwordField.hidden = true;
    const form = el(
      "form",
      { class: "lobby-form" },
      el("p", { class: "eyebrow" }, "You are about to join"),
      el("h1", {}, room.id),
      el("label", { class: "field" }, el("span", {}, "Your name"), this.name),
      this.passwordField,
      this.setPassword,
      this.error,
      this.button,
      this.hint,
      el("p", { class: "small" }, "Picture, sound, chat and files go straight from browser to browser, encrypted."),
    );
    this.element = el(
      "main",
      { class: "lobby" },
      el(
        "section",
        { class: "lobby-preview", "aria-label": "Camera and microphone" },
        el(
          "div",
          { class: "preview" },
          this.preview,
          this.placeholder,
          levelMeter(media, this.over.signal),
          el("div", { class: "preview-controls" }, this.toggles.audio, this.toggles.video),
        ),
        devicePickers(media, (error) => this.fail(explainMediaError(error))),
      ),
      form,
    );
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.submit();
    });
    const offs = [
      media.on("change", () => this.showMedia()),
      room.on("refused", (refusal) => this.refused(refusal)),
      room.on("signaling", (up) => this.showSignaling(up)),
      room.on("joined", () => onJoined()),
    ];
    this.over.signal.addEventListener("abort", () => offs.forEach((off) => off()));
    this.showMedia();
    void this.askForPassword();
  }

  /** Where the keyboard starts. */
  focus(): void {
    this.name.focus();
  }

  close(): void {
    this.over.abort();
    this.preview.srcObject = null;
    this.element.remove();
  }

  private toggle(kind: Kind, label: string): HTMLButtonElement {
    const { media } = this.room;
    const button = el("button", {
      type: "button",
      class: "round",
      "aria-label": label,
      onclick: () => {
        media.set(kind, !media.isOn(kind)).catch((error: unknown) => this.fail(explainMediaError(error)));
      },
    });
    return button;
  }

  private showMedia(): void {
    const { media } = this.room;
    for (const kind of ["audio", "video"] as const) {
      const on = media.isOn(kind);
      setState(this.toggles[kind], "aria-pressed", on);
      this.toggles[kind].replaceChildren(icon(kind === "audio" ? (on ? "mic" : "micOff") : on ? "cam" : "camOff"));
    }
    const { error } = media;
    setText(this.placeholder, error ? explainMediaError(error) : media.isOn("video") ? "" : "Camera is off");
    this.preview.hidden = !media.isOn("video");
    showStream(this.preview, media.stream);
  }

  private async askForPassword(): Promise<void> {
    const needed = await this.room.needsPassword();
    if (needed) {
      this.passwordField.hidden = false;
      this.password.required = true;
    } else if (needed === false) {
      this.setPassword.hidden = false;
      this.setPassword.append(
        el("p", { class: "small" }, "Counts if nobody is in the room yet. Those who come later need it."),
        this.passwordField,
      );
      this.passwordField.hidden = false;
    }
  }

  private submit(): void {
    const name = this.name.value.trim();
    if (!name) return this.name.focus();
    writeSetting("name", name);
    this.button.disabled = true;
    setText(this.error, "");
    setText(this.hint, this.room.socket.connected ? "Joining…" : "Waiting for the server…");
    this.room.join(name, this.password.value.trim());
  }

  private refused({ reason, message }: JoinRefusal): void {
    this.fail(REFUSALS[reason] ?? message ?? "The server refused.");
    if (!reason.includes("password")) return;
    this.setPassword.hidden = true;
    this.button.before(this.passwordField);
    this.passwordField.hidden = false;
    this.password.required = true;
    this.password.focus();
    this.password.select();
  }

  private fail(text: string): void {
    this.button.disabled = false;
    setText(this.hint, "");
    setText(this.error, text);
  }

  private showSignaling(up: boolean): void {
    setText(this.hint, up ? "" : "The server cannot be reached. Trying again…");
  }
}
