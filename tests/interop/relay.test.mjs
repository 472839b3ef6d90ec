// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the rtcio authors

// The relay of `#rtcio:message`, byte by byte and rule by rule (rtc.io spec 1.3, 6.2; conformance
// tests 16, 18, 20), and whole calls set up through it.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { closeAll } from "./lib/client.mjs";
import { join, peer, roomOf, seenBy, useRtcio } from "./lib/rtcio.mjs";
import { once, take } from "./lib/time.mjs";
import { RawWebSocket } from "./lib/ws.mjs";

const MESSAGE = "#rtcio:message";

/** A socket with every byte in view, in a room. */
async function rawPeer(server, roomId) {
  const ws = await RawWebSocket.connect(server.port);
  ws.send("40");
  ws.id = JSON.parse((await ws.message()).slice(2)).sid;
  ws.send(`42${JSON.stringify(["join-room", { roomId, name: "raw" }])}`);
  while (!(await ws.message()).startsWith('42["join-ok"')) continue;
  return ws;
}

describe("relay", () => {
  const server = useRtcio();

  test("passes every byte of an honest message", async () => {
    const ann = await rawPeer(server, "bytes");
    const bob = await rawPeer(server, "bytes");
    await ann.message();
    await ann.message();
    const bodies = [
      `{"source":"${bob.id}","target":"${ann.id}","data":{"candidate":{"a":1.0,"b":1e3}}}`,
      `{"target":"${ann.id}","source":"${bob.id}","data":{"x":"\\u00e9\\/é\\ud83d"},"n":-0}`,
      `{ "data" : {"source":"y","target":[]} , "source":"${bob.id}" , "target":"${ann.id}" }`,
      `{"target":"${ann.id}","data":{"d":[[[{}]]]},"source":"${bob.id}","__proto__":{"z":null}}`,
    ];
    for (const body of bodies) {
      bob.send(`42["${MESSAGE}",${body}]`);
      assert.equal(await ann.message(), `42["${MESSAGE}",${body}]`);
    }
  });

  test("stamps the source, whatever was written", async () => {
    const ann = await rawPeer(server, "stamp");
    const bob = await rawPeer(server, "stamp");
    await ann.message();
    await ann.message();
    const data = '"data":{"source":"inner"}';
    const to = `"target":"${ann.id}"`;
    const me = `"source":"${bob.id}"`;
    const rows = [
      [`{${to},${data}}`, `{${me},${to},${data}}`],
      [`{${to},"source":"forged",${data}}`, `{${to},${me},${data}}`],
      [`{"source":null,${to},${data}}`, `{${me},${to},${data}}`],
      [`{"source":{"a":[1]},${to},${data}}`, `{${me},${to},${data}}`],
      [`{${to},${data},"sourc\\u0065":"forged"}`, `{${to},${data},${me}}`],
      [`{${me},${to},"source":"forged",${data}}`, `{${to},${me},${data}}`],
      [`{"source":"forged",${to},${data},${me}}`, `{${to},${data},${me}}`],
      [`{"source":"${ann.id}",${to},${data}}`, `{${me},${to},${data}}`],
    ];
    for (const [sent, received] of rows) {
      bob.send(`42["${MESSAGE}",${sent}]`);
      assert.equal(await ann.message(), `42["${MESSAGE}",${received}]`);
    }
    /* Of duplicates the last counts, as in JavaScript; the target may be escaped. */
    const escaped = `\\u00${ann.id.charCodeAt(0).toString(16)}${ann.id.slice(1)}`;
    const twice = `{"target":"nobody","data":1,"target":"${escaped}",${data},${me}}`;
    bob.send(`42["${MESSAGE}",${twice}]`);
    assert.equal(await ann.message(), `42["${MESSAGE}",${twice}]`);
  });

  test("a room event keeps its bytes, too, and has no key twice", async () => {
    const ann = await rawPeer(server, "event");
    const bob = await rawPeer(server, "event");
    await ann.message();
    await ann.message();
    const room = '"roomId":"event"';
    const rows = [
      ["chat-message", `{${room},"at":1.50,"x":"\\u00e9"}`, "from"],
      ["stopScreenShare", `{"y":[ ],${room}}`, "id"],
      ["media-state", `{"mic":true , "cam":false,${room},"z":-0}`, "id"],
    ];
    for (const [event, body, key] of rows) {
      bob.send(`42["${event}",${body}]`);
      const stamped = `{"${key}":"${bob.id}",${body.slice(1)}`;
      assert.equal(await ann.message(), `42["${event}",${stamped}]`);
    }
  });

  test("only the first argument goes on, and no acknowledgement comes back", async () => {
    const [ann, bob] = await roomOf(server, 2, "arguments");
    const answers = [];
    const envelope = { source: ann.id, target: bob.id, data: { mid: "m" } };
    ann.emit(MESSAGE, envelope, { source: "second" }, 3, (...args) => answers.push(args));
    assert.deepEqual(await seenBy(ann, bob), [[], [[MESSAGE, envelope]]]);
    assert.deepEqual(answers, []);
  });

  test("keeps the order of a thousand messages", async () => {
    const [ann, bob] = await roomOf(server, 2, "order");
    const got = take(bob, MESSAGE, 1000);
    for (let n = 0; n < 1000; n++) {
      const sdp = "x".repeat((n * 37) % 3000);
      ann.emit(MESSAGE, { source: ann.id, target: bob.id, data: { n, sdp } });
    }
    const numbers = (await got).map(([{ data }]) => data.n);
    assert.deepEqual(numbers, Array.from({ length: 1000 }, (_, n) => n));
  });

  test("drops what breaks a rule, and nobody hears of it", async () => {
    const [ann, bob] = await roomOf(server, 2, "rules");
    const good = { source: ann.id, target: bob.id, data: { mid: "m" } };
    ann.emit(MESSAGE);
    for (const odd of [null, 1, true, "x", [], [good], {}]) ann.emit(MESSAGE, odd);
    const targets = [undefined, null, 1, true, {}, [bob.id], [[bob.id]], { id: bob.id }, "", "x"];
    targets.push("rules", ann.id, `${bob.id}x`, bob.id.slice(1), ` ${bob.id}`, "nobody-of-20-chars-x");
    for (const target of targets) ann.emit(MESSAGE, { ...good, target });
    for (const data of [undefined, null, 1, "x", true, [], [{}]]) {
      ann.emit(MESSAGE, { ...good, data });
    }
    ann.emit(MESSAGE, { ...good, data: { blob: Buffer.from("binary") } });
    assert.deepEqual(await seenBy(ann, bob), [[], []]);
    ann.emit(MESSAGE, good);
    assert.deepEqual(await seenBy(ann, bob), [[], [[MESSAGE, good]]]);
  });

  test("drops what is too large or too deep, and passes what is just not", async () => {
    const [ann, bob] = await roomOf(server, 2, "sizes");
    const empty = { source: ann.id, target: bob.id, data: { x: "" } };
    const most = 262144 - JSON.stringify(empty).length;
    const sized = (n) => ({ ...empty, data: { x: "y".repeat(n) } });
    const deep = (n) => {
      let data = {};
      for (let i = 1; i < n; i++) data = { d: data };
      return { ...empty, data };
    };
    ann.emit(MESSAGE, sized(most + 1));
    ann.emit(MESSAGE, deep(64));
    assert.deepEqual(await seenBy(ann, bob), [[], []]);
    ann.emit(MESSAGE, sized(most));
    ann.emit(MESSAGE, deep(63));
    assert.deepEqual(await seenBy(ann, bob), [[], [[MESSAGE, sized(most)], [MESSAGE, deep(63)]]]);
  });

  test("needs a room in common", async () => {
    const [ann] = await roomOf(server, 1, "common-1");
    const [bob] = await roomOf(server, 1, "common-2");
    const outsider = await peer(server);
    const envelope = (source, target) => ({ source: source.id, target: target.id, data: {} });
    ann.emit(MESSAGE, envelope(ann, bob));
    outsider.emit(MESSAGE, envelope(outsider, ann));
    ann.emit(MESSAGE, envelope(ann, outsider));
    for (const target of ["common-1", "common-2"]) {
      outsider.emit(MESSAGE, { source: outsider.id, target, data: {} });
    }
    assert.deepEqual(await seenBy(ann, bob, outsider), [[], [], []]);
    await join(bob, "common-1");
    await seenBy(ann, bob);
    bob.emit(MESSAGE, envelope(bob, ann));
    assert.deepEqual(await seenBy(ann, bob), [[[MESSAGE, envelope(bob, ann)]], []]);
    bob.emit("leave-room", { roomId: "common-1" });
    bob.emit(MESSAGE, envelope(bob, ann));
    assert.equal((await seenBy(bob, ann))[1].filter(([event]) => event === MESSAGE).length, 0);
  });

  test("a room named like somebody's id gives nothing of theirs", async () => {
    const [ann, bob] = await roomOf(server, 2, "private");
    const spy = await peer(server);
    spy.emit("join-room", { roomId: ann.id, name: "Spy" });
    assert.deepEqual(await seenBy(ann, bob, spy), [[], [], [["join-ok", { roomId: ann.id }]]]);
    const envelope = { source: bob.id, target: ann.id, data: { secret: 1 } };
    bob.emit(MESSAGE, envelope);
    bob.emit(MESSAGE, { ...envelope, target: spy.id });
    spy.emit(MESSAGE, { source: spy.id, target: ann.id, data: {} });
    spy.emit("chat-message", { roomId: ann.id, text: "psst" });
    spy.emit("stopScreenShare", { roomId: ann.id });
    assert.deepEqual(await seenBy(ann, bob, spy), [[[MESSAGE, envelope]], [], []]);
    spy.emit("leave-room", { roomId: ann.id });
    assert.deepEqual(await seenBy(spy, ann), [[], []]);
  });
});

describe("relay of any scope", () => {
  const server = useRtcio([], { RTCIO_RELAY_SCOPE: "any" });

  test("needs no room", async () => {
    const [ann, bob] = [await peer(server), await peer(server)];
    const envelope = { source: ann.id, target: bob.id, data: {} };
    ann.emit(MESSAGE, envelope);
    ann.emit(MESSAGE, { ...envelope, target: ann.id });
    assert.deepEqual(await seenBy(ann, bob), [[], [[MESSAGE, envelope]]]);
  });
});

/** Eight peers join a room at once; each two make a call as rtc.io's clients do: offer, answer,
 *  metadata and candidates, numbered per direction. */
async function burst(server, transports) {
  const roomId = `burst-${transports.join("-")}`;
  const N = 8;
  const CANDIDATES = 10;
  const peers = await Promise.all(Array.from({ length: N }, () => peer(server, { transports })));
  const sent = new Map();
  const send = (from, to, data) => {
    const key = `${from.id}>${to}`;
    const n = sent.get(key) ?? 0;
    sent.set(key, n + 1);
    from.emit(MESSAGE, { source: from.id, target: to, data: { ...data, n } });
  };
  const candidates = (from, to) => {
    for (let i = 0; i < CANDIDATES; i++) send(from, to, { candidate: { candidate: `c ${i}` } });
  };
  let calls = 0;
  const done = new Promise((resolve) => {
    for (const socket of peers) {
      socket.on("#rtcio:init-offer", ({ source }) => {
        send(socket, source, { description: { type: "offer", sdp: "o".repeat(4600) } });
        candidates(socket, source);
      });
      socket.on(MESSAGE, ({ source, data }) => {
        if (data.description?.type === "offer") {
          send(socket, source, { mid: "stream" });
          send(socket, source, { description: { type: "answer", sdp: "a".repeat(3200) } });
          candidates(socket, source);
          send(socket, source, { done: true });
        }
        if (data.done && ++calls === (N * (N - 1)) / 2) resolve();
      });
    }
  });
  for (const [i, socket] of peers.entries()) socket.emit("join-room", { roomId, name: `p${i}` });
  await done;
  const seen = await seenBy(...peers);
  const got = new Map();
  for (const [i, events] of seen.entries()) {
    for (const [event, { source, data }] of events) {
      if (event !== MESSAGE) continue;
      const key = `${source}>${peers[i].id}`;
      assert.equal(data.n, got.get(key) ?? 0, "in order, none lost, none twice");
      got.set(key, data.n + 1);
    }
  }
  assert.deepEqual(got, new Map([...sent].filter(([, n]) => n > 0)));
  assert.equal(got.size, N * (N - 1));
}

describe("eight peers at once", () => {
  const server = useRtcio();
  for (const transports of [["websocket"], ["polling"], ["polling", "websocket"]]) {
    test(`${transports.join(", then ")}: nothing dropped or reordered`, () =>
      burst(server, transports));
  }
});

describe("odd types in every field of every event", () => {
  const server = useRtcio(["--log", "json"]);

  test("harm nobody", async () => {
    const [ann, bob] = await roomOf(server, 2, "healthy");
    const attacker = await peer(server);
    const odd = [null, true, 0, -1e308, "", "healthy", ann.id, "\u0000", "x".repeat(3000), [], [[]]];
    odd.push({}, { length: 3 }, { toString: 1 }, { _placeholder: true, num: 0 }, [ann.id], ["a", 1]);
    const fields = ["roomId", "name", "password", "id", "mic", "cam", "text", "from", "at"];
    fields.push("source", "target", "data", "__proto__", "constructor", "toString");
    const events = ["join-room", "check-room", "leave-room", "media-state", "stopScreenShare"];
    events.push("chat-message", MESSAGE, "#rtcio:init-offer", "#rtcio:peer-left", "user-connected");
    events.push("join-ok", "", "message", "error");
    for (const event of events) {
      for (const value of odd) {
        attacker.emit(event, value);
        attacker.emit(event, value, value);
        for (const field of fields) {
          const payload = Object.fromEntries([["roomId", "elsewhere"], [field, value]]);
          attacker.emit(event, payload, () => {});
        }
      }
    }
    await seenBy(attacker);
    const heard = (await seenBy(ann, bob)).flat().filter(([event]) => {
      /* Joining "healthy" with an odd name is allowed. */
      return !["user-connected", "#rtcio:init-offer", "user-disconnected"].includes(event);
    });
    assert.deepEqual(
      heard.filter(([event]) => event !== "#rtcio:peer-left"),
      [],
    );
    const good = { source: ann.id, target: bob.id, data: { mid: "m" } };
    const got = once(bob, MESSAGE);
    ann.emit(MESSAGE, good);
    assert.deepEqual(await got, [good]);
  });

  test("are told of in the log, a few and then counted", () => {
    closeAll();
    const lines = server.stderr
      .split("\n")
      .filter(Boolean)
      .map((line) => JSON.parse(line));
    const drops = lines.filter(({ event }) => event === "message.drop");
    assert.ok(drops.length > 0 && drops.length < 60, `${drops.length} lines`);
    assert.ok(drops.every(({ id, message, reason }) => id && message && reason));
  });
});
