// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the rtcio authors

// Starts and stops the server under test: ours, or Node's own with the same behaviours
// (RTCIO_REFERENCE=1). The rest of the tests does not know which.
//
// A server under test takes options as key=value arguments, says "listening PORT" on stdout and
// then one JSON object per line for what happens inside it. On stdin it takes "stats". SIGTERM
// closes it; it must then exit with 0.

import { spawn } from "node:child_process";
import path from "node:path";
import readline from "node:readline";
import { fileURLToPath } from "node:url";
import { DEADLINE_MS, waitFor, withTimeout } from "./time.mjs";

export const isReference = process.env.RTCIO_REFERENCE === "1";

/** How many workers the server under test has (RTCIO_WORKERS). */
export const nWorkers = isReference ? 1 : Number(process.env.RTCIO_WORKERS ?? 1);

/** For a test of what each worker has for itself: the value of node:test's `skip`. */
export const alone = (why) => nWorkers > 1 && `each worker's own: ${why}`;

/** Options for what only a client's own worker can do. */
export const ONE_WORKER = isReference ? {} : { workers: 1 };

/** For a test that only our server has to pass: the value of node:test's `skip`. */
export const oursOnly = (why) => isReference && `not Node's behaviour: ${why}`;

const root = fileURLToPath(new URL("../../../", import.meta.url));
const build = path.resolve(root, process.env.RTCIO_BUILD ?? "build/release");
const reference = fileURLToPath(new URL("../reference.mjs", import.meta.url));

/** The environment of what is started: ours without the variables that steer the tests. */
export const programEnv = { ...process.env };
for (const name of ["BUILD", "REFERENCE", "EXAMPLES", "PLUGIN_FILES", "PROGRAM", "SEED", "ROUNDS"]) delete programEnv[`RTCIO_${name}`];

/** A path below the build directory under test. */
export const built = (name) => path.join(build, name);

/** A program that says where it listens, its life and its lines. */
export class Server {
  #command;
  #lines = [];
  #waiting = new Set();
  #errors = "";

  /** @param env    variables added to the environment
   *  @param ready  what a line of stdout looks like that says the port (its first group) */
  constructor(command, args = [], { env, ready = /^listening (\d+)$/, secure = false } = {}) {
    this.#command = { command, args, env: { ...programEnv, ...env }, ready };
    this.secure = secure;
  }

  async start() {
    const { command, args, env, ready } = this.#command;
    this.ended = null;
    this.child = spawn(command, args, { stdio: ["pipe", "pipe", "pipe"], env });
    this.exit = new Promise((resolve) => {
      this.child.once("exit", (code, signal) => resolve({ code, signal }));
      this.child.once("error", (error) => resolve({ error }));
    });
    this.exit.then((how) => {
      this.ended = how;
      this.#wake();
    });
    readline.createInterface({ input: this.child.stdout }).on("line", (line) => {
      this.#lines.push(line);
      this.#wake();
    });
    this.child.stderr.setEncoding("utf8").on("data", (text) => {
      this.#errors += text;
    });
    this.child.stdin.on("error", () => {});
    const line = await this.line((text) => ready.test(text), "the port");
    this.port = Number(ready.exec(line)[1]);
    return this;
  }

  get url() {
    return `${this.secure ? "https" : "http"}://127.0.0.1:${this.port}`;
  }

  get stderr() {
    return this.#errors;
  }

  #wake() {
    for (const check of this.#waiting) check();
  }

  /** The next line of stdout that fits; lines that do not fit stay for others. */
  line(fits, what, ms = DEADLINE_MS) {
    let check;
    const found = new Promise((resolve, reject) => {
      check = () => {
        const at = this.#lines.findIndex(fits);
        if (at >= 0) resolve(this.#lines.splice(at, 1)[0]);
        else if (this.ended) reject(this.#death());
      };
      this.#waiting.add(check);
      check();
    });
    return withTimeout(found, what, ms).finally(() => this.#waiting.delete(check));
  }

  #death() {
    const { code, signal, error } = this.ended;
    return error ?? new Error(`server ended with ${code ?? signal}: ${this.#errors}`);
  }

  /** The next thing the server told of itself whose members equal those of `wanted`. */
  async note(wanted, ms) {
    const fits = (line) => {
      if (line[0] !== "{") return false;
      const note = JSON.parse(line);
      return Object.entries(wanted).every(([key, value]) => note[key] === value);
    };
    return JSON.parse(await this.line(fits, `note ${JSON.stringify(wanted)}`, ms));
  }

  /** The server's counters. */
  async stats() {
    this.child.stdin.write("stats\n");
    return this.note({ note: "stats" });
  }

  /** Makes the server read its certificate again: its own answer. */
  async reload() {
    this.child.stdin.write("reload\n");
    return this.note({ note: "reload" });
  }

  /** Waits until the counters named have these values. */
  async settled(wanted) {
    let stats;
    const fits = async () => {
      stats = await this.stats();
      return Object.entries(wanted).every(([key, value]) => stats[key] === value);
    };
    const what = () => `counters ${JSON.stringify(wanted)}, but ${JSON.stringify(stats)}`;
    return waitFor(fits, what);
  }

  /** Nobody is connected any more. */
  empty() {
    return this.settled({ n_connections: 0, n_sessions: 0, n_sockets: 0 });
  }

  /** Asks the server to close and returns when it has; it must end well. */
  async stop(ms = DEADLINE_MS) {
    if (!this.child) return;
    if (!this.ended) this.child.kill("SIGTERM");
    try {
      await withTimeout(this.exit, "exit after SIGTERM", ms);
      if (this.ended.code !== 0) throw this.#death();
    } finally {
      if (!this.ended) this.child.kill("SIGKILL");
    }
  }
}

/** The server under test, not started yet. Options are those of rtcio_server_options, by the same
 *  names, and `port`, `tls_cert`, `tls_key`. */
export function serverUnderTest(options = {}) {
  const workers = isReference ? undefined : process.env.RTCIO_WORKERS;
  const args = Object.entries({ close_timeout_ms: 1000, workers, ...options })
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => `${key}=${value}`);
  const secure = "tls_cert" in options;
  if (isReference) return new Server(process.execPath, [reference, ...args], { secure });
  return new Server(built("tests/interop/interop_server"), args, { secure });
}
