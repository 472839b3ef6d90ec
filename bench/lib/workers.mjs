// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the rtcio authors
//
// One worker against several, by turns, on the same cores.

import { writeFileSync } from "node:fs";
import { generate, serve, stop } from "./measure.mjs";
import { built, cores, list, number, readOptions, text, UsageError, workloads } from "./options.mjs";
import { grid, isClean } from "./report.mjs";
import { intoReadme, machine, prepare } from "./setup.mjs";

const help = `Usage: bench/workers [options]

Measures \`rtcio serve\` with one worker and with several, by turns. Server and generator share
the cores: on a machine of two there is no third for the generator. Two figures are therefore
printed. "A second" is what the clock says; while the generator needs a core for itself, a second
worker cannot add much there. "A CPU second" is what each second of the server's own CPU time gets
done, and "carries" is that times the number of workers: what they do when each has a core. It is
1.00 for one worker; what several lack to their number is the price of being several.

Options:
  --workloads A,B      which (connect,polling,relay), of: ${Object.keys(workloads).join(" ")}
  --workers N          how many to compare with one, 2 to 64 (2)
  --repeat N           measurements of each, 1 to 99 (3)
  --seconds S          length of each (5)
  --warmup S           load before each measurement (2)
  --cores A,B          cores that both share (0,1)
  --ours PROGRAM       the rtcio to measure (build/release/rtcio)
  --generator PROGRAM  the rtcio whose \`bench\` makes the load (build/release/rtcio)
  --json FILE          write every single result
  --readme             put the table into bench/README.md
  --help               this text

Exit status: 0 all well, 1 a run failed or a message went wrong, 2 bad usage.`;

const known = {
  workloads: text("connect,polling,relay"), workers: text("2"), repeat: text("3"), seconds: text("5"), warmup: text("2"),
  cores: text("0,1"), ours: text(`${built}rtcio`), generator: text(`${built}rtcio`), json: { type: "string" },
  readme: { type: "boolean" }, help: { type: "boolean", short: "h" },
};

function parse(args) {
  const values = readOptions(args, known, help);
  if (!values) return undefined;
  return {
    ...values,
    peers: ["ours"],
    workloads: list(values.workloads, workloads, "workload"),
    counts: [1, number(values.workers, "workers", 2, 64)],
    repeat: number(values.repeat, "repeat", 1, 99),
    seconds: number(values.seconds, "seconds", 1, 3600),
    warmup: number(values.warmup, "warmup", 0, 3600),
    cores: Array(2).fill(cores(values.cores).join(",")),
  };
}

async function measure(name, n, options) {
  const { args, settled } = workloads[name];
  const time = settled ? [] : ["--seconds", String(options.seconds), "--warmup", String(options.warmup)];
  const started = await serve("ours", options, [], ["--workers", String(n)]);
  try {
    return await generate(started, [...args, ...time], options);
  } finally {
    await stop(started.server);
  }
}

const median = (list) => [...list].sort((a, b) => a - b)[list.length >> 1];

/** One row for each workload, from runs of {workload, n, result}. */
export function rows(runs, names, [one, several]) {
  const of = (workload, n, key) => median(runs.filter((run) => run.workload === workload && run.n === n).map(({ result }) => result[key]));
  return names.map((name) => {
    const [slow, fast] = [one, several].map((n) => of(name, n, "work_per_second"));
    const [cheap, dear] = [one, several].map((n) => of(name, n, "work_per_cpu_second"));
    const carries = ((several * dear) / cheap).toFixed(2);
    return [name, slow, fast, (fast / slow).toFixed(2), cheap, dear, carries].map((cell) => (typeof cell === "number" ? String(Math.round(cell)) : cell));
  });
}

export async function main(args) {
  try {
    const options = parse(args);
    if (options) process.exitCode = await run(options, args);
  } catch (err) {
    if (!(err instanceof UsageError)) throw err;
    console.error(`bench/workers: ${err.message}\nbench/workers --help lists the options`);
    process.exitCode = 2;
  }
}

async function run(options, args) {
  prepare(options);
  const runs = [];
  for (let repetition = 0; repetition < options.repeat; repetition++)
    for (const workload of options.workloads)
      for (const n of repetition % 2 ? [...options.counts].reverse() : options.counts)
        runs.push({ workload, n, result: await measure(workload, n, options) });
  const several = options.counts[1];
  const head = ["workload", "a second: 1 worker", String(several), "ratio", "a CPU second: 1 worker", String(several), "carries"];
  const page = `What ${several} workers carry, in multiples of one (wanted: 1.70 in connect and polling):

${grid([head, ...rows(runs, options.workloads, options.counts)])}

Made by \`${["bench/workers", ...args].join(" ")}\`
on ${machine(options)}.
`;
  console.log(page);
  if (options.readme) intoReadme("workers", page);
  if (options.json !== undefined) writeFileSync(options.json, `${JSON.stringify({ machine: machine(options), runs }, null, 1)}\n`);
  return runs.every(({ result }) => isClean(result)) ? 0 : 1;
}
