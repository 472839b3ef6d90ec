// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the rtcio authors

// permessage-deflate (RFC 7692), frame by frame: what is agreed upon, and how messages look then.
// "Every size" and "every parameter" is what Autobahn's sections 12 and 13 ask.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { Context, RSV1, deflate, deflateFinal, inflate } from "./lib/deflate.mjs";
import { useServer } from "./lib/fixture.mjs";
import { oursOnly } from "./lib/server.mjs";
import { BINARY, CONTINUATION, PING, PONG, RawWebSocket, TEXT, refusedUpgrade } from "./lib/ws.mjs";

const ON = { per_message_deflate: "true" };
const CONTEXT = {
  ...ON,
  deflate_server_no_context_takeover: "false",
  deflate_client_no_context_takeover: "false",
};
const LONG = "a=candidate:842163049 1 udp 1677729535 192.0.2.1 46154 typ srflx ".repeat(40);

// Letters in an order that has no pattern.
const NOISE = Array.from({ length: 100000 }, (_, i) => ((i * i * 7919) % 1000003).toString(36).at(-2)).join("");

const offering = (offer) => ({ headers: { "Sec-WebSocket-Extensions": offer } });

/** The parameters of an answer, sorted; undefined when there is none. */
async function answerTo(server, offer) {
  const ws = await RawWebSocket.open(server.port, offering(offer));
  const answer = ws.head.headers["sec-websocket-extensions"];
  ws.destroy();
  if (answer === undefined) return undefined;
  const [name, ...parameters] = answer.split("; ");
  assert.equal(name, "permessage-deflate");
  return parameters.sort();
}

const BOTH = ["client_no_context_takeover", "server_no_context_takeover"];

/** A session on a connection with compression, that has joined. */
async function join(server, offer = "permessage-deflate") {
  const ws = await RawWebSocket.open(server.port, offering(offer));
  assert.ok(ws.head.headers["sec-websocket-extensions"], "compression was agreed upon");
  assert.match((await received(ws)).text, /^0\{/);
  sendDeflated(ws, "40");
  assert.match((await received(ws)).text, /^40\{/);
  assert.match((await received(ws)).text, /^42\["auth"/);
  return ws;
}

const sendDeflated = (ws, text, options) =>
  ws.sendFrame({ rsv: RSV1, payload: deflate(text, options) });

/** A message's text, and whether it was compressed. */
async function received(ws, options) {
  const { fin, rsv, opcode, payload } = await ws.frame();
  assert.ok(fin);
  assert.equal(opcode, TEXT);
  assert.ok(rsv === 0 || rsv === RSV1);
  return { compressed: rsv === RSV1, text: rsv ? inflate(payload, options) : payload.toString() };
}

const echo = (text) => `42${JSON.stringify(["message", text])}`;
const echoed = (text) => `42${JSON.stringify(["message-back", text])}`;

async function assertEcho(ws, text, compressed, options) {
  sendDeflated(ws, echo(text));
  assert.deepEqual(await received(ws, options), { compressed, text: echoed(text) });
}

describe("offers, when no context is wanted", () => {
  const server = useServer(ON);
  const rows = [
    ["permessage-deflate", BOTH],
    ["permessage-deflate; client_max_window_bits", BOTH],
    ["permessage-deflate; server_no_context_takeover", BOTH],
    [
      "permessage-deflate; server_max_window_bits=10; client_max_window_bits=11",
      [...BOTH, "client_max_window_bits=11", "server_max_window_bits=10"],
    ],
    ['permessage-deflate; server_max_window_bits="12"', [...BOTH, "server_max_window_bits=12"]],
    ["x-unknown, permessage-deflate", BOTH],
    ["x-unknown; a=1", undefined],
    // Node refuses the handshake where the RFC says that the offer is declined.
    ["permessage-deflate; server_max_window_bits=16", undefined, true],
    ["permessage-deflate; server_max_window_bits", undefined, true],
    ["permessage-deflate; server_no_context_takeover=1", undefined, true],
    ["permessage-deflate; client_max_window_bits; client_max_window_bits", undefined, true],
    ["permessage-deflate; level=9", undefined, true],
    ["permessage-deflate; level=9, permessage-deflate", BOTH, true],
    ["permessage-deflate; server_max_window_bits=8", undefined, "zlib's least window is 9"],
  ];
  for (const [offer, answer, differs] of rows) {
    const skip = differs ? oursOnly(differs === true ? "RFC 7692 7.1: it is declined" : differs) : false;
    test(`${offer}: ${answer?.join("; ")}`, { skip }, async () => {
      assert.deepEqual(await answerTo(server, offer), answer && [...answer].sort());
    });
  }

  test("none is fine", async () => {
    const ws = await RawWebSocket.join(server.port);
    assert.equal(ws.head.headers["sec-websocket-extensions"], undefined);
    ws.send(echo(LONG));
    assert.equal(await ws.text(), echoed(LONG));
    ws.sendFrame({ rsv: RSV1, payload: deflate(echo("x")) });
    assert.equal((await ws.closed()).code, 1002);
  });

  test("two headers are one list", async () => {
    const both = ["x-unknown", "permessage-deflate; server_max_window_bits=11"];
    assert.deepEqual(await answerTo(server, both), [...BOTH, "server_max_window_bits=11"].sort());
  });

  test("what is no list of extensions is 400", async () => {
    for (const offer of ["permessage-deflate;", "=", 'permessage-deflate; a="', "a b"]) {
      const refused = await refusedUpgrade(server.port, offering(offer));
      assert.equal(refused.status, 400);
      assert.match(refused.text, /^Invalid (or unacceptable )?Sec-WebSocket-Extensions header$/);
    }
  });
});

describe("offers, when a context is welcome and windows are small", () => {
  const server = useServer({
    ...CONTEXT,
    deflate_server_max_window_bits: 11,
    deflate_client_max_window_bits: 10,
  });
  const hint = "Node takes no client that does not let itself be told";
  const rows = [
    ["permessage-deflate", ["server_max_window_bits=11"], hint],
    [
      "permessage-deflate; client_max_window_bits",
      ["client_max_window_bits=10", "server_max_window_bits=11"],
    ],
    [
      "permessage-deflate; client_max_window_bits=9; server_max_window_bits=9",
      ["client_max_window_bits=9", "server_max_window_bits=9"],
      "Node wants it as it has it",
    ],
    [
      "permessage-deflate; client_max_window_bits; client_no_context_takeover; server_no_context_takeover",
      ["client_max_window_bits=10", ...BOTH, "server_max_window_bits=11"],
    ],
  ];
  for (const [offer, answer, differs] of rows) {
    test(offer, { skip: differs ? oursOnly(differs) : false }, async () => {
      assert.deepEqual(await answerTo(server, offer), [...answer].sort());
    });
  }
});

describe("messages", () => {
  const server = useServer(ON);

  test("are compressed from the threshold on, and read compressed or not", async () => {
    const ws = await join(server);
    const around = echoed("").length;
    for (const [length, compressed] of [[1, false], [1023 - around, false], [1024 - around, true], [60000, true]]) {
      await assertEcho(ws, "x".repeat(length), compressed);
      ws.send(echo("x".repeat(length)));
      const back = await received(ws);
      assert.deepEqual(back, { compressed, text: echoed("x".repeat(length)) });
    }
  });

  test("each stands for itself", async () => {
    const ws = await join(server);
    const payloads = [];
    for (let i = 0; i < 3; i++) {
      ws.send(echo(LONG));
      payloads.push((await ws.frame()).payload);
    }
    assert.deepEqual(payloads[1], payloads[0]);
    assert.deepEqual(payloads[2], payloads[0]);
    assert.ok(payloads[0].length < LONG.length / 5);
  });

  const fragments = (payload, sizes) => {
    const list = [];
    let at = 0;
    for (const size of sizes) list.push(payload.subarray(at, (at += size)));
    return [...list, payload.subarray(at)];
  };

  test("come in fragments, with control frames between", async () => {
    const ws = await join(server);
    for (const sizes of [[3], [0, 1, 0], [10, 10, 10], []]) {
      const pieces = fragments(deflate(echo(LONG)), sizes);
      pieces.forEach((payload, i) => {
        const fin = i === pieces.length - 1;
        ws.sendFrame({ fin, rsv: i ? 0 : RSV1, opcode: i ? CONTINUATION : TEXT, payload });
        if (!fin) ws.sendFrame({ opcode: PING, payload: `${i}` });
      });
      for (let i = 0; i < pieces.length - 1; i++) {
        const { opcode, rsv, payload } = await ws.frame();
        assert.deepEqual([opcode, rsv, payload.toString()], [PONG, 0, `${i}`]);
      }
      assert.deepEqual(await received(ws), { compressed: true, text: echoed(LONG) });
      // The next one may be plain.
      ws.send(echo("after"));
      assert.equal(await ws.text(), echoed("after"));
    }
  });

  test("of all kinds of blocks", async () => {
    const ws = await join(server);
    const text = echo("kinds");
    for (const options of [{ level: 0 }, { level: 9 }, { strategy: 4 }, { windowBits: 9 }, { memLevel: 1 }]) {
      sendDeflated(ws, text, options);
      assert.equal((await received(ws)).text, echoed("kinds"));
    }
    // BFINAL, with the empty block behind it (RFC 7692 7.2.3.4)
    ws.sendFrame({ rsv: RSV1, payload: Buffer.concat([deflateFinal(text), Buffer.from([0])]) });
    assert.equal((await received(ws)).text, echoed("kinds"));
  });

  test("binary ones too, and empty ones", async () => {
    const ws = await join(server);
    const header = '452-["message",{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}]';
    sendDeflated(ws, header);
    ws.sendFrame({ opcode: BINARY, rsv: RSV1, payload: deflate(LONG) });
    ws.sendFrame({ opcode: BINARY, rsv: RSV1, payload: Buffer.from([0]) }); // RFC 7692 7.2.3.6
    assert.equal((await received(ws)).text, header.replace("message", "message-back"));
    const first = await ws.frame();
    assert.deepEqual([first.opcode, first.rsv, inflate(first.payload)], [BINARY, RSV1, LONG]);
    const second = await ws.frame();
    assert.deepEqual([second.opcode, second.rsv, second.payload.length], [BINARY, 0, 0]);
  });

  test("with b64 binary goes out as text, uncompressed", async () => {
    const ws = await RawWebSocket.join(server.port, {
      ...offering("permessage-deflate"),
      params: { b64: 1 },
    });
    ws.send('451-["message",{"_placeholder":true,"num":0}]').send(Buffer.from(LONG));
    await ws.text();
    const { rsv, payload } = await ws.frame();
    const text = rsv ? inflate(payload) : payload.toString();
    assert.equal(text, `b${Buffer.from(LONG).toString("base64")}`);
  });

  test("what would not get shorter goes as it is", { skip: oursOnly("it compresses it") }, async () => {
    const ws = await join(server);
    const noise = Buffer.from(Array.from({ length: 2000 }, (_, i) => (i * 7919 * (i + 13)) >> 3));
    ws.send('451-["message",{"_placeholder":true,"num":0}]').send(noise);
    await ws.text();
    const { rsv, payload } = await ws.frame();
    assert.ok(rsv === 0 || payload.length < noise.length);
  });

  test("not what was sent as not worth it", { skip: oursOnly("on polling only") }, async () => {
    const ws = await join(server);
    for (const plain of [true, false, true]) {
      ws.send(`42${JSON.stringify(["say", { event: "said", args: [LONG], plain }])}`);
      const wanted = { compressed: !plain, text: `42${JSON.stringify(["said", LONG])}` };
      assert.deepEqual(await received(ws), wanted);
    }
  });
});

describe("every size", () => {
  // Autobahn 12.1 to 12.5: messages of 16 bytes to 128 KiB, many of them, whole and in fragments.
  const server = useServer({ ...ON, deflate_threshold: 0 });
  const texts = {
    JSON: (n) => JSON.stringify(Array.from({ length: n / 16 }, (_, i) => ({ id: i, n: i * i }))).slice(0, n),
    "random letters": (n) => Buffer.from(Array.from({ length: n }, (_, i) => 32 + ((i * i * 7919) >> 3) % 90)).toString(),
    umlauts: (n) => "äöüß€😀".repeat(n / 16),
  };
  for (const [what, make] of Object.entries(texts)) {
    test(what, async () => {
      const ws = await join(server);
      for (const n of [16, 64, 256, 1024, 4096, 8192, 16384, 32768, 65536, 131072]) {
        const text = make(n);
        for (let i = 0; i < 20; i++) {
          if (i % 2) {
            sendDeflated(ws, echo(text));
          } else {
            const payload = deflate(echo(text));
            const half = payload.length >> 1;
            ws.sendFrame({ fin: false, rsv: RSV1, payload: payload.subarray(0, half) });
            ws.sendFrame({ opcode: CONTINUATION, payload: payload.subarray(half) });
          }
        }
        for (let i = 0; i < 20; i++) assert.equal((await received(ws)).text, echoed(text), `${n}`);
      }
    });
  }
});

describe("every parameter", () => {
  // Autobahn 13.1 to 13.7: both sides with and without context, windows of 9 and 15 bits.
  const server = useServer({ ...CONTEXT, deflate_threshold: 0 });
  const offers = ["", "no", "9", "15", "no 9", "no 15"].map((what) => {
    const parameters = ["permessage-deflate", "client_max_window_bits"];
    if (what.startsWith("no")) parameters.push(...BOTH);
    const bits = /\d+/.exec(what)?.[0];
    if (bits) parameters.push(`server_max_window_bits=${bits}`);
    return [parameters.join("; "), what.startsWith("no"), Number(bits ?? 15)];
  });
  for (const [offer, stateless, windowBits] of offers) {
    test(offer, async () => {
      const ws = await RawWebSocket.open(server.port, offering(offer));
      const [to, from] = [Context.deflate({}), Context.inflate({ windowBits })];
      const send = async (text) =>
        ws.sendFrame({ rsv: RSV1, payload: stateless ? deflate(text) : await to.deflated(text) });
      const lengths = [];
      const next = async () => {
        const { rsv, payload } = await ws.frame();
        lengths.push(payload.length);
        if (!rsv) return payload.toString();
        return stateless ? inflate(payload, { windowBits }) : from.inflated(payload);
      };
      assert.equal((await next())[0], "0");
      await send("40");
      assert.match(await next(), /^40/);
      assert.match(await next(), /^42\["auth"/);
      lengths.length = 0;
      for (const n of [10, 300, 3000, 30000, 100000, 3000, 3000]) {
        const text = NOISE.slice(0, n);
        await send(echo(text));
        assert.equal(await next(), echoed(text), `${n}`);
      }
      // With a context and a window that has it, what was said before costs little.
      const [whole, again] = [lengths[2], lengths.at(-1)];
      if (stateless) assert.equal(again, whole);
      else if (windowBits === 15) assert.ok(again < whole / 2, `${again} of ${whole}`);
    });
  }
});
