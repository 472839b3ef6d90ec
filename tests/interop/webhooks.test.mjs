// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the rtcio authors

// What a backend is told by hooks.url: order, signatures, a backend that fails, hangs and comes back,
// bounds, and the end of the server.

import assert from "node:assert/strict";
import { after, afterEach, describe, test } from "node:test";
import { backend, closeBackends, isSigned } from "./lib/backend.mjs";
import { closeAll } from "./lib/client.mjs";
import { jwt } from "./lib/jwt.mjs";
import { parseMetrics, sumOf } from "./lib/prometheus.mjs";
import { join, peer, rtcioServe } from "./lib/rtcio.mjs";
import { run } from "./lib/run.mjs";
import { waitFor } from "./lib/time.mjs";

const secret = "a secret of hooks that is long enough";
const servers = [];

async function start(url, args = [], env = {}) {
  const server = rtcioServe(
    ["--room", "no", "--log", "json", "--hooks-url", url, ...args],
    { RTCIO_HOOKS_SECRET: secret, ...env },
  );
  servers.push(server);
  return server.start();
}

afterEach(() => closeAll());
after(() => {
  for (const server of servers) if (!server.ended) server.child.kill("SIGKILL");
  closeBackends();
});

const eventsOf = (where, n) => waitFor(() => where.events().length >= n, () => JSON.stringify(where.events()));

describe("hooks", () => {
  test("tell who comes, joins, leaves and goes, in order and signed", async () => {
    const where = await backend();
    const server = await start(where.url, [], { JWT_SECRET: "a secret of more than thirty-two bytes" });
    const token = jwt("a secret of more than thirty-two bytes", { sub: "ann" });
    const ann = await peer(server, { auth: { token } });
    const { id } = ann;
    await join(ann, "r\u00f6d \"1\"", { password: "never told" });
    ann.emit("leave-room", { roomId: "r\u00f6d \"1\"" });
    await eventsOf(where, 3);
    ann.disconnect();
    await eventsOf(where, 4);

    const events = where.events();
    const room = { room: "r\u00f6d \"1\"" };
    const all = { socket: id, address: "127.0.0.1", userId: "ann" };
    const bare = events.map(({ id: _id, at, durationMs, ...rest }) => {
      assert.ok(Math.abs(at - Date.now()) < 60000);
      assert.equal(durationMs === undefined, rest.type !== "disconnect");
      return rest;
    });
    assert.deepEqual(bare, [
      { type: "connect", ...all, transport: bare[0].transport, recovered: false },
      { type: "join", ...all, ...room, members: 1 },
      { type: "leave", ...all, ...room, members: 0 },
      { type: "disconnect", ...all, reason: "client namespace disconnect" },
    ]);
    const ids = events.map((event) => /^([0-9a-f]{16})-(\d+)$/.exec(event.id));
    assert.deepEqual(ids.map((match) => match[2]), ["1", "2", "3", "4"]);
    assert.equal(new Set(ids.map((match) => match[1])).size, 1);
    for (const { method, url, headers, body } of where.requests) {
      assert.deepEqual([method, url, headers["content-type"]], ["POST", "/hooks?of=rtcio", "application/json"]);
      assert.ok(isSigned(headers["rtcio-signature"], body, secret));
      assert.ok(!isSigned(headers["rtcio-signature"], body, `${secret}!`));
      assert.ok(!isSigned(headers["rtcio-signature"], Buffer.concat([body, Buffer.from(" ")]), secret));
      assert.ok(!isSigned(headers["rtcio-signature"], body, secret, Date.now() / 1000 + 1000));
      assert.doesNotMatch(body.toString(), /never told/);
    }
    await server.stop();
  });

  test("tell only what is wanted, signed with every secret", async () => {
    const where = await backend();
    const keys = ["the newest secret of hooks", "the secret before that one"];
    const server = await start(where.url, ["--hooks-events", "join"], { RTCIO_HOOKS_SECRET: keys.join(",") });
    await join(await peer(server), "red");
    closeAll();
    await server.stop();
    assert.deepEqual(where.events().map(({ type }) => type), ["join"]);
    const [{ headers, body }] = where.requests;
    for (const key of keys) assert.ok(isSigned(headers["rtcio-signature"], body, key));
  });

  test("are told again until they are taken, with the same ids, in order", async () => {
    const where = await backend((response, n) => {
      if (n === 1) response.writeHead(500).end("no");
      else if (n === 2) response.writeHead(302, { Location: "/elsewhere" }).end();
      else response.writeHead(200).end("x".repeat(100000));
    });
    const server = await start(where.url, ["--hooks-events", "connect,join"]);
    const ann = await peer(server);
    await waitFor(() => where.requests.length >= 1, "the first request");
    await join(ann, "red");
    await join(ann, "blue");
    await eventsOf(where, 5);
    const [first, second, third, ...more] = where.requests.map(({ body }) => JSON.parse(body).events);
    assert.deepEqual([second, third], [first, first]);
    assert.deepEqual(more.flat().map(({ type, room }) => [type, room]), [["join", "red"], ["join", "blue"]]);
    assert.ok(where.requests.every(({ url }) => url === "/hooks?of=rtcio"));
    assert.match(server.stderr, /"hooks\.fail".*"status 500"/);
    assert.match(server.stderr, /"hooks\.fail".*"status 302"/);
    assert.ok(!server.stderr.includes(secret));
    await server.stop();
  });

  test("are given up after the last attempt, also when nobody answers, and counted", async () => {
    const where = await backend((response, n) => n > 2 && response.writeHead(200).end());
    const server = await start(where.url, [
      ...["--hooks-timeout", "150ms", "--hooks-retries", "1", "--hooks-events", "connect"],
      ...["--control-listen", "127.0.0.1:0", "--control-metrics", "open"],
    ], { RTCIO_CONTROL_KEY: "a key of the control API of these tests" });
    const place = await waitFor(() => /"control\.listen".*"place":"([^"]+)"/.exec(server.stderr)?.[1], "listening");
    const metrics = async () => parseMetrics(await (await fetch(`${place}/metrics`)).text());
    await peer(server);
    await waitFor(() => /"hooks\.lost"/.test(server.stderr), () => server.stderr);
    await peer(server);
    await eventsOf(where, 3);
    const of = (all, name, result) => sumOf(all, `rtcio_hooks_${name}_total`, { result });
    const all = await waitFor(async () => {
      const now = await metrics();
      return of(now, "events", "sent") === 1 && now;
    }, "the counters");
    assert.deepEqual(
      [of(all, "events", "failed"), of(all, "events", "dropped"), of(all, "requests", "ok"), of(all, "requests", "failed")],
      [1, 0, 1, 2],
    );
    assert.equal(sumOf(all, "rtcio_hooks_held_bytes"), 0);
    await server.stop();
  });

  test("that wait are bounded, and the gap shows", async () => {
    let go;
    const open = new Promise((resolve) => (go = resolve));
    const where = await backend(async (response) => {
      await open;
      response.writeHead(200).end();
    });
    const server = await start(where.url, ["--hooks-queue", "64K", "--hooks-timeout", "60s", "--hooks-events", "join,leave"]);
    const ann = await peer(server);
    const roomId = "r".repeat(60);
    for (let i = 0; i < 400 && !/"hooks\.full"/.test(server.stderr); i++) {
      await join(ann, roomId);
      ann.emit("leave-room", { roomId });
    }
    await waitFor(() => /"hooks\.full"/.test(server.stderr), "a full queue");
    go();
    await waitFor(() => where.requests.length >= 2, "the rest");
    const told = () => where.events().map(({ id }) => Number(id.split("-")[1]));
    const before = await waitFor(() => told().length > 100 && told(), () => `${told().length}`);
    assert.deepEqual(before.slice(0, 100), Array.from({ length: 100 }, (_, i) => i + 1));
    await waitFor(async () => {
      await join(ann, "fresh");
      ann.emit("leave-room", { roomId: "fresh" });
      const numbers = told();
      return numbers.some((n, i) => i > 0 && n > numbers[i - 1] + 1);
    }, () => told().join());
    await server.stop();
  });

  test("tell what was there when the server stops", async () => {
    const where = await backend();
    const server = await start(where.url);
    await join(await peer(server), "red");
    await join(await peer(server), "red");
    await server.stop();
    const types = where.events().map(({ type }) => type);
    const count = (type) => types.filter((one) => one === type).length;
    assert.deepEqual(["connect", "join", "leave", "disconnect"].map(count), [2, 2, 2, 2]);
  });

  test("do not keep a server that stops, and say what is lost", async () => {
    const where = await backend(() => {});
    const server = await start(where.url, ["--hooks-timeout", "60s"]);
    await peer(server);
    await server.stop();
    assert.match(server.stderr, /"hooks\.lost".*"the server has stopped".*"events":2/);
  });

  test("need a URL that is one, a secret, and events that are some", async () => {
    const fault = async (args, env = { RTCIO_HOOKS_SECRET: secret }) => {
      const { stderr, code } = await run(["serve", "--port", "0", ...args], env);
      assert.equal(code, 2, stderr);
      assert.equal(stderr.trim().split("\n").length, 1);
      assert.ok(!stderr.includes(secret));
      return stderr;
    };
    const url = "http://127.0.0.1:1/";
    for (const bad of ["ftp://a/b", "example.org", "http://", "file:///etc/passwd"])
      assert.match(await fault(["--hooks-url", bad]), /is no URL, write it as https:/);
    const withPassword = await fault(["--hooks-url", "http://me:pass@127.0.0.1/"]);
    assert.match(withPassword, /has a user or a password in it/);
    assert.doesNotMatch(withPassword, /pass@/);
    assert.match(await fault(["--hooks-url", url], {}), /hooks.url needs a secret .*openssl rand/);
    assert.match(await fault(["--hooks-url", url], { RTCIO_HOOKS_SECRET: "short" }), /shorter than 16/);
    assert.match(await fault(["--hooks-url", url, "--hooks-events", "join,jump"]), /"jump" is no event of hooks/);
  });
});
