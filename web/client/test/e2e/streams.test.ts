// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the rtcio authors

// Streams: who gets them, what follows their changes, and that m-lines are used again.

import assert from "node:assert/strict";
import { test } from "node:test";
import { Lab, type Member } from "./lab.js";

const lab = new Lab();
const watchShares = (lab: any): void => lab.record("share", "screen", "pair");

async function three(): Promise<[Member, Member, Member]> {
  const members = await Promise.all(["Ada", "Bob", "Cleo"].map((name) => lab.join(name, { first: watchShares })));
  await Promise.all(members.map((member) => member.peers(2)));
  return members as [Member, Member, Member];
}

async function two(): Promise<[Member, Member]> {
  const members = await Promise.all(["Ada", "Bob"].map((name) => lab.join(name, { first: watchShares })));
  await Promise.all(members.map((member) => member.peers(1)));
  return members as [Member, Member];
}

const share = (lab: any): void => {
  lab.stream = new lab.library.RTCIOStream("shared", lab.media("audio+video"));
  lab.socket.emit("share", { stream: lab.stream, title: "one" });
};

test("conformance 5: after a third peer has left, a replaced track reaches the one that stays", async () => {
  const [ada, bob, cleo] = await three();
  await ada.do((lab) => {
    lab.nChanges = 0;
    lab.stream = new lab.library.RTCIOStream("shared", lab.media());
    lab.stream.onTrackChanged(() => lab.nChanges++);
    lab.socket.emit("share", { stream: lab.stream });
  });
  await bob.saw("share");
  const adaId = await ada.id;
  await cleo.page.close();
  await ada.peers(1);
  await ada.do((lab) => {
    const canvas = document.createElement("canvas");
    canvas.width = 128;
    canvas.height = 96;
    const context = canvas.getContext("2d")!;
    setInterval(() => context.fillRect(Math.random() * 128, 0, 9, 99), 50);
    const displaced = lab.stream.replaceTrack(canvas.captureStream(20).getVideoTracks()[0]);
    if (displaced?.kind !== "video") throw new Error("the displaced track is not returned");
    displaced.stop();
  });
  await bob.until(
    async (lab, id) => {
      let width = 0;
      (await lab.connectionTo(id).getStats()).forEach((report: any) => {
        if (report.type === "inbound-rtp" && report.kind === "video") width = report.frameWidth;
      });
      return width === 128;
    },
    "pictures of the new size",
    adaId,
  );
  assert.equal(await ada.do((lab) => lab.nChanges), 1);
});

test("conformance 10: a stream emitted again brings new arguments and no new m-lines", async () => {
  const [ada, bob] = await two();
  await ada.do(share);
  await bob.saw("share");
  const bobId = await bob.id;
  const before = await ada.do((lab, id) => lab.mLines(id), bobId);
  await ada.do((lab) => lab.socket.emit("share", { stream: lab.stream, title: "two" }));
  await ada.do((lab) => lab.socket.emit("screen", lab.stream));
  await bob.saw("screen");
  const shares = await bob.saw("share", 2);
  assert.deepEqual(shares.map(({ args }) => args[0].title), ["one", "two"]);
  assert.equal(await ada.do((lab, id) => lab.mLines(id), bobId), before);
  const late = await lab.join("Late", { first: watchShares });
  const [seen] = await late.saw("share");
  assert.equal(seen!.args[0].title, "two", "who joins later gets the last");
});

test("conformance 11: twenty share and stop cycles leave few m-lines and a small description", async (t) => {
  const [ada, bob] = await two();
  const bobId = await bob.id;
  for (let n = 1; n <= 20; n++) {
    await ada.do((lab) => {
      lab.stream = new lab.library.RTCIOStream(lab.media("audio+video"));
      lab.socket.emit("share", { stream: lab.stream });
    });
    await bob.saw("share", n);
    await ada.do((lab) => {
      for (const track of lab.stream.mediaStream.getTracks()) track.stop();
      lab.socket.untrackStream(lab.stream);
    });
  }
  await bob.saw("track-removed", 40);
  const { lines, bytes } = await ada.do(
    (lab, id) => ({ lines: lab.mLines(id), bytes: lab.connectionTo(id).localDescription.sdp.length }),
    bobId,
  );
  t.diagnostic(`after 20 cycles of audio and video: ${lines} m-lines, ${bytes} bytes of SDP`);
  assert.ok(lines <= 5, `${lines} m-lines`);
  assert.ok(bytes < 15_000, `${bytes} bytes`);
  assert.ok((await bob.seen("share")).every(({ args }) => args[0].stream.kinds === "audio+video"));
});

test("cycles without a pause do not add m-lines either", async () => {
  const [ada, bob] = await two();
  const bobId = await bob.id;
  await ada.do((lab) => {
    for (let n = 0; n < 20; n++) {
      lab.stream = new lab.library.RTCIOStream(lab.media());
      lab.socket.emit("share", { n, stream: lab.stream });
      if (n === 19) break;
      for (const track of lab.stream.mediaStream.getTracks()) track.stop();
      lab.socket.untrackStream(lab.stream);
    }
  });
  await bob.until((lab) => lab.seen.some((one: any) => one.args[0]?.n === 19), "the last share");
  assert.ok((await ada.do((lab, id) => lab.mLines(id), bobId)) <= 3);
});

test("a stream for one peer goes to that peer alone, also if it is announced before", async () => {
  const [ada, bob, cleo] = await three();
  await ada.do((lab, id) => {
    lab.socket.peer(id).emit("share", { stream: new lab.library.RTCIOStream("for-bob", lab.media()) });
    lab.socket.emit("screen", { stream: new lab.library.RTCIOStream("for-all", lab.media()) });
  }, await bob.id);
  const [forBob] = await bob.saw("share");
  assert.equal(forBob!.args[0].stream.id, "for-bob");
  await Promise.all([bob.saw("screen"), cleo.saw("screen")]);
  assert.equal((await cleo.seen("share")).length, 0);
});

test("two streams in one event arrive in one event, each in its place", async () => {
  const [ada, bob] = await two();
  await ada.do((lab) => {
    const { RTCIOStream } = lab.library;
    lab.socket.emit("pair", { camera: new RTCIOStream("c", lab.media("audio+video")), screen: [new RTCIOStream("s", lab.media())] });
  });
  const [pair] = await bob.saw("pair");
  assert.deepEqual(pair!.args[0], { camera: { id: "c", kinds: "audio+video" }, screen: [{ id: "s", kinds: "video" }] });
  await bob.page.waitForTimeout(300);
  assert.equal((await bob.seen("pair")).length, 1);
});

test("tracks that come and go are told once each, also those of the MediaStream itself", async () => {
  const [ada, bob] = await two();
  await ada.do((lab) => {
    lab.stream = new lab.library.RTCIOStream("shared", lab.media("video"));
    lab.socket.emit("share", { stream: lab.stream });
  });
  await bob.saw("share");
  await ada.do((lab) => lab.stream.addTrack((lab.extra = lab.audio())));
  const added = await bob.saw("track-added");
  assert.deepEqual(added.map(({ args }) => args[0].track), [{ track: "audio" }]);
  assert.equal(added[0]!.args[0].stream.kinds, "audio+video");
  await ada.do((lab) => lab.stream.mediaStream.removeTrack(lab.extra));
  const removed = await bob.saw("track-removed");
  assert.equal(removed[0]!.args[0].peerId, await ada.id);
  await ada.do((lab) => lab.stream.mediaStream.addTrack(lab.video()));
  await bob.saw("track-added", 2);
  await bob.page.waitForTimeout(200);
  assert.deepEqual([(await bob.seen("track-added")).length, (await bob.seen("track-removed")).length], [2, 1]);
});

test("a stream without tracks is told when it gets one", async () => {
  const [ada, bob] = await two();
  await ada.do((lab) => {
    lab.stream = new lab.library.RTCIOStream("empty", new MediaStream());
    lab.socket.emit("share", { stream: lab.stream });
  });
  await ada.do((lab) => lab.stream.addTrack(lab.video()));
  const [seen] = await bob.saw("share");
  assert.deepEqual(seen!.args[0].stream, { id: "empty", kinds: "video" });
});

test("bitrate and codecs are as the stream asks for", async () => {
  const [ada, bob] = await two();
  const bobId = await bob.id;
  await ada.do((lab) => {
    lab.stream = new lab.library.RTCIOStream(lab.media(), {
      videoEncoding: { maxBitrate: 111_000, contentHint: "detail" },
      codecPreferences: (codecs: any[], kind: string) => (kind === "video" ? codecs.filter(({ mimeType }) => mimeType === "video/VP9") : []),
    });
    lab.socket.emit("share", { stream: lab.stream });
  });
  await bob.saw("share");
  await ada.do((lab) => lab.stream.setEncoding({ maxFramerate: 7 }));
  const found = await ada.do((lab, id) => {
    const { connection, streamTransceivers } = lab.socket.getPeer(id);
    const [carrier] = Object.values(streamTransceivers)[0] as RTCRtpTransceiver[];
    const { maxBitrate, maxFramerate } = carrier!.sender.getParameters().encodings[0]!;
    const sdp: string = connection.localDescription.sdp;
    return { maxBitrate, maxFramerate, hint: lab.stream.mediaStream.getVideoTracks()[0].contentHint, vp8: sdp.includes("VP8/") };
  }, bobId);
  assert.deepEqual(found, { maxBitrate: 111_000, maxFramerate: 7, hint: "detail", vp8: false });
});
