// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the rtcio authors

// Who may open a session, under which identifier, and which headers go with it: allow_request,
// generate_id, middlewares, headers, the cookie; and where the endpoint is.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { ask, client, connect, connected, upgraded } from "./lib/client.mjs";
import { useServer } from "./lib/fixture.mjs";
import { Polling, readHead, readResponse, request, requestText, target } from "./lib/http.mjs";
import { isReference, ONE_WORKER, oursOnly, serverUnderTest } from "./lib/server.mjs";
import { since, take } from "./lib/time.mjs";
import { Wire } from "./lib/wire.mjs";
import { RawWebSocket, UPGRADE } from "./lib/ws.mjs";

const get = (server, params, more) => request(server.port, { target: target(params), ...more });

/** What an upgrade with these parameters is answered: status and everything behind the head. */
async function upgradeAnswer(server, params) {
  const wire = await Wire.connect(server.port);
  wire.send(requestText({ target: target({ transport: "websocket", ...params }), headers: UPGRADE }));
  const { status, headers } = await readHead(wire);
  const rest = status === 101 ? "" : (await wire.readEnd()).toString();
  wire.destroy();
  return { status, headers, rest };
}

describe("allow_request", () => {
  const server = useServer({ ...ONE_WORKER, hooks: "true", request_timeout_ms: 400 });

  test("refuses with its own text, or with none", async () => {
    const refused = await get(server, { gate: "no" });
    assert.equal(refused.status, 403);
    assert.equal(refused.text, '{"code":4,"message":"not \\"today\\""}');
    const note = await server.note({ note: "refused", code: 4 });
    assert.equal(note.message, "Forbidden");
    assert.equal(note.context, 'not "today"');
    const bare = await get(server, { gate: "bare" });
    assert.deepEqual([bare.status, bare.text], [403, '{"code":4,"message":"Forbidden"}']);
    const late = await get(server, { gate: "late-no" });
    assert.deepEqual([late.status, late.text], [403, '{"code":4,"message":"too late"}']);
  });

  test("refuses a WebSocket in plain text", async () => {
    for (const [gate, text] of [["no", 'not "today"'], ["late-no", "too late"]]) {
      const { status, rest } = await upgradeAnswer(server, { gate });
      assert.deepEqual([status, rest], [400, text]);
    }
  });

  test("stock clients learn of it", async () => {
    for (const transports of [["polling"], ["websocket"]]) {
      const socket = client(server, "/", { transports, query: { gate: "no" } });
      await assert.rejects(connected(socket), /error/);
    }
  });

  test("lets in, at once and later, on both transports", async () => {
    for (const gate of ["yes", "late"]) {
      for (const transports of [["polling"], ["websocket"], ["polling", "websocket"]]) {
        const socket = await connect(server, "/", { transports, query: { gate } });
        assert.equal(await ask(socket, "message-with-ack", 1), 1);
        if (transports.length > 1) await upgraded(socket);
      }
    }
  });

  test("what is sent behind a handshake that waits is not lost", async () => {
    const wire = await Wire.connect(server.port);
    const one = requestText({ target: target({ gate: "late" }) });
    wire.send(Buffer.concat([one, requestText({ target: "/hello" })]));
    assert.match((await readResponse(wire)).text, /^0\{/);
    assert.equal((await readResponse(wire)).text, "hello ");
  });

  test("clients that go before the decision", { skip: oursOnly("a reset ends it") }, async () => {
    for (const headers of [{}, UPGRADE]) {
      const transport = headers === UPGRADE ? "websocket" : "polling";
      const wire = await Wire.connect(server.port);
      wire.send(requestText({ target: target({ gate: "late-no", transport }), headers }));
      const other = await get(server, {}); // it has been read by now
      assert.equal(other.status, 200);
      wire.reset();
    }
    await server.note({ note: "refusing", whom: "nobody" });
    await server.settled({ n_connections: 0 });
  });

  test("nobody decides", { skip: oursOnly("it waits for ever") }, async () => {
    const begin = performance.now();
    const response = await get(server, { gate: "never" });
    assert.equal(response.status, 503);
    assert.match(response.text, /did not decide in time/);
    const { status } = await upgradeAnswer(server, { gate: "never" });
    assert.equal(status, 400);
    assert.ok(since(begin) >= 750 && since(begin) < 3000);
  });

  test("is not asked about later requests of a session", async () => {
    const session = await Polling.connect(server.port);
    const refused = { sid: session.open.sid, gate: "no" };
    const posted = await request(server.port, { method: "POST", target: target(refused), body: "40" });
    assert.deepEqual([posted.status, posted.text], [200, "ok"]);
  });

  test("a server that closes meanwhile", { skip: oursOnly("only we count") }, async () => {
    const other = serverUnderTest({ ...ONE_WORKER, hooks: "true" });
    await other.start();
    const response = await request(other.port, { target: target({ gate: "close" }) });
    assert.equal(response.status, 503);
    await other.stop();
  });
});

describe("identifiers of the caller's", () => {
  const server = useServer({ ...ONE_WORKER, hooks: "true" });

  test("are the client's session id on both transports", async () => {
    const session = await Polling.connect(server.port, { params: { gen: "my-own.id" } });
    assert.equal(session.open.sid, "my-own.id");
    assert.equal((await session.post("40")).text, "ok");
    const long = "x".repeat(64);
    for (const [param, id] of [["gen", "other~1"], ["as", "chosen_2"], ["as", long]]) {
      const socket = await connect(server, "/", { query: { [param]: id } });
      assert.equal(socket.io.engine.id, id);
      assert.match(socket.id, /^[\w-]{20}$/);
    }
    const changed = await connect(server, "/", {
      query: { gen: "polling-first" },
      transports: ["polling", "websocket"],
    });
    await upgraded(changed);
    assert.equal(changed.io.engine.id, "polling-first");
  });

  test("that cannot be made: code 3, on a WebSocket behind the 101", async () => {
    const refused = await get(server, { gen: "fail" });
    assert.deepEqual([refused.status, refused.text], [400, '{"code":3,"message":"Bad request"}']);
    const note = await server.note({ note: "refused", code: 3 });
    assert.equal(note.context, "ID_GENERATION_ERROR");
    const wire = await Wire.connect(server.port);
    const params = { transport: "websocket", gen: "fail" };
    wire.send(requestText({ target: target(params), headers: UPGRADE }));
    assert.equal((await readHead(wire)).status, 101);
    assert.equal((await readHead(wire)).status, 400);
    assert.equal((await wire.readEnd()).toString(), "Bad request");
  });

  test("that are none, or taken", { skip: oursOnly("any string goes") }, async () => {
    const rows = [{ gen: "a b" }, { gen: 'quo"te' }, { gen: "é" }, { as: "a/b" }, { as: "x".repeat(65) }];
    for (const params of rows) assert.notEqual((await get(server, params)).status, 200);
    assert.equal((await get(server, { gen: "twice" })).status, 200);
    assert.equal((await get(server, { gen: "twice" })).status, 400);
    assert.equal((await get(server, { as: "twice" })).status, 403);
  });
});

describe("middlewares and headers", () => {
  const server = useServer({ ...ONE_WORKER, hooks: "true", cors_origin: "*", cookie_name: "io" });

  test("initial_headers once, headers with every response that is a success", async () => {
    const first = await get(server, { k: "a" });
    assert.equal(first.headers["x-initial"], "yes");
    assert.equal(first.headers["x-headers"], "a");
    assert.equal(first.headers["x-bad"], undefined);
    const cookies = first.fields.filter(([name]) => name.toLowerCase() === "set-cookie");
    const { sid } = JSON.parse(first.text.slice(1));
    assert.deepEqual(
      cookies.map(([, value]) => value).sort(),
      [`io=${sid}; Path=/; HttpOnly; SameSite=Lax`, "mine=1"].sort(),
    );
    const options = { method: "POST", target: target({ sid, k: "b" }), body: "40" };
    const posted = await request(server.port, options);
    assert.equal(posted.headers["x-initial"], undefined);
    assert.equal(posted.headers["x-headers"], "b");
    const polled = await get(server, { sid, k: "c" });
    assert.equal(polled.headers["x-headers"], "c");
    assert.equal(polled.headers["set-cookie"], undefined);
  });

  test("on a WebSocket they are on the 101, and the cookie is not", async () => {
    const direct = await upgradeAnswer(server, { k: "d" });
    assert.equal(direct.status, 101);
    assert.equal(direct.headers["x-initial"], "yes");
    assert.equal(direct.headers["x-headers"], "d");
    assert.equal(direct.headers["set-cookie"], "mine=1");
    const { open } = await Polling.connect(server.port);
    const upgrade = await upgradeAnswer(server, { sid: open.sid, k: "e" });
    assert.equal(upgrade.headers["x-initial"], undefined);
    assert.equal(upgrade.headers["x-headers"], "e");
  });

  test("refusals have the middlewares' headers only", async () => {
    const refused = await get(server, { transport: "nope" });
    assert.equal(refused.status, 400);
    assert.equal(refused.headers["x-headers"], undefined);
    assert.match(refused.headers["x-middleware"], /first, second/);
    assert.equal(refused.headers["access-control-allow-origin"], "*");
  });

  test("middlewares run in order on every request, CORS first", async () => {
    const { headers } = await upgradeAnswer(server, {});
    assert.match(headers["x-middleware"], /first, second/);
    assert.equal(headers["access-control-allow-origin"], "*");
    const preflight = await request(server.port, { method: "OPTIONS", target: target({ mw: "end" }) });
    assert.equal(preflight.status, 204);
  });

  test("a middleware that answers ends the request", async () => {
    const answered = await get(server, { mw: "end" });
    assert.deepEqual([answered.status, answered.text], [503, "closed"]);
    const socket = client(server, "/", { query: { mw: "end" } });
    await assert.rejects(connected(socket), /error/);
  });

  test("a middleware that fails: code 3", async () => {
    const refused = await get(server, { mw: "fail" });
    assert.deepEqual([refused.status, refused.text], [400, '{"code":3,"message":"Bad request"}']);
    const note = await server.note({ note: "refused", code: 3 });
    assert.equal(note.context, "MIDDLEWARE_FAILURE");
    assert.equal((await upgradeAnswer(server, { mw: "fail" })).status, 400);
  });

  test("other paths have none of it", async () => {
    const { headers } = await request(server.port, { target: "/hello?mw=end" });
    assert.equal(headers["x-middleware"], undefined);
  });
});

describe("what is told of refusals", () => {
  const server = useServer();

  test("what was asked for, and what there was instead", async () => {
    const { open } = await Polling.connect(server.port);
    const rows = [
      [{ transport: "tobi" }, {}, { code: 0, asked: "tobi" }],
      [{ transport: "__proto__" }, {}, { code: 0, asked: "__proto__" }],
      [{ sid: "nobody" }, {}, { code: 1, asked: "nobody" }],
      [{}, { method: "DELETE" }, { code: 2, asked: "DELETE" }],
      [
        { sid: open.sid, transport: "websocket" },
        {},
        { code: 3, context: "TRANSPORT_MISMATCH", asked: "websocket", expected: "polling" },
      ],
      [{ transport: "websocket" }, {}, { code: 3, context: "TRANSPORT_HANDSHAKE_ERROR" }],
      [{ EIO: 3 }, {}, { code: 5, asked: "3" }],
      [
        { sid: open.sid, EIO: 3 },
        {},
        { code: 3, context: "PROTOCOL_MISMATCH", asked: "3", expected: "4" },
      ],
    ];
    for (const [params, more, wanted] of rows) {
      assert.equal((await get(server, params, more)).status, 400);
      const note = await server.note({ note: "refused", code: wanted.code });
      for (const [key, value] of Object.entries(wanted)) assert.equal(note[key], value, key);
      if (!isReference) assert.equal(note.target, target(params));
    }
  });
});

describe("the cookie", () => {
  const rows = [
    [{}, "=SID; Path=/; HttpOnly; SameSite=Lax"],
    [{ cookie_path: "/custom" }, "=SID; Path=/custom; HttpOnly; SameSite=Lax"],
    [{ cookie_path: "none" }, "=SID; HttpOnly; SameSite=Lax"],
    [{ cookie_http_only: "false" }, "=SID; Path=/; SameSite=Lax"],
    [{ cookie_same_site: "strict" }, "=SID; Path=/; HttpOnly; SameSite=Strict"],
    [{ cookie_same_site: "none" }, "=SID; Path=/; HttpOnly"],
    [
      {
        cookie_max_age_s: 60,
        cookie_domain: "example.org",
        cookie_expires_s: 1800000000,
        cookie_secure: "true",
        cookie_partitioned: "true",
        cookie_priority: "high",
      },
      "=SID; Max-Age=60; Domain=example.org; Path=/; Expires=Fri, 15 Jan 2027 08:00:00 GMT; " +
        "HttpOnly; Secure; Partitioned; Priority=High; SameSite=Lax",
    ],
  ];
  for (const [options, wanted] of rows) {
    test(`with ${JSON.stringify(options)}`, async () => {
      const server = serverUnderTest({ cookie_name: "io", ...options });
      await server.start();
      const response = await request(server.port, { target: target() });
      const { sid } = JSON.parse(response.text.slice(1));
      assert.equal(response.headers["set-cookie"], `io${wanted.replace("SID", sid)}`);
      const later = await request(server.port, { method: "POST", target: target({ sid }), body: "40" });
      assert.equal(later.headers["set-cookie"], undefined);
      await server.stop();
    });
  }

  test("what no header can hold is refused", { skip: oursOnly("it throws later") }, async () => {
    const rows = [{ cookie_name: "a b" }, { cookie_path: "/;x" }, { cookie_same_site: "maybe" }];
    for (const options of rows) {
      const server = serverUnderTest({ cookie_name: "io", ...options });
      await assert.rejects(server.start());
      assert.match(server.stderr, /^cookie_\w+ is not what a Set-Cookie header can hold/);
    }
  });
});

describe("the path", () => {
  describe("without a slash at its end", () => {
    const server = useServer({ add_trailing_slash: "false" });
    test("everything that begins so is ours", async () => {
      for (const path of ["/socket.io", "/socket.io/", "/socket.iofoo", "/socket.io/foo/bar/"]) {
        assert.equal((await request(server.port, { target: target({}, path) })).status, 200, path);
      }
      assert.equal((await request(server.port, { target: target({}, "/socket") })).status, 404);
    });
    test("stock clients with addTrailingSlash: false", async () => {
      for (const transports of [["polling"], ["websocket"]]) {
        const socket = await connect(server, "/", { transports, addTrailingSlash: false });
        assert.equal(await ask(socket, "message-with-ack", 2), 2);
      }
    });
  });

  describe("an upgrade elsewhere", () => {
    const server = useServer({ destroy_upgrade_timeout_ms: 300 });
    test("is ended without a byte when its time has come, whatever it sends", async () => {
      const wire = await Wire.connect(server.port);
      const begin = performance.now();
      wire.send(requestText({ target: "/elsewhere", headers: UPGRADE }));
      const drip = setInterval(() => wire.send("x"), 50);
      const rest = await wire.readEnd().finally(() => clearInterval(drip));
      assert.equal(rest.length, 0);
      assert.ok(since(begin) >= 280 && since(begin) < 2000, `${since(begin)} ms`);
    });
  });

  describe("an upgrade elsewhere that is left alone", () => {
    const server = useServer({ destroy_upgrade: "false", destroy_upgrade_timeout_ms: 50 });
    test("stays until the client or the server goes", async () => {
      const wire = await Wire.connect(server.port);
      wire.send(requestText({ target: "/elsewhere", headers: UPGRADE }));
      const socket = await connect(server);
      const ticks = take(socket, "tick", 5);
      socket.emit("ticks", { n: 5, every: 40 });
      await ticks; // 200 ms by the server's clock
      assert.equal(wire.ended, false);
      wire.destroy();
    });
  });
});

describe("initial_packet", () => {
  const server = useServer({ initial_packet: "0{}" });
  test("comes behind the open packet", async () => {
    const response = await request(server.port, { target: target() });
    assert.match(response.text, /^0\{.*\}\x1e40\{\}$/);
    const ws = await RawWebSocket.connect(server.port);
    assert.equal(await ws.text(), "40{}");
    ws.destroy();
  });
});
