// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the rtcio authors

// What `rtcio serve` gives up before it serves: a plugin tries what an intruder would. And what it
// tells a service's manager. In a build with a sanitizer there is no sandbox.

import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { chmod, mkdir, mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { closeAll } from "./lib/client.mjs";
import { join, peer, rtcioServe } from "./lib/rtcio.mjs";
import { Wire } from "./lib/wire.mjs";
import { once, waitFor } from "./lib/time.mjs";

const root = fileURLToPath(new URL("../../", import.meta.url));
const sanitized = /asan|tsan/.test(process.env.RTCIO_BUILD ?? "") && "a sanitizer needs what the sandbox takes";
let folder, plugin;
const servers = [];

const intruder = `
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <unistd.h>
#include <rtcio/plugin.h>
static int open_packet(void)
{
    return socket(AF_PACKET, SOCK_RAW, 0);
}
static void on_try(rtcio_socket *client, const rtcio_event *ev, void *user)
{
    const char *what, *path;
    (void)client, (void)user;
    if (rtcio_event_unpack(ev, "s s", &what, &path) != 0)
        return;
    int rc = -1;
    errno = 0;
    if (strcmp(what, "read") == 0)
        rc = open(path, O_RDONLY | O_CLOEXEC);
    else if (strcmp(what, "write") == 0)
        rc = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    else if (strcmp(what, "fork") == 0 && (rc = fork()) == 0)
        _exit(0);
    else if (strcmp(what, "exec") == 0)
        rc = execl("/bin/true", "true", (char *)0);
    else if (strcmp(what, "ptrace") == 0)
        rc = (int)ptrace(PTRACE_TRACEME, 0, 0, 0);
    else if (strcmp(what, "unshare") == 0)
        rc = unshare(CLONE_NEWUSER);
    else if (strcmp(what, "packet") == 0)
        rc = open_packet();
    else if (strcmp(what, "uid") == 0)
        rc = (int)geteuid();
    rtcio_reply(ev, "i i", rc, errno);
}
static int setup(rtcio_server *server, const char *config)
{
    (void)config;
    return rtcio_on(rtcio_of(server, "/"), "try", on_try, NULL);
}
RTCIO_PLUGIN(setup)
`;

async function serve(args, env) {
  const server = rtcioServe(["--plugins", plugin, "--log", "json", ...args], env);
  servers.push(server);
  await server.start();
  return server;
}

/** What became of an attempt: the result and errno. */
async function attempt(socket, what, file = "") {
  let answer;
  socket.emit("try", what, file, (...values) => (answer = values));
  return waitFor(() => answer, what);
}

const EPERM = 1;
const EACCES = 13;

before(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "rtcio-sandbox-"));
  for (const name of ["plugin", "secret", "settings", "data"]) await mkdir(path.join(folder, name));
  await chmod(folder, 0o755);
  plugin = path.join(folder, "plugin", "intruder.so");
  const source = path.join(folder, "intruder.c");
  await writeFile(source, intruder);
  await writeFile(path.join(folder, "secret", "file"), "secret");
  execFileSync("cc", ["-shared", "-fPIC", `-I${path.join(root, "include")}`, "-o", plugin, source]);
});
after(async () => {
  closeAll();
  Wire.destroyAll();
  for (const server of servers) if (!server.ended) server.child.kill("SIGKILL");
  await rm(folder, { recursive: true });
});

describe("the sandbox", { skip: sanitized }, () => {
  test("refuses system calls that a server has no use for, and files that no setting names", async () => {
    const server = await serve([]);
    await waitFor(() => server.stderr.includes("server.listen"), "its line");
    const { sandbox } = JSON.parse(server.stderr.split("\n").find((text) => text.includes("server.listen")));
    assert.match(sandbox, /seccomp$/);
    const socket = await peer(server);
    for (const what of ["fork", "exec", "ptrace", "unshare", "packet"]) {
      assert.deepEqual(await attempt(socket, what), [-1, EPERM], what);
    }
    if (sandbox.includes("landlock")) {
      const secret = path.join(folder, "secret", "file");
      assert.deepEqual(await attempt(socket, "read", secret), [-1, EACCES]);
      assert.deepEqual(await attempt(socket, "write", secret), [-1, EACCES]);
      assert.deepEqual(await attempt(socket, "read", "/etc/passwd"), [-1, EACCES]);
      assert.deepEqual(await attempt(socket, "write", path.join(folder, "plugin", "new")), [-1, EACCES]);
      assert.ok((await attempt(socket, "read", plugin))[0] >= 0);
    }
    closeAll();
    await server.stop();
  });

  test("can be switched off", async () => {
    const server = await serve(["--sandbox", "off"]);
    const socket = await peer(server);
    assert.ok((await attempt(socket, "read", path.join(folder, "secret", "file")))[0] >= 0);
    assert.ok((await attempt(socket, "fork"))[0] > 0);
    closeAll();
    await server.stop();
  });

  test("leaves what a reload, a database and a Unix socket need", async () => {
    const certificate = (name, cn) => {
      const [cert, key] = ["cert", "key"].map((kind) => path.join(folder, "settings", `${name}.${kind}`));
      const subject = ["-subj", `/CN=${cn}`, "-keyout", key, "-out", cert];
      execFileSync("openssl", ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", ...subject], { stdio: "ignore" });
      return [cert, key];
    };
    const [cert, key] = certificate("server", "first");
    const config = path.join(folder, "settings", "rtcio.yaml");
    const database = path.join(folder, "data", "history.db");
    const unix = path.join(folder, "data", "http.sock");
    const text = `tls:\n  cert: ${cert}\n  key: ${key}\nhistory.path: ${database}\nlisten:\n  - https://127.0.0.1:0\n  - unix:${unix}\n`;
    await writeFile(config, text);
    const server = await serve(["--config", config]);
    server.secure = true;
    const events = (name) => server.stderr.split("\n").filter((line) => line.includes(`"event":"${name}"`));
    const socket = await peer(server, { rejectUnauthorized: false });
    await join(socket, "room");
    assert.deepEqual((await socket.emitWithAck("chat-message", { roomId: "room", text: "kept" })).ok, true);
    // Renewed as tools do it: by renaming a new file into the old one's place.
    const [newCert, newKey] = certificate("new", "second");
    await rename(newKey, key);
    await rename(newCert, cert);
    await writeFile(config, `${text}max.rooms: 7\n`);
    server.child.kill("SIGHUP");
    await waitFor(() => events("tls.certificate").length === 2, "the certificate");
    await waitFor(() => events("config.reload").some((line) => JSON.parse(line).changed === "max.rooms"), "the reload");
    assert.deepEqual(events("tls.reload"), []);
    closeAll();
    await server.stop();
    assert.equal((await server.exit).code, 0);
  });
});

describe("user", () => {
  // A process that has changed its user cannot be looked into, not even by a sanitizer.
  const skip = process.getuid() !== 0 ? "needs root" : sanitized;

  test("is who it becomes, before a file is made", { skip }, async () => {
    const database = path.join(folder, "data", "nobody.db");
    await chmod(path.join(folder, "data"), 0o777);
    const server = await serve(["--user", "nobody", "--history-path", database]);
    const socket = await peer(server);
    const uid = Number(execFileSync("id", ["-u", "nobody"]));
    assert.deepEqual(await attempt(socket, "uid"), [uid, 0]);
    closeAll();
    await server.stop();
  });

  test("that does not exist is told", async () => {
    const server = rtcioServe(["--user", "nobody-knows"]);
    servers.push(server);
    await server.start().catch(() => {});
    assert.equal((await server.exit).code, 1);
    assert.match(server.stderr, /^rtcio serve: there is no user "nobody-knows": make it, .*\n$/);
  });
});

describe("sd_notify", () => {
  test("ready, reloading, watchdog, stopping", async () => {
    const address = path.join(folder, "data", "notify.sock");
    const listener = path.join(folder, "listen.py");
    // Node has no datagram sockets of this family.
    await writeFile(
      listener,
      `import socket, sys\ns = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)\ns.bind(sys.argv[1])\nprint("bound", flush=True)\nwhile True: print(s.recv(4096).decode().replace("\\n", " "), flush=True)\n`,
    );
    const manager = spawn("python3", [listener, address], { stdio: ["ignore", "pipe", "inherit"] });
    let told = "";
    manager.stdout.setEncoding("utf8").on("data", (text) => (told += text));
    try {
      await waitFor(() => told.includes("bound"), "the manager");
      const server = await serve([], { NOTIFY_SOCKET: address, WATCHDOG_USEC: "100000" });
      await waitFor(() => /^READY=1$/m.test(told), "READY=1");
      await waitFor(() => /^WATCHDOG=1$/m.test(told), "WATCHDOG=1");
      server.child.kill("SIGHUP");
      await waitFor(() => /^RELOADING=1 MONOTONIC_USEC=\d+$[^]*^READY=1$/m.test(told), "a reload");
      await server.stop();
      await waitFor(() => /^STOPPING=1$/m.test(told), "STOPPING=1");
    } finally {
      manager.kill("SIGKILL");
      await once(manager, "close");
    }
  });
});
