// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the rtcio authors

/** A random id: a UUID, or where pages may not have one (without TLS), 32 hexadecimal digits. */
export function randomId(): string {
  if (typeof crypto.randomUUID === "function") return crypto.randomUUID();
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
