// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the rtcio authors

// What the browser remembers for its owner; a browser that remembers nothing is fine.

type Key = "name" | "theme";

const PREFIX = "rtcio-room-";

export function readSetting(key: Key): string {
  try {
    return localStorage.getItem(PREFIX + key) ?? "";
  } catch {
    return "";
  }
}

export function writeSetting(key: Key, value: string): void {
  try {
    localStorage.setItem(PREFIX + key, value);
  } catch {
    // Private mode, or storage is full.
  }
}
