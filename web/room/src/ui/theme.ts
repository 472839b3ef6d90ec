// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the rtcio authors

// Light, dark, or as the system has it.

import { readSetting, writeSetting } from "../lib/settings.js";

const THEMES = ["system", "light", "dark"] as const;
const systemIsDark = matchMedia("(prefers-color-scheme: dark)");

function apply(): void {
  const chosen = readSetting("theme");
  const theme = chosen === "light" || chosen === "dark" ? chosen : systemIsDark.matches ? "dark" : "light";
  document.documentElement.dataset["theme"] = theme;
}

/** Uses the theme that was chosen, and follows the system if it is that. */
export function useTheme(): void {
  apply();
  systemIsDark.addEventListener("change", apply);
}

/** Takes the next one. @returns what to say about it */
export function nextTheme(): string {
  const at = THEMES.indexOf(readSetting("theme") as (typeof THEMES)[number]);
  const theme = THEMES[(Math.max(0, at) + 1) % THEMES.length]!;
  writeSetting("theme", theme);
  apply();
  return theme === "system" ? "Theme: as the system has it" : `Theme: ${theme}`;
}
