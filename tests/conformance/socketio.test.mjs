// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the rtcio authors

// The checklist of socket.io's own tests (Socket.IO spec 11.2): its lines that no interop test proves
// already. README.md lists all lines.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { ask, client, connect, connected } from "../interop/lib/client.mjs";
import { useServer } from "../interop/lib/fixture.mjs";
import { Polling, readResponse, request, target } from "../interop/lib/http.mjs";
import { placeholder, send } from "../interop/lib/packets.mjs";
import { serverUnderTest } from "../interop/lib/server.mjs";
import { once, take, waitFor } from "../interop/lib/time.mjs";
import { BINARY, RawWebSocket, frame } from "../interop/lib/ws.mjs";

const TRANSPORTS = [["polling"], ["websocket"]];

describe("11.2 Attachment", () => {
  const server = useServer({ cors_origin: "https://app.example", cors_credentials: true });

  test("11.2 Attachment 4: CORS of a preflight and of a GET below the prefix", async () => {
    const headers = { Origin: "https://app.example" };
    const url = target({}, "/socket.io/default/");
    const preflight = await request(server.port, { method: "OPTIONS", target: url, headers });
    assert.equal(preflight.status, 204);
    assert.equal(preflight.headers["access-control-allow-methods"], "GET,HEAD,PUT,PATCH,POST,DELETE");
    const get = await request(server.port, { target: url, headers });
    assert.equal(get.status, 200);
    assert.equal(get.headers["access-control-allow-methods"], undefined);
    for (const response of [preflight, get]) {
      assert.equal(response.headers["access-control-allow-origin"], "https://app.example");
      assert.equal(response.headers["access-control-allow-credentials"], "true");
    }
  });
});

describe("11.2 Closing", () => {
  const server = useServer();

  test("11.2 Closing 1: a server that never listened can be closed", async () => {
    assert.equal(await ask(await connect(server), "close-unheard"), true);
  });
});

describe("11.2 Namespaces", () => {
  const server = useServer();

  test("11.2 Namespaces 1: an empty name is /, a slash is put in front, on both ends", async () => {
    const main = await connect(server);
    assert.equal(await ask(main, "name-of", ""), "/");
    assert.equal(await ask(main, "name-of", "/"), "/");
    assert.equal(await ask(main, "name-of", "late"), "/late");
    assert.equal(await ask(main, "name-of", "/late"), "/late");
    await connected(client(server, "/late"));
    const slash = await connect({ url: `${server.url}/` });
    const heard = once(slash, "hello");
    await ask(main, "say", { from: "nsp", event: "hello", args: [] });
    await heard;
  });

  test("11.2 Namespaces 4: two sockets of one namespace take two sessions", async () => {
    const options = { forceNew: false };
    const [a, b] = [client(server, "/chat", options), client(server, "/chat", options)];
    await Promise.all([connected(a), connected(b)]);
    assert.notEqual(a.io, b.io);
    assert.equal((await server.stats()).n_sessions, 2);
    const other = client(server, "/custom", options);
    await connected(other);
    assert.equal((await server.stats()).n_sessions, 2);
  });

  test("11.2 Namespaces 7: reserved names are not emitted, other names are", async () => {
    const socket = await connect(server);
    for (const event of ["connect", "connect_error", "disconnect", "disconnecting", "newListener", "removeListener"]) {
      assert.deepEqual(await ask(socket, "may-emit", event), [false, false], event);
    }
    for (const event of ["error", "connection", "message", "x"]) {
      assert.deepEqual(await ask(socket, "may-emit", event), [true, true], event);
    }
  });

  test("11.2 Namespaces 8: an operator made from another leaves that one alone", async () => {
    const [a, b] = [await connect(server), await connect(server)];
    await ask(a, "join", "a");
    await ask(b, "join", "b");
    const heard = [];
    for (const [name, socket] of [["a", a], ["b", b]]) socket.onAny((event) => heard.push(`${name} ${event}`));
    await ask(a, "branch", "a", "b");
    await ask(b, "whoami");
    assert.deepEqual(heard.sort(), ["a base", "a both", "a only", "b both"]);
  });
});

/** A session on each transport, joined; `burst` makes the server emit and collects what comes
 *  until an event "end" that it asks for afterwards. */
const ways = {
  polling: async (port) => {
    const session = await Polling.join(port);
    const burst = async (specs) => {
      const poll = await session.hang();
      await session.push(`42["burst",${JSON.stringify(specs)}]`);
      const got = (await readResponse(poll)).text.split("\x1e");
      await session.push('42["burst",[{"event":"end","args":[]}]]');
      return [...got, ...(await session.pollUntil((packet) => packet === '42["end"]'))].slice(0, -1);
    };
    return { id: session.id, burst };
  },
  websocket: async (port) => {
    const ws = await RawWebSocket.join(port);
    const burst = async (specs) => {
      ws.send(`42["burst",${JSON.stringify(specs)}]`);
      const got = [];
      ws.send('42["burst",[{"event":"end","args":[]}]]');
      for (;;) {
        const { opcode, text, payload } = await ws.frame();
        if (text === '42["end"]') return got;
        got.push(opcode === BINARY ? `b${payload.toString("base64")}` : text);
      }
    };
    return { id: ws.id, burst };
  },
};

describe("11.2 Namespaces and Socket: volatile", () => {
  const server = useServer();

  for (const [name, join] of Object.entries(ways)) {
    const specs = {
      "11.2 Socket 4: to a socket": () => ({}),
      "11.2 Namespaces 6: by a broadcast": (id) => ({ from: "nsp", to: [id] }),
    };
    for (const [line, where] of Object.entries(specs)) {
      test(`${line} over ${name}, dropped right behind a regular event, which others follow`, async () => {
        const { id, burst } = await join(server.port);
        const spec = where(id);
        const got = await burst([
          { ...spec, event: "regular", args: [1] },
          { ...spec, volatile: true, event: "volatile", args: [2] },
          { ...spec, event: "regular", args: [3] },
        ]);
        assert.deepEqual(got, ['42["regular",1]', '42["regular",3]']);
      });

      test(`${line} over ${name}, delivered when idle, only one of two`, async () => {
        const { id, burst } = await join(server.port);
        const spec = { ...where(id), volatile: true };
        assert.deepEqual(await burst([{ ...spec, event: "alone", args: [] }]), ['42["alone"]']);
        const two = [
          { ...spec, event: "first", args: [] },
          { ...spec, event: "second", args: [] },
        ];
        assert.deepEqual(await burst(two), ['42["first"]']);
      });

      test(`${line} over ${name}, binary goes or stays with its attachment`, async () => {
        const { id, burst } = await join(server.port);
        const spec = { ...where(id), volatile: true, binary: true, args: [] };
        const got = await burst([
          { ...spec, event: "first" },
          { ...spec, event: "second" },
        ]);
        assert.deepEqual(got, [`451-["first",${placeholder(0)}]`, "bAQID"]);
      });
    }
  }
});

describe("11.2 Socket", () => {
  const server = useServer();

  test("11.2 Socket 1: reconnect_failed comes once when the server is gone", async (t) => {
    const gone = await serverUnderTest().start();
    const socket = await connect(gone, "/", {
      reconnection: true,
      reconnectionAttempts: 2,
      reconnectionDelay: 10,
      reconnectionDelayMax: 20,
    });
    t.after(() => socket.disconnect());
    let failed = 0;
    socket.io.on("reconnect_failed", () => failed++);
    const attempts = take(socket.io, "reconnect_error", 2);
    await gone.stop();
    await attempts;
    await waitFor(() => failed > 0, "reconnect_failed");
    assert.equal(failed, 1);
  });

  for (const transports of TRANSPORTS) {
    test(`11.2 Socket 2: the same event of UTF-8 thrice, null, send, over ${transports}`, async () => {
      const socket = await connect(server, "/", { transports });
      const heard = take(socket, "takeMyLöve", 3);
      for (let i = 0; i < 3; i++) {
        await ask(socket, "say", { from: "nsp", event: "takeMyLöve", args: [i, null] });
      }
      assert.deepEqual(await heard, [[0, null], [1, null], [2, null]]);
      const back = take(socket, "message-back", 3);
      socket.send("ä", null).send().send({ b: Buffer.from([1]) });
      assert.deepEqual(await back, [["ä", null], [], [{ b: Buffer.from([1]) }]]);
    });

    test(`11.2 Socket 5: events of a namespace arrive at once and in order, over ${transports}`, async () => {
      const socket = client(server, "/chat", { transports });
      const back = take(socket, "message-back", 4);
      for (let i = 0; i < 3; i++) socket.emit("message", i);
      await connected(socket);
      socket.emit("message", 3);
      assert.deepEqual(await back, [[0], [1], [2], [3]]);
    });
  }

  test("11.2 Socket 9: what arrives behind the server's disconnect is ignored, attachments too", async () => {
    const ws = await RawWebSocket.join(server.port);
    const judge = await connect(server);
    send(ws, `451-["message",${placeholder(0)}]`);
    await waitFor(async () => {
      await ask(judge, "drop", { from: "nsp", to: [ws.id], close: false });
      return ws.wire.pending.length > 0;
    }, "the DISCONNECT");
    assert.equal(await ws.text(), "41");
    ws.send(Buffer.from([1]));
    const close = await ws.frame();
    assert.notEqual(close?.text?.slice(0, 2), "45", "nothing is echoed");
    assert.equal(await ask(judge, "message-with-ack", "alive"), "alive");
  });
});

describe("11.2 Socket: timeouts", () => {
  const server = useServer();

  test("11.2 Socket 13: of 50 ms without an answer, and in time", async () => {
    const socket = await connect(server);
    assert.deepEqual(await ask(socket, "ask-within", "silence", 50), ["timeout", null]);
    socket.on("question", (ack) => ack("answer"));
    assert.deepEqual(await ask(socket, "ask-within", "question", 5000), ["ok", "answer"]);
  });

  test("11.2 Socket 13: of 0 ms, with an answer in the same bytes", async () => {
    const ws = await RawWebSocket.connect(server.port);
    ws.send("40/chat,");
    await ws.message();
    const packets = ['42/chat,7["ask-within","question",0]', '43/chat,0["very soon"]'];
    ws.wire.send(Buffer.concat(packets.map((payload) => frame({ payload }))));
    assert.equal(await ws.message(), '42/chat,0["question"]');
    assert.equal(await ws.message(), '43/chat,7[["timeout",null]]');
  });
});

describe("11.2 Socket, large", () => {
  const MAX = 16 * 1024 * 1024;
  const server = useServer({ max_payload_bytes: MAX, max_queue_bytes: MAX });

  for (const transports of TRANSPORTS) {
    test(`11.2 Socket 7: large JSON and binary go round three times, over ${transports}`, async () => {
      const socket = await connect(server, "/", { transports });
      let json = Array.from({ length: 30000 }, (_, i) => ({ i, text: `größe ${i}`, list: [i, null, true] }));
      let blob = Buffer.alloc(3_000_000, "0123456789abcdef");
      const [wantedJson, wantedBlob] = [json, blob];
      for (let round = 0; round < 3; round++) {
        json = await ask(socket, "message-with-ack", json);
        blob = await ask(socket, "message-with-ack", blob);
      }
      assert.deepEqual(json, wantedJson);
      assert.ok(wantedBlob.equals(blob));
    });
  }
});

describe("11.2 Broadcast", () => {
  const server = useServer();

  test("11.2 Broadcast 5: sockets of a namespace, or of a room, with rooms, handshake and data", async () => {
    const [a, b] = [await connect(server), await connect(server, "/", { auth: { who: "b" } })];
    await connect(server, "/custom");
    await ask(b, "join", "room");
    assert.equal(await ask(b, "tool:set-json", { color: "red" }), 0);
    const fetched = (...room) => new Promise((resolve) => {
      a.emit("tool:fetch", ...room, (status, list) => resolve([status, list]));
    });
    const [status, all] = await fetched();
    assert.equal(status, 0);
    assert.deepEqual(all.map(({ id }) => id).sort(), [a.id, b.id].sort());
    assert.deepEqual(all.find(({ id }) => id === a.id).data, {});
    const [, [{ id, rooms, data, handshake }, ...others]] = await fetched("room");
    assert.deepEqual(others, []);
    assert.equal(id, b.id);
    assert.deepEqual(rooms.sort(), [b.id, "room"].sort());
    assert.deepEqual(data, { color: "red" });
    assert.deepEqual(handshake.auth, { who: "b" });
    assert.deepEqual(await fetched("nobody's"), [0, []]);
  });
});

describe("11.2 Middleware", () => {
  const server = useServer();

  test("11.2 Middleware 1: a socket is connected after its middlewares, not in them", async () => {
    const socket = client(server, "/guarded", { auth: { mode: "state" } });
    const [error] = await once(socket, "connect_error");
    assert.equal(error.message, "not yet");
    const accepted = await connect(server, "/guarded");
    assert.equal((await ask(accepted, "whoami")).connected, true);
  });
});
