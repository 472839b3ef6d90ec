// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the rtcio authors

// The envelope of `#rtcio:message`: what others sent, checked; what is to be sent, kept until it
// can be. Knows the wire and nothing of connections.

/** Version of what two clients of this kind may use between them. */
export const VERSION = 1;

/**
 * What a client of this kind adds to its descriptions. The original ignores it; where it is
 * missing, the peer is an original.
 */
export interface Extension {
  /** {@link VERSION} of the sender. */
  v: number;
  /** Random, of one side of one peer connection. */
  session: string;
  /** Number of the offer, counted per connection. */
  offer?: number;
  /** Number of the offer that is answered. */
  answer?: number;
}

/** One of the messages between two peers. */
export type Signal =
  | { description: { type: "offer" | "answer"; sdp: string }; rtcio?: Extension }
  | { candidate: RTCIceCandidateInit }
  | { mid: string; events: Record<string, unknown[]>; ids?: Record<string, string>; seq?: Record<string, number> }
  | { mid: string };

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isStringOrNothing(value: unknown): boolean {
  return value === undefined || value === null || typeof value === "string";
}

/** The sender and what it sent; undefined if it is not a message. */
export function readMessage(payload: unknown): { source: string; signal: Signal } | undefined {
  if (!isObject(payload) || typeof payload.source !== "string" || !payload.source) return undefined;
  const signal = readSignal(payload.data);
  return signal && { source: payload.source, signal };
}

// The order in which originals look at the keys.
function readSignal(data: unknown): Signal | undefined {
  if (!isObject(data)) return undefined;
  const { description, candidate, events, mid } = data;
  if (description) return readDescription(description, data.rtcio);
  if (candidate) return readCandidate(candidate);
  if (typeof mid !== "string" || !mid) return undefined;
  if (!events) return { mid };
  if (!isObject(events)) return undefined;
  return {
    mid,
    events: Object.fromEntries(
      Object.entries(events).map(([event, args]) => [event, Array.isArray(args) ? args : []]),
    ),
    ids: isObject(data.ids) ? (data.ids as Record<string, string>) : undefined,
    seq: isObject(data.seq) ? (data.seq as Record<string, number>) : undefined,
  };
}

function readDescription(description: unknown, extension: unknown): Signal | undefined {
  if (!isObject(description)) return undefined;
  const { type, sdp } = description;
  if ((type !== "offer" && type !== "answer") || typeof sdp !== "string") return undefined;
  return { description: { type, sdp }, rtcio: readExtension(extension) };
}

function readExtension(value: unknown): Extension | undefined {
  if (!isObject(value)) return undefined;
  const { v, session, offer, answer } = value;
  if (typeof v !== "number" || typeof session !== "string" || !session || session.length > 64) {
    return undefined;
  }
  return {
    v,
    session,
    offer: typeof offer === "number" ? offer : undefined,
    answer: typeof answer === "number" ? answer : undefined,
  };
}

function readCandidate(candidate: unknown): Signal | undefined {
  if (!isObject(candidate) || typeof candidate.candidate !== "string") return undefined;
  const { sdpMid, sdpMLineIndex, usernameFragment } = candidate;
  if (!isStringOrNothing(sdpMid) || !isStringOrNothing(usernameFragment)) return undefined;
  if (sdpMLineIndex !== undefined && sdpMLineIndex !== null && typeof sdpMLineIndex !== "number") {
    return undefined;
  }
  return { candidate: candidate as unknown as RTCIceCandidateInit };
}

/** The id in `{key: id}`, the payload of the server's own events. */
export function readId(payload: unknown, key: "source" | "id"): string | undefined {
  const id = isObject(payload) ? payload[key] : undefined;
  return typeof id === "string" && id ? id : undefined;
}

const N_EARLY_SOURCES = 32;
const N_EARLY_CANDIDATES = 64;
const EARLY_MS = 10_000;

/** Candidates that came before the offer they belong to. Bounded in number and time. */
export class EarlyCandidates {
  private readonly bySource = new Map<string, { list: RTCIceCandidateInit[]; until: number }>();

  keep(source: string, candidate: RTCIceCandidateInit): void {
    let entry = this.bySource.get(source);
    if (!entry || entry.until < Date.now()) {
      this.bySource.delete(source);
      const [oldest] = this.bySource.keys();
      if (this.bySource.size >= N_EARLY_SOURCES) this.bySource.delete(oldest!);
      entry = { list: [], until: Date.now() + EARLY_MS };
      this.bySource.set(source, entry);
    }
    if (entry.list.length < N_EARLY_CANDIDATES) entry.list.push(candidate);
  }

  take(source: string): RTCIceCandidateInit[] {
    const entry = this.bySource.get(source);
    this.bySource.delete(source);
    return entry && entry.until >= Date.now() ? entry.list : [];
  }

  clear(): void {
    this.bySource.clear();
  }
}
