// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the rtcio authors

// What outlives a room's members: chat that is stored and sent to who joins, reports, and what
// becomes of them when the process is killed, the limits are reached or the database fails (rtc.io
// spec 4.3, 4.8).

import assert from "node:assert/strict";
import { mkdtemp, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, describe, test } from "node:test";
import { ask, closeAll } from "./lib/client.mjs";
import { join, peer, rtcioServe, seenBy } from "./lib/rtcio.mjs";
import { run } from "./lib/run.mjs";
import { once, waitFor, withTimeout } from "./lib/time.mjs";

let folder;
let files = 0;
const newFile = () => path.join(folder, `history-${++files}.db`);
const servers = [];
before(async () => (folder = await mkdtemp(path.join(tmpdir(), "rtcio-history-"))));
after(async () => {
  closeAll();
  for (const server of servers) if (!server.ended) server.child.kill("SIGKILL");
  await rm(folder, { recursive: true });
});

async function start(file, args = []) {
  const server = rtcioServe(["--history-path", file, "--log", "json", ...args]);
  servers.push(server);
  return server.start();
}

async function stop(server) {
  closeAll();
  await server.stop();
}

/** Says something, and waits until it is stored. */
const say = (socket, roomId, text, more = {}) =>
  ask(socket, "chat-message", { roomId, text, ...more });

/** The history that somebody who joins is sent; null when there is none. */
async function historyOf(server, roomId) {
  const socket = await peer(server);
  await join(socket, roomId);
  // Asked after the join, and stored after that: whatever was to come has come.
  await say(socket, `${roomId}-fence`, "");
  await join(socket, `${roomId}-fence`);
  await say(socket, `${roomId}-fence`, "fence");
  const [seen] = await seenBy(socket);
  socket.disconnect();
  return seen.find(([event, list]) => event === "chat-history" && list[0].roomId === roomId)?.[1] ?? null;
}

const texts = (list) => list?.map(({ text }) => text);

describe("chat-history", () => {
  test("who joins gets the last messages, the oldest first, behind join-ok", async () => {
    const server = await start(newFile());
    const [ann, bob] = [await peer(server), await peer(server)];
    const roomId = "a room";
    await join(ann, roomId);
    const answers = [];
    for (let n = 0; n < 60; n++) answers.push(await say(ann, roomId, `nr ${n}`, n === 59 ? { extra: [{}], id: 7 } : {}));
    assert.ok(answers.every(({ ok }) => ok === true));
    assert.equal(new Set(answers.map(({ id }) => id)).size, 60);
    assert.equal(answers[59].id, 7);
    bob.emit("join-room", { roomId, name: "Bob" });
    const [history] = await once(bob, "chat-history");
    assert.deepEqual(texts(history), Array.from({ length: 50 }, (_, n) => `nr ${n + 10}`));
    assert.deepEqual(Object.keys(history[0]).sort(), ["at", "from", "id", "roomId", "text"]);
    assert.equal(history[0].from, ann.id);
    assert.equal(history[0].id, answers[10].id);
    assert.ok(Math.abs(history[0].at - Date.now()) < 60000);
    const { at, ...last } = history[49];
    assert.deepEqual(last, { roomId, text: "nr 59", extra: [{}], id: 7, from: ann.id });
    const events = bob.seen.map(([event]) => event);
    assert.deepEqual(events, ["user-connected", "join-ok", "chat-history"]);
    await stop(server);
  });

  test("the others get a message at once, the same that is stored", async () => {
    const server = await start(newFile());
    const [ann, bob] = [await peer(server), await peer(server)];
    for (const socket of [ann, bob]) await join(socket, "live");
    await seenBy(ann, bob);
    ann.emit("chat-message", { roomId: "live", text: "hello" });
    const [message] = await once(bob, "chat-message");
    assert.deepEqual(await historyOf(server, "live"), [message]);
    await stop(server);
  });

  test("none for an empty room, for a member that joins again, for a room that is only checked", async () => {
    const server = await start(newFile());
    const ann = await peer(server);
    await join(ann, "quiet");
    assert.equal(await historyOf(server, "quiet"), null);
    await say(ann, "quiet", "now there is one");
    await join(ann, "quiet");
    ann.emit("check-room", { roomId: "quiet" });
    await say(ann, "quiet", "and another");
    const [seen] = await seenBy(ann);
    assert.ok(!seen.some(([event]) => event === "chat-history"), JSON.stringify(seen));
    await stop(server);
  });

  test("what is refused is not stored: no member, no text, too long", async () => {
    const server = await start(newFile());
    const ann = await peer(server);
    assert.deepEqual(await say(ann, "elsewhere", "hi"), { ok: false, code: "not-a-member" });
    await join(ann, "strict");
    assert.deepEqual(await say(ann, "strict", "x".repeat(1001)), { ok: false, code: "bad-text" });
    assert.deepEqual(await say(ann, "strict", 7), { ok: false, code: "bad-text" });
    assert.deepEqual(await ask(ann, "chat-message", "strict"), { ok: false, code: "no-room" });
    assert.equal(await historyOf(server, "strict"), null);
    assert.equal(await historyOf(server, "elsewhere"), null);
    await stop(server);
  });

  test("a room with a password keeps nothing: who comes later may need none", async () => {
    const server = await start(newFile());
    const [ann, bob] = [await peer(server), await peer(server)];
    const roomId = "secret";
    for (const socket of [ann, bob]) await join(socket, roomId, { password: "swordfish" });
    const live = once(bob, "chat-message");
    const answer = await say(ann, roomId, "between us");
    assert.deepEqual([answer.ok, answer.code], [false, "not-kept"]);
    assert.deepEqual(Object.keys((await live)[0]).sort(), ["at", "from", "roomId", "text"]);
    for (const socket of [ann, bob]) socket.emit("leave-room", { roomId });
    await seenBy(ann, bob);
    assert.equal(await historyOf(server, roomId), null);
    // Open this time, and so is what is said.
    await join(ann, roomId);
    assert.equal((await say(ann, roomId, "for everybody")).ok, true);
    assert.deepEqual(texts(await historyOf(server, roomId)), ["for everybody"]);
    await stop(server);
  });

  test("text of every kind comes back as it was", async () => {
    const server = await start(newFile());
    const ann = await peer(server);
    const roomId = "Ünï \" \\ 😀";
    await join(ann, roomId);
    const all = ["", "\0", "\ud83d", '"\\\n\u2028', "😀".repeat(500), "'; DROP TABLE message; --", "[]", "]"];
    for (const text of all) assert.equal((await say(ann, roomId, text)).ok, true);
    assert.deepEqual(texts(await historyOf(server, roomId)), all);
    await stop(server);
  });

  test("a restart keeps it; SIGTERM stores what waits", async () => {
    const file = newFile();
    let server = await start(file);
    const ann = await peer(server);
    await join(ann, "kept");
    for (let n = 0; n < 2000; n++) ann.emit("chat-message", { roomId: "kept", text: `${n}` });
    await seenBy(ann); // the server has taken them
    await stop(server);
    server = await start(file, ["--history-on-join", "3000", "--history-max-messages", "3000"]);
    assert.equal(server.stderr.includes("store."), false, server.stderr);
    const history = await historyOf(server, "kept");
    assert.deepEqual(texts(history), Array.from({ length: 1000 }, (_, n) => `${n + 1000}`));
    await stop(server);
  });

  test("the file is for its owner only", async () => {
    const file = newFile();
    const server = await start(file);
    const ann = await peer(server);
    await join(ann, "x");
    await say(ann, "x", "y");
    for (const name of [file, `${file}-wal`, `${file}-shm`])
      assert.equal((await stat(name)).mode & 0o777, 0o600, name);
    await stop(server);
  });
});

describe("bounds", () => {
  test("messages of a room, by count, others untouched", async () => {
    const file = newFile();
    let server = await start(file, ["--history-max-messages", "5"]);
    const ann = await peer(server);
    for (const roomId of ["full", "other"]) await join(ann, roomId);
    await say(ann, "other", "first");
    for (let n = 0; n < 20; n++) await say(ann, "full", `${n}`);
    assert.deepEqual(texts(await historyOf(server, "full")), ["15", "16", "17", "18", "19"]);
    assert.deepEqual(texts(await historyOf(server, "other")), ["first"]);
    await stop(server);
    server = await start(file);
    assert.equal((await historyOf(server, "full")).length, 5);
    await stop(server);
  });

  test("by age, also while nobody says anything", async () => {
    const server = await start(newFile(), ["--history-max-age", "1"]);
    const ann = await peer(server);
    await join(ann, "old");
    await say(ann, "old", "gone in a moment");
    await waitFor(async () => (await historyOf(server, "old")) === null, "the end of a message");
    await stop(server);
  });

  test("of what is sent: by count, by bytes, or nothing", async () => {
    const file = newFile();
    let server = await start(file, ["--history-on-join", "3", "--history-join-size", "1024"]);
    const ann = await peer(server);
    for (const roomId of ["many", "long"]) await join(ann, roomId);
    for (let n = 0; n < 5; n++) await say(ann, "many", `${n}`);
    for (let n = 0; n < 5; n++) await say(ann, "long", `${n}`.padEnd(400));
    assert.deepEqual(texts(await historyOf(server, "many")), ["2", "3", "4"]);
    assert.deepEqual(texts(await historyOf(server, "long")).map((text) => text[0]), ["3", "4"]);
    await stop(server);
    server = await start(file, ["--history-on-join", "0"]);
    assert.equal(await historyOf(server, "many"), null);
    await stop(server);
  });

  test("of the file: the oldest go", async () => {
    const file = newFile();
    const server = await start(file, ["--history-max-size", "65536", "--max-message", "65536"]);
    const ann = await peer(server);
    await join(ann, "large");
    await join(ann, "small");
    for (let n = 0; n < 40; n++) await say(ann, "large", "", { blob: "x".repeat(30000), n });
    await stop(server);
    const again = await start(file, ["--history-max-size", "65536"]);
    await waitFor(async () => (await historyOf(again, "large")) === null, "the end of large messages");
    await stop(again);
  });

  test("SIGHUP applies new ones", async () => {
    const config = path.join(folder, "limits.yaml");
    const text = (n) => `history.path: ${path.join(folder, "limits.db")}\nhistory.max_messages: ${n}\n`;
    await writeFile(config, text(100));
    const server = rtcioServe(["--config", config, "--log", "json"]);
    servers.push(server);
    await server.start();
    const ann = await peer(server);
    await join(ann, "live");
    for (let n = 0; n < 10; n++) await say(ann, "live", `${n}`);
    await writeFile(config, text(3));
    server.child.kill("SIGHUP");
    await waitFor(() => server.stderr.includes('"changed":"history.max_messages"'), "a reload");
    await say(ann, "live", "10");
    assert.deepEqual(texts(await historyOf(server, "live")), ["8", "9", "10"]);
    await stop(server);
  });
});

describe("kill -9", () => {
  const rooms = ["one", "two", "three"].map((roomId) => ({ roomId, said: [], acknowledged: [] }));
  const args = "--history-on-join 10000 --history-max-messages 100000 --history-join-size 64M --max-queue 64M";

  /** Everybody says something as fast as it goes, until the process is killed in the middle of it. */
  async function talkUntilKilled(server, round, n) {
    let killed = false;
    let left = n;
    let enough;
    const acknowledged = new Promise((resolve) => (enough = resolve));
    const sockets = [];
    for (const { roomId } of rooms) {
      sockets.push(await peer(server));
      await join(sockets.at(-1), roomId);
    }
    const talk = async (socket, room) => {
      for (let i = 0; !killed; i++) {
        const text = `${round}-${i}`;
        room.said.push(text);
        socket.emit("chat-message", { roomId: room.roomId, text }, ({ ok }) => {
          if (ok) room.acknowledged.push(text);
          if (--left === 0) enough();
        });
        if (i % 8 === 7) await new Promise((resolve) => setImmediate(resolve));
      }
    };
    const talking = sockets.map((socket, i) => talk(socket, rooms[i]));
    await withTimeout(acknowledged, () => `${n} acknowledgements`);
    const gone = once(server.child, "exit");
    server.child.kill("SIGKILL");
    await gone;
    killed = true;
    await Promise.all(talking);
    closeAll();
  }

  test("loses nothing that was acknowledged, however often", async () => {
    const file = newFile();
    const rounds = 6;
    for (let round = 0; ; round++) {
      const server = await start(file, args.split(" "));
      for (const { roomId, said, acknowledged } of rooms) {
        const stored = texts(await historyOf(server, roomId)) ?? [];
        // Nothing that nobody said, nothing twice, in the order said, with all that was acknowledged.
        let at = -1;
        for (const text of stored) {
          const next = said.indexOf(text, at + 1);
          assert.ok(next > at, `${roomId}: ${text} behind ${said[at]}`);
          at = next;
        }
        const kept = new Set(stored);
        const lost = acknowledged.filter((text) => !kept.has(text));
        assert.deepEqual(lost, [], `of ${acknowledged.length} in round ${round}`);
      }
      if (round === rounds) {
        assert.ok(rooms.every(({ acknowledged }) => acknowledged.length > 10));
        return stop(server);
      }
      await talkUntilKilled(server, round, 40 + round * 37);
    }
  });
});

describe("report", () => {
  test("is stored and acknowledged; malformed ones are not", async () => {
    const server = await start(newFile(), ["--reports-per-minute", "1000"]);
    const [ann, bob] = [await peer(server), await peer(server)];
    for (const socket of [ann, bob]) await join(socket, "noisy");
    assert.deepEqual(await ask(ann, "report", { peerId: bob.id, reason: "spam" }), { ok: true });
    assert.deepEqual(await ask(ann, "report", { peerId: bob.id }), { ok: true });
    assert.deepEqual(await ask(ann, "report", { peerId: "gone long ago", reason: "\ud800\0" }), { ok: true });
    ann.emit("report", { peerId: bob.id, reason: "without an acknowledgement" });
    for (const bad of [undefined, "x", { reason: "y" }, { peerId: 7 }, { peerId: "" }, { peerId: "x".repeat(256) }])
      assert.deepEqual(await ask(ann, "report", ...(bad === undefined ? [] : [bad])), { ok: false, code: "bad-peer" });
    for (const reason of [7, "x".repeat(1001)])
      assert.deepEqual(await ask(ann, "report", { peerId: bob.id, reason }), { ok: false, code: "bad-reason" });
    const [seen] = await seenBy(bob);
    assert.ok(!seen.some(([event]) => event === "report"));
    await stop(server);
  });

  test("a few per minute and address", async () => {
    const server = await start(newFile());
    const [ann, bob] = [await peer(server), await peer(server)];
    const answers = [];
    for (let n = 0; n < 8; n++) answers.push(await ask(n % 2 ? ann : bob, "report", { peerId: "x" }));
    assert.deepEqual(
      answers.map(({ ok, code }) => (ok ? "ok" : code)),
      [...Array(5).fill("ok"), ...Array(3).fill("rate-limited")],
    );
    await stop(server);
  });
});

describe("a database that fails", () => {
  const failures = (server) =>
    server.stderr
      .split("\n")
      .slice(0, -1)
      .map((line) => JSON.parse(line))
      .filter(({ event }) => event === "store.fail");

  test("a folder that is not there: one line, and no start", async () => {
    const file = path.join(folder, "none", "x.db");
    const { code, stderr } = await run(["serve", "--port", "0", "--history-path", file]);
    assert.notEqual(code, 0);
    assert.match(stderr, /^rtcio serve: .*none\/x\.db" cannot be used: .*folder.*\n$/);
    // `rtcio check` says so, and makes no file.
    const good = newFile();
    for (const option of ["--history-path", "--access-membership"]) {
      const env = { JWT_SECRET: "a secret of more than thirty-two bytes" };
      const checked = await run(["check", option, file], env);
      assert.match(checked.stderr, /none\/x\.db" cannot be used: No such file or directory; its folder/);
      assert.equal(checked.code, 2);
      assert.equal((await run(["check", option, good], env)).code, 0);
      await assert.rejects(stat(good));
    }
    assert.match((await run(["check", "--history-path", folder])).stderr, /cannot be used/);
  });

  test("no database at all: it serves, says so, and takes another one that is put there", async () => {
    const file = newFile();
    await writeFile(file, "this is no database, and it is long enough to be looked at as one. ".repeat(100));
    const server = await start(file);
    const [ann, bob] = [await peer(server), await peer(server)];
    for (const socket of [ann, bob]) await join(socket, "still here");
    const live = once(bob, "chat-message");
    const answer = await say(ann, "still here", "hello");
    assert.equal((await live)[0].text, "hello");
    assert.deepEqual([answer.ok, answer.code], [false, "not-stored"]);
    const [line] = await waitFor(() => failures(server).length > 0 && failures(server), "a line");
    assert.deepEqual([line.level, line.file, line.what], ["error", file, "open"]);
    assert.match(line.reason, /not a database/);
    await rename(file, `${file}.bad`);
    await waitFor(async () => (await say(ann, "still here", "again")).ok, "another database");
    assert.deepEqual(texts(await historyOf(server, "still here")), ["again"]);
    await waitFor(() => server.stderr.includes('"event":"store.open"'), "a line");
    await stop(server);
    assert.match(await readFile(`${file}.bad`, "utf8"), /^this is no database/);
  });

  test("one that breaks while it is used: the rest goes on", async () => {
    const file = newFile();
    let server = await start(file);
    const ann = await peer(server);
    await join(ann, "breaks");
    for (let n = 0; n < 200; n++) ann.emit("chat-message", { roomId: "breaks", text: `${n}` });
    await say(ann, "breaks", "last");
    await stop(server);
    const bytes = await readFile(file);
    bytes.fill(0xa5, 4096);
    await writeFile(file, bytes);
    server = await start(file);
    const bob = await peer(server);
    await join(bob, "breaks");
    const answer = await say(bob, "breaks", "does anybody hear me?");
    assert.deepEqual([answer.ok, answer.code], [false, "not-stored"]);
    const reasons = () => failures(server).map(({ reason }) => reason).join();
    await waitFor(() => reasons().includes("malformed"), reasons);
    await stop(server);
  });
});
