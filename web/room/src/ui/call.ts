// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the rtcio authors

// The call: pictures, the bar of controls, the chat beside them, and what is said about it all.

import { Chat, REACTIONS } from "../call/chat.js";
import { explainMediaError, type Kind } from "../call/media.js";
import type { Room } from "../call/room.js";
import { Speaking } from "../call/speaking.js";
import { Transfers } from "../call/transfers.js";
import { el, isTyping, setState, setText } from "../lib/dom.js";
import { icon, type IconName } from "../lib/icons.js";
import { ChatPanel } from "./chat-panel.js";
import { devicePickers, screenPicker } from "./devices.js";
import { Menu } from "./menu.js";
import { Stage } from "./stage.js";
import { nextTheme } from "./theme.js";
import { Notices } from "./toast.js";

export class CallView {
  readonly element: HTMLElement;
  private readonly notices = new Notices();
  private readonly chat: Chat;
  private readonly speaking: Speaking;
  private readonly stage: Stage;
  private readonly panel: ChatPanel;
  private readonly mic: HTMLButtonElement;
  private readonly cam: HTMLButtonElement;
  private readonly share: HTMLButtonElement;
  private readonly chatButton: HTMLButtonElement;
  private readonly pointer: HTMLButtonElement;
  private readonly fullScreen = el("button", { type: "button", class: "plain", "aria-label": "Full screen", title: "Full screen (F)", "aria-keyshortcuts": "f", "aria-pressed": "false" }, icon("full"));
  private readonly unseen = el("span", { class: "count", hidden: true });
  private readonly people = el("span", { class: "people" });
  private readonly drop = el("div", { class: "drop", hidden: true }, el("p", {}, "Drop files to send them to everyone"));
  private readonly over = new AbortController();

  /** Made before the call begins, so that nothing of it is missed; shown when it does. */
  constructor(
    private readonly room: Room,
    private readonly onLeave: () => void,
  ) {
    this.chat = new Chat(room);
    const transfers = new Transfers(room);
    this.speaking = new Speaking(room);
    this.stage = new Stage(room, this.chat, this.speaking);
    this.panel = new ChatPanel(this.chat, transfers, room, this.notices, () => this.toggleChat(false));
    this.panel.onUnseen = (n) => {
      this.unseen.hidden = n === 0;
      setText(this.unseen, String(n));
      this.chatButton.setAttribute("aria-label", n ? `Chat, ${n} new` : "Chat");
    };
    this.mic = control("mic", "Microphone", "m", () => void this.toggleDevice("audio"));
    this.cam = control("cam", "Camera", "v", () => void this.toggleDevice("video"));
    this.share = control("share", "Share screen", "s", () => void this.toggleShare());
    this.share.hidden = !navigator.mediaDevices?.getDisplayMedia;
    this.chatButton = control("chat", "Chat", "c", () => this.toggleChat());
    this.chatButton.append(this.unseen);
    this.pointer = control("pointer", "Show my pointer", "p", () => this.togglePointer());
    setState(this.pointer, "aria-pressed", false);
    this.element = el("div", { class: "call" }, this.header(), this.body(), this.notices.element, this.drop);
    this.listen();
  }

  show(): void {
    this.room.sendCamera();
    this.showDevices();
    this.showPeople();
    this.mic.focus();
  }

  close(): void {
    this.over.abort();
    this.speaking.close();
    this.panel.close();
    this.element.remove();
  }

  // --- parts -----------------------------------------------------------------------------------

  private header(): HTMLElement {
    const { room } = this;
    return el(
      "header",
      { class: "top" },
      el("h1", {}, room.id),
      this.people,
      el("span", { class: "grow" }),
      el("button", { type: "button", class: "plain wide", onclick: () => void this.copyLink() }, icon("link"), el("span", {}, "Copy link")),
      el("a", { class: "plain wide", href: location.href, target: "_blank", rel: "noopener" }, icon("tab"), el("span", {}, "Open second tab")),
      this.fullScreen,
      el("button", { type: "button", class: "plain", "aria-label": "Change theme", title: "Change theme", onclick: () => this.notices.say(nextTheme()) }, icon("theme")),
    );
  }

  private body(): HTMLElement {
    const leave = el("button", { type: "button", class: "round danger", "aria-label": "Leave", title: "Leave", onclick: this.onLeave }, icon("leave"));
    const bar = el(
      "div",
      { class: "bar", role: "toolbar", "aria-label": "Call controls" },
      this.mic,
      this.cam,
      this.share,
      this.reactions(),
      this.pointer,
      this.chatButton,
      this.settings(),
      leave,
    );
    return el("div", { class: "body" }, el("main", { class: "middle" }, this.stage.element, bar), this.panel.element);
  }

  private reactions(): HTMLElement {
    const list = el(
      "div",
      { class: "emojis", role: "group", "aria-label": "Reactions" },
      ...REACTIONS.map((emoji) => el("button", { type: "button", class: "plain emoji", onclick: () => this.chat.react(emoji) }, emoji)),
    );
    return new Menu(control("react", "React", "r", () => {}), list).element;
  }

  private settings(): HTMLElement {
    const { media } = this.room;
    const pickers = devicePickers(media, (error) => this.notices.say(explainMediaError(error)));
    const content = el("div", { class: "settings", role: "group", "aria-label": "Devices" }, pickers, screenPicker(this.room));
    return new Menu(control("settings", "Devices", "d", () => {}), content).element;
  }

  // --- what happens ------------------------------------------------------------------------------

  private listen(): void {
    const { room } = this;
    const { signal } = this.over;
    room.media.on("change", () => this.showDevices());
    room.media.on("lost", (kind) => {
      this.notices.say(kind === "audio" ? "The microphone is gone." : "The camera is gone.");
      room.sendState();
    });
    room.on("came", () => this.showPeople());
    room.on("changed", (participant) => {
      if (participant.listed || participant.reached) this.showPeople();
    });
    room.on("went", ({ name, reached }) => {
      this.showPeople();
      if (reached) this.notices.say(`${name} has left`);
    });
    room.on("came", ({ name }) => room.joined && this.isShown && this.announce(name));
    room.on("signaling", (up) => this.showSignaling(up));
    room.on("refused", ({ message, reason }) => this.isShown && this.notices.hold(`The room does not take you back: ${message ?? reason}`));
    room.on("joined", () => this.notices.hold(undefined));
    room.on("sharing", (stream) => {
      setState(this.share, "aria-pressed", !!stream);
      this.share.setAttribute("aria-label", stream ? "Stop sharing" : "Share screen");
      this.share.title = `${stream ? "Stop sharing" : "Share screen"} (S)`;
    });
    this.chat.on("reaction", (from, emoji) => from && this.notices.say(`${from.name} ${emoji}`));
    document.addEventListener("keydown", (event) => this.shortcut(event), { signal });
    this.fullScreen.hidden = !document.fullscreenEnabled;
    this.fullScreen.addEventListener("click", () => void this.toggleFullScreen());
    document.addEventListener("fullscreenchange", () => setState(this.fullScreen, "aria-pressed", !!document.fullscreenElement), { signal });
    this.listenToDrops(signal);
  }

  private get isShown(): boolean {
    return this.element.isConnected;
  }

  private announce(name: string): void {
    this.notices.say(`${name} has joined`);
    this.panel.addLine(`${name} has joined`);
  }

  private listenToDrops(signal: AbortSignal): void {
    const hasFiles = (event: DragEvent) => event.dataTransfer?.types.includes("Files") && this.isShown;
    document.addEventListener("dragover", (event) => {
      if (!hasFiles(event)) return;
      event.preventDefault();
      this.drop.hidden = false;
    }, { signal });
    document.addEventListener("dragleave", ({ relatedTarget }) => {
      if (!relatedTarget) this.drop.hidden = true;
    }, { signal });
    document.addEventListener("drop", (event) => {
      this.drop.hidden = true;
      if (!hasFiles(event)) return;
      event.preventDefault();
      this.toggleChat(true);
      this.panel.sendFiles([...event.dataTransfer!.files]);
    }, { signal });
  }

  private shortcut(event: KeyboardEvent): void {
    if (!this.isShown || isTyping(event.target) || event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
    const button = this.element.querySelector<HTMLButtonElement>(`[aria-keyshortcuts="${CSS.escape(event.key.toLowerCase())}"]`);
    if (!button) return;
    event.preventDefault();
    button.click();
  }

  private showSignaling(up: boolean): void {
    if (up || !this.isShown) return;
    this.notices.hold("The server cannot be reached. Those who are here stay connected; trying again…");
  }

  private showDevices(): void {
    const { media } = this.room;
    show(this.mic, media.isOn("audio"), "mic", "micOff");
    show(this.cam, media.isOn("video"), "cam", "camOff");
  }

  private showPeople(): void {
    const n = this.room.participants.size + 1;
    setText(this.people, n === 1 ? "Nobody else is here yet" : `${n} here`);
  }

  // --- what one does -------------------------------------------------------------------------------

  private async toggleDevice(kind: Kind): Promise<void> {
    try {
      await this.room.setDevice(kind, !this.room.media.isOn(kind));
    } catch (error) {
      this.notices.say(explainMediaError(error));
    }
  }

  private async toggleShare(): Promise<void> {
    if (this.room.isSharing) return this.room.stopSharing();
    try {
      await this.room.share();
    } catch (error) {
      // Whoever closes the browser's dialog knows that nothing is shared.
      if ((error as DOMException).name !== "NotAllowedError") this.notices.say("The screen cannot be shared.");
    }
  }

  private toggleChat(open = !this.panel.isOpen): void {
    this.panel.toggle(open);
    setState(this.chatButton, "aria-pressed", open);
    if (!open) this.chatButton.focus();
  }

  private togglePointer(): void {
    const on = this.pointer.getAttribute("aria-pressed") !== "true";
    setState(this.pointer, "aria-pressed", on);
    this.stage.setPointing(on);
  }

  private async toggleFullScreen(): Promise<void> {
    try {
      if (document.fullscreenElement) await document.exitFullscreen();
      else await document.documentElement.requestFullscreen();
    } catch {
      this.notices.say("The browser does not show this page on the full screen.");
    }
  }

  private async copyLink(): Promise<void> {
    try {
      await navigator.clipboard.writeText(location.href);
      this.notices.say("Link copied");
    } catch {
      this.notices.say("Copy the address of this page: it is the link.");
    }
  }
}

function control(name: IconName, label: string, key: string, onclick: () => void): HTMLButtonElement {
  const title = `${label} (${key.toUpperCase()})`;
  return el("button", { type: "button", class: "round", "aria-label": label, title, "aria-keyshortcuts": key, onclick }, icon(name));
}

function show(button: HTMLButtonElement, on: boolean, iconOn: IconName, iconOff: IconName): void {
  setState(button, "aria-pressed", on);
  button.classList.toggle("off", !on);
  button.replaceChildren(icon(on ? iconOn : iconOff));
}
