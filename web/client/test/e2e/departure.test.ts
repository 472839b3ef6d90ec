// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the rtcio authors

// How soon a peer that is gone is noticed, and that one that is not gone stays.

import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import { io, type Socket } from "socket.io-client";
import { Lab, type Member } from "./lab.js";

const lab = new Lab();

async function two(client: "rtcio-client" | "original" = "rtcio-client"): Promise<[Member, Member]> {
  const ada = await lab.join("Ada");
  const bob = await lab.join("Bob", { client });
  await Promise.all([ada.peers(1), bob.peers(1)]);
  return [ada, bob];
}

/** Lets something happen and measures until the member has seen its peer go. */
async function gone(t: TestContext, member: Member, what: string, happen: () => Promise<unknown>, limit: number): Promise<void> {
  const started = Date.now();
  await happen();
  const [seen] = await member.saw("peer-disconnect", 1, limit + 5000);
  const ms = Math.round(seen!.at - started);
  t.diagnostic(`${what}: seen after ${ms} ms`);
  assert.ok(ms <= limit, `${ms} ms, at most ${limit}`);
}

/** Ends a page's process as if the system had. */
async function kill({ page }: Member): Promise<void> {
  const session = await page.context().newCDPSession(page);
  void session.send("Page.crash").catch(() => {});
  await page.waitForEvent("crash");
}

for (const client of ["rtcio-client", "original"] as const) {
  test(`conformance 13: a killed tab (${client}) is seen within 4 s`, async (t) => {
    const [ada, bob] = await two(client);
    await gone(t, ada, "tab killed", () => kill(bob), 4000);
  });

  test(`conformance 13: a connection closed by the peer (${client}) is seen within 2 s`, async (t) => {
    const [ada, bob] = await two(client);
    const id = await ada.id;
    await gone(t, ada, "connection closed", () => bob.do((lab, peer) => lab.connectionTo(peer).close(), id), 2000);
  });
}

/** A client that joins and never answers an offer. */
async function mute(room: string): Promise<Socket> {
  const socket = io(lab.server.url, { forceNew: true, reconnection: false });
  await new Promise<void>((resolve) => socket.once("connect", () => resolve()));
  socket.emit("join-room", { roomId: room, name: "Mute" });
  return socket;
}

const recordPeer = (lab: any): void => {
  // Nothing tells of a peer that never connected, so that the table is looked at.
  lab.poll = setInterval(() => {
    if (lab.watched && !lab.socket.getPeer(lab.watched)) lab.gone ??= Date.now();
  }, 20);
};

test("conformance 13: a newcomer that never answers is given up within 30 s", async (t) => {
  const ada = await lab.join("Ada", { room: "mute", first: recordPeer });
  const socket = await mute("mute");
  const id = socket.id!;
  await ada.until((lab, peer) => Boolean(lab.socket.getPeer(peer) && (lab.watched = peer)), "the peer", id);
  const started = Date.now();
  const at = await ada.until((lab) => lab.gone as number, "its end", undefined, 31_000);
  t.diagnostic(`newcomer silent: given up after ${at - started} ms`);
  assert.ok(at - started <= 30_000);
  assert.equal((await ada.seen("peer-disconnect")).length, 0, "it never was a peer to the application");
  socket.disconnect();
});

test("conformance 13: a newcomer that leaves before it has answered is given up at once", async (t) => {
  const ada = await lab.join("Ada", { room: "mute-2", first: recordPeer });
  const socket = await mute("mute-2");
  const id = socket.id!;
  await ada.until((lab, peer) => Boolean(lab.socket.getPeer(peer) && (lab.watched = peer)), "the peer", id);
  const started = Date.now();
  socket.disconnect();
  const at = await ada.until((lab) => lab.gone as number, "its end");
  t.diagnostic(`newcomer vanished: given up after ${at - started} ms`);
  assert.ok(at - started <= 2000);
});

test("leave() and peer.close() are seen at once by both", async (t) => {
  const [ada, bob] = await two();
  const bobId = await bob.id;
  await ada.do(({ socket }, id) => socket.peer(id).close(), bobId);
  assert.equal((await ada.seen("peer-disconnect")).length, 1);
  await bob.saw("peer-disconnect", 1, 2000);
  const cleo = await lab.join("Cleo");
  await Promise.all([ada.peers(1), bob.peers(1)]);
  const started = Date.now();
  await cleo.do(({ socket }) => socket.leave("room"));
  const seen = await ada.saw("peer-disconnect", 2);
  t.diagnostic(`left: seen after ${Math.round(seen[1]!.at - started)} ms`);
});

for (const client of ["rtcio-client", "original"] as const) {
  test(`a peer (${client}) that only loses the server stays, whatever the server says`, async () => {
    const [ada, bob] = await two(client);
    await ada.do((lab) => lab.record("still here"));
    await bob.do(({ socket }) => socket.disconnect());
    await ada.page.waitForTimeout(4500);
    assert.equal((await ada.seen("peer-disconnect")).length, 0);
    await bob.do(({ socket }) => socket.emit("still here"));
    await ada.saw("still here");
  });
}
