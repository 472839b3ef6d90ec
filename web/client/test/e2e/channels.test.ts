// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the rtcio authors

// Data channels: to all, to one; files; names that collide.

import assert from "node:assert/strict";
import { test } from "node:test";
import { Lab, type Member } from "./lab.js";

const lab = new Lab();

async function two(client: "rtcio-client" | "original" = "rtcio-client"): Promise<[Member, Member]> {
  const ada = await lab.join("Ada");
  const bob = await lab.join("Bob", { client });
  await Promise.all([ada.peers(1), bob.peers(1)]);
  return [ada, bob];
}

test("conformance 6: a channel made twice delivers a message once", async () => {
  const [ada, bob] = await two();
  await Promise.all([ada, bob].map((member) => member.do((lab) => {
    lab.chat = lab.socket.createChannel("chat");
    if (lab.socket.createChannel("chat") !== lab.chat) throw new Error("another object");
    lab.chat.on("msg", (text: string) => lab.note("msg", [text]));
    lab.chat.on("open", () => lab.note("open", []));
  })));
  await ada.saw("open");
  await bob.saw("open");
  await ada.do((lab) => lab.chat.emit("msg", "once"));
  await ada.do((lab) => lab.chat.emit("msg", "last"));
  const seen = await bob.saw("msg", 2);
  assert.deepEqual(seen.map(({ args }) => args[0]), ["once", "last"]);
});

test("conformance 9: what is sent before a channel is open arrives, and drain fires", async () => {
  const [ada, bob] = await two();
  const prepare = (lab: any, id: string): Promise<void> => {
    lab.file = lab.socket.peer(id).createChannel("file");
    lab.file.on("data", (data: unknown) => lab.note("data", [data]));
    return new Promise((resolve) => {
      if (lab.file.send("early")) throw new Error("sent before it was open");
      lab.file.once("drain", resolve);
    });
  };
  await Promise.all([ada.do(prepare, await bob.id), bob.do(prepare, await ada.id)]);
});

test("conformance 8: a file of 64 MB with a high watermark of 64 MiB and odd chunks is identical", async (t) => {
  const [ada, bob] = await two();
  const open = (lab: any, id: string): void => {
    lab.file = lab.socket.peer(id).createChannel("file", { highWatermark: 64 * 1024 * 1024 });
    lab.file.on("open", () => lab.note("open", []));
    lab.nBytes = 0;
    lab.hash = 0x811c9dc5;
    lab.file.on("data", (data: ArrayBuffer) => {
      // The position is part of the pattern, so that a loss, a swap and a repetition are seen.
      const words = new Uint8Array(data);
      for (let i = 0; i < words.length; i++) {
        if (words[i] !== ((lab.nBytes + i) * 31 + ((lab.nBytes + i) >>> 13)) % 251) lab.wrong ??= lab.nBytes + i;
      }
      lab.nBytes += words.length;
    });
  };
  await Promise.all([ada.do(open, await bob.id), bob.do(open, await ada.id)]);
  await Promise.all([ada.saw("open"), bob.saw("open")]);
  const size = 64_000_000;
  const started = performance.now();
  await ada.do(async ({ file }, total) => {
    const chunk = 65_529;
    for (let at = 0; at < total; at += chunk) {
      const bytes = new Uint8Array(Math.min(chunk, total - at));
      for (let i = 0; i < bytes.length; i++) bytes[i] = ((at + i) * 31 + ((at + i) >>> 13)) % 251;
      if (!file.send(bytes.buffer)) await new Promise((resolve) => file.once("drain", resolve));
    }
  }, size);
  await bob.until((lab, total) => lab.nBytes >= total, "the whole file", size, 60_000);
  const seconds = (performance.now() - started) / 1000;
  t.diagnostic(`64 MB in ${seconds.toFixed(1)} s: ${(64 / seconds).toFixed(1)} MB/s`);
  assert.deepEqual(await bob.do((lab) => [lab.nBytes, lab.wrong ?? null]), [size, null]);
});

test("channels with an original: events, bytes, and those who join later", async () => {
  const bob = await lab.join("Bob", {
    client: "original",
    first: (lab) => {
      lab.chat = lab.socket.createChannel("chat");
      lab.record("channel:chat:msg", "channel:chat:data");
    },
  });
  const ada = await lab.join("Ada", {
    first: (lab) => {
      lab.chat = lab.socket.createChannel("chat");
      for (const event of ["open", "msg", "data"]) lab.chat.on(event, (...args: any[]) => lab.note(event, args));
    },
  });
  await ada.saw("open");
  await ada.do((lab) => {
    lab.chat.emit("msg", "hi", 1);
    lab.chat.send(new Uint8Array(5).buffer);
  });
  assert.deepEqual((await bob.saw("channel:chat:msg"))[0]!.args, ["hi", 1]);
  assert.deepEqual((await bob.saw("channel:chat:data"))[0]!.args, [{ bytes: 5 }]);
  await bob.do((lab) => lab.chat.emit("msg", "ho"));
  await bob.do((lab) => lab.chat.send("text"));
  assert.deepEqual((await ada.saw("msg"))[0]!.args, ["ho"]);
  assert.deepEqual((await ada.saw("data"))[0]!.args, ["text"]);
});

test("names with the same id are refused at once, before anybody is there and after", async () => {
  const ada = await lab.join("Ada");
  const alone = await ada.do(({ socket }) => {
    socket.createChannel("msg");
    try {
      socket.createChannel("timer");
    } catch (error) {
      return (error as Error).message;
    }
    return undefined;
  });
  assert.match(alone!, /'timer' hash-collides with existing channel 'msg' \(both names hash to SCTP id 294\)/);
  const bob = await lab.join("Bob");
  await ada.peers(1);
  const message = await ada.do(({ socket }, id) => {
    try {
      socket.peer(id).createChannel("timer");
    } catch (error) {
      return (error as Error).message;
    }
    return undefined;
  }, await bob.id);
  assert.match(message!, /on peer \S{20} \(both/);
});

test("options that do not go together are refused, and leave nothing behind", async () => {
  const ada = await lab.member("Ada");
  const [message, works] = await ada.do(({ socket }) => {
    let message = "";
    try {
      socket.createChannel("x", { maxRetransmits: 1, maxPacketLifeTime: 1 });
    } catch (error) {
      message = String(error);
    }
    return [message, !socket.createChannel("x", { ordered: false, maxRetransmits: 0 }).closed] as const;
  });
  assert.match(message, /^TypeError: .*maxRetransmits or maxPacketLifeTime/);
  assert.equal(works, true);
});

test("a closed channel can be made again, by both sides, and works", async () => {
  const [ada, bob] = await two();
  const open = (lab: any): void => {
    lab.chat = lab.socket.createChannel("chat");
    for (const event of ["open", "close", "msg", "peer-left"]) lab.chat.on(event, (...args: any[]) => lab.note("chat:" + event, args));
  };
  await ada.do(open);
  await bob.do(open);
  await ada.saw("chat:open");
  await bob.saw("chat:open");
  await ada.do(({ chat }) => chat.close());
  await bob.saw("chat:close");
  assert.equal((await bob.seen("chat:peer-left")).length, 1);
  await bob.do(({ chat }) => chat.close());
  await Promise.all([ada.do(open), bob.do(open)]);
  await Promise.all([ada.saw("chat:open", 2), bob.saw("chat:open", 2)]);
  await ada.do(({ chat }) => chat.emit("msg", "again"));
  assert.equal((await bob.saw("chat:msg")).length, 1);
});

test("a channel to one peer loses nothing that the peer sends before it is made here", async () => {
  const ada = await lab.join("Ada");
  const first = await lab.join("First");
  await ada.peers(1);
  // The name has been used once; from now on every peer's is ready.
  await ada.do(({ socket }, id) => void socket.peer(id).createChannel("file"), await first.id);
  const bob = await lab.join("Bob");
  await Promise.all([ada.peers(2), bob.peers(2)]);
  const adaId = await ada.id;
  await bob.do(({ socket }, id) => void socket.peer(id).createChannel("file").emit("hello", "early"), adaId);
  await bob.until(({ socket }, id) => socket.peer(id).createChannel("file").readyState === "open", "open", adaId);
  await bob.page.waitForTimeout(300);
  await ada.do((lab, id) => lab.socket.peer(id).createChannel("file").on("hello", (text: string) => lab.note("hello", [text])), await bob.id);
  assert.deepEqual((await ada.saw("hello"))[0]!.args, ["early"]);
});
