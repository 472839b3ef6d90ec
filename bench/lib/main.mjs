// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the rtcio authors
//
// The order of measurements, and where the report goes.

import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import os from "node:os";
import { benchDir, parse, UsageError } from "./options.mjs";
import { measure } from "./measure.mjs";
import { isClean, report } from "./report.mjs";

const OPEN = "<!-- table -->";
const CLOSE = "<!-- /table -->";

function prepare(options) {
  const programs = [options.generator, ...(options.peers.includes("ours") ? [options.ours] : [])];
  for (const program of programs)
    if (!existsSync(program)) throw new Error("build/release/rtcio is missing: ./run --build-only makes it");
  if (os.cpus().length < 2) throw new Error("two cores are needed: one for the server, one for the generator");
  if (options.peers.includes("node") && !existsSync(`${benchDir}node_modules/socket.io`)) {
    console.error("installing socket.io: npm ci in bench/");
    execFileSync("npm", ["ci"], { cwd: benchDir, stdio: ["ignore", "ignore", "inherit"] });
  }
}

function machine() {
  const { version } = existsSync(`${benchDir}node_modules/socket.io/package.json`)
    ? JSON.parse(readFileSync(`${benchDir}node_modules/socket.io/package.json`, "utf8"))
    : { version: "(absent)" };
  const cpu = os.cpus()[0].model.trim();
  const day = new Date().toISOString().slice(0, 10);
  return `${os.cpus().length} cores of ${cpu}, Linux ${os.release()}, node ${process.versions.node}, socket.io ${version}, ${day}`;
}

// Who begins changes with every repetition, so that a machine that warms up or slows down
// favours neither.
function* schedule(options) {
  for (let repetition = 0; repetition < options.repeat; repetition++)
    for (const workload of options.workloads) {
      const order = repetition % 2 === 0 ? options.peers : [...options.peers].reverse();
      for (const peer of order) yield { repetition, workload, peer };
    }
}

function tell(step, result) {
  const wrong = isClean(result) ? "" : `  WRONG: ${result.error ?? "see the counts"}`;
  const speed = Math.round(result.work_per_cpu_second);
  console.error(`${step.repetition + 1}  ${step.workload.padEnd(10)} ${step.peer.padEnd(5)} ${speed} ${result.unit} per CPU second${wrong}`);
}

function intoReadme(text) {
  const file = `${benchDir}README.md`;
  const readme = readFileSync(file, "utf8");
  const from = readme.indexOf(OPEN);
  const to = readme.indexOf(CLOSE);
  if (from < 0 || to < from) throw new Error(`bench/README.md has no ${OPEN} … ${CLOSE}`);
  writeFileSync(file, `${readme.slice(0, from + OPEN.length)}\n${text}${readme.slice(to)}`);
}

async function compare(options) {
  prepare(options);
  const runs = [];
  for (const step of schedule(options)) {
    const result = await measure(step.peer, step.workload, options);
    tell(step, result);
    runs.push({ ...step, result });
  }
  const command = ["bench/compare", ...options.args].join(" ");
  const text = report(runs, machine(), command);
  console.log(text);
  if (options.json !== undefined) writeFileSync(options.json, `${JSON.stringify({ machine: machine(), command, runs }, null, 1)}\n`);
  if (options.markdown !== undefined) writeFileSync(options.markdown, text);
  if (options.readme) intoReadme(text);
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
