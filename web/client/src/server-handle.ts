// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the rtcio authors

import type { Listener, Listeners } from "./listeners.js";

/** Events to and from the server alone, as `socket.server`. Methods return the socket. */
export class ServerHandle<S> {
  /** @internal */
  constructor(
    private readonly socket: S & { off(event?: string, listener?: Listener): unknown },
    private readonly listeners: Listeners,
    private readonly send: (event: string, args: unknown[]) => void,
  ) {}

  /** Sends an event to the server, now or when it is connected. A function at the end is called
   *  with the server's acknowledgement. */
  readonly emit = (event: string, ...args: any[]): S => {
    this.send(event, args);
    return this.socket;
  };

  /**
   * Sends an event and waits for the server's acknowledgement.
   *
   * @throws Error if the connection ends first, or the time set by `socket.timeout()` has passed
   */
  readonly emitWithAck = (event: string, ...args: any[]): Promise<any> =>
    new Promise((resolve, reject) => {
      const acknowledge = (error: Error | null, response: unknown): void => {
        if (error) reject(error);
        else resolve(response);
      };
      this.send(event, [...args, Object.assign(acknowledge, { withError: true })]);
    });

  /** Calls back for an event of the server's. Events of peers never get here. */
  readonly on = (event: string, listener: Listener): S => {
    this.listeners.on(event, listener);
    return this.socket;
  };

  /** Calls back for the next occurrence of an event. */
  readonly once = (event: string, listener: Listener): S => {
    this.listeners.once(event, listener);
    return this.socket;
  };

  /** Ends the calls to a listener that was added here or with `socket.on()`; without one, to all
   *  that were added here. */
  readonly off = (event?: string, listener?: Listener): S => {
    if (listener) this.socket.off(event, listener);
    else this.listeners.off(event);
    return this.socket;
  };
}
