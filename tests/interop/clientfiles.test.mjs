// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the rtcio authors

// The files of npm's client below the path, as pages written for socket.io load them.

import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { gunzipSync } from "node:zlib";
import { useServer } from "./lib/fixture.mjs";
import { request } from "./lib/http.mjs";
import { oursOnly, serverUnderTest } from "./lib/server.mjs";

const folder = fileURLToPath(new URL("node_modules/socket.io/client-dist", import.meta.url));
const names = readdirSync(folder);
const content = (name) => readFileSync(path.join(folder, name));

const get = (server, target, headers, method = "GET") =>
  request(server.port, { target, headers, method });

describe("the client's files", () => {
  const server = useServer({ serve_client: folder, cors_origin: "https://example.org" });

  test("each of them, whole, with its type, below the path only", async () => {
    assert.equal(names.length, 8);
    for (const name of names) {
      const response = await get(server, `/socket.io/${name}?v=1`);
      assert.equal(response.status, 200, name);
      assert.ok(response.body.equals(content(name)), name);
      const type = name.endsWith(".map") ? /^application\/json/ : /^(application|text)\/javascript/;
      assert.match(response.headers["content-type"], type);
      assert.equal(response.headers["content-encoding"], undefined);
    }
    assert.equal((await get(server, "/socket.io.js")).status, 404);
    for (const name of ["socket.io.esm.js", "foo/socket.io.js", "package.json", "../x"]) {
      const response = await get(server, `/socket.io/${name}`);
      assert.deepEqual([response.status, response.text[0]], [400, "{"], name);
    }
  });

  test("HEAD has no body", async () => {
    const { status, body } = await get(server, "/socket.io/socket.io.js", {}, "HEAD");
    assert.deepEqual([status, body.length], [200, 0]);
  });

  test("is not sent again while it has not changed", async () => {
    const { headers } = await get(server, "/socket.io/socket.io.js");
    for (const etag of [headers.etag, `W/${headers.etag}`]) {
      const response = await get(server, "/socket.io/socket.io.js", { "If-None-Match": etag });
      assert.deepEqual([response.status, response.body.length], [304, 0]);
      assert.equal(response.headers["content-type"], undefined);
    }
    const other = await get(server, "/socket.io/socket.io.js", { "If-None-Match": '"other"' });
    assert.equal(other.status, 200);
  });

  test("compressed as the client likes", async () => {
    const rows = [
      ["gzip", "gzip", gunzipSync],
      ["gzip, deflate, br", "gzip", gunzipSync],
    ];
    for (const [accept, encoding, decompress] of rows) {
      const response = await get(server, "/socket.io/socket.io.js", { "Accept-Encoding": accept });
      assert.equal(response.headers["content-encoding"], encoding);
      assert.ok(decompress(response.body).equals(content("socket.io.js")));
    }
    const plain = await get(server, "/socket.io/socket.io.js", { "Accept-Encoding": "identity" });
    assert.equal(plain.headers["content-encoding"], undefined);
  });

  test("with CORS headers", async () => {
    const { headers } = await get(server, "/socket.io/socket.io.min.js");
    assert.equal(headers["access-control-allow-origin"], "https://example.org");
  });
});

describe("another path", () => {
  const server = useServer({ serve_client: folder, path: "/signal" });
  test("has them below it", async () => {
    assert.equal((await get(server, "/signal/socket.io.js")).status, 200);
    assert.equal((await get(server, "/socket.io/socket.io.js")).status, 404);
  });
});

describe("when they are not served", () => {
  const server = useServer();
  test("the names are the endpoint's", async () => {
    const response = await get(server, "/socket.io/socket.io.js");
    assert.deepEqual([response.status, JSON.parse(response.text).code], [400, 0]);
  });

  test("a folder that is not there", { skip: oursOnly("it has its own files") }, async () => {
    const server = serverUnderTest({ serve_client: "/nowhere" });
    await assert.rejects(server.start());
    assert.match(server.stderr, /serve_client: .*\/nowhere/);
  });
});
