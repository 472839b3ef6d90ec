// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the rtcio authors
//
// bench/idle: as many idle connections as the files allow, in one process and then in several at
// once; their handshakes, heartbeats and memory, and what follows for a million.

import { writeFileSync } from "node:fs";
import os from "node:os";
import { fileLimit, growth, kernelBytes, socketsInUse } from "./kernel.mjs";
import { generate, serve, stop } from "./measure.mjs";
import { built, cores, list, number, peers, readOptions, text, UsageError } from "./options.mjs";
import { bytes, figure, grid, isClean, median } from "./report.mjs";
import { intoReadme, machine, prepare } from "./setup.mjs";
import { accounted, sizes, structures, structureTable } from "./structures.mjs";

const SPARE_FILES = 1000;
const PING_INTERVAL_S = 25;
const POLL_MS = 200;
const GATHER_MS = 300_000;
const STRUCTURE_CLIENTS = 10_000; // as many as bench/compare measures the memory of

const help = `Usage: bench/idle [options]

Holds idle WebSocket connections on one server process, then on several at once, each with a
generator of its own, and prints what a connection costs: its handshake, its ping and pong, the
server's memory and the kernel's. About two minutes for each number of processes.

Options:
  --peer NAME          whose servers (ours), of: ${Object.keys(peers).join(" ")}
  --clients N          connections of each process (the limit of open files less ${SPARE_FILES})
  --processes A,B      how many server processes at once, one measurement each (1,5)
  --rooms-of N         seat the clients in rooms of N (0: in none)
  --hold S             how long to hold them; each is pinged every ${PING_INTERVAL_S} s (30)
  --cores S,G          core of the servers, core of the generators (0,1)
  --ours PROGRAM       the rtcio to measure (build/release/rtcio)
  --limit PROGRAM      the limit program (build/release/bench/limit)
  --generator PROGRAM  the rtcio whose \`bench\` makes the load (build/release/rtcio)
  --json FILE          write every single result
  --sizes PROGRAM      tells the sizes of rtcio's structures (build/release/bench/sizes)
  --readme             put the tables into bench/README.md
  --help               this text

Single kernel caches are shown to root only; for others the growth of all is taken.
Exit status: 0 all well, 1 a connection was lost or rtcio's memory is not what its structures
make, 2 bad usage.`;

const known = {
  peer: text("ours"), clients: text(String(fileLimit() - SPARE_FILES)), processes: text("1,5"),
  "rooms-of": text("0"), hold: text("30"), cores: text("0,1"), ours: text(`${built}rtcio`),
  limit: text(`${built}bench/limit`), generator: text(`${built}rtcio`), json: { type: "string" },
  sizes: text(`${built}bench/sizes`), readme: { type: "boolean" }, help: { type: "boolean", short: "h" },
};

function parse(args) {
  const values = readOptions(args, known, help);
  if (!values) return undefined;
  return {
    ...values,
    peers: list(values.peer, peers, "peer").slice(0, 1),
    clients: Math.trunc(number(values.clients, "clients", 100, 1e6)),
    processes: values.processes.split(",").map((n) => Math.trunc(number(n, "processes", 1, 100))),
    roomsOf: Math.trunc(number(values["rooms-of"], "rooms-of", 0, 10_000)),
    hold: number(values.hold, "hold", 0, 3600),
    cores: cores(values.cores),
    args,
  };
}

const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

// Waits until so many sockets are there. The generators tell nothing before their end, the
// kernel counts.
async function gathered(sockets, ended) {
  const until = Date.now() + GATHER_MS;
  while (socketsInUse() < sockets) {
    if (ended.some(Boolean)) throw new Error("a generator ended before all connections stood; a longer --hold helps if they came too slowly");
    if (Date.now() > until) throw new Error(`only ${socketsInUse()} of ${sockets} sockets after ${GATHER_MS / 1000} s`);
    await sleep(POLL_MS);
  }
}

async function load(servers, options) {
  const args = ["idle", "--clients", String(options.clients), "--rooms-of", String(options.roomsOf), "--seconds", String(options.hold)];
  const n = servers.length * options.clients;
  const before = { sockets: socketsInUse(), kernel: kernelBytes() };
  const ended = servers.map(() => false);
  const results = Promise.all(servers.map(async (server, i) => {
    try {
      return await generate(server, args, options);
    } finally {
      ended[i] = true;
    }
  }));
  results.catch(() => {}); // told below
  // A moment for what was needed only for the handshakes. Sockets that others close meanwhile
  // must not be waited for.
  await gathered(before.sockets + 2 * n * 0.999, ended);
  await sleep(1000);
  const kernel = growth(before.kernel, kernelBytes(), n * 2 * 8);
  return { connections: n, kernel, results: await results };
}

async function holding(processes, options) {
  const servers = [];
  try {
    for (let i = 0; i < processes; i++) servers.push(await serve(options.peers[0], options));
    return { processes, ...(await load(servers, options)) };
  } finally {
    await Promise.all(servers.map(({ server }) => stop(server)));
  }
}

// Memory of a client of rtcio, alone and in a room of four, beside what its structures make.
async function memory(options) {
  const clients = Math.min(STRUCTURE_CLIENTS, options.clients);
  const measured = {};
  for (const [key, roomsOf] of [["idle", 0], ["rooms", 4]]) {
    console.error(`${clients} connections ${key === "rooms" ? "in rooms of 4" : "alone"}`);
    const started = await serve("ours", options);
    try {
      const args = ["idle", "--clients", String(clients), "--rooms-of", String(roomsOf), "--seconds", "0"];
      measured[key] = (await generate(started, args, options)).bytes_per_connection;
    } finally {
      await stop(started.server);
    }
  }
  return { clients, measured, rows: structures(sizes(options.sizes), clients) };
}

// Both ends of a connection are on this machine: a server has half of the sockets.
function summarize({ processes, connections, kernel, results }) {
  const of = (pick) => median(results.map(pick));
  const caches = Object.entries(kernel).map(([name, n]) => [name, n / (2 * connections)]);
  return {
    processes, connections, caches,
    kernel: caches.reduce((sum, [, n]) => sum + n, 0),
    user: of((r) => r.bytes_per_connection),
    baseline: of((r) => r.server.rss_before_bytes),
    perCpu: of((r) => r.work_per_cpu_second),
    wall: results.reduce((sum, r) => sum + r.work_per_second, 0),
    pingUs: of((r) => r.cpu_us_per_ping),
    clean: results.every(isClean),
    lost: results.reduce((sum, r) => sum + r.failed, 0),
  };
}

function measuredTable(rows) {
  const us = (n) => (n > 0 ? `${n.toFixed(1)} us` : "-");
  const lines = [["processes", "connections", "lost", "handshakes / CPU s", "handshakes / s", "CPU per ping and pong", "user memory", "kernel memory"]];
  for (const row of rows)
    lines.push([String(row.processes), row.connections.toLocaleString("en"), String(row.lost), figure(row.perCpu), figure(row.wall),
      us(row.pingUs), bytes(row.user), bytes(row.kernel)]);
  return grid(lines);
}

function cacheTable(row) {
  const lines = [["kernel cache", "bytes a socket"], ...row.caches.map(([name, n]) => [name, n.toFixed(0)])];
  return grid([...lines, ["together", row.kernel.toFixed(0)]]);
}

function size(n) {
  return n >= 1e9 ? `${(n / 1e9).toFixed(2)} GB` : `${(n / 1e6).toFixed(0)} MB`;
}

// What a machine with n connections needs, by the costs measured with the most of them.
function million(row) {
  const lines = [["connections", "user memory", "kernel memory", "together", "heartbeats, of a core", "all connect anew, CPU"]];
  for (const n of [10_000, 100_000, 1_000_000]) {
    const user = row.baseline + n * row.user;
    const kernel = n * row.kernel;
    const beat = row.pingUs > 0 ? `${((n / PING_INTERVAL_S) * row.pingUs * 1e-4).toFixed(1)} %` : "-";
    lines.push([n.toLocaleString("en"), size(user), size(kernel), size(user + kernel), beat, `${(n / row.perCpu).toFixed(1)} s`]);
  }
  return grid(lines);
}

function structureSection({ clients, measured, rows }) {
  return `What the memory consists of, by the sizes of the structures, and what ${clients.toLocaleString("en")} clients were measured to take:\n\n${structureTable(rows, measured)}`;
}

function report(rows, structured, options) {
  const last = rows.at(-1);
  const where = options.roomsOf > 0 ? `, in rooms of ${options.roomsOf}` : "";
  return `${[
    `Idle connections on ${peers[options.peers[0]].title}${where}; memory is of one connection, the kernel's of its server side:`,
    measuredTable(rows),
    ...(structured === undefined ? [] : [structureSection(structured)]),
    cacheTable(last),
    `By these costs (those of ${last.connections.toLocaleString("en")} connections) a machine needs, with B = ${size(last.baseline)}
for the process itself, U = ${bytes(last.user)}, K = ${bytes(last.kernel)}, P = ${last.pingUs?.toFixed(1) ?? "-"} us and H = ${figure(last.perCpu)}, for n connections
the memory B + n (U + K), the share n P / ${PING_INTERVAL_S} s of a core and n / H seconds of CPU time:`,
    million(last),
    `Made by \`${["bench/idle", ...options.args].join(" ")}\`\non ${machine(options)}, ${size(os.totalmem())} of memory.`,
  ].join("\n\n")}\n`;
}

async function idle(options) {
  prepare(options);
  const runs = [];
  for (const processes of options.processes) {
    console.error(`${processes} x ${options.clients} connections`);
    runs.push(await holding(processes, options));
  }
  const rows = runs.map(summarize);
  const structured = options.peers[0] === "ours" ? await memory(options) : undefined;
  const page = report(rows, structured, options);
  console.log(page);
  if (options.json !== undefined) writeFileSync(options.json, `${JSON.stringify({ machine: machine(options), args: options.args, runs }, null, 1)}\n`);
  if (options.readme) intoReadme("idle", page);
  const explained = structured === undefined || accounted(structured.rows, structured.measured);
  if (!explained) console.error("bench/idle: the structures do not make the memory that was measured");
  return explained && rows.every(({ clean }) => clean) ? 0 : 1;
}

export async function main(args) {
  try {
    const options = parse(args);
    process.exitCode = options === undefined ? 0 : await idle(options);
  } catch (err) {
    if (!(err instanceof UsageError)) throw err;
    console.error(`bench/idle: ${err.message}\nbench/idle --help lists the options`);
    process.exitCode = 2;
  }
}
