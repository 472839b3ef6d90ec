// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the rtcio authors

// Clients that behave, talking all the while others do not: they must notice nothing.

import { connect } from "./client.mjs";
import { waitFor } from "./time.mjs";

export class Healthy {
  #failure = null;
  #stopped = false;

  /** One client on each transport, asking the server something over and over. */
  static async start(server) {
    const healthy = new Healthy();
    healthy.clients = await Promise.all(
      [["polling"], ["websocket"]].map(async (transports) => {
        const socket = await connect(server, "/", { transports });
        return { socket, id: socket.id, trips: 0 };
      }),
    );
    for (const each of healthy.clients) healthy.#talk(each);
    return healthy;
  }

  async #talk(each) {
    const { socket } = each;
    socket.onAny((event) => {
      if (event !== "auth") this.#failure ??= new Error(`a healthy client got "${event}"`);
    });
    socket.on("disconnect", (reason) => {
      if (!this.#stopped) this.#failure ??= new Error(`a healthy client went: ${reason}`);
    });
    while (!this.#stopped && !this.#failure) {
      const sent = `${each.id} ${each.trips}`;
      try {
        const back = await socket.timeout(5000).emitWithAck("message-with-ack", sent);
        if (back !== sent) throw new Error(`sent ${sent}, got ${back}`);
        each.trips++;
      } catch (error) {
        if (!this.#stopped) this.#failure ??= error;
      }
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }

  /** Each of them makes another round trip; throws what went wrong since the start. */
  async check() {
    const wanted = this.clients.map(({ trips }) => trips + 2);
    const done = () => this.#failure || this.clients.every(({ trips }, i) => trips >= wanted[i]);
    await waitFor(done, "round trips of healthy clients");
    if (this.#failure) throw this.#failure;
  }

  stop() {
    this.#stopped = true;
    for (const { socket } of this.clients) socket.disconnect();
  }
}
