// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the rtcio authors

// Hostile input where features beyond the plain protocol take some, through real sockets: secrets of
// recovery.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { ask, connect, connected } from "./lib/client.mjs";
import { useServer } from "./lib/fixture.mjs";
import { Garbage } from "./lib/garbage.mjs";
import { ONE_WORKER, oursOnly } from "./lib/server.mjs";
import { RawWebSocket, TEXT } from "./lib/ws.mjs";

describe("the secret of a client that may come back", () => {
  const server = useServer({ ...ONE_WORKER, recovery_max_ms: 60000 });

  /** A client that is gone and has missed one event; `auth` is what it would come back with. */
  async function gone() {
    const sender = await connect(server);
    const socket = await connect(server);
    const { id } = socket;
    await ask(socket, "whoami");
    socket.io.engine.close();
    await server.note({ note: "disconnect", id });
    await ask(sender, "say", { to: [id], event: "private", args: [`for ${id}`] });
    const auth = { pid: socket._pid, offset: socket._lastOffset };
    return { socket, id, auth };
  }

  /** Joins with that payload, as bytes; what comes up to the reply, and the reply's id. */
  async function attempt(payload, nsp = "") {
    const ws = await RawWebSocket.connect(server.port);
    ws.send(`40${nsp}${typeof payload === "string" ? payload : JSON.stringify(payload)}`);
    const before = [];
    for (;;) {
      const { text } = (await ws.frame()) ?? {};
      if (text?.startsWith(`40${nsp}{`)) {
        return { ws, before, id: JSON.parse(text.slice(2 + nsp.length)).sid };
      }
      if (text === undefined) return { ws, before };
      before.push(text);
    }
  }

  async function comesBack({ socket, id }) {
    const missed = [];
    socket.on("private", (what) => missed.push(what));
    socket.connect();
    await connected(socket);
    await ask(socket, "whoami");
    assert.deepEqual([socket.id, missed], [id, [`for ${id}`]]);
  }

  test("is not guessed from near by", async () => {
    const victim = await gone();
    const { pid, offset } = victim.auth;
    const wrong = [...pid].map((c, i) => pid.slice(0, i) + (c === "A" ? "B" : "A") + pid.slice(i + 1));
    wrong.push(pid.slice(1), pid.slice(0, -1), `${pid}A`, ` ${pid}`, `${pid}\0`, "", pid.toLowerCase());
    wrong.push(victim.id, "A".repeat(100000), "%s%n", "__proto__", "../../etc/passwd");
    for (const each of wrong.filter((text) => text !== pid)) {
      const { id, before, ws } = await attempt({ pid: each, offset });
      assert.notEqual(id, victim.id, each.slice(0, 40));
      assert.deepEqual(before, []);
      ws.destroy();
    }
    await comesBack(victim);
  });

  test("is that of one namespace", async () => {
    const victim = await gone();
    const { id, before } = await attempt(victim.auth, "/chat,");
    assert.notEqual(id, victim.id);
    assert.deepEqual(before, []);
    await comesBack(victim);
  });

  test("comes in every form that JSON has, or as none", async () => {
    const victim = await gone();
    const { pid, offset } = victim.auth;
    const forms = [
      `{"pid":"${pid}"}`,
      `{"offset":"${offset}"}`,
      `{"pid":null,"offset":"${offset}"}`,
      `{"pid":{"pid":"${pid}"},"offset":"${offset}"}`,
      `{"pid":"${pid}","offset":""}`,
      `{"pid":"${pid}","offset":"${"9".repeat(5000)}"}`,
      `{"pid":"${pid}","offset":"${offset}x"}`,
      `{"pid":"${pid}","offset":-1}`,
    ];
    for (const form of forms) {
      const { id, ws } = await attempt(form);
      assert.notEqual(id, victim.id, form.slice(0, 60));
      ws.destroy();
    }
    await comesBack(victim);
  });

  test("with spoiled offsets nobody gets more than was theirs", async (t) => {
    const garbage = new Garbage();
    t.diagnostic(`RTCIO_SEED=${garbage.seed}`);
    for (let i = 0; i < 40; i++) {
      const victim = await gone();
      const offset = garbage.spoil(victim.auth.offset).toString("latin1");
      const { before, ws } = await attempt({ ...victim.auth, offset });
      const theirs = ['42["auth",{},"', `42["private","for ${victim.id}","`];
      for (const text of before) assert.ok(theirs.some((own) => text.startsWith(own)), text);
      ws.destroy();
    }
  });

  const both = "both live with one id";
  test("used twice at the same time gives one socket", { skip: oursOnly(both) }, async () => {
    const victim = await gone();
    const twins = await Promise.all([1, 2, 3, 4].map(() => attempt(victim.auth)));
    assert.ok(twins.some(({ id }) => id === victim.id));
    const judge = await connect(server);
    await ask(judge, "say", { to: [victim.id], event: "hello", args: [] });
    let heard = 0;
    for (const { ws } of twins) {
      let next;
      do next = await ws.frame();
      while (next?.opcode === TEXT && !next.text.startsWith('42["hello"'));
      if (next?.opcode === TEXT) heard++;
    }
    assert.equal(heard, 1);
  });
});
