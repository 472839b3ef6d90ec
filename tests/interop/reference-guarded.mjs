// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the rtcio authors

// The namespace /guarded of the reference server: middlewares that let in, refuse, and take their
// time. auth.mode says which.

const refusal = (message, data) => Object.assign(new Error(message), data && { data });

/** Returns the function that decides on everybody who waits. */
export function guard(nsp) {
  const waiting = [];

  nsp.use((socket, next) => {
    socket.data.passed = true;
    next();
  });

  nsp.use((socket, next) => {
    const refuse = (message, data) => next(refusal(message, data));
    switch (socket.handshake.auth.mode) {
      case "refuse":
        return refuse("no entry", { code: 401, list: [1, 2] });
      case "plain":
        return refuse("no data");
      case "empty":
        return refuse("");
      case "state":
        return refuse(socket.connected ? "connected" : "not yet");
      case "timer":
        return setTimeout(next, 30);
      case "timer-refuse":
        return setTimeout(refuse, 30, "too late");
      case "wait":
        return waiting.push(next);
      case "room":
        socket.join("hall");
        return next();
      case "room-refuse":
        socket.join("hall");
        return refuse("not this room");
      case "early":
        socket.emit("early", 1);
        return next();
      default:
        return next();
    }
  });

  nsp.use((socket, next) => next(socket.data.passed ? undefined : refusal("out of order")));

  return (accept) => {
    for (const next of waiting.splice(0)) next(accept ? undefined : refusal("decided against"));
  };
}
