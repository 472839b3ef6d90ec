// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the rtcio authors
//
// bench/profile: runs each workload under callgrind for the instructions, under perf stat for the
// system calls and under perf record for the time, and divides by the work done.

import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { groupNames, instructions } from "./callgrind.mjs";
import { generate, serve, stop } from "./measure.mjs";
import { built, cores, list, number, peers, readOptions, text, UsageError } from "./options.mjs";
import { grid } from "./report.mjs";
import { intoReadme, machine, prepare } from "./setup.mjs";

const PINGS = ["--ping-interval", "500"];
const ATTACH_MS = 300;
const FASTER = 10; // than under valgrind, so more work is counted

// `few` and `many` are amounts of work, for idle seconds; the difference of two runs leaves out
// the start and the end.
const workloads = {
  relay: { unit: "message", args: ["relay"], few: 3000, many: 15_000 },
  relay8: { unit: "message", args: ["relay8"], few: 5000, many: 25_000 },
  bcast: { unit: "delivery", args: ["bcast"], few: 4000, many: 20_000 },
  mesh: { unit: "call", args: ["mesh", "--clients", "64"], few: 100, many: 500 },
  polling: { unit: "session", args: ["polling"], few: 300, many: 1500 },
  churn: { unit: "session", args: ["churn"], few: 300, many: 1500 },
  connect: { unit: "handshake", args: ["connect"], few: 300, many: 1500 },
  ping: { unit: "ping", args: ["idle", "--clients", "500"], few: 1, many: 5, idle: true },
};

const calls = ["recvfrom", "read", "sendto", "sendmsg", "writev", "write", "epoll_wait", "epoll_ctl", "accept4", "setsockopt", "getsockopt", "getpeername", "shutdown", "close"];

const help = `Usage: bench/profile [options]

Shows where a server's work goes: instructions by group of functions (callgrind), system calls
(perf stat, root only) and time (perf record), each per message, delivery, session, handshake or
ping. About half a minute for each workload.

Options:
  --workloads A,B      which, of: ${Object.keys(workloads).join(" ")} (all)
  --peer NAME          whose server: ours or limit (ours)
  --seconds S          how long to take the time (2)
  --cores S,G          core of the server, core of the generator (0,1)
  --ours PROGRAM       the rtcio to profile (build/release/rtcio)
  --limit PROGRAM      the limit program (build/release/bench/limit)
  --generator PROGRAM  the rtcio whose \`bench\` makes the load (build/release/rtcio)
  --readme             put the tables into bench/README.md
  --help               this text`;

const known = {
  workloads: text(Object.keys(workloads).join(",")), peer: text("ours"), seconds: text("2"), cores: text("0,1"),
  ours: text(`${built}rtcio`), limit: text(`${built}bench/limit`), generator: text(`${built}rtcio`),
  readme: { type: "boolean" }, help: { type: "boolean", short: "h" },
};

function parse(args) {
  const values = readOptions(args, known, help);
  if (!values) return undefined;
  return {
    ...values,
    peers: list(values.peer, { ours: peers.ours, limit: peers.limit }, "peer").slice(0, 1),
    workloads: list(values.workloads, workloads, "workload"),
    seconds: number(values.seconds, "seconds", 1, 60),
    cores: cores(values.cores),
    args,
  };
}

function has(program) {
  try {
    execFileSync(program, ["--version"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

// The pings of idle come often enough to be counted; the limit's interval is what it is.
function start(options, workload, prefix) {
  const more = workload.idle && options.peers[0] === "ours" ? PINGS : [];
  return serve(options.peers[0], options, prefix, more);
}

// Runs a load of a given amount of work against a server of its own. begun(server) may start a
// watcher; what it returns is called, and waited for, when the server has ended.
async function bounded(workload, amount, options, prefix, begun) {
  const started = await start(options, workload, prefix);
  const time = workload.idle ? ["--seconds", String(amount)] : ["--warmup", "0", "--messages", String(amount)];
  let ended = async () => {};
  let result;
  try {
    ended = await begun(started.server);
    result = await generate(started, [...workload.args, ...time], options);
  } finally {
    await stop(started.server);
  }
  return { work: workload.idle ? result.pings : result.work, sums: await ended() };
}

// What one unit of work adds: the difference of a long run and a short one.
async function marginal(workload, options, times, measureOne) {
  const amounts = [workload.few, workload.many].map((n) => n * (workload.idle ? 1 : times));
  const few = await measureOne(amounts[0]);
  const many = await measureOne(amounts[1]);
  if (few.sums === undefined || many.sums === undefined) return undefined;
  const each = ([name, n]) => [name, (n - (few.sums[name] ?? 0)) / (many.work - few.work)];
  return Object.fromEntries(Object.entries(many.sums).map(each));
}

function instructionsOf(workload, options, folder) {
  const file = path.join(folder, "callgrind.out");
  const valgrind = ["valgrind", "-q", "--tool=callgrind", `--callgrind-out-file=${file}`];
  const ended = async () => instructions(readFileSync(file, "utf8"));
  return marginal(workload, options, 1, (amount) => bounded(workload, amount, options, valgrind, async () => ended));
}

// perf stat ends with the process that it watches. It says nothing when it has begun; until the
// load comes there is nothing to count.
async function countCalls(server) {
  const events = calls.map((name) => `syscalls:sys_enter_${name}`).join(",");
  const watcher = spawn("perf", ["stat", "-x", ",", "-e", events, "-p", String(server.pid)], { stdio: ["ignore", "ignore", "pipe"] });
  let err = "";
  watcher.stderr.on("data", (chunk) => (err += chunk));
  const closed = once(watcher, "close");
  await new Promise((resolve) => setTimeout(resolve, ATTACH_MS));
  return async () => {
    await closed;
    const found = [...err.matchAll(/^(\d+),,syscalls:sys_enter_(\w+),/gm)];
    return found.length === 0 ? undefined : Object.fromEntries(found.map(([, n, name]) => [name, Number(n)]));
  };
}

function callsOf(workload, options) {
  return marginal(workload, options, FASTER, (amount) => bounded(workload, amount, options, [], countCalls));
}

// perf's shares are of the middle of the load, the load's own figure is of all of it.
async function watched(workload, options, file) {
  const started = await start(options, workload, []);
  const held = options.seconds + (workload.idle ? 3.5 : 1.5);
  const time = workload.idle ? ["--seconds", String(held)] : ["--warmup", "0.5", "--seconds", String(held)];
  try {
    const load = generate(started, [...workload.args, ...time], options);
    await new Promise((resolve) => setTimeout(resolve, workload.idle ? 3500 : 1000));
    const watcher = spawn("perf", ["record", "-q", "-g", "-e", "cpu-clock", "-F", "2999", "-o", file, "-p", String(started.server.pid), "--", "sleep", String(options.seconds)], { stdio: "ignore" });
    const [code] = await once(watcher, "close");
    return { result: await load, ok: code === 0 };
  } finally {
    await stop(started.server);
  }
}

async function timeOf(workload, options, folder) {
  const file = path.join(folder, "perf.data");
  const { result, ok } = await watched(workload, options, file);
  if (!ok) return undefined;
  const cpuNs = workload.idle ? result.cpu_us_per_ping * 1000 : 1e9 / result.work_per_cpu_second;
  const told = (args) => execFileSync("perf", ["report", "-i", file, "-g", "none", "--stdio", ...args], { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });
  const share = (page, pattern) => [...page.matchAll(pattern)].reduce((sum, [, percent]) => sum + Number(percent) / 100, 0);
  const kernel = share(told(["--no-children", "--sort", "dso"]), /^\s*([\d.]+)%\s+\[(?:kernel|guest|vdso)\S*/gm);
  const inside = told(["--children", "--sort", "sym"]);
  const times = { "all": cpuNs, "user space": cpuNs * (1 - kernel) };
  for (const [, percent, name] of inside.matchAll(/^\s*([\d.]+)%\s+[\d.]+%\s+\[k\] __(?:x64_|arm64_)?sys_(\w+)/gm))
    if (calls.includes(name)) times[name] = Math.max(times[name] ?? 0, (cpuNs * Number(percent)) / 100);
  const named = calls.reduce((sum, name) => sum + (times[name] ?? 0), 0);
  times["rest of the kernel"] = Math.max(0, cpuNs * kernel - named);
  return times;
}

async function profile(name, options, folder) {
  const workload = workloads[name];
  console.error(`${name}: per ${workload.unit}`);
  return {
    name,
    unit: workload.unit,
    instructions: has("valgrind") ? await instructionsOf(workload, options, folder) : undefined,
    calls: has("perf") ? await callsOf(workload, options) : undefined,
    time: has("perf") ? await timeOf(workload, options, folder) : undefined,
  };
}

function table(head, rows, columns, cell, total) {
  const present = rows.filter((row) => columns.some(({ values }) => (values[row] ?? 0) >= cell.least));
  const lines = present.map((row) => [row, ...columns.map(({ values }) => cell.text(values[row] ?? 0))]);
  const sums = total === undefined ? [] : [[total, ...columns.map(({ values }) => cell.text(rows.reduce((sum, row) => sum + (values[row] ?? 0), 0)))]];
  return grid([[head, ...columns.map(({ name, unit }) => `${name}: ${unit}`)], ...lines, ...sums]);
}

function section(title, key, profiles, rows, cell, total) {
  const columns = profiles.filter((p) => p[key] !== undefined).map((p) => ({ ...p, values: p[key] }));
  return columns.length === 0 ? undefined : `${title}\n\n${table(key, rows, columns, cell, total)}`;
}

const whole = { least: 0.5, text: (n) => (n < 0.5 ? "" : String(Math.round(n))) };
const small = { least: 0.005, text: (n) => (n < 0.005 ? "" : n.toFixed(2)) };
const times = ["user space", ...calls, "rest of the kernel"];

function report(profiles, options) {
  const { title } = peers[options.peers[0]];
  return `${[
    section(`Instructions of ${title} in user space, by what they are for:`, "instructions", profiles, groupNames, whole, "together"),
    section("System calls:", "calls", profiles, calls, small, "together"),
    section("Time in nanoseconds; what the client's side of the loopback does inside `sendto` is part of it:", "time", profiles, times, whole, "together"),
    `Made by \`${["bench/profile", ...options.args].join(" ")}\`\non ${machine(options)}.`,
  ].filter((part) => part !== undefined).join("\n\n")}\n`;
}

async function run(options) {
  prepare(options);
  if (!has("valgrind") && !has("perf")) throw new Error("neither valgrind nor perf is here: apt-get install valgrind linux-perf");
  const folder = mkdtempSync(path.join(os.tmpdir(), "rtcio-profile-"));
  try {
    const profiles = [];
    for (const name of options.workloads) profiles.push(await profile(name, options, folder));
    const page = report(profiles, options);
    console.log(page);
    if (options.readme) intoReadme("profile", page);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

export async function main(args) {
  try {
    const options = parse(args);
    if (options !== undefined) await run(options);
  } catch (err) {
    if (!(err instanceof UsageError)) throw err;
    console.error(`bench/profile: ${err.message}\nbench/profile --help lists the options`);
    process.exitCode = 2;
  }
}
