/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */
#ifndef RTCIO_CLUSTER_H
#define RTCIO_CLUSTER_H

/**
 * @file
 * Several servers as one (Socket.IO spec 7.2, 7.3 and 7.5): sockets of every node as snapshots, and
 * events between the programs of the nodes. Servers are joined by workers.h; one alone is a cluster
 * of one node.
 *
 * Operators reach all nodes by themselves: emits, rtcio_sockets_join(), rtcio_sockets_leave(),
 * rtcio_disconnect_sockets(). rtcio_local() keeps one to its own node.
 */

#include <rtcio/operator.h>
#include <rtcio/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * A socket of some node as it was when it was asked for: socket.io's RemoteSocket. What can be done
 * to a socket is done to this one through the room of its id: rtcio_emit(rtcio_to(nsp, id), …),
 * rtcio_sockets_join(rtcio_in(nsp, id), room), rtcio_disconnect_sockets(rtcio_in(nsp, id), true).
 */
typedef struct rtcio_remote_socket rtcio_remote_socket;
/** Those that were found. Valid in the callback. */
typedef struct rtcio_remote_sockets rtcio_remote_sockets;

/**
 * Completion of rtcio_fetch_sockets(); called exactly once, never from inside the call.
 * @param status  0: all nodes have answered. ::RTCIO_E_TIMEOUT: not all within 5 s; `sockets` has
 *                those of the others. ::RTCIO_E_CLOSED: the server is going.
 */
typedef void (*rtcio_fetch_fn)(int status, const rtcio_remote_sockets *sockets, void *user);

RTCIO_API size_t rtcio_remote_sockets_count(const rtcio_remote_sockets *sockets);
/** Number `index`, NULL when out of range. */
RTCIO_API const rtcio_remote_socket *rtcio_remote_sockets_at(const rtcio_remote_sockets *sockets,
                                                             size_t index);
RTCIO_API const char *rtcio_remote_socket_id(const rtcio_remote_socket *socket);
/**
 * The handshake as JSON text: an object with `headers`, `time`, `address`, `xdomain`, `secure`,
 * `issued` (Unix time in ms), `url`, `query`, `auth` (spec 7.6). With retain_handshake off,
 * `headers` `query` and `auth` are empty objects and `url` is "".
 */
RTCIO_API const char *rtcio_remote_socket_handshake(const rtcio_remote_socket *socket);
/** What rtcio_socket_set_json() attached, as JSON text; "{}" without. */
RTCIO_API const char *rtcio_remote_socket_json(const rtcio_remote_socket *socket);
/** Number of its rooms, the room of its own id included. */
RTCIO_API size_t rtcio_remote_socket_room_count(const rtcio_remote_socket *socket);
/** Room `index` in the order joined, NULL when out of range. */
RTCIO_API const char *rtcio_remote_socket_room(const rtcio_remote_socket *socket, size_t index);

/** What the macro below calls. */
RTCIO_API int rtcio_operator_fetch(rtcio_operator op, rtcio_fetch_fn fn, void *user);
/**
 * Asks all nodes for the sockets that an operator stands for: rtcio_fetch_sockets(x, fn, user).
 * Volatile and timeout have no meaning here.
 * @return 0, ::RTCIO_E_INVALID, ::RTCIO_E_UNSUPPORTED (a parent namespace), ::RTCIO_E_CLOSED,
 *         ::RTCIO_E_NO_MEMORY
 */
#define rtcio_fetch_sockets(x, fn, user) rtcio_operator_fetch(rtcio_op(x), fn, user)

/**
 * Attaches a JSON object to a socket, in the place of the one before: the part of socket.io's
 * `socket.data` that other nodes see.
 * @param json  text of one JSON object, copied; {NULL, 0} takes it away
 * @return 0, ::RTCIO_E_FORMAT (no JSON object, or deeper than 64), ::RTCIO_E_NO_MEMORY
 */
RTCIO_API int rtcio_socket_set_json(rtcio_socket *socket, rtcio_slice json);
/** It again, "{}" without. */
RTCIO_API rtcio_slice rtcio_socket_json(const rtcio_socket *socket);
/** Told that the JSON of a socket was set or taken away; rtcio_socket_json() has what is there now.
 *  It may set it itself, and is called again for that. */
typedef void (*rtcio_socket_json_fn)(rtcio_socket *socket, void *user);
/**
 * Calls `fn` from inside every rtcio_socket_set_json() that succeeds on a connected socket of the
 * namespace, of this node. What is set in middlewares, or behind the disconnect, is not told.
 * Without any such handler setting costs nothing more.
 * @return 0, ::RTCIO_E_INVALID, ::RTCIO_E_NO_MEMORY
 */
RTCIO_API int rtcio_on_socket_json(rtcio_namespace *nsp, rtcio_socket_json_fn fn, void *user);

/** An event from the program of another node. `ev` has no socket; rtcio_reply(),
 *  rtcio_reply_json() and rtcio_event_take_ack() answer it, if it wants an answer, with no
 *  attachments. */
typedef void (*rtcio_server_event_fn)(rtcio_namespace *nsp, const rtcio_event *ev, void *user);

/** Calls `fn` for each such event of this name. @return 0, ::RTCIO_E_INVALID, ::RTCIO_E_RESERVED
 *  (`connect`, `connection`, `new_namespace`), ::RTCIO_E_NO_MEMORY */
RTCIO_API int rtcio_on_server_event(rtcio_namespace *nsp, const char *event,
                                    rtcio_server_event_fn fn, void *user);

/**
 * Emits an event to the program on every other node: socket.io's serverSideEmit(). `format` is
 * jansson's pack format for the list of arguments (NULL: none).
 * @return 0, also when there is no other node; ::RTCIO_E_RESERVED, ::RTCIO_E_FORMAT,
 *         ::RTCIO_E_NO_MEMORY
 */
RTCIO_API int rtcio_server_side_emit(rtcio_namespace *nsp, const char *event, const char *format,
                                     ...);
/** The same, and asks every other node for an answer, for 5 s at most. Completes as
 *  rtcio_emit_with_ack() does. Further error: ::RTCIO_E_CLOSED. */
RTCIO_API int rtcio_server_side_emit_with_ack(rtcio_namespace *nsp, const char *event,
                                              rtcio_response_fn fn, void *user, const char *format,
                                              ...);

#ifdef __cplusplus
}
#endif

#endif
