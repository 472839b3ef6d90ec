// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the rtcio authors

// The official Socket.IO Admin UI, its own page from npm in Chromium, against the server.

import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import path from "node:path";
import { after, before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";
import { ask, connect } from "./lib/client.mjs";
import { useServer } from "./lib/fixture.mjs";
import { once, waitFor } from "./lib/time.mjs";

const dist = fileURLToPath(new URL("node_modules/@socket.io/admin-ui/ui/dist/", import.meta.url));
const types = { ".html": "text/html", ".js": "text/javascript", ".css": "text/css" };
const executablePath = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"]
  .find(existsSync);

/** The page, on an origin of its own. */
const pages = createServer(async (request, response) => {
  const { pathname } = new URL(request.url, "http://localhost");
  try {
    const body = await readFile(path.join(dist, pathname === "/" ? "index.html" : pathname));
    const type = types[path.extname(pathname) || ".html"] ?? "application/octet-stream";
    response.writeHead(200, { "Content-Type": type }).end(body);
  } catch {
    response.writeHead(404).end();
  }
});

describe("the Admin UI", { timeout: 120000 }, () => {
  const server = useServer(
    { admin: "basic", cors_origin: "reflect", cors_credentials: "true" },
    { concurrent: true },
  );
  let browser, page, socket, other;

  before(async () => {
    await new Promise((resolve) => pages.listen(0, "127.0.0.1", resolve));
    // As root, and in a container, there is no sandbox to be had.
    browser = await chromium.launch({ executablePath, args: ["--no-sandbox"] });
    page = await browser.newPage();
    page.setDefaultTimeout(15000);
  });
  after(async () => {
    await browser?.close();
    pages.closeAllConnections?.();
    pages.close();
  });

  const visit = async (hash, text) => {
    await page.goto(`http://127.0.0.1:${pages.address().port}/#/${hash}`);
    await page.locator("main").getByText(text).first().waitFor();
  };
  const row = (text) => page.locator("main tr", { hasText: text });
  const press = (where, icon) => where.locator(`button:has(.mdi-${icon})`).click();

  test("is refused with a wrong password and connects with the right one", async () => {
    // The UI shows the namespace first that has sockets when it connects.
    [socket, other] = [await connect(server), await connect(server)];
    await ask(other, "join", "lobby");
    await visit("", "Dashboard");
    await page.getByLabel("Server URL").fill(server.url);
    await page.getByLabel("Username").fill("admin");
    await page.getByLabel("Password").fill("wrong");
    await page.getByRole("button", { name: "Connect" }).click();
    await page.getByText("invalid credentials").waitFor();
    await page.getByLabel("Password").fill("changeit");
    await page.getByRole("button", { name: "Connect" }).click();
    await page.getByText(/^\s*connected\s*$/i).first().waitFor();
    await row("/admin").waitFor();
  });

  test("shows sockets, rooms and events, and its buttons work", async () => {
    await visit("sockets/", "Sockets");
    await row(socket.id).waitFor();
    await row(other.id).waitFor();
    await visit("rooms/", "Rooms");
    await row("lobby").waitFor();
    await visit("events/", "Events");
    socket.emit("message", "for the UI");
    await row("Event name: message-back").waitFor();
    await row("Event received").first().waitFor();

    await visit(`n/%2F/sockets/${socket.id}`, "Socket details");
    await page.getByLabel("Join a room").click();
    await page.getByRole("option", { name: "lobby" }).click();
    await press(page.locator("main form"), "tag-plus-outline");
    await row("lobby").waitFor();
    assert.ok((await ask(socket, "rooms")).includes("lobby"));
    await press(row("lobby"), "tag-off-outline");
    const left = async () => (await ask(socket, "rooms")).length === 1;
    await waitFor(left, "the socket to leave the room");

    // That button is part of a row that leads to the room.
    await visit(`n/%2F/sockets/${socket.id}`, "Socket details");
    const gone = once(socket, "disconnect");
    await press(page.locator("main tr", { hasText: "Status" }).nth(1), "logout");
    assert.equal((await gone)[0], "io server disconnect");
    await page.getByText(/^\s*disconnected\s*$/i).first().waitFor();
  });
});
