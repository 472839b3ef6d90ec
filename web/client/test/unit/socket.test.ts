// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the rtcio authors

// The socket as applications have it, without a server: its messages come from the test.

import assert from "node:assert/strict";
import { afterEach, beforeEach, test, type TestContext } from "node:test";
import { io, RTCIOStream, type Socket } from "../../src/index.js";
import { descriptionOf, FakeMediaStream, FakePeerConnection, FakeTrack, settled } from "./support.js";

const globals = globalThis as any;
let socket: Socket;

beforeEach(() => {
  globals.RTCPeerConnection = FakePeerConnection;
  FakePeerConnection.all = [];
  socket = io("http://localhost:1", { autoConnect: false, forceNew: true });
});
afterEach(() => {
  socket.off();
  socket.leave();
  delete globals.RTCPeerConnection;
});

/** A peer that is connected: its ctrl channel is open. */
async function connected(id: string): Promise<FakePeerConnection> {
  socket.initializeConnection({ source: id });
  await settled();
  const answer = { description: { type: "answer", sdp: descriptionOf(id) } };
  socket.handleCallServiceMessage({ source: id, target: "me", data: answer });
  await settled();
  const connection = FakePeerConnection.all.at(-1)!;
  connection.become("connected");
  connection.channels[0]!.open();
  return connection;
}

/** Listeners of which all but the last fail, each in its way; and what they say on the console. */
function failing(t: TestContext, seen: string[]) {
  const error = t.mock.method(console, "error", () => {});
  const listen = (on: (listener: (...args: any[]) => unknown) => void, label: string): void => {
    on(() => {
      seen.push(`${label} 1`);
      throw new Error("thrown");
    });
    on(async () => {
      seen.push(`${label} 2`);
      throw new Error("rejected");
    });
    on(() => seen.push(`${label} 3`));
  };
  return { listen, nErrors: () => error.mock.callCount() };
}
const threeOf = (label: string): string[] => [1, 2, 3].map((n) => `${label} ${n}`);

test("A15: a peer-disconnect listener that throws stops neither the others nor the leaving", async (t) => {
  const seen: string[] = [];
  const { listen, nErrors } = failing(t, seen);
  const connections = [await connected("ada"), await connected("bob")];
  listen((listener) => socket.on("peer-disconnect", listener), "disconnect");
  const chat = socket.createChannel("chat");
  chat.on("peer-left", (id) => {
    seen.push(`left ${id}`);
    throw new Error("thrown");
  });
  for (const { channels } of connections) channels[1]!.open();
  socket.leave();
  await settled();
  const expected = ["left ada", ...threeOf("disconnect"), "left bob", ...threeOf("disconnect")];
  assert.deepEqual(seen, expected);
  assert.equal(nErrors(), 6, "each failure is on the console");
  for (const id of ["ada", "bob"]) assert.equal(socket.getPeer(id), undefined);
  for (const { connectionState } of connections) assert.equal(connectionState, "closed");
  assert.equal(chat.peerCount, 0);
});

test("B32: a listener that throws does not keep an event from the others", async (t) => {
  const seen: string[] = [];
  const { listen, nErrors } = failing(t, seen);
  listen((listener) => socket.on("peer-connect", listener), "connect");
  listen((listener) => socket.on("hi", listener), "all");
  listen((listener) => socket.peer("bob").on("hi", listener), "bob");
  listen((listener) => socket.on("share", listener), "stream");
  listen((listener) => socket.on("track-added", listener), "track");
  listen((listener) => socket.peer("bob").createChannel("chat").on("hi", listener), "channel");
  const connection = await connected("bob");
  assert.deepEqual(seen.splice(0), threeOf("connect"));

  connection.channels[0]!.receive('{"e":"hi","d":[]}');
  assert.deepEqual(seen.splice(0), [...threeOf("all"), ...threeOf("bob")]);

  connection.channels[1]!.open();
  connection.channels[1]!.receive('{"e":"hi","d":[]}');
  assert.deepEqual(seen.splice(0), threeOf("channel"));

  const stream = new FakeMediaStream();
  const arrive = (): void => {
    const track = new FakeTrack("video");
    stream.addTrack(track);
    (connection as any).ontrack({ streams: [stream], track, transceiver: { mid: "0" } });
  };
  arrive();
  const data = { mid: stream.id, events: { share: ["[RTCIOStream] one"] } };
  socket.handleCallServiceMessage({ source: "bob", target: "me", data });
  arrive();
  assert.deepEqual(seen.splice(0), [...threeOf("stream"), ...threeOf("track")]);
  await settled();
  assert.equal(nErrors(), 2 * 6, "each failure is on the console");
});

test("serializeStreamEvent() gives what travels, and deserializeStreamEvent() what arrives", () => {
  const stream = new RTCIOStream("one", new FakeMediaStream("video").real);
  const value = { name: "Ann", at: new Date(0), cams: [stream, { stream }], none: undefined };
  const wire = socket.serializeStreamEvent(value);
  const token = "[RTCIOStream] one";
  assert.deepEqual(wire, { name: "Ann", at: "1970-01-01T00:00:00.000Z", cams: [token, { stream: token }] });
  assert.equal(value.cams[0], stream, "the value itself stays");
  assert.equal(socket.serializeStreamEvent(stream), token);
  assert.deepEqual([1, "x", null, undefined].map((one) => socket.serializeStreamEvent(one)), [1, "x", null, null]);
  const cyclic: unknown[] = [];
  cyclic.push(cyclic);
  assert.throws(() => socket.serializeStreamEvent(cyclic), TypeError);

  const received = new RTCIOStream(new FakeMediaStream("video").real);
  const revived = socket.deserializeStreamEvent(wire, received) as typeof value;
  assert.equal(revived.cams[0], received);
  assert.equal((revived.cams[1] as { stream: RTCIOStream }).stream, received);
  assert.deepEqual([revived.name, received.id], ["Ann", "one"]);
  assert.deepEqual(socket.deserializeStreamEvent(["text", 1, null], received), ["text", 1, null]);
});
