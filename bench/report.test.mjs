// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the rtcio authors
//
// Does the report say what was measured? Made-up results in, text looked at.

import assert from "node:assert/strict";
import { test } from "node:test";
import { charts } from "./lib/charts.mjs";
import { schedule, shown } from "./lib/main.mjs";
import { isClean, median, report, summarize } from "./lib/report.mjs";

const clean = { lost: 0, duplicated: 0, reordered: 0, corrupted: 0, failed: 0, error: null };

function run(repetition, peer, workload, speed, more = {}) {
  const result = {
    unit: "messages", work_per_cpu_second: speed, work_per_second: speed / 2, generator_cpu_share: 0.5,
    latency_us: { p50: 10, p99: 20 }, ...clean, ...more,
  };
  return { repetition, workload, peer, result };
}

const runs = [1, 2, 3].flatMap((n) => [
  run(n - 1, "limit", "relay", 100_000 + n), run(n - 1, "ours", "relay", 80_000 + n), run(n - 1, "node", "relay", 20_000 + n),
]);

test("the median stands in the middle", () => {
  assert.equal(median([3, 1, 2]), 2);
  assert.equal(median([4, 1, 2, 3]), 2.5);
  assert.equal(median([undefined]), undefined);
});

test("repetitions become one figure", () => {
  const [{ sides }] = summarize(runs);
  assert.equal(sides.ours.speed, 80_002);
});

test("the table has the share of the limit and the ratio to the others", () => {
  const line = report(runs, "a machine", "a command").split("\n").find((text) => text.startsWith("| relay"));
  assert.match(line, /100k \| 80\.0k \|\s+0\.80 \|\s+0\.80 \| 20\.0k \|\s+4\.0 x \|/);
});

test("a peer alone needs no comparison", () => {
  const text = report(runs.filter(({ peer }) => peer === "node"), "a machine", "a command");
  assert.doesNotMatch(text, /share|rtcio/);
});

test("what went wrong is told", () => {
  const lossy = run(0, "ours", "relay", 5, { lost: 7 });
  assert.equal(isClean(lossy.result), false);
  assert.equal(isClean({ ...clean, error: "the server said nothing" }), false);
  assert.match(report([lossy], "a machine", "a command"), /7 lost/);
});

test("the latency at half of Node's load is compared with Node's", () => {
  const half = (peer, p99) => run(0, peer, "half", 10_000, { latency_us: { p50: 10, p99 } });
  const text = report([...runs, half("ours", 300), half("node", 1200)], "a machine", "a command");
  assert.match(text, /300 us on rtcio, 1\.20k us on Node: 0\.25 of it \(wanted: at most 0\.33\)/);
});

test("peers may be measured less often than rtcio and the limit, and that is told", () => {
  const options = { repeat: 2, peerRepeat: 1, peers: ["limit", "ours", "node"], workloads: ["relay"] };
  const order = [...schedule(options)].map(({ repetition, peer }) => `${repetition} ${peer}`);
  assert.deepEqual(order, ["0 limit", "0 ours", "0 node", "1 ours", "1 limit"]);
  const fewer = runs.filter(({ repetition, peer }) => peer !== "node" || repetition === 0);
  assert.match(report(fewer, "a machine", "a command"), /medians of 3, of the other peers 1:/);
  assert.match(report(runs, "a machine", "a command"), /medians of 3:/);
});

test("a peer that gets nothing done spoils no figure, and no file of ours is named", () => {
  assert.match(report([...runs, run(0, "node", "mesh", 0)], "a machine", "a command"), /moved by at most \d+ %/);
  assert.deepEqual(shown(["--repeat", "5", "--json", "/tmp/x", "--json=y", "--readme"]), ["--repeat", "5", "--readme"]);
});

test("a peer that is ahead is named", () => {
  assert.match(report(runs, "a machine", "a command"), /No peer is ahead/);
  const faster = [...runs, run(0, "ours", "small", 10), run(0, "node", "small", 11)];
  assert.match(report(faster, "a machine", "a command"), /Ahead of rtcio: node in small\./);
});

test("what clients leave behind is told", () => {
  const leaky = run(0, "ours", "churn", 10, { growth_bytes_per_session: 12.34, descriptors: 15, descriptors_before: 12 });
  assert.match(report([leaky], "a machine", "a command"), /churn: 12\.3 B of growth a session, 3 descriptors more/);
});

test("a chart has a bar and a figure for each peer, and none for what was not measured", () => {
  const { share, memory } = charts({ runs });
  assert.equal(memory, undefined);
  assert.match(share, /<rect class="ours" x="96" y="67" width="464.0"[^>]*>\n<text class="figure"[^>]*>0\.80</);
  assert.match(share, /class="node"/);
  assert.doesNotMatch(share, /class="bun" x/);
});
