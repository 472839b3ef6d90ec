// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the rtcio authors

// A listener of its own site, request bodies for handlers, and answers that come later.

import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import { useServer } from "./lib/fixture.mjs";
import { readHead, readResponse, request, requestText, target } from "./lib/http.mjs";
import { oursOnly } from "./lib/server.mjs";
import { Wire } from "./lib/wire.mjs";

const skip = oursOnly("Node leaves HTTP to the program");

describe("sites", { skip }, () => {
  const server = useServer({ site: "back", request_timeout_ms: 400, keep_alive_timeout_ms: 2000 });
  let port;
  before(async () => {
    ({ port } = await server.note({ note: "site" }));
  });

  const post = (path, body, options) => request(port, { method: "POST", target: path, body, ...options });

  test("each listener has its own paths, and only the usual one the endpoint", async () => {
    assert.equal((await request(server.port, { target: "/hello" })).status, 200);
    assert.equal((await request(port, { target: "/hello" })).status, 404);
    assert.equal((await request(server.port, { target: "/bare" })).status, 404);
    assert.equal((await request(port, { target: "/bare" })).text, "GET ");
    assert.equal((await request(port, { target: "/below/this" })).text, "GET ");
    assert.equal((await request(server.port, { target: target() })).status, 200);
    assert.equal((await request(port, { target: target() })).status, 404);
    // Nor does a session's id reach its session from here, whichever worker has it.
    const { text } = await request(server.port, { target: target() });
    const { sid } = JSON.parse(text.slice(1));
    assert.equal((await request(port, { target: target({ sid }) })).status, 404);
  });

  test("bodies: sized, in chunks, empty, any method, up to the limit", async () => {
    assert.equal((await post("/echo", "some text")).text, "POST some text");
    assert.equal((await post("/echo")).text, "POST ");
    assert.equal((await post("/echo", "")).text, "POST ");
    assert.equal((await post("/echo", "x", { method: "DELETE" })).text, "DELETE x");
    const all = "x".repeat(1000);
    assert.equal((await post("/echo", all)).text, `POST ${all}`);
    const headers = { "Transfer-Encoding": "chunked" };
    const chunked = await post("/echo", "3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n", { headers });
    assert.equal(chunked.text, "POST abcde");
    const head = await post("/echo", "abc", { method: "HEAD" });
    assert.deepEqual([head.status, head.headers["content-length"], head.text], [200, "8", ""]);
  });

  test("too large, broken, too slow", async () => {
    const large = await post("/echo", "x".repeat(1001));
    assert.deepEqual([large.status, large.text], [413, "request body too large: at most 1000 bytes\n"]);
    const headers = { "Transfer-Encoding": "chunked" };
    assert.equal((await post("/echo", `3e9\r\n${"x".repeat(1001)}`, { headers })).status, 413);
    assert.equal((await post("/echo", "x\r\n", { headers })).status, 400);
    const slow = await Wire.connect(port);
    slow.send(requestText({ method: "POST", target: "/echo", headers: { "Content-Length": 5 }, body: "ab" }));
    const late = await readResponse(slow);
    assert.deepEqual([late.status, late.headers.connection], [408, "close"]);
    const gone = await Wire.connect(port);
    gone.send(requestText({ method: "POST", target: "/echo", headers: { "Content-Length": 5 }, body: "ab" }));
    gone.reset();
    assert.equal((await post("/echo", "still there")).text, "POST still there");
  });

  test("one connection, one request behind the other", async () => {
    const wire = await Wire.connect(port);
    wire.send(
      requestText({ method: "POST", target: "/echo", body: "one" }),
      requestText({ method: "POST", target: "/later?ms=30", body: "two" }),
      requestText({ target: "/later?ms=0" }),
      requestText({ method: "POST", target: "/nothing", body: "three" }),
      requestText({ method: "PUT", target: "/echo", body: "four" }),
      // Nobody asked for this body: the connection ends with the answer.
      requestText({ method: "POST", target: "/bare", body: "five" }),
    );
    const seen = [];
    for (let i = 0; i < 6; i++) {
      const { status, text } = await readResponse(wire);
      seen.push([status, text]);
    }
    assert.deepEqual(seen, [
      [200, "POST one"],
      [200, "/later?ms=30 with two"],
      [200, "/later?ms=0 with "],
      [404, ""],
      [200, "PUT four"],
      [200, "POST "],
    ]);
    assert.equal((await wire.readEnd()).length, 0);
  });

  test("100 Continue comes when the body is wanted", async () => {
    const wire = await Wire.connect(port);
    const headers = { Expect: "100-continue", "Content-Length": 3, "X-Key": "sesame" };
    wire.send(requestText({ method: "POST", target: "/gated", headers }));
    assert.equal((await readHead(wire)).status, 100);
    wire.send("abc");
    assert.equal((await readResponse(wire)).text, "POST abc");
    const refused = await Wire.connect(port);
    refused.send(requestText({ method: "POST", target: "/gated", headers: { ...headers, "X-Key": "no" } }));
    const answer = await readResponse(refused);
    assert.deepEqual([answer.status, answer.text, answer.headers.connection], [401, "closed", "close"]);
    assert.deepEqual(await server.note({ note: "head" }), { note: "head", site: "back", body: 0 });
  });

  test("answers that come later: by copy, by blob, to HEAD", async () => {
    const answer = await post("/later", "body");
    assert.deepEqual([answer.status, answer.text, answer.headers["x-late"]], [200, "/later with body", "yes"]);
    assert.equal((await post("/later?blob=1", "body")).text, "/later?blob=1 with body");
    assert.equal((await request(port, { target: "/bare-later?blob=1" })).text, "/bare-later?blob=1 with ");
    const head = await request(port, { method: "HEAD", target: "/bare-later" });
    assert.deepEqual([head.status, head.headers["content-length"], head.text], [200, "17", ""]);
    // An answer of no sense is refused, and changes nothing.
    const told = await server.note({ note: "late" });
    assert.deepEqual(told, { note: "late", result: 0, odd: -1, added: 0, gone: false });
  });

  test("an answer that is too late, and one for nobody", async () => {
    await server.stats();
    const wire = await Wire.connect(port);
    wire.send(requestText({ target: "/bare-later?ms=150&within=20" }));
    const late = await readResponse(wire);
    assert.deepEqual([late.status, late.text], [504, "no answer in time\n"]);
    wire.send(requestText({ method: "POST", target: "/echo", body: "next" }));
    assert.equal((await readResponse(wire)).text, "POST next");
    assert.equal((await server.note({ note: "late", gone: true })).result, -7);
    for (const path of ["/later", "/bare-later"]) {
      const gone = await Wire.connect(port);
      gone.send(requestText({ target: `${path}?ms=150` }));
      gone.reset();
      assert.equal((await server.note({ note: "late", gone: true })).result, -7);
    }
  });
});

describe("sites: the end of the server", { skip }, () => {
  const server = useServer({ site: "back" });

  test("a body on its way, and an answer nobody has given", async () => {
    const { port } = await server.note({ note: "site" });
    const body = await Wire.connect(port);
    body.send(requestText({ method: "POST", target: "/echo", headers: { "Content-Length": 5 }, body: "ab" }));
    const answer = await Wire.connect(port);
    answer.send(requestText({ target: "/bare-later?ms=300" }));
    await server.settled({ n_connections: 2 });
    const ended = server.stop();
    body.send("cde");
    assert.equal((await readResponse(body)).text, "POST abcde");
    assert.equal((await readResponse(answer)).text, "/bare-later?ms=300 with ");
    await ended;
  });
});
