// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the rtcio authors

// The choice of camera and microphone, and of how a screen is sent.

import type { Kind, LocalMedia } from "../call/media.js";
import type { ScreenContent } from "../call/quality.js";
import type { Room } from "../call/room.js";
import { el } from "../lib/dom.js";

const KINDS: { kind: Kind; of: MediaDeviceKind; label: string }[] = [
  { kind: "video", of: "videoinput", label: "Camera" },
  { kind: "audio", of: "audioinput", label: "Microphone" },
];

/** Two lists that follow what is plugged in, and change over. */
export function devicePickers(media: LocalMedia, onError: (error: unknown) => void): HTMLElement {
  const selects = KINDS.map(({ kind, of, label }) => {
    const select = el("select", {
      onchange: () => {
        media.use(kind, select.value).catch((error: unknown) => {
          fill();
          onError(error);
        });
      },
    });
    const fill = () => {
      const devices = media.devices.filter((device) => device.kind === of);
      select.replaceChildren(
        ...devices.map((device, i) =>
          el("option", { value: device.deviceId, selected: device.deviceId === media.deviceOf(kind) }, device.label || `${label} ${i + 1}`),
        ),
      );
      select.disabled = !devices.length || !media.track(kind);
      if (!devices.length) select.append(el("option", {}, `No ${label.toLowerCase()} found`));
    };
    media.on("devices", fill);
    media.on("change", fill);
    fill();
    return el("label", { class: "field" }, el("span", {}, label), select);
  });
  return el("div", { class: "devices" }, ...selects);
}

/** What gives way when a shared screen is too much for the line. */
export function screenPicker(room: Room): HTMLElement {
  const select = el(
    "select",
    { onchange: () => (room.screenContent = select.value as ScreenContent) },
    el("option", { value: "detail" }, "Text: keep it sharp"),
    el("option", { value: "motion" }, "Film: keep it moving"),
  );
  return el("label", { class: "field" }, el("span", {}, "Shared screen"), select);
}
