// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the rtcio authors

// Finding out that a peer is gone: from the connection's state, from the ctrl channel, and from
// the server's hint, which is believed only if the peer is silent too.

import type { Log } from "./log.js";

/** How long a peer may be out of reach. Milliseconds. */
export interface WatchdogOptions {
  /** From the loss of the connection to `peer-disconnect`. Default 12 000. */
  timeout?: number;
  /** The same if the server says that the peer has left. Default 2 500. */
  hintTimeout?: number;
  /** How long the server's word counts. 0: not at all. Default 30 000. */
  hintTTL?: number;
  /** How long a peer may take to connect the first time. Default 20 000. */
  setupTimeout?: number;
}

export const WATCHDOG_DEFAULTS: Required<WatchdogOptions> = {
  timeout: 12_000,
  hintTimeout: 2_500,
  hintTTL: 30_000,
  setupTimeout: 20_000,
};

/** What is missing or no number of milliseconds is the default. */
export function watchdogOptions(given: WatchdogOptions | undefined): Required<WatchdogOptions> {
  const options = { ...WATCHDOG_DEFAULTS };
  for (const key of Object.keys(options) as (keyof WatchdogOptions)[]) {
    const value = given?.[key];
    if (typeof value === "number" && Number.isFinite(value) && value >= 0) options[key] = value;
  }
  return options;
}

/** The ctrl channel closes when the peer closes its connection, and at hardly any other time. A
 *  peer that opens a new one instead has this long to say so. */
const CTRL_CLOSED_MS = 250;
/** A connection that does not come back by itself in this time gets new candidates. */
const RESTART_MS = 3000;
const PROBE_MS = 250;
/** Packets that were on their way when the peer vanished arrive within this time. */
const IN_FLIGHT_MS = 300;
/** Browsers check the path every 2.5 s: a peer that answers no pings is heard in this time. */
const CONSENT_MS = 3200;

export interface DepartureHooks {
  /** Whether the peer was ever reached. */
  wasConnected(): boolean;
  /** Whether the peer answers {@link ping}. */
  canPing(): boolean;
  ping(): void;
  restartIce(): void;
  lost(why: string): void;
}

export class Departure {
  /** When the server said that the peer has left, or 0. */
  hintAt = 0;
  /** Runs while the connection is unhealthy. */
  unhealthyTimer: ReturnType<typeof setTimeout> | undefined;
  private unhealthySince = 0;
  private restartTimer: ReturnType<typeof setTimeout> | undefined;
  private setupTimer: ReturnType<typeof setTimeout> | undefined;
  private ctrlTimer: ReturnType<typeof setTimeout> | undefined;
  private probeTimer: ReturnType<typeof setInterval> | undefined;
  private probedSince = 0;
  private nPackets = 0;
  private isOver = false;

  constructor(
    private readonly connection: RTCPeerConnection,
    private readonly options: Required<WatchdogOptions>,
    private readonly hooks: DepartureHooks,
    private readonly log: Log,
  ) {
    this.resumeSetup();
  }

  /** Signaling works: the time to connect runs, from its beginning. */
  resumeSetup(): void {
    this.pauseSetup();
    if (this.hooks.wasConnected() || this.isOver) return;
    this.setupTimer = setTimeout(() => this.hooks.lost("not connected in time"), this.options.setupTimeout);
  }

  /** Signaling does not: nobody can connect. */
  pauseSetup(): void {
    clearTimeout(this.setupTimer);
  }

  /** Whether the connection is worth keeping when somebody asks for a new one. */
  get isHealthy(): boolean {
    return !this.isOver && !this.unhealthySince && !this.ctrlTimer;
  }

  /** To be called when the connection's state has changed. */
  stateChanged(): void {
    switch (this.connection.connectionState) {
      case "connected":
        this.unhealthySince = 0;
        clearTimeout(this.unhealthyTimer);
        clearTimeout(this.restartTimer);
        this.unhealthyTimer = this.restartTimer = undefined;
        break;
      case "disconnected":
      case "failed":
        this.becameUnhealthy();
        break;
      case "closed":
        this.hooks.lost("connection closed");
        break;
    }
  }

  ctrlClosed(): void {
    if (this.isOver || this.ctrlTimer) return;
    this.ctrlTimer = setTimeout(() => this.hooks.lost("ctrl channel closed"), CTRL_CLOSED_MS);
  }

  /** The peer was heard: it answered a ping. */
  heard(): void {
    if (this.probeTimer) this.endProbe("it answers");
  }

  /** The server says that the peer has left. That is true of its signaling, and mostly of all. */
  hint(): void {
    if (this.isOver) return;
    this.hintAt = Date.now();
    if (!this.hooks.wasConnected()) this.hooks.lost("left before it was connected");
    else if (this.unhealthySince) this.hooks.lost("left while out of reach");
    else if (this.options.hintTTL > 0) this.probe();
  }

  close(): void {
    this.isOver = true;
    clearTimeout(this.unhealthyTimer);
    clearTimeout(this.restartTimer);
    clearTimeout(this.setupTimer);
    clearTimeout(this.ctrlTimer);
    clearInterval(this.probeTimer);
  }

  // The time runs from the first sign; a restart that fails does not start it anew.
  private becameUnhealthy(): void {
    const { connectionState } = this.connection;
    const now = Date.now();
    this.unhealthySince ||= now;
    const isHinted = this.hintAt > 0 && now - this.hintAt < this.options.hintTTL;
    const grace = isHinted ? this.options.hintTimeout : this.options.timeout;
    clearTimeout(this.unhealthyTimer);
    this.unhealthyTimer = setTimeout(
      () => this.hooks.lost(`${this.connection.connectionState} for too long`),
      Math.max(0, this.unhealthySince + grace - now),
    );
    clearTimeout(this.restartTimer);
    if (connectionState === "failed") this.hooks.restartIce();
    else this.restartTimer = setTimeout(() => this.hooks.restartIce(), RESTART_MS);
  }

  private probe(): void {
    clearInterval(this.probeTimer);
    this.probedSince = Date.now();
    this.nPackets = -1;
    this.probeTimer = setInterval(() => void this.probeOnce(), PROBE_MS);
    this.hooks.ping();
  }

  private async probeOnce(): Promise<void> {
    const canPing = this.hooks.canPing();
    if (canPing) this.hooks.ping();
    else if (await this.hasPackets()) return this.endProbe("packets arrive");
    const silence = Date.now() - this.probedSince;
    const { hintTimeout } = this.options;
    if (!this.isOver && this.probeTimer && silence >= (canPing ? hintTimeout : Math.max(hintTimeout, CONSENT_MS))) {
      this.hooks.lost("left, and silent");
    }
  }

  private async hasPackets(): Promise<boolean> {
    let n = 0;
    try {
      for (const report of (await this.connection.getStats()).values()) {
        if (report.type === "candidate-pair") {
          n += (report.responsesReceived ?? 0) + (report.requestsReceived ?? 0) + (report.packetsReceived ?? 0);
        }
      }
    } catch {
      return false;
    }
    const before = this.nPackets;
    if (Date.now() - this.probedSince < IN_FLIGHT_MS || before < 0) {
      this.nPackets = n;
      return false;
    }
    return n > before;
  }

  private endProbe(why: string): void {
    this.log.debug(`Peer stays although the server says it left: ${why}`);
    clearInterval(this.probeTimer);
    this.probeTimer = undefined;
  }
}
