// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the rtcio authors

// Who may read the answers: CORS headers and preflights (Socket.IO spec 1.10 and 4.2).

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { useServer } from "./lib/fixture.mjs";
import { Polling, request, target } from "./lib/http.mjs";
import { RawWebSocket } from "./lib/ws.mjs";

const ORIGIN = "https://app.example";
const OTHER = "https://other.example";
const METHODS = "GET,HEAD,PUT,PATCH,POST,DELETE";

const get = (server, origin) =>
  request(server.port, { target: target(), headers: origin ? { Origin: origin } : {} });

const preflight = (server, headers = {}) =>
  request(server.port, {
    method: "OPTIONS",
    target: target(),
    headers: { Origin: ORIGIN, "Access-Control-Request-Method": "POST", ...headers },
  });

const allowed = (response) => response.headers["access-control-allow-origin"];

describe("no cors", () => {
  const server = useServer();

  test("no header is ever sent", async () => {
    const response = await get(server, ORIGIN);
    assert.equal(response.status, 200);
    const names = Object.keys(response.headers);
    assert.deepEqual(names.filter((name) => /^(access-control-|vary$)/.test(name)), []);
  });

  test("a preflight is a bad handshake method", async () => {
    const response = await preflight(server);
    assert.equal(response.status, 400);
    assert.match(response.text, /"code":2/);
    assert.equal(allowed(response), undefined);
  });
});

describe("origin *", () => {
  const server = useServer({ cors_origin: "*" });

  test("is sent as it is, without Vary", async () => {
    for (const origin of [ORIGIN, undefined]) {
      const response = await get(server, origin);
      assert.equal(allowed(response), "*");
      assert.equal(response.headers.vary, undefined);
      assert.equal(response.headers["access-control-allow-credentials"], undefined);
      assert.equal(response.headers["access-control-allow-methods"], undefined);
    }
  });

  test("a preflight is 204 and empty", async () => {
    const response = await preflight(server);
    assert.equal(response.status, 204);
    assert.equal(response.headers["content-length"], "0");
    assert.equal(allowed(response), "*");
    assert.equal(response.headers["access-control-allow-methods"], METHODS);
    assert.equal(response.headers["access-control-allow-headers"], undefined);
    assert.equal(response.headers["access-control-max-age"], undefined);
  });

  test("a preflight reflects the headers asked for", async () => {
    const response = await preflight(server, { "Access-Control-Request-Headers": "x-a, x-b" });
    assert.equal(response.headers["access-control-allow-headers"], "x-a, x-b");
    assert.match(response.headers.vary, /\bAccess-Control-Request-Headers\b/);
  });

  test("is on polls, pushes, errors and the 101", async () => {
    const session = await Polling.join(server.port);
    assert.equal(allowed(await session.post('42["message",1]')), "*");
    assert.equal(allowed(await session.get()), "*");
    assert.equal(allowed(await session.post("", { method: "PUT" })), "*");
    for (const params of [{ sid: "nobody" }, { transport: "websocket" }, { EIO: 3 }]) {
      const response = await request(server.port, { target: target(params) });
      assert.equal(response.status, 400);
      assert.equal(allowed(response), "*");
    }
    const ws = await RawWebSocket.connect(server.port);
    assert.equal(allowed(ws.head), "*");
  });

  test("a preflight on a session leaves it alone", async () => {
    const session = await Polling.join(server.port);
    const response = await session.get({ method: "OPTIONS", headers: { Origin: ORIGIN } });
    assert.equal(response.status, 204);
    await session.push('42["message",1]');
    assert.deepEqual(await session.poll(), ['42["message-back",1]']);
  });

  test("a preflight to an unknown session is answered all the same", async () => {
    const options = { method: "OPTIONS", target: target({ sid: "nobody", transport: "x" }) };
    assert.equal((await request(server.port, options)).status, 204);
  });
});

describe("one origin", () => {
  const server = useServer({ cors_origin: ORIGIN, cors_credentials: true });

  test("is sent whatever the request's origin is", async () => {
    for (const origin of [ORIGIN, OTHER, undefined]) {
      const response = await get(server, origin);
      assert.equal(response.status, 200);
      assert.equal(allowed(response), ORIGIN);
      assert.equal(response.headers.vary, "Origin");
      assert.equal(response.headers["access-control-allow-credentials"], "true");
    }
  });

  test("a preflight has all of it", async () => {
    const response = await preflight(server, { "Access-Control-Request-Headers": "x-a" });
    assert.equal(allowed(response), ORIGIN);
    assert.equal(response.headers["access-control-allow-credentials"], "true");
    assert.equal(response.headers.vary, "Origin, Access-Control-Request-Headers");
  });
});

describe("several origins", () => {
  const server = useServer({ cors_origin: `${ORIGIN}, https://third.example`, cors_credentials: true });

  test("the request's origin is reflected if it is in the list", async () => {
    for (const origin of [ORIGIN, "https://third.example"]) {
      const response = await get(server, origin);
      assert.equal(allowed(response), origin);
      assert.equal(response.headers.vary, "Origin");
    }
  });

  test("others get no origin, but are served", async () => {
    for (const origin of [OTHER, `${ORIGIN}.evil`, "https://app.exampl", "null", undefined]) {
      const response = await get(server, origin);
      assert.equal(response.status, 200);
      assert.equal(allowed(response), undefined, origin);
      assert.equal(response.headers.vary, "Origin");
      assert.equal(response.headers["access-control-allow-credentials"], "true");
    }
  });

  test("a preflight from elsewhere is 204 without an origin", async () => {
    const response = await preflight(server, { Origin: OTHER });
    assert.equal(response.status, 204);
    assert.equal(allowed(response), undefined);
  });
});

describe("origin reflected", () => {
  const server = useServer({
    cors_origin: "reflect",
    cors_methods: "GET,POST",
    cors_allowed_headers: "x-token,x-other",
    cors_exposed_headers: "x-seen",
    cors_max_age_s: 0,
  });

  test("whatever it is; without one only Vary", async () => {
    const response = await get(server, OTHER);
    assert.equal(allowed(response), OTHER);
    assert.equal(response.headers.vary, "Origin");
    assert.equal(response.headers["access-control-expose-headers"], "x-seen");
    assert.equal(response.headers["access-control-max-age"], undefined);
    const bare = await get(server);
    assert.equal(allowed(bare), undefined);
    assert.equal(bare.headers.vary, "Origin");
  });

  test("a preflight has the configured headers, in socket.io's order", async () => {
    const response = await preflight(server, { "Access-Control-Request-Headers": "x-a" });
    assert.equal(response.status, 204);
    const cors = response.fields.filter(([name]) => /^(access-control-|vary$)/i.test(name));
    assert.deepEqual(cors.map(([name, value]) => `${name.toLowerCase()}: ${value}`), [
      `access-control-allow-origin: ${ORIGIN}`,
      "vary: Origin",
      "access-control-allow-methods: GET,POST",
      "access-control-allow-headers: x-token,x-other",
      "access-control-max-age: 0",
      "access-control-expose-headers: x-seen",
    ]);
  });
});
