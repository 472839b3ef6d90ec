// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the rtcio authors

// What happens in passing, shown for a while and read out; and what goes on until it is over.

import { el, setText } from "../lib/dom.js";

const SHOWN_MS = 5000;
const MAX_SHOWN = 3;

export class Notices {
  private readonly toasts = el("div", { class: "toasts", role: "status", "aria-live": "polite" });
  private readonly banner = el("div", { class: "banner", role: "alert", hidden: true });
  readonly element = el("div", { class: "notices" }, this.banner, this.toasts);

  say(text: string): void {
    const toast = el("p", { class: "toast" }, text);
    this.toasts.append(toast);
    while (this.toasts.childElementCount > MAX_SHOWN) this.toasts.firstElementChild!.remove();
    setTimeout(() => toast.remove(), SHOWN_MS);
  }

  /** Says what goes on; undefined: nothing any more. */
  hold(text: string | undefined): void {
    this.banner.hidden = text === undefined;
    setText(this.banner, text ?? "");
  }
}
