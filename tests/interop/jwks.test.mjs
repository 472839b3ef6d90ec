// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the rtcio authors

// Keys of tokens that an identity provider publishes (auth.jwks_url): taken, rotated, kept when it
// fails, and not fetched more often because of strangers.

import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, afterEach, before, describe, test } from "node:test";
import { backend, closeBackends } from "./lib/backend.mjs";
import { client, closeAll } from "./lib/client.mjs";
import { call, controlPort, controlled } from "./lib/control.mjs";
import { jwt, nowS } from "./lib/jwt.mjs";
import { parseMetrics, sumOf } from "./lib/prometheus.mjs";
import { peer, rtcioServe } from "./lib/rtcio.mjs";
import { run } from "./lib/run.mjs";
import { once, waitFor, withTimeout } from "./lib/time.mjs";

const LONG_MS = 20000; // for what waits for several fetches
const secret = "a secret of more than thirty-two bytes";
const kinds = {
  RS256: () => generateKeyPairSync("rsa", { modulusLength: 2048 }),
  ES256: () => generateKeyPairSync("ec", { namedCurve: "P-256" }),
  EdDSA: () => generateKeyPairSync("ed25519"),
};

/** A key of the provider's: its JWK, and tokens by it. */
function issuerKey(kid, alg = "ES256", more = { use: "sig", alg }) {
  const { publicKey, privateKey } = kinds[alg]();
  const jwk = { ...publicKey.export({ format: "jwk" }), ...(kid && { kid }), ...more };
  const token = (claims, header) => jwt(privateKey, claims, { alg, ...(kid && { kid }), ...header });
  return { jwk, token, publicKey };
}

/** An identity provider; `publish` says what it answers from now on. */
async function provider(...keys) {
  let answer;
  const where = await backend((response) => answer(response));
  const self = {
    url: where.url,
    requests: where.requests,
    answer: (fn) => (answer = fn),
    publish: (...some) => {
      const body = JSON.stringify({ keys: some.map(({ jwk }) => jwk) });
      answer = (response) => response.end(body);
    },
  };
  self.publish(...keys);
  return self;
}

let folder;
const servers = [];
before(async () => (folder = await mkdtemp(path.join(tmpdir(), "rtcio-jwks-"))));
afterEach(() => closeAll());
after(async () => {
  for (const server of servers) if (!server.ended) server.child.kill("SIGKILL");
  closeBackends();
  await rm(folder, { recursive: true });
});

async function start(url, args = [], env = {}) {
  const server = rtcioServe(["--room", "no", "--log", "json", "--auth-jwks-url", url, ...args], env);
  servers.push(server);
  return server.start();
}

/** What becomes of a client with the token: "connected", or what it is told. */
async function outcome(server, token) {
  const socket = client(server, "/", { auth: { token } });
  const settled = new Promise((resolve) => {
    socket.once("connect", () => resolve("connected"));
    socket.once("connect_error", ({ message }) => resolve(message));
  });
  const what = await withTimeout(settled, "an answer to the token", LONG_MS);
  socket.disconnect();
  return what;
}

/** The same answer for several clients, which different workers may serve. */
async function outcomes(server, token, n = 8) {
  const all = await Promise.all(Array.from({ length: n }, () => outcome(server, token)));
  return [...new Set(all)].join(", ");
}

const isSoon = (server, token, wanted) =>
  waitFor(async () => (await outcomes(server, token)) === wanted, `${wanted} with the token`, LONG_MS);

const lines = (server, event) =>
  server.stderr
    .split("\n")
    .filter((line) => line.startsWith("{"))
    .map((line) => JSON.parse(line))
    .filter((line) => line.event === event);

async function readiness(server) {
  const response = await fetch(`${server.url}/ready`);
  return [response.status, (await response.text()).trim()];
}

describe("auth.jwks_url", () => {
  test("its public keys verify, beside those of settings; nothing else in it does", async () => {
    const good = Object.keys(kinds).map((alg) => issuerKey(alg, alg));
    const bare = issuerKey("bare", "ES256", {});
    const others = {
      enc: issuerKey("enc", "RS256", { use: "enc" }),
      alg: issuerKey("alg", "RS256", { alg: "RS512" }),
      ops: issuerKey("ops", "EdDSA", { key_ops: ["sign"] }),
    };
    const oct = { jwk: { kty: "oct", kid: "oct", use: "sig", alg: "HS256", k: Buffer.from(secret).toString("base64url") } };
    const where = await provider(...good, bare, ...Object.values(others), oct, { jwk: { kty: "XYZ", kid: "x" } }, { jwk: 7 });
    const server = await start(where.url, [], { JWT_SECRET: "another secret, of the settings" });
    for (const key of [...good, bare]) assert.equal(await outcomes(server, key.token()), "connected", key.jwk.kid);
    assert.equal(await outcome(server, jwt("another secret")), "connected");
    for (const [name, key] of Object.entries(others)) assert.equal(await outcome(server, key.token()), "invalid token", name);
    for (const kid of ["oct", undefined]) assert.equal(await outcome(server, jwt(secret, {}, { kid })), "invalid token");
    const pem = good[0].publicKey.export({ type: "spki", format: "pem" });
    assert.equal(await outcome(server, jwt(pem, {}, { kid: "RS256" })), "invalid token");
    assert.equal(await outcome(server, good[1].token({}, { kid: "RS256" })), "invalid token");
    assert.equal(where.requests[0].method, "GET");
    await waitFor(() => lines(server, "jwks.keys").length > 0, "the keys' line");
    assert.deepEqual(lines(server, "jwks.keys").map(({ keys }) => keys), [4]);
    await server.stop();
  });

  test("an unknown key is looked for while its client waits; the old one ends", async () => {
    const [older, newer] = [issuerKey("2025"), issuerKey("2026", "EdDSA")];
    const where = await provider(older);
    const server = await start(where.url);
    const stays = await peer(server, { auth: { token: older.token() } });
    where.publish(newer);
    assert.equal(await outcomes(server, newer.token()), "connected");
    assert.equal(where.requests.length, 2);
    await isSoon(server, older.token(), "invalid token");
    assert.equal(where.requests.length, 2);
    assert.ok(stays.connected);
    assert.equal(await outcome(server), "missing token");
    await server.stop();
  });

  test("keys without names change with a refresh", async () => {
    const [older, newer] = [issuerKey(), issuerKey()];
    const where = await provider(older);
    const server = await start(where.url, ["--auth-jwks-refresh", "1s"]);
    await isSoon(server, older.token(), "connected");
    where.publish(newer);
    await isSoon(server, newer.token(), "connected");
    await isSoon(server, older.token(), "invalid token");
    await server.stop();
  });

  test("who comes before the first keys waits for them", async () => {
    const key = issuerKey("a");
    const held = [];
    const where = await provider();
    where.answer((response) => held.push(response));
    const server = await start(where.url);
    const waiting = outcomes(server, key.token(), 20);
    const gone = client(server, "/", { auth: { token: key.token() } });
    await once(gone.io.engine, "open");
    gone.disconnect();
    assert.equal(await outcome(server, jwt(secret)), "invalid token"); // no key of theirs makes it good
    assert.deepEqual(await readiness(server), [503, "no keys"]);
    await waitFor(() => held.length === 1, "the fetch");
    held[0].end(JSON.stringify({ keys: [key.jwk] }));
    assert.equal(await waiting, "connected");
    assert.deepEqual(await readiness(server), [200, "ready"]);
    await server.stop();
  });

  test("a stop ends who waits", async () => {
    const where = await provider();
    where.answer(() => {});
    const server = await start(where.url);
    const socket = client(server, "/", { auth: { token: issuerKey("a").token() } });
    await once(socket.io.engine, "open");
    await waitFor(() => where.requests.length === 1, "the fetch");
    await server.stop();
  });

  test("a storm of made-up names does not become one of fetches", async () => {
    const key = issuerKey("a");
    const where = await provider(key);
    const server = await start(where.url, ["--max-address-handshakes", "0"]);
    await isSoon(server, key.token(), "connected");
    const from = performance.now();
    for (let i = 0; i < 10; i++) {
      const tokens = Array.from({ length: 20 }, (_, n) => key.token({}, { kid: `made-up-${i}-${n}` }));
      const told = await Promise.all(tokens.map((token) => outcome(server, token)));
      assert.deepEqual(new Set(told), new Set(["invalid token"]));
      assert.equal(await outcome(server, key.token()), "connected");
    }
    const most = 2 + Math.floor((performance.now() - from) / 10000);
    assert.ok(where.requests.length >= 2 && where.requests.length <= most, `${where.requests.length} fetches`);
    await server.stop();
  });

  test("a server that is down at the start is asked again; meanwhile nobody comes in", async () => {
    const key = issuerKey("a");
    const where = await provider();
    where.answer((response) => response.writeHead(503).end(JSON.stringify({ keys: [key.jwk] })));
    const server = await start(where.url);
    assert.equal(await outcomes(server, key.token()), "invalid token");
    assert.deepEqual(await readiness(server), [503, "no keys"]);
    await waitFor(() => lines(server, "jwks.fail")[0]?.reason === "status 503", "the failure's line");
    where.publish(key);
    await isSoon(server, key.token(), "connected");
    assert.deepEqual(await readiness(server), [200, "ready"]);
    await server.stop();
  });

  test("what is no set changes nothing, and is logged without the URL", async () => {
    const [key, evil] = [issuerKey("a"), issuerKey("evil")];
    const set = (...keys) => JSON.stringify({ keys });
    const where = await provider(key);
    const elsewhere = await provider(evil);
    const server = await start(where.url, ["--auth-jwks-refresh", "1s"]);
    await isSoon(server, key.token(), "connected");
    const bad = [
      [/^status 500$/, (response) => response.writeHead(500).end(set(evil.jwk))],
      [/^status 302$/, (response) => response.writeHead(302, { Location: elsewhere.url }).end()],
      [/too large/, (response) => response.end(set(evil.jwk) + " ".repeat(256 * 1024))],
      [/^not a JWK set$/, (response) => response.end(`${set(evil.jwk)}}`)],
      [/^not a JWK set$/, (response) => response.end(JSON.stringify([evil.jwk]))],
      [/^not a JWK set$/, (response) => response.end()],
      [/^more than 64 keys$/, (response) => response.end(set(...Array.from({ length: 65 }, () => evil.jwk)))],
      [/^no public key/, (response) => response.end(set())],
      [/^no public key/, (response) => response.end(set({ kty: "oct", k: "c2VjcmV0" }))],
      [/./, (response) => response.destroy()],
    ];
    for (const [reason, answer] of bad) {
      const n = where.requests.length;
      where.answer(answer);
      // The first of them, if not the one before, was answered like this.
      await waitFor(() => where.requests.length >= n + 2, "two fetches", LONG_MS);
      const line = await waitFor(
        () => reason.test(lines(server, "jwks.fail").at(-1)?.reason) && lines(server, "jwks.fail").at(-1),
        () => `a line with ${reason} in:\n${server.stderr}`,
      );
      assert.deepEqual([line.level, line.keys], ["warn", 1]);
      assert.equal(await outcome(server, key.token()), "connected", String(answer));
      assert.equal(await outcome(server, evil.token()), "invalid token", String(answer));
    }
    assert.deepEqual(await readiness(server), [200, "ready"]);
    assert.equal(elsewhere.requests.length, 0);
    assert.doesNotMatch(server.stderr, /of=rtcio/);
    where.publish(key, evil);
    await isSoon(server, evil.token(), "connected");
    await server.stop();
  });

  test("a refreshed token by an unknown key is good with its next attempt", async () => {
    const [older, newer] = [issuerKey("a"), issuerKey("b")];
    const where = await provider(older);
    const server = await start(where.url);
    const socket = await peer(server, { auth: { token: older.token() } });
    where.publish(newer);
    const exp = nowS() + 3600;
    const ask = () => withTimeout(socket.emitWithAck("refresh-token", newer.token({ exp })), "refresh");
    assert.deepEqual(await ask(), { ok: false, message: "invalid token" });
    await waitFor(async () => (await ask()).ok, "a refresh", LONG_MS);
    await server.stop();
  });

  test("fetches are counted", async () => {
    const key = issuerKey("a");
    const where = await provider(key);
    const server = controlled(["--auth-jwks-url", where.url, "--auth-jwks-refresh", "1s"]);
    servers.push(server);
    await server.start();
    const port = await controlPort(server);
    const read = async (name, labels) =>
      sumOf(parseMetrics((await call(port, "GET", "/metrics")).text), name, labels);
    await waitFor(async () => (await read("rtcio_jwks_fetches_total", { result: "ok" })) >= 2, "two fetches", LONG_MS);
    assert.equal(await read("rtcio_jwks_fetches_total", { result: "failed" }), 0);
    where.answer((response) => response.destroy());
    await waitFor(async () => (await read("rtcio_jwks_fetches_total", { result: "failed" })) >= 1, "a failure", LONG_MS);
    assert.equal(await read("rtcio_jwks_keys"), 1);
    await server.stop();
  });

  test("SIGHUP: another URL takes a restart", async () => {
    const key = issuerKey("a");
    const where = await provider(key);
    const file = path.join(folder, "reload.yaml");
    const reload = async (server, text) => {
      const n = lines(server, "config.reload").length;
      await writeFile(file, text);
      server.child.kill("SIGHUP");
      await waitFor(() => lines(server, "config.reload").length > n, "a reload");
      return lines(server, "config.reload")[n];
    };
    const begin = async (text) => {
      await writeFile(file, text);
      const server = rtcioServe(["--room", "no", "--log", "json", "--config", file]);
      servers.push(server);
      return server.start();
    };
    const server = await begin(`auth.jwks_url: ${where.url}\n`);
    assert.equal(await outcome(server, key.token()), "connected");
    const added = await reload(server, `auth.jwks_url: http://127.0.0.1:1/\nauth.secret: ${secret}\n`);
    assert.deepEqual([added.changed, added.needs_restart], ["auth.secret", "auth.jwks_url"]);
    for (const token of [key.token(), jwt(secret)]) await isSoon(server, token, "connected");
    const only = await reload(server, `auth.jwks_url: ${where.url}\n`);
    assert.equal(only.changed, "auth.secret");
    await isSoon(server, jwt(secret), "invalid token");
    assert.equal(await outcomes(server, key.token()), "connected");
    assert.match((await reload(server, "port: 0\n")).reason, /tokens are switched off by a restart only/);
    await server.stop();

    const without = await begin(`auth.secret: ${secret}\n`);
    assert.match((await reload(without, `auth.jwks_url: ${where.url}\n`)).reason, /auth.jwks_url is applied by a restart only/);
    assert.equal(await outcome(without, jwt(secret)), "connected");
    await without.stop();
  });

  test("rtcio check looks at the URL, and asks nobody", async () => {
    const where = await provider();
    const check = (url) => run(["check", "--auth-jwks-url", url]);
    for (const url of [where.url, "https://id.example/keys?x=1", "http://[::1]:8080/keys", "http://localhost/"]) {
      const { code, stderr } = await check(url);
      assert.equal(code, 0, stderr);
    }
    for (const url of ["http://id.example/keys", "http://127.example/keys", "http://10.0.0.1/"]) {
      const { code, stderr } = await check(url);
      assert.equal(code, 2, stderr);
      assert.match(stderr, /auth\.jwks_url is not encrypted/);
    }
    for (const url of ["nowhere", "file:///etc/passwd", "https://a:b@id.example/", "https://id.example/#x"])
      assert.match((await check(url)).stderr, /auth\.jwks_url (is no URL|has a)/);
    assert.equal(where.requests.length, 0);
  });
});
