// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the rtcio authors

// The files that `rtcio serve` serves: the video room's folder, or any other. What the room does
// in a browser is tested in web/room.

import assert from "node:assert/strict";
import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, describe, test } from "node:test";
import { brotliCompressSync, gunzipSync } from "node:zlib";
import { request, requestText, readResponse } from "./lib/http.mjs";
import { rtcioServe } from "./lib/rtcio.mjs";
import { Wire } from "./lib/wire.mjs";

const page = `<!doctype html><title>room</title>${"<p>text</p>".repeat(200)}`;
const script = `// a script\n${"let a = 1;\n".repeat(500)}`;
let root, folder, server;

before(async () => {
  root = await mkdtemp(path.join(tmpdir(), "rtcio-room-"));
  folder = path.join(root, "room");
  await mkdir(path.join(folder, "assets"), { recursive: true });
  await writeFile(path.join(root, "secret.txt"), "secret");
  await writeFile(path.join(folder, "index.html"), page);
  await writeFile(path.join(folder, ".env"), "secret");
  await writeFile(path.join(folder, "big.bin"), Buffer.alloc(300_000, "x"));
  await writeFile(path.join(folder, "assets/app-0123.js"), script);
  await writeFile(path.join(folder, "assets/app-0123.js.br"), brotliCompressSync(script));
  await symlink(path.join(folder, "index.html"), path.join(folder, "linked.html"));
  server = await rtcioServe(["--room", folder]).start();
});

after(async () => {
  await server?.stop();
  await rm(root, { recursive: true, force: true });
});

const get = (target, headers, method) => request(server.port, { target, headers, method });

describe("the room's files", () => {
  test("the page: fresh at every visit, and nothing inline", async () => {
    const response = await get("/?room=amber-cedar");
    assert.equal(response.status, 200);
    assert.equal(response.text, page);
    assert.equal(response.headers["content-type"], "text/html; charset=utf-8");
    assert.equal(response.headers["cache-control"], "no-cache");
    assert.equal(response.headers.vary, "Accept-Encoding");
    assert.equal(response.headers["x-content-type-options"], "nosniff");
    const policy = response.headers["content-security-policy"];
    assert.match(policy, /default-src 'none'; script-src 'self'/);
    assert.doesNotMatch(policy, /unsafe/);
  });

  test("what is named after its content is kept for a year", async () => {
    const { headers } = await get("/assets/app-0123.js");
    assert.equal(headers["cache-control"], "public, max-age=31536000, immutable");
    assert.equal(headers["content-type"], "text/javascript; charset=utf-8");
  });

  test("encodings: what lies there, what is made, and none", async () => {
    const wanted = "gzip, deflate, br, zstd";
    const brotli = await get("/assets/app-0123.js", { "Accept-Encoding": wanted });
    assert.equal(brotli.headers["content-encoding"], "br");
    assert.deepEqual(brotli.body, brotliCompressSync(script));
    const gzip = await get("/", { "Accept-Encoding": wanted });
    assert.equal(gzip.headers["content-encoding"], "gzip");
    assert.equal(gunzipSync(gzip.body).toString(), page);
    const plain = await get("/", { "Accept-Encoding": "gzip;q=0" });
    assert.equal(plain.headers["content-encoding"], undefined);
    assert.notEqual(plain.headers.etag, gzip.headers.etag);
    assert.equal((await get("/assets/app-0123.js.br")).status, 404);
  });

  test("304 for whoever has the file, by strong and weak tags", async () => {
    const { headers } = await get("/");
    for (const tag of [headers.etag, `W/${headers.etag}`, `"other", ${headers.etag}`, "*"]) {
      const response = await get("/", { "If-None-Match": tag });
      assert.equal(response.status, 304, tag);
      assert.equal(response.headers.etag, headers.etag);
      assert.equal(response.headers["cache-control"], "no-cache");
      assert.equal(response.headers["content-length"], undefined);
    }
    // Another encoding is another copy.
    const other = { "If-None-Match": headers.etag, "Accept-Encoding": "gzip" };
    assert.equal((await get("/", other)).status, 200);
  });

  test("HEAD has the head; other methods are refused", async () => {
    const head = await get("/big.bin", {}, "HEAD");
    assert.equal(head.status, 200);
    assert.equal(head.headers["content-length"], "300000");
    assert.equal(head.body.length, 0);
    const post = await get("/", {}, "POST");
    assert.equal(post.status, 405);
    assert.equal(post.headers.allow, "GET, HEAD");
  });

  test("no path leads out of the folder", async () => {
    const paths = [
      "/../secret.txt", "/%2e%2e/secret.txt", "/..%2fsecret.txt", "/assets/../../secret.txt",
      "/%252e%252e/secret.txt", "//etc/passwd", "/.env", "/%2eenv", "/assets/", "/assets",
      "/index.html%00", "/..\\secret.txt", "/index.html/", `/${"a".repeat(2000)}`,
    ];
    for (const target of paths) {
      const { status, text } = await get(target);
      assert.ok(status === 404 || status === 400, `${target}: ${status}`);
      assert.doesNotMatch(text, /secret|root:/);
    }
    assert.equal((await get("/linked.html")).text, page);
    assert.equal((await get("/index%2Ehtml")).text, page);
  });

  test("large answers one after the other on a connection", async () => {
    const wire = await Wire.connect(server.port);
    for (let i = 0; i < 10; i++) wire.send(requestText({ target: "/big.bin" }));
    wire.send(requestText({ target: "/health" }));
    for (let i = 0; i < 10; i++) {
      const { body } = await readResponse(wire);
      assert.equal(body.length, 300_000);
      assert.ok(body.every((byte) => byte === 120));
    }
    assert.equal((await readResponse(wire)).text, "ok");
    wire.destroy();
  });
});

test("without a room there is none, and a folder that is none is told", async () => {
  const bare = await rtcioServe(["--no-room"]).start();
  try {
    assert.equal((await request(bare.port, { target: "/" })).status, 404);
    assert.equal((await request(bare.port, { target: "/health" })).status, 200);
  } finally {
    await bare.stop();
  }
  await assert.rejects(rtcioServe(["--room", "/nowhere/at/all"]).start(), /room "\/nowhere\/at\/all": cannot read/);
});
