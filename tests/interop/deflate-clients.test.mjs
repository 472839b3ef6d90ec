// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the rtcio authors

// permessage-deflate with stock clients: npm's ws below socket.io-client, as Node has it.

import assert from "node:assert/strict";
import { after, describe, test } from "node:test";
import { Certificate } from "./lib/certificates.mjs";
import { ask, client, connect, connected, upgraded } from "./lib/client.mjs";
import { RSV1, inflate } from "./lib/deflate.mjs";
import { useServer } from "./lib/fixture.mjs";
import { roomOf, seenBy, useRtcio } from "./lib/rtcio.mjs";
import { ONE_WORKER, isReference, oursOnly } from "./lib/server.mjs";
import { once, take, waitFor } from "./lib/time.mjs";
import { RawWebSocket } from "./lib/ws.mjs";

const ON = { per_message_deflate: "true" };
const CONTEXT = {
  ...ON,
  deflate_server_no_context_takeover: "false",
  deflate_client_no_context_takeover: "false",
};
const SDP = "a=candidate:842163049 1 udp 1677729535 192.0.2.1 46154 typ srflx\r\n".repeat(100);

/** The WebSocket below a client. */
const socketOf = ({ io }) => io.engine.transport.ws;
const bytesOf = (socket) => socketOf(socket)._socket.bytesRead;

const options = [
  ["as it comes", {}, true],
  ["everything", { perMessageDeflate: { threshold: 0 } }, true],
  ["no contexts", { perMessageDeflate: { serverNoContextTakeover: true, clientNoContextTakeover: true } }, true],
  ["small windows", { perMessageDeflate: { serverMaxWindowBits: 9, clientMaxWindowBits: 10 } }, true],
  ["level 9", { perMessageDeflate: { threshold: 0, zlibDeflateOptions: { level: 9, memLevel: 9 } } }, true],
  ["nothing sent compressed", { perMessageDeflate: { threshold: 1e9 } }, true],
  ["none", { perMessageDeflate: false }, false],
];

for (const [kind, settings] of Object.entries({ "without contexts": ON, "with contexts": CONTEXT })) {
  describe(`a server ${kind}, a client that offers`, () => {
    const server = useServer({ ...settings, max_queue_bytes: 64 << 20 });
    for (const [what, offer, compressed] of options) {
      test(what, async () => {
        const socket = await connect(server, "/", offer);
        assert.equal(/permessage-deflate/.test(socketOf(socket).extensions), compressed);
        const values = ["", "é😀", SDP, { deep: [SDP, { sdp: SDP }] }, null, 12.5, Buffer.from(SDP)];
        const before = bytesOf(socket);
        for (const value of values) assert.deepEqual(await ask(socket, "message-with-ack", value), value);
        const [all, read] = [SDP.length * 4, bytesOf(socket) - before];
        assert.ok(compressed ? read < all / 5 : read > all, `${read} bytes instead of ${all}`);

        const back = take(socket, "message-back", 200);
        for (let i = 0; i < 200; i++) socket.emit("message", i, i % 3 ? "short" : SDP);
        assert.deepEqual((await back).map(([i, text]) => [i, text.length]).at(-1), [199, 5]);
        socket.emit("flood", { n: 100, size: 5000 });
        const floods = await take(socket, "flood", 100);
        assert.ok(floods.every(([i, filler], at) => i === at && filler.length === 5000));
      });
    }

    test("it changes over from polling, with messages on the way", async () => {
      const offer = { perMessageDeflate: { threshold: 0 } };
      const socket = client(server, "/", { transports: ["polling", "websocket"], ...offer });
      const back = take(socket, "message-back", 60);
      await connected(socket);
      for (let i = 0; i < 30; i++) socket.emit("message", i, SDP);
      await upgraded(socket);
      for (let i = 30; i < 60; i++) socket.emit("message", i, SDP);
      const seen = await back;
      assert.deepEqual(seen.map(([i]) => i), Array.from({ length: 60 }, (_, i) => i));
      assert.ok(seen.every(([, text]) => text === SDP));
      assert.match(socketOf(socket).extensions, /permessage-deflate/);
    });
  });
}

describe("a broadcast", () => {
  const server = useServer({ ...ON, ...ONE_WORKER });

  test("reaches everybody, whatever each agreed upon", async () => {
    const offers = options.map(([, offer]) => offer);
    const everybody = await Promise.all([...offers, ...offers].map((offer) => connect(server, "/", offer)));
    const heard = everybody.map((socket) => once(socket, "said"));
    const args = [SDP, Buffer.from(SDP), Buffer.from([1, 2, 3]), 7];
    await ask(everybody[0], "say", { from: "nsp", event: "said", args: [SDP, 7] });
    assert.deepEqual(await Promise.all(heard), everybody.map(() => [SDP, 7]));
    const binary = everybody.map((socket) => once(socket, "said"));
    everybody[0].emit("burst", [{ from: "nsp", event: "said", args: [SDP], binary: true }]);
    everybody[0].emit("burst", [{ from: "nsp", event: "said", args }]);
    await Promise.all(binary);
  });

  test("is the same bytes for all that agreed upon the same", async () => {
    const join = (offer) =>
      RawWebSocket.join(server.port, { headers: { "Sec-WebSocket-Extensions": offer } });
    const same = await Promise.all(Array.from({ length: 5 }, () => join("permessage-deflate")));
    const small = await join("permessage-deflate; server_max_window_bits=9");
    const plain = await RawWebSocket.join(server.port);
    const before = await server.stats();
    plain.send(`42${JSON.stringify(["say", { from: "nsp", event: "said", args: [SDP] }])}`);
    const text = `42${JSON.stringify(["said", SDP])}`;
    const frames = await Promise.all(same.map((ws) => ws.frame()));
    for (const { rsv, payload } of frames) {
      assert.equal(rsv, RSV1);
      assert.deepEqual(payload, frames[0].payload);
    }
    assert.equal(inflate(frames[0].payload), text);
    assert.equal(inflate((await small.frame()).payload, { windowBits: 9 }), text);
    assert.equal(await plain.text(), text);
    const { deflated_out } = await server.stats();
    if (deflated_out !== undefined) assert.equal(deflated_out - before.deflated_out, 6);
  });
});

describe("what waits for a client", () => {
  const server = useServer({ ...ON, max_queue_bytes: 200000 });

  const ours = { skip: oursOnly("its queue has no limit") };
  test("is counted as it will be sent", ours, async () => {
    const socket = await connect(server);
    socket.emit("flood", { n: 400, size: 5000 }); // in one turn: 2 MB, or 20 kB
    assert.equal((await take(socket, "flood", 400)).length, 400);
    const { slow_closed } = await server.stats();
    const plain = await connect(server, "/", { perMessageDeflate: false });
    plain.emit("flood", { n: 400, size: 5000 });
    await once(plain, "disconnect");
    assert.equal((await server.stats()).slow_closed, slow_closed + 1);
  });

  test("a volatile event finds the transport busy, or not", async () => {
    const socket = await connect(server);
    const seen = [];
    socket.onAny((event, value) => event === "maybe" && seen.push(value));
    const say = (value) => ({ event: "maybe", args: [value, SDP], volatile: true });
    socket.emit("burst", [say(1), say(2), say(3)]);
    await ask(socket, "whoami");
    assert.deepEqual(seen, [1]);
    await ask(socket, "say", say(4));
    await waitFor(() => seen.length === 2, "the next volatile event");
    assert.deepEqual(seen, [1, 4]);
  });
});

describe("a client that comes back", () => {
  for (const [kind, settings] of Object.entries({ "without contexts": ON, "with contexts": CONTEXT })) {
    const server = useServer({ ...settings, recovery_max_ms: 60000 }, { concurrent: true });
    test(`gets what it missed, compressed or not, ${kind}`, async () => {
      const [sender, socket] = [await connect(server), await connect(server)];
      const seen = [];
      socket.onAny((event, value) => event === "news" && seen.push(value));
      const tell = (value) => ask(sender, "say", { from: "nsp", event: "news", args: [value] });
      await tell("first");
      await waitFor(() => seen.length === 1, "the first");
      const { id } = socket;
      socket.io.engine.close();
      await server.note({ note: "disconnect", id });
      for (let i = 0; i < 10; i++) await tell(`${i}${SDP}`);
      socket.connect();
      await connected(socket);
      assert.equal(socket.recovered, true);
      await tell("last");
      await waitFor(() => seen.at(-1) === "last", "the last");
      assert.deepEqual(seen.map((text) => text[0]), ["f", ..."0123456789", "l"]);
      assert.ok(seen.slice(1, -1).every((text) => text.slice(1) === SDP));
    });
  }
});

describe("inside TLS", () => {
  const certificate = new Certificate();
  after(() => certificate.remove());
  const server = useServer({ ...CONTEXT, tls_cert: certificate.certFile, tls_key: certificate.keyFile });
  test("the same", async () => {
    const socket = await connect(server, "/", { ca: certificate.pem });
    assert.match(socketOf(socket).extensions, /permessage-deflate/);
    for (let i = 0; i < 5; i++) assert.equal(await ask(socket, "message-with-ack", SDP), SDP);
  });
});

describe("rtcio serve", { skip: isReference && "it is ours" }, () => {
  for (const flags of [["--ws-compression"], ["--ws-compression", "--ws-compression-context"]]) {
    describe(flags.join(" "), () => {
      const server = useRtcio([...flags, "--no-room"]);
      test("relays what is long compressed", async () => {
        const [a, b] = await roomOf(server, 2, "r");
        assert.match(socketOf(b).extensions, /permessage-deflate/);
        const before = bytesOf(b);
        a.emit("#rtcio:message", { target: b.id, data: { offer: { sdp: SDP } } });
        const [, seen] = await seenBy(a, b);
        assert.equal(seen.length, 1);
        assert.equal(seen[0][1].data.offer.sdp, SDP);
        assert.ok(bytesOf(b) - before < SDP.length / 2);
      });
    });
  }

  describe("without", () => {
    const server = useRtcio(["--no-room"]);
    test("nothing is agreed upon", async () => {
      const [socket] = await roomOf(server, 1, "r");
      assert.equal(socketOf(socket).extensions, "");
    });
  });
});
