// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the rtcio authors

import { Manager as BaseManager } from "socket.io-client";
import { Socket, type SocketOptions } from "./socket.js";

// socket.io-client keeps its sockets by namespace; that they are there is how it knows when the
// connection may end, and that another socket needs another connection.
interface Internals {
  nsps: Record<string, Socket>;
  _autoConnect: boolean;
}

/** A connection to a server, shared by the sockets of its namespaces. */
export class Manager extends BaseManager {
  /** The socket of a namespace; made once. */
  override socket(nsp: string, options?: Partial<SocketOptions>): Socket {
    const { nsps, _autoConnect } = this as unknown as Internals;
    let socket = nsps[nsp];
    if (!socket) {
      socket = new Socket(this, nsp, options);
      nsps[nsp] = socket;
    } else if (_autoConnect && !socket.active) {
      socket.connect();
    }
    return socket;
  }

  /** @internal Whether it has a socket of this namespace. */
  _has(nsp: string): boolean {
    return nsp in (this as unknown as Internals).nsps;
  }
}
