// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the rtcio authors

// Events between peers: who hears them, what a peer cannot fake, and answers.

import assert from "node:assert/strict";
import { test } from "node:test";
import { Lab, type Member } from "./lab.js";

const lab = new Lab();

async function two(prepare?: (lab: any) => unknown): Promise<[Member, Member]> {
  const ada = await lab.join("Ada", { first: prepare });
  const bob = await lab.join("Bob", { first: prepare });
  await Promise.all([ada.peers(1), bob.peers(1)]);
  return [ada, bob];
}

test("conformance 7: once() for peer-connect, peer-disconnect and a peer's event fires once", async () => {
  const [ada, bob] = await two((lab) => {
    for (const event of ["peer-connect", "peer-disconnect", "hi"]) {
      lab.socket.once(event, (...args: any[]) => lab.note("once:" + event, args));
    }
  });
  await bob.do(({ socket }) => {
    socket.emit("hi", 1);
    socket.emit("hi", 2);
    socket.emit("end");
  });
  await ada.do((lab) => lab.record("end"));
  await bob.do(({ socket }) => socket.emit("end"));
  await ada.saw("end");
  const cleo = await lab.join("Cleo");
  await ada.peers(2);
  await cleo.do(({ socket }) => socket.leave());
  await bob.do(({ socket }) => socket.leave());
  await ada.saw("peer-disconnect", 2);
  for (const event of ["peer-connect", "peer-disconnect", "hi"]) {
    assert.equal((await ada.seen("once:" + event)).length, 1, event);
  }
});

test("conformance 15: what only the library may say is ignored from peers", async () => {
  const [ada, bob] = await two((lab) => lab.record("connect_error", "fine", "server-only", "own"));
  const adaId = await ada.id;
  await bob.do((lab) => {
    lab.stream = new lab.library.RTCIOStream(lab.media());
    lab.socket.emit("own", lab.stream);
  });
  await ada.saw("own");
  const before = (await ada.seen()).length;
  await ada.do((lab) => {
    lab.stream = new lab.library.RTCIOStream("mine", lab.media());
    lab.socket.emit("share", { stream: lab.stream });
    lab.socket.server.on("server-only", () => lab.note("from the server", []));
    lab.chat = lab.socket.createChannel("chat");
    for (const event of ["close", "error"]) lab.chat.on(event, (...args: any[]) => lab.note("chat:" + event, args));
  });
  await bob.do((lab, [id, msid]) => {
    const { ctrlDc } = lab.socket.getPeer(id);
    for (const e of ["connect", "disconnect", "connect_error", "peer-connect", "track-added", "newListener", "#rtcio:peer-left", "#rtcio:message"]) {
      ctrlDc.send(JSON.stringify({ e, d: [{ id }] }));
    }
    ctrlDc.send("null");
    ctrlDc.send("{");
    ctrlDc.send(new Uint8Array(3));
    ctrlDc.send(JSON.stringify({ e: "server-only", d: [] }));
    const chat = lab.socket.createChannel("chat");
    chat.emit("close");
    chat.emit("error", "fake");
    for (const mid of [msid, lab.stream.mediaStream.id]) {
      lab.socket.emit("#rtcio:message", {
        source: lab.socket.id, target: id,
        data: { mid, events: { "peer-connect": [{ id: "fake" }], connect: [], "#rtcio:peer-left": [{ id }], fine: ["[RTCIOStream] renamed"] } },
      });
    }
  }, [adaId, await ada.do((lab) => lab.stream.mediaStream.id)] as const);
  await ada.saw("fine");
  const news = (await ada.seen()).slice(before).map(({ event }) => event);
  assert.deepEqual(news.sort(), ["fine", "server-only"]);
  assert.deepEqual(await ada.do((lab) => [lab.stream.id, lab.stream.mediaStream.active]), ["mine", true]);
});

test("conformance 15: a peer's stream with the id of one of ours leaves ours alone", async () => {
  const [ada, bob] = await two((lab) => lab.record("share"));
  const msid = await ada.do((lab) => {
    lab.stream = new lab.library.RTCIOStream("mine", lab.media());
    lab.socket.emit("share", { stream: lab.stream });
    return lab.stream.mediaStream.id as string;
  });
  await bob.saw("share");
  await bob.do((lab, [id, clash]) => {
    const { connection } = lab.socket.getPeer(id);
    const wrong = lab.media("audio");
    const transceiver = connection.addTransceiver(wrong.getTracks()[0], { direction: "sendonly", streams: [wrong] });
    // What a page cannot name freely, a native program can: the id is put into the descriptions.
    const emit = lab.socket.io._packet.bind(lab.socket.io);
    lab.socket.io._packet = (packet: any) => {
      const description = packet.data?.[1]?.data?.description;
      if (description) description.sdp = description.sdp.split(wrong.id).join(clash);
      emit(packet);
    };
    return Boolean(transceiver);
  }, [await ada.id, msid] as const);
  await ada.until((lab, id) => lab.connectionTo(id).getReceivers().some(({ track }: any) => track.kind === "audio"), "the track", await bob.id);
  await ada.page.waitForTimeout(200);
  assert.deepEqual(await ada.do((lab) => lab.stream.mediaStream.getTracks().map(({ kind }: any) => kind)), ["video"]);
});

test("off() without arguments removes the application's listeners only", async () => {
  const ada = await lab.join("Ada");
  await ada.do((lab) => {
    const gone = (): void => lab.note("called after off()", []);
    for (const event of ["hello", "user-connected"]) {
      lab.socket.on(event, gone).on(event, gone);
      lab.socket.server.on(event, gone);
    }
    lab.socket.off("hello");
    if (lab.socket.hasListeners("hello")) throw new Error("off(event) leaves listeners");
    lab.socket.off();
    lab.record("peer-connect", "hello");
  });
  const bob = await lab.join("Bob");
  await ada.saw("peer-connect");
  await bob.peers(1);
  await bob.do(({ socket }) => socket.emit("hello"));
  await ada.saw("hello");
  assert.deepEqual((await ada.seen()).slice(-2).map(({ event }) => event), ["peer-connect", "hello"]);
  assert.equal((await ada.seen("called after off()")).length, 0);
});

test("emitWithAck() collects the peers' answers; one that leaves or is silent is an error", async () => {
  const [ada, bob] = await two((lab) => {
    lab.socket.on("sum", (a: number, b: number, answer: (n: number) => void) => answer(a + b));
    lab.socket.on("silent", () => {});
  });
  const cleo = await lab.join("Cleo", { first: (lab) => lab.socket.on("sum", (_a: number, _b: number, answer: (s: string) => void) => answer("no")) });
  await ada.peers(2);
  assert.deepEqual((await ada.do(({ socket }) => socket.emitWithAck("sum", 1, 2)) as unknown[]).sort(), [3, "no"]);
  const bobId = await bob.id;
  assert.equal(await ada.do(({ socket }, id) => socket.peer(id).emitWithAck("sum", 20, 3), bobId), 23);
  const ask = (lab: any, id: string): Promise<string> =>
    lab.socket.peer(id).timeout(300).emitWithAck("silent").then(() => "answered", (error: Error) => `${error.name}: ${error.message}`);
  assert.equal(await ada.do(ask, bobId), "AckError: operation has timed out");
  assert.equal(await ada.do(ask, "nobody"), "AckError: no such peer");
  const left = ada.do((lab, id) => lab.socket.peer(id).emitWithAck("silent").catch((error: Error) => error.message), await cleo.id);
  await cleo.do(({ socket }) => socket.leave());
  assert.equal(await left, "peer has been disconnected");
});

test("an original gives no answers, and that is said at once", async () => {
  const ada = await lab.join("Ada");
  const bob = await lab.join("Bob", { client: "original", first: (lab) => lab.record("x") });
  await Promise.all([ada.peers(1), bob.peers(1)]);
  const message = await ada.do(({ socket }, id) => socket.peer(id).emitWithAck("x").catch((error: Error) => error.message), await bob.id);
  assert.match(message as string, /knows no acknowledgements/);
  assert.equal((await bob.seen("x")).length, 0);
});

test("flags of an event to peers do not reach the next one to the server", async () => {
  const [ada, bob] = await two((lab) => lab.record("fast"));
  await ada.do(({ socket }) => {
    socket.volatile.timeout(1).emit("fast");
    if (Object.keys(socket.flags).length) throw new Error("flags are left");
  });
  await bob.saw("fast");
});

test("an event too large for the peer is dropped, and those after it are not", async () => {
  const [ada, bob] = await two((lab) => lab.record("after", "large"));
  await ada.do(({ socket }) => {
    socket.emit("large", "x".repeat(262_200));
    socket.emit("after");
  });
  await bob.saw("after");
  assert.equal((await bob.seen("large")).length, 0);
});

test("many events at once arrive all and in order", async () => {
  const [ada, bob] = await two((lab) => lab.socket.on("n", (n: number) => {
    if (n !== (lab.expected ??= 0)) lab.wrong ??= n;
    lab.expected = n + 1;
  }));
  await ada.do(({ socket }) => {
    const text = "x".repeat(4000);
    for (let n = 0; n < 2000; n++) socket.emit("n", n, text);
  });
  await bob.until((lab) => lab.expected === 2000, "all events");
  assert.equal(await bob.do((lab) => lab.wrong ?? null), null);
});
