// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the rtcio authors

// Certificates for tests, signed by themselves: files that a server loads, and what a client needs
// to believe them.

import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

/** A directory with cert.pem and key.pem for localhost and 127.0.0.1. */
export class Certificate {
  constructor() {
    this.directory = mkdtempSync(path.join(tmpdir(), "rtcio-tls-"));
    this.renew();
  }

  /** A path in the directory. */
  file(name) {
    return path.join(this.directory, name);
  }

  get certFile() {
    return this.file("cert.pem");
  }

  get keyFile() {
    return this.file("key.pem");
  }

  /** The certificate as PEM: what a client passes as `ca`. */
  get pem() {
    return readFileSync(this.certFile, "utf8");
  }

  /** New key, new certificate, same files. */
  renew() {
    const words = "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2";
    const names = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"];
    const files = ["-keyout", this.keyFile, "-out", this.certFile];
    execFileSync("openssl", [...words.split(" "), ...names, ...files], { stdio: "pipe" });
  }

  /** Runs openssl and returns what it prints. */
  openssl(...args) {
    return execFileSync("openssl", args, { stdio: "pipe", cwd: this.directory }).toString();
  }

  write(name, text) {
    writeFileSync(this.file(name), text);
    return this.file(name);
  }

  remove() {
    rmSync(this.directory, { recursive: true, force: true });
  }
}
