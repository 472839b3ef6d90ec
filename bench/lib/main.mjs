// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the rtcio authors
//
// The order of measurements, and where the report goes.

import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { benchDir, parse, peers, UsageError } from "./options.mjs";
import { measure } from "./measure.mjs";
import { isClean, report } from "./report.mjs";

const OPEN = "<!-- table -->";
const CLOSE = "<!-- /table -->";

// Installs a peer's packages unless they are there.
function install({ folder, needs, installArgs = [] }) {
  if (existsSync(`${folder}node_modules/${needs}`)) return;
  console.error(`installing ${needs}: npm ci in ${path.relative("", folder)}`);
  execFileSync("npm", ["ci", "--no-audit", "--no-fund", ...installArgs], { cwd: folder, stdio: ["ignore", "ignore", "inherit"] });
}

function prepare(options) {
  if (os.cpus().length < 2) throw new Error("two cores are needed: one for the server, one for the generator");
  const chosen = options.peers.map((name) => peers[name]);
  const programs = ["generator", ...chosen.filter((peer) => peer.program).map((peer) => peer.program)];
  for (const name of programs)
    if (!existsSync(options[name])) throw new Error(`${options[name]} is missing: ./run --build-only makes it`);
  for (const peer of chosen) if (peer.folder !== undefined) install(peer);
}

function versionOf(peer, name) {
  const file = `${peer.folder}node_modules/${name}/package.json`;
  return `${name} ${JSON.parse(readFileSync(file, "utf8")).version}`;
}

function machine(options) {
  const cpu = os.cpus()[0].model.trim();
  const day = new Date().toISOString().slice(0, 10);
  const parts = [`${os.cpus().length} cores of ${cpu}`, `Linux ${os.release()}`];
  const measured = (name) => options.peers.includes(name);
  if (measured("node") || measured("eiows")) parts.push(`node ${process.versions.node}`);
  if (measured("node")) parts.push(versionOf(peers.node, "socket.io"));
  if (measured("eiows")) parts.push(versionOf(peers.eiows, "eiows"));
  if (measured("bun")) parts.push(versionOf(peers.bun, "bun"), versionOf(peers.bun, "@socket.io/bun-engine"));
  return [...parts, day].join(", ");
}

// Who begins changes with every repetition, so that a machine that warms up or slows down
// favours nobody.
function* schedule(options) {
  const { length } = options.peers;
  for (let repetition = 0; repetition < options.repeat; repetition++)
    for (const workload of options.workloads)
      for (let i = 0; i < length; i++)
        yield { repetition, workload, peer: options.peers[(repetition + i) % length] };
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
  const text = report(runs, machine(options), command);
  console.log(text);
  if (options.json !== undefined) writeFileSync(options.json, `${JSON.stringify({ machine: machine(options), command, runs }, null, 1)}\n`);
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
