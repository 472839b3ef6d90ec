// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the rtcio authors

// The checklist of the engine (Socket.IO spec 11.1): its lines that no interop test proves already.
// README.md lists all lines.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { ask, connect } from "../interop/lib/client.mjs";
import { useServer } from "../interop/lib/fixture.mjs";
import { Polling, readResponse, request, requestText, target } from "../interop/lib/http.mjs";
import { serverUnderTest } from "../interop/lib/server.mjs";
import { once, since, take } from "../interop/lib/time.mjs";
import { Wire } from "../interop/lib/wire.mjs";
import { RawWebSocket, refusedUpgrade, sendUpgrade } from "../interop/lib/ws.mjs";

const TRANSPORTS = [["polling"], ["websocket"]];

describe("11.1 Attachment", () => {
  const server = useServer();

  test("11.1 Attachment 4: every path below the prefix is ours, all others are the program's", async () => {
    for (const path of ["/socket.io/default/", "/socket.io/default", "/socket.io/a/b/"]) {
      const response = await request(server.port, { target: target({}, path) });
      assert.equal(response.status, 200, path);
    }
    assert.equal((await request(server.port, { target: "/hello" })).text, "hello ");
    for (const path of ["/default/", "/socket.iodefault/", "/"]) {
      assert.equal((await request(server.port, { target: target({}, path) })).status, 404, path);
    }
  });
});

describe("11.1 Verification", () => {
  const server = useServer();

  test("11.1 Verification 1: an unknown transport is an error to a WebSocket client, too", async () => {
    for (const transport of ["tobi", "constructor", "__proto__"]) {
      const refused = await refusedUpgrade(server.port, { params: { transport } });
      assert.deepEqual([refused.status, refused.text], [400, "Transport unknown"], transport);
      await server.note({ note: "refused", code: 0 });
    }
  });

  test("11.1 Verification 4: garbage behind the head of an upgrade request harms nobody", async () => {
    const session = await Polling.join(server.port);
    const healthy = await connect(server);
    const garbage = Buffer.from(Array.from({ length: 200 }, (_, i) => (i * 97) & 255));
    for (const params of [{}, { sid: session.sid }, { sid: "nobody" }, { transport: "tobi" }]) {
      const wire = await sendUpgrade(server.port, { params, after: garbage });
      await wire.readEnd();
      assert.equal(await ask(healthy, "message-with-ack", "alive"), "alive");
    }
    await session.push('42["message",1]');
    assert.deepEqual(await session.poll(), ['42["message-back",1]']);
  });
});

describe("11.1 Handshake", () => {
  const server = useServer();

  test("11.1 Handshake 10: old browsers get X-XSS-Protection: 0 on polls and pushes", async () => {
    const agents = ["Mozilla/4.0 (compatible;MSIE 8.0; Windows NT 6.1)", "Mozilla/5.0 (Trident/7.0) like Gecko"];
    for (const agent of agents) {
      const headers = { "User-Agent": agent };
      const session = await Polling.connect(server.port, { headers });
      const push = await session.post("40", { headers });
      const poll = await session.get({ headers });
      for (const { headers: got } of [push, poll]) {
        assert.equal(got["x-xss-protection"], "0");
        assert.equal(got["cache-control"], "no-store");
      }
    }
    const modern = await request(server.port, { target: target(), headers: { "User-Agent": "Mozilla/5.0" } });
    assert.equal(modern.headers["x-xss-protection"], undefined);
  });
});

describe("11.1 Close", () => {
  const INTERVAL = 300;
  const TIMEOUT = 200;

  const when = {
    "after the handshake": () => {},
    "after a ping": (socket) => once(socket.io, "ping"),
  };
  for (const [what, wait] of Object.entries(when)) {
    test(`11.1 Close 2: a client gives up after interval and timeout, not earlier, ${what}`, async (t) => {
      const server = await serverUnderTest({ ping_interval_ms: INTERVAL, ping_timeout_ms: TIMEOUT }).start();
      t.after(() => server.stop());
      const socket = await connect(server);
      await wait(socket);
      const start = performance.now();
      server.child.kill("SIGSTOP");
      t.after(() => server.child.kill("SIGCONT"));
      const [reason] = await once(socket, "disconnect");
      const took = since(start);
      server.child.kill("SIGCONT");
      assert.equal(reason, "ping timeout");
      // From the handshake on, which was a little before it was stopped.
      assert.ok(took > INTERVAL + TIMEOUT - 100, `gave up after ${took.toFixed(0)} ms`);
    });
  }

  describe("of a polling session", () => {
    const server = useServer();

    test("11.1 Close 6: a POST under way is broken off when its session closes", async () => {
      const session = await Polling.join(server.port);
      const judge = await connect(server);
      const post = await Wire.connect(server.port);
      const headers = { "Content-Length": 100 };
      post.send(requestText({ method: "POST", target: session.target(), headers, body: "42" }));
      const poll = await session.hang();
      await ask(judge, "drop", { from: "nsp", to: [session.id], close: true });
      assert.match((await readResponse(poll)).text, /^41/);
      assert.equal((await post.readEnd()).length, 0);
    });
  });

  test("11.1 Close 9: the server's end discards what waits, a graceful close that waits as well", async () => {
    const server = await serverUnderTest().start();
    const wires = [];
    for (const packet of ['42["message","unsent"]', '42["kick-me",true]']) {
      const session = await Polling.join(server.port);
      const wire = await Wire.connect(server.port); // stays open for the next request
      wire.send(requestText({ method: "POST", target: session.target(), body: packet }));
      assert.equal((await readResponse(wire)).text, "ok");
      wires.push([wire, session]);
    }
    const stopped = server.stop();
    await server.note({ note: "disconnect", reason: "server shutting down" });
    for (const [wire, session] of wires) {
      wire.send(requestText({ target: session.target() }));
      const answer = (await wire.readEnd()).toString();
      assert.doesNotMatch(answer, /unsent|41/);
    }
    await stopped;
    Wire.destroyAll();
  });

  test("11.1 Close 10: the program can end with sessions that idle, upgrade or have upgraded", async () => {
    const server = await serverUnderTest({ close_timeout_ms: 500 }).start();
    await Polling.join(server.port);
    await RawWebSocket.upgrade(await Polling.join(server.port));
    const { sid } = await Polling.join(server.port);
    const upgrading = await RawWebSocket.open(server.port, { params: { sid } });
    upgrading.send("2probe");
    await upgrading.text();
    await (await Polling.join(server.port)).hang();
    await server.stop();
    assert.equal(server.ended.code, 0);
    Wire.destroyAll();
  });
});

describe("11.1 Messages", () => {
  const server = useServer({ max_queue_bytes: 32 * 1024 * 1024 });

  for (const transports of TRANSPORTS) {
    test(`11.1 Messages 3: typed arrays and array buffers arrive as their bytes, over ${transports}`, async () => {
      const socket = await connect(server, "/", { transports });
      const values = [
        [new Uint8Array([1, 2, 255]), [1, 2, 255]],
        [new Int16Array([1, -1]), [1, 0, 255, 255]],
        [new Uint8Array([9, 1, 2, 9]).subarray(1, 3), [1, 2]],
        [new Uint8Array([3, 4]).buffer, [3, 4]],
        [Buffer.from([5]), [5]],
      ];
      for (const [value, bytes] of values) {
        assert.deepEqual([...(await ask(socket, "message-with-ack", value))], bytes);
      }
    });
  }

  test("11.1 Messages 3: a POST of a megabyte in many pieces, also in chunks", async () => {
    const session = await Polling.join(server.port);
    const packet = `42["message","${"0123456789".repeat(99990)}"]`;
    const pieces = packet.match(/[^]{1,30000}/g);
    for (const chunked of [false, true]) {
      const wire = await Wire.connect(server.port);
      const headers = chunked ? { "Transfer-Encoding": "chunked" } : { "Content-Length": packet.length };
      wire.send(requestText({ method: "POST", target: session.target(), headers }));
      for (const piece of pieces) {
        wire.send(chunked ? `${piece.length.toString(16)}\r\n${piece}\r\n` : piece);
        await new Promise(setImmediate);
      }
      if (chunked) wire.send("0\r\n\r\n");
      assert.equal((await readResponse(wire)).text, "ok");
      const packets = await session.pollUntil((each) => each.startsWith("42"));
      assert.equal(packets.at(-1), packet.replace("message", "message-back"));
    }
  });

  for (const transports of TRANSPORTS) {
    test(`11.1 Messages 4: Chinese text stays whole, over ${transports}`, async () => {
      const socket = await connect(server, "/", { transports });
      const text = "李某某向您发送了一条消息".repeat(1000);
      assert.equal(await ask(socket, "message-with-ack", text), text);
    });
  }
});

describe("11.1 Messages, pinged often", () => {
  const server = useServer({
    ping_interval_ms: 200,
    ping_timeout_ms: 4000,
    max_queue_bytes: 32 * 1024 * 1024,
  });

  for (const transports of TRANSPORTS) {
    test(`11.1 Messages 4: bursts of 100 x 64 kB starve no heartbeat, over ${transports}`, async () => {
      const socket = await connect(server, "/", { transports });
      socket.on("disconnect", (reason) => assert.fail(reason));
      let pings = 0;
      socket.io.on("ping", () => pings++);
      for (let round = 0; round < 50 && pings < 3; round++) {
        const flood = take(socket, "flood", 100);
        socket.emit("flood", { n: 100, size: 65536 });
        await flood;
      }
      assert.ok(pings >= 3);
      socket.off("disconnect");
    });
  }
});
