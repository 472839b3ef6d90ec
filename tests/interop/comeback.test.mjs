// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the rtcio authors

// rtc.io's signaling and clients that come back as themselves, against `rtcio serve` as it is
// (rtc.io spec 4.8).

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { connected } from "./lib/client.mjs";
import { join, peer, seenBy, useRtcio } from "./lib/rtcio.mjs";
import { isReference } from "./lib/server.mjs";
import { once } from "./lib/time.mjs";

/** [event, first argument] of what a peer has seen. */
const told = (events) => events.map(([event, arg]) => [event, arg]);

/** The transport goes; returns when another member has heard of it. */
async function cut(socket, witness) {
  const left = once(witness, "user-disconnected");
  socket.io.engine.close();
  await left;
}

async function back(socket) {
  socket.connect();
  await connected(socket);
  assert.equal(socket.recovered, true);
}

/** What holds whichever worker somebody is at. */
function members(workers) {
  const server = useRtcio(["--recovery-time", "2m", "--workers", String(workers)]);

  test("is announced again with its media state, and hears of the newcomers it missed", async () => {
    const [a, b] = [await peer(server), await peer(server)];
    await join(a, "r1", { name: "Ann" });
    await join(b, "r1", { name: "Bob" });
    a.emit("media-state", { roomId: "r1", mic: true, cam: false });
    await seenBy(a, b);
    const { id } = a;

    await cut(a, b);
    assert.deepEqual(told((await seenBy(b))[0]), [
      ["user-disconnected", { id }],
      ["#rtcio:peer-left", { id }],
    ]);
    const c = await peer(server);
    await join(c, "r1", { name: "Cy" });
    await seenBy(b, c);

    a.seen.length = 0;
    await back(a);
    assert.equal(a.id, id);
    const [byA, byB, byC] = await seenBy(a, b, c);
    assert.deepEqual(told(byA), [
      ["user-connected", { id: c.id, name: "Cy" }],
      ["#rtcio:init-offer", { source: c.id }],
    ]);
    for (const seen of [byB, byC]) {
      assert.deepEqual(told(seen), [
        ["user-connected", { id, name: "Ann" }],
        ["media-state", { id, roomId: "r1", mic: true, cam: false }],
      ]);
    }
    // It is a member again: messages reach it, and it is not asked for an offer to Bob.
    b.emit("#rtcio:message", { target: id, data: { hello: 1 } });
    assert.deepEqual(told((await seenBy(b, a))[1]), [
      ["#rtcio:message", { target: id, data: { hello: 1 }, source: b.id }],
    ]);
  });

  test("no init-offer ever carries an offset, everything else does", async () => {
    const [a, b] = [await peer(server), await peer(server)];
    await join(a, "r2");
    a.seen.length = 0;
    await join(b, "r2");
    const [seen] = await seenBy(a);
    assert.deepEqual(seen.map(([event, ...args]) => [event, args.length]), [
      ["user-connected", 2],
      ["#rtcio:init-offer", 1],
    ]);
  });

  test("missed newcomers that have gone again are no newcomers", async () => {
    const [a, b, c] = await Promise.all([peer(server), peer(server), peer(server)]);
    await join(a, "r3");
    await join(b, "r3");
    await seenBy(a, b);
    await cut(a, b);
    await join(c, "r3");
    c.emit("leave-room", { roomId: "r3" });
    await seenBy(b, c);
    a.seen.length = 0;
    await back(a);
    const events = (await seenBy(a))[0].map(([event]) => event);
    assert.deepEqual(events, ["user-connected", "user-disconnected", "#rtcio:peer-left"]);
  });

  test("finds its room with the password that it had", async () => {
    const [a, b] = [await peer(server), await peer(server)];
    await join(a, "r4", { password: "secret" });
    for (const socket of [a, b]) await join(socket, "hall");
    const { id } = a;
    await cut(a, b);
    const error = once(b, "join-error");
    b.emit("join-room", { roomId: "r4", name: "Bob" });
    assert.equal((await error)[0].reason, "password-required");
    await back(a);
    assert.equal(a.id, id);
    await join(b, "r4", { password: "secret" });
  });

  test("one that leaves on purpose gives its room free at once", async () => {
    const [a, b] = [await peer(server), await peer(server)];
    await join(a, "r5", { password: "secret" });
    await join(b, "r5", { password: "secret" });
    const left = once(b, "user-disconnected");
    a.disconnect();
    await left;
    b.disconnect();
    const c = await peer(server);
    await seenBy(c);
    await join(c, "r5");
  });

  test("newcomers on every worker: one init-offer for each that was missed, none for others", async () => {
    const [a, b, known] = [await peer(server), await peer(server), await peer(server)];
    for (const socket of [a, b, known]) await join(socket, "r6");
    await seenBy(a, b, known);
    await cut(a, b);
    const newcomers = await Promise.all(Array.from({ length: 8 }, () => peer(server)));
    for (const socket of newcomers) await join(socket, "r6");
    // One that was known comes back: it is no newcomer.
    await cut(known, b);
    await back(known);
    await seenBy(b, known);
    for (let round = 0; round < 2; round++) {
      a.seen.length = 0;
      await back(a);
      const offers = (await seenBy(a))[0].filter(([event]) => event === "#rtcio:init-offer");
      const expected = round === 0 ? newcomers.map(({ id }) => id) : [];
      assert.deepEqual(offers.map(([, { source }]) => source), expected);
      // Something missed afterwards does not bring back what was received.
      await cut(a, b);
      b.emit("chat-message", { roomId: "r6", text: "hello" });
      await seenBy(b);
    }
  });

  test("who is away is not in the roster, and is announced when it is back", async () => {
    const [a, b] = [await peer(server), await peer(server)];
    for (const socket of [a, b]) await join(socket, "r7");
    await cut(a, b);
    const others = await Promise.all(Array.from({ length: 4 }, () => peer(server)));
    for (const [i, socket] of others.entries()) {
      socket.seen.length = 0;
      await join(socket, "r7");
      const ids = (await seenBy(socket))[0]
        .filter(([event]) => event === "user-connected")
        .map(([, { id }]) => id);
      assert.deepEqual(ids, [b.id, ...others.slice(0, i).map(({ id }) => id)]);
    }
    for (const socket of others) socket.seen.length = 0;
    await back(a);
    for (const seen of (await seenBy(a, ...others)).slice(1)) {
      assert.deepEqual(seen[0].slice(0, 2), ["user-connected", { id: a.id, name: "somebody" }]);
    }
  });
}

for (const workers of [1, 4]) {
  const skip = isReference && "rtcio serve is ours";
  describe(`a member that comes back, with --workers ${workers}`, { skip }, () => members(workers));
}

describe("recovery switched off", { skip: isReference && "rtcio serve is ours" }, () => {
  const server = useRtcio(["--recovery-time", "0"]);

  test("events carry nothing more", async () => {
    const [a, b] = [await peer(server), await peer(server)];
    await join(a, "r");
    a.seen.length = 0;
    await join(b, "r");
    assert.deepEqual((await seenBy(a))[0], [
      ["user-connected", { id: b.id, name: "somebody" }],
      ["#rtcio:init-offer", { source: b.id }],
    ]);
    assert.equal(a._pid, undefined);
  });
});
