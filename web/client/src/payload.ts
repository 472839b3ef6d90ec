// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the rtcio authors

// Streams inside the arguments of an event: finding them, and giving them back their place.

import { RTCIOStream, STREAM_TOKEN } from "./stream.js";

/** Arguments deeper than this are not searched; JSON so deep is refused by servers. */
const MAX_DEPTH = 64;

/**
 * The streams among the arguments, at any depth, each once. Binary data and what a page is made of
 * are not searched.
 */
export function findStreams(args: readonly unknown[]): RTCIOStream[] {
  const found = new Set<RTCIOStream>();
  const visited = new Set<object>();
  let level: unknown[] = [...args];
  for (let depth = 0; level.length && depth < MAX_DEPTH; depth++) {
    const next: unknown[] = [];
    for (const value of level) {
      if (typeof value !== "object" || value === null || visited.has(value)) continue;
      visited.add(value);
      if (value instanceof RTCIOStream) found.add(value);
      else if (isSearched(value)) {
        for (const item of Object.values(value)) {
          if (typeof item === "object" && item !== null) next.push(item);
        }
      }
    }
    level = next;
  }
  return [...found];
}

function isSearched(value: object): boolean {
  return !(
    ArrayBuffer.isView(value) ||
    value instanceof ArrayBuffer ||
    (typeof EventTarget !== "undefined" && value instanceof EventTarget)
  );
}

/**
 * The arguments as they travel: JSON in which each stream is a string.
 *
 * @throws TypeError if the arguments contain themselves
 */
export function toWire(args: readonly unknown[]): unknown[] {
  return JSON.parse(JSON.stringify(args)) as unknown[];
}

/** The ids of the streams that the arguments name, as far as they look like that. */
export function streamIds(value: unknown, ids = new Set<string>(), depth = 0): Set<string> {
  if (typeof value === "string") {
    if (value.startsWith(STREAM_TOKEN)) ids.add(value.slice(STREAM_TOKEN.length));
  } else if (typeof value === "object" && value !== null && depth < MAX_DEPTH) {
    for (const item of Object.values(value)) streamIds(item, ids, depth + 1);
  }
  return ids;
}

/** The arguments with streams in the places of the strings that name them. */
export function fromWire(
  value: unknown,
  find: (id: string) => RTCIOStream | undefined,
  depth = 0,
): unknown {
  if (typeof value === "string") {
    if (!value.startsWith(STREAM_TOKEN)) return value;
    return find(value.slice(STREAM_TOKEN.length)) ?? value;
  }
  if (typeof value !== "object" || value === null || depth >= MAX_DEPTH) return value;
  if (Array.isArray(value)) return value.map((item) => fromWire(item, find, depth + 1));
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, fromWire(item, find, depth + 1)]),
  );
}
