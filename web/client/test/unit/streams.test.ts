// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the rtcio authors

// Streams and what is told of them, where a browser's own timing would decide what a test sees.

import assert from "node:assert/strict";
import { afterEach, beforeEach, test } from "node:test";
import { RTCIOBroadcastChannel } from "../../src/broadcast.js";
import { RTCIOChannel } from "../../src/channel.js";
import { applyEncoding } from "../../src/encoding.js";
import { Inbound } from "../../src/inbound.js";
import { Log } from "../../src/log.js";
import { Outbound } from "../../src/outbound.js";
import { StreamRegistry } from "../../src/registry.js";
import { iceCandidateStats, sessionStats } from "../../src/stats.js";
import { RTCIOStream } from "../../src/stream.js";
import { FakeDataChannel, FakeMediaStream, FakeTrack, settled } from "./support.js";

/** Timers that run when the test says so. */
class Timers {
  private waiting: { work: () => void; at: number }[] = [];
  private now = 0;
  private readonly real = { set: globalThis.setTimeout, clear: globalThis.clearTimeout, date: Date.now };

  constructor() {
    const start = Date.now();
    Date.now = () => start + this.now;
    (globalThis as any).setTimeout = (work: () => void, ms: number) => {
      const timer = { work, at: this.now + ms };
      this.waiting.push(timer);
      return timer;
    };
    (globalThis as any).clearTimeout = (timer: unknown) => {
      this.waiting = this.waiting.filter((one) => one !== timer);
    };
  }

  advance(ms: number): void {
    const end = this.now + ms;
    for (;;) {
      const next = this.waiting.sort((a, b) => a.at - b.at)[0];
      if (!next || next.at > end) break;
      this.waiting.shift();
      this.now = next.at;
      next.work();
    }
    this.now = end;
  }

  restore(): void {
    globalThis.setTimeout = this.real.set;
    globalThis.clearTimeout = this.real.clear;
    Date.now = this.real.date;
  }
}

let timers: Timers;
beforeEach(() => {
  timers = new Timers();
  (globalThis as any).MediaStream = class extends FakeMediaStream {
    constructor(tracks: FakeTrack[]) {
      super();
      for (const track of tracks) this.addTrack(track);
    }
  };
});
afterEach(() => {
  timers.restore();
  delete (globalThis as any).MediaStream;
});

function inbound() {
  const asked: string[] = [];
  const seen: string[] = [];
  const made = new Inbound(
    {
      ask: (mid) => void asked.push(mid),
      event: (name, args) => void seen.push(`${name} ${JSON.stringify(args)}`),
      track: (kind, _stream, track) => void seen.push(`${kind} ${track.kind}`),
    },
    new Log(() => "me"),
  );
  const receive = (stream: FakeMediaStream | undefined, track: FakeTrack, transceiver: object = {}): void => {
    stream?.addTrack(track);
    made.receive({ streams: stream ? [stream] : [], track, transceiver } as unknown as RTCTrackEvent);
  };
  const describe = (mid: string, events: Record<string, unknown[]>): void => made.describe({ mid, events });
  return { made, asked, seen, receive, describe };
}

test("B16: a peer that does not say what a stream is is asked again after 1 and 3 seconds", () => {
  const { asked, seen, receive, describe } = inbound();
  const stream = new FakeMediaStream();
  receive(stream, new FakeTrack("video"));
  assert.equal(asked.length, 1);
  timers.advance(1000);
  assert.equal(asked.length, 2);
  timers.advance(3000);
  assert.deepEqual(asked, [stream.id, stream.id, stream.id]);
  describe(stream.id, { share: ["late"] });
  describe(stream.id, { share: ["late"] });
  assert.deepEqual(seen, ['share ["late"]'], "an answer to each question is one event");
  timers.advance(60_000);
  assert.equal(asked.length, 3);
});

test("B16: who asks after untrackStream() is answered for 30 seconds", () => {
  const registry = new StreamRegistry();
  const media = new FakeMediaStream("video");
  const stream = new RTCIOStream("one", media.real);
  registry.add("share", [{ stream }], [stream]);
  stream.id = "renamed";
  assert.ok(registry.remove(stream));
  assert.deepEqual(registry.for("bob"), []);
  assert.deepEqual((registry.describe(media.id, "bob") as any).events, { share: [{ stream: "[RTCIOStream] renamed" }] });
  timers.advance(30_001);
  assert.equal(registry.describe(media.id, "bob"), undefined);
});

test("B17: what is told of a stream before it comes waits for it, ten seconds and 16 at most", () => {
  const { made, seen, receive, describe } = inbound();
  const [early, late] = [new FakeMediaStream(), new FakeMediaStream()];
  describe(early.id, { share: [1] });
  receive(early, new FakeTrack("video"));
  assert.deepEqual(seen, ["share [1]"]);
  describe(late.id, { share: [2] });
  timers.advance(10_001);
  receive(late, new FakeTrack("video"));
  assert.deepEqual(seen, ["share [1]"]);

  const pair = new FakeMediaStream();
  const ids = { one: pair.id, other: "never comes" };
  made.describe({ mid: pair.id, events: { pair: ["[RTCIOStream] one", "[RTCIOStream] other"] }, ids });
  receive(pair, new FakeTrack("video"));
  assert.deepEqual(seen.splice(0), ["share [1]"], "one of two is waited for");
  timers.advance(10_000);
  assert.deepEqual(seen.splice(0).filter((one) => !one.startsWith("track")), ['pair ["[RTCIOStream] one","[RTCIOStream] other"]']);

  const crowd = Array.from({ length: 17 }, () => new FakeMediaStream());
  for (const { id } of crowd) describe(id, { crowd: [id] });
  for (const stream of crowd) receive(stream, new FakeTrack("audio"));
  assert.equal(seen.filter((one) => one.startsWith("crowd")).length, 16);
});

test("B18: a track that belongs to no stream, or to one without an event, is told by itself", () => {
  const { asked, seen, receive } = inbound();
  receive(undefined, new FakeTrack("audio"));
  assert.deepEqual([seen, asked], [["track-added audio"], []]);
  receive(new FakeMediaStream(), new FakeTrack("video"));
  timers.advance(9000);
  assert.deepEqual(seen, ["track-added audio", "track-added video"]);
});

test("B11, B19: a stream keeps several tracks of a kind, and each that comes later is told once", () => {
  const { made, seen, receive, describe } = inbound();
  const stream = new FakeMediaStream();
  const transceiver = {};
  receive(stream, new FakeTrack("video"));
  receive(stream, new FakeTrack("video"), transceiver);
  describe(stream.id, { share: [] });
  assert.deepEqual(seen, ["share []"], "tracks that the event brings are not told");
  receive(stream, new FakeTrack("video"));
  assert.equal(made.streams[stream.id]!.mediaStream.getTracks().length, 3);
  receive(stream, new FakeTrack("video"), transceiver);
  assert.equal(stream.getTracks().length, 3, "the one that its transceiver carried is replaced");
  assert.deepEqual(seen.slice(1), ["track-added video", "track-removed video", "track-added video"]);
});

test("S9: metadata cannot name the events of the library and of Socket.IO", (t) => {
  t.mock.method(console, "warn", () => {});
  const { seen, receive, describe } = inbound();
  const stream = new FakeMediaStream();
  receive(stream, new FakeTrack("video"));
  const names = ["connect", "connect_error", "disconnect", "disconnecting", "newListener", "removeListener",
    "peer-connect", "peer-disconnect", "track-added", "track-removed", "#rtcio:message"];
  describe(stream.id, Object.fromEntries([...names, "share"].map((name) => [name, []])));
  assert.deepEqual(seen, ["share []"]);
});

test("S14: a peer can make no more than 64 streams at a time", () => {
  const { made, receive } = inbound();
  for (let n = 0; n < 200; n++) receive(new FakeMediaStream(), new FakeTrack("video"));
  assert.equal(Object.keys(made.streams).length, 64);
});

test("B13, B14: a channel to all closes with the last peer, tells each once, and ends for good with close()", () => {
  let nForgotten = 0;
  const all = new RTCIOBroadcastChannel(() => nForgotten++);
  const seen: string[] = [];
  for (const event of ["open", "close", "drain", "error", "peer-left", "msg"]) {
    all.on(event, (...args) => seen.push([event, ...args].join(" ")));
  }
  const peers = ["ada", "bob"].map((id) => {
    const [channel, dc] = [new RTCIOChannel(), new FakeDataChannel()];
    channel._attach(dc.real, () => 65_536);
    for (let twice = 0; twice < 2; twice++) all._addPeer(id, channel);
    return dc;
  });
  all.emit("early");
  for (const dc of peers) dc.open();
  peers[0]!.receive('{"e":"msg","d":[1]}');
  assert.deepEqual(seen.splice(0), ["open", "drain", "open", "drain", "msg 1"]);
  peers[0]!.vanish();
  assert.deepEqual([seen.splice(0), all.peerCount], [["peer-left ada"], 1]);
  peers[1]!.vanish();
  assert.deepEqual([seen.splice(0), all.closed, nForgotten], [["peer-left bob", "close"], false, 0]);
  all.close();
  all.close();
  assert.deepEqual([seen.splice(0), all.closed, nForgotten], [["close"], true, 1]);
});

test("B24: a browser that refuses a track is a warning, not a promise that nobody handles", async (t) => {
  const warn = t.mock.method(console, "warn", () => {});
  const unhandled = t.mock.fn();
  process.on("unhandledRejection", unhandled);
  t.after(() => process.off("unhandledRejection", unhandled));
  const asked: (string | null)[] = [];
  const connection = {
    connectionState: "connected",
    signalingState: "stable",
    addTransceiver(track: FakeTrack) {
      const replaceTrack = (other: FakeTrack | null): Promise<void> => {
        asked.push(other && other.id);
        return Promise.reject(new DOMException("no", "InvalidModificationError"));
      };
      const encoding = { getParameters: () => ({ encodings: [{}] }), setParameters: async () => {} };
      const sender = { track, replaceTrack, setStreams: () => {}, ...encoding };
      return { mid: "0", currentDirection: "sendonly", sender, receiver: { track: new FakeTrack(track.kind) } };
    },
  };
  const outbound = new Outbound(connection as unknown as RTCPeerConnection, "bob", () => false, new Log(() => "me"));
  const [media, next] = [new FakeMediaStream("video"), new FakeMediaStream("video")];
  const stream = new RTCIOStream(media.real);
  outbound.attach(stream);
  const [carrier] = outbound.carriersOf(stream);
  const hot = new FakeTrack("video");
  stream.replaceTrack(hot.real);
  stream.removeTrack(hot.real);
  Object.assign(carrier!, { currentDirection: "inactive" });
  outbound.attach(new RTCIOStream(next.real));
  await settled();
  assert.deepEqual(asked, [hot.id, null, next.getTracks()[0]!.id], "swapped, taken away, put on an old m-line");
  assert.equal(warn.mock.callCount(), 3);
  for (const { arguments: line } of warn.mock.calls) {
    assert.match(String(line[0]), /replaceTrack failed/);
    assert.deepEqual(line[1], { reason: "InvalidModificationError: no" });
  }
  connection.connectionState = "closed";
  next.addTrack(new FakeTrack("video"));
  next.removeTrack(next.getTracks()[0]!);
  await settled();
  assert.equal(warn.mock.callCount(), 3, "of a connection that is closed nothing else is to be expected");
  assert.equal(unhandled.mock.callCount(), 0);
});

test("B30: changes of one sender's encoding follow each other, also after one that fails", async () => {
  let transaction = 0;
  let encodings: object[] = [{}];
  const sender = {
    getParameters: () => ({ transactionId: String(++transaction), encodings: structuredClone(encodings) }),
    async setParameters(parameters: any) {
      await Promise.resolve();
      if (parameters.transactionId !== String(transaction)) throw new Error("stale transaction");
      if (parameters.encodings[0].maxBitrate === -1) throw new RangeError("bitrate");
      encodings = parameters.encodings;
    },
  } as unknown as RTCRtpSender;
  const changes = [{ maxBitrate: 1000 }, { maxBitrate: -1 }, { maxFramerate: 5 }].map((one) => applyEncoding(sender, one));
  const results = await Promise.allSettled(changes);
  assert.deepEqual(results.map(({ status }) => status), ["fulfilled", "rejected", "fulfilled"]);
  assert.deepEqual(encodings, [{ maxBitrate: 1000, maxFramerate: 5 }]);
});

test("B28: statistics are sums, addresses have two names, and a browser's failure is told", async () => {
  const reports = [
    { id: "a", type: "inbound-rtp", bytesReceived: 10, packetsReceived: 1, packetsLost: 1, jitter: 0.001 },
    { id: "b", type: "inbound-rtp", bytesReceived: 20, packetsReceived: 2, packetsLost: 0, jitter: 0.003 },
    { id: "l", type: "local-candidate", ip: "192.0.2.1" },
    { id: "r", type: "remote-candidate", address: "192.0.2.2" },
    { id: "p", type: "candidate-pair", nominated: true, state: "succeeded", localCandidateId: "l", remoteCandidateId: "r", currentRoundTripTime: 0.05 },
  ];
  const connection = { getStats: async () => reports } as unknown as RTCPeerConnection;
  const { bytesReceived, packetsReceived, packetsLost, jitter, rtt, localAddress, remoteAddress, ...rest } = await sessionStats(connection);
  assert.deepEqual([bytesReceived, packetsReceived, packetsLost, jitter, rtt], [30, 3, 1, 3, 50]);
  assert.deepEqual([localAddress, remoteAddress], ["192.0.2.1", "192.0.2.2"]);
  assert.ok(!("packetsSent" in rest), "what is unknown is absent");
  assert.equal((await iceCandidateStats(connection)).selectedIceCandidatePairStats!.remoteCandidate.id, "r");
  const failing = { getStats: () => Promise.reject(new Error("closed")) } as unknown as RTCPeerConnection;
  await assert.rejects(sessionStats(failing), /closed/);
});

test("B8: what ends an application's callbacks does not end what peers are sent", async () => {
  const media = new FakeMediaStream("video");
  const stream = new RTCIOStream(media.real);
  let [nTold, nSent] = [0, 0];
  stream.onTrackChanged(() => nTold++);
  const unwatch = stream._watch(() => nSent++);
  stream.addTrack(new FakeTrack("audio").real);
  stream.dispose();
  stream.replaceTrack(new FakeTrack("audio").real);
  media.removeTrack(media.getTracks()[0]!);
  assert.deepEqual([nTold, nSent], [1, 3]);
  unwatch();
  stream.replaceTrack(new FakeTrack("audio").real);
  await settled();
  assert.equal(nSent, 3);
});
