// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the rtcio authors

// The control API on rooms and sockets, with stock clients on all workers.

import assert from "node:assert/strict";
import { afterEach, describe, test } from "node:test";
import { closeAll } from "./lib/client.mjs";
import { useControlled } from "./lib/control.mjs";
import { join, peer, seenBy } from "./lib/rtcio.mjs";
import { once, waitFor } from "./lib/time.mjs";

const error = ({ status, json }) => [status, json.error.code];

describe("rooms and sockets", () => {
  const server = useControlled(["--workers", "3"]);
  afterEach(async () => {
    closeAll();
    const gone = async () => (await server.call("GET", "/v1/info")).json.sockets === 0;
    await waitFor(gone, "everybody gone");
  });

  /** Clients in a room: enough of them to be on several workers. */
  async function members(room, n) {
    const peers = [];
    for (let i = 0; i < n; i++) {
      peers.push(await peer(server));
      await join(peers[i], room);
    }
    await seenBy(...peers);
    return peers;
  }

  test("rooms are listed over all workers, page by page", async () => {
    await members("b", 4);
    await members("a", 2);
    await members("c/ü %", 1);
    const all = await server.call("GET", "/v1/rooms");
    assert.equal(all.status, 200);
    assert.deepEqual(all.json, {
      rooms: [
        { room: "a", members: 2 },
        { room: "b", members: 4 },
        { room: "c/ü %", members: 1 },
      ],
    });
    const names = [];
    let after = "";
    for (let i = 0; i < 3; i++) {
      const page = await server.call("GET", `/v1/rooms?limit=1&after=${encodeURIComponent(after)}`);
      assert.equal(page.json.rooms.length, 1);
      names.push(page.json.rooms[0].room);
      assert.equal(page.json.next, i < 2 ? names[i] : undefined);
      after = names[i];
    }
    assert.deepEqual(names, ["a", "b", "c/ü %"]);
    const busiest = await server.call("GET", "/v1/rooms?sort=members&limit=2");
    assert.deepEqual(busiest.json.rooms, all.json.rooms.slice(0, 2).reverse());
    for (const query of ["limit=0", "limit=1001", "limit=x", "limit=", "sort=size", "sort=members&after=a"]) {
      assert.deepEqual(error(await server.call("GET", `/v1/rooms?${query}`)), [400, "bad_parameter"], query);
    }
  });

  test("one room, one socket", async () => {
    const peers = await members("c/ü %", 5);
    const ids = peers.map(({ id }) => id).sort();
    const name = encodeURIComponent("c/ü %");
    const room = await server.call("GET", `/v1/rooms/${name}`);
    assert.deepEqual([room.json.room, room.json.members], ["c/ü %", 5]);
    assert.deepEqual(room.json.sockets.map(({ id }) => id), ids);
    const page = await server.call("GET", `/v1/rooms/${name}?limit=2&after=${ids[1]}`);
    assert.deepEqual(page.json.sockets.map(({ id }) => id), ids.slice(2, 4));
    assert.deepEqual([page.json.members, page.json.next], [5, ids[3]]);
    assert.deepEqual(error(await server.call("GET", "/v1/rooms/nobody")), [404, "no_such_room"]);
    // A socket's id is no room of its own.
    assert.deepEqual(error(await server.call("GET", `/v1/rooms/${ids[0]}`)), [404, "no_such_room"]);

    const { status, json } = await server.call("GET", `/v1/sockets/${ids[0]}`);
    assert.equal(status, 200);
    assert.ok(Math.abs(json.connected_ms - Date.now()) < 60000);
    delete json.connected_ms;
    const known = { address: "127.0.0.1", transport: "websocket", secure: false, user: null };
    assert.deepEqual(json, { id: ids[0], ...known, rooms: ["c/ü %"] });
    assert.deepEqual(error(await server.call("GET", "/v1/sockets/nobody")), [404, "no_such_socket"]);
  });

  test("sockets are listed over all workers, page by page", async () => {
    const peers = [];
    for (let i = 0; i < 6; i++) peers.push(await peer(server));
    const ids = peers.map(({ id }) => id).sort();
    const all = await server.call("GET", "/v1/sockets");
    assert.deepEqual(all.json.sockets.map(({ id }) => id), ids);
    assert.deepEqual([all.json.n, all.json.next], [6, undefined]);
    const pages = [];
    let after = "";
    do {
      const { json } = await server.call("GET", `/v1/sockets?limit=4&after=${after}`);
      pages.push(json.sockets.map(({ id }) => id));
      after = json.next;
    } while (after !== undefined);
    assert.deepEqual(pages, [ids.slice(0, 4), ids.slice(4)]);
  });

  test("emits reach a socket, a room, everybody, and nobody else", async () => {
    const [a, b, c] = await members("red", 3);
    const [d] = await members("blue", 1);
    await seenBy(a, b, c, d);
    const body = { event: "note", args: [{ text: "ü\n" }, 2, null] };
    const emit = (path, what = body) => server.call("POST", path, { body: what });
    const told = ["note", ...body.args];
    assert.deepEqual((await emit("/v1/rooms/red/emit")).json, { receivers: 3 });
    assert.deepEqual(await seenBy(a, b, c, d), [[told], [told], [told], []]);
    assert.deepEqual((await emit(`/v1/sockets/${b.id}/emit`)).json, { receivers: 1 });
    assert.deepEqual(await seenBy(a, b, c, d), [[], [told], [], []]);
    assert.deepEqual((await emit("/v1/emit", { event: "bare" })).json, { receivers: 4 });
    assert.deepEqual(await seenBy(a, b, c, d), [[["bare"]], [["bare"]], [["bare"]], [["bare"]]]);
    // Whoever takes somebody's id for a room's name hears nothing of what is meant for the socket.
    await join(d, a.id);
    await seenBy(a, d);
    await emit(`/v1/sockets/${a.id}/emit`);
    assert.deepEqual(await seenBy(a, d), [[told], []]);
    assert.deepEqual(error(await emit("/v1/rooms/nobody/emit")), [404, "no_such_room"]);
    assert.deepEqual(error(await emit("/v1/sockets/nobody/emit")), [404, "no_such_socket"]);
    const bad = [
      [{ event: "disconnect" }, "reserved_event"],
      [{ event: "" }, "bad_body"],
      [{ event: 1 }, "bad_body"],
      [{ event: "x", args: {} }, "bad_body"],
      [{ event: "a\0b" }, "bad_json"],
      [{ event: "x", arguments: [] }, "unknown_member"],
      [{}, "bad_body"],
    ];
    for (const [what, code] of bad) assert.deepEqual(error(await emit("/v1/emit", what)), [400, code]);
    assert.deepEqual(error(await server.call("POST", "/v1/emit")), [400, "bad_body"]);
    assert.deepEqual(await seenBy(a, b), [[], []]);
  });

  test("a kick is a leave for the others, and told to who was kicked", async () => {
    const [a, b, c] = await members("red", 3);
    const [elsewhere] = await members("blue", 1);
    await seenBy(a, b, c, elsewhere);
    const path = `/v1/rooms/red/sockets/${b.id}`;
    const kicked = await server.call("DELETE", `${path}?reason=${encodeURIComponent("no \"shouting\"")}`);
    assert.deepEqual([kicked.status, kicked.json], [200, { removed: 1 }]);
    const left = [
      ["user-disconnected", { id: b.id }],
      ["#rtcio:peer-left", { id: b.id }],
    ];
    const removed = ["room-removed", { roomId: "red", reason: 'no "shouting"' }];
    assert.deepEqual(await seenBy(a, b, c, elsewhere), [left, [removed], left, []]);
    assert.equal((await server.call("GET", "/v1/rooms/red")).json.members, 2);
    assert.deepEqual(error(await server.call("DELETE", path)), [404, "not_a_member"]);
    b.emit("chat-message", { roomId: "red", text: "still here?" });
    assert.deepEqual(await seenBy(b, a), [[], []]);
    await join(b, "red"); // it may come back, like anybody
    assert.equal((await server.call("GET", "/v1/rooms/red")).json.members, 3);
  });

  test("a room is closed for all of its members", async () => {
    const peers = await members("red", 5);
    const [other] = await members("blue", 1);
    await seenBy(...peers, other);
    // What no client could read is told to whoever sent it, and does nothing.
    assert.deepEqual(error(await server.call("DELETE", "/v1/rooms/red?reason=%ff")), [400, "bad_parameter"]);
    assert.deepEqual((await server.call("DELETE", "/v1/rooms/red?reason=night")).json, { removed: 5 });
    for (const seen of await seenBy(...peers)) {
      const mine = seen.filter(([event]) => event === "room-removed");
      assert.deepEqual(mine, [["room-removed", { roomId: "red", reason: "night" }]]);
    }
    assert.deepEqual(await seenBy(other), [[]]);
    assert.deepEqual((await server.call("GET", "/v1/rooms")).json.rooms, [{ room: "blue", members: 1 }]);
    assert.deepEqual(error(await server.call("DELETE", "/v1/rooms/red")), [404, "no_such_room"]);
  });

  test("a socket is disconnected, and does not come back by itself", async () => {
    const [a, b] = await members("red", 2);
    await seenBy(a, b);
    const gone = once(b, "disconnect");
    const answer = await server.call("DELETE", `/v1/sockets/${b.id}`);
    assert.deepEqual(answer.json, { disconnected: 1 });
    assert.equal((await gone)[0], "io server disconnect");
    assert.deepEqual((await seenBy(a))[0].map(([event]) => event), ["user-disconnected", "#rtcio:peer-left"]);
    assert.equal((await server.call("GET", "/v1/sockets")).json.n, 1);
    assert.match(server.stderr, /control\.call method=DELETE path=\/v1\/sockets\/\S+ address=127\.0\.0\.1/);
  });
});
