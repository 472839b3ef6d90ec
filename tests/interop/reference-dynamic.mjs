// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the rtcio authors

// Namespaces of the reference server that come and go: /dynamic-N by a pattern, /match-… by a
// function that looks at auth.mode.

export function dynamic(io, { life, note }) {
  let rooms = [];
  const byPattern = io.of(/^\/dynamic-[0-9]+$/);
  const byFunction = io.of((name, auth, next) => {
    if (!name.startsWith("/match-")) return next(null, false);
    if (auth.mode?.endsWith("later")) {
      setTimeout(() => next(null, auth.mode === "later"), 10);
    } else {
      next(null, auth.mode === "allow");
    }
  });
  for (const parent of [byPattern, byFunction]) {
    parent.use((socket, next) => next(socket.handshake.auth.refuse ? new Error("not here") : undefined));
    life(parent);
    parent.on("connection", (socket) => {
      socket.on("tool:all-rooms", (ack) => {
        const { rooms: all, sids } = socket.nsp.adapter;
        ack([...all.keys()].filter((room) => !sids.has(room)));
      });
      socket.on("tool:visit", async (a, b, ack) => {
        const found = await socket.nsp.local.in(a).in(b).fetchSockets();
        ack(found.map(({ id }) => id), io.path());
      });
    });
  }
  const main = { "tool:rooms": (ack) => (ack(rooms), (rooms = [])) };
  main["tool:namespaces"] = (ack) => ack([...io._nsps.keys()]);
  main["tool:emit-to-children"] = (room, ack) => {
    (room ? byPattern.to(room) : byPattern).emit("to children", ...(room ? [room] : []));
    ack();
  };
  main["tool:of"] = (name, ack) => (io.of(name), ack());
  io.on("connection", (socket) => {
    for (const [event, listener] of Object.entries(main)) socket.on(event, listener);
  });
  io.on("new_namespace", (nsp) => {
    note({ note: "namespace", name: nsp.name });
    for (const event of ["create-room", "join-room", "leave-room", "delete-room"]) {
      nsp.adapter.on(event, (...args) => rooms.push([event, ...args]));
    }
  });
}
