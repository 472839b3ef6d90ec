// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the rtcio authors

// What goes wrong in a call, and what stays.

import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import http from "node:http";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, describe, test } from "node:test";
import { launch } from "../../../tools/chromium.js";
import { Lab, type Person } from "./lab.js";

const folder = mkdtempSync(path.join(tmpdir(), "rtcio-room-"));
after(() => rmSync(folder, { recursive: true, force: true }));
const control = path.join(folder, "control");
const lab = new Lab(["--control-listen", `unix:${control}`]);

describe("what goes wrong", () => {
  test("the server goes: the call stays, says so, and is joined again", async () => {
    const ada = await lab.join("Ada", "restart");
    const grace = await lab.join("Grace", "restart");
    await Promise.all([ada.sees("Grace"), grace.sees("Ada")]);
    await lab.killServer();
    const banner = (person: Person) => person.page.getByRole("alert").getByText("The server cannot be reached.");
    await Promise.all([ada, grace].map((person) => banner(person).waitFor()));
    await Promise.all([ada.sees("Grace"), grace.sees("Ada")]);
    await ada.page.keyboard.press("c");
    await ada.page.getByLabel("Message everyone").fill("still there?");
    await ada.page.keyboard.press("Enter");
    await grace.page.getByRole("button", { name: "Chat, 1 new" }).waitFor();

    const owner = (person: Person, title: string) => person.tile(title).first().getAttribute("data-owner");
    const before = [await owner(ada, "Grace"), await owner(grace, "Ada")];
    await lab.startServer();
    await Promise.all([ada, grace].map((person) => banner(person).waitFor({ state: "hidden" })));
    // New ids, new connections; the old ones go when the new ones are there.
    for (const [i, person] of [ada, grace].entries()) {
      await person.page.waitForFunction((old) => !document.querySelector(`[data-owner="${old}"]`), before[i]);
      await person.count(2);
    }
    await Promise.all([ada.sees("Grace"), grace.sees("Ada")]);
    const late = await lab.join("Katherine", "restart");
    await Promise.all([late.sees("Ada"), late.sees("Grace"), ada.sees("Katherine")]);
    await Promise.all([ada, grace, late].map((person) => person.count(3)));
    await ada.page.keyboard.press("Escape");
  });

  test("a tab is killed: the others see it within four seconds", async (t) => {
    const ada = await lab.join("Ada", "killed");
    const other = await launch();
    try {
      const grace = await lab.join("Grace", "killed", { browser: other });
      await Promise.all([ada.sees("Grace"), grace.sees("Ada")]);
      const crash = await grace.page.context().newCDPSession(grace.page);
      // When the tile goes, by the clock of the page that sees it go.
      const gone = ada.page.evaluate(
        () =>
          new Promise<number>((resolve) => {
            const look = () => document.querySelectorAll(".tile").length === 1 && resolve(performance.timeOrigin + performance.now());
            new MutationObserver(look).observe(document.body, { childList: true, subtree: true });
          }),
      );
      const begun = Date.now();
      void crash.send("Page.crash").catch(() => {});
      const ms = Math.round((await gone) - begun);
      t.diagnostic(`seen after ${ms} ms`);
      assert.ok(ms <= 4000, `${ms} ms`);
    } finally {
      await other.close();
    }
  });

  test("who runs the server closes the room: all are out, are told why, and may come back", async () => {
    const people = [await lab.join("Ada", "closed"), await lab.join("Grace", "closed")];
    const [ada, grace] = people as [Person, Person];
    await Promise.all([ada.sees("Grace"), grace.sees("Ada")]);
    const status = await new Promise((resolve, reject) => {
      const to = { socketPath: control, method: "DELETE", path: "/v1/rooms/closed?reason=It%20is%20late.", agent: false };
      http.request(to, (response) => resolve(response.resume().statusCode)).on("error", reject).end();
    });
    assert.equal(status, 200);
    for (const { page } of people) {
      await page.getByRole("heading", { name: "You have been taken out of the room" }).waitFor();
      await page.getByText("It is late.").waitFor();
    }
    for (const person of people) {
      await person.button("Join again").click();
      await person.enter();
    }
    await Promise.all([ada.sees("Grace"), grace.sees("Ada")]);
  });

  for (const transport of ["polling", "websocket"]) {
    test(`over ${transport} alone`, async () => {
      const ada = await lab.join("Ada", transport, { query: `&transport=${transport}` });
      const grace = await lab.join("Grace", transport, { query: `&transport=${transport}` });
      await Promise.all([ada.sees("Grace"), grace.sees("Ada")]);
      const urls = await grace.page.evaluate(() => performance.getEntriesByType("resource").map(({ name }) => name));
      const polls = urls.some((url) => url.includes("transport=polling"));
      assert.equal(polls, transport === "polling");
    });
  }

  test("what strangers send is bounded and taken as text", async () => {
    const ada = await lab.join("Ada", "hostile");
    const mallory = await lab.join(`<b>Mallory</b>\u202e${"x".repeat(300)}`, "hostile");
    await mallory.sees("Ada");
    await ada.count(2);
    const title = await ada.tiles().nth(1).getAttribute("aria-label");
    assert.match(title!, /^<b>Mallory<\/b> x+$/);
    assert.ok([...title!].length <= 48);
    assert.equal(await ada.page.locator(".tile b").count(), 0);
  });
});
