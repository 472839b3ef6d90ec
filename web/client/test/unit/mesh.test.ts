// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the rtcio authors

// Who becomes a peer, and by which message.

import assert from "node:assert/strict";
import { afterEach, beforeEach, test } from "node:test";
import { watchdogOptions } from "../../src/departure.js";
import { Log } from "../../src/log.js";
import { Mesh } from "../../src/mesh.js";
import { descriptionOf, FakePeerConnection, settled } from "./support.js";

interface Sent {
  target: string;
  data: any;
}

const globals = globalThis as any;
let meshes: Mesh[] = [];

beforeEach(() => {
  globals.RTCPeerConnection = FakePeerConnection;
  FakePeerConnection.all = [];
});
afterEach(() => {
  for (const mesh of meshes) for (const { id } of mesh.all()) mesh.close(id);
  meshes = [];
  delete globals.RTCPeerConnection;
});

function mesh(watchdog = {}) {
  const sent: Sent[] = [];
  const fired: [string, any][] = [];
  const state = { id: "me" as string | undefined };
  const made = new Mesh({
    log: new Log(() => state.id),
    watchdog: watchdogOptions(watchdog),
    ownId: () => state.id,
    configuration: () => ({}),
    transmit: (target, data) => (state.id === undefined ? false : Boolean(sent.push({ target, data }))),
    fire: (event, [payload]) => void fired.push([event, payload]),
  });
  meshes.push(made);
  made.signalingUp("me");
  return { mesh: made, sent, fired, state };
}

const offer = (source: string, n: number | string, rtcio?: object) => ({
  source,
  target: "me",
  data: { description: { type: "offer", sdp: descriptionOf(n) }, rtcio },
});
const answer = (source: string, n: number | string, rtcio?: object) => ({
  source,
  target: "me",
  data: { description: { type: "answer", sdp: descriptionOf(n) }, rtcio },
});
const types = (sent: Sent[]) => sent.map(({ data }) => data.description?.type ?? Object.keys(data)[0]);

/** A peer that is connected: its ctrl channel is open. */
async function connected(made: ReturnType<typeof mesh>, id: string, n: string, rtcio?: object): Promise<FakePeerConnection> {
  made.mesh.initOffer({ source: id });
  await settled();
  made.mesh.message(answer(id, n, rtcio));
  await settled();
  const connection = FakePeerConnection.all.at(-1)!;
  connection.become("connected");
  connection.channels[0]!.open();
  return connection;
}

test("an introduction makes a polite offerer; what comes with it is not looked at", async () => {
  const { mesh: made, sent } = mesh();
  for (const odd of [undefined, null, {}, { source: 1 }, { source: "" }, { source: "me" }, "x", []]) made.initOffer(odd);
  assert.equal(made.all().length, 0);
  made.initOffer({ source: "bob" });
  assert.equal(made.get("bob")!.polite, true);
  await settled();
  assert.deepEqual(types(sent), ["offer"]);
});

test("only an offer makes a peer; candidates that came before it are kept", async () => {
  const { mesh: made, sent } = mesh();
  const candidate = { candidate: "candidate:1", sdpMid: "0", sdpMLineIndex: 0 };
  for (const data of [{ candidate }, { mid: "x" }, { mid: "x", events: {} }, { description: null }, null, 1]) {
    made.message({ source: "bob", target: "me", data });
  }
  made.message(answer("bob", 7));
  made.message({ target: "me", data: { mid: "x" } });
  assert.equal(made.all().length, 0);
  made.message(offer("bob", 7));
  await settled();
  assert.equal(made.get("bob")!.polite, false);
  assert.deepEqual(types(sent), ["answer"]);
  assert.deepEqual(FakePeerConnection.all[0]!.candidates, [candidate]);
});

test("a second introduction of a healthy peer changes nothing, one of a lost peer begins anew", async () => {
  const made = mesh();
  const connection = await connected(made, "bob", "b1");
  made.mesh.initOffer({ source: "bob" });
  assert.equal(FakePeerConnection.all.length, 1);
  connection.become("disconnected");
  made.mesh.initOffer({ source: "bob" });
  assert.equal(connection.connectionState, "closed");
  assert.equal(FakePeerConnection.all.length, 2);
  assert.deepEqual(made.fired.map(([event]) => event), ["peer-connect", "peer-disconnect"]);
});

test("an offer from another connection of the peer's replaces the one that was", async () => {
  const made = mesh();
  const first = await connected(made, "bob", "b1");
  made.mesh.message(offer("bob", "b1"));
  await settled();
  assert.equal(FakePeerConnection.all.length, 1, "the same connection negotiates again");
  made.mesh.message(offer("bob", "b2"));
  await settled();
  assert.equal(first.connectionState, "closed");
  assert.equal(made.mesh.get("bob")!.connection, FakePeerConnection.all[1] as any);
  made.mesh.message(answer("bob", "b1"));
  await settled();
  assert.equal(FakePeerConnection.all[1]!.remoteDescription!.sdp, descriptionOf("b2"), "late words of the first are ignored");
});

test("what a closed connection still sends is ignored, a new one of the same id is not", async () => {
  const made = mesh();
  await connected(made, "bob", "b1");
  made.mesh.close("bob");
  made.mesh.message(offer("bob", "b1"));
  assert.equal(made.mesh.all().length, 0);
  made.mesh.message(offer("bob", "b2"));
  assert.equal(made.mesh.all().length, 1);
});

test("two first offers that cross: of two clients of this kind exactly one takes the other's", async () => {
  const rtcio = (session: string) => ({ v: 1, session, offer: 1 });
  for (const [session, takes] of [["~", true], ["!", false]] as const) {
    const { mesh: made, sent } = mesh();
    made.initOffer({ source: "bob" });
    await settled();
    made.message(offer("bob", "b", rtcio(session)));
    await settled();
    assert.deepEqual(types(sent), takes ? ["offer", "answer"] : ["offer"], `session ${session}`);
  }
});

test("an original's offer that crosses the first one is taken if it does not answer", async () => {
  const { mesh: made, sent } = mesh();
  made.initOffer({ source: "bob" });
  await settled();
  made.message(offer("bob", "b"));
  made.message({ source: "bob", target: "me", data: { candidate: { candidate: "candidate:1" } } });
  await settled();
  assert.deepEqual(types(sent), ["offer"]);
  await new Promise((resolve) => setTimeout(resolve, 1100));
  assert.deepEqual(types(sent), ["offer", "answer"]);
  assert.equal(FakePeerConnection.all.at(-1)!.candidates.length, 1);
});

test("what is to be signaled in an outage is sent after it under the same id, and not under another", async () => {
  for (const [id, expected] of [["me", ["offer", "offer"]], ["other", ["offer"]]] as const) {
    const made = mesh();
    await connected(made, "bob", "b1");
    made.state.id = undefined;
    made.mesh.signalingDown();
    FakePeerConnection.all.at(-1)!.onnegotiationneeded!();
    await settled();
    made.state.id = id;
    made.mesh.signalingUp(id);
    await settled();
    assert.deepEqual([...new Set(types(made.sent))], ["offer"]);
    assert.ok(made.sent.length >= expected.length, id);
    if (id === "other") assert.equal(made.sent.length, 1);
    assert.equal(made.mesh.all().length, 1, "the connection itself goes on");
  }
});

test("strangers cannot make more than 64 connections that are not connected", async (t) => {
  t.mock.method(console, "warn", () => {});
  const { mesh: made } = mesh();
  for (let n = 0; n < 100; n++) made.message(offer(`stranger-${n}`, n));
  assert.equal(made.all().length, 64);
});

test("a peer that does not connect in time is forgotten without a word; an outage does not count", async () => {
  const { mesh: made, fired } = mesh({ setupTimeout: 60 });
  made.initOffer({ source: "bob" });
  made.signalingDown();
  await new Promise((resolve) => setTimeout(resolve, 120));
  assert.equal(made.all().length, 1);
  made.signalingUp("me");
  await new Promise((resolve) => setTimeout(resolve, 120));
  assert.equal(made.all().length, 0);
  assert.deepEqual(fired, []);
});

test("the watchdog counts from the first sign, and restarts do not prolong it", async () => {
  const made = mesh({ timeout: 200 });
  const connection = await connected(made, "bob", "b1");
  const started = performance.now();
  connection.become("disconnected");
  const flapping = setInterval(() => connection.become(connection.connectionState === "failed" ? "disconnected" : "failed"), 50);
  while (made.mesh.all().length && performance.now() - started < 2000) {
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  clearInterval(flapping);
  const ms = performance.now() - started;
  assert.ok(ms >= 190 && ms < 1000, `${ms} ms`);
  assert.ok(connection.nRestarts >= 1);
  assert.deepEqual(made.fired.at(-1), ["peer-disconnect", { id: "bob" }]);
});

test("a hint ends a peer that is out of reach at once, and shortens what follows", async () => {
  const made = mesh({ timeout: 10_000, hintTimeout: 100 });
  const connection = await connected(made, "bob", "b1");
  connection.become("disconnected");
  for (const odd of [undefined, null, {}, { id: 1 }, { id: "nobody" }]) made.mesh.peerLeft(odd);
  assert.equal(made.mesh.all().length, 1);
  made.mesh.peerLeft({ id: "bob" });
  assert.equal(made.mesh.all().length, 0);
});

test("listeners and channels for a peer that is yet to come are its when it comes", async () => {
  const made = mesh();
  const seen: unknown[] = [];
  made.mesh.scope("bob").listeners.on("hi", (text) => seen.push(text));
  const channel = made.mesh.openChannel("bob", "file", {});
  channel.send("early");
  const connection = await connected(made, "bob", "b1");
  connection.channels[0]!.receive('{"e":"hi","d":["there"]}');
  connection.channels[1]!.open();
  assert.deepEqual(seen, ["there"]);
  assert.deepEqual(connection.channels[1]!.sent, ["early"]);
});

test("a peer that is closed twice goes once", async () => {
  const made = mesh();
  await connected(made, "bob", "b1");
  made.mesh.close("bob");
  made.mesh.close("bob");
  assert.deepEqual(made.fired.map(([event]) => event), ["peer-connect", "peer-disconnect"]);
});

test("A11: a description that is withdrawn before it is read is not sent, nor what stands in its place", async (t) => {
  const warn = t.mock.method(console, "warn", () => {});
  const older = { type: "offer", sdp: descriptionOf("older") };
  const withdrawn: Record<string, (connection: FakePeerConnection) => void> = {
    "none": (connection) => Object.assign(connection, { signalingState: "stable", localDescription: null }),
    "an older offer": (connection) => Object.assign(connection, { signalingState: "stable", localDescription: older }),
    "the answer to another": (connection) =>
      Object.assign(connection, { signalingState: "stable", localDescription: { ...older, type: "answer" } }),
    "closed": (connection) => Object.assign(connection, { signalingState: "closed" }),
  };
  for (const [name, withdraw] of Object.entries(withdrawn)) {
    let isSpoiled = true;
    globals.RTCPeerConnection = class extends FakePeerConnection {
      override async setLocalDescription(description?: { type: string }): Promise<void> {
        await super.setLocalDescription(description);
        if (isSpoiled) withdraw(this);
      }
    };
    const offering = mesh();
    offering.mesh.initOffer({ source: "bob" });
    await settled();
    assert.equal(offering.sent.length, 0, `offer: ${name}`);
    isSpoiled = false;
    const [connection] = FakePeerConnection.all.splice(0);
    connection!.signalingState = "stable";
    connection!.onnegotiationneeded!();
    await settled();
    assert.deepEqual(types(offering.sent), ["offer"], `the offer after: ${name}`);
    assert.equal(offering.sent[0]!.data.description.sdp, connection!.sdp);
    assert.equal(offering.sent[0]!.data.rtcio.offer, 1, "one that was not sent does not count");

    if (name === "the answer to another") continue;
    isSpoiled = true;
    const answering = mesh();
    answering.mesh.message(offer("bob", 7));
    await settled();
    assert.equal(answering.sent.length, 0, `answer: ${name}`);
    FakePeerConnection.all = [];
  }
  assert.equal(warn.mock.callCount(), 0, "that is no error");
});

test("B31: what is kept for a peer that never comes is kept a minute, for no more than 256, and ends", async (t) => {
  let now = Date.now();
  t.mock.method(Date, "now", () => now);
  const made = mesh();
  const seen: unknown[] = [];
  const listen = (id: string): void => made.mesh.scope(id).listeners.on("hi", () => seen.push(id));
  const hi = (connection: FakePeerConnection): void => connection.channels[0]!.receive('{"e":"hi","d":[]}');
  const ada = await connected(made, "ada", "a1");
  for (const id of ["ada", "early", "never"]) listen(id);
  const file = made.mesh.openChannel("never", "file", {});
  now += 59_000;
  const early = await connected(made, "early", "e1");
  now += 2000;
  listen("another");
  assert.equal(file.readyState, "closed", "who holds its channel sees that");
  const never = await connected(made, "never", "n1");
  for (const connection of [ada, early, never]) hi(connection);
  assert.deepEqual(seen, ["ada", "early"], "peers that came keep what is theirs");

  for (let n = 0; n < 1000; n++) listen(`crowd-${n}`);
  const kept = [...(made.mesh as any).scopes.keys()] as string[];
  assert.equal(kept.filter((id) => id.startsWith("crowd")).length, 256);
  assert.deepEqual(kept.slice(0, 3), ["ada", "early", "never"]);
  hi(await connected(made, "crowd-999", "c1"));
  assert.equal(seen.at(-1), "crowd-999", "the last are those that are kept");
});
