// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the rtcio authors

// Who may connect and join: tokens of every kind, good and bad, their end and refresh, rooms by
// claims, full rooms.

import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, describe, test } from "node:test";
import { client, closeAll } from "./lib/client.mjs";
import { jwt, nowS } from "./lib/jwt.mjs";
import { join, peer, rtcioServe, seenBy, useRtcio } from "./lib/rtcio.mjs";
import { run } from "./lib/run.mjs";
import { once, withTimeout } from "./lib/time.mjs";

const secret = "a secret of more than thirty-two bytes";
const withToken = (server, token) => peer(server, { auth: { token } });

/** What `connect_error` says. */
async function refusal(server, auth) {
  const socket = client(server, "/", { auth, reconnection: false });
  const [error] = await once(socket, "connect_error");
  socket.close();
  return error.message;
}

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

let folder;
before(async () => (folder = await mkdtemp(path.join(tmpdir(), "rtcio-auth-"))));
after(() => rm(folder, { recursive: true }));

describe("a shared secret", () => {
  const args = ["--auth-audience", "rtc", "--auth-issuer", "https://id.example"];
  const server = useRtcio(args, { JWT_SECRET: `${secret},older` });
  const ours = { aud: ["web", "rtc"], iss: "https://id.example" };

  test("opens to a good token, of each secret", async () => {
    assert.ok((await withToken(server, jwt(secret, ours))).connected);
    assert.ok((await withToken(server, jwt("older", { ...ours, aud: "rtc" }))).connected);
    const noEnd = await withToken(server, jwt(secret, { ...ours, exp: undefined }));
    assert.ok(noEnd.connected);
  });

  test("without a token: missing token", async () => {
    for (const auth of [undefined, {}, { token: "" }, { token: 7 }, { token: null }])
      assert.equal(await refusal(server, auth), "missing token", JSON.stringify(auth));
  });

  const good = jwt(secret, ours);
  const flipped = good.slice(0, -3) + (good.at(-3) === "A" ? "B" : "A") + good.slice(-2);
  const rows = {
    "another secret": jwt("another", ours),
    "a changed signature": flipped,
    "no signature": good.slice(0, good.lastIndexOf(".") + 1),
    "two parts": good.slice(0, good.lastIndexOf(".")),
    "four parts": `${good}.x`,
    "padding": `${good}=`,
    "alg none": jwt(secret, ours, { alg: "none" }),
    "an unknown alg": `${Buffer.from('{"alg":"HS512"}').toString("base64url")}${good.slice(good.indexOf("."))}`,
    "crit": jwt(secret, ours, { crit: ["exp"] }),
    "expired": jwt(secret, { ...ours, exp: nowS() - 60 }),
    "exp is a string": jwt(secret, { ...ours, exp: String(nowS() + 60) }),
    "not yet": jwt(secret, { ...ours, nbf: nowS() + 60 }),
    "another audience": jwt(secret, { ...ours, aud: "rtcx" }),
    "no audience": jwt(secret, { iss: ours.iss }),
    "another issuer": jwt(secret, { ...ours, iss: "https://id.example/" }),
    "rooms is no list": jwt(secret, { ...ours, rooms: "lobby" }),
    "rooms of numbers": jwt(secret, { ...ours, rooms: [1] }),
    "too long": jwt(secret, { ...ours, x: "x".repeat(8200) }),
    "garbage": "a.b.c",
  };
  for (const [title, token] of Object.entries(rows))
    test(`${title}: invalid token`, async () => {
      assert.equal(await refusal(server, { token }), "invalid token");
    });

  test("within the leeway it is not too late, nor too early", async () => {
    const { connected } = await withToken(server, jwt(secret, { ...ours, exp: nowS() - 5, nbf: nowS() + 5 }));
    assert.ok(connected);
  });
});

describe("public keys", () => {
  const pairs = {
    RS256: generateKeyPairSync("rsa", { modulusLength: 2048 }),
    ES256: generateKeyPairSync("ec", { namedCurve: "P-256" }),
    EdDSA: generateKeyPairSync("ed25519"),
  };
  const pem = ({ publicKey }) => publicKey.export({ type: "spki", format: "pem" });

  test("PEM: RS256, ES256 and EdDSA; a public key is no secret", async () => {
    const file = path.join(folder, "keys.pem");
    await writeFile(file, Object.values(pairs).map(pem).join(""));
    const server = await start(["--auth-public-key-file", file]);
    for (const [alg, { privateKey, publicKey }] of Object.entries(pairs)) {
      assert.ok((await withToken(server, jwt(privateKey, {}, { alg }))).connected, alg);
      const forged = jwt(publicKey.export({ type: "spki", format: "pem" }), {});
      assert.equal(await refusal(server, { token: forged }), "invalid token");
    }
    const { privateKey } = generateKeyPairSync("ed25519");
    const stranger = jwt(privateKey, {}, { alg: "EdDSA" });
    assert.equal(await refusal(server, { token: stranger }), "invalid token");
    await server.stop();
  });

  test("a JWK set: the key of the token's kid", async () => {
    const keys = Object.entries(pairs).map(([alg, { publicKey }]) => ({
      ...publicKey.export({ format: "jwk" }), kid: alg, use: "sig",
    }));
    keys.push({ kty: "XYZ" }, { kty: "EC", crv: "P-521", x: "AA", y: "AA" });
    const file = path.join(folder, "jwks.json");
    await writeFile(file, JSON.stringify({ keys }));
    const server = await start(["--auth-jwks-file", file]);
    for (const [alg, { privateKey }] of Object.entries(pairs)) {
      assert.ok((await withToken(server, jwt(privateKey, {}, { alg, kid: alg }))).connected, alg);
      const other = jwt(privateKey, {}, { alg, kid: "other" });
      assert.equal(await refusal(server, { token: other }), "invalid token");
    }
    await server.stop();
  });

  test("what is no key is refused at the start", async () => {
    const file = path.join(folder, "weak.pem");
    await writeFile(file, pem(generateKeyPairSync("rsa", { modulusLength: 1024 })));
    const weak = await run(["check", "--auth-public-key-file", file]);
    assert.match(weak.stderr, /^public_keys: not PEM of public keys of RSA \(2048 bits or more\)/);
    await writeFile(file, '{"keys":[]}');
    const empty = await run(["check", "--auth-jwks-file", file]);
    assert.match(empty.stderr, /^jwks: not a JWK set with a key/);
  });
});

describe("the end of a token", () => {
  const server = useRtcio(["--auth-leeway", "0", "--auth-warn", "10s"], { JWT_SECRET: secret });

  test("a warning, then token-expired and goodbye", async () => {
    const exp = nowS() + 2;
    const socket = client(server, "/", { auth: { token: jwt(secret, { exp }) }, reconnection: false });
    const warned = once(socket, "token-expiring");
    const error = once(socket, "error");
    const gone = once(socket, "disconnect");
    assert.deepEqual(await warned, [{ expiresAt: exp * 1000 }]);
    assert.equal((await error)[0].code, "token-expired");
    await gone;
    assert.ok(Date.now() >= exp * 1000);
  });

  test("a refresh in time keeps the socket", async () => {
    const socket = await withToken(server, jwt(secret, { exp: nowS() + 2 }));
    const exp = nowS() + 3600;
    const ask = (...args) => withTimeout(socket.emitWithAck("refresh-token", ...args), "refresh");
    assert.deepEqual(await ask(jwt(secret, { sub: "bob" })), { ok: false, message: "invalid token" });
    assert.deepEqual(await ask(jwt("another")), { ok: false, message: "invalid token" });
    assert.deepEqual(await ask({ token: 7 }), { ok: false, message: "missing token" });
    assert.deepEqual(await ask(jwt(secret, { exp })), { ok: true, expiresAt: exp * 1000 });
    assert.deepEqual(await ask({ token: jwt(secret, { exp }) }), { ok: true, expiresAt: exp * 1000 });
    const other = await withToken(server, jwt(secret, { exp: nowS() + 2 }));
    await once(other, "disconnect");
    assert.ok(socket.connected);
  });
});

describe("rooms by claims", () => {
  const server = useRtcio(["--max-peers", "2"], { JWT_SECRET: secret });
  const refused = (code, roomId, message) => [
    ["join-error", { reason: code, code, message, roomId }],
    ["error", { code, message, roomId }],
  ];

  test("names and patterns; both generations of clients are told of forbidden ones", async () => {
    const rooms = ["lobby", "team-*-north"];
    const socket = await withToken(server, jwt(secret, { rooms }));
    for (const roomId of ["lobby", "team-7-north"]) await join(socket, roomId);
    await seenBy(await withToken(server, jwt(secret)));
    socket.seen.length = 0;
    for (const roomId of ["lobby2", "Lobby", "team-7-south", "team-north", "*"]) {
      for (const event of ["join-room", "check-room"]) {
        const error = once(socket, "error");
        socket.emit(event, { roomId, name: "Ann" });
        await error;
        assert.deepEqual(socket.seen.splice(0), refused("forbidden", roomId, "you may not join this room"));
      }
    }
    const nowhere = await withToken(server, jwt(secret, { rooms: [] }));
    const error = once(nowhere, "error");
    nowhere.emit("join-room", { roomId: "lobby" });
    assert.equal((await error)[0].code, "forbidden");
  });

  test("a full room; who is in it may join again", async () => {
    const [a, b, c] = await Promise.all([1, 2, 3].map(() => withToken(server, jwt(secret))));
    for (const socket of [a, b]) await join(socket, "small");
    c.seen.length = 0;
    const error = once(c, "error");
    c.emit("join-room", { roomId: "small", name: "C" });
    await error;
    assert.deepEqual(c.seen, refused("room-full", "small", "the room is full, it has its 2 members"));
    await join(a, "small");
  });
});

describe("settings", () => {
  test("auth.refusal unauthorized", async () => {
    const server = await start(["--auth-refusal", "unauthorized"], { JWT_SECRET: secret });
    assert.equal(await refusal(server), "unauthorized");
    assert.equal(await refusal(server, { token: "x" }), "unauthorized");
    await server.stop();
  });

  test("rtcio token makes what rtcio serve takes, and says what it needs", async () => {
    const env = { JWT_SECRET: secret, RTCIO_AUTH_AUDIENCE: "rtc", RTCIO_AUTH_ISSUER: "us" };
    const server = await start([], env);
    const made = await run(["token", "--sub", "ann", "--name", "Ann", "--room", "a*", "--for", "60"], env);
    assert.equal(made.code, 0, made.stderr);
    const token = made.stdout.trim();
    const claims = JSON.parse(Buffer.from(token.split(".")[1], "base64url"));
    const { iat } = claims;
    assert.deepEqual(claims, { sub: "ann", name: "Ann", rooms: ["a*"], iat, exp: iat + 60, aud: "rtc", iss: "us" });
    await join(await withToken(server, token), "abc");
    await server.stop();

    assert.equal((await run(["token"], env)).code, 2);
    assert.equal((await run(["token", "--sub", "a", "--for", "x"], env)).code, 2);
    assert.equal((await run(["token", "--sub", "a"], { JWT_SECRET: "" })).code, 1);
  });
});
