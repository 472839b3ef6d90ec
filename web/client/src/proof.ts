// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the rtcio authors

/**
 * Proves, over a new connection, to have been the other side of an old one: only the two know what
 * it called its side. What is sent tells nothing to a third.
 *
 * @param oldSession - what the receiver called its side of the old connection
 * @param newSession - the same of the new one
 * @returns undefined where pages have no cryptography (without TLS)
 */
export async function proofOf(oldSession: string, newSession: string): Promise<string | undefined> {
  if (!crypto.subtle) return undefined;
  const text = new TextEncoder().encode(`${oldSession} ${newSession}`);
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", text));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
