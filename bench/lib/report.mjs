// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the rtcio authors
//
// Medians, ratios and the table. Pure: results in, text out.

import { peers, workloads } from "./options.mjs";

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

function figure(n) {
  if (n === undefined || Number.isNaN(n)) return "-";
  if (n >= 100_000) return `${Math.round(n / 1000)}k`;
  if (n >= 1000) return `${(n / 1000).toPrecision(3)}k`;
  return n >= 10 ? String(Math.round(n)) : n.toPrecision(2);
}

function bytes(n) {
  if (n === undefined) return "-";
  return n >= 1000 ? `${(n / 1000).toFixed(1)} KB` : `${Math.round(n)} B`;
}

function times(n) {
  return n === undefined || !Number.isFinite(n) ? "-" : `${n >= 10 ? n.toFixed(0) : n.toFixed(1)} x`;
}

function latency(side) {
  return side?.p99 > 0 ? `${figure(side.p50)} / ${figure(side.p99)}` : "-";
}

function grid(lines) {
  const widths = lines[0].map((_, i) => Math.max(...lines.map((line) => line[i].length)));
  const text = (line) => `| ${line.map((cell, i) => (i < 2 ? cell.padEnd(widths[i]) : cell.padStart(widths[i]))).join(" | ")} |`;
  const rule = `| ${widths.map((w, i) => (i < 2 ? "-".repeat(w) : `${"-".repeat(w - 1)}:`)).join(" | ")} |`;
  return [text(lines[0]), rule, ...lines.slice(1).map(text)].join("\n");
}

function speedTable(rows) {
  const lines = [["workload", "unit", "node", "rtcio", "ratio", "goal", "node p50 / p99 us", "rtcio p50 / p99 us"]];
  for (const { workload, unit, sides } of rows) {
    const { node, ours } = sides;
    const goal = workloads[workload].goal;
    lines.push([
      workload, unit, figure(node?.speed), figure(ours?.speed), times(ours?.speed / node?.speed),
      goal === undefined ? "" : `${goal} x`, latency(node), latency(ours),
    ]);
  }
  return grid(lines);
}

function memoryTable(rows) {
  const idle = rows.filter(({ sides }) => Object.values(sides).some((side) => side.memory !== undefined));
  if (idle.length === 0) return undefined;
  const lines = [["workload", "of each connection", "node", "rtcio", "ratio", "goal"]];
  for (const { workload, sides } of idle) {
    const { node, ours } = sides;
    const most = workloads[workload].most;
    lines.push([
      workload, "memory", bytes(node?.memory), bytes(ours?.memory), times(node?.memory / ours?.memory),
      most === undefined ? "" : `<= ${bytes(most)}`,
    ]);
    if (node?.ping > 0 || ours?.ping > 0)
      lines.push([workload, "CPU us per ping and pong", figure(node?.ping), figure(ours?.ping), times(node?.ping / ours?.ping), ""]);
  }
  return grid(lines);
}

function correctness(runs) {
  return Object.keys(peers)
    .filter((peer) => runs.some((run) => run.peer === peer))
    .map((peer) => {
      const own = runs.filter((run) => run.peer === peer);
      const counts = WRONG.map((key) => `${own.reduce((sum, run) => sum + run.result[key], 0)} ${key}`);
      return `${peers[peer].title}: ${counts.join(", ")} in ${own.length} runs.`;
    })
    .join("\n");
}

function firmness(rows) {
  const spread = Math.max(...rows.flatMap(({ sides }) => Object.values(sides).map((side) => side.spread)));
  const busy = rows.filter(({ sides }) => Object.values(sides).some((side) => side.generator > 0.95));
  const note = busy.length === 0 ? "" : ` The generator was the limit of the wall clock in ${busy.map((r) => r.workload).join(", ")}.`;
  return `Between repetitions a figure moved by at most ${Math.round(spread * 100)} %.${note}`;
}

/** The whole report as Markdown that also reads well in a terminal. */
export function report(runs, machine, command) {
  const rows = summarize(runs);
  const parts = [
    `Work per second of the server's CPU time, medians of ${runs.filter((r) => r.workload === rows[0].workload && r.peer === runs[0].peer).length} repetitions:`,
    speedTable(rows),
    memoryTable(rows),
    correctness(runs),
    firmness(rows),
    `Made by \`${command}\`\non ${machine}.`,
  ];
  return `${parts.filter((part) => part !== undefined).join("\n\n")}\n`;
}
