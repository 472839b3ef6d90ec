// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the rtcio authors

// The conversation in writing: texts, pictures and files, as they come.

import { MAX_TEXT, type Chat } from "../call/chat.js";
import type { Room } from "../call/room.js";
import type { Transfer, Transfers } from "../call/transfers.js";
import { el, setText } from "../lib/dom.js";
import { icon } from "../lib/icons.js";
import { formatBytes } from "../lib/names.js";
import type { Notices } from "./toast.js";

const MAX_ENTRIES = 500;
const AT_END_PX = 60;

export class ChatPanel {
  private readonly log = el("div", { class: "chat-log", role: "log", "aria-label": "Messages", tabindex: 0 });
  private readonly input = el("textarea", {
    rows: 1,
    maxlength: MAX_TEXT,
    placeholder: "Message everyone",
    "aria-label": "Message everyone",
  });
  private readonly picker = el("input", { type: "file", multiple: true, hidden: true, tabindex: -1, "aria-hidden": true });
  readonly element: HTMLElement;
  private readonly urls = new Map<Element, string>();
  private readonly rows = new Map<Transfer, TransferRow>();
  private unseen = 0;
  /** How many messages came while the panel was closed. */
  onUnseen: (n: number) => void = () => {};

  constructor(
    private readonly chat: Chat,
    private readonly transfers: Transfers,
    room: Room,
    private readonly notices: Notices,
    onClose: () => void,
  ) {
    const form = el(
      "form",
      { class: "chat-form" },
      el("button", { type: "button", class: "plain", "aria-label": "Send files", title: "Send files", onclick: () => this.picker.click() }, icon("attach")),
      this.input,
      el("button", { type: "submit", class: "plain accent", "aria-label": "Send message" }, icon("send")),
      this.picker,
    );
    this.element = el(
      "aside",
      { class: "chat", "aria-label": "Chat", hidden: true },
      el(
        "header",
        {},
        el("h2", {}, "Chat"),
        el("button", { type: "button", class: "plain", "aria-label": "Close chat", onclick: onClose }, icon("close")),
      ),
      this.log,
      form,
    );
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.submit();
    });
    this.listenToInput();
    chat.on("message", (from, text, at) => this.addText(from?.name, text, at));
    room.on("went", ({ name, listed, reached }) => (reached || !listed) && this.addLine(`${name} has left`));
    transfers.on("offered", (file, all, picture) => this.addOffer(file, all, picture));
    transfers.on("incoming", (transfer) => this.addIncoming(transfer));
    transfers.on("progress", (transfer) => this.showProgress(transfer));
  }

  get isOpen(): boolean {
    return !this.element.hidden;
  }

  toggle(open = !this.isOpen): void {
    this.element.hidden = !open;
    if (!open) return;
    this.unseen = 0;
    this.onUnseen(0);
    this.log.scrollTop = this.log.scrollHeight;
    this.input.focus();
  }

  /** Something that happened, between the messages. */
  addLine(text: string): void {
    this.append(el("p", { class: "line" }, text), false);
  }

  sendFiles(files: Iterable<File>, asPicture = false): void {
    for (const file of files) {
      const wrong = this.transfers.offer(file, asPicture);
      if (wrong) this.notices.say(wrong);
    }
  }

  close(): void {
    for (const url of this.urls.values()) URL.revokeObjectURL(url);
    this.urls.clear();
  }

  private listenToInput(): void {
    this.input.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
      event.preventDefault();
      this.submit();
    });
    this.input.addEventListener("paste", (event) => {
      const files = [...(event.clipboardData?.files ?? [])];
      if (!files.length) return;
      event.preventDefault();
      this.sendFiles(files, true);
    });
    this.picker.addEventListener("change", () => {
      this.sendFiles(this.picker.files ?? []);
      this.picker.value = "";
    });
  }

  private submit(): void {
    if (this.chat.say(this.input.value)) this.input.value = "";
  }

  private append(entry: HTMLElement, counts: boolean): void {
    const { log } = this;
    const atEnd = log.scrollHeight - log.scrollTop - log.clientHeight < AT_END_PX;
    log.append(entry);
    while (log.childElementCount > MAX_ENTRIES) this.drop(log.firstElementChild!);
    if (atEnd) log.scrollTop = log.scrollHeight;
    if (counts && !this.isOpen) this.onUnseen(++this.unseen);
  }

  private drop(entry: Element): void {
    const url = this.urls.get(entry);
    if (url) URL.revokeObjectURL(url);
    this.urls.delete(entry);
    for (const [transfer, row] of this.rows) {
      if (!entry.contains(row.element)) continue;
      if (!transfer.isOver) transfer.cancel();
      this.transfers.release(transfer);
      this.rows.delete(transfer);
    }
    entry.remove();
  }

  private entry(name: string | undefined, at: Date, ...body: Node[]): HTMLElement {
    const time = at.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
    return el(
      "article",
      { class: name === undefined ? "entry own" : "entry" },
      el("p", { class: "entry-head" }, el("b", {}, name ?? "You"), " ", el("time", { datetime: at.toISOString() }, time)),
      ...body,
    );
  }

  private addText(name: string | undefined, text: string, at: Date): void {
    this.append(this.entry(name, at, el("p", { class: "entry-text" }, text)), name !== undefined);
  }

  private addOffer(file: File, transfers: Transfer[], picture: boolean): void {
    const rows = transfers.map((transfer) => this.row(transfer, `to ${transfer.peer.name}`));
    const list = el("div", { class: "transfers" }, ...rows.map(({ element }) => element));
    const entry = this.entry(undefined, new Date(), el("div", { class: "bubble" }, fileHead(file.name, file.size), list));
    if (picture) this.showPicture(entry, file, file.name);
    this.append(entry, false);
  }

  private addIncoming(transfer: Transfer): void {
    const row = this.row(transfer, "");
    this.append(this.entry(transfer.peer.name, new Date(), el("div", { class: "bubble" }, fileHead(transfer.name, transfer.size), row.element)), true);
  }

  private row(transfer: Transfer, label: string): TransferRow {
    const row = new TransferRow(transfer, label);
    this.rows.set(transfer, row);
    return row;
  }

  private showProgress(transfer: Transfer): void {
    const row = this.rows.get(transfer);
    if (!row) return;
    row.show();
    const entry = row.element.closest("article");
    if (!transfer.blob || !entry || this.urls.has(entry)) return;
    if (transfer.picture) this.showPicture(entry, transfer.blob, transfer.name);
    const url = this.urls.get(entry) ?? this.urlFor(entry, transfer.blob);
    row.element.append(el("a", { class: "button", href: url, download: transfer.name }, "Save"));
  }

  private urlFor(entry: Element, blob: Blob): string {
    const url = URL.createObjectURL(blob);
    this.urls.set(entry, url);
    return url;
  }

  private showPicture(entry: Element, blob: Blob, name: string): void {
    entry.append(el("img", { class: "picture", src: this.urlFor(entry, blob), alt: name }));
  }
}

function fileHead(name: string, size: number): HTMLElement {
  return el("p", { class: "file" }, icon("file"), el("span", { class: "file-name" }, name), el("span", { class: "file-size" }, formatBytes(size)));
}

const STATES = { waiting: "waiting", running: "", done: "arrived", sent: "sent", cancelled: "cancelled", failed: "failed" };

/** How far a file is, on its way to or from one peer. */
class TransferRow {
  private readonly bar: HTMLProgressElement;
  private readonly note = el("span", { class: "note" });
  private readonly stop: HTMLButtonElement;
  readonly element: HTMLElement;

  constructor(
    private readonly transfer: Transfer,
    label: string,
  ) {
    const title = `${transfer.name} ${label}`.trim();
    this.bar = el("progress", { max: Math.max(1, transfer.size), "aria-label": title });
    this.stop = el("button", { type: "button", class: "plain small", "aria-label": `Cancel ${title}`, onclick: () => transfer.cancel() }, icon("close"));
    this.element = el("div", { class: "transfer" }, label && el("span", { class: "to" }, label), this.bar, this.note, this.stop);
    this.show();
  }

  show(): void {
    const { state, bytes, size, isOver } = this.transfer;
    this.element.dataset["state"] = state;
    this.bar.value = state === "done" || state === "sent" ? Math.max(1, size) : bytes;
    setText(this.note, STATES[state] || `${size ? Math.floor((bytes / size) * 100) : 100} %`);
    this.note.title = state === "sent" ? "All of it was sent. The other page does not tell what has arrived." : "";
    this.stop.hidden = isOver;
  }
}
