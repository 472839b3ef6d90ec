// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the rtcio authors

// What happens to calls when signaling does not work as planned.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { rtcioServer } from "../../../tools/rtcio.js";
import { Lab, type Member } from "./lab.js";
import { ReferenceServer } from "./reference-server.js";

const lab = new Lab();
const recovering = new ReferenceServer();
const forgetful = new ReferenceServer(false);
before(() => Promise.all([recovering.start(), forgetful.start()]));
after(() => Promise.all([recovering.stop(), forgetful.stop()]));

const prepare = (lab: any): void => {
  lab.record("share", "hello");
};

/** Everybody reaches everybody: events and streams, both ways, and nobody else is there. */
async function assertWhole(...members: Member[]): Promise<void> {
  const ids = await Promise.all(members.map((member) => member.id));
  for (const [i, member] of members.entries()) {
    const others = ids.filter((_, j) => j !== i).sort();
    await member.until((lab, wanted) => lab.peers().sort().join() === wanted, `exactly the peers ${others}`, others.join());
  }
  for (const member of members) {
    const text = `${member.name} ${Math.random()}`;
    await member.do(({ socket }, hello) => socket.emit("hello", hello), text);
    for (const other of members) {
      if (other === member) continue;
      await other.until((lab, hello) => lab.seen.some((one: any) => one.args[0] === hello), `"${text}"`, text);
    }
  }
}

const share = (lab: any, title: string): void => {
  lab.socket.emit("share", { title, stream: new lab.library.RTCIOStream(lab.media()) });
};
const sawShare = (member: Member, title: string): Promise<unknown> =>
  member.until((lab, wanted) => lab.seen.some((one: any) => one.event === "share" && one.args[0].title === wanted), `share ${title}`, title);

const servers: [name: string, url: () => string][] = [
  ["with recovery (socket.io)", () => recovering.url],
  ["without recovery (socket.io)", () => forgetful.url],
  ["rtcio", () => lab.server.url],
];
for (const [name, url] of servers) {
  test(`conformance 12: signaling is cut for two seconds, a stream emitted meanwhile: ${name}`, async () => {
    const options = { url: url(), first: prepare, options: { reconnectionDelay: 2000, reconnectionDelayMax: 2000, randomizationFactor: 0 } };
    const ada = await lab.join("Ada", options);
    const bob = await lab.join("Bob", options);
    await Promise.all([ada.peers(1), bob.peers(1)]);
    await ada.do((lab) => {
      lab.socket.io.engine.close();
      if (lab.socket.connected) throw new Error("still connected");
    });
    await ada.do(share, "meanwhile");
    await ada.saw("connect", 1, 6000);
    await sawShare(bob, "meanwhile");
    await bob.do(share, "back");
    await sawShare(ada, "back");
    await assertWhole(ada, bob);
  });
}

test("the server is restarted in a call: the call goes on, and all meet again under new ids", async (t) => {
  const server = rtcioServer();
  await server.start();
  try {
    const port = server.port;
    const join = { url: server.url, first: prepare };
    const members = [await lab.join("Ada", join), await lab.join("Bob", join), await lab.join("Cleo", join)];
    await Promise.all(members.map((member) => member.peers(2)));
    const [ada, bob] = members as [Member, Member, Member];
    await ada.do(share, "before");
    await Promise.all(members.slice(1).map((member) => sawShare(member, "before")));
    const oldId = await ada.id;
    await server.stop();
    await ada.saw("disconnect");
    const bytes = await bob.do((lab, id) => lab.received(id) as number, oldId);
    await bob.until(async (lab, [id, n]) => (await lab.received(id)) > n + 1000, "media while the server is down", [oldId, bytes] as const);
    await ada.do(({ socket }) => socket.emit("hello", "without a server"));
    await bob.until((lab) => lab.seen.some((one: any) => one.args[0] === "without a server"), "an event while the server is down");
    assert.equal((await bob.seen("peer-disconnect")).length, 0);

    const again = rtcioServer("--port", String(port));
    await again.start();
    const started = Date.now();
    try {
      await Promise.all(members.map((member) => member.saw("connect", 2)));
      await assertWhole(...members);
      t.diagnostic(`whole again ${Date.now() - started} ms after the server`);
      await bob.until((lab) => lab.seen.filter((one: any) => one.event === "share").length >= 2, "the stream again");
      await bob.do(share, "after");
      await sawShare(ada, "after");
    } finally {
      await Promise.all(members.map(({ page }) => page.close()));
      await again.stop();
    }
  } finally {
    await server.stop();
  }
});

test("conformance 14: candidates and questions from strangers make no peers, and a later join works", async () => {
  const ada = await lab.join("Ada", { url: recovering.url, first: prepare });
  const bob = await lab.member("Bob", { url: recovering.url });
  await bob.do((lab, target) => {
    lab.record("hello", "share");
    const send = (data: object | null, more: object = {}): void => lab.socket.emit("#rtcio:message", { source: lab.socket.id, target, data, ...more });
    send({ candidate: { candidate: "candidate:1 1 udp 1 127.0.0.1 9 typ host", sdpMid: "0", sdpMLineIndex: 0 } });
    send({ mid: "x" });
    send({ mid: "x", events: { share: [] } });
    send({ description: null });
    send({ description: { type: "answer", sdp: "v=0" } });
    send({ description: { type: "rollback", sdp: "" } });
    send(null);
    send({ mid: "x" }, { source: undefined });
    lab.socket.emit("#rtcio:message", { target });
  }, await ada.id);
  // What was sent has arrived when something sent after it has.
  await bob.do((lab) => lab.join("elsewhere", "Bob"));
  await ada.page.waitForTimeout(200);
  const bobId = await bob.id;
  assert.equal(await ada.do(({ socket }, id) => socket.getPeer(id) === undefined, bobId), true);
  assert.equal(await ada.do(({ socket }) => socket.getPeer("undefined") === undefined), true);
  await lab.enter(bob);
  await assertWhole(ada, bob);
});

test("an introduction that comes twice, or with an offset, changes nothing", async () => {
  const ada = await lab.join("Ada", { url: recovering.url, first: prepare });
  const bob = await lab.join("Bob", { url: recovering.url, first: prepare });
  await Promise.all([ada.peers(1), bob.peers(1)]);
  // This server introduces again whoever joins again.
  await lab.enter(bob);
  await ada.page.waitForTimeout(500);
  for (const member of [ada, bob]) assert.equal((await member.seen("peer-disconnect")).length, 0);
  await assertWhole(ada, bob);
});

test("two that are introduced to each other at the same time connect", async () => {
  for (let round = 0; round < 3; round++) {
    const ada = await lab.member("Ada");
    const bob = await lab.member("Bob");
    for (const member of [ada, bob]) {
      await member.do((lab) => {
        lab.record("hello", "share");
        lab.socket.emit("share", { title: "own", stream: new lab.library.RTCIOStream(lab.media("audio+video")) });
      });
    }
    const room = `crossing-${round}`;
    const ids = [await ada.id, await bob.id];
    // In the room, so that the server relays, but each told of the other by hand at the same time.
    await Promise.all([ada, bob].map((member) => member.do((lab) => {
      const { onevent } = lab.socket;
      lab.socket.onevent = (packet: any) => packet.data[0] === "#rtcio:init-offer" || onevent.call(lab.socket, packet);
    })));
    await lab.enter(ada, room);
    await lab.enter(bob, room);
    const at = Date.now() + 300;
    await Promise.all([ada, bob].map((member, i) => member.do(async ({ socket }, [id, when]) => {
      await new Promise((resolve) => setTimeout(resolve, when - Date.now()));
      socket.emitEvent(["#rtcio:init-offer", { source: id }]);
    }, [ids[1 - i]!, at] as const)));
    await assertWhole(ada, bob);
    await Promise.all([sawShare(ada, "own"), sawShare(bob, "own")]);
    await Promise.all([ada, bob].map(({ page }) => page.close()));
  }
});

test("conformance 19: two sockets of one URL both stay, also after the recipe for TURN servers", async () => {
  const ada = await lab.member("Ada", { url: recovering.url });
  const result = await ada.do(async (lab, url) => {
    const { io } = lab.library;
    const first = io(url);
    const { iceServers } = await first.server.emitWithAck("ask-ice");
    const second = io(url, { iceServers });
    const other = io(url + "/");
    const log: string[] = [];
    for (const socket of [first, second, other]) socket.on("disconnect", (why: string) => log.push(why));
    await new Promise((resolve) => setTimeout(resolve, 1500));
    const alive = [first, second, other].map(({ connected }) => connected);
    const isShared = io(url + "/other").io === first.io;
    first.disconnect();
    await new Promise((resolve) => setTimeout(resolve, 200));
    return { log, alive, isShared, after: second.connected };
  }, recovering.url);
  assert.deepEqual(result, { log: ["io client disconnect"], alive: [true, true, true], isShared: true, after: true });
});

for (const transports of [["polling"], ["websocket"]]) {
  test(`four pages over ${transports} only`, async () => {
    const options = { first: prepare, options: { transports } };
    const members: Member[] = [];
    for (const name of ["Ada", "Bob", "Cleo", "Dan"]) members.push(await lab.join(name, options));
    await assertWhole(...members);
    assert.equal(await members[0]!.do(({ socket }) => socket.io.engine.transport.name), transports[0]);
    await members[3]!.do(share, "from the last");
    await Promise.all(members.slice(0, 3).map((member) => sawShare(member, "from the last")));
  });
}

test("ICE restarts of both sides at the same time change the path and nothing else", async () => {
  const ada = await lab.join("Ada", { first: prepare });
  const bob = await lab.join("Bob", { first: prepare });
  const [[bobId], [adaId]] = await Promise.all([ada.peers(1), bob.peers(1)]);
  await ada.do(share, "running");
  await sawShare(bob, "running");
  const fragment = (lab: any, id: string): string => /a=ice-ufrag:(\S+)/.exec(lab.connectionTo(id).remoteDescription.sdp)![1]!;
  const before = await ada.do(fragment, bobId!);
  await Promise.all([
    ada.do((lab, id) => lab.connectionTo(id).restartIce(), bobId!),
    bob.do((lab, id) => lab.connectionTo(id).restartIce(), adaId!),
  ]);
  await ada.until((lab, [id, old]) => /a=ice-ufrag:(\S+)/.exec(lab.connectionTo(id).remoteDescription.sdp)![1] !== old, "a new path", [bobId!, before] as const);
  await assertWhole(ada, bob);
  for (const member of [ada, bob]) assert.equal((await member.seen("peer-disconnect")).length, 0);
});

test("relay only: no candidate of its own leaves the page; servers can be set later", async () => {
  const ada = await lab.join("Ada", { options: { iceTransportPolicy: "relay" } });
  const bob = await lab.join("Bob");
  const bobId = await bob.id;
  await ada.until(({ socket }, id) => socket.getPeer(id)?.connection.remoteDescription, "an answer", bobId);
  await ada.page.waitForTimeout(500);
  const found = await ada.do(({ socket }, id) => {
    socket.setIceServers([{ urls: "stun:127.0.0.1:10" }]);
    const { connection } = socket.getPeer(id);
    const { iceTransportPolicy, iceServers } = connection.getConfiguration();
    return { iceTransportPolicy, urls: iceServers[0].urls, candidates: /a=candidate/.test(connection.localDescription.sdp) };
  }, bobId);
  assert.deepEqual([found.iceTransportPolicy, [found.urls].flat(), found.candidates], ["relay", ["stun:127.0.0.1:10"], false]);
});

test("statistics have the fields of both shapes", async () => {
  const ada = await lab.join("Ada", { first: prepare });
  const bob = await lab.join("Bob", { first: prepare });
  await Promise.all([ada.peers(1), bob.peers(1)]);
  await bob.do(share, "x");
  await sawShare(ada, "x");
  const id = await bob.id;
  await ada.until((lab, peer) => lab.received(peer), "media", id);
  const { sample, ice, byType, nobody } = (await ada.until(async ({ socket }, peer) => {
    const sample = await socket.getSessionStats(peer);
    if (!sample.codecName || sample.rtt === undefined) return undefined;
    const ice = await socket.getIceCandidateStats(peer);
    const byType = [...(await socket.getStats(peer)).entries()].map(([type, list]: any) => [type, list[0].description, list[0].report.type]);
    const nobody = [await socket.getStats("x"), await socket.getSessionStats("x"), await socket.getIceCandidateStats("x")];
    return { sample, ice, byType, nobody };
  }, "statistics", id))!;
  assert.equal(sample.codecName, "VP8");
  assert.ok(sample.bytesReceived > 0 && sample.packetsReceived > 0 && sample.rtt >= 0);
  assert.deepEqual([sample.inboundRTP.length, sample.outboundRTP.length, sample.codecs.length > 0], [1, 0, true]);
  assert.ok(sample.localAddress && sample.remoteAddress);
  assert.ok(ice.localCandidates.length && ice.remoteCandidates.length && ice.candidatePairs.length);
  assert.equal(ice.iceCandidateStats.length, ice.localCandidates.length + ice.remoteCandidates.length);
  assert.ok(ice.selectedIceCandidatePairStats.localCandidate && ice.selectedIceCandidatePairStats.remoteCandidate);
  for (const [type, description, own] of byType) assert.deepEqual([description, own], [type, type]);
  assert.deepEqual(nobody, [null, null, null]);
});
