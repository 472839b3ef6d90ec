// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the rtcio authors
//
// The order of measurements, and where the report goes.

import { writeFileSync } from "node:fs";
import { parse, UsageError, workloads } from "./options.mjs";
import { measure } from "./measure.mjs";
import { isClean, report } from "./report.mjs";
import { intoReadme, machine, prepare } from "./setup.mjs";

// Who begins changes with every repetition, so that a machine that warms up or slows down
// favours nobody.
export function* schedule(options) {
  for (let repetition = 0; repetition < options.repeat; repetition++) {
    const peers = options.peers.filter((peer) => peer === "limit" || peer === "ours" || repetition < options.peerRepeat);
    for (const workload of options.workloads)
      for (let i = 0; i < peers.length; i++)
        yield { repetition, workload, peer: peers[(repetition + i) % peers.length] };
  }
}

// The latest measurement of the other workload counts.
function rateOf({ workload }, runs) {
  const { halfOf } = workloads[workload];
  if (halfOf === undefined) return undefined;
  const full = runs.findLast((run) => run.peer === halfOf.peer && run.workload === halfOf.workload);
  return full.result.work_per_second / 2;
}

function tell(step, result) {
  const wrong = isClean(result) ? "" : `  WRONG: ${result.error ?? "see the counts"}`;
  const speed = Math.round(result.work_per_cpu_second);
  console.error(`${step.repetition + 1}  ${step.workload.padEnd(10)} ${step.peer.padEnd(5)} ${speed} ${result.unit} per CPU second${wrong}`);
}

/** A command line without where its results went, which is nobody else's business. */
export function shown(args) {
  return args.filter((arg, i) => !/^--(json|markdown)(=|$)/.test(arg) && !/^--(json|markdown)$/.test(args[i - 1] ?? ""));
}

async function compare(options) {
  prepare(options);
  const runs = [];
  for (const step of schedule(options)) {
    const result = await measure(step.peer, step.workload, options, rateOf(step, runs));
    tell(step, result);
    runs.push({ ...step, result });
  }
  const command = ["bench/compare", ...shown(options.args)].join(" ");
  const text = report(runs, machine(options), command);
  console.log(text);
  if (options.json !== undefined) writeFileSync(options.json, `${JSON.stringify({ machine: machine(options), command, runs }, null, 1)}\n`);
  if (options.markdown !== undefined) writeFileSync(options.markdown, text);
  if (options.readme) intoReadme("table", text);
  return runs.every(({ result }) => isClean(result)) ? 0 : 1;
}

export async function main(args) {
  try {
    const options = parse(args);
    process.exitCode = options === undefined ? 0 : await compare(options);
  } catch (err) {
    if (!(err instanceof UsageError)) throw err;
    console.error(`bench/compare: ${err.message}\nbench/compare --help lists the options`);
    process.exitCode = 2;
  }
}
