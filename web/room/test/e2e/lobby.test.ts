// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the rtcio authors

// Before the call, and with what is not there: devices, permission, a mouse, sight.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { describe, test } from "node:test";
import type { Page } from "playwright-core";
import { launch } from "../../../tools/chromium.js";
import { Lab } from "./lab.js";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

const lab = new Lab();

/** What axe-core finds, as one line each; serious and worse. */
async function violations(page: Page): Promise<string[]> {
  return page.evaluate(async () => {
    const { violations } = await (window as any).axe.run(document, { resultTypes: ["violations"] });
    return violations
      .filter(({ impact }: any) => impact === "serious" || impact === "critical")
      .flatMap(({ id, nodes }: any) => nodes.map((node: any) => `${id}: ${node.html.slice(0, 120)} ${node.failureSummary}`));
  });
}

describe("the lobby", () => {
  test("an address without a room gets one that is readable and hard to guess", async () => {
    const ada = await lab.visit("Ada");
    const room = new URL(ada.page.url()).searchParams.get("room")!;
    assert.match(room, /^[a-z]+-[a-z]+-[2-9a-z]{8}$/);
    assert.equal(await ada.page.getByRole("heading", { level: 1 }).innerText(), room);
  });

  test("usable within a second, and small", async () => {
    const ada = await lab.visit("Ada");
    await ada.page.getByLabel("Your name").waitFor();
    const { loaded, bytes } = await ada.page.evaluate(() => {
      const all = [...performance.getEntriesByType("navigation"), ...performance.getEntriesByType("resource")] as PerformanceResourceTiming[];
      const files = all.filter(({ name }) => !name.includes("/socket.io/"));
      return {
        loaded: Math.max(...files.map(({ responseEnd }) => responseEnd)),
        bytes: files.reduce((sum, { transferSize }) => sum + transferSize, 0),
      };
    });
    assert.ok(bytes > 10_000 && bytes < 150_000, `${bytes} bytes`);
    assert.ok(loaded < 1000, `${loaded} ms`);
  });

  test("a password: set by the first, asked of the others, wrong and right", async () => {
    const ada = await lab.visit("Ada", { query: "?room=secret" });
    await ada.page.getByText("Set a password").click();
    await ada.page.getByLabel("Password").fill("sesame");
    await ada.enter();
    const grace = await lab.visit("Grace", { query: "?room=secret" });
    const password = grace.page.getByLabel("Password");
    await password.waitFor();
    await grace.page.getByLabel("Your name").fill("Grace");
    await password.fill("open");
    await grace.button("Join").click();
    await grace.page.getByRole("alert").getByText("That is not the password of this room.").waitFor();
    await password.fill("sesame");
    await grace.button("Join").click();
    await Promise.all([grace.sees("Ada"), ada.sees("Grace")]);
  });

  test("by keyboard alone: in, muted, chatting, out", async () => {
    const ada = await lab.join("Ada", "keyboard");
    const grace = await lab.visit("Grace", { query: "?room=keyboard" });
    const { keyboard } = grace.page;
    const focused = () => grace.page.evaluate(() => (document.activeElement as HTMLElement).getAttribute("aria-label") ?? (document.activeElement as HTMLInputElement).name);
    assert.equal(await focused(), "name");
    await keyboard.type("Grace");
    await keyboard.press("Enter");
    await grace.page.getByRole("toolbar").waitFor();
    assert.equal(await focused(), "Microphone");
    await keyboard.press("Enter");
    await ada.tile("Grace").getByRole("img", { name: "microphone off" }).waitFor();
    await keyboard.press("c");
    assert.equal(await focused(), "Message everyone");
    // Letters are text here, not commands.
    await keyboard.type("very much");
    await keyboard.press("Enter");
    await ada.page.getByRole("button", { name: "Chat, 1 new" }).waitFor();
    await grace.button("Close chat").focus();
    await keyboard.press("Enter");
    assert.equal(await focused(), "Chat");
    for (let i = 0; i < 4 && (await focused()) !== "Leave"; i++) await keyboard.press("Tab");
    assert.equal(await focused(), "Leave");
    await keyboard.press("Enter");
    await grace.page.getByRole("heading", { name: "You have left" }).waitFor();
    await ada.count(1);
  });

  for (const colorScheme of ["light", "dark"] as const) {
    test(`nothing serious for axe-core, in ${colorScheme}`, async () => {
      const options = { colorScheme, reducedMotion: "reduce" as const, bypassCSP: true };
      const ada = await lab.visit("Ada", { ...options, query: `?room=axe-${colorScheme}` });
      await ada.page.addScriptTag({ content: axe });
      await ada.page.getByText("Set a password").waitFor();
      assert.deepEqual(await violations(ada.page), []);
      await ada.enter();
      const grace = await lab.join("Grace", `axe-${colorScheme}`);
      await ada.sees("Grace");
      await ada.button("Microphone").click();
      await ada.button("Chat").click();
      await ada.page.getByLabel("Message everyone").fill("hello");
      await ada.page.keyboard.press("Enter");
      await grace.page.keyboard.press("v");
      await ada.page.locator('.tile.dark[aria-label="Grace"]').waitFor();
      assert.deepEqual(await violations(ada.page), []);
      await ada.button("Devices").click();
      assert.deepEqual(await violations(ada.page), []);
      await ada.button("Leave").click();
      await ada.page.getByRole("heading", { name: "You have left" }).waitFor();
      assert.deepEqual(await violations(ada.page), []);
    });
  }

  test("fits a phone of 360 pixels, lobby and call", async () => {
    const options = { viewport: { width: 360, height: 740 }, isMobile: true, hasTouch: true };
    const ada = await lab.visit("Ada", { ...options, query: "?room=phone" });
    const overflow = () => ada.page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
    assert.equal(await overflow(), 0);
    await ada.enter();
    const bar = await ada.page.getByRole("toolbar").evaluate((element) =>
      [...element.querySelectorAll("button.round")].map((button) => button.getBoundingClientRect()).filter(({ width }) => width).map(({ left, right, width }) => ({ left, right, width })),
    );
    for (const { left, right, width } of bar) assert.ok(left >= 0 && right <= 360 && width >= 44, JSON.stringify(bar));
    assert.equal(await overflow(), 0);
  });
});

describe("without devices", () => {
  test("no permission: said, and one joins all the same; granted later, one is seen", async () => {
    const strict = await launch({ allowsDevices: false });
    try {
      const grace = await lab.join("Grace", "denied");
      const ada = await lab.visit("Ada", { browser: strict, permissions: [], query: "?room=denied" });
      await ada.page.getByText("The browser was not allowed to use camera or microphone.").first().waitFor();
      await ada.enter();
      await Promise.all([ada.sees("Grace"), grace.page.locator('.tile.dark[aria-label="Ada"]').waitFor()]);
      await grace.tile("Ada").getByRole("img", { name: "microphone off" }).waitFor();
      await ada.page.context().grantPermissions(["camera", "microphone"], { origin: new URL(lab.server.url).origin });
      await ada.button("Camera").click();
      await grace.sees("Ada");
    } finally {
      await strict.close();
    }
  });

  test("no camera: the microphone alone; none at all: said", async () => {
    const bare = await launch({ nDevices: 0 });
    try {
      const grace = await lab.join("Grace", "bare");
      const ada = await lab.visit("Ada", { browser: bare, query: "?room=bare" });
      await ada.page.getByText("Camera is off").or(ada.page.getByText("No camera or microphone was found.")).first().waitFor();
      await ada.enter();
      await ada.sees("Grace");
      await grace.page.locator('.tile.dark[aria-label="Ada"]').waitFor();
    } finally {
      await bare.close();
    }
  });
});
