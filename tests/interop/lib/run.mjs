// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the rtcio authors

// Commands of rtcio that end by themselves.

import { spawn } from "node:child_process";
import { built, programEnv } from "./server.mjs";
import { once } from "./time.mjs";

/** Runs the program to its end. */
export async function run(args, env = {}, options = {}) {
  const child = spawn(built("rtcio"), args, { env: { ...programEnv, ...env }, ...options });
  const out = { stdout: "", stderr: "" };
  for (const name of ["stdout", "stderr"]) {
    child[name].setEncoding("utf8").on("data", (text) => (out[name] += text));
  }
  const [code, signal] = await once(child, "close").finally(() => child.kill("SIGKILL"));
  return { ...out, code, signal };
}
