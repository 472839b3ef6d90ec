// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the rtcio authors

// Who may join which room by a table in SQLite: `rtcio member`, joins that wait for the answer, and
// what a client gets that may not (rtc.io spec 4.5, 4.8).

import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, describe, test } from "node:test";
import { ask, closeAll } from "./lib/client.mjs";
import { jwt } from "./lib/jwt.mjs";
import { join, peer, rtcioServe } from "./lib/rtcio.mjs";
import { run } from "./lib/run.mjs";
import { once, waitFor } from "./lib/time.mjs";

const secret = "a secret of more than thirty-two bytes";
let folder;
let files = 0;
const newFile = () => path.join(folder, `members-${++files}.db`);
const servers = [];
before(async () => (folder = await mkdtemp(path.join(tmpdir(), "rtcio-members-"))));
after(async () => {
  closeAll();
  for (const server of servers) if (!server.ended) server.child.kill("SIGKILL");
  await rm(folder, { recursive: true });
});

async function start(file, args = []) {
  const server = rtcioServe(["--access-membership", file, "--log", "json", ...args], { JWT_SECRET: secret });
  servers.push(server);
  return server.start();
}

async function stop(server) {
  closeAll();
  await server.stop();
}

const member = (file, ...words) => run(["member", ...words, "--access-membership", file]);
const as = (server, sub, claims = {}) => peer(server, { auth: { token: jwt(secret, { sub, ...claims }) } });

/** What a socket gets that asks for something it may not have. */
async function refusal(socket, event, payload) {
  const first = once(socket, "join-error");
  const second = once(socket, "error");
  socket.emit(event, payload);
  const [[joinError], [error]] = await Promise.all([first, second]);
  const { reason, ...rest } = joinError;
  assert.deepEqual(error, rest);
  assert.equal(reason, error.code);
  return error;
}

describe("rtcio member", () => {
  test("adds, lists and removes", async () => {
    const file = newFile();
    assert.deepEqual(await member(file, "list"), { stdout: "", stderr: "", code: 0, signal: null });
    assert.equal((await member(file, "add", "bob", "red", "blue")).code, 0);
    assert.equal((await member(file, "add", "ann", "red")).code, 0);
    assert.equal((await member(file, "add", "ann", "red")).code, 0);
    assert.equal((await member(file, "list")).stdout, "ann\tred\nbob\tblue\nbob\tred\n");
    assert.equal((await member(file, "list", "bob")).stdout, "bob\tblue\nbob\tred\n");
    assert.equal((await member(file, "remove", "bob", "blue")).code, 0);
    assert.equal((await member(file, "list", "bob")).stdout, "bob\tred\n");
    assert.equal((await member(file, "remove", "bob")).code, 0);
    assert.equal((await member(file, "list")).stdout, "ann\tred\n");
    const nobody = await member(file, "remove", "bob");
    assert.deepEqual([nobody.code, nobody.stderr], [1, 'rtcio member: "bob" was no member\n']);
  });

  test("says what is wrong", async () => {
    const file = newFile();
    const faults = [
      [["ad", "ann", "red"], 2, /"ad" is not add, remove or list, did you mean add\?/],
      [["add", "ann"], 2, /add takes a user and rooms/],
      [["list", "ann", "bob"], 2, /list takes a user or nothing/],
      [["add", "ann", "x".repeat(129)], 2, /has 129 bytes, 1 to 128/],
      [["add", "", "red"], 2, /has 0 bytes/],
    ];
    for (const [words, code, line] of faults) {
      const result = await member(file, ...words);
      assert.match(result.stderr, line);
      assert.equal(result.code, code, result.stderr);
    }
    assert.match((await run(["member", "list"])).stderr, /there is no file, give --access-membership/);
    await writeFile(file, "no database ".repeat(1000));
    const broken = await member(file, "list");
    assert.match(broken.stderr, /cannot be used: file is not a database/);
    assert.equal(broken.code, 1);
    assert.match((await run(["help", "member"])).stdout, /^Usage: rtcio member add USER ROOM/);
  });
});

describe("access.membership", () => {
  test("opens rooms to members, and to nobody else, in both generations of clients", async () => {
    const file = newFile();
    const server = await start(file);
    await member(file, "add", "ann", "red");
    const [ann, bob] = [await as(server, "ann"), await as(server, "bob")];
    await join(ann, "red");
    ann.emit("check-room", { roomId: "red" });
    assert.deepEqual(await once(ann, "room-check-ok"), [{ roomId: "red", passwordRequired: false }]);
    for (const event of ["join-room", "check-room"]) {
      const error = await refusal(bob, event, { roomId: "red", name: "Bob" });
      assert.deepEqual(error, { code: "forbidden", message: error.message, roomId: "red" });
    }
    assert.equal((await refusal(ann, "join-room", { roomId: "blue" })).code, "forbidden");
    assert.ok(!ann.seen.some(([event]) => event === "user-connected"));
    await stop(server);
  });

  test("a change counts from the next join on, without a restart", async () => {
    const file = newFile();
    const server = await start(file);
    const [ann, again] = [await as(server, "ann"), await as(server, "ann")];
    assert.equal((await refusal(ann, "join-room", { roomId: "red" })).code, "forbidden");
    await member(file, "add", "ann", "red");
    await join(ann, "red");
    await member(file, "remove", "ann", "red");
    await join(ann, "red"); // a member of the room already
    assert.equal((await refusal(again, "join-room", { roomId: "red" })).code, "forbidden");
    await stop(server);
  });

  test("beside the rooms of a token, and before passwords and sizes", async () => {
    const file = newFile();
    const server = await start(file, ["--max-peers", "1"]);
    await member(file, "add", "ann", "red", "blue");
    await member(file, "add", "bob", "red");
    const ann = await as(server, "ann", { rooms: ["red"] });
    assert.equal((await refusal(ann, "join-room", { roomId: "blue" })).code, "forbidden");
    await join(ann, "red", { password: "swordfish" });
    const [bob, eve] = [await as(server, "bob"), await as(server, "eve")];
    bob.emit("join-room", { roomId: "red" });
    assert.equal((await once(bob, "join-error"))[0].reason, "password-required");
    const full = await refusal(bob, "join-room", { roomId: "red", password: " swordfish " });
    assert.equal(full.code, "room-full");
    assert.equal((await refusal(eve, "join-room", { roomId: "red", password: "swordfish" })).code, "forbidden");
    await stop(server);
  });

  test("who leaves while it waits is not in the room in the end, and who goes neither", async () => {
    const file = newFile();
    const server = await start(file);
    await member(file, "add", "ann", "red", "fence");
    const watcher = await as(server, "ann");
    await join(watcher, "red");
    const inside = new Set();
    watcher.on("user-connected", ({ id }) => inside.add(id));
    watcher.on("user-disconnected", ({ id }) => inside.delete(id));
    for (let n = 0; n < 10; n++) {
      const [leaver, goer] = [await as(server, "ann"), await as(server, "ann")];
      leaver.emit("join-room", { roomId: "red", name: "leaver" });
      leaver.emit("leave-room", { roomId: "red" });
      goer.emit("join-room", { roomId: "red", name: "goer" });
      goer.disconnect();
      await join(leaver, "fence");
      assert.equal((await ask(leaver, "chat-message", { roomId: "red" })).code, "not-a-member");
    }
    const last = await as(server, "ann");
    await join(last, "red");
    await waitFor(() => inside.size === 1 && inside.has(last.id), () => `one in the room, not ${[...inside]}`);
    await stop(server);
  });

  test("many at once get each their own answer, and passwords stay right", async () => {
    const file = newFile();
    const server = await start(file);
    const rooms = Array.from({ length: 12 }, (_, n) => `room-${n}`);
    await member(file, "add", "ann", ...rooms.filter((_, n) => n % 2 === 0));
    const ann = await as(server, "ann");
    const answers = new Map();
    ann.on("join-ok", ({ roomId }) => answers.set(roomId, "ok"));
    ann.on("join-error", ({ roomId, reason }) => answers.set(roomId, reason));
    for (const roomId of rooms) ann.emit("join-room", { roomId, name: "Ann", password: roomId });
    const bob = await as(server, "ann");
    await join(bob, "room-0", { password: "room-0" });
    const wrong = once(bob, "join-error");
    bob.emit("join-room", { roomId: "room-2", password: "room-0" });
    assert.equal((await wrong)[0].reason, "wrong-password");
    assert.deepEqual(
      rooms.map((roomId) => answers.get(roomId)),
      rooms.map((_, n) => (n % 2 === 0 ? "ok" : "forbidden")),
    );
    await stop(server);
  });

  test("a table that cannot be read: join-failed, and nobody is let in", async () => {
    const file = newFile();
    await writeFile(file, "no database ".repeat(1000));
    const server = await start(file);
    const ann = await as(server, "ann");
    const error = await refusal(ann, "join-room", { roomId: "red" });
    assert.deepEqual(error, { code: "join-failed", message: error.message, roomId: "red" });
    assert.match(error.message, /cannot be found out/);
    const line = /"event":"store\.fail".*"use":"members".*not a database/;
    await waitFor(() => line.test(server.stderr), "a line in the log");
    await stop(server);
  });

  test("the same file as the history", async () => {
    const file = newFile();
    const server = await start(file, ["--history-path", file]);
    await member(file, "add", "ann", "red");
    const ann = await as(server, "ann");
    await join(ann, "red");
    assert.equal((await ask(ann, "chat-message", { roomId: "red", text: "hello" })).ok, true);
    const other = await as(server, "ann");
    other.emit("join-room", { roomId: "red" });
    assert.equal((await once(other, "chat-history"))[0][0].text, "hello");
    await stop(server);
  });

  test("without tokens it does not start", async () => {
    const { code, stderr } = await run(["serve", "--port", "0", "--access-membership", newFile()]);
    assert.equal(code, 2);
    assert.match(stderr, /^rtcio serve: --access-membership needs tokens, .* give auth\.secret_file/);
  });
});
