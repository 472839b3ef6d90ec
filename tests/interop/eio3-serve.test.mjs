// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the rtcio authors

// `rtcio serve` and old devices: rtc.io's signaling between clients of socket.io 2 and of today, and
// what an operator reads when they are not let in.

import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { afterEach, describe, test } from "node:test";
import { client, connected } from "./lib/client.mjs";
import { jwt } from "./lib/jwt.mjs";
import { rtcioServe, useRtcio } from "./lib/rtcio.mjs";
import { once, take, waitFor } from "./lib/time.mjs";

const io = createRequire(import.meta.url)("socket.io-client-2");
const MESSAGE = "#rtcio:message";
const TRANSPORTS = [["polling"], ["websocket"], ["polling", "websocket"]];

const open = new Set();
afterEach(() => {
  for (const socket of open) socket.close();
  open.clear();
});

function old(server, options) {
  const socket = io(server.url, { forceNew: true, reconnectionDelay: 20, reconnectionDelayMax: 40, ...options });
  open.add(socket);
  return socket;
}

async function connectOld(server, options) {
  const socket = old(server, options);
  await once(socket, "connect");
  return socket;
}

async function connectNow(server, options) {
  const socket = client(server, "/", options);
  await connected(socket);
  return socket;
}

async function join(socket, roomId, name) {
  const joined = once(socket, "join-ok");
  socket.emit("join-room", { roomId, name });
  return joined;
}

/** As the library does: an offer, an answer, candidates, from one to the other and back. */
async function call(caller, callee, data) {
  const heard = once(callee, MESSAGE);
  caller.emit(MESSAGE, { source: caller.id, target: callee.id, data });
  const [message, ...rest] = await heard;
  assert.deepEqual(message, { source: caller.id, target: callee.id, data });
  // With recovery clients of today have an offset there.
  if (open.has(callee)) assert.deepEqual(rest, []);
}

describe("rtc.io between both generations", () => {
  for (const [what, args] of [
    ["with one worker", ["--allow-eio3", "--workers", "1", "--recovery-time", "60s"]],
    ["with four", ["--allow-eio3", "--workers", "4"]],
  ]) {
    describe(what, () => {
      const server = useRtcio(args);
      for (const transports of TRANSPORTS) {
        test(`a room, offers and answers, over ${transports.join(", then ")}`, async () => {
          const roomId = `room-${transports.join("-")}`;
          const device = await connectOld(server, { transports });
          const page = await connectNow(server);
          await join(device, roomId, "device");
          const [offered, told] = [once(device, "#rtcio:init-offer"), once(device, "user-connected")];
          await join(page, roomId, "page");
          assert.deepEqual(await offered, [{ source: page.id }]);
          assert.deepEqual(await told, [{ id: page.id, name: "page" }]);
          for (let i = 0; i < 3; i++) {
            await call(device, page, { description: { type: "offer", sdp: `v=0 é ${i}` } });
            await call(page, device, { description: { type: "answer", sdp: `v=0 é ${i}` } });
            await call(device, page, { candidate: { candidate: "", sdpMid: "0" } });
          }
          const chat = once(page, "chat-message");
          device.emit("chat-message", { roomId, text: "hello" });
          assert.equal((await chat)[0].from, device.id);
          const media = once(device, "media-state");
          page.emit("media-state", { roomId, mic: true, cam: false });
          assert.equal((await media)[0].id, page.id);
          const gone = once(page, "user-disconnected");
          const { id } = device;
          device.close();
          assert.equal((await gone)[0].id, id);
        });
      }

      test("two old devices, and a sender that lies about itself", async () => {
        const [a, b] = [await connectOld(server, { transports: ["polling"] }), await connectOld(server)];
        await join(a, "old", "a");
        await join(b, "old", "b");
        const heard = take(b, MESSAGE, 2);
        a.emit(MESSAGE, { source: b.id, target: b.id, data: { n: 1 } });
        a.emit(MESSAGE, { target: b.id, data: { n: 2 } });
        const messages = await heard;
        assert.deepEqual(messages.map(([m]) => [m.source, m.data.n]), [[a.id, 1], [a.id, 2]]);
      });
    });
  }
});

test("an old device comes back after a restart, and joins again", async (t) => {
  const first = rtcioServe(["--allow-eio3"]);
  t.after(() => first.stop());
  await first.start();
  const device = await connectOld(first, {});
  await join(device, "room", "device");
  const before = device.id;
  const gone = once(device, "disconnect");
  await first.stop();
  await gone;
  const second = rtcioServe(["--allow-eio3", "--port", String(first.port)]);
  t.after(() => second.stop());
  await second.start();
  await waitFor(() => device.connected, "the connection");
  assert.notEqual(device.id, before);
  await join(device, "room", "device");
  device.close();
});

describe("old devices where they are not let in", () => {
  const server = useRtcio(["--log", "json"]);

  test("the client is told a reason, the log names it", async () => {
    const device = old(server, { transports: ["polling"], reconnection: false });
    const [error] = await once(device, "connect_error");
    assert.equal(error.description, 400);
    const told = () => server.stderr.split("\n").find((line) => line.includes("request.refuse"));
    await waitFor(told, "request.refuse in the log");
    const refusal = JSON.parse(told());
    assert.deepEqual([refusal.code, refusal.reason, refusal.asked], [5, "Unsupported protocol version", "3"]);
    assert.match(refusal.context, /allow_eio3/);
  });
});

describe("old devices where tokens are wanted", () => {
  const secret = "a secret that is long enough for HS256";
  const server = useRtcio(["--allow-eio3"], { JWT_SECRET: secret });

  for (const transports of [["polling"], ["websocket"]]) {
    test(`stay out and are told why, whatever their URL has, over ${transports}`, async () => {
      const token = jwt(secret);
      const device = old(server, { transports, reconnection: false, query: { token } });
      device.on("connect", () => assert.fail("it is in"));
      assert.deepEqual(await once(device, "error"), ["missing token"]);
      assert.ok((await connectNow(server, { auth: { token } })).connected);
    });
  }
});
