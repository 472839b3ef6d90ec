// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the rtcio authors

// /metrics of the control API, the Grafana board that shows them, and `rtcio top`.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, afterEach, before, describe, test } from "node:test";
import { closeAll } from "./lib/client.mjs";
import { KEY, useControlled } from "./lib/control.mjs";
import { request, target } from "./lib/http.mjs";
import { jwt } from "./lib/jwt.mjs";
import { parseMetrics, sumOf } from "./lib/prometheus.mjs";
import { join, peer, seenBy } from "./lib/rtcio.mjs";
import { run } from "./lib/run.mjs";
import { built, programEnv } from "./lib/server.mjs";
import { once, waitFor } from "./lib/time.mjs";

const env = { RTCIO_CONTROL_KEY: KEY };
const words = (server) => ["--control-listen", `127.0.0.1:${server.control}`];

describe("metrics", () => {
  const server = useControlled(["--workers", "2"]);
  afterEach(closeAll);

  const read = async () => {
    const { status, headers, text } = await server.call("GET", "/metrics");
    assert.equal(status, 200);
    assert.equal(headers["content-type"], "text/plain; version=0.0.4; charset=utf-8");
    return parseMetrics(text);
  };

  test("count what clients do", async () => {
    const before = await read();
    const grown = (after, name, labels) => sumOf(after, name, labels) - sumOf(before, name, labels);
    const [a, b] = [await peer(server), await peer(server, { transports: ["polling"] })];
    await join(a, "red");
    await join(b, "red");
    await seenBy(a, b);
    for (let i = 0; i < 40; i++) a.emit("#rtcio:message", { source: a.id, target: b.id, data: { mid: "x" } });
    a.emit("#rtcio:message", { source: a.id, target: "nobody", data: { mid: "x" } });
    a.emit("chat-message", { roomId: "red", text: "hello" });
    a.emit("media-state", { roomId: "red", mic: true, cam: false });
    a.emit("stopScreenShare", { roomId: "red" });
    a.emit("leave-room", { roomId: "red" });
    assert.equal((await request(server.port, { target: target({ transport: "smoke" }) })).status, 400);
    await seenBy(a, b);
    const after = await read();
    const now = {
      rtcio_sockets: [{}, 2],
      rtcio_rooms: [{}, 1],
      rtcio_workers: [{}, 2],
      rtcio_draining: [{}, 0],
    };
    for (const [name, [labels, value]] of Object.entries(now)) assert.equal(sumOf(after, name, labels), value, name);
    assert.equal(sumOf(after, "rtcio_sessions", { transport: "websocket" }), 1);
    assert.equal(sumOf(after, "rtcio_sessions", { transport: "polling" }), 1);
    const rows = [
      ["rtcio_handshakes_total", {}, 2],
      ["rtcio_events_total", { event: "#rtcio:message" }, 40],
      ["rtcio_events_total", { event: "join-room" }, 2],
      ["rtcio_events_total", { event: "leave-room" }, 1],
      ["rtcio_events_total", { event: "check-room" }, 8], // two of each seenBy() and socket
      ["rtcio_events_total", { event: "chat-message" }, 1],
      ["rtcio_events_total", { event: "media-state" }, 1],
      ["rtcio_events_total", { event: "stopScreenShare" }, 1],
      ["rtcio_dropped_total", { cause: "unknown_target" }, 1],
      ["rtcio_dropped_total", {}, 1],
      ["rtcio_refusals_total", { code: "unknown_transport" }, 1],
      ["rtcio_refusals_total", {}, 1],
    ];
    for (const [name, labels, value] of rows) {
      assert.equal(grown(after, name, labels), value, `${name} ${JSON.stringify(labels)}`);
    }
    for (const direction of ["in", "out"]) {
      assert.ok(grown(after, "rtcio_messages_total", { direction }) > 50);
      assert.ok(grown(after, "rtcio_bytes_total", { direction }) > 5000);
    }
    assert.ok(grown(after, "rtcio_turns_total") > 10);
    for (const worker of ["0", "1"]) assert.ok(sumOf(after, "rtcio_turns_total", { worker }) > 0);
  });

  test("say what the process is, and how long turns take", async () => {
    const families = await read();
    assert.match(families.get("rtcio_build_info").series[0].labels.version, /^\d+\.\d+\.\d+/);
    assert.ok(sumOf(families, "process_cpu_seconds_total") > 0);
    assert.ok(sumOf(families, "process_resident_memory_bytes") > 1e6);
    assert.ok(sumOf(families, "process_open_fds") > 5);
    assert.ok(sumOf(families, "process_max_fds") >= sumOf(families, "rtcio_max_sessions"));
    assert.ok(sumOf(families, "process_threads") >= 3);
    assert.ok(Math.abs(sumOf(families, "process_start_time_seconds") - Date.now() / 1000) < 600);
    const timed = async () => (await read()).get("rtcio_turn_seconds").series;
    const count = async () =>
      (await timed()).filter(({ name }) => name.endsWith("_count")).reduce((n, { value }) => n + value, 0);
    await waitFor(async () => (await count()) >= 2, "turns that were timed"); // one of 16 requests or so
  });

  test("are for who has a key", async () => {
    assert.equal((await server.call("GET", "/metrics", { key: null })).status, 401);
    assert.equal((await server.call("POST", "/metrics")).status, 405);
    assert.equal((await request(server.port, { target: "/metrics" })).status, 404);
  });

  test("the Grafana board shows nothing that is not there", async () => {
    const { text } = await server.call("GET", "/metrics");
    const names = new Set(text.split("\n").filter((line) => line && line[0] !== "#").map((line) => /^\w+/.exec(line)[0]));
    const file = new URL("../../packaging/grafana/rtcio.json", import.meta.url);
    const board = JSON.parse(readFileSync(file, "utf8"));
    const exprs = [
      ...board.panels.flatMap(({ targets }) => targets.map(({ expr }) => expr)),
      ...board.annotations.list.map(({ expr }) => expr),
      ...board.templating.list.map(({ query }) => query),
    ];
    const used = exprs.flatMap((expr) => expr.match(/\b(?:rtcio|process)_\w+/g) ?? []);
    assert.ok(used.length >= 20);
    for (const name of used) assert.ok(names.has(name), name);
    const ids = board.panels.map(({ id }) => id);
    assert.equal(new Set(ids).size, ids.length);
  });
});

describe("metrics of limits", () => {
  const secret = "a secret of more than thirty-two bytes";
  const limits = {
    ...{ "max-address-clients": 5, "max-address-handshakes": 1, "max-rooms": 2, "max-peers": 2, "max-chat": 2 },
    ...{ "max-events": 50, "max-events-burst": 20, "max-password-failures": 1 },
  };
  const folder = mkdtempSync(path.join(tmpdir(), "rtcio-metrics-"));
  const members = ["--access-membership", path.join(folder, "members.db")];
  const args = [...Object.entries(limits).flatMap(([name, value]) => [`--${name}`, String(value)]), ...members];
  const server = useControlled(args, { JWT_SECRET: secret });
  before(async () => {
    for (const sub of ["ann", "bob", "eve"]) {
      assert.equal((await run(["member", "add", sub, "red", "blue", "green", ...members])).code, 0);
    }
  });
  after(() => rmSync(folder, { recursive: true }));
  afterEach(closeAll);

  const as = (sub) => peer(server, { auth: { token: jwt(secret, { sub }) } });
  const read = async (name, labels) => sumOf(parseMetrics((await server.call("GET", "/metrics")).text), name, labels);
  const refused = async (socket, roomId, reason, more) => {
    const answer = once(socket, "join-error");
    socket.emit("join-room", { roomId, name: "x", ...more });
    assert.equal((await answer)[0].reason, reason);
  };

  test("joins refused, by cause", async () => {
    const [ann, bob, eve] = [await as("ann"), await as("bob"), await as("eve")];
    await join(ann, "red", { password: "p" });
    await join(ann, "blue");
    await refused(ann, "green", "join-failed");
    await refused(bob, "red", "password-required");
    await refused(bob, "red", "wrong-password", { password: "q" });
    await refused(bob, "red", "rate-limited", { password: "p" });
    await join(bob, "blue");
    await refused(eve, "blue", "room-full");
    await refused(eve, "black", "forbidden"); // says the table of members
    await refused(eve, "", "invalid-room");
    const causes = { password: 2, rate: 1, full: 1, rooms: 1, forbidden: 1, other: 1 };
    for (const [cause, n] of Object.entries(causes)) {
      assert.equal(await read("rtcio_joins_refused_total", { cause }), n, cause);
    }
    assert.equal(await read("rtcio_joins_refused_total"), 7);
  });

  test("what is delayed and refused for its rate or its address", async () => {
    const [ann, bob] = [await as("ann"), await as("bob")];
    for (const socket of [ann, bob]) await join(socket, "green");
    const got = [];
    bob.on("chat-message", ({ text }) => got.push(text));
    const sent = Array.from({ length: 30 }, (_, n) => String(n));
    for (const text of sent) ann.emit("chat-message", { roomId: "green", text });
    await waitFor(async () => (await read("rtcio_rates_held_total")) > 0, "chat that waits");
    await waitFor(async () => {
      for (let i = 0; i < 40; i++) bob.emit("media-state", { roomId: "green", mic: true, cam: false });
      return (await read("rtcio_sessions_delayed_total")) > 0;
    }, "a session that is delayed");
    assert.deepEqual(got, sent.slice(0, got.length));
    const knock = async () => (await request(server.port, { target: target() })).status;
    await waitFor(async () => (await knock()) === 429, "a refusal");
    const by = (limit) => read("rtcio_handshakes_refused_total", { limit });
    assert.ok((await by("address_clients")) + (await by("address_handshakes")) > 0);
    assert.equal(await read("rtcio_sessions_ended_total", { cause: "limit" }), 0);
  });
});

describe("metrics of compression", () => {
  const server = useControlled(["--ws-compression", "--ws-compression-min", "0"]);
  afterEach(closeAll);

  test("messages both ways, and what did not fit", async () => {
    const [a, b] = [await peer(server), await peer(server)];
    for (const socket of [a, b]) await join(socket, "red");
    const sdp = "a=candidate:1 1 udp 1 192.0.2.1 1 typ host\r\n".repeat(200);
    for (let i = 0; i < 5; i++) a.emit("#rtcio:message", { source: a.id, target: b.id, data: { sdp } });
    await seenBy(a, b);
    const families = parseMetrics((await server.call("GET", "/metrics")).text);
    for (const direction of ["in", "out"]) {
      assert.ok(sumOf(families, "rtcio_deflated_messages_total", { direction }) >= 5, direction);
    }
    for (const name of ["rtcio_deflate_refused_total", "rtcio_inbox_refused_total"]) assert.equal(sumOf(families, name), 0);
    assert.ok(sumOf(families, "rtcio_deflate_bytes") >= 0);
  });
});

describe("metrics for anybody", () => {
  const server = useControlled(["--control-metrics", "open"]);

  test("and nothing else", async () => {
    const open = await server.call("GET", "/metrics", { key: null });
    assert.equal(open.status, 200);
    parseMetrics(open.text);
    for (const path of ["/v1/info", "/metrics/", "/metrics?x", "/metricsx"]) {
      assert.equal((await server.call("GET", path, { key: null })).status, 401, path);
    }
  });
});

describe("rtcio top", () => {
  const server = useControlled();
  afterEach(closeAll);

  test("--once prints rates and the busiest rooms, as plain text", async () => {
    const peers = [await peer(server), await peer(server), await peer(server)];
    for (const socket of peers) await join(socket, "red");
    await join(peers[0], "\x1b[31m\u202Eblue ü");
    await seenBy(...peers);
    const top = run(["top", "--once", ...words(server)], env);
    let done = false;
    const ended = top.finally(() => (done = true));
    const [a, b] = peers;
    while (!done) {
      a.emit("#rtcio:message", { source: a.id, target: b.id, data: { mid: "x" } });
      await seenBy(a, b);
    }
    const { code, stdout, stderr } = await ended;
    assert.deepEqual([code, stderr], [0, ""]);
    assert.match(stdout, /^rtcio \d+\.\d+\.\d+  pid \d+  up \d+m\d\ds  \d+ workers  127\.0\.0\.1:\d+\n/);
    assert.match(stdout, /\nsockets 3  websocket 3  polling 0  connections \d+  rooms 2\n/);
    assert.match(stdout, /\nrelayed [1-9][\d.]*  joins /);
    assert.match(stdout, /\n +members  room\n +3  red\n +1  \?\[31m\?blue ü\n$/);
    assert.ok(!stdout.includes("\x1b"));
  });

  test("in a terminal of 80x24: draws, draws again, and leaves it as it was", async () => {
    const sockets = [];
    for (let i = 0; i < 20; i++) {
      sockets.push(await peer(server));
      await join(sockets[i], `room ${String(i).padStart(2, "0")} ${"wide ".repeat(18)}`);
    }
    const command = `stty rows 24 cols 80; ${built("rtcio")} top ${words(server).join(" ")}; echo status $?; stty -a`;
    const child = spawn("script", ["-qfec", command, "/dev/null"], { env: { ...programEnv, ...env, TERM: "xterm" } });
    let seen = "";
    child.stdout.setEncoding("utf8").on("data", (text) => (seen += text));
    try {
      await waitFor(() => seen.split("\x1b[J").length > 2, () => `two pictures: ${JSON.stringify(seen)}`);
      child.stdin.write("q");
      await once(child, "close");
    } finally {
      child.kill("SIGKILL");
    }
    const [, pictures] = seen.split("\x1b[?1049h\x1b[?25l");
    const picture = pictures.split("\x1b[H")[1].split("\x1b[J")[0];
    const lines = picture.replaceAll("\r", "").split("\n");
    assert.equal(lines.length, 24);
    for (const line of lines) assert.ok(line.replaceAll("\x1b[K", "").length <= 80, line);
    assert.match(lines[0], /^rtcio /);
    assert.match(seen, /\x1b\[\?25h\x1b\[\?1049l/);
    assert.match(seen, /status 0/);
    assert.match(seen, /(?<!-)icanon.*(?<!-)echo /s);
  });

  test("what goes wrong is said in one line", async () => {
    const rows = [
      [["top", "--once"], env, 2, /^rtcio top: where is the server's control API\?/],
      [["top", ...words(server)], { RTCIO_CONTROL_KEY: `not ${KEY}` }, 1, /says 401: .*the control key is not this one/],
      [["top", "--control-listen", "127.0.0.1:1"], env, 1, /no server answers at 127\.0\.0\.1:1: Connection refused/],
    ];
    for (const [args, variables, status, why] of rows) {
      const { code, stderr } = await run(args, variables);
      assert.equal(code, status, stderr);
      assert.match(stderr, why);
      assert.equal(stderr.trim().split("\n").length, 1);
    }
  });
});
