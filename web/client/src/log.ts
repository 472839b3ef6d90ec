// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the rtcio authors

// What the library says on the console. SDP, candidates and payloads are never part of it.

/** Writes lines such as `[rtc-io][lfAAAA] Sent offer`. */
export class Log {
  /** Whether debug lines are written. */
  debugging = false;

  constructor(private readonly socketId: () => string | undefined) {}

  debug(message: string, data?: object): void {
    if (this.debugging) console.debug(...this.line(message, data));
  }

  warn(message: string, data?: object): void {
    console.warn(...this.line(message, data));
  }

  error(message: string, data?: object): void {
    console.error(...this.line(message, data));
  }

  private line(message: string, data: object | undefined): unknown[] {
    const text = `[rtc-io][${this.socketId()?.slice(-6) ?? "------"}] ${message}`;
    return data === undefined ? [text] : [text, data];
  }
}

/** What is known of something thrown, for the log. */
export function reason(error: unknown): string {
  return error instanceof Error ? `${error.name}: ${error.message}` : String(error);
}
