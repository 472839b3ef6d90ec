// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the rtcio authors
//
// `rtcio serve` with auth, limits, metrics and history, and without, by turns: what a message costs.

import { execFileSync } from "node:child_process";
import { createHmac } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import http from "node:http";
import os from "node:os";
import path from "node:path";
import { instructions } from "./callgrind.mjs";
import { shown } from "./main.mjs";
import { generate, serve, stop } from "./measure.mjs";
import { built, cores, list, number, readOptions, text, UsageError } from "./options.mjs";
import { grid, isClean } from "./report.mjs";
import { intoReadme, machine, prepare } from "./setup.mjs";

const MOST = 1.15;
const SECRET = "the benchmark's own secret of more than 32 bytes";
const SCRAPE_MS = 1000;

// `few` and `many` messages under callgrind: the difference leaves out the start and the end.
const loads = { relay: { few: 3000, many: 15_000 }, relay8: { few: 5000, many: 25_000 }, small: { few: 3000, many: 15_000 } };

const help = `Usage: bench/cost [options]

Measures \`rtcio serve\` without and with all of: tokens (HS256, with an end), limits, metrics (read
every second) and history, by turns in one run. Two figures of each: the server's CPU time for a
message, user and system of all its threads, as the median of the repetitions; and the instructions
of user space that a message adds (callgrind), which other programs do not disturb. The load is the
same number of messages for both. Nobody is delayed: each message is held against the limits, which
are above what the generator can send.

Options:
  --workloads A,B      which (relay,relay8), of: ${Object.keys(loads).join(" ")}
  --repeat N           measurements of each, 1 to 99 (5)
  --messages N         length of each, 1000 or more (300000)
  --cores S,G          core of the server, core of the generator (0,1)
  --ours PROGRAM       the rtcio to measure (build/release/rtcio)
  --generator PROGRAM  the rtcio whose \`bench\` makes the load (build/release/rtcio)
  --no-instructions    CPU time only
  --json FILE          write every single result
  --readme             put the table into bench/README.md
  --help               this text

Exit status: 0 all well, 1 a run failed, a message went wrong, or all of it costs more than 15 %,
2 bad usage.`;

const known = {
  workloads: text("relay,relay8"), repeat: text("5"), messages: text("300000"), cores: text("0,1"),
  ours: text(`${built}rtcio`), generator: text(`${built}rtcio`), json: { type: "string" },
  "no-instructions": { type: "boolean" }, readme: { type: "boolean" }, help: { type: "boolean", short: "h" },
};

function parse(args) {
  const values = readOptions(args, known, help);
  if (!values) return undefined;
  return {
    ...values,
    peers: ["ours"],
    workloads: list(values.workloads, loads, "workload"),
    repeat: number(values.repeat, "repeat", 1, 99),
    messages: number(values.messages, "messages", 1000, 1e9),
    cores: cores(values.cores),
    args,
  };
}

const encode = (value) => Buffer.from(JSON.stringify(value)).toString("base64url");

function token() {
  const exp = Math.floor(Date.now() / 1000) + 3600;
  const data = `${encode({ alg: "HS256", typ: "JWT" })}.${encode({ sub: "bench", exp })}`;
  return `${data}.${createHmac("sha256", SECRET).update(data).digest("base64url")}`;
}

// What bench/compare's server goes without comes later on the command line, and so wins.
const common = ["--workers", "1", "--room", "no"];
const all = (folder) => [
  ...["--max-joins", "5", "--max-events", "1000000", "--max-events-burst", "1000000"],
  ...["--max-bytes", "1G", "--max-bytes-burst", "256M"],
  ...["--max-address-clients", "2000", "--max-address-handshakes", "100"],
  ...["--control-listen", `unix:${path.join(folder, "control.sock")}`],
  ...["--history-path", path.join(folder, "history.db")],
];

function scrape(folder) {
  return new Promise((resolve, reject) => {
    const request = http.get({ socketPath: path.join(folder, "control.sock"), path: "/metrics" }, (answer) => {
      answer.resume().on("end", () => (answer.statusCode === 200 ? resolve() : reject(new Error(`/metrics says ${answer.statusCode}`))));
    });
    request.on("error", reject);
  });
}

// The result of one load on a server of its own.
async function load(form, args, options, prefix = []) {
  const folder = mkdtempSync(path.join(os.tmpdir(), "rtcio-cost-"));
  const full = form === "with";
  const env = full ? ["env", `JWT_SECRET=${SECRET}`] : [];
  let timer;
  try {
    const started = await serve("ours", options, [...env, ...prefix], [...common, ...(full ? all(folder) : [])]);
    try {
      if (full) await scrape(folder); // it is there, or this fails
      if (full) timer = setInterval(() => scrape(folder).catch(() => {}), SCRAPE_MS);
      const result = await generate(started, [...args, ...(full ? ["--token", token()] : [])], options);
      if (!isClean(result)) throw new Error(`${args[0]}, ${form}: ${result.error ?? "messages went wrong"}`);
      return result;
    } finally {
      clearInterval(timer);
      await stop(started.server);
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Instructions that one message adds. */
async function counted(form, name, options) {
  const folder = mkdtempSync(path.join(os.tmpdir(), "rtcio-cost-"));
  const file = path.join(folder, "callgrind.out");
  const valgrind = ["valgrind", "-q", "--tool=callgrind", `--callgrind-out-file=${file}`];
  const run = async (messages) => {
    const { work } = await load(form, [name, "--warmup", "0", "--messages", String(messages)], options, valgrind);
    const sums = Object.values(instructions(readFileSync(file, "utf8")));
    return { work, n: sums.reduce((sum, n) => sum + n, 0) };
  };
  try {
    const [few, many] = [await run(loads[name].few), await run(loads[name].many)];
    return (many.n - few.n) / (many.work - few.work);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function hasValgrind() {
  try {
    execFileSync("valgrind", ["--version"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

function median(list) {
  const sorted = [...list].sort((a, b) => a - b);
  return (sorted[(sorted.length - 1) >> 1] + sorted[sorted.length >> 1]) / 2;
}

/** From runs of {workload, form, result} and counts of {workload, form, instructions}: of each
 *  workload both figures of both forms and their ratios. */
export function costs(runs, counts, names) {
  return names.map((name) => {
    const of = (list, form) => list.filter((one) => one.workload === name && one.form === form);
    const ns = ["without", "with"].map((form) => median(of(runs, form).map(({ result }) => 1e9 / result.work_per_cpu_second)));
    const per = ["without", "with"].map((form) => of(counts, form)[0]?.instructions);
    return { name, ns, per, ratio: ns[1] / ns[0], perRatio: per[0] === undefined ? undefined : per[1] / per[0] };
  });
}

function table(rows) {
  const head = ["workload", "CPU ns a message: without", "with", "ratio", "instructions: without", "with", "ratio"];
  const cell = (n, digits) => (n === undefined ? "" : n.toFixed(digits));
  return grid([head, ...rows.map(({ name, ns, per, ratio, perRatio }) =>
    [name, cell(ns[0], 0), cell(ns[1], 0), cell(ratio, 3), cell(per[0], 0), cell(per[1], 0), cell(perRatio, 3)])]);
}

async function run(options) {
  prepare(options);
  const runs = [];
  const counts = [];
  const args = (name) => [name, "--warmup", "0.5", "--messages", String(options.messages)];
  for (let repetition = 0; repetition < options.repeat; repetition++)
    for (const workload of options.workloads)
      for (const form of repetition % 2 ? ["with", "without"] : ["without", "with"])
        runs.push({ workload, form, result: await load(form, args(workload), options) });
  if (!options["no-instructions"] && hasValgrind())
    for (const workload of options.workloads)
      for (const form of ["without", "with"]) counts.push({ workload, form, instructions: await counted(form, workload, options) });
  const rows = costs(runs, counts, options.workloads);
  const page = `Auth, limits, metrics and history, and what a message costs with them (wanted: a ratio of ${MOST} at most):

${table(rows)}

Made by \`${["bench/cost", ...shown(options.args)].join(" ")}\`
on ${machine(options)}.
`;
  console.log(page);
  if (options.readme) intoReadme("cost", page);
  if (options.json !== undefined) writeFileSync(options.json, `${JSON.stringify({ machine: machine(options), runs, counts }, null, 1)}\n`);
  return rows.every(({ ratio }) => ratio <= MOST) ? 0 : 1;
}

export async function main(args) {
  try {
    const options = parse(args);
    if (options) process.exitCode = await run(options);
  } catch (err) {
    if (!(err instanceof UsageError)) throw err;
    console.error(`bench/cost: ${err.message}\nbench/cost --help lists the options`);
    process.exitCode = 2;
  }
}
