// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the rtcio authors

// A server that drains: its stock clients go to another one behind the same address, one after the
// other, and it ends with status 0.

import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import net from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, describe, test } from "node:test";
import { client, closeAll, connected } from "./lib/client.mjs";
import { call, controlled, controlPort, KEY } from "./lib/control.mjs";
import { readResponse, request, target } from "./lib/http.mjs";
import { join, peer, seenBy } from "./lib/rtcio.mjs";
import { run } from "./lib/run.mjs";
import { once, waitFor, withTimeout } from "./lib/time.mjs";
import { Wire } from "./lib/wire.mjs";
import { sendUpgrade } from "./lib/ws.mjs";

const running = [];
after(() => {
  closeAll();
  Wire.destroyAll();
  for (const server of running) if (!server.ended) server.child.kill("SIGKILL");
});

async function start(args) {
  const server = controlled(args);
  running.push(server);
  await server.start();
  server.control = await controlPort(server);
  server.call = (...rest) => call(server.control, ...rest);
  return server;
}

const drainWords = (server) => ["drain", "--control-listen", `127.0.0.1:${server.control}`];
const env = { RTCIO_CONTROL_KEY: KEY };

/** What stands in front of servers: a connection goes to the first that is ready. */
class Balancer {
  #pairs = new Set();

  constructor(servers) {
    this.listener = net.createServer(async (socket) => {
      socket.on("error", () => {});
      const ready = async ({ port }) =>
        (await request(port, { target: "/ready" }).catch(() => null))?.status === 200;
      for (const server of servers) {
        if (!(await ready(server))) continue;
        const to = net.connect(server.port, "127.0.0.1");
        to.on("error", () => socket.destroy());
        this.#pairs.add(socket).add(to);
        socket.pipe(to).pipe(socket);
        socket.on("close", () => to.destroy());
        to.on("close", () => socket.destroy());
        return;
      }
      socket.destroy();
    });
  }

  async start() {
    this.listener.listen(0, "127.0.0.1");
    await once(this.listener, "listening");
    this.url = `http://127.0.0.1:${this.listener.address().port}`;
    return this;
  }

  stop() {
    for (const socket of this.#pairs) socket.destroy();
    this.listener.close();
  }
}

describe("drain", () => {
  test("stock clients go to the next server, spread over the time", async () => {
    const [first, second] = [await start(), await start()];
    const balancer = await new Balancer([first, second]).start();
    try {
      const options = { reconnection: true, reconnectionDelay: 50, reconnectionDelayMax: 200 };
      const sockets = [];
      for (let i = 0; i < 16; i++) {
        const transports = i % 4 === 0 ? ["polling"] : ["websocket"];
        const socket = client(balancer, "/", { ...options, transports });
        socket.on("disconnect", (reason) => (socket.left = [reason, performance.now()]));
        socket.on("server-draining", (hint) => (socket.hint = hint));
        sockets.push(socket);
      }
      await Promise.all(sockets.map(connected));
      const ids = sockets.map(({ id }) => id);
      assert.equal((await first.call("GET", "/v1/info")).json.sockets, 16);

      const drain = await run([...drainWords(first), "--over", "1500ms"], env);
      assert.deepEqual([drain.code, drain.stderr], [0, ""]);
      assert.match(drain.stdout, /^rtcio \d+: 16 sockets go within 1\.5 s\nit has ended\n$/);
      assert.deepEqual(await withTimeout(first.exit, "the end"), { code: 0, signal: null });
      await waitFor(() => sockets.every(({ connected }) => connected), "everybody back");
      assert.equal((await second.call("GET", "/v1/info")).json.sockets, 16);
      for (const [i, socket] of sockets.entries()) {
        assert.notEqual(socket.id, ids[i]);
        // The next request of a client on polling may reach the other server before its turn has come.
        if (i % 4 === 0) continue;
        assert.equal(socket.left[0], "transport close");
        assert.ok(socket.hint.retryMs >= 0 && socket.hint.retryMs < 1000, JSON.stringify(socket.hint));
      }
      const turns = sockets.filter((_, i) => i % 4 !== 0); // of those on polling see above
      const times = turns.map(({ left }) => left[1]).sort((a, b) => a - b);
      assert.ok(times.at(-1) - times[0] > 700, `all within ${times.at(-1) - times[0]} ms`);
      assert.match(first.stderr, /server\.drain over_ms=1500 clients=16\n/);
      assert.match(first.stderr, /server\.stop reason=drained /);
    } finally {
      balancer.stop();
      closeAll();
      await second.stop();
    }
  });

  test("while it drains: not ready, healthy, no newcomers, and the others are served", async () => {
    const server = await start();
    assert.deepEqual((await request(server.port, { target: "/ready" })).text, "ready");
    const [a, b] = [await peer(server, { transports: ["polling"] }), await peer(server)];
    await join(a, "red");
    await join(b, "red");
    await seenBy(a, b);
    const drain = await server.call("POST", "/v1/drain", { body: { over_ms: 3600000 } });
    assert.deepEqual([drain.status, drain.json], [202, { over_ms: 3600000, sockets: 2 }]);
    assert.equal((await server.call("GET", "/v1/info")).json.draining, true);

    const ready = await request(server.port, { target: "/ready" });
    assert.deepEqual([ready.status, ready.text], [503, "draining"]);
    assert.equal((await request(server.port, { target: "/health" })).status, 200);
    const refused = await request(server.port, { target: target(), headers: { Origin: "http://x" } });
    assert.equal(refused.status, 503);
    assert.equal(refused.headers["retry-after"], "1");
    assert.equal(refused.headers["access-control-allow-origin"], "*");
    assert.equal((await readResponse(await sendUpgrade(server.port))).status, 503);

    a.emit("#rtcio:message", { source: a.id, target: b.id, data: { mid: "x" } });
    assert.equal((await seenBy(a, b))[1].length, 1); // both: what `a` sends goes by a request of its own
    assert.equal((await server.call("POST", "/v1/drain")).status, 409);
    const again = await run([...drainWords(server), "--no-wait"], env);
    assert.deepEqual([again.code, again.stdout], [0, `rtcio ${server.child.pid} is draining already\n`]);
    closeAll();
    // Nobody is left: it ends, long before its time.
    assert.deepEqual(await withTimeout(server.exit, "the end"), { code: 0, signal: null });
  });

  test("SIGUSR1 drains over the time that is set; SIGTERM ends it at once", async () => {
    const server = await start(["--drain", "100ms"]);
    const socket = await peer(server);
    server.child.kill("SIGUSR1");
    assert.equal((await once(socket, "disconnect"))[0], "transport close");
    assert.deepEqual(socket.seen.at(-1)[0], "server-draining");
    assert.deepEqual(await withTimeout(server.exit, "the end"), { code: 0, signal: null });
    const other = await start(["--drain", "1h"]);
    const stays = await peer(other);
    other.child.kill("SIGUSR1");
    await waitFor(() => other.stderr.includes("server.drain "), "the drain");
    other.child.kill("SIGTERM");
    await once(stays, "disconnect");
    assert.deepEqual(await withTimeout(other.exit, "the end"), { code: 0, signal: null });
  });

  test("a key that changes meanwhile is not taken for the end", async () => {
    const folder = await mkdtemp(path.join(tmpdir(), "rtcio-drain-"));
    try {
      const file = path.join(folder, "key");
      await writeFile(file, `${KEY}\n`);
      const server = controlled(["--control-key-file", file], { RTCIO_CONTROL_KEY: "" });
      running.push(server);
      await server.start();
      server.control = await controlPort(server);
      const stays = await peer(server);
      const drain = run([...drainWords(server), "--over", "1h"], env);
      await waitFor(() => server.stderr.includes("server.drain "), "the drain");
      await writeFile(file, "the next key of the tests\n");
      server.child.kill("SIGHUP");
      // Whoever takes the first refusal for the end does not ask again.
      const refusals = () => server.stderr.split("control.refuse").length - 1;
      await waitFor(() => refusals() >= 2, "a second question");
      server.child.kill("SIGTERM");
      await once(stays, "disconnect");
      assert.deepEqual(await withTimeout(server.exit, "the end"), { code: 0, signal: null });
      const { code, stdout } = await drain;
      assert.equal(code, 0);
      assert.match(stdout, /\nit has ended\n$/);
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  test("what goes wrong is said in one line", async () => {
    const server = await start();
    const rows = [
      [["drain"], env, 2, /^rtcio drain: where is the server's control API\?/],
      [[...drainWords(server), "--over", "soon"], env, 2, /soon cannot be used/],
      [[...drainWords(server), "--over"], env, 2, /--over needs a time/],
      [drainWords(server), { RTCIO_CONTROL_KEY: `not ${KEY}` }, 1, /says 401: the control key is not this one/],
      [["drain", "--control-listen", "unix:/nowhere/at/all"], env, 1, /no server answers at unix:\/nowhere\/at\/all: /],
      [["drain", "--control-listen", `127.0.0.1:${server.port}`], env, 1, /says 404|is no control API/],
    ];
    for (const [words, variables, status, why] of rows) {
      const { code, stderr, stdout } = await run(words, variables);
      assert.deepEqual([code, stdout], [status, ""], stderr);
      assert.match(stderr, why);
      assert.equal(stderr.trim().split("\n").length, 1);
    }
    for (const body of [{ over_ms: -1 }, { over_ms: 3600001 }, { over_ms: "1s" }, { over: 1 }]) {
      assert.equal((await server.call("POST", "/v1/drain", { body })).status, 400);
    }
    await server.stop();
  });
});
