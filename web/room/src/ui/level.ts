// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the rtcio authors

// How loud the own microphone is: before a call, the proof that it is the right one.

import type { LocalMedia } from "../call/media.js";
import { el } from "../lib/dom.js";

/** A bar that follows the microphone until `signal` is aborted. */
export function levelMeter(media: LocalMedia, signal: AbortSignal): HTMLElement {
  const bar = el("span", { class: "level-bar" });
  const meter = el("div", { class: "level", "aria-hidden": true }, bar);
  let context: AudioContext | undefined;

  const stop = () => {
    void context?.close().catch(() => {});
    context = undefined;
  };
  const start = () => {
    stop();
    const track = media.track("audio");
    meter.hidden = !track;
    if (!track || signal.aborted) return;
    const own = (context = new AudioContext());
    const analyser = own.createAnalyser();
    analyser.fftSize = 512;
    own.createMediaStreamSource(new MediaStream([track])).connect(analyser);
    const samples = new Float32Array(analyser.fftSize);
    const draw = () => {
      if (context !== own) return;
      analyser.getFloatTimeDomainData(samples);
      const rms = Math.sqrt(samples.reduce((sum, value) => sum + value * value, 0) / samples.length);
      bar.style.transform = `scaleX(${Math.min(1, rms * 6).toFixed(3)})`;
      requestAnimationFrame(draw);
    };
    draw();
  };
  const off = media.on("change", start);
  signal.addEventListener("abort", () => {
    off();
    stop();
  });
  start();
  return meter;
}
