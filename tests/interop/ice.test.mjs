// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the rtcio authors

// `ask-ice` in every documented form, fresh credentials at half their life, and what a real TURN
// server says to them.

import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, describe, test } from "node:test";
import { closeAll } from "./lib/client.mjs";
import { peer, rtcioServe, seenBy, useRtcio } from "./lib/rtcio.mjs";
import { run } from "./lib/run.mjs";
import { waitFor, withTimeout } from "./lib/time.mjs";
import { Turn } from "./lib/turn.mjs";

const servers = [];
after(() => {
  closeAll();
  for (const server of servers) if (!server.ended) server.child.kill("SIGKILL");
});

async function start(args, env) {
  const server = rtcioServe(args, env);
  servers.push(server);
  return server.start();
}

const ask = (socket, ...args) => withTimeout(socket.emitWithAck("ask-ice", ...args), "ICE servers");
const sign = (secret, username) => createHmac("sha1", secret).update(username).digest("base64");

describe("ask-ice", () => {
  describe("without servers", () => {
    const server = useRtcio();
    test("is answered all the same", async () => {
      assert.deepEqual(await ask(await peer(server)), { iceServers: [] });
    });
  });

  describe("with the documented variables", () => {
    const server = useRtcio([], { TURN_HOST: "turn.example.com", TURN_SECRET: "north" });

    test("the four entries, credentials of ten minutes", async () => {
      const before = Math.floor(Date.now() / 1000);
      const { iceServers } = await ask(await peer(server));
      const { username, credential } = iceServers[1];
      assert.deepEqual(iceServers, [
        { urls: "stun:turn.example.com:3478" },
        { urls: "turn:turn.example.com:3478?transport=udp", username, credential },
        { urls: "turn:turn.example.com:3478?transport=tcp", username, credential },
        { urls: "turns:turn.example.com:5349?transport=tcp", username, credential },
      ]);
      assert.match(username, /^\d+$/);
      assert.ok(Number(username) >= before + 600 && Number(username) <= before + 608, username);
      assert.equal(credential, sign("north", username));
    });

    test("with arguments the same; without acknowledgement nothing", async () => {
      const socket = await peer(server);
      assert.equal((await ask(socket, { roomId: "x" }, 1)).iceServers.length, 4);
      socket.emit("ask-ice");
      socket.emit("ask-ice", {});
      assert.deepEqual(await seenBy(socket), [[]]);
    });
  });

  test("several servers, the newest of several secrets, no TLS", async () => {
    const env = { TURN_SECRET: "new, old", TURN_HOST: "a.example, [2001:db8::1]:3479" };
    const args = ["--turn-ttl", "1h", "--turn-tls-port", "0", "--stun-hosts", "stun.example:19302"];
    const server = await start(args, env);
    const { iceServers } = await ask(await peer(server));
    assert.deepEqual(
      iceServers.map((entry) => entry.urls),
      [
        "stun:stun.example:19302",
        "stun:a.example:3478",
        "turn:a.example:3478?transport=udp",
        "turn:a.example:3478?transport=tcp",
        "stun:[2001:db8::1]:3479",
        "turn:[2001:db8::1]:3479?transport=udp",
        "turn:[2001:db8::1]:3479?transport=tcp",
      ],
    );
    for (const { urls, username, credential } of iceServers)
      if (urls.startsWith("turn:")) assert.equal(credential, sign("new", username));
    closeAll();
    await server.stop();
  });

  test("fresh credentials at half their life, to those that asked", async () => {
    const env = { TURN_SECRET: "north", TURN_HOST: "turn.example.com" };
    const server = await start(["--turn-ttl", "2s"], env);
    const [asker, other] = [await peer(server), await peer(server)];
    const first = await ask(asker);
    const pushed = [];
    asker.on("ice-servers", (fresh) => pushed.push(fresh));
    await waitFor(() => pushed.length === 2, "two pushes");
    for (const { iceServers } of pushed) {
      const { username, credential } = iceServers[1];
      assert.equal(iceServers.length, 4);
      assert.equal(credential, sign("north", username));
    }
    assert.ok(Number(pushed[0].iceServers[1].username) > Number(first.iceServers[1].username));
    assert.deepEqual(await seenBy(other), [[]]);
    closeAll();
    await server.stop();
  });
});

describe("a TURN server", () => {
  let turn, folder;
  before(async () => {
    turn = await new Turn().start("north");
    folder = await mkdtemp(path.join(tmpdir(), "rtcio-ice-"));
  });
  after(async () => {
    await turn?.stop();
    await rm(folder, { recursive: true });
  });

  test("takes what clients get, until it has expired", async () => {
    const env = { TURN_HOST: `127.0.0.1:${turn.port}`, TURN_SECRET: "north" };
    const server = await start(["--turn-ttl", "600s"], env);
    const { iceServers } = await ask(await peer(server));
    assert.equal(await turn.accepts(iceServers[1]), true);
    closeAll();
    await server.stop();

    const brief = await start(["--turn-ttl", "1s"], env);
    const expiring = (await ask(await peer(brief))).iceServers[1];
    closeAll();
    await brief.stop();
    await waitFor(() => Date.now() / 1000 > Number(expiring.username) + 1, "its end");
    assert.equal(await turn.accepts(expiring), false);
  });

  test("rtcio ice --check allocates, and says why it cannot", async () => {
    const secret = path.join(folder, "secret");
    await writeFile(secret, "north\nolder\n");
    const args = ["ice", "--check", "--turn-hosts", `127.0.0.1:${turn.port}`];
    const good = await run([...args, "--turn-secret-file", secret]);
    assert.equal(good.code, 0, good.stdout);
    for (const transport of ["udp", "tcp"])
      assert.match(good.stdout, RegExp(`^ok +turn:127.0.0.1:${turn.port}\\?transport=${transport}: allocated 127\\.0\\.0\\.1:\\d+$`, "m"));

    const bad = await run(args, { TURN_SECRET: "south" });
    assert.equal(bad.code, 1);
    assert.match(bad.stdout, /^FAILED .*udp: refused with 401 .*static-auth-secret/m);
  });
});

describe("TURN settings", () => {
  const rows = [
    [["--turn-hosts", "a.example"], {}, /TURN servers need their static-auth-secret, give turn\.secret_file or TURN_SECRET$/],
    [["--turn-hosts", "turn:a.example"], { TURN_SECRET: "x" }, /turn_hosts: "turn:a.example" is no server, write host or host:port$/],
    [["--turn-hosts", "a.example:0"], { TURN_SECRET: "x" }, /is no server/],
    [["--stun-hosts", "a b"], {}, /stun_hosts: "a b" is no server/],
    [["--turn-secret", "north"], {}, /^rtcio serve: --turn-secret: every user of the machine can read a command line, use --turn-secret-file PATH$/],
    [["--turn-secret-file", "/does/not/exist"], {}, /the secret file \/does\/not\/exist cannot be read: No such file or directory; mend/],
  ];
  for (const [args, env, expected] of rows) {
    test(`${args.join(" ")} is refused`, async () => {
      const { code, stderr } = await run(["serve", ...args], env);
      assert.ok(code === 2 || code === 78);
      assert.match(stderr.trim(), expected);
    });
  }

  test("a secret comes from systemd's credentials, and is never shown", async () => {
    const folder = await mkdtemp(path.join(tmpdir(), "rtcio-credentials-"));
    await writeFile(path.join(folder, "turn.secret"), "canary\n");
    const env = { CREDENTIALS_DIRECTORY: folder, TURN_HOST: "a.example" };
    const checked = await run(["check", "-v"], env);
    assert.match(checked.stdout, /^turn\.secret +\(set\) +\$CREDENTIALS_DIRECTORY$/m);
    assert.doesNotMatch(checked.stdout + checked.stderr, /canary/);
    const { stdout } = await run(["ice"], env);
    const [, { username, credential }] = JSON.parse(stdout).iceServers;
    assert.equal(credential, sign("canary", username));
    await rm(folder, { recursive: true });
  });
});
