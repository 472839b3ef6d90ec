// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the rtcio authors
//
// Servers and generators as processes: a fresh server on its core, the generator on the other,
// one result.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { peers, workloads } from "./options.mjs";

const START_MS = 10_000;
const STOP_MS = 10_000;

// Both programs get all the open files they may have, and exactly one core. The shell and
// taskset replace themselves, so the child's pid is the program's.
function launch(core, command, stdio) {
  const script = 'ulimit -n "$(ulimit -H -n)" 2>/dev/null; exec taskset -c "$0" "$@"';
  return spawn("sh", ["-c", script, String(core), ...command], {
    stdio,
    env: { ...process.env, NODE_ENV: "production" },
  });
}

// A server tells its port by the first URL it prints.
function urlOf(server, command) {
  return new Promise((resolve, reject) => {
    let text = "";
    const timer = setTimeout(() => reject(new Error(`${command[0]} printed no URL in 10 s: ${text}`)), START_MS);
    const look = (chunk) => {
      text += chunk;
      const found = /http:\/\/[^\s"]*:(\d+)/.exec(text);
      if (found === null) return;
      clearTimeout(timer);
      // The rest (a log, perhaps) is read and dropped: a full pipe would stop the server.
      for (const stream of [server.stdout, server.stderr]) stream.off("data", look).resume();
      resolve(`http://127.0.0.1:${found[1]}`);
    };
    server.stdout.on("data", look);
    server.stderr.on("data", look);
    server.once("error", reject);
    server.once("exit", (code) => reject(new Error(`${command.join(" ")} ended with ${code}: ${text}`)));
  });
}

/** Ends a server. */
export async function stop(server) {
  if (server.exitCode !== null || server.signalCode !== null) return;
  const gone = once(server, "exit");
  server.kill("SIGTERM");
  const timer = setTimeout(() => server.kill("SIGKILL"), STOP_MS);
  await gone;
  clearTimeout(timer);
}

/** Starts a fresh server of a peer on the server's core, perhaps inside another program (prefix)
 * or with more arguments; resolves when it listens. */
export async function serve(peer, options, prefix = [], more = []) {
  const command = [...prefix, ...peers[peer].command(options), ...more];
  const server = launch(options.cores[0], command, ["ignore", "pipe", "pipe"]);
  try {
    return { server, url: await urlOf(server, command) };
  } catch (err) {
    await stop(server);
    throw err;
  }
}

/** Runs `rtcio bench` with args against a server; resolves with its result. */
export async function generate({ server, url }, args, options) {
  const more = ["--url", url, "--pid", String(server.pid), "--json"];
  const generator = launch(options.cores[1], [options.generator, "bench", ...args, ...more], ["ignore", "pipe", "pipe"]);
  let out = "";
  let err = "";
  generator.stdout.on("data", (chunk) => (out += chunk));
  generator.stderr.on("data", (chunk) => (err += chunk));
  const [code] = await once(generator, "close");
  if (out === "") throw new Error(`the generator ended with ${code}: ${err.trim()}`);
  return JSON.parse(out);
}

/** Runs one workload once against one fresh peer, with so many messages a second if rate is given. */
export async function measure(peer, name, options, rate) {
  const workload = workloads[name];
  const pace = rate === undefined ? [] : ["--rate", String(Math.round(rate))];
  const time = workload.settled ? [] : ["--seconds", String(options.seconds), "--warmup", String(options.warmup)];
  const started = await serve(peer, options);
  try {
    return await generate(started, [...workload.args, ...pace, ...time], options);
  } finally {
    await stop(started.server);
  }
}
