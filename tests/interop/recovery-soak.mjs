// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the rtcio authors

// Recovery under fire: stock clients lose their transports at random while numbered events flow to
// all, to rooms and to single clients; each must get each event of its own exactly once and in
// order, and the server must not grow.
//
//     node recovery-soak.mjs [--seconds 60] [--clients 200] [--workers 4]

import { readFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import { client, closeAll, connected, connect } from "./lib/client.mjs";
import { serverUnderTest } from "./lib/server.mjs";
import { sleep, waitFor } from "./lib/time.mjs";

const ROOMS = 10;
const OPTIONS = {
  recovery_max_ms: 60000,
  recovery_max_packets: 4000,
  recovery_without_offset: "true",
};

const TRANSPORTS = [["polling"], ["websocket"], ["polling", "websocket"], ["websocket"]];
const SENDERS = 8; // with several workers, most of them are at some other one

/** The client gives its transport up and tells nobody: to the server it is alive. */
const abandon = ({ engine }) => engine.transport.onClose();

/* In an upgrade, close() waits for its end, and what a stock client reads in the same turn is kept
 * as if it came before CONNECT: it does not count for the offset, so comes again, and is heard
 * twice. No server can know. */
const close = ({ engine }) =>
  engine.upgrading || engine.writeBuffer.length > 0 ? abandon({ engine }) : engine.close();

/** Ways to lose a transport. */
const cuts = [close, (io) => io.engine.transport.ws?._socket?.destroy() ?? close(io), abandon];

class Witness {
  constructor(server, number) {
    this.next = new Map(); // stream -> the number that must come next
    this.faults = [];
    this.recovered = 0;
    this.fresh = 0;
    this.socket = client(server, "/", {
      reconnection: true,
      reconnectionDelay: 20,
      reconnectionDelayMax: 300,
      transports: TRANSPORTS[number % TRANSPORTS.length],
    });
    this.socket.on("n", (stream, n) => this.take(stream, n));
    this.socket.on("connect", () => (this.socket.recovered ? this.recovered++ : this.fresh++));
  }

  take(stream, n) {
    const expected = this.next.get(stream) ?? 0;
    if (n !== expected) this.faults.push(`${stream}: ${n} instead of ${expected}`);
    this.next.set(stream, n + 1);
  }

  cut() {
    if (this.socket.connected) cuts[Math.floor(Math.random() * cuts.length)](this.socket.io);
  }
}

async function residentBytes(server) {
  const [, pages] = (await readFile(`/proc/${server.child.pid}/statm`, "utf8")).split(" ");
  return Number(pages) * 4096;
}

/** The streams and how far each has come. */
class Flow {
  constructor(senders, ids) {
    this.streams = [{ name: "all", to: [] }];
    for (let i = 0; i < ROOMS; i++) this.streams.push({ name: `room ${i}`, to: [`room ${i}`] });
    for (const id of ids) this.streams.push({ name: id, to: [id] });
    for (const [i, stream] of this.streams.entries()) {
      stream.n = 0;
      stream.sender = senders[i % senders.length];
    }
  }

  send(stream) {
    const spec = { from: "nsp", to: stream.to, event: "n", args: [stream.name, stream.n++] };
    stream.sender.emit("say", spec);
  }

  tick(turn) {
    if (turn % 5 === 0) this.send(this.streams[0]);
    this.send(this.streams[1 + (turn % ROOMS)]);
    for (let i = 0; i < 2; i++) {
      const singles = this.streams.length - 1 - ROOMS;
      this.send(this.streams[1 + ROOMS + Math.floor(Math.random() * singles)]);
    }
  }
}

/** Runs the soak and returns what there is to judge. */
export async function soak({ seconds = 10, clients = 200, workers = 1 } = {}) {
  const server = await serverUnderTest({ ...OPTIONS, workers }).start();
  try {
    const senders = await Promise.all(Array.from({ length: SENDERS }, () => connect(server)));
    const witnesses = [];
    // A few at a time: all at once may take a busy machine longer than a client waits.
    while (witnesses.length < clients) {
      const few = Array.from({ length: 20 }, (_, i) => new Witness(server, witnesses.length + i));
      await Promise.all(few.map(({ socket }) => connected(socket)));
      witnesses.push(...few);
    }
    const ids = witnesses.map(({ socket }) => socket.id);
    await Promise.all(witnesses.map(({ socket }, i) => socket.emitWithAck("join", `room ${i % ROOMS}`)));

    const flow = new Flow(senders, ids);
    const end = Date.now() + seconds * 1000;
    let turn = 0;
    let early;
    while (Date.now() < end) {
      flow.tick(turn++);
      if (turn % 2 === 0) witnesses[Math.floor(Math.random() * clients)].cut();
      if (!early && Date.now() > end - seconds * 500) early = await residentBytes(server);
      await sleep(10);
    }

    // Everybody comes back and hears the end of each stream.
    for (const stream of flow.streams) flow.send(stream);
    const complete = ({ socket, next }, i) =>
      [flow.streams[0], flow.streams[1 + (i % ROOMS)], flow.streams[1 + ROOMS + i]].every(
        ({ name, n }) => next.get(name) === n,
      ) && socket.connected;
    const missing = () => witnesses.filter((witness, i) => !complete(witness, i)).length;
    await waitFor(() => missing() === 0, () => `${missing()} clients lack events`, 15000).catch(
      (error) => witnesses[0].faults.push(error.message),
    );
    const late = await residentBytes(server);
    const stats = await server.stats();
    return {
      events: flow.streams.reduce((sum, { n }) => sum + n, 0),
      recovered: witnesses.reduce((sum, witness) => sum + witness.recovered, 0),
      fresh: witnesses.reduce((sum, witness) => sum + witness.fresh, 0) - clients,
      faults: witnesses.flatMap(({ faults }) => faults),
      ids: witnesses.filter(({ socket }, i) => socket.id !== ids[i]).length,
      growth: late - early,
      stats,
    };
  } finally {
    closeAll();
    await server.stop();
  }
}

if (process.argv[1] === new URL(import.meta.url).pathname) {
  const { values } = parseArgs({
    options: Object.fromEntries(
      ["seconds", "clients", "workers"].map((name) => [name, { type: "string" }]),
    ),
  });
  const numbers = Object.entries(values).map(([key, value]) => [key, Number(value)]);
  const { stats, faults, ...result } = await soak(Object.fromEntries(numbers));
  console.log({ ...result, faults: faults.length, first: faults.slice(0, 5), stats });
  process.exitCode = faults.length > 0 || result.ids > 0 ? 1 : 0;
}
