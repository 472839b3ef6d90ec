// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the rtcio authors

// People in a room: a server, a browser, and pages that are used as a person uses them.

import { after, afterEach, before } from "node:test";
import type { Browser, BrowserContextOptions, Locator, Page } from "playwright-core";
import { launch } from "../../../tools/chromium.js";
import { rtcioServer, type Server } from "../../../tools/rtcio.js";

/** For what people wait for; far more than it takes, also where others use the processors. */
export const PATIENCE_MS = 45_000;

/** Small: without a graphics card each pixel of a call takes time. */
const VIEWPORT = { width: 960, height: 600 };

export type VisitOptions = BrowserContextOptions & {
  /** What the page's address ends in. */
  query?: string;
  /** Runs in the page before anything else. */
  init?: () => void;
  /** Another browser than the file's. */
  browser?: Browser;
};

/** For one file of tests: a browser, and a server, for people who leave after each test. */
export class Lab {
  browser!: Browser;
  server: Server;

  /** @param flags - of the server, beside the usual ones */
  constructor(private readonly flags: string[] = []) {
    this.server = rtcioServer(...flags);
    before(async () => {
      [this.browser] = await Promise.all([launch(), this.server.start()]);
    });
    afterEach(async () => {
      await Promise.all(this.browser.contexts().map((context) => context.close()));
    });
    after(async () => {
      await this.browser?.close();
      await this.server.stop();
    });
  }

  /** Ends the server as a loss of power would. */
  async killServer(): Promise<void> {
    this.server.child!.kill("SIGKILL");
    await this.server.exit;
  }

  /** Starts another one at the same address. */
  async startServer(): Promise<void> {
    this.server = rtcioServer(...this.flags, "--port", String(this.server.port));
    await this.server.start();
  }

  /** Somebody who opens the page. */
  visit(name: string, { browser = this.browser, ...options }: VisitOptions = {}): Promise<Person> {
    return Person.visit(browser, this.server.url, name, options);
  }

  /** The same, and joins. */
  async join(name: string, room: string, { query = "", ...options }: VisitOptions = {}): Promise<Person> {
    const person = await this.visit(name, { ...options, query: `?room=${room}${query}` });
    await person.enter();
    return person;
  }

  /** Several who all see each other. */
  async meet(room: string, ...names: string[]): Promise<Person[]> {
    const people: Person[] = [];
    for (const name of names) people.push(await this.join(name, room));
    for (const person of people) {
      for (const { name } of people) if (name !== person.name) await person.sees(name);
    }
    return people;
  }
}

/** One person: a context of its own, a page, and words for what one does there. */
export class Person {
  constructor(
    readonly page: Page,
    readonly name: string,
  ) {}

  static async visit(browser: Browser, url: string, name: string, { query = "", init, ...options }: VisitOptions): Promise<Person> {
    const context = await browser.newContext({ permissions: ["camera", "microphone", "clipboard-read", "clipboard-write"], viewport: VIEWPORT, ...options });
    const page = await context.newPage();
    if (init) await page.addInitScript(init);
    page.setDefaultTimeout(PATIENCE_MS);
    page.on("pageerror", (error) => console.error(`${name}'s page:`, error));
    page.on("console", (message) => {
      if (/Content Security Policy/.test(message.text())) throw new Error(`${name}'s page: ${message.text()}`);
    });
    await page.goto(`${url}/${query}`);
    return new Person(page, name);
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
