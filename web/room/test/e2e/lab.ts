// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the rtcio authors

// People in a room: a server, a browser, and pages that are used as a person uses them.

import { spawn, type ChildProcess } from "node:child_process";
import { existsSync } from "node:fs";
import path from "node:path";
import readline from "node:readline";
import { fileURLToPath } from "node:url";
import { chromium, type Browser, type BrowserContextOptions, type Locator, type Page } from "playwright-core";

const root = fileURLToPath(new URL("../../../../", import.meta.url));
const program = path.join(path.resolve(root, process.env["RTCIO_BUILD"] ?? "build/release"), "rtcio");
const executablePath =
  process.env["CHROMIUM"] ??
  ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"].find(existsSync) ??
  "chromium";

/** For what people wait for; far more than it takes. */
export const PATIENCE_MS = 20_000;

export class Server {
  private child: ChildProcess | undefined;
  port = 0;

  /** Starts it, on the same port as before after {@link kill}. */
  async start(...args: string[]): Promise<this> {
    const all = ["serve", "--host", "127.0.0.1", "--port", String(this.port), "--log-level", "error", "--max-joins", "1000", ...args];
    const child = spawn(program, all, { stdio: ["ignore", "pipe", "inherit"] });
    this.child = child;
    this.port = await new Promise<number>((resolve, reject) => {
      readline.createInterface({ input: child.stdout! }).on("line", (line) => {
        const port = /^rtcio is listening on \S+:(\d+)$/.exec(line)?.[1];
        if (port) resolve(Number(port));
      });
      child.once("error", reject);
      child.once("exit", (code) => reject(new Error(`the server ended with ${code}`)));
    });
    return this;
  }

  get url(): string {
    return `http://localhost:${this.port}/`;
  }

  async stop(signal: NodeJS.Signals = "SIGTERM"): Promise<void> {
    const { child } = this;
    this.child = undefined;
    if (!child || child.exitCode !== null) return;
    const gone = new Promise((resolve) => child.once("exit", resolve));
    child.kill(signal);
    await gone;
  }
}

/** A browser whose cameras and microphones are made up. @param args - further flags */
export function launch(...args: string[]): Promise<Browser> {
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
      "--use-fake-device-for-media-stream=device-count=2",
      "--auto-select-desktop-capture-source=Entire screen",
      "--auto-accept-this-tab-capture",
      "--disable-features=WebRtcHideLocalIpsWithMdns",
      "--disable-background-timer-throttling",
      "--disable-renderer-backgrounding",
      "--disable-backgrounding-occluded-windows",
      ...args,
    ],
  });
}

export const FAKE_UI = "--use-fake-ui-for-media-stream";

/** One person: a context of its own, a page, and words for what one does there. */
export class Person {
  constructor(
    readonly page: Page,
    readonly name: string,
  ) {}

  static async visit(
    browser: Browser,
    server: Server,
    name: string,
    { query = "", ...options }: BrowserContextOptions & { query?: string } = {},
  ): Promise<Person> {
    const context = await browser.newContext({ permissions: ["camera", "microphone", "clipboard-read", "clipboard-write"], ...options });
    const page = await context.newPage();
    page.setDefaultTimeout(PATIENCE_MS);
    page.on("pageerror", (error) => console.error(`${name}'s page:`, error));
    page.on("console", (message) => {
      if (/Content Security Policy/.test(message.text())) throw new Error(`${name}'s page: ${message.text()}`);
    });
    await page.goto(server.url + query);
    return new Person(page, name);
  }

  /** Visits, and joins. */
  static async join(
    browser: Browser,
    server: Server,
    name: string,
    room: string,
    options: BrowserContextOptions & { query?: string } = {},
  ): Promise<Person> {
    const query = `?room=${room}${options.query ?? ""}`;
    const person = await Person.visit(browser, server, name, { ...options, query });
    await person.enter();
    return person;
  }

  async enter(): Promise<void> {
    await this.page.getByLabel("Your name").fill(this.name);
    await this.button("Join").click();
    await this.page.getByRole("toolbar").waitFor();
  }

  button(name: string): Locator {
    return this.page.getByRole("button", { name, exact: true });
  }

  /** Somebody's picture, or screen. */
  tile(title: string): Locator {
    return this.page.getByRole("figure", { name: title, exact: true });
  }

  tiles(): Locator {
    return this.page.locator(".tile");
  }

  /** Waits until a picture moves. */
  async sees(title: string): Promise<void> {
    const video = this.tile(title).locator("video");
    await video.waitFor();
    const handle = await video.elementHandle();
    await this.page.waitForFunction(
      async (element) => {
        const { videoWidth, readyState } = element as HTMLVideoElement;
        if (!videoWidth || readyState < 2) return false;
        const frames = () => (element as HTMLVideoElement).getVideoPlaybackQuality().totalVideoFrames;
        const before = frames();
        await new Promise((resolve) => setTimeout(resolve, 150));
        return frames() > before;
      },
      handle,
      { timeout: PATIENCE_MS },
    );
  }

  async count(n: number): Promise<void> {
    await this.page.waitForFunction((wanted) => document.querySelectorAll(".tile").length === wanted, n, { timeout: PATIENCE_MS });
  }

  async close(): Promise<void> {
    await this.page.context().close();
  }
}
