// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the rtcio authors

// socket.io-client 2 in a browser, where it does what it cannot in Node: payloads in binary form, and
// JSONP by script and form.

import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { after, before, describe, test } from "node:test";
import { chromium } from "playwright-core";
import { useServer } from "./lib/fixture.mjs";

const bundle = new URL("node_modules/socket.io-client-2/dist/socket.io.js", import.meta.url);
const executablePath = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"]
  .find(existsSync);

/** An empty page with the client, on an origin of its own. */
const pages = createServer(async (request, response) => {
  if (request.url === "/") {
    response.writeHead(200, { "Content-Type": "text/html" });
    response.end('<!doctype html><meta charset="utf-8"><body><script src="socket.io.js"></script>');
  } else if (request.url === "/socket.io.js") {
    response.writeHead(200, { "Content-Type": "text/javascript" }).end(await readFile(bundle));
  } else {
    response.writeHead(404).end();
  }
});

/** In the page: a conversation; what came back, as far as JSON can tell it. */
async function converse({ url, options }) {
  const bytes = (value) => (value instanceof ArrayBuffer ? { bytes: [...new Uint8Array(value)] } : value);
  const socket = window.io(url, { forceNew: true, reconnection: false, ...options });
  try {
    await new Promise((resolve, reject) => {
      socket.on("connect", resolve);
      socket.on("connect_error", reject);
    });
    const ask = (...args) => new Promise((resolve) => socket.emit(...args, (...values) => resolve(values)));
    const values = ["é€😀\n\\n\u2028", new Uint8Array([0, 1, 30, 255]).buffer, { deep: [new ArrayBuffer(0)] }, 7];
    const back = new Promise((resolve) => socket.on("message-back", (...all) => resolve(all)));
    socket.emit("message", ...values);
    const [echoed, answered] = [await back, await ask("message-with-ack", ...values)];
    const [large] = await ask("message-with-ack", new Uint8Array(100000).fill(9).buffer);
    const { engine } = socket.io;
    const last = engine.transport.name;
    if (options.upgrade && last !== "websocket") await new Promise((resolve) => engine.on("upgrade", resolve));
    const [who] = await ask("whoami");
    const flat = (list) => list.map((v) => (v?.deep ? { deep: v.deep.map(bytes) } : bytes(v)));
    const size = large.byteLength;
    return { echoed: flat(echoed), answered: flat(answered), size, who, id: socket.id };
  } finally {
    socket.close();
  }
}

const EXPECTED = ["é€😀\n\\n\u2028", { bytes: [0, 1, 30, 255] }, { deep: [{ bytes: [] }] }, 7];

describe("socket.io-client 2 in a browser", { timeout: 120000 }, () => {
  const server = useServer({ allow_eio3: true, cors_origin: "reflect", cors_credentials: "true" });
  let browser, page;

  before(async () => {
    await new Promise((resolve) => pages.listen(0, "127.0.0.1", resolve));
    // As root, and in a container, there is no sandbox to be had.
    browser = await chromium.launch({ executablePath, args: ["--no-sandbox"] });
    page = await browser.newPage();
    page.setDefaultTimeout(15000);
    await page.goto(`http://127.0.0.1:${pages.address().port}/`);
  });
  after(async () => {
    await browser?.close();
    pages.closeAllConnections?.();
    pages.close();
  });

  /** Runs it, and returns the content types of the answers to polls on the way. */
  async function run(options) {
    const types = new Set();
    const note = (response) => {
      const type = response.headers()["content-type"];
      if (type) types.add(type.split(";")[0]);
    };
    page.on("response", note);
    const got = await page.evaluate(converse, { url: server.url, options });
    page.off("response", note);
    assert.deepEqual(got.echoed, EXPECTED);
    assert.deepEqual(got.answered, EXPECTED);
    assert.equal(got.size, 100000);
    assert.equal(got.who.id, got.id);
    return { types, transport: got.who.transport, url: got.who.url };
  }

  test("polling: payloads in binary form, both ways", async () => {
    const { types, transport } = await run({ transports: ["polling"] });
    assert.equal(transport, "polling");
    assert.equal(types.has("application/octet-stream"), true, [...types].join());
  });

  test("polling in base64", async () => {
    const { types } = await run({ transports: ["polling"], forceBase64: true });
    assert.equal(types.has("application/octet-stream"), false);
  });

  test("JSONP", async () => {
    const { types, url } = await run({ transports: ["polling"], forceJSONP: true });
    assert.match(url, /[?&]j=0(&|$)/);
    assert.equal(types.has("application/octet-stream"), false);
  });

  test("WebSocket, also in base64", async () => {
    assert.equal((await run({ transports: ["websocket"] })).transport, "websocket");
    assert.equal((await run({ transports: ["websocket"], forceBase64: true })).transport, "websocket");
  });

  test("from polling to WebSocket", async () => {
    assert.equal((await run({ upgrade: true })).transport, "websocket");
  });
});
