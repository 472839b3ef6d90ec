// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the rtcio authors

// SIGHUP: new settings for a running server, nothing for its connections to notice.

import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, describe, test } from "node:test";
import { client, closeAll } from "./lib/client.mjs";
import { jwt } from "./lib/jwt.mjs";
import { join, peer, roomOf, rtcioServe } from "./lib/rtcio.mjs";
import { once, since, waitFor, withTimeout } from "./lib/time.mjs";

const CLIENTS = 1000;
const PAIRS = 40; // of them
const EACH = 50; // messages in a pair, at least
const RELOADS = 5;

let folder;
const servers = [];
before(async () => (folder = await mkdtemp(path.join(tmpdir(), "rtcio-reload-"))));
after(async () => {
  closeAll();
  for (const server of servers) if (!server.ended) server.child.kill("SIGKILL");
  await rm(folder, { recursive: true });
});

/** A server with a configuration that can be rewritten. */
async function configured(name, text) {
  const file = path.join(folder, name);
  await writeFile(file, text);
  const server = rtcioServe(["--config", file, "--log", "json"], {}, ["--max-events"]);
  servers.push(server);
  await server.start();
  const reloads = () =>
    server.stderr
      .split("\n")
      .slice(0, -1)
      .map((line) => JSON.parse(line))
      .filter((line) => line.event === "config.reload");
  /** Rewrites the file, sends SIGHUP, and gives what is logged of it. */
  const reload = async (changed) => {
    const n = reloads().length;
    await writeFile(file, changed);
    server.child.kill("SIGHUP");
    return (await waitFor(() => reloads().length > n && reloads(), "a reload"))[n];
  };
  return { server, file, reload };
}

const firstHost = async (socket) =>
  (await withTimeout(socket.emitWithAck("ask-ice"), "ICE servers")).iceServers[0].urls;

describe("SIGHUP", () => {
  test("applies what can change, names what needs a restart", async () => {
    const { server, reload } = await configured("a.yaml", "stun.hosts: a.example\nmax.head: 8K\n");
    const socket = await peer(server);
    assert.equal(await firstHost(socket), "stun:a.example:3478");
    const line = await reload("stun.hosts: b.example\nmax.head: 9K\nturn.ttl: 5m\n");
    assert.deepEqual([line.level, line.changed, line.needs_restart], ["info", "turn.ttl,stun.hosts", "max.head"]);
    assert.equal(await firstHost(socket), "stun:b.example:3478");
    const again = await reload("stun.hosts: b.example\nmax.head: 8K\nturn.ttl: 5m\n");
    assert.deepEqual([again.changed, again.needs_restart], ["", ""]);
    closeAll();
    await server.stop();
  });

  test("limits change for those who are connected", async () => {
    const { server, reload } = await configured("limits.yaml", "max.events: 0\n");
    const [from, to] = await roomOf(server, 2, "limits");
    let got = 0;
    to.on("#rtcio:message", () => got++);
    const flood = (n) => {
      for (let i = 0; i < n; i++) from.emit("#rtcio:message", { target: to.id, data: { i } });
    };
    flood(300);
    await waitFor(() => got === 300, "300 messages");
    const line = await reload("max.events: 50\nmax.events_burst: 20\nmax.address_clients: 2\n");
    assert.equal(line.changed, "max.address_clients,max.events,max.events_burst");
    const start = performance.now();
    flood(50);
    await waitFor(() => got === 350, "50 more");
    assert.ok(since(start) > 500, `${since(start)} ms`);
    // Who came while an address had no limit is not counted; these two came under the default.
    await assert.rejects(peer(server), /websocket error/);
    assert.match(server.stderr, /"event":"client.delay".*"reason":"more than 50 events per second"/);
    const refused = /"context":"more than 2 sessions of one address"/;
    await waitFor(() => refused.test(server.stderr), "the refusal's line");
    closeAll();
    await server.stop();
  });

  test("a bad file changes nothing and is logged with its line", async () => {
    const { server, file, reload } = await configured("b.yaml", "stun.hosts: a.example\n");
    const socket = await peer(server);
    const line = await reload("stun.hosts: b.example\nmax.roms: 6\n");
    assert.equal(line.level, "error");
    assert.equal(line.reason, `${file}:2: max.roms: unknown key, did you mean max.rooms?`);
    assert.equal(await firstHost(socket), "stun:a.example:3478");
    closeAll();
    await server.stop();
  });

  test("rotates the secret of tokens, and logs no secret", async () => {
    const { server, reload } = await configured("c.yaml", "auth.secret: canary-old\n");
    const old = await peer(server, { auth: { token: jwt("canary-old") } });
    const line = await reload("auth.secret: [canary-new]\n");
    assert.equal(line.changed, "auth.secret");
    const refused = client(server, "/", { auth: { token: jwt("canary-old") }, reconnection: false });
    const [error] = await once(refused, "connect_error");
    assert.equal(error.message, "invalid token");
    assert.ok((await peer(server, { auth: { token: jwt("canary-new") } })).connected);
    assert.ok(old.connected);
    closeAll();
    await server.stop();
    assert.doesNotMatch(server.stderr, /canary/);
  });

  test("under a relay load and 1,000 clients: nobody is disconnected, nothing is lost", async () => {
    const load = "max.events: 0\nmax.address_handshakes: 0\n"; // all of it at once
    const { server, reload } = await configured("d.yaml", `stun.hosts: a.example\n${load}`);
    const sockets = [];
    // Some at a time: each is done before its deadline on a slow machine, too.
    while (sockets.length < CLIENTS) sockets.push(...(await Promise.all(Array.from({ length: 50 }, () => peer(server)))));
    let disconnects = 0;
    for (const socket of sockets) socket.on("disconnect", () => disconnects++);
    const pairs = [];
    for (let i = 0; i < PAIRS; i++) {
      const [from, to] = sockets.slice(i * 2, i * 2 + 2);
      for (const socket of [from, to]) await join(socket, `pair ${i}`);
      const pair = { from, to, got: [] };
      to.on("#rtcio:message", ({ data }) => pair.got.push(data.n));
      pairs.push(pair);
    }
    const got = () => pairs.reduce((sum, pair) => sum + pair.got.length, 0);
    let sent = 0; // by each
    let reloading = true;
    // The load goes on until the last reload is over, with ten messages of a pair on their way.
    const flow = async () => {
      for (; reloading || sent < EACH; sent++) {
        for (const { from, to } of pairs) from.emit("#rtcio:message", { target: to.id, data: { n: sent } });
        await waitFor(() => got() > (sent - 10) * PAIRS, () => `messages of round ${sent}, not ${got()}`);
      }
    };
    const reloads = async () => {
      for (let i = 1; i <= RELOADS; i++) {
        const line = await reload(`stun.hosts: host-${i}.example\n${load}`);
        assert.equal(line.changed, "stun.hosts");
      }
    };
    await Promise.all([flow(), reloads().finally(() => (reloading = false))]);
    await waitFor(() => got() >= PAIRS * sent, () => `${PAIRS * sent} messages, not ${got()}`);
    const all = Array.from({ length: sent }, (_, n) => n);
    for (const pair of pairs) assert.deepEqual(pair.got, all);
    // All the others are there, too, and are answered by what was set last.
    const last = `stun:host-${RELOADS}.example:3478`;
    for (let i = 0; i < CLIENTS; i += 50) {
      const urls = await Promise.all(sockets.slice(i, i + 50).map(firstHost));
      assert.deepEqual(new Set(urls), new Set([last]));
    }
    assert.equal(disconnects, 0);
    closeAll();
    await server.stop();
  });
});
