// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the rtcio authors

// Debian's Chromium with made-up cameras and microphones, for the tests of the client and the room.

import { existsSync } from "node:fs";
import { chromium, type Browser } from "playwright-core";

const executablePath =
  process.env["CHROMIUM"] ??
  ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"].find(existsSync) ??
  "chromium";

export interface LaunchOptions {
  /** Whether nobody is asked for devices and screens: they are allowed. Default true. */
  allowsDevices?: boolean;
  /** Cameras and microphones. Default 2. */
  nDevices?: number;
  /** Pictures a second. Default 5: what many pages on two processors can encode. */
  fps?: number;
  /** Whether local addresses are hidden behind `.local` names, as from pages that use no devices. */
  hidesAddresses?: boolean;
}

/** Starts a browser of its own for one file of tests. */
export function launch({ allowsDevices = true, nDevices = 2, fps = 5, hidesAddresses = false }: LaunchOptions = {}): Promise<Browser> {
  return chromium.launch({
    executablePath,
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
      ...(allowsDevices ? ["--use-fake-ui-for-media-stream"] : []),
      `--use-fake-device-for-media-stream=device-count=${nDevices},fps=${fps}`,
      "--auto-select-desktop-capture-source=Entire screen",
      "--auto-accept-this-tab-capture",
      hidesAddresses ? "--enable-features=WebRtcHideLocalIpsWithMdns" : "--disable-features=WebRtcHideLocalIpsWithMdns",
      // Pages in the background must go on as those in front do.
      "--disable-background-timer-throttling",
      "--disable-renderer-backgrounding",
      "--disable-backgrounding-occluded-windows",
    ],
  });
}
