// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the rtcio authors
//
// How the Node peer relays: properly, or with one fault that the generator must detect. Each
// faulty relay does its wrong once in a hundred messages.

function send(socket, payload) {
  socket.to(payload.target).emit("#rtcio:message", payload);
}

const EVERY = 100;

function sometimes(wrong) {
  let n = 0;
  return (socket, payload) => (++n % EVERY === 0 ? wrong(socket, payload) : send(socket, payload));
}

// The JSON text of a payload with one letter of its data changed.
function changed(payload) {
  const text = JSON.stringify(payload.data);
  return { ...payload, data: JSON.parse(text.replace("IN IP4 127", "IN IP4 128").replace(" udp ", " tcp ")) };
}

const faults = {
  "": send,
  drop: sometimes(() => {}),
  duplicate: sometimes((socket, payload) => {
    send(socket, payload);
    send(socket, payload);
  }),
  corrupt: sometimes((socket, payload) => send(socket, changed(payload))),
  // Waits a moment, in which the sender's next messages overtake it.
  reorder: sometimes((socket, payload) => setTimeout(send, 20, socket, payload)),
  // To the sender instead of the target.
  misroute: sometimes((socket, payload) => socket.emit("#rtcio:message", payload)),
  // In somebody else's name.
  forge: sometimes((socket, payload) => send(socket, { ...payload, source: payload.target })),
};

export function relayFor(fault) {
  if (!(fault in faults)) throw new Error(`unknown fault ${fault}: one of ${Object.keys(faults).join(" ")}`);
  return faults[fault];
}
