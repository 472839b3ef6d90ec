// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the rtcio authors

// Files: dropped, pasted, large, cancelled; nothing is lost and nothing is opened.

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { after, afterEach, before, describe, test } from "node:test";
import type { Browser } from "playwright-core";
import { FAKE_UI, launch, PATIENCE_MS, Person, Server } from "./lab.js";

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

async function met(room: string, ...names: string[]): Promise<Person[]> {
  const people: Person[] = [];
  for (const name of names) people.push(await Person.join(browser, server, name, room));
  for (const person of people) {
    for (const { name } of people) if (name !== person.name) await person.sees(name);
  }
  return people;
}

/** Drops a file of noise onto the page. @returns its SHA-256 */
function drop(person: Person, name: string, size: number): Promise<string> {
  return person.page.evaluate(
    async ({ name, size }) => {
      const bytes = new Uint8Array(size);
      for (let i = 0; i < size; i += 65536) crypto.getRandomValues(bytes.subarray(i, i + 65536));
      const dataTransfer = new DataTransfer();
      dataTransfer.items.add(new File([bytes], name, { type: "text/html" }));
      document.dispatchEvent(new DragEvent("dragover", { bubbles: true, cancelable: true, dataTransfer }));
      document.dispatchEvent(new DragEvent("drop", { bubbles: true, cancelable: true, dataTransfer }));
      const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
      return [...hash].map((byte) => byte.toString(16).padStart(2, "0")).join("");
    },
    { name, size },
  );
}

async function openChat(person: Person): Promise<void> {
  await person.page.getByRole("button", { name: /^Chat/ }).click();
}

/** Saves the file that arrived. @returns its SHA-256 and name */
async function save(person: Person): Promise<{ hash: string; name: string }> {
  const link = person.page.getByRole("link", { name: "Save" });
  await link.waitFor({ timeout: 12 * PATIENCE_MS });
  const [download] = await Promise.all([person.page.waitForEvent("download"), link.click()]);
  const hash = createHash("sha256");
  for await (const chunk of createReadStream(await download.path())) hash.update(chunk as Buffer);
  return { hash: hash.digest("hex"), name: download.suggestedFilename() };
}

describe("files", () => {
  test("64 MB arrive as they were sent, at everybody", async () => {
    const [ada, grace, alan] = (await met("large", "Ada", "Grace", "Alan")) as [Person, Person, Person];
    await openChat(grace);
    await openChat(alan);
    const sent = await drop(ada, "noise.bin", 64 * 1024 * 1024);
    for (const person of [grace, alan]) {
      assert.deepEqual(await save(person), { hash: sent, name: "noise.bin" });
    }
    for (const { name } of [grace, alan]) {
      const row = ada.page.locator(".transfer", { hasText: `to ${name}` });
      await row.and(ada.page.locator('[data-state="done"]')).waitFor();
    }
  });

  test("several at a time, empty ones and names that lead elsewhere", async () => {
    const [ada, grace] = (await met("several", "Ada", "Grace")) as [Person, Person];
    await openChat(grace);
    const sent = [await drop(ada, "one.bin", 3_000_001), await drop(ada, "empty.txt", 0), await drop(ada, "..\\..\\evil.html", 70_000)];
    await grace.page.waitForFunction(() => document.querySelectorAll('.chat a[download]').length === 3);
    const links = grace.page.getByRole("link", { name: "Save" });
    const names = ["one.bin", "empty.txt", "_.._evil.html"];
    for (const [i, name] of names.entries()) {
      assert.equal(await links.nth(i).getAttribute("download"), name);
      const [download] = await Promise.all([grace.page.waitForEvent("download"), links.nth(i).click()]);
      const hash = createHash("sha256");
      for await (const chunk of createReadStream(await download.path())) hash.update(chunk as Buffer);
      assert.equal(hash.digest("hex"), sent[i]);
    }
  });

  test("a picture is pasted and shown, whatever kind it says it is", async () => {
    const [ada, grace] = (await met("paste", "Ada", "Grace")) as [Person, Person];
    await openChat(ada);
    await openChat(grace);
    const paste = (type: string) =>
      ada.page.getByLabel("Message everyone").evaluate(async (element, kind) => {
        const canvas = document.createElement("canvas");
        canvas.width = canvas.height = 32;
        canvas.getContext("2d")!.fillRect(0, 0, 16, 16);
        const picture = await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve));
        const clipboardData = new DataTransfer();
        clipboardData.items.add(new File([picture!], "drawing", { type: kind }));
        element.dispatchEvent(new ClipboardEvent("paste", { bubbles: true, cancelable: true, clipboardData }));
      }, type);
    await paste("image/png");
    const picture = grace.page.getByRole("log").getByRole("img", { name: "drawing" });
    await picture.waitFor();
    assert.equal(await picture.evaluate((image: HTMLImageElement) => image.decode().then(() => image.naturalWidth)), 32);
    // A kind that can carry a script is a file like any other.
    await paste("image/svg+xml");
    await grace.page.waitForFunction(() => document.querySelectorAll('.chat a[download]').length === 2);
    assert.equal(await picture.count(), 1);
  });

  test("either side can cancel, and the next file goes its way", async () => {
    const [ada, grace] = (await met("cancel", "Ada", "Grace")) as [Person, Person];
    await openChat(grace);
    void drop(ada, "first.bin", 200 * 1024 * 1024);
    await grace.button("Cancel first.bin").click();
    await ada.page.locator('.transfer[data-state="cancelled"]').waitFor();
    const sent = await drop(ada, "second.bin", 1_000_000);
    assert.deepEqual(await save(grace), { hash: sent, name: "second.bin" });
  });

  test("a file to nobody is told", async () => {
    const ada = await Person.join(browser, server, "Ada", "nobody");
    await drop(ada, "x.bin", 10);
    await ada.page.getByText("Nobody else is here to get a file.").waitFor();
  });
});
