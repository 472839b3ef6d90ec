// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the rtcio authors

// What goes wrong in a call, and what stays.

import assert from "node:assert/strict";
import { after, afterEach, before, describe, test } from "node:test";
import type { Browser } from "playwright-core";
import { FAKE_UI, launch, Person, Server } from "./lab.js";

let server: Server, browser: Browser;
before(async () => {
  server = await new Server().start();
  browser = await launch(FAKE_UI);
});
after(async () => {
  await browser?.close();
  await server?.stop();
});
afterEach(async () => {
  await Promise.all(browser.contexts().map((context) => context.close()));
});

const join = (name: string, room: string, query = "") => Person.join(browser, server, name, room, { query });

describe("what goes wrong", () => {
  test("the server goes: the call stays, says so, and is joined again", async () => {
    const ada = await join("Ada", "restart");
    const grace = await join("Grace", "restart");
    await Promise.all([ada.sees("Grace"), grace.sees("Ada")]);
    await server.stop("SIGKILL");
    const banner = (person: Person) => person.page.getByRole("alert").getByText("The server cannot be reached.");
    await Promise.all([ada, grace].map((person) => banner(person).waitFor()));
    await Promise.all([ada.sees("Grace"), grace.sees("Ada")]);
    await ada.page.keyboard.press("c");
    await ada.page.getByLabel("Message everyone").fill("still there?");
    await ada.page.keyboard.press("Enter");
    await grace.page.getByRole("button", { name: "Chat, 1 new" }).waitFor();

    const owner = (person: Person, title: string) => person.tile(title).first().getAttribute("data-owner");
    const before = [await owner(ada, "Grace"), await owner(grace, "Ada")];
    await server.start();
    await Promise.all([ada, grace].map((person) => banner(person).waitFor({ state: "hidden" })));
    // New ids, new connections; the old ones go when the new ones are there.
    for (const [i, person] of [ada, grace].entries()) {
      await person.page.waitForFunction((old) => !document.querySelector(`[data-owner="${old}"]`), before[i]);
      await person.count(2);
    }
    await Promise.all([ada.sees("Grace"), grace.sees("Ada")]);
    const late = await join("Katherine", "restart");
    await Promise.all([late.sees("Ada"), late.sees("Grace"), ada.sees("Katherine")]);
    await Promise.all([ada, grace, late].map((person) => person.count(3)));
    await ada.page.keyboard.press("Escape");
  });

  test("a tab is killed: the others see it within four seconds", async () => {
    const ada = await join("Ada", "killed");
    const other = await launch(FAKE_UI);
    try {
      const grace = await Person.join(other, server, "Grace", "killed");
      await ada.sees("Grace");
      const begun = Date.now();
      const crash = await grace.page.context().newCDPSession(grace.page);
      void crash.send("Page.crash").catch(() => {});
      await ada.count(1);
      assert.ok(Date.now() - begun < 4500, `${Date.now() - begun} ms`);
    } finally {
      await other.close();
    }
  });

  for (const transport of ["polling", "websocket"]) {
    test(`over ${transport} alone`, async () => {
      const ada = await join("Ada", transport, `&transport=${transport}`);
      const grace = await join("Grace", transport, `&transport=${transport}`);
      await Promise.all([ada.sees("Grace"), grace.sees("Ada")]);
      const urls = await grace.page.evaluate(() => performance.getEntriesByType("resource").map(({ name }) => name));
      const polls = urls.some((url) => url.includes("transport=polling"));
      assert.equal(polls, transport === "polling");
    });
  }

  test("what strangers send is bounded and taken as text", async () => {
    const ada = await join("Ada", "hostile");
    const mallory = await join(`<b>Mallory</b>\u202e${"x".repeat(300)}`, "hostile");
    await mallory.sees("Ada");
    await ada.count(2);
    const title = await ada.tiles().nth(1).getAttribute("aria-label");
    assert.match(title!, /^<b>Mallory<\/b> x+$/);
    assert.ok([...title!].length <= 48);
    assert.equal(await ada.page.locator(".tile b").count(), 0);
  });
});
