// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the rtcio authors

// Event listeners by name, where one that fails does not keep the others from being called.

/** Any listener: what an event carries is between its sender and its listeners. */
export type Listener = (...args: any[]) => void;

interface Entry {
  call: Listener;
  once: boolean;
}

/** Calls a listener; what it throws or rejects with goes to the console. */
export function callListener(listener: Listener, self: unknown, args: unknown[]): void {
  try {
    const result: unknown = listener.apply(self, args);
    if (result instanceof Promise) result.catch(report);
  } catch (error) {
    report(error);
  }
}

function report(error: unknown): void {
  console.error("[rtc-io] An event listener failed", error);
}

/** Listeners of one object. */
export class Listeners {
  private readonly byEvent = new Map<string, Entry[]>();

  on(event: string, call: Listener): void {
    this.add(event, { call, once: false });
  }

  once(event: string, call: Listener): void {
    this.add(event, { call, once: true });
  }

  /** Removes one listener, all of an event, or all. */
  off(event?: string, call?: Listener): void {
    if (event === undefined) return this.byEvent.clear();
    if (!call) return void this.byEvent.delete(event);
    const entries = this.byEvent.get(event) ?? [];
    const at = entries.findIndex((entry) => entry.call === call);
    if (at >= 0) this.byEvent.set(event, entries.filter((_, i) => i !== at));
    if (entries.length === 1 && at === 0) this.byEvent.delete(event);
  }

  has(event: string): boolean {
    return this.byEvent.has(event);
  }

  /** Calls those who listen now. @returns whether anybody did */
  emit(self: unknown, event: string, args: unknown[]): boolean {
    const entries = this.byEvent.get(event);
    if (!entries) return false;
    for (const entry of entries) {
      if (entry.once) this.remove(event, entry);
      callListener(entry.call, self, args);
    }
    return true;
  }

  // Lists are replaced, never changed, so that emit() goes over the one it found.
  private add(event: string, entry: Entry): void {
    this.byEvent.set(event, [...(this.byEvent.get(event) ?? []), entry]);
  }

  private remove(event: string, entry: Entry): void {
    const rest = (this.byEvent.get(event) ?? []).filter((other) => other !== entry);
    if (rest.length) this.byEvent.set(event, rest);
    else this.byEvent.delete(event);
  }
}

/** What has events of its own. */
export class Emitter {
  /** @internal */
  protected readonly listeners = new Listeners();

  /** Calls back for an event. */
  on(event: string, listener: Listener): this {
    this.listeners.on(event, listener);
    return this;
  }

  /** Calls back for the next occurrence of an event. */
  once(event: string, listener: Listener): this {
    this.listeners.once(event, listener);
    return this;
  }

  /** Ends the calls to a listener, to all of an event, or to all. */
  off(event?: string, listener?: Listener): this {
    this.listeners.off(event, listener);
    return this;
  }
}
