// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the rtcio authors

// `rtcio serve` with TLS: certificates given, made for development, and read again on SIGHUP.

import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { copyFileSync, mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { hostname, tmpdir } from "node:os";
import path from "node:path";
import { after, afterEach, describe, test } from "node:test";
import { Certificate } from "./lib/certificates.mjs";
import { closeAll, connect } from "./lib/client.mjs";
import { readResponse, requestText } from "./lib/http.mjs";
import { join, rtcioServe, seenBy } from "./lib/rtcio.mjs";
import { once, waitFor } from "./lib/time.mjs";
import { Wire } from "./lib/wire.mjs";

const certificate = new Certificate();
const state = mkdtempSync(path.join(tmpdir(), "rtcio-state-"));
const running = [];

after(() => {
  for (const server of running) if (!server.ended) server.child.kill("SIGKILL");
  certificate.remove();
  rmSync(state, { recursive: true, force: true });
});
afterEach(() => {
  closeAll();
  Wire.destroyAll();
});

function prepare(args) {
  const server = rtcioServe(["--log", "json", ...args], { STATE_DIRECTORY: state });
  server.secure = true;
  running.push(server);
  return server;
}

const withFiles = () =>
  prepare(["--tls-cert", certificate.certFile, "--tls-key", certificate.keyFile]).start();

/** Log lines of an event once there are `n`. */
async function logged(server, event, n = 1) {
  const read = () =>
    server.stderr
      .split("\n")
      .slice(0, -1)
      .map((line) => JSON.parse(line))
      .filter((line) => line.event === event);
  await waitFor(() => read().length >= n, () => `${n} × ${event} in:\n${server.stderr}`);
  return read();
}

async function fingerprintOf(server) {
  const wire = await Wire.connectTls(server.port, { rejectUnauthorized: false });
  return wire.socket.getPeerCertificate().fingerprint256;
}

describe("a certificate of the operator's", () => {
  test("clients meet in a room over wss and https", async () => {
    const server = await withFiles();
    const [listen] = await logged(server, "server.listen");
    assert.equal(listen.scheme, "https");
    const ca = certificate.pem;
    const ann = await connect(server, "/", { ca });
    const bob = await connect(server, "/", { ca, transports: ["polling"] });
    await join(ann, "hall");
    const joined = once(ann, "user-connected");
    await join(bob, "hall");
    assert.equal((await joined)[0].id, bob.id);
    await server.stop();
  });

  test("SIGHUP reads it again; nobody is disconnected", async () => {
    const server = await withFiles();
    const [{ fingerprint }] = await logged(server, "tls.certificate");
    assert.equal(fingerprint, new X509Certificate(certificate.pem).fingerprint256);
    const socket = await connect(server, "/", { ca: certificate.pem });
    let gone = false;
    socket.on("disconnect", () => (gone = true));

    certificate.renew();
    server.child.kill("SIGHUP");
    const [, second] = await logged(server, "tls.certificate", 2);
    assert.notEqual(second.fingerprint, fingerprint);
    assert.equal(await fingerprintOf(server), second.fingerprint);

    const { pem } = certificate;
    certificate.write("cert.pem", "rubbish");
    server.child.kill("SIGHUP");
    const [failed] = await logged(server, "tls.reload");
    assert.match(failed.reason, /cert\.pem: holds no certificate/);
    certificate.write("cert.pem", pem);
    assert.equal(await fingerprintOf(server), second.fingerprint);

    await join(socket, "still-here");
    assert.equal(gone, false);
    await server.stop();
  });

  test("a warning when it ends soon", async () => {
    const server = await withFiles(); // made for two days
    const [{ level, days_left }] = await logged(server, "tls.certificate");
    assert.equal(level, "warn");
    assert.ok(days_left === 1 || days_left === 2);
    await server.stop();
  });

  test("mistakes are told before anything is served", async () => {
    const { certFile, keyFile } = certificate;
    const rows = [
      [["--tls-key", keyFile], /a key needs its certificate, give --tls-cert/],
      [["--tls-dev", "--tls-cert", certFile], /a certificate is given already.*--tls-cert/],
      [["--tls-cert", `${certFile}.not`], /cert\.pem\.not: No such file or directory/],
      [["--tls-cert", certFile], /key file .*cert\.pem: holds no private key/],
      [["--tls-cert", certFile, "--tls-key", certFile], /key file .*: holds no private key/],
    ];
    for (const [args, text] of rows) {
      const server = prepare(args);
      await assert.rejects(server.start());
      assert.equal(server.ended.code, 2);
      assert.match(server.stderr, text);
    }
  });
});

describe("a certificate for development", () => {
  const file = path.join(state, "dev.pem");

  /** Starts, reads the fingerprint that is printed, and asks for /health with that certificate. */
  async function serveDev() {
    const server = await prepare(["--tls-dev"]).start();
    const told = (await server.line((line) => /([0-9A-F]{2}:){31}/.test(line), "fingerprint")).trim();
    assert.equal(await fingerprintOf(server), told);
    const wire = await Wire.connectTls(server.port, { ca: readFileSync(file), servername: hostname() });
    wire.send(requestText({ target: "/health" }));
    assert.equal((await readResponse(wire)).text, "ok");
    await server.stop();
    return told;
  }

  test("is made, private, kept over restarts, and renewed when it lacks a name", async () => {
    const first = await serveDev();
    assert.equal(statSync(file).mode & 0o777, 0o600);
    assert.equal(await serveDev(), first);

    const { subjectAltName, validTo } = new X509Certificate(readFileSync(file));
    assert.match(subjectAltName, /DNS:localhost, /);
    assert.match(subjectAltName, /IP Address:127\.0\.0\.1/);
    assert.ok(Date.parse(validTo) - Date.now() > 360 * 86400e3);

    // Another machine's: the names do not fit.
    certificate.renew();
    const foreign = readFileSync(certificate.certFile) + readFileSync(certificate.keyFile, "utf8");
    certificate.write("foreign.pem", foreign);
    rmSync(file);
    copyFileSync(certificate.file("foreign.pem"), file);
    const third = await serveDev();
    assert.notEqual(third, first);
    assert.equal(await serveDev(), third);
  });

  test("needs a place to be kept", async () => {
    const server = rtcioServe(["--tls-dev"], { STATE_DIRECTORY: "/proc/nowhere" });
    await assert.rejects(server.start());
    assert.match(server.stderr, /cannot make \/proc\/nowhere: /);
  });
});

test("peers see each other whichever transport they use", async () => {
  const server = await withFiles();
  const ca = certificate.pem;
  const sockets = await Promise.all(
    [["polling"], ["websocket"]].map(async (transports) => {
      const socket = await connect(server, "/", { ca, transports });
      socket.seen = [];
      socket.onAny((...event) => event[0] !== "room-check-ok" && socket.seen.push(event));
      return socket;
    }),
  );
  for (const socket of sockets) await join(socket, "hall");
  await seenBy(...sockets);
  sockets[0].emit("#rtcio:message", { target: sockets[1].id, data: { hello: 1 } });
  const [, second] = await seenBy(...sockets);
  assert.deepEqual(second, [["#rtcio:message", { target: sockets[1].id, data: { hello: 1 }, source: sockets[0].id }]]);
  await server.stop();
});
