// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the rtcio authors

// Events between parts of the page, with their types.

type Listeners<E extends Record<string, unknown[]>> = { [K in keyof E]?: Set<(...args: E[K]) => void> };

export class Emitter<E extends Record<string, unknown[]>> {
  private readonly listeners: Listeners<E> = {};

  /** Calls back for an event. @returns ends that */
  on<K extends keyof E>(event: K, listener: (...args: E[K]) => void): () => void {
    const all = (this.listeners[event] ??= new Set<(...args: E[K]) => void>());
    all.add(listener);
    return () => all.delete(listener);
  }

  protected fire<K extends keyof E>(event: K, ...args: E[K]): void {
    for (const listener of [...(this.listeners[event] ?? [])]) listener(...args);
  }
}
