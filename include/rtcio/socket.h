/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */
#ifndef RTCIO_SOCKET_H
#define RTCIO_SOCKET_H

/**
 * @file
 * One client in one namespace: identity, rooms, data, handshake (Socket.IO spec 7.4, 7.6).
 *
 * To keep a socket beyond a callback, keep its id and look it up again with
 * rtcio_namespace_socket(): a pointer is valid until the turn after `disconnect` ends.
 */

#include <rtcio/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Longest socket id. */
#define RTCIO_MAX_SOCKET_ID_LEN 255
/** The socket's id, 20 characters of base64url, unique and unguessable; not the session id. Of
 *  clients of socket.io 1 and 2 (rtcio_server_options.allow_eio3), which make it themselves, it is
 *  the session id in "/", and the namespace's name, '#' and the session id elsewhere; at most
 *  ::RTCIO_MAX_SOCKET_ID_LEN characters that need no escape in JSON. */
RTCIO_API const char *rtcio_socket_id(const rtcio_socket *socket);
RTCIO_API rtcio_namespace *rtcio_socket_namespace(const rtcio_socket *socket);
RTCIO_API rtcio_server *rtcio_socket_server(const rtcio_socket *socket);
/** True between the CONNECT reply and the `disconnect` event. */
RTCIO_API bool rtcio_socket_connected(const rtcio_socket *socket);
/** Bytes of what rtcio_socket_client_id() writes. */
#define RTCIO_CLIENT_ID_SIZE 17
/** Writes a name of the client's session: the same for all its sockets, another for every session.
 * It is made from the session's id, which is a secret, and does not tell it. */
RTCIO_API void rtcio_socket_client_id(const rtcio_socket *socket, char out[RTCIO_CLIENT_ID_SIZE]);
/** "polling" or "websocket": what the session runs on now. */
RTCIO_API const char *rtcio_socket_transport(const rtcio_socket *socket);

/**
 * Joins a room. Joining twice is one membership. Allowed in a middleware (left again if the
 * client is refused); without effect after a disconnect.
 * @param room  name, 1 .. 65535 bytes of UTF-8, copied
 * @return 0, ::RTCIO_E_INVALID, ::RTCIO_E_CLOSED, ::RTCIO_E_NO_MEMORY
 */
RTCIO_API int rtcio_socket_join(rtcio_socket *socket, const char *room);

/** Leaves a room. @return 0 or ::RTCIO_E_NOT_FOUND when it was not a member. */
RTCIO_API int rtcio_socket_leave(rtcio_socket *socket, const char *room);

/** True if the socket is a member. Its own id is a room it is in from connection on. */
RTCIO_API bool rtcio_socket_in_room(const rtcio_socket *socket, const char *room);

/** Visits the socket's rooms in the order joined, the own-id room included. */
RTCIO_API void rtcio_socket_each_room(rtcio_socket *socket, rtcio_room_fn fn, void *user);

/** True if both are members of one same room, rooms named by the own id not counted. */
RTCIO_API bool rtcio_sockets_share_room(const rtcio_socket *a, const rtcio_socket *b);

/**
 * Disconnects: the client gets a DISCONNECT packet and does not reconnect on its own.
 * Reason on both ends: "server namespace disconnect". No effect if not connected.
 * @param close  also end the session, and so the client's other namespaces
 */
RTCIO_API void rtcio_socket_disconnect(rtcio_socket *socket, bool close);

/**
 * Sends the client away: ends its session without a DISCONNECT packet, so that it takes it for a
 * cut connection and comes back on its own, to this server or to another. What was emitted before
 * is delivered. Reason of all its sockets: "server shutting down". No effect if not connected.
 */
RTCIO_API void rtcio_socket_send_away(rtcio_socket *socket);

/**
 * Reads nothing more of the client's session for `ms`: what it sends meanwhile waits, in its order,
 * and is served afterwards. For limits of the program's own, which are then a delay and no loss;
 * who is delayed for longer than rtcio_server_options.max_delay_ms is cut off. What a handler is
 * being called with is not affected.
 * @param per_s  the limit, for rtcio_limit_note.value
 * @param what   of what, for the text, up to 40 bytes: "chat messages"
 */
RTCIO_API void rtcio_socket_hold(rtcio_socket *socket, uint32_t ms, uint32_t per_s,
                                 const char *what);

/**
 * True if the client has come back as this socket: id, rooms and data are those of before, and the
 * events it missed have been sent (Socket.IO spec 8). The rooms are joined again, and the data
 * there, when the middlewares run. rtcio_socket_on() listeners are not kept.
 */
RTCIO_API bool rtcio_socket_recovered(const rtcio_socket *socket);
/** Why a client that wanted to come back got a new socket instead; "" for others. Static string. */
RTCIO_API const char *rtcio_socket_recovery_failure(const rtcio_socket *socket);
/** Of a recovered socket, the number (rtcio_namespace_position()) of the first event that it may
 *  have missed; 0 for others. */
RTCIO_API uint64_t rtcio_socket_missed_from(const rtcio_socket *socket);
/**
 * Visits, in a `connection` handler of a recovered socket, the events that it has missed and that
 * were not sent again because they are exempt (rtcio_recovery_exclude()), in their order; nothing
 * at any other time. One counts as missed if the client had gone, or if it came behind another
 * event that the client has missed. `fn` may emit and disconnect.
 */
RTCIO_API void rtcio_socket_each_exempt(rtcio_socket *socket, rtcio_event_fn fn, void *user);

/** As rtcio_on(), for events of this socket only; called after the namespace's handlers. They go
 *  with the socket. */
RTCIO_API int rtcio_socket_on(rtcio_socket *socket, const char *event, rtcio_event_fn fn,
                              void *user);
/** As rtcio_socket_on(), for the next event of this name only. */
RTCIO_API int rtcio_socket_once(rtcio_socket *socket, const char *event, rtcio_event_fn fn,
                                void *user);
/** Removes the first of the socket's own handlers of this event with this `fn` and `user`.
 *  @return 0, ::RTCIO_E_NOT_FOUND, ::RTCIO_E_NO_MEMORY, ::RTCIO_E_INVALID */
RTCIO_API int rtcio_socket_off(rtcio_socket *socket, const char *event, rtcio_event_fn fn,
                               void *user);

/**
 * Attaches the caller's data to the socket: socket.io's `socket.data`, for several owners.
 * @param key   any address of the caller's own, which names the slot
 * @param data  NULL empties the slot
 * @param free_fn  called with the data when it is replaced (by another pointer) or the
 *              socket is freed (after `disconnect` handlers); may be NULL
 * @return 0 or ::RTCIO_E_NO_MEMORY (free_fn was not called)
 */
RTCIO_API int rtcio_socket_set_data(rtcio_socket *socket, const void *key, void *data,
                                    void (*free_fn)(void *data));
/** The data of slot `key`, NULL when empty. */
RTCIO_API void *rtcio_socket_data(const rtcio_socket *socket, const void *key);

/* The handshake: facts of the session's first HTTP request and of this namespace's CONNECT.
 * With retain_handshake off they are gone after `connection`: NULL, {NULL, 0} and
 * negative returns then. Address, issue time and flags stay. */

/** The peer's IP address in text form, such as "192.0.2.7" or "2001:db8::7". The text is
 *  the server's and changes with the next call of this kind: copy it to keep it. */
RTCIO_API const char *rtcio_handshake_address(const rtcio_socket *socket);
/** Unix time of the session's start in ms. */
RTCIO_API int64_t rtcio_handshake_issued_ms(const rtcio_socket *socket);
/** True if the request carried an Origin header. */
RTCIO_API bool rtcio_handshake_xdomain(const rtcio_socket *socket);
/** True for TLS. */
RTCIO_API bool rtcio_handshake_secure(const rtcio_socket *socket);
/** Raw request target, such as "/socket.io/?EIO=4&transport=polling". */
RTCIO_API rtcio_slice rtcio_handshake_url(const rtcio_socket *socket);
/** Value of a header, by name without regard to case; of several, the first. */
RTCIO_API rtcio_slice rtcio_handshake_header(const rtcio_socket *socket, const char *name);
/**
 * Decoded value of a query parameter; of several, the last.
 * @return its length without NUL (the buffer holds as much of it as fits, terminated), or
 *         ::RTCIO_E_NOT_FOUND
 */
RTCIO_API int rtcio_handshake_query(const rtcio_socket *socket, const char *key, char *buf,
                                    size_t size);
/** The CONNECT packet's `auth` object as raw JSON text, "{}" if the client sent none. */
RTCIO_API rtcio_slice rtcio_handshake_auth(const rtcio_socket *socket);
/** Reads `auth` with jansson's unpack format. Strings are valid as long as `auth` is kept.
 *  @return 0, ::RTCIO_E_FORMAT */
RTCIO_API int rtcio_handshake_auth_unpack(rtcio_socket *socket, const char *format, ...);

#ifdef __cplusplus
}
#endif

#endif
