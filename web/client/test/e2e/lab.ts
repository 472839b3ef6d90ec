// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the rtcio authors

// What the tests in pages share: a browser, a server, and members of a room in pages of their own.

import assert from "node:assert/strict";
import { after, afterEach, before } from "node:test";
import type { Browser, Page } from "playwright-core";
import { launch } from "../../../tools/chromium.js";
import { PageServer } from "../../../tools/page-server.js";
import { rtcioServer } from "../../../tools/rtcio.js";

const DEADLINE_MS = 15_000;

/** What happened in a page. */
export interface Seen {
  event: string;
  args: any[];
  /** Milliseconds since 1970, with fractions. */
  at: number;
}

/** A page with a socket. */
export class Member {
  constructor(
    readonly page: Page,
    readonly name: string,
  ) {}

  /** Runs a function in the page, with its lab. */
  do<T, A = undefined>(work: (lab: any, argument: A) => T | Promise<T>, argument?: A): Promise<T> {
    const source = `(argument) => (${work.toString()})(window.lab, argument)`;
    return this.page.evaluate(([text, value]) => (0, eval)(text as string)(value), [source, argument] as const) as Promise<T>;
  }

  /** Waits until a function in the page gives something, and returns that. */
  async until<T, A = undefined>(
    work: (lab: any, argument: A) => T | Promise<T>,
    what: string,
    argument?: A,
    ms = DEADLINE_MS,
  ): Promise<T> {
    const end = Date.now() + ms;
    for (;;) {
      const value = await this.do(work, argument);
      if (value) return value;
      if (Date.now() > end) {
        const seen = (await this.seen()).map(({ event, args }) => `${event} ${JSON.stringify(args)}`);
        throw new Error(`${this.name}: not within ${ms} ms: ${what}. Seen:\n${seen.join("\n")}`);
      }
      await this.page.waitForTimeout(25);
    }
  }

  /** Waits until an event was seen so often. */
  async saw(event: string, n = 1, ms = DEADLINE_MS): Promise<Seen[]> {
    await this.until((lab, [name, count]) => lab.count(name) >= count, `${n} of "${event}"`, [event, n] as const, ms);
    return this.seen(event);
  }

  /** All that was seen, or one event of it. */
  async seen(event?: string): Promise<Seen[]> {
    const all = await this.do((lab) => lab.seen as Seen[]);
    return event === undefined ? all : all.filter((one) => one.event === event);
  }

  /** Waits for so many peers; their ids. */
  peers(n: number, ms?: number): Promise<string[]> {
    return this.until(
      (lab, count) => (lab.peers().length === count ? lab.peers() : undefined),
      `${n} peers`,
      n,
      ms,
    );
  }

  get id(): Promise<string> {
    return this.do((lab) => lab.socket.id as string);
  }
}

export interface JoinOptions {
  url?: string;
  room?: string;
  client?: "rtcio-client" | "original";
  options?: object;
  /** Another browser than the file's. */
  browser?: Browser;
  /** Runs in the page before it joins. */
  first?: (lab: any) => unknown;
}

/** For one file of tests: a browser, and a server for all of them. */
export class Lab {
  browser!: Browser;
  readonly pages = new PageServer();
  readonly server = rtcioServer();
  #members: Member[] = [];
  #nRooms = 0;

  constructor() {
    before(async () => {
      [this.browser] = await Promise.all([launch(), this.pages.start(), this.server.start()]);
    });
    afterEach(() => this.#closeMembers());
    after(async () => {
      await this.browser?.close();
      await this.pages.stop();
      await this.server.stop();
    });
  }

  /** A page with a connected socket that is in no room. */
  async member(name: string, { client = "rtcio-client", url = this.server.url, options = {}, browser = this.browser }: JoinOptions = {}): Promise<Member> {
    const page = await (await browser.newContext()).newPage();
    if (process.env.VERBOSE) page.on("console", (line) => console.log(name, line.text()));
    await page.goto(this.pages.url);
    await page.addScriptTag({ type: "module", url: "/page-lab.js" });
    await page.waitForFunction(() => "lab" in window);
    const member = new Member(page, name);
    this.#members.push(member);
    const debug = Boolean(process.env.VERBOSE);
    await member.do((lab, [kind, where, more]) => lab.connect(kind, where, more), [client, url, { debug, ...options }] as const);
    return member;
  }

  /** A page whose socket joins the test's room. */
  async join(name: string, options: JoinOptions = {}): Promise<Member> {
    const member = await this.member(name, options);
    if (options.first) await member.do(options.first as (lab: any) => unknown);
    await this.enter(member, options.room);
    return member;
  }

  async enter(member: Member, room = `room-${this.#nRooms}`): Promise<void> {
    await member.do((lab, [id, name]) => lab.join(id, name), [room, member.name] as const);
  }

  /** Nothing failed in the pages. Pages that the test closed are not asked. */
  async #closeMembers(): Promise<void> {
    const members = this.#members.splice(0);
    this.#nRooms++;
    const open = members.filter(({ page }) => !page.isClosed());
    const errors = await Promise.all(open.map((member) => member.do((lab) => lab.errors as string[]).catch(() => [])));
    await Promise.all(members.map(({ page }) => page.context().close().catch(() => {})));
    assert.deepEqual(errors.flat(), [], "errors in pages");
  }
}
