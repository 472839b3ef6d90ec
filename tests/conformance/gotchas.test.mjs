// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the rtcio authors

// What surprises in socket.io (Socket.IO spec 11.4): the items that no interop test proves already.
// README.md lists all of them.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { ask, client, connect, connected } from "../interop/lib/client.mjs";
import { useServer } from "../interop/lib/fixture.mjs";
import { assertClosed, disconnected, send } from "../interop/lib/packets.mjs";
import { oursOnly, serverUnderTest } from "../interop/lib/server.mjs";
import { once } from "../interop/lib/time.mjs";
import { CLOSE, RawWebSocket } from "../interop/lib/ws.mjs";

describe("11.4 Gotchas", () => {
  const server = useServer();

  test("11.4 Gotcha 17: the server's end sends a Close and no DISCONNECT", async () => {
    const ending = await serverUnderTest().start();
    const ws = await RawWebSocket.join(ending.port);
    const stopped = ending.stop();
    const { opcode, payload } = await ws.frame();
    assert.deepEqual([opcode, payload.length], [CLOSE, 0]);
    ws.sendFrame({ opcode: CLOSE });
    ws.wire.end();
    await stopped;
  });

  test("11.4 Gotcha 18: the room of the own id is a room that can be left", async () => {
    const [a, b] = [await connect(server), await connect(server)];
    const heard = [];
    for (const event of ["before", "left", "joined"]) b.on(event, () => heard.push(event));
    await ask(a, "say", { to: [b.id], event: "before", args: [] });
    await ask(b, "leave", b.id);
    assert.deepEqual(await ask(b, "rooms"), []);
    await ask(a, "say", { to: [b.id], event: "left", args: [] });
    await ask(a, "join", b.id);
    const other = once(a, "joined");
    await ask(b, "say", { from: "nsp", to: [b.id], event: "joined", args: [] });
    await other;
    await ask(b, "whoami");
    assert.deepEqual(heard, ["before"]);
  });

  test("11.4 Gotcha 19: to no rooms is to everybody", async () => {
    const [a, b] = [await connect(server), await connect(server)];
    await ask(a, "join", "a");
    const both = [once(a, "listed"), once(b, "listed")];
    await ask(a, "say-list", []);
    await Promise.all(both);
    b.on("listed", () => assert.fail("not in the room"));
    const one = once(a, "listed");
    await ask(a, "say-list", ["a", "nobody"]);
    await one;
    await ask(b, "whoami");
  });

  test("11.4 Gotcha 29: what cannot be read is an error, what is out of turn is not", async () => {
    const unreadable = await RawWebSocket.join(server.port);
    unreadable.send("4x");
    await server.note({ note: "error", id: unreadable.id });
    await disconnected(server, unreadable, "forced close");
    const [fine] = [await RawWebSocket.join(server.port)];
    send(fine, '42/chat,["message"]');
    await assertClosed(fine);
    await disconnected(server, fine, "forced close");
    await assert.rejects(server.note({ note: "error", id: fine.id }, 1), /not within/);
  });

  test("11.4 Gotcha 30: what is emitted after a disconnect is heard by nobody", async () => {
    const socket = client(server, "/lab", { auth: { when: "event", close: false } });
    const peer = await connect(server, "/lab");
    const saw = [];
    socket.on("saw", (where) => saw.push(where));
    await connected(socket);
    const seen = once(peer, "peer-saw");
    const gone = once(socket, "disconnect");
    socket.emit("event");
    await Promise.all([gone, seen]);
    await ask(peer, "whoami");
    assert.ok(saw.includes("event") && !saw.includes("afterlife"), saw.join(", "));
  });

  const late = "it writes them, to a client that has no listeners any more";
  test("11.4 Gotcha 30: nor is it written", { skip: oursOnly(late) }, async () => {
    const ws = await RawWebSocket.join(server.port);
    ws.send('40/lab,{"when":"event","close":false}');
    while (!(await ws.message()).startsWith('42/lab,["saw","connection"]'));
    ws.send('42/lab,["event"]');
    while ((await ws.message()) !== "41/lab,");
    ws.send('42["message",1]');
    for (let text = ""; text !== '42["message-back",1]'; ) {
      text = await ws.message();
      assert.ok(!text.includes("afterlife"), text);
    }
  });
});
