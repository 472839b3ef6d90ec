// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the rtcio authors

// Engine.IO over HTTP: routing, handshake and refusals, byte by byte (Socket.IO spec 1.1 to 1.4, 1.8
// and 1.9).

import assert from "node:assert/strict";
import os from "node:os";
import { describe, test } from "node:test";
import { useServer } from "./lib/fixture.mjs";
import { Polling, readResponse, request, requestText, target } from "./lib/http.mjs";
import { isReference } from "./lib/server.mjs";
import { Wire } from "./lib/wire.mjs";

const ID = /^[\w-]{20}$/;

async function assertError(server, options, code, message, status = 400) {
  const response = await request(server.port, options);
  assert.equal(response.status, status);
  assert.equal(response.headers["content-type"], "application/json");
  assert.equal(response.text, `{"code":${code},"message":"${message}"}`);
}

describe("routing", () => {
  const server = useServer();

  test("the endpoint is a byte prefix of the target", async () => {
    for (const path of ["/socket.io/", "/socket.io/foo/bar"]) {
      const response = await request(server.port, { target: target({}, path) });
      assert.equal(response.status, 200, path);
    }
  });

  test("everything else is 404 with an empty body", async () => {
    const paths = ["/", "/socket.io", "/socket.iofoo", "/%73ocket.io/", "/engine.io/", "//socket.io/"];
    for (const path of paths) {
      const response = await request(server.port, { target: target({}, path) });
      assert.equal(response.status, 404, path);
      assert.equal(response.text, "", path);
    }
  });

  test("the program may answer other paths", async () => {
    const headers = { "X-Name": "you" };
    for (const path of ["/hello", "/hello?a=1"]) {
      const response = await request(server.port, { target: path, headers });
      assert.equal(response.status, 200);
      assert.equal(response.headers["content-type"], "text/plain");
      assert.equal(response.headers["x-seen"], "yes");
      assert.equal(response.text, "hello you");
    }
    const head = await request(server.port, { method: "HEAD", target: "/hello", headers });
    assert.equal(head.status, 200);
    assert.equal(head.headers["content-length"], "9");
    const wire = await Wire.connect(server.port);
    wire.send(requestText({ method: "HEAD", target: "/hello" }), requestText({ target: "/hello/" }));
    assert.equal((await readResponse(wire, { method: "HEAD" })).status, 200);
    assert.equal((await readResponse(wire)).status, 404);
  });

  test("an upgrade request elsewhere ends without an answer", async () => {
    const wire = await Wire.connect(server.port);
    wire.send(
      requestText({
        target: "/elsewhere",
        headers: { Connection: "Upgrade", Upgrade: "websocket" },
      }),
    );
    const bytes = (await wire.readEnd()).toString();
    assert.ok(bytes === "" || /^HTTP\/1\.1 404 /.test(bytes), bytes);
  });
});

describe("another path", () => {
  const server = useServer({ path: "/signal/", max_payload_bytes: 2048, allow_upgrades: false });

  test("is where the server answers", async () => {
    const session = await Polling.connect(server.port, { path: "/signal/" });
    assert.match(session.sid, ID);
    assert.equal(session.open.maxPayload, 2048);
    const elsewhere = await request(server.port, { target: target() });
    assert.equal(elsewhere.status, 404);
  });

  test("no upgrade is announced when upgrades are off", async () => {
    const session = await Polling.connect(server.port, { path: "/signal/" });
    assert.deepEqual(session.open.upgrades, []);
  });
});

describe("handshake", () => {
  const server = useServer({ ping_interval_ms: 12345, ping_timeout_ms: 6789 });

  test("is one open packet with its fields in order", async () => {
    const response = await request(server.port, { target: target() });
    assert.equal(response.status, 200);
    assert.match(
      response.text,
      /^0\{"sid":"[\w-]{20}","upgrades":\["websocket"\],"pingInterval":12345,"pingTimeout":6789,"maxPayload":1000000\}$/,
    );
  });

  test("has the headers of spec 1.8", async () => {
    const response = await request(server.port, { target: target() });
    assert.equal(response.headers["content-type"], "text/plain; charset=UTF-8");
    assert.equal(response.headers["cache-control"], "no-store");
    assert.equal(Number(response.headers["content-length"]), response.body.length);
    assert.ok(!("set-cookie" in response.headers));
    assert.ok(!("access-control-allow-origin" in response.headers));
  });

  test("gives every session another id", async () => {
    const ids = new Set();
    for (let i = 0; i < 20; i++) ids.add((await Polling.connect(server.port)).sid);
    assert.equal(ids.size, 20);
    for (const id of ids) assert.match(id, ID);
  });

  test("an empty sid is none", async () => {
    const response = await request(server.port, { target: target({ sid: "" }) });
    assert.equal(response.status, 200);
  });

  test("of duplicate parameters the last counts", async () => {
    const good = `/socket.io/?EIO=3&EIO=4&transport=tobi&transport=polling`;
    assert.equal((await request(server.port, { target: good })).status, 200);
    const bad = `/socket.io/?EIO=4&EIO=3&transport=polling`;
    await assertError(server, { target: bad }, 5, "Unsupported protocol version");
  });

  test("parameters of others do no harm", async () => {
    const params = { t: "abc", b64: 1, x: "a&b=c", "": "empty", long: "y".repeat(2000) };
    const session = await Polling.connect(server.port, { params });
    assert.match(session.sid, ID);
  });

  test("several requests share a connection", async () => {
    const wire = await Wire.connect(server.port);
    const sids = [];
    for (let i = 0; i < 3; i++) {
      wire.send(requestText({ target: target() }));
      const response = await readResponse(wire);
      sids.push(JSON.parse(response.text.slice(1)).sid);
    }
    assert.equal(new Set(sids).size, 3);
  });

  test("pipelined requests are answered in order", async () => {
    const wire = await Wire.connect(server.port);
    wire.send(
      requestText({ target: target() }),
      requestText({ target: "/nothing" }),
      requestText({ target: target({ EIO: 3 }) }),
    );
    const answers = [];
    for (let i = 0; i < 3; i++) answers.push(await readResponse(wire));
    assert.deepEqual(answers.map(({ status }) => status), [200, 404, 400]);
    assert.match(answers[2].text, /"code":5/);
  });

  test("a head that arrives byte by byte is understood", async () => {
    const wire = await Wire.connect(server.port);
    for (const byte of requestText({ target: target() })) {
      wire.send(Buffer.from([byte]));
      await new Promise(setImmediate);
    }
    assert.equal((await readResponse(wire)).status, 200);
  });

  test("HTTP/1.0 and Connection: close end the connection after the answer", async () => {
    const heads = [
      `GET ${target()} HTTP/1.0\r\n\r\n`,
      `GET ${target()} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`,
    ];
    for (const head of heads) {
      const wire = await Wire.connect(server.port);
      wire.send(head);
      assert.match((await wire.readEnd()).toString(), /^HTTP\/1\.[01] 200 [^]*\r\n\r\n0\{"sid"/);
    }
  });
});

describe("HEAD allowed", { skip: isReference && "an option of ours" }, () => {
  const server = useServer({ answer_head: true });

  test("is a sign of life that opens no session", async () => {
    for (const path of ["/socket.io/", target()]) {
      const response = await request(server.port, { method: "HEAD", target: path });
      assert.equal(response.status, 200, path);
    }
    assert.equal((await server.stats()).sessions, 0);
  });
});

const ipv6 = Object.values(os.networkInterfaces()).flat().some(({ address }) => address === "::1");

describe("IPv6", { skip: !ipv6 && "this machine has none" }, () => {
  const six = useServer({ host: "::1" });
  const both = useServer({ host: "::" });

  test("loopback", async () => {
    const wire = await Wire.connect(six.port, "::1");
    wire.send(requestText({ target: target(), headers: { Host: `[::1]:${six.port}` } }));
    assert.equal((await readResponse(wire)).status, 200);
    await assert.rejects(Wire.connect(six.port, "127.0.0.1"));
  });

  test("both families on one port", async () => {
    for (const host of ["::1", "127.0.0.1"]) {
      const wire = await Wire.connect(both.port, host);
      wire.send(requestText({ target: target() }));
      assert.equal((await readResponse(wire)).status, 200, host);
    }
  });
});

describe("refusals", () => {
  const server = useServer();

  for (const transport of ["tobi", "constructor", "__proto__", "webtransport", "", undefined]) {
    test(`transport ${transport} is code 0`, async () => {
      await assertError(server, { target: target({ transport }) }, 0, "Transport unknown");
    });
  }

  test("an unknown sid is code 1", async () => {
    for (const sid of ["abc", "A".repeat(20), "A".repeat(3000), "__proto__", "%00"]) {
      await assertError(server, { target: target({ sid }) }, 1, "Session ID unknown");
      const post = { method: "POST", target: target({ sid }), body: "4x" };
      await assertError(server, post, 1, "Session ID unknown");
    }
  });

  for (const method of ["POST", "PUT", "DELETE", "PATCH", "OPTIONS"]) {
    test(`a handshake by ${method} is code 2`, async () => {
      await assertError(server, { method, target: target() }, 2, "Bad handshake method");
    });
  }

  test("a handshake by HEAD is 400 without a body", async () => {
    const response = await request(server.port, { method: "HEAD", target: target() });
    assert.equal(response.status, 400);
  });

  test("transport=websocket without an upgrade is code 3", async () => {
    await assertError(server, { target: target({ transport: "websocket" }) }, 3, "Bad request");
  });

  test("transport=websocket on a polling session is code 3, the session lives", async () => {
    const session = await Polling.join(server.port);
    const wrong = target({ transport: "websocket", sid: session.sid });
    await assertError(server, { target: wrong }, 3, "Bad request");
    await session.push('42["message","alive"]');
    assert.deepEqual(await session.poll(), ['42["message-back","alive"]']);
  });

  test("EIO other than 4 is code 5", async () => {
    for (const EIO of [3, 5, "", undefined, "04"]) {
      await assertError(server, { target: target({ EIO }) }, 5, "Unsupported protocol version");
    }
  });

  test("another EIO than the session's is code 3", async () => {
    const session = await Polling.connect(server.port);
    const options = { target: target({ EIO: 3, sid: session.sid }) };
    await assertError(server, options, 3, "Bad request");
  });

  test("the order of checks: transport, sid, protocol, method", async () => {
    const unknown = { target: target({ transport: "x", sid: "y", EIO: 3 }) };
    await assertError(server, unknown, 0, "Transport unknown");
    const sid = { method: "PUT", target: target({ sid: "y", EIO: 3 }) };
    await assertError(server, sid, 1, "Session ID unknown");
    const method = { method: "PUT", target: target({ EIO: 3 }) };
    await assertError(server, method, 2, "Bad handshake method");
  });

  test("a control character in Origin is refused", async () => {
    const response = await request(server.port, { target: target(), headers: { Origin: "a\x01b" } });
    assert.equal(response.status, 400);
  });

  test("methods other than GET and POST on a session are 500, the session lives", async () => {
    const session = await Polling.join(server.port);
    for (const method of ["PUT", "DELETE", "PATCH", "OPTIONS", "HEAD"]) {
      const response = await request(server.port, { method, target: session.target() });
      assert.equal(response.status, 500, method);
      assert.equal(response.text, "", method);
    }
    await session.push('42["message",1]');
    assert.deepEqual(await session.poll(), ['42["message-back",1]']);
  });

  test("are told to the program", async () => {
    await request(server.port, { target: target({ transport: "tell" }) });
    const note = await server.note({ note: "refused", code: 0 });
    assert.equal(note.message, "Transport unknown");
  });
});

describe("one transport only", () => {
  const polling = useServer({ transports: "polling" });
  const websocket = useServer({ transports: "websocket" });

  test("polling: no upgrade announced, websocket unknown", async () => {
    const session = await Polling.connect(polling.port);
    assert.deepEqual(session.open.upgrades, []);
    const options = { target: target({ transport: "websocket" }) };
    await assertError(polling, options, 0, "Transport unknown");
  });

  test("websocket: polling unknown", async () => {
    await assertError(websocket, { target: target() }, 0, "Transport unknown");
  });
});
