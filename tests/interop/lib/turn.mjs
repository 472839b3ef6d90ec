// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the rtcio authors

// Debian's coturn on loopback, and its own client to try credentials with.

import { spawn } from "node:child_process";
import dgram from "node:dgram";
import { mkdtemp, rm } from "node:fs/promises";
import net from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { waitFor } from "./time.mjs";

/** A port that is free for UDP and TCP; coturn cannot choose one itself. */
async function freePort() {
  const tcp = net.createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => tcp.once("listening", resolve));
  const { port } = tcp.address();
  const udp = dgram.createSocket("udp4");
  await new Promise((resolve, reject) => udp.once("error", reject).bind(port, "127.0.0.1", resolve));
  await Promise.all([tcp, udp].map((socket) => new Promise((resolve) => socket.close(resolve))));
  return port;
}

/** What a child says, on either stream. */
function listen(child) {
  const said = { text: "" };
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding("utf8").on("data", (text) => (said.text += text));
  return said;
}

export class Turn {
  async start(secret) {
    this.port = await freePort();
    this.folder = await mkdtemp(path.join(tmpdir(), "rtcio-turn-"));
    const args = ["-n", "--no-cli", "--no-tls", "--no-dtls", "-L", "127.0.0.1", "-E", "127.0.0.1"];
    args.push("-p", this.port, "--use-auth-secret", `--static-auth-secret=${secret}`, "-r", "test");
    args.push("--allow-loopback-peers", "--simple-log", "--log-file", "stdout");
    args.push("--pidfile", path.join(this.folder, "pid"), "--userdb", path.join(this.folder, "db"));
    this.child = spawn("turnserver", args, { cwd: this.folder });
    this.exit = new Promise((resolve) => this.child.once("exit", resolve).once("error", resolve));
    const reachable = () =>
      new Promise((resolve) => {
        const probe = net.connect(this.port, "127.0.0.1");
        probe.once("connect", () => resolve(true)).once("error", () => resolve(false));
        probe.once("connect", () => probe.destroy());
      });
    await waitFor(reachable, "coturn");
    return this;
  }

  /** Does the server allocate a relay for these credentials? */
  async accepts({ username, credential }) {
    const args = ["-v", "-y", "-n", "1", "-m", "1", "-u", username, "-w", credential];
    const child = spawn("turnutils_uclient", [...args, "-p", this.port, "127.0.0.1"]);
    const said = listen(child);
    const verdict = () => /Received relay addr|Cannot complete Allocation/.exec(said.text);
    try {
      await waitFor(verdict, () => `a verdict in: ${said.text}`);
      return verdict()[0].endsWith("addr");
    } finally {
      child.kill("SIGKILL");
    }
  }

  async stop() {
    this.child?.kill("SIGKILL");
    await this.exit;
    await rm(this.folder, { recursive: true });
  }
}
