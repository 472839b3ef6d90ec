// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the rtcio authors

// A client whose packets are MessagePack (socket.io's `parser` option), on a server whose packets are
// text: it must be shown the door, and nobody else may notice.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import parser from "socket.io-msgpack-parser";
import { ask, client, connect } from "./lib/client.mjs";
import { useServer } from "./lib/fixture.mjs";
import { once } from "./lib/time.mjs";

describe("a client with socket.io-msgpack-parser", () => {
  const server = useServer();

  for (const transports of [["polling"], ["websocket"]]) {
    test(`is closed without having joined, over ${transports}`, async () => {
      const healthy = await connect(server);
      const socket = client(server, "/", { parser, transports });
      socket.on("connect", () => assert.fail("it has joined"));
      await once(socket.io, "open");
      const [reason] = await once(socket.io, "close");
      assert.equal(reason, "transport close");
      await server.settled({ n_sessions: 1, n_sockets: 1 });
      assert.equal(await ask(healthy, "message-with-ack", "alive"), "alive");
    });
  }
});
