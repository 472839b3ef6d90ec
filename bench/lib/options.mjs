// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the rtcio authors
//
// The command line of bench/compare, the workloads it knows and the peers it can start.

import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

export const benchDir = fileURLToPath(new URL("..", import.meta.url));
/** Where the programs are unless told otherwise. */
export const built = fileURLToPath(new URL("../../build/release/", import.meta.url));

// What shall be reached: `share` of the limit's work per CPU second, `most` bytes or
// microseconds of a connection. `settled` workloads end by themselves, `halfOf` ones are sent at
// half the speed that the peer had in the workload just before.
export const workloads = {
  relay: { args: ["relay"], share: 0.8 },
  half: { args: ["relay"], halfOf: { peer: "node", workload: "relay" } },
  relay1k: { args: ["relay1k"], share: 0.8 },
  relay8: { args: ["relay8"], share: 0.5 },
  small: { args: ["small"], share: 0.85 },
  mesh: { args: ["mesh"], share: 0.75 },
  meshburst: { args: ["meshburst"], share: 0.5 },
  bcast: { args: ["bcast"], share: 0.9 },
  bcastbig: { args: ["bcastbig"], share: 0.9 },
  polling: { args: ["polling"], share: 0.75 },
  churn: { args: ["churn"], share: 0.8 },
  connect: { args: ["connect"], share: 0.8 },
  idle: { args: ["idle", "--clients", "10000"], settled: true, mostBytes: 512 },
  "idle-rooms": { args: ["idle", "--clients", "10000", "--rooms-of", "4"], settled: true, mostBytes: 700 },
  // Longer than the ping interval of 25 s, so that every connection is pinged once.
  ping: { args: ["idle", "--clients", "10000", "--seconds", "30"], settled: true, mostUs: 12, extra: true },
};

const listen = ["--port", "0", "--host", "127.0.0.1"];

// `folder` has the package.json of what must be there before. Bun is a program out of a
// package; install scripts do not run, because the one of the package bun would look elsewhere.
export const peers = {
  limit: {
    title: "the limit",
    program: "limit",
    command: (options) => [options.limit, "--port", "0"],
  },
  ours: {
    title: "rtcio",
    program: "ours",
    // mesh lets the same clients join again and again, faster than people do and than the
    // default limit allows, and all of the load comes from one address. The peers have no limits,
    // and no recovery.
    command: (options) => [
      ...[options.ours, "serve", ...listen],
      ...["--max-joins", "100000", "--recovery-time", "0"],
      ...["--max-events", "0", "--max-bytes", "0"],
      ...["--max-address-clients", "0", "--max-address-handshakes", "0"],
    ],
  },
  node: {
    title: "Node socket.io",
    folder: benchDir,
    needs: "socket.io",
    command: () => [process.execPath, `${benchDir}peers/node-socketio.mjs`, ...listen],
  },
  bun: {
    title: "Bun socket.io",
    folder: `${benchDir}peers/bun/`,
    needs: `@oven/bun-linux-${process.arch === "arm64" ? "aarch64" : process.arch}`,
    installArgs: ["--ignore-scripts"],
    command: () => [`${peers.bun.folder}node_modules/${peers.bun.needs}/bin/bun`, `${peers.bun.folder}server.mjs`, ...listen],
  },
  eiows: {
    title: "Node eiows",
    folder: `${benchDir}peers/eiows/`,
    needs: "eiows",
    command: () => [process.execPath, `${peers.eiows.folder}server.mjs`, ...listen],
  },
};

const help = `Usage: bench/compare [options]

Starts a fresh server for every measurement, the peers by turns, puts the load of \`rtcio bench\`
on it and prints the medians: rtcio's share of the limit (a server of system calls alone) and
its ratio to the others. The server has one core to itself, the generator another. About
fifteen minutes with the defaults.

Options:
  --workloads A,B      which (all but ping): ${Object.keys(workloads).join(" ")}
  --peers A,B          which servers (limit,ours,node), of: ${Object.keys(peers).join(" ")};
                       what is missing is installed from npm
  --repeat N           measurements of each, 1 to 99 (3)
  --peer-repeat N      of the peers but limit and ours, if that shall be fewer (as many)
  --seconds S          length of each (5)
  --warmup S           load before each measurement (2)
  --cores S,G          core of the server, core of the generator (0,1)
  --ours PROGRAM       the rtcio to measure (build/release/rtcio)
  --limit PROGRAM      the limit program (build/release/bench/limit)
  --generator PROGRAM  the rtcio whose \`bench\` makes the load (build/release/rtcio)
  --json FILE          write every single result
  --markdown FILE      write the table
  --readme             put the table into bench/README.md
  --help               this text

Exit status: 0 all well, 1 a run failed or a message went wrong, 2 bad usage.
Reaching a goal or not does not change it.`;

export class UsageError extends Error {}

export function list(text, known, what) {
  const names = text.split(",");
  for (const name of names)
    if (!Object.hasOwn(known, name))
      throw new UsageError(`unknown ${what} "${name}": one of ${Object.keys(known).join(" ")}`);
  return names;
}

export function number(text, name, min, max) {
  const n = Number(text);
  if (text === "" || !(n >= min && n <= max)) throw new UsageError(`--${name} ${text}: must be ${min} to ${max}`);
  return n;
}

export function cores(text) {
  const two = text.split(",");
  if (two.length !== 2) throw new UsageError(`--cores ${text}: must be two numbers, such as 0,1`);
  return two.map((core) => number(core, "cores", 0, 4095));
}

// The two lists. A rate that follows from another measurement needs that one before it.
function both(values) {
  const chosen = { peers: list(values.peers, peers, "peer"), workloads: list(values.workloads ?? usual(values), workloads, "workload") };
  for (const [i, name] of chosen.workloads.entries()) {
    const { halfOf } = workloads[name];
    if (halfOf === undefined) continue;
    const before = chosen.workloads.slice(0, i);
    if (!before.includes(halfOf.workload) || !chosen.peers.includes(halfOf.peer))
      throw new UsageError(`${name} needs the workload ${halfOf.workload} before it and the peer ${halfOf.peer}`);
  }
  return chosen;
}

// All that can be measured with these peers.
function usual({ peers: text }) {
  const chosen = text.split(",");
  const possible = ({ extra, halfOf }) => !extra && (halfOf === undefined || chosen.includes(halfOf.peer));
  return Object.keys(workloads).filter((name) => possible(workloads[name])).join(",");
}

/** An option with a text and its default. */
export const text = (value) => ({ type: "string", default: value });

/** Reads a command line by the options known; undefined when only the help was wanted. */
export function readOptions(args, options, usage) {
  let values;
  try {
    values = parseArgs({ args, options }).values;
  } catch (err) {
    throw new UsageError(err.message);
  }
  if (!values.help) return values;
  console.log(usage);
  return undefined;
}

const known = {
  workloads: { type: "string" },
  peers: text("limit,ours,node"),
  repeat: text("3"),
  "peer-repeat": { type: "string" },
  seconds: text("5"),
  warmup: text("2"),
  cores: text("0,1"),
  ours: text(`${built}rtcio`),
  limit: text(`${built}bench/limit`),
  generator: text(`${built}rtcio`),
  json: { type: "string" },
  markdown: { type: "string" },
  readme: { type: "boolean" },
  help: { type: "boolean", short: "h" },
};

/** Returns the options, or undefined when only the help was wanted. */
export function parse(args) {
  const values = readOptions(args, known, help);
  if (!values) return undefined;
  return {
    ...values,
    ...both(values),
    repeat: Math.trunc(number(values.repeat, "repeat", 1, 99)),
    peerRepeat: Math.trunc(number(values["peer-repeat"] ?? values.repeat, "peer-repeat", 1, 99)),
    seconds: number(values.seconds, "seconds", 0.1, 3600),
    warmup: number(values.warmup, "warmup", 0, 3600),
    cores: cores(values.cores),
    args,
  };
}
