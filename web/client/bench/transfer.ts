// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the rtcio authors

// How fast a file goes through an RTCIOChannel, beside a bare RTCDataChannel between the same two
// pages over the same connection, in turns. Prints megabytes per second of each run, and the ratio
// of the medians.
//
//   npm run build && npm run bench [MEGABYTES] [ROUNDS]

import type { Browser, Page } from "playwright-core";
import { launch } from "../../tools/chromium.js";
import { PageServer } from "../../tools/page-server.js";
import { rtcioServer } from "../../tools/rtcio.js";
import { Member } from "../test/e2e/lab.js";

const megabytes = Number(process.argv[2] ?? 64);
const rounds = Number(process.argv[3] ?? 5);
const CHUNK = 64 * 1024;

async function open(browser: Browser, pages: PageServer, url: string, name: string): Promise<Member> {
  const page: Page = await (await browser.newContext()).newPage();
  await page.goto(pages.url);
  await page.addScriptTag({ type: "module", url: "/page-lab.js" });
  await page.waitForFunction(() => "lab" in window);
  const member = new Member(page, name);
  await member.do((lab, where) => lab.connect("rtcio-client", where, {}), url);
  await member.do((lab, who) => lab.join("bench", who), name);
  return member;
}

/** Makes both channels, and counts what arrives on either. */
function prepare(lab: any, id: string): Promise<unknown> {
  lab.nBytes = 0;
  const count = (data: ArrayBuffer): void => {
    lab.nBytes += data.byteLength;
    if (lab.nBytes >= lab.wanted) lab.arrived();
  };
  lab.expect = (n: number): void => {
    lab.nBytes = 0;
    lab.wanted = n;
    lab.whole = new Promise<void>((resolve) => (lab.arrived = resolve));
  };
  lab.ours = lab.socket.peer(id).createChannel("bench");
  lab.ours.on("data", count);
  lab.bare = lab.connectionTo(id).createDataChannel("bare", { negotiated: true, id: 2000 });
  lab.bare.binaryType = "arraybuffer";
  lab.bare.bufferedAmountLowThreshold = 1024 * 1024;
  lab.bare.onmessage = ({ data }: MessageEvent) => count(data);
  return Promise.all([
    new Promise((resolve) => (lab.bare.onopen = resolve)),
    new Promise((resolve) => lab.ours.once("open", resolve)),
  ]);
}

async function sendBare({ bare }: any, [total, chunk]: readonly [number, number]): Promise<void> {
  for (let at = 0; at < total; at += chunk) {
    if (bare.bufferedAmount > 16 * 1024 * 1024 - chunk) {
      await new Promise((resolve) => bare.addEventListener("bufferedamountlow", resolve, { once: true }));
    }
    bare.send(new Uint8Array(chunk).buffer);
  }
}

async function sendOurs({ ours }: any, [total, chunk]: readonly [number, number]): Promise<void> {
  for (let at = 0; at < total; at += chunk) {
    if (!ours.send(new Uint8Array(chunk).buffer)) await new Promise((resolve) => ours.once("drain", resolve));
  }
}

async function measure(from: Member, to: Member, send: typeof sendBare): Promise<number> {
  const total = megabytes * 1024 * 1024;
  await to.do((lab, n) => lab.expect(n), total);
  const started = performance.now();
  await from.do(send as any, [total, CHUNK] as const);
  await to.do((lab) => lab.whole);
  return (megabytes * 1000) / (performance.now() - started);
}

const median = (values: number[]): number => [...values].sort((a, b) => a - b)[values.length >> 1]!;

const server = rtcioServer();
const pages = new PageServer();
const [browser] = await Promise.all([launch(), pages.start(), server.start()]);
try {
  const ada = await open(browser, pages, server.url, "Ada");
  const bob = await open(browser, pages, server.url, "Bob");
  const [[bobId], [adaId]] = await Promise.all([ada.peers(1), bob.peers(1)]);
  await Promise.all([ada.do(prepare, bobId), bob.do(prepare, adaId)]);
  const bare: number[] = [];
  const ours: number[] = [];
  for (let round = 0; round < rounds; round++) {
    bare.push(await measure(ada, bob, sendBare));
    ours.push(await measure(ada, bob, sendOurs));
    console.log(`round ${round + 1}: bare ${bare.at(-1)!.toFixed(1)} MB/s, RTCIOChannel ${ours.at(-1)!.toFixed(1)} MB/s`);
  }
  console.log(`medians of ${rounds}: bare ${median(bare).toFixed(1)}, RTCIOChannel ${median(ours).toFixed(1)}, ratio ${(median(ours) / median(bare)).toFixed(2)}`);
} finally {
  await browser.close();
  await pages.stop();
  await server.stop();
}
