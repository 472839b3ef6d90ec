// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the rtcio authors
//
// What surrounds a measurement: programs and packages that must be there, the name of the
// machine, the place in bench/README.md.

import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { benchDir, peers } from "./options.mjs";

// Installs a peer's packages unless they are there.
function install({ folder, needs, installArgs = [] }) {
  if (existsSync(`${folder}node_modules/${needs}`)) return;
  console.error(`installing ${needs}: npm ci in ${path.relative("", folder)}`);
  execFileSync("npm", ["ci", "--no-audit", "--no-fund", ...installArgs], { cwd: folder, stdio: ["ignore", "ignore", "inherit"] });
}

/** Makes sure that everything the options name is there. */
export function prepare(options) {
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

/** The machine and what was measured on it, for the foot of a report. */
export function machine(options) {
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

/** Replaces what bench/README.md has between <!-- name --> and <!-- /name -->. */
export function intoReadme(name, text) {
  const open = `<!-- ${name} -->`;
  const close = `<!-- /${name} -->`;
  const file = `${benchDir}README.md`;
  const readme = readFileSync(file, "utf8");
  const from = readme.indexOf(open);
  const to = readme.indexOf(close);
  if (from < 0 || to < from) throw new Error(`bench/README.md has no ${open} … ${close}`);
  writeFileSync(file, `${readme.slice(0, from + open.length)}\n${text}${readme.slice(to)}`);
}
