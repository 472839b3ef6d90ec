// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the rtcio authors

// Files: dropped, pasted, large, cancelled; nothing is lost and nothing is opened.

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { after, before, describe, test } from "node:test";
import type { Page } from "playwright-core";
import { PageServer } from "../../../tools/page-server.js";
import { Lab, PATIENCE_MS, type Person } from "./lab.js";

const lab = new Lab();

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

const pages = new PageServer();
before(() => pages.start());
after(() => pages.stop());

/** A page whose library is written from the original's description; it takes files as rtc.io's guide does. */
async function joinAsOriginal(room: string): Promise<Page> {
  const page = await (await lab.browser.newContext()).newPage();
  await page.goto(pages.url);
  await page.evaluate(
    async ([url, roomId]) => {
      const library = "/original.js";
      const { io } = await import(library);
      const socket = io(url, { iceServers: [{ urls: "stun:127.0.0.1:9" }], forceNew: true });
      const files: any[] = ((window as any).files = []);
      let current: any;
      socket.on("channel:file:meta", ({ name, size }: any) => (current = { name, size, bytes: 0 }));
      socket.on("channel:file:data", (data: ArrayBuffer) => (current.bytes += data.byteLength));
      socket.on("channel:file:eof", () => files.push(current));
      (window as any).file = socket.createChannel("file");
      await new Promise<void>((resolve) => socket.on("connect", resolve));
      socket.server.emit("join-room", { roomId, name: "Original" });
    },
    [lab.server.url, room] as const,
  );
  return page;
}

async function openChat(person: Person): Promise<void> {
  await person.page.getByRole("button", { name: /^Chat/ }).click();
}

/** Saves the file that arrived. @returns its SHA-256 and name */
async function save(person: Person): Promise<{ hash: string; name: string }> {
  const link = person.page.getByRole("link", { name: "Save" });
  await link.waitFor({ timeout: 6 * PATIENCE_MS });
  const [download] = await Promise.all([person.page.waitForEvent("download"), link.click()]);
  const hash = createHash("sha256");
  for await (const chunk of createReadStream(await download.path())) hash.update(chunk as Buffer);
  return { hash: hash.digest("hex"), name: download.suggestedFilename() };
}

describe("files", () => {
  test("64 MB arrive as they were sent, at everybody", async () => {
    const [ada, grace, alan] = (await lab.meet("large", "Ada", "Grace", "Alan")) as [Person, Person, Person];
    // Loss is looked for here, not speed: pictures would take the processors that the bytes need.
    for (const { page } of [ada, grace, alan]) for (const key of ["v", "m"]) await page.keyboard.press(key);
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
    const [ada, grace] = (await lab.meet("several", "Ada", "Grace")) as [Person, Person];
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
    const [ada, grace] = (await lab.meet("paste", "Ada", "Grace")) as [Person, Person];
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
    const [ada, grace] = (await lab.meet("cancel", "Ada", "Grace")) as [Person, Person];
    await openChat(grace);
    void drop(ada, "first.bin", 200 * 1024 * 1024);
    await grace.button("Cancel first.bin").click();
    await ada.page.locator('.transfer[data-state="cancelled"]').waitFor();
    const sent = await drop(ada, "second.bin", 1_000_000);
    assert.deepEqual(await save(grace), { hash: sent, name: "second.bin" });
  });

  test("who sends a file sees it fail when the other leaves before all has arrived", async () => {
    const [ada, grace] = (await lab.meet("fail", "Ada", "Grace")) as [Person, Person];
    await openChat(grace);
    void drop(ada, "long.bin", 200 * 1024 * 1024);
    await grace.button("Cancel long.bin").waitFor();
    await grace.close();
    await ada.page.locator('.transfer[data-state="failed"]').waitFor();
  });

  test("with a page that gives no receipts, as the original's: sent is the end, and what it sends arrives", async () => {
    const [ada, original] = await Promise.all([lab.join("Ada", "plain"), joinAsOriginal("plain")]);
    await ada.page.locator('.tile[aria-label="Original"]').waitFor();
    await openChat(ada);
    await ada.page.locator(".tile-state").nth(1).waitFor({ state: "hidden" });
    const size = 3_000_001;
    await drop(ada, "noise.bin", size);
    const row = ada.page.locator(".transfer", { hasText: "to Original" });
    await row.and(ada.page.locator('[data-state="sent"]')).waitFor();
    assert.equal(await row.locator(".note").innerText(), "sent");
    await original.waitForFunction(() => (window as any).files.length === 1);
    assert.deepEqual(await original.evaluate(() => (window as any).files), [{ name: "noise.bin", size, bytes: size }]);

    await original.evaluate(() => {
      const { file } = window as any;
      file.emit("meta", { tid: "t", name: "reply.bin", size: 40_000, mime: "" });
      for (let at = 0; at < 40_000; at += 16_000) file.send(new Uint8Array(Math.min(16_000, 40_000 - at)).buffer);
      file.emit("eof", { tid: "t" });
    });
    assert.equal((await save(ada)).name, "reply.bin");
  });

  test("a file to nobody is told", async () => {
    const ada = await lab.join("Ada", "nobody");
    await drop(ada, "x.bin", 10);
    await ada.page.getByText("Nobody else is here to get a file.").waitFor();
  });
});
