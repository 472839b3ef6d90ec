// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the rtcio authors
//
// The command line of bench/compare, the workloads it knows and the peers it can start.

import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

export const benchDir = fileURLToPath(new URL("..", import.meta.url));
const program = fileURLToPath(new URL("../../build/release/rtcio", import.meta.url));

// `goal` is the least ratio to Node's work per CPU second, `most` the greatest memory of a
// connection in bytes. `settled` workloads end by themselves.
export const workloads = {
  relay: { args: ["relay"], goal: 2.5 },
  relay1k: { args: ["relay1k"] },
  relay8: { args: ["relay8"], goal: 6 },
  small: { args: ["small"], goal: 2.5 },
  mesh: { args: ["mesh"], goal: 4 },
  meshburst: { args: ["meshburst"] },
  bcast: { args: ["bcast"] },
  bcastbig: { args: ["bcastbig"] },
  polling: { args: ["polling"], goal: 5 },
  churn: { args: ["churn"], goal: 5 },
  connect: { args: ["connect"], goal: 4 },
  idle: { args: ["idle", "--clients", "10000"], settled: true },
  "idle-rooms": { args: ["idle", "--clients", "10000", "--rooms-of", "4"], settled: true, most: 1500 },
  // Longer than the ping interval of 25 s, so that every connection is pinged once.
  ping: { args: ["idle", "--clients", "10000", "--seconds", "30"], settled: true, extra: true },
};

export const peers = {
  node: {
    title: "Node socket.io",
    command: () => [process.execPath, `${benchDir}peers/node-socketio.mjs`, "--port", "0", "--host", "127.0.0.1"],
  },
  ours: {
    title: "rtcio",
    // mesh lets the same clients join again and again, faster than people do and than the
    // default limit allows. Node's side has no limit.
    command: (options) => [options.ours, "serve", "--port", "0", "--host", "127.0.0.1", "--max-joins", "100000"],
  },
};

const help = `Usage: bench/compare [options]

Starts a fresh server for every measurement, rtcio and Node's socket.io by turns, puts the load
of \`rtcio bench\` on it and prints the medians and their ratios. The server has one core to
itself, the generator another. About ten minutes with the defaults.

Options:
  --workloads A,B      which (all but ping): ${Object.keys(workloads).join(" ")}
  --peers A,B          which servers (node,ours)
  --repeat N           measurements of each, 1 to 99 (3)
  --seconds S          length of each (5)
  --warmup S           load before each measurement (2)
  --cores S,G          core of the server, core of the generator (0,1)
  --ours PROGRAM       the rtcio to measure (build/release/rtcio)
  --generator PROGRAM  the rtcio whose \`bench\` makes the load (build/release/rtcio)
  --json FILE          write every single result
  --markdown FILE      write the table
  --readme             put the table into bench/README.md
  --help               this text

Exit status: 0 all well, 1 a run failed or a message went wrong, 2 bad usage.
Reaching a goal or not does not change it.`;

export class UsageError extends Error {}

function list(text, known, what) {
  const names = text.split(",");
  for (const name of names)
    if (!Object.hasOwn(known, name))
      throw new UsageError(`unknown ${what} "${name}": one of ${Object.keys(known).join(" ")}`);
  return names;
}

function number(text, name, min, max) {
  const n = Number(text);
  if (text === "" || !(n >= min && n <= max)) throw new UsageError(`--${name} ${text}: must be ${min} to ${max}`);
  return n;
}

function cores(text) {
  const two = text.split(",");
  if (two.length !== 2) throw new UsageError(`--cores ${text}: must be two numbers, such as 0,1`);
  return two.map((core) => number(core, "cores", 0, 4095));
}

function read(args) {
  const usual = Object.keys(workloads).filter((name) => !workloads[name].extra);
  const text = (value) => ({ type: "string", default: value });
  try {
    return parseArgs({
      args,
      options: {
        workloads: text(usual.join(",")),
        peers: text("node,ours"),
        repeat: text("3"),
        seconds: text("5"),
        warmup: text("2"),
        cores: text("0,1"),
        ours: text(program),
        generator: text(program),
        json: { type: "string" },
        markdown: { type: "string" },
        readme: { type: "boolean" },
        help: { type: "boolean", short: "h" },
      },
    }).values;
  } catch (err) {
    throw new UsageError(err.message);
  }
}

/** Returns the options, or undefined when only the help was wanted. */
export function parse(args) {
  const values = read(args);
  if (values.help) {
    console.log(help);
    return undefined;
  }
  return {
    ...values,
    workloads: list(values.workloads, workloads, "workload"),
    peers: list(values.peers, peers, "peer"),
    repeat: Math.trunc(number(values.repeat, "repeat", 1, 99)),
    seconds: number(values.seconds, "seconds", 0.1, 3600),
    warmup: number(values.warmup, "warmup", 0, 3600),
    cores: cores(values.cores),
    args,
  };
}
