// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the rtcio authors

// How large and how often camera and screen are sent. Each of the others gets a copy of its own,
// encoded for it alone, and shows a camera the smaller the more there are: what more people cost is
// taken from that.

import type { VideoEncodingConfig } from "rtcio-client";

/** For up to so many others: the shorter side in pixels, bits and pictures a second. */
const STEPS: { others: number; side: number; maxBitrate: number; maxFramerate: number }[] = [
  { others: 1, side: 720, maxBitrate: 1_800_000, maxFramerate: 30 },
  { others: 3, side: 480, maxBitrate: 900_000, maxFramerate: 30 },
  { others: 5, side: 360, maxBitrate: 500_000, maxFramerate: 24 },
  { others: Infinity, side: 240, maxBitrate: 300_000, maxFramerate: 20 },
];

/** What a camera is to be sent as, to so many others. */
export function cameraEncoding(others: number, { width = 1280, height = 720 }: MediaTrackSettings = {}): VideoEncodingConfig {
  const { side, maxBitrate, maxFramerate } = STEPS.find((step) => others <= step.others)!;
  return { maxBitrate, maxFramerate, scaleResolutionDownBy: Math.max(1, Math.min(width, height) / side) };
}

/** What a screen shows: text that must stay sharp, or pictures that must move. */
export type ScreenContent = "detail" | "motion";

/** The same of a screen: of text it is the pictures a second that give way, of a film the sharpness. */
export function screenEncoding(others: number, contentHint: ScreenContent): VideoEncodingConfig {
  const isText = contentHint === "detail";
  const steps = isText ? [30, 15, 8] : [30, 30, 15];
  return {
    contentHint,
    degradationPreference: isText ? "maintain-resolution" : "maintain-framerate",
    maxBitrate: others <= 1 ? 2_500_000 : 1_500_000,
    maxFramerate: steps[others <= 1 ? 0 : others <= 3 ? 1 : 2]!,
  };
}
