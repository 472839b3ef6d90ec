// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the rtcio authors

// Connection state recovery with several workers: whichever worker a client comes back to, it goes
// on where its state is. (recovery.test.mjs runs with several workers, too; here the tests choose
// which.)

import assert from "node:assert/strict";
import { after, describe, test } from "node:test";
import { Certificate } from "./lib/certificates.mjs";
import { ask, client, connect, connected } from "./lib/client.mjs";
import { useServer } from "./lib/fixture.mjs";
import { Polling, readResponse, request, requestText, SEPARATOR, target } from "./lib/http.mjs";
import { isReference, serverUnderTest } from "./lib/server.mjs";
import { waitFor } from "./lib/time.mjs";
import { makerOf, sessionAt } from "./lib/workers.mjs";
import { Wire } from "./lib/wire.mjs";
import { frame, RawWebSocket } from "./lib/ws.mjs";

const N = 4;
const OPTIONS = { workers: N, recovery_max_ms: 60000 };
const skip = isReference && "Node has no workers";

const openWebSocket = (server, fits) =>
  sessionAt(fits, N, () => RawWebSocket.connect(server.port), (ws) => ws.destroy());
const openPolling = (server, fits) =>
  sessionAt(fits, N, () => Polling.connect(server.port), (session) => session.push("1"));

/** A client of a worker, as raw WebSocket, in a namespace: what it needs to come back. */
async function member(server, worker, nsp = "") {
  const ws = await openWebSocket(server, (maker) => maker === worker);
  ws.send(`40${nsp}`);
  const { sid, pid } = JSON.parse((await ws.message()).slice(2 + nsp.length));
  const offset = JSON.parse((await ws.message()).slice(2 + nsp.length)).at(-1);
  return { ws, sid, pid, offset, worker, auth: JSON.stringify({ pid, offset }) };
}

/** It is cut off, and the server knows. */
async function cut(server, { ws, sid }) {
  ws.destroy();
  await server.note({ note: "disconnect", id: sid });
}

const isGreeting = (packet) => packet.startsWith('42["auth"');

/** The next message that is not the greeting. */
async function hear(ws) {
  for (;;) {
    const packet = await ws.message();
    if (!isGreeting(packet)) return packet;
  }
}

/** The events behind 42, without the offset. */
const events = (packets) =>
  packets
    .filter((packet) => packet.startsWith("42") && !isGreeting(packet))
    .map((packet) => JSON.parse(packet.slice(2)).slice(0, 2));

const tell = (sender, event, arg, spec = {}) =>
  ask(sender, "say", { from: "nsp", ...spec, event, args: [arg] });

describe("coming back to another worker", { skip }, () => {
  const server = useServer(OPTIONS);

  test("on WebSocket, from every worker to every other", async () => {
    const sender = await connect(server);
    for (let home = 0; home < N; home++) {
      for (let other = 0; other < N; other++) {
        if (other === home) continue;
        const gone = await member(server, home);
        await cut(server, gone);
        await tell(sender, "missed", `${home}-${other}`);
        const ws = await openWebSocket(server, (maker) => maker === other);
        ws.send(`40${gone.auth}`);
        assert.deepEqual(events([await hear(ws)]), [["missed", `${home}-${other}`]]);
        assert.deepEqual(JSON.parse((await hear(ws)).slice(2)), { sid: gone.sid, pid: gone.pid });
        // It is heard and hears.
        ws.send('420["rooms"]');
        await tell(sender, "direct", 1, { to: [gone.sid] });
        const heard = [await hear(ws), await hear(ws)];
        assert.ok(heard.some((packet) => packet.startsWith('42["direct",1,')), String(heard));
        assert.ok(heard.some((packet) => packet.startsWith(`430[["${gone.sid}"`)), String(heard));
      }
    }
  });

  test("what the client sent behind its CONNECT is served there, in order", async () => {
    const gone = await member(server, 1);
    await cut(server, gone);
    const ws = await openWebSocket(server, (maker) => maker !== 1);
    const texts = [`40${gone.auth}`, "40/chat,", '42["message",1]', '42["message",2]'];
    ws.wire.send(Buffer.concat(texts.map((payload) => frame({ payload }))));
    const packets = [];
    while (events(packets).length < 2) packets.push(await hear(ws));
    assert.deepEqual(events(packets), [["message-back", 1], ["message-back", 2]]);
    assert.equal(JSON.parse(packets[0].slice(2)).sid, gone.sid);
    assert.ok(packets[1].startsWith("40/chat,"), packets[1]);
  });

  test("a CONNECT in pieces: fragments, and byte by byte", async () => {
    for (const inPieces of [false, true]) {
      const gone = await member(server, 2);
      await cut(server, gone);
      const ws = await openWebSocket(server, (maker) => maker !== 2);
      const text = `40${gone.auth}`;
      if (inPieces) {
        for (const byte of frame({ payload: text })) ws.wire.send(Buffer.from([byte]));
      } else {
        ws.sendFrame({ fin: false, payload: text.slice(0, 9) });
        ws.sendFrame({ opcode: 0, payload: text.slice(9) });
      }
      assert.equal(JSON.parse((await hear(ws)).slice(2)).sid, gone.sid);
    }
  });

  test("on polling, with a GET that waits, and every request on a connection of its own", async () => {
    const sender = await connect(server);
    for (let home = 0; home < N; home++) {
      const gone = await member(server, home);
      await cut(server, gone);
      await tell(sender, "missed", home);
      const session = await openPolling(server, (maker) => maker !== home);
      const wire = await session.hang({ workers: N });
      await session.push(`40${gone.auth}${SEPARATOR}42["message",1]`);
      assert.equal((await readResponse(wire)).text, "6");
      const packets = await session.pollUntil((packet) => packet.includes("message-back"));
      assert.deepEqual(events(packets), [["missed", home], ["message-back", 1]]);
      assert.deepEqual(JSON.parse(packets[1].slice(2)), { sid: gone.sid, pid: gone.pid });
      for (let i = 0; i < 8; i++) {
        await session.push(`42["message",${i}]`);
        const heard = await session.pollUntil((packet) => packet.includes("message-back"));
        assert.deepEqual(events(heard), [["message-back", i]]);
      }
      // It upgrades as any other, and when it has ended nobody knows it any more.
      const ws = await RawWebSocket.upgrade(session);
      ws.send('42["message","ws"]');
      assert.deepEqual(events([await hear(ws)]), [["message-back", "ws"]]);
      await cut(server, { ws, sid: gone.sid });
      for (let i = 0; i < 8; i++) {
        const { status, text } = await request(server.port, { target: target({ sid: session.sid }) });
        assert.equal(status, 400, text);
      }
    }
  });

  test("in the middle of an upgrade", async () => {
    for (const probed of [false, true]) {
      const gone = await member(server, 3);
      await cut(server, gone);
      const session = await openPolling(server, (maker) => maker !== 3);
      const ws = await RawWebSocket.open(server.port, { params: { sid: session.sid } });
      if (probed) {
        ws.send("2probe");
        assert.equal(await ws.text(), "3probe");
      } else {
        // The beginning of a frame, whose rest comes when the session is elsewhere.
        ws.wire.send(frame({ payload: "2probe" }).subarray(0, 5));
      }
      await session.push(`40${gone.auth}`);
      const packets = await session.pollUntil((packet) => packet.startsWith("40"));
      assert.equal(JSON.parse(packets.find((packet) => packet.startsWith("40")).slice(2)).sid, gone.sid);
      if (!probed) {
        ws.destroy();
        continue;
      }
      ws.send("5").send('42["message",5]');
      assert.deepEqual(events([await hear(ws)]), [["message-back", 5]]);
    }
  });

  test("while the old transport, at its own worker, still seems alive", async () => {
    for (let home = 0; home < N; home++) {
      const old = await member(server, home);
      const ws = await openWebSocket(server, (maker) => maker !== home);
      ws.send(`40${old.auth}`);
      assert.equal(JSON.parse((await hear(ws)).slice(2)).sid, old.sid);
      await server.note({ note: "disconnect", id: old.sid, reason: "forced close" });
      await old.ws.closed();
    }
  });

  test("what was sent to a room that nobody else is in, from every worker", async () => {
    const senders = [];
    while (new Set(senders.map(({ id }) => makerOf(id, N))).size < N) senders.push(await connect(server));
    const gone = await member(server, 0);
    gone.ws.send('420["join","lonely"]');
    await hear(gone.ws);
    await cut(server, gone);
    for (const [i, sender] of senders.entries()) await tell(sender, "n", i, { to: ["lonely"] });
    const ws = await openWebSocket(server, (maker) => maker !== 0);
    ws.send(`40${gone.auth}`);
    const packets = [];
    while (!packets.at(-1)?.startsWith("40")) packets.push(await hear(ws));
    assert.deepEqual(events(packets), senders.map((_, i) => ["n", i]));
  });

  test("with other namespaces, whose states are there too", async () => {
    const gone = await member(server, 1);
    gone.ws.send("40/chat,");
    const chat = JSON.parse((await hear(gone.ws)).slice("40/chat,".length));
    await tell(await connect(server, "/chat"), "something", 0);
    const offset = JSON.parse((await hear(gone.ws)).slice("42/chat,".length)).at(-1);
    await cut(server, gone);
    const ws = await openWebSocket(server, (maker) => maker !== 1);
    ws.send(`40${gone.auth}`).send(`40/chat,${JSON.stringify({ pid: chat.pid, offset })}`);
    assert.equal(JSON.parse((await hear(ws)).slice(2)).sid, gone.sid);
    assert.equal(JSON.parse((await hear(ws)).slice("40/chat,".length)).sid, chat.sid);
  });

  test("not once the session has a socket: then it is a new one, and learns why", async () => {
    const gone = await member(server, 2);
    await cut(server, gone);
    const ws = await openWebSocket(server, (maker) => maker !== 2);
    ws.send("40/chat,");
    await hear(ws);
    ws.send(`40${gone.auth}`);
    assert.notEqual(JSON.parse((await hear(ws)).slice(2)).sid, gone.sid);
    ws.send('420["whoami"]');
    assert.match(await hear(ws), /another worker has the state/);
  });

  test("secrets that nobody has given move sessions about and do no harm", async () => {
    const sockets = await Promise.all(
      Array.from({ length: 60 }, async (_, i) => {
        const ws = await RawWebSocket.connect(server.port);
        const pid = Buffer.concat([Buffer.alloc(12, 7), Buffer.from([0, 0, i])]).toString("base64url");
        ws.send(`40${JSON.stringify({ pid, offset: "x" })}`);
        return ws;
      }),
    );
    for (const ws of sockets) {
      assert.match(await hear(ws), /^40\{"sid":"/);
      ws.send('420["whoami"]');
      assert.match(await hear(ws), /unknown or has expired/);
    }
  });

  test("stock clients of every kind, again and again", async () => {
    const sender = await connect(server);
    const kinds = [["websocket"], ["polling"], ["polling", "websocket"]];
    const sockets = await Promise.all(
      Array.from({ length: 12 }, async (_, i) => {
        const socket = client(server, "/", { transports: kinds[i % 3] });
        socket.seen = [];
        socket.on("n", (n) => socket.seen.push(n));
        await connected(socket);
        return socket;
      }),
    );
    const ids = sockets.map(({ id }) => id);
    for (let round = 0; round < 4; round++) {
      for (const socket of sockets) socket.io.engine.close();
      for (const id of ids) await server.note({ note: "disconnect", id });
      await tell(sender, "n", round);
      for (const socket of sockets) socket.connect();
      await Promise.all(sockets.map(connected));
      await Promise.all(sockets.map((socket) => ask(socket, "whoami")));
      assert.deepEqual(sockets.map(({ recovered }) => recovered), sockets.map(() => true));
      assert.deepEqual(sockets.map(({ id }) => id), ids);
    }
    for (const { seen } of sockets) assert.deepEqual(seen, [0, 1, 2, 3]);
  });
});

describe("sessions that have moved", { skip }, () => {
  const server = useServer({ ...OPTIONS, ping_interval_ms: 100, ping_timeout_ms: 2000 });
  const crowded = useServer({ ...OPTIONS, recovery_max_sessions: 8, recovery_max_packets: 40 });

  test("keep their heartbeat, and end without it", async () => {
    const gone = await member(server, 0);
    await cut(server, gone);
    const ws = await openWebSocket(server, (maker) => maker !== 0);
    ws.send(`40${gone.auth}`);
    await hear(ws);
    for (let pings = 0; pings < 3; ) {
      if ((await ws.text()) !== "2") continue;
      ws.send("3");
      pings++;
    }
    await server.note({ note: "disconnect", id: gone.sid, reason: "ping timeout" });
  });

  test("are counted once, and leave nothing behind", async () => {
    for (let i = 0; i < 10; i++) {
      const gone = await member(server, i % N);
      await cut(server, gone);
      const ws = await openWebSocket(server, (maker) => maker !== i % N);
      ws.send(`40${gone.auth}`);
      await hear(ws);
      await cut(server, { ws, sid: gone.sid });
    }
    await server.empty();
    assert.equal((await server.stats()).n_polling, 0);
  });

  test("the bounds are those of all workers together", async () => {
    const sockets = [];
    while (new Set(sockets.map(({ id }) => makerOf(id, N))).size < N || sockets.length < 40) {
      sockets.push(await connect(crowded));
    }
    for (let i = 0; i < 100; i++) await tell(sockets[0], "n", i);
    assert.equal((await crowded.stats()).n_logged, 40);
    for (const socket of sockets) socket.io.engine.close();
    await crowded.empty();
    await waitFor(async () => (await crowded.stats()).n_recoverable === 8, "eight are kept");
  });

  test("a server that closes with them ends well", async () => {
    const own = await serverUnderTest(OPTIONS).start();
    try {
      for (let i = 0; i < N; i++) {
        const gone = await member(own, i);
        await cut(own, gone);
        const ws = await openWebSocket(own, (maker) => maker !== i);
        ws.send(`40${gone.auth}`);
        await hear(ws);
        const session = await openPolling(own, (maker) => maker !== i);
        await session.push(`40${gone.auth}`);
      }
    } finally {
      await own.stop();
    }
  });
});

describe("a CONNECT that waited for its turn when the session was upgraded", { skip }, () => {
  const server = useServer({ ...OPTIONS, max_events_per_s: 10, max_events_burst: 10 });

  // The rest of the POST is served at once then, with both transports at hand: nobody could take
  // them along.
  test("does not move it: it is a new one, on its WebSocket", async () => {
    const gone = await member(server, 1);
    await cut(server, gone);
    const session = await openPolling(server, (maker) => maker !== 1);
    const wire = await Wire.connect(server.port);
    const body = [...Array(30).fill("6"), `40${gone.auth}`, '42["message",1]'].join(SEPARATOR);
    wire.send(requestText({ method: "POST", target: session.target(), body }));
    await server.note({ note: "limit" });
    const ws = await RawWebSocket.upgrade(session);
    ws.send('42["message",2]');
    const packets = [];
    while (events(packets).length < 2) packets.push(await hear(ws));
    assert.deepEqual(events(packets), [["message-back", 1], ["message-back", 2]]);
    assert.notEqual(JSON.parse(packets.find((packet) => packet.startsWith("40")).slice(2)).sid, gone.sid);
    wire.destroy();
    ws.send('42["message",3]');
    assert.deepEqual(events([await hear(ws)]), [["message-back", 3]]);
  });
});

describe("with TLS", { skip }, () => {
  const certificate = new Certificate();
  after(() => certificate.remove());
  const server = useServer({ ...OPTIONS, tls_cert: certificate.certFile, tls_key: certificate.keyFile });

  test("a connection moves with its keys", async () => {
    const sender = await connect(server, "/", { ca: certificate.pem });
    const socket = await connect(server, "/", { ca: certificate.pem });
    const { id } = socket;
    const seen = [];
    socket.on("n", (n) => seen.push(n));
    let elsewhere = 0;
    for (let round = 0; elsewhere < 3; round++) {
      assert.ok(round < 100, "the kernel spreads connections");
      await ask(socket, "whoami");
      socket.io.engine.close();
      await server.note({ note: "disconnect", id });
      await tell(sender, "n", round);
      socket.connect();
      await connected(socket);
      assert.equal(socket.recovered, true);
      assert.equal(socket.id, id);
      await ask(socket, "whoami");
      assert.equal(seen.at(-1), round);
      if (makerOf(socket.io.engine.id, N) !== makerOf(id, N)) elsewhere++;
    }
  });
});
