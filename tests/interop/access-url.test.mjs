// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the rtcio authors

// Who may join which room by a backend that is asked (access.url): what it is asked, what its answers
// mean, and that nobody comes in without one.

import assert from "node:assert/strict";
import { after, afterEach, describe, test } from "node:test";
import { backend, closeBackends, isSigned } from "./lib/backend.mjs";
import { closeAll } from "./lib/client.mjs";
import { jwt } from "./lib/jwt.mjs";
import { join, peer, rtcioServe } from "./lib/rtcio.mjs";
import { run } from "./lib/run.mjs";
import { once, waitFor } from "./lib/time.mjs";

const secret = "a secret of hooks that is long enough";
const tokens = "a secret of more than thirty-two bytes";
const servers = [];

async function start(url, args = [], env = {}) {
  const all = ["--room", "no", "--log", "json", "--access-url", url, ...args];
  const server = rtcioServe(all, { RTCIO_HOOKS_SECRET: secret, ...env });
  servers.push(server);
  return server.start();
}

afterEach(() => closeAll());
after(() => {
  for (const server of servers) if (!server.ended) server.child.kill("SIGKILL");
  closeBackends();
});

const json = (response, value) => response.end(JSON.stringify(value));

/** What a socket gets that may not join. */
async function refusal(socket, payload) {
  const first = once(socket, "join-error");
  socket.emit("join-room", payload);
  const [error] = await first;
  return error;
}

describe("access.url", () => {
  test("is asked who joins what, signed, and its answer counts", async () => {
    const where = await backend((response, _n, body) => {
      const { room } = JSON.parse(body);
      if (room === "red") json(response, { allow: true });
      else if (room === "gold") json(response, { allow: false, reason: "no-ticket", message: "buy a ticket first" });
      else json(response, { allow: false });
    });
    const server = await start(where.url, [], { JWT_SECRET: tokens });
    const ann = await peer(server, { auth: { token: jwt(tokens, { sub: "ann" }) } });
    await join(ann, "red", { password: "never told" });
    const gold = await refusal(ann, { roomId: "gold", name: "Ann" });
    assert.deepEqual([gold.code, gold.message], ["no-ticket", "buy a ticket first"]);
    const blue = await refusal(ann, { roomId: "blue", name: "Ann" });
    assert.equal(blue.code, "forbidden");
    const asked = where.requests.map(({ body }) => JSON.parse(body));
    const all = { type: "access", event: "join-room", socket: ann.id, address: "127.0.0.1", userId: "ann" };
    assert.deepEqual(
      asked.map(({ at, ...rest }) => (assert.ok(Math.abs(at - Date.now()) < 60000), rest)),
      ["red", "gold", "blue"].map((room) => ({ ...all, room })),
    );
    for (const { headers, body } of where.requests) {
      assert.ok(isSigned(headers["rtcio-signature"], body, secret));
      assert.doesNotMatch(body.toString(), /never told/);
    }
    await server.stop();
  });

  test("that fails lets nobody in", async () => {
    const answers = [
      (response) => response.writeHead(500).end('{"allow":true}'),
      (response) => response.writeHead(302, { Location: "/" }).end('{"allow":true}'),
      (response) => response.end("yes"),
      (response) => json(response, { allow: "yes" }),
      (response) => json(response, [true]),
      (response) => response.end(),
      (response) => json(response, { allow: true, more: "x".repeat(5000) }),
      (response) => response.destroy(),
    ];
    const where = await backend((response, n) => answers[n - 1](response));
    const server = await start(where.url);
    const ann = await peer(server);
    for (let i = 0; i < answers.length; i++) {
      const { code, message } = await refusal(ann, { roomId: "red", name: "Ann" });
      assert.equal(code, "join-failed", String(answers[i]));
      assert.match(message, /it cannot be found out now/);
    }
    assert.equal(where.requests.length, answers.length);
    assert.match(server.stderr, /"access\.fail".*"status 500"/);
    assert.ok(!server.stderr.includes(secret));
    await server.stop();
  });

  test("that does not answer in time lets nobody in, and keeps no other event waiting", async () => {
    const where = await backend(() => {});
    const server = await start(where.url, ["--access-timeout", "1s"]);
    const ann = await peer(server);
    const refused = once(ann, "join-error");
    ann.emit("join-room", { roomId: "red", name: "Ann" });
    await waitFor(() => where.requests.length === 1, "the question");
    const bob = await peer(server);
    assert.ok(bob.connected);
    const [{ code }] = await refused;
    assert.equal(code, "join-failed");
    await server.stop();
  });

  test("may answer when the client, or the server, has gone", async () => {
    const held = [];
    const where = await backend((response) => held.push(response));
    const server = await start(where.url);
    const ann = await peer(server);
    ann.emit("join-room", { roomId: "red", name: "Ann" });
    await waitFor(() => held.length === 1, "the question");
    ann.disconnect();
    const bob = await peer(server);
    bob.emit("join-room", { roomId: "red", name: "Bob" });
    await waitFor(() => held.length === 2, "the second question");
    json(held[0], { allow: true });
    const ok = once(bob, "join-ok");
    json(held[1], { allow: true });
    await ok;
    bob.emit("join-room", { roomId: "blue", name: "Bob" });
    await waitFor(() => held.length === 3, "the third question");
    await server.stop();
  });

  test("needs a secret, and no second authority", async () => {
    const fault = async (args, env = { RTCIO_HOOKS_SECRET: secret, JWT_SECRET: tokens }) => {
      const { stderr, code } = await run(["serve", "--port", "0", "--access-url", ...args], env);
      assert.equal(code, 2, stderr);
      return stderr;
    };
    assert.match(await fault(["http://127.0.0.1:1/"], {}), /access.url needs a secret/);
    assert.match(await fault(["nowhere"]), /access.url is no URL/);
    assert.match(await fault(["http://127.0.0.1:1/", "--access-membership", "x.db"]), /give one of them/);
  });
});
