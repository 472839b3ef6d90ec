// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the rtcio authors

// Calls between pages that all have this client.

import assert from "node:assert/strict";
import { test } from "node:test";
import { Lab } from "./lab.js";

const lab = new Lab();

test("a page without a bundler loads the library", async () => {
  const ada = await lab.member("Ada");
  assert.equal(await ada.do(({ library }) => library.protocol), 5);
});

test("two pages meet, talk and see each other's camera", async () => {
  const emitCamera = (lab: any) => {
    lab.record("camera", "hello");
    lab.stream = new lab.library.RTCIOStream("camera-of-" + lab.socket.id, lab.media("audio+video"));
    lab.socket.emit("camera", { name: lab.socket.id, stream: lab.stream, at: 1 });
  };
  const ada = await lab.join("Ada", { first: emitCamera });
  const bob = await lab.join("Bob", { first: emitCamera });
  for (const [one, other] of [[ada, bob], [bob, ada]] as const) {
    assert.deepEqual(await one.peers(1), [await other.id]);
    const [camera] = await one.saw("camera");
    const id = await other.id;
    assert.deepEqual(camera!.args, [
      { name: id, stream: { id: `camera-of-${id}`, kinds: "audio+video" }, at: 1 },
    ]);
    await other.do(({ socket }) => socket.emit("hello", "you", [1, { two: 2 }]));
    const [hello] = await one.saw("hello");
    assert.deepEqual(hello!.args, ["you", [1, { two: 2 }]]);
    await one.until((lab, peer) => lab.received(peer), "media", id);
  }
  for (const one of [ada, bob]) {
    assert.equal((await one.seen("camera")).length, 1);
    assert.equal((await one.seen("track-added")).length, 0, "no track-added before a stream's event");
  }
});
