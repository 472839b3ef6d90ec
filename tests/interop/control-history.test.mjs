// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the rtcio authors

// What is kept, read by the control API: the history of rooms, reports with who is behind them.

import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, describe, test } from "node:test";
import { ask, closeAll } from "./lib/client.mjs";
import { call, controlled, controlPort } from "./lib/control.mjs";
import { jwt } from "./lib/jwt.mjs";
import { join, peer } from "./lib/rtcio.mjs";

const secret = "a secret of more than thirty-two bytes";
let folder;
const servers = [];
before(async () => (folder = await mkdtemp(path.join(tmpdir(), "rtcio-stored-"))));
after(async () => {
  closeAll();
  for (const server of servers) if (!server.ended) server.child.kill("SIGKILL");
  await rm(folder, { recursive: true });
});

async function start(args, env) {
  const server = controlled(args, env);
  servers.push(server);
  await server.start();
  const port = await controlPort(server);
  server.call = (...rest) => call(port, ...rest);
  return server;
}

async function stop(server) {
  closeAll();
  await server.stop();
}

describe("control API: history", () => {
  test("of a room, whether somebody is in it or not", async () => {
    const server = await start(["--history-path", path.join(folder, "a.db")]);
    const ann = await peer(server);
    const roomId = "a room/ä";
    const target = `/v1/rooms/${encodeURIComponent(roomId)}/history`;
    assert.deepEqual((await server.call("GET", target)).json, { messages: [] });
    await join(ann, roomId);
    for (let n = 0; n < 60; n++) await ask(ann, "chat-message", { roomId, text: `${n}`, at: n, id: n });
    ann.disconnect();
    const all = await server.call("GET", target);
    assert.equal(all.status, 200);
    assert.equal(all.headers["cache-control"], "no-store");
    assert.equal(all.json.messages.length, 50);
    assert.deepEqual(all.json.messages[49], { roomId, text: "59", at: 59, id: 59, from: all.json.messages[0].from });
    const few = await server.call("GET", `${target}?limit=2`);
    assert.deepEqual(few.json.messages.map(({ text }) => text), ["58", "59"]);
    for (const limit of ["0", "10001", "x"]) {
      const { status, json } = await server.call("GET", `${target}?limit=${limit}`);
      assert.deepEqual([status, json.error.code], [400, "bad_parameter"]);
    }
    await stop(server);
  });

  test("nothing is kept, or nothing can be read", async () => {
    const none = await start([]);
    for (const target of ["/v1/rooms/x/history", "/v1/reports"]) {
      const { status, json } = await none.call("GET", target);
      assert.deepEqual([status, json.error.code], [404, "no_history"]);
    }
    await stop(none);
    const file = path.join(folder, "broken.db");
    await writeFile(file, "this is no database. ".repeat(1000));
    const broken = await start(["--history-path", file]);
    for (const target of ["/v1/rooms/x/history", "/v1/reports"]) {
      const { status, json } = await broken.call("GET", target);
      assert.deepEqual([status, json.error.code], [503, "store_failed"]);
    }
    await stop(broken);
  });
});

describe("control API: reports", () => {
  test("with who is behind the sockets, the newest first, page by page", async () => {
    const args = ["--history-path", path.join(folder, "b.db"), "--reports-per-minute", "100"];
    const server = await start(args, { JWT_SECRET: secret });
    const as = (sub) => peer(server, { auth: { token: jwt(secret, { sub }) } });
    assert.deepEqual((await server.call("GET", "/v1/reports")).json, { reports: [] });
    // Several of them: with several workers, some of the pairs are on two.
    const sockets = [];
    for (let n = 0; n < 4; n++) sockets.push(await as(`user-${n}`));
    for (const socket of sockets) await join(socket, "noisy");
    for (let n = 1; n < 4; n++)
      assert.deepEqual(await ask(sockets[0], "report", { peerId: sockets[n].id, reason: `nr ${n} "'` }), { ok: true });
    await ask(sockets[3], "report", { peerId: "long gone" });
    const { status, json } = await server.call("GET", "/v1/reports");
    assert.equal(status, 200);
    const expected = [
      { id: 4, from: sockets[3].id, fromUser: "user-3", target: "long gone", reason: "" },
      ...[3, 2, 1].map((n) => ({
        id: n,
        from: sockets[0].id,
        fromUser: "user-0",
        target: sockets[n].id,
        targetUser: `user-${n}`,
        room: "noisy",
        reason: `nr ${n} "'`,
      })),
    ];
    assert.ok(json.reports.every(({ at }) => Math.abs(at - Date.now()) < 600000));
    assert.deepEqual(json.reports.map(({ at, ...rest }) => rest), expected);
    const page = await server.call("GET", "/v1/reports?limit=2&before=4");
    assert.deepEqual(page.json.reports.map(({ id }) => id), [3, 2]);
    assert.equal((await server.call("GET", "/v1/reports?before=0")).json.error.code, "bad_parameter");
    await stop(server);
  });
});
