// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the rtcio authors

// A button that opens something small above itself: closed by Escape, by a click elsewhere, and by
// leaving it with the keyboard.

import { el, setState } from "../lib/dom.js";

export class Menu {
  readonly element: HTMLElement;

  /** @param content - what opens; it has a role of its own if it needs one */
  constructor(
    readonly button: HTMLButtonElement,
    readonly content: HTMLElement,
    onOpen: () => void = () => {},
  ) {
    content.hidden = true;
    content.classList.add("popover");
    setState(button, "aria-expanded", false);
    this.element = el("div", { class: "menu" }, button, content);
    button.addEventListener("click", () => {
      this.toggle();
      if (!this.content.hidden) onOpen();
    });
    this.element.addEventListener("keydown", (event) => {
      if (event.key !== "Escape" || content.hidden) return;
      event.stopPropagation();
      this.toggle(false);
      button.focus();
    });
    this.element.addEventListener("focusout", ({ relatedTarget }) => {
      if (relatedTarget && !this.element.contains(relatedTarget as Node)) this.toggle(false);
    });
    document.addEventListener("pointerdown", ({ target }) => {
      if (!this.element.contains(target as Node)) this.toggle(false);
    });
  }

  toggle(open = this.content.hidden): void {
    this.content.hidden = !open;
    setState(this.button, "aria-expanded", open);
    if (open) this.content.querySelector<HTMLElement>("button, select")?.focus();
  }
}
