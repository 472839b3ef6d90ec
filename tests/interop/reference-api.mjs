// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the rtcio authors

// The namespace /api of the reference server: Node's tools around events, logged for each socket.
// Node has them on the socket where ours are on the namespace.

const isTool = (event) => event.startsWith("tool:");

export function api(nsp) {
  let once = true;
  let changing = ["first", "second"];
  nsp.on("connection", (socket) => {
    let log = [];
    const plain = (args) => args.filter((value) => typeof value !== "function");
    const watch = (what) => (event, ...args) => isTool(event) || log.push([what, event, ...plain(args)]);
    const hear = (what, event) => (...args) => {
      log.push([what, event, ...plain(args)]);
      if (typeof args.at(-1) === "function") args.at(-1)(what);
    };
    const middleware = (what) => (packet, next) => {
      const [event] = packet;
      if (isTool(event)) return next();
      log.push([what, ...plain(packet)]);
      const decide = () => {
        if (event.startsWith("refuse")) return next(new Error("not this one"));
        if (event.startsWith("rewrite")) {
          const ack = packet.at(-1);
          packet.splice(0, packet.length, "rewritten", "new", 2);
          if (typeof ack === "function") packet.push(ack);
        }
        next();
      };
      if (what === "second") next();
      else if (event.endsWith("-later")) setTimeout(decide, 10);
      else decide();
    };
    socket.use(middleware("first"));
    socket.use(middleware("second"));
    socket.on("error", (error) => log.push(["error", error.message]));
    socket.on("tool:log", (ack) => (ack(log), (log = [])));
    const listeners = new Map();
    socket.on("tool:listen", (how, event, ack) => {
      if (!listeners.has(event)) listeners.set(event, hear("listener", event));
      socket[how](event, listeners.get(event));
      ack();
    });
    const any = [watch("any"), watch("any before"), watch("outgoing"), watch("outgoing before")];
    socket.on("tool:any", (how, ack) => {
      if (how === "add") {
        socket.onAny(any[0]).prependAny(any[1]);
        socket.onAnyOutgoing(any[2]).prependAnyOutgoing(any[3]);
      } else {
        socket.offAny(any[0]).offAny(any[1]);
        socket.offAnyOutgoing(any[2]).offAnyOutgoing(any[3]);
      }
      ack();
    });
    socket.on("tool:send", (ack) => {
      socket.send("sent");
      socket.write("written");
      nsp.send("to all");
      ack();
    });
    socket.on("tool:binary", (ack) => (nsp.emit("bin", Buffer.from([1, 2])), ack()));
    for (const event of ["pass", "refuse", "refuse-later", "rewrite", "pass-later", "rewritten"]) {
      socket.on(event, hear("handler", event));
    }
    socket.on("once", (...args) => once && ((once = false), hear("handler", "once")(...args)));
    socket.on("changing", (...args) => {
      for (const what of changing) hear(what, "changing")(...args);
      changing = ["third"];
    });
  });
}
