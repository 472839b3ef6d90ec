// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the rtcio authors

// Several workers behind one port: whichever worker a connection reaches, to clients they are one
// server. An id tells which worker made it, so that the tests know who is where.

import assert from "node:assert/strict";
import { after, describe, test } from "node:test";
import { ask, closeAll, connect } from "./lib/client.mjs";
import { useServer } from "./lib/fixture.mjs";
import { Polling, readResponse, request, requestText, target } from "./lib/http.mjs";
import { join, peer, rtcioServe, useRtcio } from "./lib/rtcio.mjs";
import { isReference } from "./lib/server.mjs";
import { once, take, waitFor, withTimeout } from "./lib/time.mjs";
import { Wire } from "./lib/wire.mjs";
import { makerOf } from "./lib/workers.mjs";
import { RawWebSocket } from "./lib/ws.mjs";

const N = 4;
const WORKERS = ["--workers", String(N)];
const skip = isReference && "Node has no workers";

const workerOf = (id) => makerOf(id, N);

// What a test that failed has left behind.
const running = [];
after(() => {
  closeAll();
  Wire.destroyAll();
  for (const server of running) if (!server.ended) server.child?.kill("SIGKILL");
});

/** `rtcio serve` of one test, which stops it when all went well. */
function program(args) {
  const server = rtcioServe(args);
  running.push(server);
  return server;
}

const start = (args) => program(args).start();

/** Clients until every worker has `least`. */
async function onAll(make, least = 1) {
  const found = Array.from({ length: N }, () => []);
  for (let n = 0; found.some((list) => list.length < least); n++) {
    assert.ok(n < 400, "the kernel spreads connections");
    const each = await make();
    found[workerOf(each.id ?? each.sid)].push(each);
  }
  return found;
}

/** One client on each worker, and no others. */
async function spread(make) {
  const found = await onAll(make);
  for (const [, ...more] of found) for (const each of more) each.disconnect?.();
  return found.map(([first]) => first);
}

describe("sessions", { skip }, () => {
  const server = useServer({ workers: N });

  test("polling needs no stickiness: each request on a connection of its own", async () => {
    const session = await Polling.join(server.port);
    for (let i = 0; i < 40; i++) {
      await session.push(`42["message",${i}]`);
      const packets = await session.pollUntil((packet) => packet.startsWith("42"));
      assert.equal(packets.at(-1), `42["message-back",${i}]`);
    }
  });

  test("one connection serves sessions of all workers, one after the other and pipelined", async () => {
    const sessions = await spread(() => Polling.join(server.port));
    const wire = await Wire.connect(server.port);
    for (let round = 0; round < 5; round++) {
      for (const session of sessions) {
        const body = `42["message",${round}]`;
        wire.send(requestText({ method: "POST", target: session.target(), body }));
        assert.equal((await readResponse(wire)).text, "ok");
      }
    }
    // All at once: every answer is there, in the order of the requests.
    wire.send(Buffer.concat(sessions.map((session) => requestText({ target: session.target() }))));
    for (let i = 0; i < N; i++) {
      const { status, text } = await readResponse(wire);
      assert.equal(status, 200);
      assert.match(text, /^42\["message-back",0\]/);
    }
    // And a new session is made where the connection is now.
    wire.send(requestText({ target: target() }));
    const { text } = await readResponse(wire);
    assert.equal(workerOf(JSON.parse(text.slice(1)).sid), workerOf(sessions.at(-1).sid));
  });

  test("a head that comes byte by byte, a body that comes later", async () => {
    for (const session of await spread(() => Polling.join(server.port))) {
      const body = `42["message","${"x".repeat(70_000)}"]`;
      const bytes = requestText({ method: "POST", target: session.target(), body });
      const wire = await Wire.connect(server.port);
      for (const byte of bytes.subarray(0, 60)) {
        wire.send(Buffer.from([byte]));
        await new Promise(setImmediate);
      }
      wire.send(bytes.subarray(60, 40_000));
      await new Promise(setImmediate);
      wire.send(bytes.subarray(40_000));
      assert.equal((await readResponse(wire)).text, "ok");
      const [packet] = await session.poll();
      assert.equal(packet.length, body.length + "-back".length);
    }
  });

  test("an upgrade finds its session wherever it lands", async () => {
    for (let i = 0; i < 12; i++) {
      const session = await Polling.join(server.port);
      const ws = await RawWebSocket.open(server.port, { params: { sid: session.sid } });
      ws.send("2probe");
      assert.equal(await ws.text(), "3probe");
      ws.send("5");
      ws.send(`42["message",${i}]`);
      assert.equal(await ws.text(), `42["message-back",${i}]`);
    }
  });

  test("an id that nobody made is unknown, whoever is asked", async () => {
    for (const end of ["AAAA", "AAAB", "AAAC", "AAAD", "____"]) {
      const response = await request(server.port, { target: target({ sid: `0123456789abcdef${end}` }) });
      assert.equal(response.status, 400);
      assert.deepEqual(JSON.parse(response.text), { code: 1, message: "Session ID unknown" });
    }
  });

  test("clients are spread over all workers, and their descriptors go with them", async () => {
    await onAll(() => connect(server, "/", { transports: ["polling"] }), 2);
    await onAll(() => connect(server), 2);
  });
});

describe("emits", { skip }, () => {
  const server = useServer({ workers: N });

  /** One client on each worker, and nobody else connected any more. */
  async function spreadAlone(options) {
    await server.empty();
    const all = await spread(() => connect(server, "/", options));
    await server.settled({ n_sockets: N });
    return all;
  }

  test("broadcasts of two senders arrive everywhere in one order", async () => {
    const all = await spreadAlone();
    const [a, b] = all;
    const n = 300;
    const got = all.map((socket) => take(socket, "tick", 2 * n));
    for (let i = 0; i < n; i++) {
      for (const [who, from] of [["a", a], ["b", b]]) {
        from.emit("say", { from: "nsp", event: "tick", args: [`${who}${i}`] });
      }
    }
    const [first, ...others] = (await Promise.all(got)).map((list) => list.map(([value]) => value));
    for (const who of ["a", "b"]) {
      const own = first.filter((value) => value.startsWith(who));
      assert.deepEqual(own, Array.from({ length: n }, (_, i) => `${who}${i}`));
    }
    for (const list of others) assert.deepEqual(list, first);
  });

  test("binary, volatile, except, to an id", async () => {
    const all = await spreadAlone();
    const [a, b, c, d] = all;
    await ask(c, "join", "not here");
    const got = [once(b, "blob"), once(d, "blob")];
    c.on("blob", () => assert.fail("excepted"));
    a.on("blob", () => assert.fail("the sender"));
    await ask(a, "say", { broadcast: true, except: ["not here"], event: "blob", args: [Buffer.from([1, 2])] });
    for (const [bytes] of await Promise.all(got)) assert.deepEqual([...bytes], [1, 2]);
    const alone = once(c, "to you");
    await ask(a, "say", { to: [c.id], volatile: true, event: "to you", args: [1] });
    assert.deepEqual(await alone, [1]);
  });

  test("acknowledgements: all answer, one does not, nobody is there", async () => {
    const all = await spreadAlone();
    all.forEach((socket, i) => socket.on("question", (answer) => answer(i)));
    // Long, so that only who is silent is missed, however slow the machine.
    const asked = (spec) => {
      const answered = once(all[0], "answered");
      all[0].emit("ask-all", { from: "nsp", event: "question", args: [], timeout: 5000, ...spec });
      return answered;
    };
    const [{ status, values }] = await asked({});
    assert.equal(status, "ok");
    assert.deepEqual(values.sort(), [0, 1, 2, 3]);
    all[2].off("question");
    const [late] = await asked({ timeout: 2000 });
    assert.equal(late.status, "timeout");
    assert.deepEqual(late.values.sort(), [0, 1, 3]);
    assert.deepEqual((await asked({ to: ["nobody"] }))[0], { status: "ok", values: [] });
  });

  test("joins, leaves and disconnects of sockets of all workers", async () => {
    const all = await spreadAlone();
    const ids = all.map(({ id }) => id).sort();
    const members = async () => (await ask(all[0], "members", "moved")).sort();
    await ask(all[0], "move", { from: "nsp", join: "moved" });
    await waitFor(async () => (await members()).length === N, "all to join");
    assert.deepEqual(await members(), ids);
    await ask(all[1], "move", { from: "nsp", to: ["moved"], except: [all[3].id], leave: "moved" });
    await waitFor(async () => (await members()).length === 1, "all but one to leave");
    assert.deepEqual(await members(), [all[3].id]);
    const gone = once(all[3], "disconnect");
    await ask(all[0], "drop", { from: "nsp", to: ["moved"], close: true });
    assert.equal((await gone)[0], "io server disconnect");
  });

  test("who joins by an operator gets what is emitted next", async () => {
    const all = await spreadAlone();
    for (let i = 0; i < 50; i++) {
      const got = all.map((socket) => once(socket, "next"));
      all[0].emit("move", { from: "nsp", join: `room ${i}` });
      all[0].emit("say", { from: "nsp", to: [`room ${i}`], event: "next", args: [i] });
      assert.deepEqual(await Promise.all(got), Array(N).fill([i]));
    }
  });

  test("sockets of all workers as snapshots", async () => {
    const all = await spreadAlone({ auth: { who: "me" }, query: { k: "v w" } });
    assert.equal(await ask(all[2], "tool:set-json", { color: "red" }), 0);
    assert.equal(await ask(all[2], "tool:set-json", [1]), -6);
    await ask(all[2], "join", "snap");
    const fetch = (...args) => new Promise((resolve) => all[0].emit("tool:fetch", ...args, (...answer) => resolve(answer)));
    const [status, list] = await withTimeout(fetch(), "snapshots");
    assert.equal(status, 0);
    assert.deepEqual(list.map(({ id }) => id).sort(), all.map(({ id }) => id).sort());
    const [, [one, ...rest]] = await withTimeout(fetch("snap"), "a room's snapshots");
    assert.deepEqual(rest, []);
    const { handshake, ...facts } = one;
    assert.deepEqual(facts, { id: all[2].id, rooms: [all[2].id, "snap"], data: { color: "red" } });
    assert.deepEqual(Object.keys(handshake).sort(), ["address", "auth", "headers", "issued", "query", "secure", "time", "url", "xdomain"]);
    assert.deepEqual(handshake.auth, { who: "me" });
    assert.equal(handshake.query.k, "v w");
    assert.equal(handshake.headers.host, `127.0.0.1:${server.port}`);
    assert.match(handshake.time, /^\w{3} \w{3} \d\d \d{4} \d\d:\d\d:\d\d GMT\+0000 \(Coordinated Universal Time\)$/);
    assert.equal(Date.parse(handshake.time), Math.floor(handshake.issued / 1000) * 1000);
  });

  test("programs tell and ask each other", async () => {
    const all = await spreadAlone();
    all[1].on("told", () => assert.fail("its own program"));
    const told = [0, 2, 3].map((i) => once(all[i], "told"));
    await ask(all[1], "tool:tell-programs", "hello");
    assert.deepEqual(await Promise.all(told), Array(3).fill(["hello"]));
    for (const [value, answer] of [[41, 42], [-1, -1]]) {
      const [status, list] = await withTimeout(
        new Promise((resolve) => all[1].emit("tool:ask-programs", value, (...all) => resolve(all))),
        "answers of programs",
      );
      assert.equal(status, 0);
      assert.deepEqual(list.sort(), [[0, answer], [2, answer], [3, answer]]);
    }
  });

  test("a client killed in the middle of a broadcast costs nobody else anything", async () => {
    const found = await onAll(() => connect(server), 2);
    const n = 200;
    const stay = found.map(([first]) => first);
    const got = stay.map((socket) => take(socket, "tick", n));
    for (let i = 0; i < n; i++) {
      stay[0].emit("say", { from: "nsp", event: "tick", args: [i, "x".repeat(2000)] });
      if (i % 40 === 20) found[(i / 20) % N][1].io.engine.transport.ws.terminate();
    }
    for (const list of await Promise.all(got)) {
      assert.deepEqual(list.map(([i]) => i), Array.from({ length: n }, (_, i) => i));
    }
  });
});

describe("rooms of rtc.io", { skip }, () => {
  const server = useRtcio(WORKERS);

  test("all join at once: one order, and exactly one offer for each pair", async () => {
    for (let round = 0; round < 10; round++) {
      const roomId = `meeting ${round}`;
      const peers = (await onAll(() => peer(server), 2)).flatMap((list) => list.slice(0, 2));
      const done = peers.map((socket) => once(socket, "join-ok"));
      for (const socket of peers) socket.emit("join-room", { roomId, name: socket.id });
      await Promise.all(done);
      const ids = peers.map(({ id }) => id);
      const named = (socket, event, key) => socket.seen.filter(([name]) => name === event).map(([, arg]) => arg[key]);
      await waitFor(
        () => peers.every((socket) => named(socket, "user-connected", "id").length === ids.length - 1),
        "everybody to know everybody",
      );
      // Who was there before is told in the roster, in front of join-ok; who came after, behind it.
      const before = (socket) => {
        const at = socket.seen.findIndex(([event]) => event === "join-ok");
        return socket.seen.slice(0, at).filter(([event]) => event === "user-connected").map(([, { id }]) => id);
      };
      const order = [...peers].sort((a, b) => before(a).length - before(b).length);
      order.forEach((socket, i) => {
        const earlier = order.slice(0, i).map(({ id }) => id);
        const later = order.slice(i + 1).map(({ id }) => id);
        assert.deepEqual(before(socket), earlier);
        assert.deepEqual(named(socket, "user-connected", "id"), [...earlier, ...later]);
      });
      // An init-offer comes right behind its user-connected, from whoever came later only.
      await waitFor(
        () => order.every((socket, i) => named(socket, "#rtcio:init-offer", "source").length === ids.length - 1 - i),
        "one offer for each pair",
      );
      order.forEach((socket, i) => {
        assert.deepEqual(named(socket, "#rtcio:init-offer", "source"), order.slice(i + 1).map(({ id }) => id));
      });
      for (const socket of peers) socket.disconnect();
    }
  });

  test("joins and leaves race: a roster and what follows never contradict each other", async () => {
    const roomId = "carousel";
    const watchers = await spread(() => peer(server));
    for (const watcher of watchers) await join(watcher, roomId);
    const movers = (await onAll(() => peer(server), 2)).flatMap((list) => list.slice(0, 2));
    for (let round = 0; round < 25; round++) {
      const done = movers.map((socket) => once(socket, "join-ok"));
      for (const socket of movers) {
        socket.emit("join-room", { roomId, name: "mover" });
        socket.emit("leave-room", { roomId });
      }
      await Promise.all(done);
    }
    const n = 25 * movers.length;
    const left = ({ seen }) => seen.filter(([event]) => event === "#rtcio:peer-left").length;
    await waitFor(() => watchers.every((watcher) => left(watcher) === n), "everybody to have gone");
    for (const { seen } of watchers) {
      const here = new Set();
      for (const [event, { id }] of seen.filter(([, arg]) => arg?.id)) {
        if (event === "user-connected") {
          assert.ok(!here.has(id), "came twice");
          here.add(id);
        } else if (event === "user-disconnected") {
          assert.ok(here.delete(id), "went without having come");
        }
      }
      assert.deepEqual([...here].filter((id) => movers.some((mover) => mover.id === id)), []);
    }
  });

  test("media states are told to those who come, whoever set them", async () => {
    const [a, b, c] = await spread(() => peer(server));
    await join(a, "media");
    await join(b, "media");
    a.emit("media-state", { roomId: "media", mic: true, cam: false });
    await waitFor(() => b.seen.some(([event]) => event === "media-state"), "the media state");
    await join(c, "media");
    const states = c.seen.filter(([event]) => event === "media-state");
    assert.deepEqual(states, [["media-state", { id: a.id, roomId: "media", mic: true, cam: false }]]);
  });

  test("passwords hold on every worker, until the last has gone", async () => {
    const [a, b, c] = await spread(() => peer(server));
    const joined = (socket, password) => {
      const answer = Promise.race([once(socket, "join-ok"), once(socket, "join-error")]);
      socket.emit("join-room", { roomId: "locked", name: "x", password });
      return answer.then(([{ reason }]) => reason ?? "ok");
    };
    assert.equal(await joined(a, "sesame"), "ok");
    assert.equal(await joined(b, "wrong"), "wrong-password");
    assert.equal(await joined(b, undefined), "password-required");
    assert.equal(await joined(b, "sesame"), "ok");
    a.disconnect();
    await waitFor(() => b.seen.some(([event]) => event === "user-disconnected"), "a to go");
    assert.equal(await joined(c, "wrong"), "wrong-password");
    const left = once(b, "room-check-ok");
    b.emit("leave-room", { roomId: "locked" });
    b.emit("check-room", { roomId: "locked" });
    await left;
    assert.equal(await joined(c, "another"), "ok");
  });

  test("the relay keeps order and loses nothing, both ways, on every pair of workers", async () => {
    const all = await spread(() => peer(server));
    for (const socket of all) await join(socket, "talk");
    const n = 300;
    const got = all.map(
      (socket) =>
        new Promise((resolve) => {
          const list = new Map();
          let left = n * (N - 1);
          socket.on("#rtcio:message", ({ source, data }) => {
            if (!list.has(source)) list.set(source, []);
            list.get(source).push(data.i);
            if (--left === 0) resolve(list);
          });
        }),
    );
    for (let i = 0; i < n; i++) {
      for (const from of all) {
        for (const to of all) {
          if (to !== from) from.emit("#rtcio:message", { target: to.id, data: { i } });
        }
      }
    }
    const numbers = Array.from({ length: n }, (_, i) => i);
    for (const list of await withTimeout(Promise.all(got), "all messages")) {
      assert.equal(list.size, N - 1);
      for (const each of list.values()) assert.deepEqual(each, numbers);
    }
  });

  test("a forged source is stamped on the other worker, too", async () => {
    const [a, b] = await spread(() => peer(server));
    await join(a, "forged");
    await join(b, "forged");
    const got = once(b, "#rtcio:message");
    a.emit("#rtcio:message", { source: b.id, target: b.id, data: {} });
    assert.equal((await got)[0].source, a.id);
  });
});

describe("limits and ends of several workers", { skip }, () => {
  test("wrong passwords are counted for all workers together", async () => {
    const server = await start([...WORKERS, "--max-password-failures", "6"]);
    const all = await spread(() => peer(server));
    await join(all[0], "locked", { password: "sesame" });
    const reasons = [];
    for (let i = 0; i < 12; i++) {
      const socket = all[1 + (i % 3)];
      const answer = once(socket, "join-error");
      socket.emit("join-room", { roomId: "locked", name: "x", password: `guess ${i}` });
      reasons.push((await answer)[0].reason);
    }
    assert.deepEqual(reasons, [...Array(6).fill("wrong-password"), ...Array(6).fill("rate-limited")]);
    for (const socket of all) socket.disconnect();
    await server.stop();
  });

  test("a message to somebody without a shared room, or to nobody, is logged where it was sent", async () => {
    const server = await start([...WORKERS, "--log", "json"]);
    const all = await spread(() => peer(server));
    await join(all[0], "mine");
    await join(all[1], "yours");
    all[1].on("#rtcio:message", () => assert.fail("no shared room"));
    all[0].emit("#rtcio:message", { target: all[1].id, data: {} });
    const gone = all[2].id;
    all[2].disconnect();
    await waitFor(() => server.stderr.includes(`"client.disconnect","id":"${gone}"`), "it to go");
    all[0].emit("#rtcio:message", { target: gone, data: {} });
    const drops = () =>
      server.stderr.split("\n").filter((line) => line.includes('"message.drop"')).map((line) => JSON.parse(line));
    await waitFor(() => drops().length === 2, "two lines");
    assert.deepEqual(drops().map(({ id, reason }) => [id, reason]), [
      [all[0].id, "no-shared-room"],
      [all[0].id, "unknown-target"],
    ]);
    for (const socket of all) socket.disconnect();
    await server.stop();
    const lines = server.stderr.trimEnd().split("\n").map((line) => JSON.parse(line));
    assert.equal(lines.find(({ event }) => event === "server.stop").dropped, 2);
  });

  test("max-sessions is that of the process", async () => {
    const server = await start([...WORKERS, "--max-sessions", "10"]);
    const statuses = [];
    for (let i = 0; i < 16; i++) statuses.push((await request(server.port, { target: target() })).status);
    assert.deepEqual(statuses, [...Array(10).fill(200), ...Array(6).fill(503)]);
    await server.stop();
  });

  test("a second process does not get the port", async () => {
    const first = await start(WORKERS);
    const second = program([...WORKERS, "--port", String(first.port)]);
    await assert.rejects(second.start(), /cannot listen on .* Address already in use/);
    await first.stop();
  });

  test("SIGTERM with everything in flight: all are told, and it ends well", async () => {
    const server = await start(WORKERS);
    const all = (await onAll(() => peer(server), 2)).flat();
    for (const socket of all) await join(socket, "busy");
    const gone = all.map((socket) => once(socket, "disconnect"));
    const timer = setInterval(() => {
      for (const socket of all) {
        socket.emit("chat-message", { roomId: "busy", text: "x".repeat(500) });
        for (const { id } of all) socket.emit("#rtcio:message", { target: id, data: { x: 1 } });
      }
    }, 1);
    await waitFor(() => all.every(({ seen }) => seen.length > 50), "traffic");
    await server.stop();
    clearInterval(timer);
    for (const [reason] of await Promise.all(gone)) assert.equal(reason, "transport close");
  });
});
