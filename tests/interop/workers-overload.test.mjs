// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the rtcio authors

// A worker that does not come to reading what the others send it: what waits is bounded, and who
// has missed something does not go on as if it had not.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { ask, connect, connected } from "./lib/client.mjs";
import { useServer } from "./lib/fixture.mjs";
import { isReference } from "./lib/server.mjs";
import { once, waitFor } from "./lib/time.mjs";
import { makerOf } from "./lib/workers.mjs";

const N = 2;
const LIMIT = 65536;
const skip = isReference && "Node has no workers";

describe("a worker that stalls", { skip }, () => {
  const server = useServer({ workers: N, max_inbox_bytes: LIMIT, recovery_max_ms: 60000 });

  const at = async (worker) => {
    for (let tries = 0; tries < 100; tries++) {
      const socket = await connect(server);
      if (makerOf(socket.id, N) === worker) return socket;
      socket.disconnect();
    }
    return assert.fail("the kernel spreads connections");
  };

  /** `away` stalls its worker while `n` events of `size` bytes are sent by the other. */
  async function overload({ sender, away, n, size, volatile }) {
    away.emit("stall", 1500);
    await server.note({ note: "stalling" });
    const specs = Array.from({ length: n }, (_, i) => ({
      from: "nsp", event: "n", args: [i, "x".repeat(size)], volatile,
    }));
    sender.emit("burst", specs);
    await ask(sender, "whoami");
    const stats = await server.stats();
    assert.ok(stats.n_inbox_bytes <= LIMIT, `${stats.n_inbox_bytes} bytes wait`);
    assert.ok(stats.n_inbox_bytes > LIMIT / 2, `${stats.n_inbox_bytes} bytes wait`);
    assert.ok(stats.inbox_refused > 0);
  }

  test("what is volatile is dropped, and nobody is cut off", async () => {
    const [sender, away] = [await at(0), await at(1)];
    const seen = [];
    away.on("n", (i) => seen.push(i));
    await overload({ sender, away, n: 60, size: 4000, volatile: true });
    await ask(away, "whoami");
    assert.ok(seen.length < 60);
    assert.ok((await server.stats()).volatile_dropped > 0);
    assert.equal(away.connected, true);
  });

  test("what is not is lost to its clients, who start anew; others miss nothing", async () => {
    const [sender, away, gone] = [await at(0), await at(1), await at(1)];
    const seen = [];
    sender.on("n", (i) => seen.push(i));
    await ask(gone, "whoami");
    const { id } = gone;
    gone.io.engine.close();
    await server.note({ note: "disconnect", id });
    const cut = once(away, "disconnect");
    const heard = [];
    away.on("n", (i) => heard.push(i));
    await overload({ sender, away, n: 60, size: 4000 });
    await cut;
    await server.note({ note: "overflow", worker: 1 });
    assert.ok(heard.every((n, i) => n === i), "no gap before the end");
    await waitFor(() => seen.length === 60, "all of it at the sender's worker");
    for (const socket of [away, gone]) {
      const before = socket === gone ? id : undefined;
      socket.connect();
      await connected(socket);
      assert.ok(!socket.recovered);
      assert.notEqual(socket.id, before);
      assert.match((await ask(socket, "whoami")).failure, /not in the log/);
    }
    // And from here on all is as before.
    const next = once(away, "after");
    await ask(sender, "say", { from: "nsp", event: "after", args: [1] });
    assert.equal((await next)[0], 1);
  });

  test("again and again", async () => {
    for (let round = 0; round < 2; round++) {
      const [sender, away] = [await at(0), await at(1)];
      const cut = once(away, "disconnect");
      await overload({ sender, away, n: 60, size: 4000 });
      await cut;
    }
  });
});
