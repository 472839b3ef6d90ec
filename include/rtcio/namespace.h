/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */
#ifndef RTCIO_NAMESPACE_H
#define RTCIO_NAMESPACE_H

/**
 * @file
 * Namespaces: who may enter (middleware), who is told (handlers), who is there
 * (Socket.IO spec 7.2).
 *
 * Handlers are set once per namespace, so that a million sockets share one table. They run
 * in the order they were added, and there is no way to take one back: a handler that has
 * served its time returns at once.
 */

#include <rtcio/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * The namespace `name`, created on first use. A leading "/" is added if missing; "" is "/".
 * @return NULL when memory is short or the name has a comma (it could not be addressed)
 */
RTCIO_API rtcio_namespace *rtcio_of(rtcio_server *server, const char *name);

RTCIO_API const char *rtcio_namespace_name(const rtcio_namespace *nsp);
RTCIO_API rtcio_server *rtcio_namespace_server(const rtcio_namespace *nsp);
/** Number of connected sockets. */
RTCIO_API size_t rtcio_namespace_size(const rtcio_namespace *nsp);
/**
 * Attaches the caller's data to the namespace, for several owners, as rtcio_socket_set_data()
 * does to a socket. What is still attached is freed by rtcio_server_destroy(), after the sockets
 * and their data.
 * @param key   any address of the caller's own, which names the slot
 * @param data  NULL empties the slot
 * @param free_fn  called with the data when it is replaced (by another pointer) or the
 *              namespace is freed; may be NULL
 * @return 0 or ::RTCIO_E_NO_MEMORY (free_fn was not called)
 */
RTCIO_API int rtcio_namespace_set_data(rtcio_namespace *nsp, const void *key, void *data,
                                       void (*free_fn)(void *data));
/** The data of slot `key`, NULL when empty. */
RTCIO_API void *rtcio_namespace_data(const rtcio_namespace *nsp, const void *key);
/** The connected socket with this id, or NULL. */
RTCIO_API rtcio_socket *rtcio_namespace_socket(const rtcio_namespace *nsp, const char *id);
/** As rtcio_namespace_socket() for an id that is not NUL-terminated. */
RTCIO_API rtcio_socket *rtcio_namespace_find(const rtcio_namespace *nsp, rtcio_slice id);
/** Visits all connected sockets; `fn` may connect, join, leave and disconnect whom it likes. */
RTCIO_API void rtcio_namespace_each(rtcio_namespace *nsp, rtcio_socket_fn fn, void *user);
/** Visits the members of a room in the order they joined; rules as rtcio_namespace_each(). */
RTCIO_API void rtcio_room_each(rtcio_namespace *nsp, const char *room, rtcio_socket_fn fn,
                               void *user);
/** Number of members of a room; rooms named by a socket's own id are not counted. */
RTCIO_API size_t rtcio_room_size(const rtcio_namespace *nsp, const char *room);

/**
 * Middleware: decides on a connection attempt, at once or later, by calling exactly one of
 * rtcio_next_accept() and rtcio_next_refuse() with its `next`, also if the client is gone by
 * then. Middlewares run in the order added; the first refusal ends the attempt. A client
 * that nobody decides on is closed after connect_timeout_ms; if it is in another namespace, only
 * the attempt is refused ("connect timeout").
 */
typedef void (*rtcio_middleware_fn)(rtcio_socket *socket, rtcio_next *next, void *user);

/** Adds a middleware. @return 0 or ::RTCIO_E_NO_MEMORY */
RTCIO_API int rtcio_use(rtcio_namespace *nsp, rtcio_middleware_fn fn, void *user);

/** Lets the client pass to the next middleware or in. Frees `next`. */
RTCIO_API void rtcio_next_accept(rtcio_next *next);

/**
 * Refuses the client: it gets `connect_error` with `message` and, unless `data_format` is
 * NULL, with `data` made from one value of jansson's pack format. Frees `next`.
 * @return 0, or ::RTCIO_E_FORMAT (refused without data)
 */
RTCIO_API int rtcio_next_refuse(rtcio_next *next, const char *message, const char *data_format,
                                ...);

/** The socket that waits, NULL once the client is gone. */
RTCIO_API rtcio_socket *rtcio_next_socket(const rtcio_next *next);

/**
 * Calls `fn` for each event of this name from any client of the namespace.
 * @return 0, ::RTCIO_E_RESERVED (`connect`, `connect_error`, `disconnect`, `disconnecting`,
 *         `newListener`, `removeListener`: no client can send them; the life of a socket is told by
 * the rtcio_on_*() below), ::RTCIO_E_NO_MEMORY
 */
RTCIO_API int rtcio_on(rtcio_namespace *nsp, const char *event, rtcio_event_fn fn, void *user);
/** Calls `fn` for every incoming event, before the event's own handlers. */
RTCIO_API int rtcio_on_any(rtcio_namespace *nsp, rtcio_event_fn fn, void *user);
/** Calls `fn` for each client that has connected: its CONNECT reply is written. */
RTCIO_API int rtcio_on_connection(rtcio_namespace *nsp, rtcio_event_fn fn, void *user);
/** Calls `fn` for each client about to go, still connected and in its rooms. */
RTCIO_API int rtcio_on_disconnecting(rtcio_namespace *nsp, rtcio_event_fn fn, void *user);
/** Calls `fn` for each client that has gone, out of its rooms. See rtcio_event_reason(). */
RTCIO_API int rtcio_on_disconnect(rtcio_namespace *nsp, rtcio_event_fn fn, void *user);
/** Calls `fn` when a client sent a packet that cannot be decoded; the reason is its text. The
 * session is closed afterwards. */
RTCIO_API int rtcio_on_error(rtcio_namespace *nsp, rtcio_event_fn fn, void *user);

#ifdef __cplusplus
}
#endif

#endif
