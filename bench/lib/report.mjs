// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the rtcio authors
//
// Medians, shares, ratios and the tables. Pure: results in, text out.

import { peers, workloads } from "./options.mjs";

const MOST_LATENCY = 1 / 3; // of Node's, at half of Node's load
const WRONG = ["lost", "duplicated", "reordered", "corrupted", "failed"];

export function median(values) {
  const sorted = values.filter((v) => v !== undefined).sort((a, b) => a - b);
  if (sorted.length === 0) return undefined;
  const half = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
}

export function isClean(result) {
  return result.error === null && WRONG.every((key) => result[key] === 0);
}

function summary(results) {
  const of = (pick) => median(results.map(pick));
  const speeds = results.map((r) => r.work_per_cpu_second);
  return {
    speed: of((r) => r.work_per_cpu_second),
    spread: (Math.max(...speeds) - Math.min(...speeds)) / of((r) => r.work_per_cpu_second),
    wall: of((r) => r.work_per_second),
    p50: of((r) => r.latency_us.p50),
    p99: of((r) => r.latency_us.p99),
    memory: of((r) => r.bytes_per_connection),
    ping: of((r) => r.cpu_us_per_ping),
    growth: of((r) => r.growth_bytes_per_session),
    descriptors: of((r) => r.descriptors - r.descriptors_before),
    generator: of((r) => r.generator_cpu_share),
  };
}

/** runs: [{ workload, peer, result }] -> [{ workload, unit, sides: { peer: summary } }] */
export function summarize(runs) {
  const rows = [];
  for (const { workload, peer, result } of runs) {
    let row = rows.find((r) => r.workload === workload);
    if (row === undefined) rows.push((row = { workload, unit: result.unit, results: {} }));
    (row.results[peer] ??= []).push(result);
  }
  return rows.map(({ workload, unit, results }) => ({
    workload,
    unit,
    sides: Object.fromEntries(Object.entries(results).map(([peer, list]) => [peer, summary(list)])),
  }));
}

/** The peers that were measured, in the order of the table of peers. */
export function measured(runs) {
  return Object.keys(peers).filter((peer) => runs.some((run) => run.peer === peer));
}

export function figure(n) {
  if (n === undefined || Number.isNaN(n)) return "-";
  if (n >= 999_500) return `${(n / 1e6).toPrecision(3)}M`;
  if (n >= 100_000) return `${Math.round(n / 1000)}k`;
  if (n >= 1000) return `${(n / 1000).toPrecision(3)}k`;
  return n >= 10 ? String(Math.round(n)) : n.toPrecision(2);
}

export function bytes(n) {
  if (n === undefined) return "-";
  return n >= 1000 ? `${(n / 1000).toFixed(1)} KB` : `${Math.round(n)} B`;
}

function microseconds(n) {
  return n > 0 ? `${n.toFixed(1)} us` : "-";
}

function times(n) {
  return Number.isFinite(n) ? `${n >= 10 ? n.toFixed(0) : n.toFixed(1)} x` : "-";
}

function share(n) {
  return Number.isFinite(n) ? n.toFixed(2) : "-";
}

/** A Markdown table; its first two columns are text unless they begin with digits. */
export function grid(lines) {
  const widths = lines[0].map((_, i) => Math.max(...lines.map((line) => line[i].length)));
  const left = (i) => i < 2 && !/^\d/.test(lines[1]?.[i] ?? "");
  const text = (line) => `| ${line.map((cell, i) => (left(i) ? cell.padEnd(widths[i]) : cell.padStart(widths[i]))).join(" | ")} |`;
  const rule = `| ${widths.map((w, i) => (left(i) ? "-".repeat(w) : `${"-".repeat(w - 1)}:`)).join(" | ")} |`;
  return [text(lines[0]), rule, ...lines.slice(1).map(text)].join("\n");
}

// How ours stands beside each other peer: a column of the figure and one of the comparison,
// those that have a goal with the goal.
function speedTable(rows, names) {
  const others = names.filter((name) => name !== "ours" && name !== "limit");
  const both = names.includes("limit") && names.includes("ours");
  const beside = (name) => (names.includes("ours") ? [name, `rtcio / ${name}`] : [name]);
  const head = ["workload", "unit", ...(names.includes("limit") ? ["limit"] : []), ...(names.includes("ours") ? ["rtcio"] : []),
    ...(both ? ["share", "wanted"] : []), ...others.flatMap(beside)];
  const lines = rows.map(({ workload, unit, sides }) => {
    const { limit, ours } = sides;
    const goal = workloads[workload].share;
    const line = [workload, unit];
    if (names.includes("limit")) line.push(figure(limit?.speed));
    if (names.includes("ours")) line.push(figure(ours?.speed));
    if (both) line.push(share(ours?.speed / limit?.speed), goal === undefined ? "" : goal.toFixed(2));
    for (const name of others) {
      line.push(figure(sides[name]?.speed));
      if (names.includes("ours")) line.push(times(ours?.speed / sides[name]?.speed));
    }
    return line;
  });
  return grid([head, ...lines]);
}

function title(name) {
  return name === "ours" ? "rtcio" : name;
}

function latencyTable(rows, names) {
  const timed = rows.filter(({ sides }) => Object.values(sides).some((side) => side.p99 > 0));
  if (timed.length === 0) return undefined;
  const cell = (side) => (side?.p99 > 0 ? `${figure(side.p50)} / ${figure(side.p99)}` : "-");
  const lines = timed.map(({ workload, sides }) => [workload, ...names.map((name) => cell(sides[name]))]);
  return `Latency in microseconds, p50 / p99; half: at half of Node's full load, the others at their own full load:\n\n${grid([["workload", ...names.map(title)], ...lines])}`;
}

// Of rtcio's latency where Node is at half of its load.
function halfLine(rows) {
  const { limit, ours, node } = rows.find(({ workload }) => workload === "half")?.sides ?? {};
  if (!(ours?.p99 > 0 && node?.p99 > 0)) return undefined;
  const least = limit?.p99 > 0 ? `, ${figure(limit.p99)} us on the limit` : "";
  return `At half of Node's full load the 99th percentile is ${figure(ours.p99)} us on rtcio, ${figure(node.p99)} us on Node: ${share(ours.p99 / node.p99)} of it (wanted: at most ${MOST_LATENCY.toFixed(2)})${least}.`;
}

// Whether clients that come and go leave something.
function growthLines(rows) {
  const lines = rows.filter(({ sides }) => sides.ours?.growth !== undefined).map(({ workload, sides: { ours } }) =>
    `- ${workload}: ${ours.growth.toFixed(1)} B of growth a session, ${ours.descriptors} descriptors more than before.`);
  return lines.length === 0 ? undefined : `What clients of rtcio that come and go leave behind:\n\n${lines.join("\n")}`;
}

function aheadLine(rows, names) {
  if (!names.includes("ours")) return undefined;
  const rivals = names.filter((name) => name !== "ours" && name !== "limit");
  const ahead = rows.flatMap(({ workload, sides }) => rivals.filter((name) => sides[name]?.speed > sides.ours?.speed).map((name) => `${name} in ${workload}`));
  if (rivals.length === 0) return undefined;
  return ahead.length === 0 ? "No peer is ahead of rtcio in any workload." : `Ahead of rtcio: ${ahead.join(", ")}.`;
}

function memoryTable(rows, names) {
  const idle = rows.filter(({ sides }) => Object.values(sides).some((side) => side.memory !== undefined));
  if (idle.length === 0) return undefined;
  const lines = [["workload", "of each connection", ...names.map(title), "wanted"]];
  for (const { workload, sides } of idle) {
    const { mostBytes, mostUs } = workloads[workload];
    const most = (n, unit) => (n === undefined ? "" : `<= ${n} ${unit}`);
    lines.push([workload, "memory", ...names.map((name) => bytes(sides[name]?.memory)), most(mostBytes, "B")]);
    if (Object.values(sides).some((side) => side.ping > 0))
      lines.push([workload, "CPU per ping and pong", ...names.map((name) => microseconds(sides[name]?.ping)), most(mostUs, "us")]);
  }
  return `Idle connections:\n\n${grid(lines)}`;
}

function correctness(runs) {
  return measured(runs)
    .map((peer) => {
      const own = runs.filter((run) => run.peer === peer);
      const counts = WRONG.map((key) => `${own.reduce((sum, run) => sum + run.result[key], 0)} ${key}`);
      return `- ${peers[peer].title}: ${counts.join(", ")} in ${own.length} runs.`;
    })
    .join("\n");
}

function firmness(rows) {
  // A peer that got nothing done has none.
  const spreads = rows.flatMap(({ sides }) => Object.values(sides).map((side) => side.spread));
  const spread = Math.max(0, ...spreads.filter(Number.isFinite));
  const busy = rows.filter(({ sides }) => Object.values(sides).some((side) => side.generator > 0.95));
  const note = busy.length === 0 ? "" : ` The generator was the limit of the wall clock in ${busy.map((r) => r.workload).join(", ")}.`;
  return `Between repetitions a figure moved by at most ${Math.round(spread * 100)} %.${note}`;
}

/** The whole report as Markdown that also reads well in a terminal. */
export function report(runs, machine, command) {
  const rows = summarize(runs);
  const names = measured(runs);
  const repetitions = (list) => 1 + Math.max(...list.map((run) => run.repetition));
  const others = runs.filter(({ peer }) => peer !== "limit" && peer !== "ours");
  const all = repetitions(runs);
  const fewer = others.length > 0 && repetitions(others) < all ? `, of the other peers ${repetitions(others)}` : "";
  const parts = [
    `Work per second of the server's CPU time, medians of ${all}${fewer}:`,
    speedTable(rows, names),
    aheadLine(rows, names),
    latencyTable(rows, names),
    halfLine(rows),
    memoryTable(rows, names),
    growthLines(rows),
    correctness(runs),
    firmness(rows),
    `Made by \`${command}\`\non ${machine}.`,
  ];
  return `${parts.filter((part) => part !== undefined).join("\n\n")}\n`;
}
