// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the rtcio authors

// Events of the operator's own, passed on by configuration (`relay_events`), and chat that is too
// fast.

import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, describe, test } from "node:test";
import { closeAll } from "./lib/client.mjs";
import { join, peer, roomOf, rtcioServe, seenBy, useRtcio } from "./lib/rtcio.mjs";
import { run } from "./lib/run.mjs";
import { since, waitFor } from "./lib/time.mjs";

describe("relay_events", () => {
  const server = useRtcio([
    "--relay-events",
    "hand, cursor size=200 rate=20, nudge to=target, knock to=target room_checked=no",
    "--log",
    "json",
  ]);
  const dropped = (message, reason) =>
    waitFor(
      () => server.stderr.includes(`"message":"${message}","room":"","reason":"${reason}"`),
      `${message}: ${reason}`,
    );

  test("one that is too large is dropped, and logged", async () => {
    const [ann, bob] = await roomOf(server, 2, "sizes");
    ann.emit("cursor", { roomId: "sizes", pad: "x".repeat(200) });
    ann.emit("cursor", { roomId: "sizes", pad: "x".repeat(100) });
    const [, got] = await seenBy(ann, bob);
    assert.equal(got.length, 1);
    assert.equal(got[0][1].pad.length, 100);
    await dropped("cursor", "too-large");
  });

  test("to the other members of a room, with the true sender", async () => {
    const [ann, bob, cleo] = await roomOf(server, 3, "hands");
    const outside = await peer(server);
    ann.emit("hand", { roomId: "hands", up: true, from: "forged", n: [1, { a: 2 }] });
    outside.emit("hand", { roomId: "hands", up: true });
    ann.emit("hand", { roomId: "elsewhere" });
    ann.emit("hand", "text");
    ann.emit("other", { roomId: "hands" });
    const got = [["hand", { roomId: "hands", up: true, from: ann.id, n: [1, { a: 2 }] }]];
    assert.deepEqual(await seenBy(ann, bob, cleo, outside), [[], got, got, []]);
  });

  test("to one socket that shares a room, or to any if that is not checked", async () => {
    const [ann, bob] = await roomOf(server, 2, "nudges");
    const outside = await peer(server);
    ann.emit("nudge", { target: bob.id, x: 1 });
    ann.emit("nudge", { target: outside.id, x: 2 });
    ann.emit("nudge", { target: ann.id });
    ann.emit("nudge", { target: "nobody" });
    ann.emit("nudge", { x: 3 });
    outside.emit("knock", { target: ann.id, source: "forged", x: 4 });
    const [a, b, o] = await seenBy(ann, bob, outside);
    assert.deepEqual(a, [["knock", { target: ann.id, source: outside.id, x: 4 }]]);
    assert.deepEqual(b, [["nudge", { target: bob.id, x: 1, source: ann.id }]]);
    assert.deepEqual(o, []);
  });

  test("faster than its rate, it is delayed in order", async () => {
    const [ann, bob] = await roomOf(server, 2, "rates");
    const start = performance.now();
    for (let i = 0; i < 60; i++) ann.emit("cursor", { roomId: "rates", i });
    const [, got] = await seenBy(ann, bob);
    assert.deepEqual(got.map(([, { i }]) => i), Array.from({ length: 60 }, (_, i) => i));
    assert.ok(since(start) > 900, `${since(start)} ms`);
    await waitFor(() => server.stderr.includes('"reason":"more than 20 cursor per second"'), "its line");
  });
});

describe("relay_events in the file", () => {
  let folder;
  before(async () => (folder = await mkdtemp(path.join(tmpdir(), "rtcio-custom-"))));
  after(async () => {
    closeAll();
    await rm(folder, { recursive: true });
  });

  test("has sections as entries", async () => {
    const file = path.join(folder, "good.yaml");
    await writeFile(
      file,
      "relay_events:\n  - plain\n  - name: wave\n    to: target\n    size: 1K\n    rate: 5\n  - {name: knock, to: target, room_checked: no}\n",
    );
    const server = rtcioServe(["--config", file]);
    await server.start();
    const [ann, bob] = await roomOf(server, 2, "file");
    const outside = await peer(server);
    ann.emit("plain", { roomId: "file" });
    ann.emit("wave", { target: bob.id });
    ann.emit("knock", { target: outside.id });
    const [, b, o] = await seenBy(ann, bob, outside);
    assert.deepEqual(b.map(([event]) => event), ["plain", "wave"]);
    assert.deepEqual(o.map(([event]) => event), ["knock"]);
    closeAll();
    await server.stop();
  });

  test("what is wrong with one is told in one line", async () => {
    const rows = [
      ["- chat-message", 'relay event "chat-message" is an event of rtc.io or Socket.IO, take another name'],
      // What only the server says: passed on, it would be anybody's to forge.
      ...["room-removed", "chat-history", "report", "server-draining", "token-expiring"].map((name) => [
        `- ${name}`,
        `relay event "${name}" is an event of rtc.io or Socket.IO, take another name`,
      ]),
      ["- '#rtcio:x'", 'relay event "#rtcio:x" is an event of rtc.io or Socket.IO, take another name'],
      ["- a\n  - a", 'relay event "a" is there twice, delete one'],
      ["- a size=0", 'relay event "a": size=0 is a size in bytes such as 4K'],
      ["- {name: a, rate: fast}", 'relay event "a": rate=fast is 0 to 100000 per second and client'],
      ["- a loud", 'relay event "a": loud is written key=value'],
      ["- {name: a, sise: 1}", 'relay event "a": sise=1 is to be deleted: the keys are name, to, size, rate and room_checked'],
      ["- {to: room}", "an entry of the list has no name, add name: ..."],
      ["- {name: a, to: [room]}", "to of an entry has no value, write to: value"],
      ["- {name: a, room_checked: no}", 'relay event "a" goes to a room, and only its members may send there: delete room_checked, or write to=target'],
    ];
    const file = path.join(folder, "bad.yaml");
    for (const [entry, complaint] of rows) {
      await writeFile(file, `relay_events:\n  ${entry}\n`);
      const { code, stderr } = await run(["check", file]);
      assert.equal(code, 78, entry);
      assert.match(stderr, /^[^\n]+\n$/);
      assert.ok(stderr.replace(/bad\.yaml:\d+: /, "").trim().endsWith(`relay_events: ${complaint}`), stderr);
    }
  });
});

describe("chat", () => {
  const server = useRtcio(["--max-chat", "20", "--max-delay", "2s"]);

  test("more than its rate is delayed, in order, and signaling behind it too", async () => {
    const [ann, bob] = await roomOf(server, 2, "chat");
    const start = performance.now();
    for (let i = 0; i < 60; i++) ann.emit("chat-message", { roomId: "chat", text: `${i}` });
    ann.emit("#rtcio:message", { target: bob.id, data: {} });
    const [, got] = await seenBy(ann, bob);
    assert.deepEqual(got.slice(0, 60).map(([, { text }]) => Number(text)), Array.from({ length: 60 }, (_, i) => i));
    assert.equal(got[60][0], "#rtcio:message");
    assert.ok(since(start) > 900, `${since(start)} ms`);
    await waitFor(() => server.stderr.includes("more than 20 chat messages per second"), "its line");
  });

  test("without a pause for longer than max.delay, its sender is cut off", async () => {
    const [ann] = await roomOf(server, 2, "flood");
    for (let i = 0; i < 200; i++) ann.emit("chat-message", { roomId: "flood", text: `${i}` });
    await waitFor(() => !ann.connected, "the end");
    await waitFor(() => server.stderr.includes("client.cut"), "its line");
  });
});

describe("limits of rooms", () => {
  const server = useRtcio(["--max-rooms", "2", "--max-peers", "1", "--max-joins", "3"]);

  test("are named in the refusal", async () => {
    const socket = await peer(server);
    await join(socket, "one");
    const other = await peer(server);
    const message = async (roomId, event = "join-room") => {
      socket.emit(event, { roomId });
      return waitFor(() => socket.seen.splice(0).find(([name]) => name === "join-error")?.[1].message, roomId);
    };
    await join(other, "two");
    assert.equal(await message("two"), "the room is full, it has its 1 members");
    await join(socket, "three");
    assert.equal(await message("four"), "in 2 rooms, the most there are; leave one first");
    for (let i = 0; i < 12; i++) socket.emit("check-room", { roomId: `${i}` });
    const limited = await waitFor(
      () => socket.seen.find(([name, { reason } = {}]) => name === "join-error" && reason === "rate-limited"),
      "a refusal",
    );
    assert.equal(limited[1].message, "more than 3 requests per second, try again in a few seconds");
  });
});
