// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the rtcio authors

// Dynamic namespaces and the events of rooms (Socket.IO spec 7.1, 7.2, 7.7, 11.2).

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { ask, client, connect, connected } from "./lib/client.mjs";
import { useServer } from "./lib/fixture.mjs";
import { alone, oursOnly } from "./lib/server.mjs";
import { once, waitFor } from "./lib/time.mjs";

const refusal = async (server, nsp, options) => {
  const socket = client(server, nsp, options);
  const [error] = await once(socket, "connect_error");
  return error;
};

const names = async (main) => (await ask(main, "tool:namespaces")).filter((name) => /-/.test(name));

describe("dynamic namespaces", () => {
  const server = useServer();

  test("by a pattern: created once, with the parent's middlewares and handlers", { skip: alone("when a namespace is created") }, async () => {
    const [a, b] = await Promise.all([connect(server, "/dynamic-1"), connect(server, "/dynamic-1")]);
    await server.note({ note: "namespace", name: "/dynamic-1" });
    assert.equal(await ask(a, "message-with-ack", 1), 1);
    const heard = once(b, "hello");
    await ask(a, "say", { broadcast: true, event: "hello", args: ["from a"] });
    assert.deepEqual(await heard, ["from a"]);
    assert.equal((await refusal(server, "/dynamic-1", { auth: { refuse: true } })).message, "not here");
    const main = await connect(server);
    assert.deepEqual((await names(main)).filter((name) => name === "/dynamic-1"), ["/dynamic-1"]);
  });

  test("the parent is told of a child's JSON that is set", { skip: oursOnly("`data` has no events") }, async () => {
    const [a, b] = await Promise.all([connect(server, "/dynamic-1"), connect(server, "/dynamic-1")]);
    b.on("json-is", () => assert.fail("another's"));
    for (const json of [{ color: "red" }, {}, { color: "blue", deep: [{ a: 1 }] }]) {
      const told = once(a, "json-is");
      assert.notEqual(await ask(a, "tool:set-json", "no object"), 0);
      assert.equal(await ask(a, "tool:set-json", json), 0);
      assert.deepEqual(await told, [json]);
    }
    await ask(b, "whoami");
  });

  test("children are apart", async () => {
    const a = await connect(server, "/dynamic-1");
    const b = await connect(server, "/dynamic-2");
    b.on("hello", () => assert.fail("from another child"));
    await ask(a, "say", { from: "nsp", event: "hello", args: [] });
    await ask(b, "whoami");
  });

  test("by a function: at once, later, and never", { skip: alone("when a function is asked") }, async () => {
    const modes = (mode) => ({ auth: { mode } });
    await connect(server, "/match-a", modes("allow"));
    await connect(server, "/match-b", modes("later"));
    assert.equal((await refusal(server, "/match-c", modes("no"))).message, "Invalid namespace");
    assert.equal((await refusal(server, "/match-d", modes("refuse-later"))).message, "Invalid namespace");
    // What is there already is not asked about.
    await connect(server, "/match-a", modes("no"));
    const main = await connect(server);
    assert.deepEqual(
      (await names(main)).filter((name) => name.startsWith("/match")).sort(),
      ["/match-a", "/match-b"],
    );
  });

  test("the client goes while the function decides", async () => {
    const socket = client(server, "/match-gone", { auth: { mode: "later" } });
    await once(socket.io, "open");
    const main = socket.io.socket("/");
    await connected(main);
    const { n_sessions: before } = await server.stats();
    socket.io.engine.close();
    await waitFor(async () => (await server.stats()).n_sessions < before, "the session's end");
    await connect(server, "/match-later", { auth: { mode: "later" } });
  });

  test("nobody takes the name", async () => {
    for (const name of ["/dynamic-", "/dynamic-1a", "/other", `/dynamic-${"1".repeat(4000)}a`]) {
      assert.equal((await refusal(server, name)).message, "Invalid namespace");
    }
  });

  test("an emit to the parent reaches all children, or a room of theirs", async () => {
    const [a, b] = [await connect(server, "/dynamic-3"), await connect(server, "/dynamic-4")];
    const main = await connect(server);
    const all = [once(a, "to children"), once(b, "to children")];
    await ask(main, "tool:emit-to-children", null);
    await Promise.all(all);
    await ask(b, "join", "room");
    a.on("to children", () => assert.fail("not in the room"));
    const got = once(b, "to children");
    await ask(main, "tool:emit-to-children", "room");
    assert.deepEqual(await got, ["room"]);
    await ask(a, "whoami");
  });

  test("created by name, it is the pattern's child", async () => {
    const main = await connect(server);
    await ask(main, "tool:of", "/dynamic-77");
    await server.note({ note: "namespace", name: "/dynamic-77" });
    assert.equal((await refusal(server, "/dynamic-77", { auth: { refuse: true } })).message, "not here");
    await connect(server, "/dynamic-77");
  });

  test("stay when they are empty", { skip: alone("which namespaces are there") }, async () => {
    const main = await connect(server);
    (await connect(server, "/dynamic-5")).disconnect();
    await server.note({ note: "disconnect", nsp: "/dynamic-5" });
    assert.ok((await names(main)).includes("/dynamic-5"));
  });
});

describe("dynamic namespaces that are cleaned up", () => {
  const server = useServer({ cleanup_empty_child_namespaces: "true" });

  test("go with their last client, and come back", { skip: alone("which namespaces are there") }, async () => {
    const main = await connect(server);
    for (let round = 0; round < 3; round++) {
      const [a, b] = await Promise.all([connect(server, "/dynamic-1"), connect(server, "/dynamic-1")]);
      await server.note({ note: "namespace", name: "/dynamic-1" });
      a.disconnect();
      await server.note({ note: "disconnect", nsp: "/dynamic-1" });
      assert.deepEqual(await names(main), ["/dynamic-1"]);
      b.disconnect();
      await waitFor(async () => (await names(main)).length === 0, "the namespace to go");
    }
    assert.ok((await ask(main, "tool:namespaces")).includes("/chat"), "never a static one");
  });

  test("go when their only client is refused", async () => {
    const main = await connect(server);
    await refusal(server, "/dynamic-2", { auth: { refuse: true } });
    await waitFor(async () => (await names(main)).length === 0, "the namespace to go");
  });

  test("stay while an acknowledgement is awaited there", { skip: oursOnly("it forgets it") }, async () => {
    const main = await connect(server);
    const socket = await connect(server, "/dynamic-3");
    socket.emit("ask-all", { from: "nsp", event: "question", args: [], timeout: 300 });
    socket.on("question", () => socket.disconnect());
    await server.note({ note: "answered", status: "timeout" });
    await waitFor(async () => (await names(main)).length === 0, "the namespace to go");
  });
});

describe("a session", () => {
  const server = useServer({ max_namespaces: 3 });

  test("joins so many namespaces and no more", { skip: oursOnly("it has no limit") }, async () => {
    const main = await connect(server);
    for (const name of ["/dynamic-1", "/dynamic-2"]) await connected(main.io.socket(name));
    const third = main.io.socket("/dynamic-3");
    const [error] = await once(third, "connect_error");
    assert.equal(error.message, "too many namespaces");
    assert.equal(await ask(main, "message-with-ack", 1), 1);
  });
});

describe("rooms", () => {
  const server = useServer();

  test("sockets of rooms can be visited, each once; the server tells its options", { skip: alone("who is visited") }, async () => {
    const [a, b] = [await connect(server, "/dynamic-2"), await connect(server, "/dynamic-2")];
    await connect(server, "/dynamic-2");
    for (const room of ["x", "y"]) await ask(a, "join", room);
    await ask(b, "join", "y");
    const [ids, path] = await new Promise((resolve) => {
      a.emit("tool:visit", "x", "y", (...args) => resolve(args));
    });
    assert.deepEqual(ids.sort(), [a.id, b.id].sort());
    assert.equal(path, "/socket.io");
  });

  test("tell when they are created, joined, left, deleted, in this order", { skip: alone("events of rooms") }, async () => {
    const main = await connect(server);
    await connect(server, "/dynamic-1"); // the reference listens from now on
    await ask(main, "tool:rooms");
    const socket = await connect(server, "/dynamic-1");
    const { id } = socket;
    await ask(socket, "join", "x");
    await ask(socket, "join", "x");
    await ask(socket, "join", "y");
    await ask(socket, "leave", "x");
    await ask(socket, "leave", "x");
    await ask(socket, "join", "z");
    assert.deepEqual((await ask(socket, "tool:all-rooms")).sort(), ["y", "z"]);
    socket.disconnect();
    await server.note({ note: "disconnect", nsp: "/dynamic-1" });
    assert.deepEqual(await ask(main, "tool:rooms"), [
      ["create-room", id],
      ["join-room", id, id],
      ["create-room", "x"],
      ["join-room", "x", id],
      ["create-room", "y"],
      ["join-room", "y", id],
      ["leave-room", "x", id],
      ["delete-room", "x"],
      ["create-room", "z"],
      ["join-room", "z", id],
      ["leave-room", id, id],
      ["delete-room", id],
      ["leave-room", "y", id],
      ["delete-room", "y"],
      ["leave-room", "z", id],
      ["delete-room", "z"],
    ]);
  });
});
