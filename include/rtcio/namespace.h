/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */
#ifndef RTCIO_NAMESPACE_H
#define RTCIO_NAMESPACE_H

/**
 * @file
 * Namespaces: who may enter (middleware), who is told (handlers), who is there
 * (Socket.IO spec 7.2).
 *
 * Handlers are set once per namespace, so that a million sockets share one table; those of
 * one socket are in socket.h. They run in the order they were added. One that is added or
 * removed while an event is being handled takes part, or no longer does, from the next event on.
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

/**
 * A parent of namespaces that come into being when a client asks for them: all names that the
 * pattern matches and that no namespace has (Socket.IO spec 7.1). Parents are asked in the order of
 * their registration.
 *
 * Handlers, middlewares and event middlewares of the parent are those of every child too, also when
 * they are added later; a child's own follow them. An emit to the parent goes to all its
 * children (with acknowledgement: ::RTCIO_E_UNSUPPORTED); joining, leaving and disconnecting do
 * nothing there. rtcio_of() with a name that the pattern matches makes a child as well.
 *
 * With cleanup_empty_child_namespaces a child goes when its last socket is gone and nothing is
 * awaited for it; its data are freed then. One that rtcio_of() was asked for stays.
 * @param pattern  POSIX extended regular expression, such as "^/room-[0-9]+$", for names of up to
 *                 1024 bytes
 * @return NULL when the pattern is not valid or memory is short
 */
RTCIO_API rtcio_namespace *rtcio_of_pattern(rtcio_server *server, const char *pattern);

/**
 * Decides on a name, at once or later, by calling rtcio_match_answer() exactly once, also if the
 * client is gone by then. A client that nobody decides on is refused after connect_timeout_ms.
 * @param name  NUL-terminated, with its leading "/"; valid until the answer
 * @param auth  what the client sent with CONNECT, a JSON object; valid until the answer
 */
typedef void (*rtcio_match_fn)(const char *name, rtcio_slice auth, rtcio_match *match, void *user);
/** As rtcio_of_pattern(), with a function that decides. @return NULL when memory is short */
RTCIO_API rtcio_namespace *rtcio_of_match(rtcio_server *server, rtcio_match_fn fn, void *user);
/** Takes the name, or leaves it to the next parent; nobody's name is refused as "Invalid
 * namespace". Frees `match`. */
RTCIO_API void rtcio_match_answer(rtcio_match *match, bool allow);
/** What the client sent with CONNECT, "{}" if nothing. */
RTCIO_API rtcio_slice rtcio_match_auth(const rtcio_match *match);

/** Calls `fn` for every namespace that is created from now on: socket.io's `new_namespace`.
 *  @return 0, ::RTCIO_E_INVALID, ::RTCIO_E_NO_MEMORY */
RTCIO_API int rtcio_on_namespace(rtcio_server *server, rtcio_namespace_fn fn, void *user);
/** Visits all namespaces, parents not included; `fn` may create some. */
RTCIO_API void rtcio_server_each_namespace(rtcio_server *server, rtcio_namespace_fn fn, void *user);

RTCIO_API const char *rtcio_namespace_name(const rtcio_namespace *nsp);
RTCIO_API rtcio_server *rtcio_namespace_server(const rtcio_namespace *nsp);
/** Number of the latest event that was kept for clients that come back; 0 without recovery. Each of
 *  several workers counts its own. */
RTCIO_API uint64_t rtcio_namespace_position(const rtcio_namespace *nsp);
/**
 * Exempts an event from recovery: it gets no offset and is not sent to clients that come back. For
 * events that mean something only now, and whose receivers take no further argument. Which of them
 * a client has missed, rtcio_socket_each_exempt() tells.
 * @return 0, also when recovery is off; ::RTCIO_E_INVALID, ::RTCIO_E_NO_MEMORY
 */
RTCIO_API int rtcio_recovery_exclude(rtcio_namespace *nsp, const char *event);
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
/** Visits the members of a room in the order they joined, not the socket whose own id its name is;
 *  rules as rtcio_namespace_each(). */
RTCIO_API void rtcio_room_each(rtcio_namespace *nsp, const char *room, rtcio_socket_fn fn,
                               void *user);
/** Number of members of a room; rooms named by a socket's own id are not counted. */
RTCIO_API size_t rtcio_room_size(const rtcio_namespace *nsp, const char *room);
/** Visits all rooms; rooms named by a socket's own id are not among them. `fn` may join and leave.
 */
RTCIO_API void rtcio_namespace_each_room(rtcio_namespace *nsp, rtcio_room_fn fn, void *user);

/** What happens to rooms: the events of socket.io's adapter (Socket.IO spec 7.7). */
typedef enum rtcio_room_change {
    RTCIO_ROOM_CREATED, /**< `create-room`: by its first member */
    RTCIO_ROOM_JOINED,  /**< `join-room` */
    RTCIO_ROOM_LEFT,    /**< `leave-room`; on a disconnect in the order joined */
    RTCIO_ROOM_DELETED, /**< `delete-room`: behind its last member */
} rtcio_room_change;

/** One such event; borrowed. */
typedef struct rtcio_room_event {
    rtcio_room_change change;
    rtcio_namespace *nsp;
    const char *room;     /**< may be a socket's own id */
    rtcio_socket *socket; /**< who joined or left; NULL when created or deleted */
} rtcio_room_event;

typedef void (*rtcio_room_event_fn)(const rtcio_room_event *event, void *user);
/** Calls `fn` for every change of a room of the namespace on this node.
 *  @return 0, ::RTCIO_E_INVALID, ::RTCIO_E_NO_MEMORY */
RTCIO_API int rtcio_on_room_event(rtcio_namespace *nsp, rtcio_room_event_fn fn, void *user);

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
/** Calls `fn` for the next event of this name only, whichever client it comes from. Errors as
 *  rtcio_on(). */
RTCIO_API int rtcio_once(rtcio_namespace *nsp, const char *event, rtcio_event_fn fn, void *user);
/** Removes the first handler of this event with this `fn` and this `user`.
 *  @return 0, ::RTCIO_E_NOT_FOUND, ::RTCIO_E_NO_MEMORY */
RTCIO_API int rtcio_off(rtcio_namespace *nsp, const char *event, rtcio_event_fn fn, void *user);

/** Calls `fn` for every incoming event, before event middlewares and the event's own handlers. */
RTCIO_API int rtcio_on_any(rtcio_namespace *nsp, rtcio_event_fn fn, void *user);
/** As rtcio_on_any(), before those that are there already. */
RTCIO_API int rtcio_prepend_any(rtcio_namespace *nsp, rtcio_event_fn fn, void *user);
/** Removes one. @return 0, ::RTCIO_E_NOT_FOUND, ::RTCIO_E_NO_MEMORY */
RTCIO_API int rtcio_off_any(rtcio_namespace *nsp, rtcio_event_fn fn, void *user);
/**
 * Calls `fn` for every event that is about to be sent to a client of the namespace: once for each
 * receiver of a broadcast, also when a volatile event is then dropped; not for
 * acknowledgements (Socket.IO spec 7.4). Each emit is encoded once more for it.
 */
RTCIO_API int rtcio_on_any_outgoing(rtcio_namespace *nsp, rtcio_event_fn fn, void *user);
/** As rtcio_on_any_outgoing(), before those that are there already. */
RTCIO_API int rtcio_prepend_any_outgoing(rtcio_namespace *nsp, rtcio_event_fn fn, void *user);
/** Removes one. @return 0, ::RTCIO_E_NOT_FOUND, ::RTCIO_E_NO_MEMORY */
RTCIO_API int rtcio_off_any_outgoing(rtcio_namespace *nsp, rtcio_event_fn fn, void *user);

/**
 * Event middleware, socket.io's `socket.use()`: decides on an incoming event, at once or later, by
 * calling exactly one of rtcio_event_next_accept() and rtcio_event_next_refuse() with its `next`,
 * also if the client is gone by then. Before that it may change the event with
 * rtcio_event_next_rewrite(). `ev` is valid until it decides or returns; who decides later reads
 * the event with rtcio_event_next_event(). Events that are decided on later do not hold up those
 * behind them.
 */
typedef void (*rtcio_event_middleware_fn)(rtcio_socket *socket, const rtcio_event *ev,
                                          rtcio_event_next *next, void *user);

/** Adds an event middleware; they run in the order added, between rtcio_on_any() and the event's
 *  handlers. @return 0, ::RTCIO_E_INVALID, ::RTCIO_E_NO_MEMORY */
RTCIO_API int rtcio_use_event(rtcio_namespace *nsp, rtcio_event_middleware_fn fn, void *user);
/** Lets the event pass to the next middleware, or to its handlers. Frees `next`. */
RTCIO_API void rtcio_event_next_accept(rtcio_event_next *next);
/** Drops the event: rtcio_on_error() handlers are told `message` as the reason, the client is not
 *  told and gets no acknowledgement. Frees `next`. */
RTCIO_API void rtcio_event_next_refuse(rtcio_event_next *next, const char *message);
/**
 * Replaces name and arguments of the event, for what comes behind this middleware; attachments and
 * the wish for an acknowledgement stay. The event of before is no longer valid.
 * @param format  jansson's pack format for the list of arguments, NULL for none
 * @return 0, ::RTCIO_E_RESERVED (name), ::RTCIO_E_FORMAT, ::RTCIO_E_NO_MEMORY
 */
RTCIO_API int rtcio_event_next_rewrite(rtcio_event_next *next, const char *event,
                                       const char *format, ...);
/** The socket that sent the event, NULL once the client is gone. */
RTCIO_API rtcio_socket *rtcio_event_next_socket(const rtcio_event_next *next);
/** The event as it is now, valid until the next call with this `next` or until the current callback
 *  returns. NULL when memory was short: then it will be dropped. */
RTCIO_API const rtcio_event *rtcio_event_next_event(rtcio_event_next *next);

/** Calls `fn` for each client that has connected: its CONNECT reply is written. */
RTCIO_API int rtcio_on_connection(rtcio_namespace *nsp, rtcio_event_fn fn, void *user);
/** Calls `fn` for each client about to go, still connected and in its rooms. */
RTCIO_API int rtcio_on_disconnecting(rtcio_namespace *nsp, rtcio_event_fn fn, void *user);
/** Calls `fn` for each client that has gone, out of its rooms. See rtcio_event_reason(). */
RTCIO_API int rtcio_on_disconnect(rtcio_namespace *nsp, rtcio_event_fn fn, void *user);
/** Calls `fn` when a client sent a packet that cannot be decoded (the session is closed
 * afterwards), and when an event middleware refused an event; the reason is the error's text. */
RTCIO_API int rtcio_on_error(rtcio_namespace *nsp, rtcio_event_fn fn, void *user);

#ifdef __cplusplus
}
#endif

#endif
