// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the rtcio authors

// Names of rooms: readable, and long enough that nobody guesses one.

const COLOURS =
  "amber azure coral crimson golden indigo ivory jade lilac maroon olive pearl ruby rust sable scarlet silver teal umber violet";
const TREES =
  "alder ash aspen beech birch cedar cherry cypress elm fir hazel holly juniper larch linden maple oak pine rowan willow";

/** 32 random bits; the characters are those that nobody mixes up. */
const ALPHABET = "23456789abcdefghjkmnpqrstuvwxyz";
const N_RANDOM = 8;

const MAX_BYTES = 128;

function pick(words: string): string {
  const list = words.split(" ");
  return list[crypto.getRandomValues(new Uint32Array(1))[0]! % list.length]!;
}

/** A new name such as `amber-cedar-k3v9x2mw`: about 48 random bits. */
export function randomRoom(): string {
  const random = [...crypto.getRandomValues(new Uint32Array(N_RANDOM))]
    .map((n) => ALPHABET[n % ALPHABET.length])
    .join("");
  return `${pick(COLOURS)}-${pick(TREES)}-${random}`;
}

/** What the server takes as a room: 1 to 128 bytes. Undefined if it is none. */
export function cleanRoom(text: string | null): string | undefined {
  const room = (text ?? "").trim();
  const { length } = new TextEncoder().encode(room);
  return length > 0 && length <= MAX_BYTES ? room : undefined;
}

/** A name of a person, from wherever: one line, not too long, never empty. */
export function cleanName(value: unknown): string {
  const text = typeof value === "string" ? value : "";
  // Control characters, and those that turn the direction of what follows.
  const line = text.replace(/[\p{Cc}\u202a-\u202e\u2066-\u2069]+/gu, " ").trim();
  return [...line].slice(0, 48).join("") || "Guest";
}

/** Letters for a picture that is missing. */
export function initials(name: string): string {
  const words = name.split(/\s+/).filter(Boolean);
  const first = [...(words[0] ?? "?")][0]!;
  const last = words.length > 1 ? [...words[words.length - 1]!][0]! : "";
  return (first + last).toUpperCase();
}

/** One of `n` colours, the same for the same name. */
export function colourOf(name: string, n: number): number {
  let hash = 0;
  for (const character of name) hash = (hash * 31 + character.codePointAt(0)!) >>> 0;
  return hash % n;
}

/** 1536 as "1.5 KB". */
export function formatBytes(n: number): string {
  const units = ["B", "KB", "MB", "GB"];
  let i = 0;
  for (; n >= 1000 && i < units.length - 1; i++) n /= 1000;
  return `${i === 0 || n >= 100 ? Math.round(n) : n.toFixed(1)} ${units[i]}`;
}
