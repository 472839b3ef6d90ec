// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the rtcio authors

// Elements made in one expression. Text is always text: nothing here reads HTML.

export type Child = Node | string | null | undefined | false;

type Attributes = Record<string, string | number | boolean | EventListener | null | undefined>;

/** Makes an element: `on…` attributes are listeners, true and false set and leave out. */
export function el<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Attributes = {},
  ...children: Child[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") element.addEventListener(name.slice(2), value);
    else if (value === true) element.setAttribute(name, "");
    else if (value !== false && value != null) element.setAttribute(name, String(value));
  }
  element.append(...children.filter((child): child is Node | string => !!child));
  return element;
}

/** Sets the attribute to "true" or "false". */
export function setState(element: Element, attribute: string, value: boolean): void {
  element.setAttribute(attribute, String(value));
}

/** Changes the text, only if it is another: live regions speak up for every change. */
export function setText(element: Element, text: string): void {
  if (element.textContent !== text) element.textContent = text;
}

/** Whether key presses go into a field. */
export function isTyping(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && !!target.closest("input, textarea, select, [contenteditable]");
}

/** Shows a stream once it has something: a video that waits holds up the page's `load`. */
export function showStream(video: HTMLVideoElement, stream: MediaStream | undefined): void {
  const shown = stream?.getTracks().length ? stream : null;
  if (video.srcObject !== shown) video.srcObject = shown;
}
