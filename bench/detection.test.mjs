// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the rtcio authors
//
// Does the generator see what goes wrong? A proper Node server and the limit program must come
// out clean, and every fault of peers/faults.mjs must be counted as what it is.
//
//   RTCIO=path/to/rtcio LIMIT=path/to/limit node --test bench/

import assert from "node:assert/strict";
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { after, before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";

const here = fileURLToPath(new URL(".", import.meta.url));
const program = process.env.RTCIO ?? `${here}../build/release/rtcio`;
const limit = process.env.LIMIT ?? `${here}../build/release/bench/limit`;

async function start(...command) {
  const server = spawn(command[0], command.slice(1), { stdio: ["ignore", "pipe", "inherit"] });
  const [line] = await once(server.stdout, "data");
  return { server, url: /http:\S+/.exec(line)[0] };
}

const serve = (...args) => start(process.execPath, `${here}peers/node-socketio.mjs`, ...args);

async function stop({ server }) {
  const gone = once(server, "exit");
  server.kill();
  await gone;
}

function bench(...args) {
  return new Promise((resolve) => {
    execFile(program, ["bench", ...args, "--json"], (err, stdout, stderr) => {
      resolve({ status: err?.code ?? 0, stderr, result: stdout === "" ? undefined : JSON.parse(stdout) });
    });
  });
}

// Counted in messages, not in time: a busy machine takes longer and finds the same.
const quick = ["--messages", "50", "--warmup", "0"];

const loads = {
  relay: ["--pairs", "4"], relay8: ["--pairs", "4"], small: ["--pairs", "4"],
  mesh: ["--clients", "8", "--rooms-of", "4"], meshburst: ["--clients", "8", "--rooms-of", "4"],
  bcast: ["--clients", "8", "--rooms-of", "4"], polling: ["--clients", "4"], churn: ["--clients", "4"],
  connect: ["--clients", "4"],
};

const proper = { "a proper server": serve, "the limit": () => start(limit) };
for (const [who, begin] of Object.entries(proper))
  describe(`against ${who}`, () => {
    let peer;
    before(async () => (peer = await begin()));
    after(() => stop(peer));

    for (const [workload, args] of Object.entries(loads))
      test(`${workload} is clean`, async () => {
        const { status, result, stderr } = await bench(workload, ...args, ...quick, "--url", peer.url);
        assert.equal(stderr, "");
        assert.equal(status, 0);
        assert.ok(result.work > 0, "no work was done");
        for (const key of ["lost", "duplicated", "reordered", "corrupted", "failed"]) assert.equal(result[key], 0, key);
      });

    test("messages sent by the clock are clean and no more than asked for", async () => {
      const { status, result } = await bench("relay", "--pairs", "4", "--rate", "1000", "--seconds", "0.5", "--warmup", "0", "--url", peer.url);
      assert.equal(status, 0);
      assert.ok(result.work > 0 && result.work <= 501, `${result.work} messages`);
    });

    test("idle is clean and tells the memory of a connection", async () => {
      const { status, result } = await bench("idle", "--clients", "50", "--rooms-of", "5", "--url", peer.url, "--pid", `${peer.server.pid}`);
      assert.equal(status, 0);
      assert.equal(result.work, 50);
      assert.ok(result.bytes_per_connection !== undefined && result.work_per_cpu_second > 0);
    });
  });

describe("against a faulty server", () => {
  const counted = {
    drop: ["lost"], duplicate: ["duplicated"], corrupt: ["corrupted", "lost"], reorder: ["reordered"],
    misroute: ["corrupted", "lost"], forge: ["corrupted", "lost"],
  };
  const workload = { reorder: "relay8" };
  for (const [fault, keys] of Object.entries(counted))
    test(`${fault} is seen as ${keys.join(" and ")}`, async () => {
      const peer = await serve("--fault", fault);
      // Ten faults or some more; a pair that lost its message is silent from then on.
      const messages = fault === "reorder" ? "3000" : "1000";
      const args = ["--pairs", "32", "--messages", messages, "--warmup", "0", "--url", peer.url];
      const { status, result } = await bench(workload[fault] ?? "relay", ...args);
      await stop(peer);
      assert.equal(status, 1);
      for (const key of ["lost", "duplicated", "reordered", "corrupted", "failed"])
        assert.equal(result[key] > 0, keys.includes(key), `${key}: ${result[key]}`);
    });
});

describe("bad usage", () => {
  const cases = [
    [["nosuch"], /unknown workload/],
    [["relay", "--pairs", "0"], /--pairs 0: must be a whole number from 1/],
    [["relay", "--clients", "5"], /--clients means nothing/],
    [["relay", "--url", "https://x"], /must begin with http/],
    [["relay", "--seconds", "x"], /must be seconds/],
    [["relay", "extra"], /what is "extra"/],
    [["bcast", "--clients", "3"], /do not fill one room/],
    [["churn", "--rate", "5"], /--rate means nothing/],
    [["relay", "--rate", "0"], /--rate 0: must be a whole number from 1/],
  ];
  for (const [args, text] of cases)
    test(`${args.join(" ")} is refused`, async () => {
      const { status, stderr, result } = await bench(...args);
      assert.equal(status, 2);
      assert.equal(result, undefined);
      assert.match(stderr, text);
      assert.match(stderr, /--help/);
    });

  test("nobody listens", async () => {
    const { status, stderr } = await bench("relay", "--url", "http://127.0.0.1:1");
    assert.equal(status, 1);
    assert.match(stderr, /refused/);
  });
});
