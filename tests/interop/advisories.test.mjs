// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the rtcio authors

// What public advisories about neighbouring servers teach, one test each, through real sockets. The
// server stays, healthy clients notice nothing, and nothing is left in the end. Advisories that other
// files test as they are (CVE-2023-31125 in engine, CVE-2020-28481 in cors, CVE-2016-10542 in
// websocket) are not here again.

import assert from "node:assert/strict";
import { afterEach, before, describe, test } from "node:test";
import { ask, connect } from "./lib/client.mjs";
import { useServer } from "./lib/fixture.mjs";
import { Healthy } from "./lib/healthy.mjs";
import { Polling, readHead, readResponse, request, requestText, target } from "./lib/http.mjs";
import { assertAlive, placeholder, send } from "./lib/packets.mjs";
import { isReference } from "./lib/server.mjs";
import { Wire } from "./lib/wire.mjs";
import { BINARY, CLOSE, CONTINUATION, RawWebSocket, TEXT, UPGRADE, closeBody, frame } from "./lib/ws.mjs";

const options = {
  ping_interval_ms: 1000,
  ping_timeout_ms: 2000,
  upgrade_timeout_ms: 1000,
  connect_timeout_ms: 1000,
  request_timeout_ms: 1000,
  keep_alive_timeout_ms: 1000,
  close_timeout_ms: 500,
  attachment_timeout_ms: 1000,
};

/** A server with healthy clients on it, which must be fine after each test. */
function useHealthy(more) {
  let healthy;
  const last = async () => {
    await healthy.check();
    healthy.stop();
    Wire.destroyAll();
    if (!isReference) await server.empty(); // Node's keeps what it closes for 30 s
  };
  const server = useServer({ ...options, ...more }, { concurrent: true, last });
  before(async () => {
    healthy = await Healthy.start(server);
  });
  afterEach(async () => {
    Wire.destroyAll();
    await healthy.check();
  });
  return server;
}

describe("packets", () => {
  const server = useHealthy({ max_payload_bytes: 1000000 });
  const closedBy = async (...packets) => {
    const ws = await RawWebSocket.join(server.port);
    send(ws, ...packets);
    assert.equal((await ws.closed())?.opcode, CLOSE, packets[0].slice(0, 40));
  };

  test("CVE-2023-32695: a name that is no string", async () => {
    for (const packet of ['42[{"toString":"foo"}]', '42[true,"foo"]', '42[null,"bar"]', "42[{}]", "42[[]]"]) {
      await closedBy(packet);
    }
  });

  test("CVE-2022-2421: a placeholder that is none, as deep as it may be", async () => {
    const fractions = isReference ? [] : ["0.5"]; // Node's finds nothing there
    const odd = [...fractions, "-0.0001", '"splice"', "{}", "[0]", "true", "1e308", "18446744073709551616"];
    for (const num of odd) {
      const value = `{"a":[{"b":{"_placeholder":true,"num":${num}}}]}`;
      await closedBy(`451-["message",${value}]`, Buffer.from([1]));
    }
    const ws = await RawWebSocket.join(server.port);
    send(ws, '451-["message",{"_placeholder":"true","num":0}]', Buffer.from([1]));
    assert.match(await ws.text(), /^4[25]/); // an object like any other
  });

  test("CVE-2026-33151: attachments without number", async () => {
    for (const n of ["51000000", "11", "2147483648", "4294967297", "18446744073709551617"]) {
      await closedBy(`45${n}-["message",${placeholder(0)}]`);
    }
  });

  test("CVE-2024-38355: every event name that means something to the server", async () => {
    const reserved = ["connect", "connect_error", "disconnect", "disconnecting", "newListener", "removeListener"];
    for (const event of reserved) await closedBy(`42["${event}",{"message":"x"}]`);
    const ws = await RawWebSocket.join(server.port);
    for (const event of ["error", "connection", "new_namespace", "close", "__proto__", "constructor"]) {
      ws.send(`42["${event}",{"message":"x"}]`);
    }
    await assertAlive(ws);
  });

  test("CVE-2020-36049: packets of the largest size, made to be slow", async () => {
    const fill = (head, piece, tail) => {
      const n = Math.floor((999000 - head.length - tail.length) / piece.length);
      return head + piece.repeat(n) + tail;
    };
    const packets = [
      `42${"1".repeat(999000)}`,
      `45${"1".repeat(999000)}-`,
      fill("4/", "a", ""),
      fill("40/", "a", ","),
      fill('42["message","', "\\u0041", '"]'),
      fill('42["', "\\\\", '"]'),
      fill('42["message"', " ", "]"),
      fill('42["message",{', '"a":0,', '"a":0}]'),
      fill('42["message",', "1", "]"),
      fill('42["message",', "[", ""),
    ];
    // So many arguments end Node's process: RangeError, "Maximum call stack size exceeded".
    if (!isReference) {
      packets.push(fill('42["message"', ",[]", "]"), fill('451-["message"', `,${placeholder(0)}`, "]"));
    }
    for (const packet of packets) {
      const ws = await RawWebSocket.join(server.port);
      ws.send(packet);
      if (packet.startsWith("451")) ws.send(Buffer.from([1]));
      ws.send('42["message","alive"]'); // for those that are ignored
      const { opcode } = await ws.frame();
      assert.ok([TEXT, CLOSE].includes(opcode), packet.slice(0, 20));
    }
  });

  test("GHSA-4g7c-p5wg-j4hp: strings that would be formats", async () => {
    const evil = "%n%s%n%99999999d%hhn%";
    const socket = await connect(server, "/", {
      query: { k: evil },
      auth: { [evil]: evil },
      extraHeaders: { "X-Test": evil },
    });
    const { k, auth, header } = await ask(socket, "whoami");
    assert.deepEqual([k, auth, header], [evil, { [evil]: evil }, evil]);
    await ask(socket, "join", evil);
    assert.deepEqual(await ask(socket, "rooms"), [socket.id, evil]);
    assert.equal(await ask(socket, "message-with-ack", evil), evil);
    socket.emit(evil, evil);
    socket.disconnect();
    const ws = await RawWebSocket.join(server.port);
    ws.send(`40/${evil},`);
    assert.equal(await ws.text(), `44/${evil},{"message":"Invalid namespace"}`);
    const refused = await request(server.port, { target: target({ transport: evil, sid: evil }) });
    assert.equal(refused.status, 400);
  });
});

describe("bodies", () => {
  const server = useHealthy({ max_payload_bytes: 100000 });

  test("CVE-2020-36048: a POST of 100 MB is refused by its head", async () => {
    const session = await Polling.join(server.port);
    const wire = await Wire.connect(server.port);
    const headers = { "Content-Length": 100 * 1024 * 1024 };
    wire.send(requestText({ method: "POST", target: session.target(), headers }), "4".repeat(120000));
    assert.equal((await readResponse(wire)).status, 413);
    await session.push('42["message",1]');
    assert.deepEqual(await session.poll(), ['42["message-back",1]']);
  });

  test("CVE-2020-36048: as many tiny packets as the limit takes", async () => {
    for (const packet of ["3", "6", "bAA==", "4"]) {
      const session = await Polling.join(server.port);
      const body = `${packet}\x1e`.repeat(99999 / (packet.length + 1)).slice(0, -1);
      const { status } = await session.post(body);
      assert.ok([200, 400].includes(status), packet);
    }
  });

  test("CVE-2020-36048: chunks without end", async () => {
    const session = await Polling.join(server.port);
    const wire = await Wire.connect(server.port);
    const headers = { "Transfer-Encoding": "chunked" };
    wire.send(requestText({ method: "POST", target: session.target(), headers }));
    for (let i = 0; i < 200 && !wire.ended; i++) wire.send("400\r\n", "4".repeat(1024), "\r\n");
    assert.equal((await readResponse(wire)).status, 413);
  });
});

describe("upgrades", () => {
  const server = useHealthy();
  const head = requestText({ target: target({ transport: "websocket" }), headers: UPGRADE });

  test("CVE-2022-41940: a reset after each byte of the handshake", async () => {
    for (let length = 0; length <= head.length; length += 2) {
      const wire = await Wire.connect(server.port);
      wire.send(head.subarray(0, length));
      await new Promise(setImmediate);
      wire.reset();
    }
    // The same while it is refused.
    const refused = requestText({ target: target({ transport: "tobi" }), headers: UPGRADE });
    for (let i = 0; i < 50; i++) {
      const wire = await Wire.connect(server.port);
      wire.send(refused);
      wire.reset();
    }
  });

  test("CVE-2022-21676: every opcode with every reserved bit, behind the request itself", async () => {
    for (let byte = 0; byte < 128; byte++) {
      const wire = await Wire.connect(server.port);
      const bad = frame({ rsv: byte >> 4, opcode: byte & 15, payload: "40" });
      wire.send(Buffer.concat([head, bad]));
      assert.equal((await readHead(wire)).status, 101);
      wire.destroy();
      const ws = await RawWebSocket.join(server.port);
      ws.wire.send(bad);
      if (byte >> 4 || ![CONTINUATION, TEXT, BINARY, CLOSE, 9, 10].includes(byte & 15)) {
        assert.equal((await ws.closed())?.code, 1002, `byte ${byte}`);
      }
      ws.destroy();
    }
  });

  test("CVE-2024-37890: so many headers that Upgrade would not be seen", async () => {
    for (const n of [1, 10, 100, 1000, 2500, 10000]) {
      const many = Object.fromEntries(Array.from({ length: n }, (_, i) => [`x${i}`, ""]));
      const wire = await Wire.connect(server.port);
      wire.send(requestText({ target: target({ transport: "websocket" }), headers: { ...many, ...UPGRADE } }));
      const { status } = await readHead(wire);
      assert.ok([101, 400, 431].includes(status), `${n} headers: ${status}`);
    }
  });

  test("CVE-2024-37890: Upgrade, Host and key twice", async () => {
    for (const line of ["Upgrade: websocket", "Host: other", "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==", "Connection: close"]) {
      const wire = await Wire.connect(server.port);
      wire.send(head.toString().replace("\r\n\r\n", `\r\n${line}\r\n\r\n`));
      const { status } = await readHead(wire);
      assert.ok([101, 400].includes(status), `${line}: ${status}`);
    }
  });

  test("CVE-2021-32640: lists of extensions and protocols that are hard to read", async () => {
    const pieces = [",", " ", '"', "\\", ";", "=", "a,", " ;", '"\\', "a=\"\\\"\",", "permessage-deflate,"];
    for (const name of ["Sec-WebSocket-Extensions", "Sec-WebSocket-Protocol", "Connection", "Origin"]) {
      for (const piece of pieces) {
        const value = `a${piece.repeat(Math.floor(15000 / piece.length))}b`;
        const headers = { ...UPGRADE, [name]: name === "Connection" ? `Upgrade, ${value}` : value };
        const wire = await Wire.connect(server.port);
        wire.send(requestText({ target: target({ transport: "websocket" }), headers }));
        const { status } = await readHead(wire);
        assert.ok([101, 400].includes(status), `${name} of ${piece}: ${status}`);
      }
    }
  });

  test("engine.io 6.6.1: every packet in every state of a session", async () => {
    const packets = ["0", "1", "2", "2probe", "3", "3probe", "4", "40", "41", "43", "5", "6", "7", "b", "bAA==", ""];
    const states = {
      "a new session on polling": () => Polling.connect(server.port),
      "a joined one on polling": () => Polling.join(server.port),
      "a closing one on polling": async () => {
        const session = await Polling.join(server.port);
        await session.push('42["kick-me",true]');
        return session;
      },
      "a new WebSocket": () => RawWebSocket.connect(server.port),
      "a joined WebSocket": () => RawWebSocket.join(server.port),
      "a WebSocket that upgrades": async () => {
        const { sid } = await Polling.join(server.port);
        return RawWebSocket.open(server.port, { params: { sid } });
      },
      "a WebSocket that has probed": async () => {
        const { sid } = await Polling.join(server.port);
        const ws = await RawWebSocket.open(server.port, { params: { sid } });
        ws.send("2probe");
        return ws;
      },
      "a WebSocket that has upgraded": async () => RawWebSocket.upgrade(await Polling.join(server.port)),
    };
    for (const [state, open] of Object.entries(states)) {
      for (const first of packets) {
        for (const second of ["5", "40", "42[\"message\"]"]) {
          const session = await open();
          if (session instanceof RawWebSocket) {
            session.send(first).send(second);
            session.destroy();
          } else {
            const { status } = await session.post(`${first}\x1e${second}`);
            assert.ok([200, 400].includes(status), `${state}, ${first}: ${status}`);
          }
        }
      }
    }
  });
});

describe("frames", () => {
  const server = useHealthy({ max_payload_bytes: 200000 });

  test("CVE-2026-48779: tiny and empty fragments without number", async () => {
    for (const [piece, n] of [["", 40000], ["x", 40000]]) {
      const ws = await RawWebSocket.join(server.port);
      ws.sendFrame({ fin: false, payload: "4" });
      const one = frame({ fin: false, opcode: CONTINUATION, payload: piece });
      const block = Buffer.concat(Array.from({ length: 1000 }, () => one));
      for (let i = 0; i < n && !ws.wire.ended; i += 1000) ws.wire.send(block);
      assert.equal((await ws.closed())?.code, 1008);
    }
  });

  test("CVE-2026-45736: a Close is answered by what came and nothing else", async () => {
    for (const length of [0, 1, 2, 60, 122, 123]) {
      const ws = await RawWebSocket.join(server.port);
      const body = closeBody(4000, "r".repeat(length));
      ws.sendFrame({ opcode: CLOSE, payload: body });
      const { payload } = await ws.frame();
      assert.ok(payload.equals(body) || payload.equals(body.subarray(0, 2)), payload.toString("hex"));
      assert.equal((await ws.wire.readEnd()).length, 0);
    }
  });

  test("CVE-2016-10518: a ping is answered by its own bytes, in any order of sizes", async () => {
    const ws = await RawWebSocket.join(server.port);
    for (const length of [125, 0, 1, 64, 3, 125, 2]) {
      const payload = Buffer.alloc(length, length);
      ws.sendFrame({ opcode: 9, payload });
      assert.deepEqual((await ws.frame()).payload, payload);
    }
  });
});
