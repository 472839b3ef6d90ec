// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the rtcio authors

// The public names, and io().

import type { ManagerOptions as BaseManagerOptions } from "socket.io-client";
import { Manager } from "./manager.js";
import { Socket, type SocketOptions } from "./socket.js";
import { parseUrl } from "./url.js";

export { protocol } from "socket.io-client";
export { AckError } from "./acks.js";
export { RTCIOBroadcastChannel } from "./broadcast.js";
export { RTCIOChannel, type ChannelOptions } from "./channel.js";
export type { WatchdogOptions } from "./departure.js";
export type { VideoEncodingConfig } from "./encoding.js";
export { RtcioEvents } from "./events.js";
export type { Emitter, Listener } from "./listeners.js";
export type { PeerHandle } from "./peer-handle.js";
export type { PeerRecord } from "./peer-record.js";
export type { ServerHandle } from "./server-handle.js";
export type { SocketOptions, TrackEvent } from "./socket.js";
export type { IceCandidateStats, RTCSample, StatsByType } from "./stats.js";
export { RTCIOStream, type CodecPreferenceCallback, type RTCIOStreamOptions } from "./stream.js";

/** Options of the connection to the server: those of socket.io-client. */
export type ManagerOptions = BaseManagerOptions;

const managers = new Map<string, Manager>();

/**
 * Makes a socket for the server that the page came from.
 *
 * @param options - see {@link SocketOptions}; all of socket.io-client's are there too
 */
function lookup(options?: Partial<ManagerOptions & SocketOptions>): Socket;
/**
 * Makes a socket for a server, and connects it. Sockets of one server share a connection, one for
 * each namespace; another socket of the same namespace has a connection of its own.
 *
 * @param url - of the server; its path is the namespace. Without one: where the page came from.
 * @throws TypeError if the URL is none
 */
function lookup(url?: string, options?: Partial<ManagerOptions & SocketOptions>): Socket;
function lookup(
  first?: string | Partial<ManagerOptions & SocketOptions>,
  second?: Partial<ManagerOptions & SocketOptions>,
): Socket {
  const url = typeof first === "string" ? first : undefined;
  const options = { ...(typeof first === "object" ? first : second) };
  const { source, id, namespace, query } = parseUrl(url, options.path || "/socket.io");
  if (query && !options.query) options.query = query;

  const shared = managers.get(id);
  if (options.forceNew || options.multiplex === false || shared?._has(namespace)) {
    return new Manager(source, options).socket(namespace, options);
  }
  const manager = shared ?? new Manager(source, options);
  managers.set(id, manager);
  return manager.socket(namespace, options);
}

Object.assign(lookup, { Manager, Socket, io: lookup, connect: lookup });

/** {@link lookup} as a function, and as the object that holds the names. */
const io = lookup as typeof lookup & {
  Manager: typeof Manager;
  Socket: typeof Socket;
  io: typeof lookup;
  connect: typeof lookup;
};

export { Manager, Socket, io, io as connect, io as default };
