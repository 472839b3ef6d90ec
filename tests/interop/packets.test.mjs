// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the rtcio authors

// Socket.IO packets as text on the wire (Socket.IO spec 5.1 to 5.5).

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { useServer } from "./lib/fixture.mjs";
import { Polling } from "./lib/http.mjs";
import { assertAlive, assertClosed, disconnected, placeholder, send } from "./lib/packets.mjs";
import { oursOnly } from "./lib/server.mjs";
import { BINARY, RawWebSocket, frame } from "./lib/ws.mjs";

describe("connect", () => {
  const server = useServer();

  test("the main namespace, with and without auth", async () => {
    for (const [packet, auth] of [["40", "{}"], ["40{}", "{}"], ['40{"a":"é","b":[1]}', '{"a":"é","b":[1]}']]) {
      const ws = await RawWebSocket.connect(server.port);
      ws.send(packet);
      assert.match(await ws.text(), /^40\{"sid":"[\w-]{20}"\}$/);
      assert.equal(await ws.text(), `42["auth",${auth}]`);
    }
  });

  test("another namespace, with auth, with a comma and without", async () => {
    const forms = [["40/custom", "{}"], ["40/custom,", "{}"], ['40/custom,{"a":1}', '{"a":1}']];
    for (const [packet, auth] of forms) {
      const ws = await RawWebSocket.connect(server.port);
      ws.send(packet);
      assert.match(await ws.text(), /^40\/custom,\{"sid":"[\w-]{20}"\}$/);
      assert.equal(await ws.text(), `42/custom,["auth",${auth}]`);
    }
  });

  test("the socket id is not the session's", async () => {
    const ws = await RawWebSocket.connect(server.port);
    const ids = new Set([ws.sid]);
    for (const nsp of ["/", "/custom", "/chat"]) {
      ws.send(`40${nsp},`);
      const text = await ws.message();
      ids.add(JSON.parse(text.slice(text.indexOf("{"))).sid);
      if (nsp !== "/chat") await ws.message();
    }
    assert.equal(ids.size, 4);
  });

  test("an ack id on CONNECT is ignored", async () => {
    const ws = await RawWebSocket.connect(server.port);
    ws.send("4012{}");
    assert.match(await ws.text(), /^40\{"sid":/);
  });

  for (const nsp of ["/nope", "/custom?a=1", "/Custom", '/custom{"a":1}', "/custom/", "/é"]) {
    test(`an unknown namespace ${nsp} is refused by its name`, async () => {
      const ws = await RawWebSocket.connect(server.port);
      ws.send(`40${nsp},`);
      assert.equal(await ws.text(), `44${nsp},{"message":"Invalid namespace"}`);
      ws.send("40");
      assert.match(await ws.text(), /^40\{"sid":/);
    });
  }

  test("a middleware's refusal has message and data", async () => {
    const ws = await RawWebSocket.connect(server.port);
    const refusals = [
      ["refuse", '{"message":"no entry","data":{"code":401,"list":[1,2]}}'],
      ["plain", '{"message":"no data"}'],
      ["empty", '{"message":""}'],
      ["timer-refuse", '{"message":"too late"}'],
    ];
    for (const [mode, payload] of refusals) {
      ws.send(`40/guarded,{"mode":"${mode}"}`);
      assert.equal(await ws.text(), `44/guarded,${payload}`);
    }
    ws.send("40/guarded,");
    assert.match(await ws.text(), /^40\/guarded,\{"sid":/);
  });

  test("again after leaving, with another id", async () => {
    const ws = await RawWebSocket.join(server.port);
    ws.send("41");
    await disconnected(server, ws, "client namespace disconnect");
    ws.send("40");
    const again = JSON.parse((await ws.text()).slice(2)).sid;
    assert.notEqual(again, ws.id);
    await ws.text();
    await assertAlive(ws);
  });

  const doubled = "it takes the second CONNECT for a doubled one";
  test("again right behind leaving", { skip: oursOnly(doubled) }, async () => {
    const ws = await RawWebSocket.join(server.port);
    ws.wire.send(Buffer.concat([frame({ payload: "41" }), frame({ payload: "40" })]));
    assert.match(await ws.text(), /^40\{"sid":/);
    await ws.text();
    await assertAlive(ws);
  });

  test("many namespaces on one session", async () => {
    const ws = await RawWebSocket.join(server.port);
    for (const nsp of ["/custom", "/chat", "/lab"]) {
      ws.send(`40${nsp},`);
      while (!(await ws.message()).startsWith(`40${nsp},`));
    }
    ws.send('42/chat,["message",1]');
    while ((await ws.message()) !== '42/chat,["message-back",1]');
    await assertAlive(ws);
  });
});

describe("events", () => {
  const server = useServer();

  const arguments_ = [
    "",
    ",1",
    ',"é€😀\\u2028"',
    ",null",
    ",true,false",
    ",-1.5e+10,1E2",
    ',{"a":{"b":[[[]]]}},[],{}',
    ',"\\"\\\\\\n\\u0000\\ud800"',
    ",12345678901234567890",
    `,"${"x".repeat(70000)}"`,
  ];
  for (const args of arguments_) {
    const short = args.length > 40 ? `${args.length} characters` : args;
    test(`arguments come back as they are: ${short}`, async () => {
      const ws = await RawWebSocket.join(server.port);
      ws.send(`42["message"${args}]`);
      const text = await ws.text();
      const sent = JSON.parse(`["message-back"${args}]`);
      assert.deepEqual(JSON.parse(text.slice(2)), sent);
      ws.send(`427["message-with-ack"${args}]`);
      assert.deepEqual(JSON.parse((await ws.text()).slice(3)), sent.slice(1));
    });
  }

  test("white space and escapes in the name", async () => {
    const ws = await RawWebSocket.join(server.port);
    ws.send('42[ "m\\u0065ssage" , 1 , { "a" : 2 } ]');
    const text = await ws.text();
    assert.deepEqual(JSON.parse(text.slice(2)), ["message-back", 1, { a: 2 }]);
  });

  test("odd but lawful: no payload, empty name, a number, an unknown name", async () => {
    const ws = await RawWebSocket.join(server.port);
    send(ws, "42", '42[""]', "42[1]", '42["nobody listens",{}]', '42["error"]', '42["connection"]');
    await assertAlive(ws);
  });

  test("keys that name JavaScript's prototypes are keys", async () => {
    const ws = await RawWebSocket.join(server.port);
    ws.send('420["message-with-ack",{"constructor":1,"toString":2}]');
    assert.equal(await ws.text(), '430[{"constructor":1,"toString":2}]');
  });

  test("in another namespace", async () => {
    const ws = await RawWebSocket.connect(server.port);
    ws.send("40/chat,");
    await ws.text();
    ws.send('42/chat,["message",{"a":1}]');
    assert.equal(await ws.text(), '42/chat,["message-back",{"a":1}]');
    ws.send('42/chat,5["message-with-ack","x"]');
    assert.equal(await ws.text(), '43/chat,5["x"]');
  });

  test("placeholders in a plain event are plain objects", async () => {
    const ws = await RawWebSocket.join(server.port);
    ws.send(`42["message",${placeholder(0)}]`);
    assert.equal(await ws.text(), `42["message-back",${placeholder(0)}]`);
  });
});

describe("acknowledgements", () => {
  const server = useServer();

  test("none, one, several arguments", async () => {
    const ws = await RawWebSocket.join(server.port);
    for (const args of ["", ",1", ',1,"2",[3]']) {
      ws.send(`42456["message-with-ack"${args}]`);
      assert.equal(await ws.text(), `43456[${args.slice(1)}]`);
    }
  });

  test("the id comes back, leading zeros do not", async () => {
    const ws = await RawWebSocket.join(server.port);
    for (const [sent, back] of [["0", "0"], ["007", "7"], ["9007199254740991", "9007199254740991"]]) {
      ws.send(`42${sent}["message-with-ack"]`);
      assert.equal(await ws.text(), `43${back}[]`);
    }
  });

  test("an event without a handler is not acknowledged", async () => {
    const ws = await RawWebSocket.join(server.port);
    ws.send('421["nobody listens"]');
    await assertAlive(ws);
  });

  test("a binary answer", async () => {
    const ws = await RawWebSocket.join(server.port);
    send(ws, `451-9["message-with-ack",${placeholder(0)},2]`, Buffer.from([7, 8]));
    assert.equal(await ws.text(), `461-9[${placeholder(0)},2]`);
    assert.deepEqual([...(await ws.frame()).payload], [7, 8]);
  });

  test("the server's ids count up from 0", async () => {
    const ws = await RawWebSocket.connect(server.port);
    ws.send("40/custom,");
    await ws.text();
    await ws.text();
    for (const id of [0, 1, 2]) {
      ws.send('42/custom,["ask",{"event":"q","args":[5]}]');
      assert.equal(await ws.text(), `42/custom,${id}["q",5]`);
      ws.send(`43/custom,${id}["a",${id}]`);
      assert.equal(await ws.text(), `42/custom,["answered",{"status":"ok","values":["a",${id}]}]`);
    }
  });

  test("an ACK nobody waits for is ignored, also twice", async () => {
    const ws = await RawWebSocket.join(server.port);
    send(ws, "43", "43[]", "43999[1]", "4399999999999999999999[]", "436");
    ws.send('42["ask",{"event":"q","args":[]}]');
    const id = /^42(\d+)\["q"\]$/.exec(await ws.text())[1];
    send(ws, `43${id}[1]`, `43${id}[2]`);
    assert.equal(await ws.text(), '42["answered",{"status":"ok","values":[1]}]');
    await assertAlive(ws);
  });

  test("an ACK without payload is an answer without arguments", async () => {
    const ws = await RawWebSocket.join(server.port);
    ws.send('42["ask",{"event":"q","args":[]}]');
    const id = /^42(\d+)/.exec(await ws.text())[1];
    ws.send(`43${id}`);
    assert.equal(await ws.text(), '42["answered",{"status":"ok","values":[]}]');
  });

  test("an ACK of another namespace or another client is not taken", async () => {
    const ws = await RawWebSocket.join(server.port);
    const other = await RawWebSocket.join(server.port);
    ws.send("40/chat,");
    await ws.text();
    ws.send('42["ask",{"event":"q","args":[]}]');
    const id = /^42(\d+)/.exec(await ws.text())[1];
    ws.send(`43/chat,${id}["wrong namespace"]`);
    other.send(`43${id}["wrong client"]`);
    await assertAlive(other);
    ws.send(`43${id}["right"]`);
    assert.equal(await ws.text(), '42["answered",{"status":"ok","values":["right"]}]');
  });
});

describe("attachments", () => {
  const server = useServer();

  test("several, in their order, any number up to ten", async () => {
    const ws = await RawWebSocket.join(server.port);
    for (const n of [1, 2, 10]) {
      const list = Array.from({ length: n }, (_, i) => placeholder(i)).join(",");
      const blobs = Array.from({ length: n }, (_, i) => Buffer.alloc(i, i));
      send(ws, `45${n}-["message",{"deep":[${list}]}]`, ...blobs);
      assert.equal(await ws.text(), `45${n}-["message-back",{"deep":[${list}]}]`);
      for (const blob of blobs) {
        const { opcode, payload } = await ws.frame();
        assert.equal(opcode, BINARY);
        assert.deepEqual(payload, blob);
      }
    }
  });

  test("on another namespace", async () => {
    const ws = await RawWebSocket.connect(server.port);
    ws.send("40/chat,");
    await ws.text();
    send(ws, `451-/chat,3["message-with-ack",${placeholder(0)}]`, Buffer.from([1]));
    assert.equal(await ws.text(), `461-/chat,3[${placeholder(0)}]`);
    assert.deepEqual([...(await ws.frame()).payload], [1]);
  });

  test("pongs may come between", async () => {
    const ws = await RawWebSocket.join(server.port);
    send(ws, `452-["message",${placeholder(0)},${placeholder(1)}]`, "3", Buffer.from([1]), "3");
    ws.send(Buffer.from([2]));
    assert.match(await ws.text(), /^452-\["message-back"/);
    assert.deepEqual([...(await ws.frame()).payload], [1]);
    assert.deepEqual([...(await ws.frame()).payload], [2]);
  });

  test("over polling, one by one", async () => {
    const session = await Polling.join(server.port);
    await session.push(`452-["message",${placeholder(0)},${placeholder(1)}]`);
    await session.push("bAQ==");
    await session.push("bAg==");
    const packets = await session.pollUntil((packet) => packet === "bAg==");
    assert.deepEqual(packets.slice(1), ["bAQ==", "bAg=="]);
  });

  const dropped = "it keeps a header waiting for its attachments without end";
  test("a text instead of an attachment ends the session", async () => {
    const ws = await RawWebSocket.join(server.port);
    send(ws, `451-["message",${placeholder(0)}]`, '42["message"]');
    await assertClosed(ws);
    await disconnected(server, ws, "forced close");
  });

  test("attachments under way when the client leaves are forgotten", async () => {
    const ws = await RawWebSocket.join(server.port);
    send(ws, `451-["message",${placeholder(0)}]`);
    ws.destroy();
    await disconnected(server, ws, "transport close");
  });

  describe("that never come", () => {
    const strict = useServer({ attachment_timeout_ms: 200 });
    test("end the session", { skip: oursOnly(dropped) }, async () => {
      const ws = await RawWebSocket.join(strict.port);
      ws.send(`451-["message",${placeholder(0)}]`);
      await assertClosed(ws);
    });
  });
});
