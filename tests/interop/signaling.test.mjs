// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the rtcio authors

// Rooms of `rtcio serve`, seen by stock socket.io clients: joining, passwords, limits, leaving,
// media state, chat (rtc.io spec 4.3, 4.4, 4.8; conformance tests 16 to 18).

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { join, peer, roomOf, seenBy, useRtcio } from "./lib/rtcio.mjs";
import { once, waitFor } from "./lib/time.mjs";

/** What a refused client gets: `join-error`, and for reasons newer than the first clients `error`. */
function refusal(reason, roomId) {
  const newer = !["invalid-room", "wrong-password", "password-required"].includes(reason);
  const echo = roomId === undefined ? {} : { roomId };
  return (seen) => {
    const message = seen[0]?.[1]?.message;
    assert.equal(typeof message, "string");
    assert.ok(message.length > 0);
    const wanted = [["join-error", { reason, code: reason, message, ...echo }]];
    if (newer) wanted.push(["error", { code: reason, message, ...echo }]);
    assert.deepEqual(seen, wanted);
  };
}

async function refused(socket, event, payload, reason, roomId) {
  socket.emit(event, ...(payload === undefined ? [] : [payload]));
  const [seen] = await seenBy(socket);
  refusal(reason, roomId)(seen);
}

describe("join-room", () => {
  const server = useRtcio();

  test("tells the joiner who is there, then says ok, then tells the others", async () => {
    const roomId = "flow";
    const [ann, bob, cleo] = [await peer(server), await peer(server), await peer(server)];

    ann.emit("join-room", { roomId, name: "Ann" });
    assert.deepEqual(await seenBy(ann), [[["join-ok", { roomId }]]]);
    ann.emit("media-state", { roomId, mic: true, cam: false, id: "x" });

    bob.emit("join-room", { roomId, name: "Bob", color: "red" });
    const annKnown = { name: "Ann", id: ann.id };
    const annMedia = { id: ann.id, roomId, mic: true, cam: false };
    assert.deepEqual(await seenBy(ann, bob), [
      [
        ["user-connected", { name: "Bob", id: bob.id }],
        ["#rtcio:init-offer", { source: bob.id }],
      ],
      [
        ["user-connected", annKnown],
        ["media-state", annMedia],
        ["join-ok", { roomId }],
      ],
    ]);

    cleo.emit("join-room", { roomId, name: "Cleo" });
    const cleoComes = [
      ["user-connected", { name: "Cleo", id: cleo.id }],
      ["#rtcio:init-offer", { source: cleo.id }],
    ];
    assert.deepEqual(await seenBy(ann, bob, cleo), [
      cleoComes,
      cleoComes,
      [
        ["user-connected", annKnown],
        ["media-state", annMedia],
        ["user-connected", { name: "Bob", id: bob.id }],
        ["join-ok", { roomId }],
      ],
    ]);
  });

  test("again by a member: roster and ok, but nobody is told", async () => {
    const roomId = "again";
    const [ann, bob] = await roomOf(server, 2, roomId);
    const again = once(ann, "join-ok"); // or the other could be first, on a worker of its own
    ann.emit("join-room", { roomId, name: "Ann" });
    await again;
    bob.emit("join-room", { roomId, name: "Bobby", password: "whatever" });
    assert.deepEqual(await seenBy(ann, bob), [
      [
        ["user-connected", { name: "somebody", id: bob.id }],
        ["join-ok", { roomId }],
      ],
      [
        ["user-connected", { name: "Ann", id: ann.id }],
        ["join-ok", { roomId }],
      ],
    ]);
    const cleo = await peer(server);
    cleo.emit("join-room", { roomId, name: "Cleo" });
    const [seen] = await seenBy(cleo);
    assert.deepEqual(seen[1], ["user-connected", { name: "Bobby", id: bob.id }]);
  });

  test("several rooms at a time are separate", async () => {
    const [ann, bob, cleo] = [await peer(server), await peer(server), await peer(server)];
    await join(ann, "several-1");
    await join(ann, "several-2");
    await join(bob, "several-1");
    await join(cleo, "several-2");
    await seenBy(ann, bob, cleo);
    ann.emit("chat-message", { roomId: "several-2", text: "hi", at: 1 });
    const told = ["chat-message", { roomId: "several-2", text: "hi", at: 1, from: ann.id }];
    assert.deepEqual(await seenBy(ann, bob, cleo), [[], [], [told]]);
  });

  test("names pass as they are; odd ones are empty", async () => {
    const roomId = "names";
    const names = ["Zoë 😀 \"quoted\" \\ \n", "", "x".repeat(128), "\u0000\u2028", "\ud800"];
    const odd = [undefined, null, 7, true, ["a"], { a: 1 }];
    const watcher = await peer(server);
    await join(watcher, roomId);
    await seenBy(watcher);
    for (const name of [...names, ...odd]) {
      const socket = await peer(server);
      socket.emit("join-room", { roomId, name });
      const [[told]] = await seenBy(watcher, socket);
      const wanted = typeof name === "string" ? name : "";
      assert.deepEqual(told, ["user-connected", { id: socket.id, name: wanted }]);
      socket.disconnect();
      await once(watcher, "#rtcio:peer-left");
      watcher.seen = [];
    }
  });

  test("room names of 1 to 128 bytes", async () => {
    const socket = await peer(server);
    for (const roomId of ["x", "é".repeat(64), "😀".repeat(32), 'a"b\\c\n\t', "y".repeat(128)]) {
      socket.emit("join-room", { roomId, name: "n" });
      assert.deepEqual(await seenBy(socket), [[["join-ok", { roomId }]]]);
    }
  });

  test("is refused without a good room name", async () => {
    const socket = await peer(server);
    const payloads = [undefined, null, 1, "room", [], [{ roomId: "a" }], {}];
    for (const payload of payloads) {
      await refused(socket, "join-room", payload, "invalid-room");
      await refused(socket, "check-room", payload, "invalid-room");
    }
    for (const roomId of [null, 1, true, ["a"], { a: 1 }]) {
      await refused(socket, "join-room", { roomId }, "invalid-room");
    }
    for (const roomId of ["", "z".repeat(129), "é".repeat(65), "a\u0000b", "\ud83d", socket.id]) {
      await refused(socket, "join-room", { roomId, name: "n" }, "invalid-room", roomId);
    }
    /* Not even an echo of that. */
    await refused(socket, "join-room", { roomId: "w".repeat(5000) }, "invalid-room");
  });

  test("is refused with a name or a password that is too long", async () => {
    const socket = await peer(server);
    const roomId = "too-long";
    await refused(socket, "join-room", { roomId, name: "n".repeat(129) }, "join-failed", roomId);
    const password = "p".repeat(129);
    await refused(socket, "join-room", { roomId, password }, "join-failed", roomId);
  });

  test("gives no acknowledgement", async () => {
    const socket = await peer(server);
    const answers = [];
    for (const event of ["join-room", "check-room", "leave-room", "#rtcio:message"]) {
      socket.emit(event, { roomId: "ack", name: "n" }, (...args) => answers.push(event, args));
    }
    await seenBy(socket);
    assert.deepEqual(answers, []);
  });
});

describe("passwords", () => {
  const server = useRtcio(["--max-password-failures", "1000"]);

  test("the first member sets it, others need it", async () => {
    const roomId = "secret-room";
    const [ann, bob] = [await peer(server), await peer(server)];
    await join(ann, roomId, { password: "  Open Sesame\u00a0" });
    const tries = [
      [{}, "password-required"],
      [{ password: "" }, "password-required"],
      [{ password: " \t\n\u3000\ufeff" }, "password-required"],
      [{ password: 5 }, "password-required"],
      [{ password: null }, "password-required"],
      [{ password: ["Open Sesame"] }, "password-required"],
      [{ password: "open sesame" }, "wrong-password"],
      [{ password: "Open Sesam" }, "wrong-password"],
      [{ password: "Open Sesame!" }, "wrong-password"],
      [{ password: "Open Sesame\u0000" }, "wrong-password"],
    ];
    for (const [more, reason] of tries) {
      await refused(bob, "join-room", { roomId, name: "Bob", ...more }, reason, roomId);
      await refused(bob, "check-room", { roomId, ...more }, reason, roomId);
    }
    assert.deepEqual(await seenBy(ann), [[["join-ok", { roomId }]]]);
    bob.emit("join-room", { roomId, name: "Bob", password: "\nOpen Sesame " });
    assert.equal((await seenBy(ann, bob))[1].at(-1)[0], "join-ok");
  });

  test("check-room answers without joining", async () => {
    const roomId = "checked";
    const [ann, bob] = [await peer(server), await peer(server)];
    const check = async (socket, more, passwordRequired) => {
      socket.emit("check-room", { roomId, ...more });
      assert.deepEqual(await seenBy(socket), [[["room-check-ok", { roomId, passwordRequired }]]]);
    };
    await check(bob, {}, false);
    await check(bob, { password: "x" }, false);
    await join(ann, roomId, { password: "x" });
    await seenBy(ann);
    await refused(bob, "check-room", { roomId }, "password-required", roomId);
    await check(bob, { password: "x" }, true);
    bob.emit("chat-message", { roomId, text: "not in" });
    assert.deepEqual(await seenBy(bob, ann), [[], []]);
  });

  test("an open room stays open, whatever others bring", async () => {
    const roomId = "open";
    const [ann, bob, cleo] = [await peer(server), await peer(server), await peer(server)];
    await join(ann, roomId);
    await join(bob, roomId, { password: "mine now" });
    await join(cleo, roomId);
    cleo.emit("check-room", { roomId });
    const [seen] = await seenBy(cleo);
    assert.deepEqual(seen.at(-1), ["room-check-ok", { roomId, passwordRequired: false }]);
  });

  for (const way of ["leave-room", "disconnect"]) {
    test(`is forgotten with the last member's ${way}`, async () => {
      const roomId = `forgotten-${way}`;
      const [ann, bob, cleo] = [await peer(server), await peer(server), await peer(server)];
      await join(ann, roomId, { password: "old" });
      await join(bob, roomId, { password: "old" });
      const gone = once(bob, "user-disconnected");
      const go = (socket) => {
        if (way === "disconnect") socket.disconnect();
        else socket.emit("leave-room", { roomId });
      };
      go(ann);
      await gone;
      await seenBy(cleo);
      await refused(cleo, "join-room", { roomId, name: "Cleo" }, "password-required", roomId);
      go(bob);
      const free = async () => {
        cleo.emit("check-room", { roomId });
        return (await seenBy(cleo))[0][0][0] === "room-check-ok";
      };
      await waitFor(free, "the room is free");
      await join(cleo, roomId, { password: "new" });
      const dave = await peer(server);
      await refused(dave, "join-room", { roomId, password: "old" }, "wrong-password", roomId);
      await join(dave, roomId, { password: "new" });
    });
  }

  test("a member needs none to join again", async () => {
    const roomId = "member-again";
    const socket = await peer(server);
    await join(socket, roomId, { password: "p" });
    await join(socket, roomId, { password: "other" });
    const other = await peer(server);
    await refused(other, "join-room", { roomId, password: "other" }, "wrong-password", roomId);
  });
});

describe("limits of joining", () => {
  const guarded = useRtcio(["--max-password-failures", "3", "--max-rooms", "2"]);
  const slow = useRtcio(["--max-joins", "1"]);

  test("wrong passwords are few, for the address and not for the socket", async () => {
    const roomId = "guess";
    const [ann, bob, cleo] = [await peer(guarded), await peer(guarded), await peer(guarded)];
    await join(ann, roomId, { password: "p" });
    for (const socket of [bob, cleo, bob]) {
      await refused(socket, "join-room", { roomId, password: "x" }, "wrong-password", roomId);
    }
    /* From here on not even the right one tells anything. */
    await refused(cleo, "join-room", { roomId, password: "p" }, "rate-limited", roomId);
    await refused(cleo, "check-room", { roomId, password: "p" }, "rate-limited", roomId);
    await refused(bob, "join-room", { roomId }, "password-required", roomId);
    await join(cleo, "another-room");
  });

  test("a socket is in few rooms", async () => {
    const socket = await peer(guarded);
    await join(socket, "few-1");
    await join(socket, "few-2");
    await seenBy(socket);
    await refused(socket, "join-room", { roomId: "few-3", name: "n" }, "join-failed", "few-3");
    await join(socket, "few-2");
    socket.emit("leave-room", { roomId: "few-1" });
    await join(socket, "few-3");
  });

  test("requests are few a second, after a burst of four times that", async () => {
    const socket = await peer(slow);
    const fifth = once(socket, "error");
    for (let i = 0; i < 5; i++) socket.emit("check-room", { roomId: `burst-${i}` });
    const [error] = await fifth;
    assert.equal(error.code, "rate-limited");
    assert.equal(error.roomId, "burst-4");
    assert.deepEqual(
      socket.seen.map(([event]) => event),
      [...Array(4).fill("room-check-ok"), "join-error", "error"],
    );
    await join(await peer(slow), "somebody-else");
  });
});

describe("leaving", () => {
  const server = useRtcio();

  test("leave-room tells the others, twice over, and the leaver nothing", async () => {
    const roomId = "leave";
    const [ann, bob] = await roomOf(server, 2, roomId);
    ann.emit("leave-room", { roomId, id: bob.id });
    assert.deepEqual(await seenBy(ann, bob), [
      [],
      [
        ["user-disconnected", { id: ann.id }],
        ["#rtcio:peer-left", { id: ann.id }],
      ],
    ]);
    ann.emit("leave-room", { roomId, id: ann.id });
    bob.emit("chat-message", { roomId, text: "alone" });
    assert.deepEqual(await seenBy(ann, bob), [[], []]);
    await join(ann, roomId);
    assert.deepEqual((await seenBy(bob))[0].at(-1), ["#rtcio:init-offer", { source: ann.id }]);
  });

  test("a disconnect tells every room it was in", async () => {
    const ann = await peer(server);
    const [bob] = await roomOf(server, 1, "gone-1");
    const [cleo] = await roomOf(server, 1, "gone-2");
    await join(ann, "gone-1");
    await join(ann, "gone-2");
    await seenBy(ann, bob, cleo);
    const { id } = ann;
    const told = Promise.all([once(bob, "#rtcio:peer-left"), once(cleo, "#rtcio:peer-left")]);
    ann.io.engine.close();
    await told;
    const both = [
      ["user-disconnected", { id }],
      ["#rtcio:peer-left", { id }],
    ];
    assert.deepEqual(await seenBy(bob, cleo), [both, both]);
  });

  test("odd payloads are ignored", async () => {
    const [ann, bob] = await roomOf(server, 2, "leave-odd");
    for (const payload of [undefined, null, 3, "leave-odd", ["leave-odd"], {}, { roomId: 5 }]) {
      ann.emit("leave-room", payload);
    }
    ann.emit("leave-room");
    ann.emit("leave-room", { roomId: "elsewhere" });
    assert.deepEqual(await seenBy(ann, bob), [[], []]);
  });
});

describe("media-state, stopScreenShare, chat-message", () => {
  const server = useRtcio();

  test("reach the others of the room, stamped, with all they carry", async () => {
    const roomId = "media";
    const [ann, bob, cleo] = await roomOf(server, 3, roomId);
    const outsider = await peer(server);
    const rest = { screen: { w: 1.5, list: [null, "é"] }, note: "x" };
    ann.emit("media-state", { id: bob.id, roomId, mic: false, cam: true, ...rest });
    ann.emit("stopScreenShare", { roomId, id: bob.id, ...rest });
    ann.emit("stopScreenShare", { roomId });
    ann.emit("chat-message", { roomId, text: "hi", from: bob.id, at: 5, ...rest });
    const told = [
      ["media-state", { id: ann.id, roomId, mic: false, cam: true, ...rest }],
      ["stopScreenShare", { roomId, id: ann.id, ...rest }],
      ["stopScreenShare", { roomId, id: ann.id }],
      ["chat-message", { roomId, text: "hi", from: ann.id, at: 5, ...rest }],
    ];
    assert.deepEqual(await seenBy(ann, bob, cleo, outsider), [[], told, told, []]);
  });

  test("only what is well-formed, from members", async () => {
    const roomId = "media-odd";
    const [ann, bob] = await roomOf(server, 2, roomId);
    const outsider = await peer(server);
    const good = { roomId, mic: true, cam: true, text: "t" };
    for (const event of ["media-state", "stopScreenShare", "chat-message"]) {
      outsider.emit(event, good);
      ann.emit(event);
      for (const payload of [null, 7, "media-odd", [good], {}, { ...good, roomId: [roomId] }]) {
        ann.emit(event, payload);
      }
      ann.emit(event, { ...good, roomId: "elsewhere" });
      ann.emit(event, { ...good, roomId: bob.id });
      ann.emit(event, { ...good, roomId: ann.id });
      ann.emit(event, { ...good, blob: Buffer.from("binary") });
      ann.emit(event, { ...good, big: "x".repeat(262144) });
    }
    for (const odd of [1, 0, "true", null, undefined, {}]) {
      ann.emit("media-state", { roomId, mic: odd, cam: true });
      ann.emit("media-state", { roomId, mic: true, cam: odd });
    }
    for (const text of [1, null, {}, ["t"], "x".repeat(1001), "😀".repeat(501)]) {
      ann.emit("chat-message", { roomId, text });
    }
    assert.deepEqual(await seenBy(ann, outsider, bob), [[], [], []]);
    /* And none of them is in the cache. */
    const cleo = await peer(server);
    cleo.emit("join-room", { roomId, name: "Cleo" });
    const [seen] = await seenBy(cleo);
    assert.deepEqual(
      seen.map(([event]) => event),
      ["user-connected", "user-connected", "join-ok"],
    );
  });

  test("chat of 1000 UTF-16 units, with the server's time", async () => {
    const roomId = "chat";
    const [ann, bob] = await roomOf(server, 2, roomId);
    const before = Date.now();
    ann.emit("chat-message", { roomId, text: "😀".repeat(500) });
    ann.emit("chat-message", { roomId, file: "no text" });
    const [, [[, first], [, second]]] = await seenBy(ann, bob);
    assert.equal(first.text, "😀".repeat(500));
    assert.ok(Number.isInteger(first.at) && first.at >= before && first.at <= Date.now());
    assert.deepEqual(Object.keys(second).sort(), ["at", "file", "from", "roomId"]);
  });

  test("the last media state is told to those who come, and ends with the membership", async () => {
    const [ann] = await roomOf(server, 1, "cache-1");
    await join(ann, "cache-2");
    ann.emit("media-state", { roomId: "cache-1", mic: true, cam: true });
    ann.emit("media-state", { roomId: "cache-1", mic: false, cam: true, extra: 1 });
    await seenBy(ann);
    const told = async (roomId) => {
      const socket = await peer(server);
      socket.emit("join-room", { roomId, name: "n" });
      const [seen] = await seenBy(socket);
      socket.emit("leave-room", { roomId });
      return seen.filter(([event]) => event === "media-state").map(([, state]) => state);
    };
    const state = { id: ann.id, roomId: "cache-1", mic: false, cam: true };
    assert.deepEqual(await told("cache-1"), [state]);
    assert.deepEqual(await told("cache-2"), []);
    ann.emit("leave-room", { roomId: "cache-1" });
    await join(ann, "cache-1");
    assert.deepEqual(await told("cache-1"), []);
  });
});
