// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the rtcio authors

// Compressed answers to polls: which encoding, from which length on, and which messages not.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { gunzipSync, inflateSync } from "node:zlib";
import { connect } from "./lib/client.mjs";
import { useServer } from "./lib/fixture.mjs";
import { Polling, request, target } from "./lib/http.mjs";
import { take } from "./lib/time.mjs";

const LONG = "x".repeat(2000);

/** The answer to a poll that has one event with `text`; `spec` is more of what `say` takes. */
async function pollFor(server, text, headers, spec = {}) {
  const session = await Polling.join(server.port);
  const said = { to: [session.id], from: "nsp", event: "said", args: [text], ...spec };
  await session.push(`42${JSON.stringify(["say", said])}`);
  return session.get({ headers });
}

const rows = [
  ["gzip", "gzip"],
  ["gzip, deflate", "gzip"],
  ["deflate, gzip", "deflate"],
  ["deflate", "deflate"],
  ["gzip;q=0.2, deflate;q=0.5", "deflate"],
  ["GZIP; q=0.5", "gzip"],
  ["gzip;q=0", undefined],
  ["*", "gzip"],
  ["*;q=0", undefined],
  ["br", undefined],
  ["identity", undefined],
  [undefined, undefined],
];

function decompress({ headers, body }) {
  const encoding = headers["content-encoding"];
  if (encoding === "gzip") return gunzipSync(body).toString();
  return encoding === "deflate" ? inflateSync(body).toString() : body.toString();
}

describe("by default", () => {
  const server = useServer();

  for (const [accept, encoding] of rows) {
    test(`Accept-Encoding ${accept}: ${encoding}`, async () => {
      const headers = accept ? { "Accept-Encoding": accept } : {};
      const response = await pollFor(server, LONG, headers);
      assert.equal(response.status, 200);
      assert.equal(response.headers["content-encoding"], encoding);
      assert.equal(decompress(response), `42["said","${LONG}"]`);
      if (encoding) assert.ok(response.body.length < 200);
    });
  }

  test("not below 1024 bytes, and from there on", async () => {
    const headers = { "Accept-Encoding": "gzip" };
    const around = '42["said",""]'.length;
    const short = await pollFor(server, "y".repeat(1023 - around), headers);
    assert.deepEqual([short.headers["content-encoding"], short.body.length], [undefined, 1023]);
    const long = await pollFor(server, "y".repeat(1024 - around), headers);
    assert.equal(long.headers["content-encoding"], "gzip");
  });

  test("a GET that was pending is compressed as it asked", async () => {
    const session = await Polling.join(server.port);
    const pending = session.get({ headers: { "Accept-Encoding": "gzip" } });
    const said = { to: [session.id], from: "nsp", event: "said", args: [LONG] };
    await session.push(`42${JSON.stringify(["say", said])}`);
    const response = await pending;
    assert.equal(response.headers["content-encoding"], "gzip");
    assert.equal(decompress(response), `42["said","${LONG}"]`);
    // The next GET of the session asks for nothing, and gets it plain.
    await session.push(`42${JSON.stringify(["say", said])}`);
    assert.equal((await session.get()).headers["content-encoding"], undefined);
  });

  test("not what was sent as not worth it", async () => {
    const headers = { "Accept-Encoding": "gzip" };
    const response = await pollFor(server, LONG, headers, { plain: true });
    assert.equal(response.headers["content-encoding"], undefined);
    assert.equal(response.text, `42["said","${LONG}"]`);
    const after = await pollFor(server, LONG, headers);
    assert.equal(after.headers["content-encoding"], "gzip");
  });

  test("JSONP too", async () => {
    const open = await request(server.port, { target: target({ j: 0 }) });
    const { sid } = JSON.parse(JSON.parse(/^___eio\[0\]\((.*)\);$/.exec(open.text)[1]).slice(1));
    const jsonp = target({ j: 0, sid });
    const post = (text) =>
      request(server.port, {
        method: "POST",
        target: jsonp,
        headers: { "Content-Type": "application/x-www-form-urlencoded" },
        body: `d=${encodeURIComponent(text)}`,
      });
    await post("40");
    await request(server.port, { target: jsonp });
    await post(`42${JSON.stringify(["message", LONG])}`);
    const response = await request(server.port, {
      target: jsonp,
      headers: { "Accept-Encoding": "gzip" },
    });
    assert.equal(response.headers["content-encoding"], "gzip");
    assert.match(decompress(response), /^___eio\[0\]\(".*"\);$/s);
  });

  test("errors and answers to POSTs never", async () => {
    const headers = { "Accept-Encoding": "gzip" };
    const session = await Polling.join(server.port);
    const posted = await session.post("3", { headers });
    assert.deepEqual([posted.text, posted.headers["content-encoding"]], ["ok", undefined]);
    const wrong = await request(server.port, { target: target({ transport: "x" }), headers });
    assert.equal(wrong.headers["content-encoding"], undefined);
  });

  test("stock clients understand it", async () => {
    const socket = await connect(server, "/", { transports: ["polling"] });
    const floods = take(socket, "flood", 50);
    socket.emit("flood", { n: 50, size: 3000 });
    assert.deepEqual((await floods).map(([i, filler]) => [i, filler.length])[49], [49, 3000]);
  });
});

describe("with a threshold of 0", () => {
  const server = useServer({ http_compression_threshold: 0 });
  test("even the handshake", async () => {
    const headers = { "Accept-Encoding": "gzip" };
    const response = await request(server.port, { target: target(), headers });
    assert.equal(response.headers["content-encoding"], "gzip");
    assert.match(decompress(response), /^0\{"sid"/);
  });
});

describe("switched off", () => {
  const server = useServer({ http_compression: "false" });
  test("nothing is compressed", async () => {
    const response = await pollFor(server, LONG, { "Accept-Encoding": "gzip" });
    assert.equal(response.headers["content-encoding"], undefined);
    assert.equal(response.text, `42["said","${LONG}"]`);
  });
});
