// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the rtcio authors

// The names that the protocol keeps for itself.

/**
 * The Socket.IO events of rtc.io's signaling. `OFFER`, `ANSWER`, `CANDIDATE` and `STREAM_META`
 * are names of older versions, kept for their importers; nothing sends them.
 */
export const RtcioEvents = {
  MESSAGE: "#rtcio:message",
  INIT_OFFER: "#rtcio:init-offer",
  PEER_LEFT: "#rtcio:peer-left",
  OFFER: "#rtcio:offer",
  ANSWER: "#rtcio:answer",
  CANDIDATE: "#rtcio:candidate",
  STREAM_META: "#rtcio:stream-meta",
} as const;

/** Events whose names begin so belong to the signaling. */
export const SIGNALING_PREFIX = "#rtcio:";

/** The same between two clients that both know more than the original protocol. */
export const PRIVATE_PREFIX = "~rtcio:";

const reserved = new Set([
  // The library's own.
  "peer-connect",
  "peer-disconnect",
  "track-added",
  "track-removed",
  // Socket.IO's own.
  "connect",
  "connect_error",
  "disconnect",
  "disconnecting",
  "newListener",
  "removeListener",
]);

/** Whether a peer must not cause this event here: it would look as if the library had. */
export function isReservedEvent(event: string): boolean {
  return event.startsWith(SIGNALING_PREFIX) || reserved.has(event);
}

/** Events of a channel that only the channel itself may fire. */
export const CHANNEL_EVENTS: ReadonlySet<string> = new Set([
  "open",
  "close",
  "error",
  "drain",
  "peer-left",
]);
