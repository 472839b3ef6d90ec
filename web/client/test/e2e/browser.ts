// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the rtcio authors

// Debian's Chromium with fake devices, and pages in it that have the client loaded.

import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import http from "node:http";
import type { AddressInfo } from "node:net";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { chromium, type Browser, type Page } from "playwright-core";

const dist = fileURLToPath(new URL("../../dist/browser/", import.meta.url));

const executablePath =
  process.env.CHROMIUM ??
  ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"].find(existsSync) ??
  "chromium";

/** Starts a browser of its own for one file of tests. */
export function launch(): Promise<Browser> {
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
      "--use-fake-ui-for-media-stream",
      "--use-fake-device-for-media-stream",
      "--disable-features=WebRtcHideLocalIpsWithMdns",
      // Pages in the background must go on as those in front do.
      "--disable-background-timer-throttling",
      "--disable-renderer-backgrounding",
      "--disable-backgrounding-occluded-windows",
    ],
  });
}

/** Serves an empty page and the built client. */
export class PageServer {
  #server = http.createServer((request, response) => void this.#serve(request, response));

  async start(): Promise<this> {
    await new Promise<void>((resolve) => this.#server.listen(0, "127.0.0.1", resolve));
    return this;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/`;
  }

  async #serve(request: http.IncomingMessage, response: http.ServerResponse): Promise<void> {
    const name = path.basename(request.url ?? "/");
    if (!name) {
      response.setHeader("content-type", "text/html");
      response.end("<!doctype html><title>rtcio-client</title>");
      return;
    }
    try {
      const body = await readFile(path.join(dist, name));
      response.setHeader("content-type", "text/javascript");
      response.end(body);
    } catch {
      response.statusCode = 404;
      response.end();
    }
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

/** A page of its own renderer process, with the library as `window.rtcio`. */
export async function openPage(browser: Browser, pages: PageServer): Promise<Page> {
  const page = await (await browser.newContext()).newPage();
  await page.goto(pages.url);
  await page.addScriptTag({
    type: "module",
    content: 'import * as rtcio from "/rtcio-client.js"; window.rtcio = rtcio;',
  });
  await page.waitForFunction(() => "rtcio" in window);
  return page;
}
