// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the rtcio authors

// `rtcio serve` as a program: flags, environment, what it prints, logs, health, and its end.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { after, describe, test } from "node:test";
import { closeAll, connect } from "./lib/client.mjs";
import { readHead, request, target } from "./lib/http.mjs";
import { join, peer, ready, rtcioServe, seenBy, useRtcio } from "./lib/rtcio.mjs";
import { run } from "./lib/run.mjs";
import { built, Server } from "./lib/server.mjs";
import { once, waitFor, withTimeout } from "./lib/time.mjs";
import { sendUpgrade } from "./lib/ws.mjs";

const running = [];
after(async () => {
  closeAll();
  for (const server of running) if (!server.ended) server.child.kill("SIGKILL");
});

async function start(args, env) {
  const server = rtcioServe(args, env);
  running.push(server);
  return server.start();
}

/** Log lines of an event, as objects (--log json), once there are `n`. */
async function logged(server, event, n = 1) {
  const read = () =>
    server.stderr
      .split("\n")
      .slice(0, -1)
      .map((line) => JSON.parse(line))
      .filter((line) => line.event === event);
  await waitFor(() => read().length >= n, () => `${n} × ${event} in:\n${server.stderr}`);
  return read();
}

describe("commands", () => {
  test("help, version, and what is no command", async () => {
    for (const args of [["help"], ["--help"], ["-h"]]) {
      const { code, stdout } = await run(args);
      assert.equal(code, 0);
      for (const word of ["serve", "bench", "version", "help"]) assert.match(stdout, RegExp(word));
    }
    for (const args of [["version"], ["--version"]]) {
      const { code, stdout } = await run(args);
      assert.equal(code, 0);
      assert.match(stdout, /^rtcio \d+\.\d+\.\d+ /);
    }
    const rows = [
      [[], /Usage: rtcio COMMAND/],
      [["sevre"], /^rtcio: unknown command "sevre", did you mean serve\?\n$/],
      [["frobnicate"], /^rtcio: unknown command "frobnicate", see: rtcio help\n$/],
      [["help", "serv"], /did you mean serve\?\n$/],
    ];
    for (const [args, stderr] of rows) {
      const result = await run(args);
      assert.equal(result.code, 2);
      assert.match(result.stderr, stderr);
      assert.equal(result.stdout, "");
    }
  });

  test("serve --help names every option, docs/serve.md has the same list", async () => {
    const help = await run(["serve", "--port", "1", "--help"]);
    assert.equal(help.code, 0);
    assert.equal((await run(["help", "serve"])).stdout, help.stdout);
    for (const line of help.stdout.split("\n")) assert.ok(line.length <= 100, line);

    const list = await run(["config", "--markdown"]);
    assert.equal(list.code, 0);
    const options = [...list.stdout.matchAll(/^\| `(--[a-z-]+)` \| `([A-Z_]+)` \|/gm)];
    assert.ok(options.length > 20);
    for (const [, flag, variable] of options) {
      assert.match(help.stdout, RegExp(`^  ${flag}( [A-Z]+)? .*\\n +.*; or ${variable}$`, "m"));
    }
    const manual = await readFile(new URL("../../docs/serve.md", import.meta.url), "utf8");
    const [, written] = /<!-- options -->\n([^]*?)<!-- end of options -->/.exec(manual);
    assert.equal(written.trim(), list.stdout.trim(), "make it: rtcio config --markdown");
  });

  test("bad options: one line, what and how to mend it, status 2", async () => {
    const rows = [
      [["--port", "70000"], {}, "--port 70000 cannot be used, give 0 to 65535"],
      [["--port=x"], {}, "--port x cannot be used, give 0 to 65535"],
      [["--prot", "1"], {}, "unknown option --prot, did you mean --port?"],
      [["--log", "xml"], {}, "--log xml cannot be used, give text or json"],
      [["--port"], {}, "--port needs a value, see: rtcio serve --help"],
      [["3001"], {}, 'unexpected "3001", see: rtcio serve --help'],
      [[], { PORT: "http" }, "PORT=http cannot be used, give 0 to 65535"],
      [[], { RTCIO_PING_TIMEOUT: "0" }, "RTCIO_PING_TIMEOUT=0 cannot be used, give 1 to 86400000 ms"],
      [
        ["--allowed-origins", "https://a.example/"],
        {},
        'allowed origin "https://a.example/" has a path, an origin ends with its host or port',
      ],
      [
        [],
        { ALLOWED_ORIGINS: "a.example" },
        'allowed origin "a.example" has no scheme, write it as https://example.org',
      ],
      [
        ["--allowed-origins", "*, https://a.example"],
        {},
        'allowed origins "*, https://a.example": give *, or a list of origins',
      ],
      [
        ["--cors-credentials"],
        {},
        "--cors-credentials needs --allowed-origins that are named: browsers refuse credentials for *",
      ],
    ];
    for (const [args, env, line] of rows) {
      const result = await run(["serve", ...args], env);
      assert.equal(result.stderr, `rtcio serve: ${line}\n`);
      assert.equal(result.code, 2);
      assert.equal(result.stdout, "");
    }
  });

  test("a port in use, an address that is not ours: status 1 and why", async () => {
    const server = await start();
    const busy = await run(["serve", "--host", "127.0.0.1", "--port", String(server.port)]);
    assert.equal(busy.code, 1);
    assert.match(busy.stderr, /^rtcio serve: cannot listen on 127\.0\.0\.1 port \d+: .*--port\n$/);
    const odd = await run(["serve", "--port", "0", "--host", "192.0.2.1"]);
    assert.equal(odd.code, 1);
    assert.match(odd.stderr, /^rtcio serve: cannot listen on 192\.0\.2\.1 port 0: .*\n$/);
    await server.stop();
  });
});

describe("what it prints", () => {
  test("the URL with the real port, and the next step", async () => {
    const server = await start([], { HOST: "" });
    const url = `http://localhost:${server.port}`;
    await server.line((line) => line.includes(`curl ${url}/health`), "the health line");
    await server.line((line) => line.includes(`io("${url}")`), "the client line");
    await server.stop();
  });

  test("an address is written as a browser takes it", async () => {
    const four = await start(["--host", "0.0.0.0"]);
    const six = new Server(built("rtcio"), ["serve", "--port", "0", "--host", "::1"], {
      ready: /^rtcio is listening on http:\/\/\[::1\]:(\d+)$/,
    });
    running.push(six);
    await six.start();
    await Promise.all([four.stop(), six.stop()]);
  });

  test("nothing when quiet", async () => {
    const server = new Server(built("rtcio"), ["serve", "--quiet", "--port", "0"], { ready });
    running.push(server);
    const line = server.start().catch((error) => error);
    /* It says nothing, so that only its end can be waited for: it serves until a signal. */
    await waitFor(() => server.child.pid, "a process");
    await waitFor(async () => (await handlesSigterm(server.child.pid)), "a signal handler");
    server.child.kill("SIGTERM");
    assert.match(String(await line), /server ended with 0: $/);
  });
});

/** True once the process has a handler for SIGTERM (Linux: SigCgt in /proc/PID/status). */
async function handlesSigterm(pid) {
  const status = await readFile(`/proc/${pid}/status`, "utf8");
  const caught = BigInt(`0x${/^SigCgt:\s*([0-9a-f]+)/m.exec(status)[1]}`);
  return (caught & (1n << 14n)) !== 0n;
}

describe("settings", () => {
  test("a flag wins over the environment", async () => {
    const env = { PORT: "1", RTCIO_PING_INTERVAL: "1234", RTCIO_PING_TIMEOUT: "2s" };
    const server = await start(["--ping-interval=7777", "--max-payload", "64K"], env);
    const { text } = await request(server.port, { target: target() });
    const open = JSON.parse(text.slice(1));
    assert.equal(open.pingInterval, 7777);
    assert.equal(open.pingTimeout, 2000);
    assert.equal(open.maxPayload, 65536);
    await server.stop();
  });

  test("path and transports", async () => {
    const server = await start(["--path", "/rt", "--transports", "websocket"]);
    const there = await connect(server, "/", { path: "/rt" });
    assert.ok(there.connected);
    assert.equal((await request(server.port, { target: target({}, "/rt/") })).status, 400);
    assert.equal((await request(server.port, { target: target() })).status, 404);
    await server.stop();
  });

  const origins = [
    ["any page by default", {}, "https://x.example", "*"],
    ["one origin", { ALLOWED_ORIGINS: "https://a.example" }, "https://x.example", "https://a.example"],
    ["a listed one", { ALLOWED_ORIGINS: " https://a.example , https://b.example,," }, "https://b.example", "https://b.example"],
    ["not an unlisted one", { ALLOWED_ORIGINS: "https://a.example,https://b.example" }, "https://x.example", undefined],
  ];
  for (const [title, env, origin, allowed] of origins) {
    test(`CORS: ${title}`, async () => {
      const server = await start([], env);
      const response = await request(server.port, { target: target(), headers: { Origin: origin } });
      assert.equal(response.status, 200);
      assert.equal(response.headers["access-control-allow-origin"], allowed);
      await server.stop();
    });
  }
});

describe("HTTP", () => {
  const server = useRtcio(["--no-room"]);

  test("/health", async () => {
    for (const where of ["/health", "/health?probe=1"]) {
      const response = await request(server.port, { target: where });
      assert.equal(response.status, 200);
      assert.equal(response.text, "ok");
      assert.match(response.headers["content-type"], /^text\/plain/);
    }
    const head = await request(server.port, { method: "HEAD", target: "/health" });
    assert.equal(head.status, 200);
    assert.equal(head.headers["content-length"], "2");
    assert.equal((await request(server.port, { method: "POST", target: "/health", body: "x" })).status, 405);
  });

  test("nothing else, but a sign of life on the endpoint", async () => {
    for (const where of ["/", "/healthz", "/health/", "/metrics", "/../etc/passwd", "/socket.io.js"]) {
      assert.equal((await request(server.port, { target: where })).status, 404, where);
    }
    assert.equal((await request(server.port, { method: "HEAD", target: "/socket.io/" })).status, 200);
  });
});

describe("the log", () => {
  test("one line per event of life, as JSON", async () => {
    const server = await start(["--log", "json"]);
    const [listen] = await logged(server, "server.listen");
    assert.equal(listen.port, server.port);
    assert.equal(listen.level, "info");
    assert.match(listen.time, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);

    const [ann, bob] = [await peer(server), await peer(server, { transports: ["polling"] })];
    const [, second] = await logged(server, "client.connect", 2);
    const { id } = bob;
    assert.deepEqual(
      { id: second.id, address: second.address, transport: second.transport },
      { id, address: "127.0.0.1", transport: "polling" },
    );
    const roomId = 'odd "room"\n\u2028 x=1';
    await join(ann, roomId, { password: "hunter2" });
    const [joined] = await logged(server, "room.join");
    assert.deepEqual([joined.id, joined.room, joined.members], [ann.id, roomId, 1]);
    bob.emit("join-room", { roomId, password: "hunter3" });
    const [refused] = await logged(server, "room.refuse");
    assert.deepEqual([refused.id, refused.reason, refused.room], [id, "wrong-password", roomId]);
    bob.emit("#rtcio:message", { target: "nobody", data: { sdp: "v=0 private" } });
    const [drop] = await logged(server, "message.drop");
    assert.deepEqual([drop.id, drop.message, drop.reason], [id, "#rtcio:message", "unknown-target"]);
    const sid = { sid: "unknown" };
    assert.equal((await request(server.port, { target: target(sid) })).status, 400);
    const [refusal] = await logged(server, "request.refuse");
    assert.deepEqual([refusal.code, refusal.address], [1, "127.0.0.1"]);
    assert.equal(refusal.asked, "", "an id that another server may know");
    assert.equal((await request(server.port, { target: target({ EIO: 3 }) })).status, 400);
    const [, old] = await logged(server, "request.refuse", 2);
    assert.deepEqual([old.code, old.asked], [5, "3"]);
    assert.match(old.context, /Engine\.IO 3 \(socket\.io 1 or 2\)/);

    ann.emit("leave-room", { roomId });
    const [left] = await logged(server, "room.leave");
    assert.deepEqual([left.id, left.members], [ann.id, 0]);
    bob.disconnect();
    const [gone] = await logged(server, "client.disconnect");
    assert.deepEqual([gone.id, gone.reason], [id, "client namespace disconnect"]);
    assert.ok(gone.duration_ms >= 0 && gone.duration_ms < 60000);

    await server.stop();
    const [stop] = await logged(server, "server.stop");
    assert.equal(stop.reason, "SIGTERM");
    assert.equal(stop.clients, 1);
    assert.doesNotMatch(server.stderr, /hunter|private/);
  });

  test("as text, whatever clients call their rooms", async () => {
    const server = await start();
    const socket = await peer(server);
    await join(socket, "x\r\n2026-11-20T12:00:00.123Z info server.stop \u001b[31m");
    await join(socket, "plain");
    await waitFor(() => /room=plain.*\n/.test(server.stderr), "the line");
    const lines = server.stderr.split("\n").slice(0, -1);
    const form = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z (info|warn) [a-z]+\.[a-z]+( [a-z_]+=("[^\n]*"|[^ "]+))+$/;
    for (const line of lines) assert.match(line, form);
    const event = (line) => line.split(" ")[2];
    assert.ok(!lines.map(event).includes("server.stop"));
    // A client of another test file may knock that looks for a server which had this port before.
    const own = lines.filter((line) => event(line) === "server.listen" || line.includes(` id=${socket.id}`));
    assert.deepEqual(own.map(event), ["server.listen", "client.connect", "room.join", "room.join"]);
    assert.match(own[2], /room="x\\u000d\\u000a2026-.*\\u001b\[31m" members=1$/);
    await server.stop();
  });

  test("holds back what clients can cause at will", async () => {
    const server = await start(["--log", "json"]);
    const socket = await peer(server);
    for (let i = 0; i < 500; i++) socket.emit("leave-room", null);
    await seenBy(socket);
    const first = await logged(server, "message.drop");
    assert.ok(first.length <= 50, `${first.length} lines`);
    const later = async () => {
      socket.emit("leave-room", null);
      await seenBy(socket);
      // On a slow machine the five hundred may have met more than one line's second.
      const lines = await logged(server, "message.drop");
      return lines.reduce((sum, line) => sum + line.suppressed, 0) > 400;
    };
    await waitFor(later, "a line with the count");
    await server.stop();
  });

  test("only from its level on", async () => {
    const server = await start(["--log-level", "warn"]);
    const socket = await peer(server);
    socket.emit("leave-room", null);
    await seenBy(socket);
    await server.stop();
    assert.match(server.stderr, /^[^\n]* warn message\.drop [^\n]*\n$/);
  });
});

describe("WebSockets of pages", () => {
  const knock = async (server, headers) => {
    const wire = await sendUpgrade(server.port, { headers });
    const { status } = await readHead(wire);
    wire.destroy();
    return status;
  };

  test("whose origin is not named are refused", async () => {
    const server = await start(["--allowed-origins", "https://a.example, https://b.example"]);
    assert.equal(await knock(server, { Origin: "https://b.example" }), 101);
    assert.equal(await knock(server, {}), 101);
    assert.equal(await knock(server, { Origin: "https://evil.example" }), 400);
    assert.equal(await knock(server, { Origin: "https://b.example.evil" }), 400);
    await server.stop();
  });

  test("are welcome while none is named", async () => {
    const server = await start();
    assert.equal(await knock(server, { Origin: "https://evil.example" }), 101);
    await server.stop();
  });
});

describe("its end", () => {
  for (const signal of ["SIGTERM", "SIGINT"]) {
    test(`${signal}: clients are told, status 0`, async () => {
      const server = await start();
      const [ws, polling] = [await peer(server), await peer(server, { transports: ["polling"] })];
      const told = Promise.all([once(ws, "disconnect"), once(polling, "disconnect")]);
      server.child.kill(signal);
      await told;
      const { code } = await withTimeout(server.exit, "exit");
      assert.equal(code, 0);
      await assert.rejects(request(server.port, { target: "/health" }));
    });
  }

  test("a second signal ends it at once, status 1", async () => {
    const server = await start(["--close-timeout", "1h"]);
    /* A client that takes nothing keeps the server waiting for its last byte. */
    const stuck = await peer(server);
    const hungry = await peer(server);
    await join(stuck, "stuck");
    await join(hungry, "stuck");
    stuck.io.engine.transport.ws._socket.pause();
    const text = "x".repeat(200000);
    for (let i = 0; i < 18; i++) {
      hungry.emit("#rtcio:message", { source: hungry.id, target: stuck.id, data: { text } });
    }
    await seenBy(hungry);
    const gone = once(hungry, "disconnect");
    server.child.kill("SIGTERM");
    await gone;
    assert.equal(server.ended, null);
    server.child.kill("SIGTERM");
    const { code } = await withTimeout(server.exit, "exit");
    assert.equal(code, 1);
  });
});
