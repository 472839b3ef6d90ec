// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the rtcio authors

// Makes the pictures in docs/images anew, from the built room and server (docs/room.md says how):
// lobby, call, shared screen and chat, on a desktop and on a phone, light and dark.
//
//   npm run screenshots --workspace room [FOLDER [KIND]]    KIND: such as phone-light; all of them

import { mkdirSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { launch } from "../tools/chromium.js";
import { rtcioServer, type Server } from "../tools/rtcio.js";
import { Person } from "./test/e2e/lab.js";

const folder = process.argv[2] ?? fileURLToPath(new URL("../../docs/images/", import.meta.url));
const wanted = process.argv[3] ?? "";
mkdirSync(folder, { recursive: true });

const DESKTOP = { viewport: { width: 1152, height: 720 } };
const PHONE = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true, deviceScaleFactor: 1 };
const ROOM = "amber-cedar-k3v9x2mw";

/** Somebody drawn in plain colours instead of the test pattern of fake cameras: small files. */
function paint({ hue, at }: { hue: number; at: number }): void {
  const canvas = document.createElement("canvas");
  const draw = () => {
    const { width, height } = canvas;
    const context = canvas.getContext("2d")!;
    context.fillStyle = `hsl(${hue} 34% 58%)`;
    context.fillRect(0, 0, width, height);
    const x = width * at;
    context.fillStyle = `hsl(${hue + 200} 30% 26%)`;
    context.beginPath();
    context.ellipse(x, height * 1.06, width * 0.23, height * 0.44, 0, 0, 7);
    context.fill();
    context.fillStyle = "hsl(24 44% 66%)";
    context.beginPath();
    context.ellipse(x, height * 0.43, width * 0.085, height * 0.185, 0, 0, 7);
    context.fill();
    context.fillStyle = `hsl(${hue} 26% 20%)`;
    context.beginPath();
    context.ellipse(x, height * 0.33, width * 0.095, height * 0.13, 0, 3.14, 6.28);
    context.fill();
  };
  [canvas.width, canvas.height] = [1280, 720];
  draw();
  setInterval(draw, 200);
  const devices = navigator.mediaDevices;
  const original = devices.getUserMedia.bind(devices);
  devices.getUserMedia = async (wanted) => {
    const stream = await original({ audio: wanted?.audio ?? false });
    if (wanted?.video) stream.addTrack(canvas.captureStream(5).getVideoTracks()[0]!);
    return stream;
  };
}

async function painted(browser: Browser, server: Server, name: string, hue: number, at: number, options: BrowserContextOptions): Promise<Person> {
  const context = await browser.newContext({ permissions: ["camera", "microphone"], ...options });
  const page = await context.newPage();
  await page.addInitScript(paint, { hue, at });
  await page.goto(`${server.url}/?room=${ROOM}`);
  return new Person(page, name);
}

/** Waits until the connections show what they are like, and no longer how busy this machine is. */
async function settled(page: Page): Promise<void> {
  await page.waitForFunction(
    () => {
      const all = [...document.querySelectorAll<HTMLElement>(".quality")].filter(({ offsetParent, hidden }) => offsetParent && !hidden);
      return all.length >= 3 && all.every(({ textContent }) => parseInt(textContent!, 10) < 100);
    },
    undefined,
    { timeout: 120_000, polling: 100 },
  );
}

const shot = (page: Page, name: string) => page.screenshot({ path: path.join(folder, `${name}.png`) });

const server = await rtcioServer().start();
const browser = await launch();
try {
  for (const colorScheme of ["light", "dark"] as const) {
    for (const [size, options] of [["desktop", DESKTOP], ["phone", PHONE]] as const) {
      if (!`${size}-${colorScheme}`.includes(wanted)) continue;
      const name = (what: string) => `room-${what}-${size}-${colorScheme}`;
      const me = await painted(browser, server, "Ada", 165, 0.5, { ...options, colorScheme });
      await me.page.getByLabel("Your name").fill("Ada");
      await me.page.waitForFunction(() => document.querySelector("video")?.videoWidth);
      await me.page.waitForTimeout(600);
      await shot(me.page, name("lobby"));

      const others = [
        await painted(browser, server, "Grace Hopper", 28, 0.46, DESKTOP),
        await painted(browser, server, "Alan", 215, 0.55, DESKTOP),
        await painted(browser, server, "Katherine", 330, 0.5, DESKTOP),
      ];
      for (const person of others) await person.enter();
      await me.enter();
      for (const person of others) await me.sees(person.name);
      await others[1]!.page.keyboard.press("m");
      await others[2]!.page.keyboard.press("v");
      await others[0]!.page.getByRole("button", { name: "React" }).click();
      await others[0]!.page.getByRole("button", { name: "👏" }).click();
      await me.page.locator(".reaction").first().waitFor();
      await settled(me.page);
      await shot(me.page, name("call"));

      await me.page.waitForTimeout(5000);
      await others[0]!.page.evaluate(() => {
        const canvas = document.createElement("canvas");
        [canvas.width, canvas.height] = [1280, 720];
        navigator.mediaDevices.getDisplayMedia = async () => canvas.captureStream(5);
        const draw = () => {
          const context = canvas.getContext("2d")!;
          context.fillStyle = "#fbfbf9";
          context.fillRect(0, 0, 1280, 720);
          context.fillStyle = "#1d2529";
          context.font = "600 54px system-ui, sans-serif";
          context.fillText("Harbour walk: draft 3", 90, 130);
          ["Start at the old crane, along the water to the mill.", "Two bridges, one of them narrow: no bicycles.", "", "Opening on Saturday or Sunday?", "Who brings the signs?"].forEach((line, i) => {
            context.font = "28px system-ui, sans-serif";
            context.fillText(line, 90, 225 + i * 56);
          });
          context.fillStyle = "#0f766e";
          [220, 150, 190, 120, 90].forEach((tall, i) => context.fillRect(810 + i * 80, 640 - tall, 52, tall));
        };
        draw();
        setInterval(draw, 200);
      });
      await others[0]!.button("Share screen").click();
      await me.sees("Grace Hopper’s screen");
      await others[1]!.page.keyboard.press("p");
      const screen = await others[1]!.tile("Grace Hopper’s screen").boundingBox();
      await others[1]!.page.mouse.move(screen!.x + screen!.width * 0.4, screen!.y + screen!.height * 0.3);
      await others[1]!.page.mouse.move(screen!.x + screen!.width * 0.44, screen!.y + screen!.height * 0.56);
      await me.page.waitForTimeout(1000);
      await shot(me.page, name("share"));

      await others[0]!.button("Chat").click();
      await others[0]!.page.getByLabel("Message everyone").fill("Here is the draft. Is Sunday fine with everybody?");
      await others[0]!.page.keyboard.press("Enter");
      await others[1]!.page.locator('input[type="file"]').setInputFiles({ name: "signs.pdf", mimeType: "application/pdf", buffer: Buffer.alloc(2_400_000) });
      await me.page.getByRole("button", { name: /^Chat/ }).click();
      await me.page.getByRole("link", { name: "Save" }).waitFor();
      await me.page.getByLabel("Message everyone").fill("Sunday is perfect, thank you!");
      await me.page.keyboard.press("Enter");
      await me.page.waitForTimeout(400);
      await shot(me.page, name("chat"));
      for (const person of [me, ...others]) await person.close();
    }
  }
} finally {
  await browser.close();
  await server.stop();
}
