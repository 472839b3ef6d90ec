// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the rtcio authors

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { Browser } from "playwright-core";
import { launch, openPage, PageServer } from "./browser.js";

let browser: Browser;
const pages = new PageServer();

before(async () => {
  [browser] = await Promise.all([launch(), pages.start()]);
});
after(async () => {
  await browser?.close();
  await pages.stop();
});

test("a page without a bundler loads the library", async () => {
  const page = await openPage(browser, pages);
  const protocol = await page.evaluate(() => (window as any).rtcio.protocol);
  assert.equal(protocol, 5);
});
