/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */
#ifndef RTCIO_OPERATOR_H
#define RTCIO_OPERATOR_H

/**
 * @file
 * Sending: to one socket, to rooms, to everybody (Socket.IO spec 7.3 and 7.4).
 *
 * Every macro takes a socket, a namespace, a server (its "/" namespace) or an operator, and
 * every modifier returns an operator by value, so that they chain as in JavaScript:
 *
 *     rtcio_emit(socket, "hello", "s", "world");                    // this client
 *     rtcio_emit(rtcio_to(socket, "room"), "joined", "s", id);      // the room, without it
 *     rtcio_emit(rtcio_except(rtcio_to(nsp, "a"), "b"), "tick", "i", 1);
 *     rtcio_emit(rtcio_volatile(rtcio_broadcast(socket)), "cursor", "{s:i}", "x", 7);
 *
 * rtcio_to(), rtcio_in(), rtcio_except(), rtcio_broadcast() and rtcio_local() on a socket
 * make an operator that never reaches that socket itself. An operator borrows the strings
 * and objects it was made from; use it in the expression that made it. A socket that is NULL, as
 * rtcio_namespace_socket() gives for a client that has gone, is a target whose emits return
 * ::RTCIO_E_CLOSED.
 */

#include <rtcio/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Rooms, and exceptions, that one operator can name one by one. */
#define RTCIO_OPERATOR_ROOMS 4

/** A target with modifiers. Small, by value, without allocation. The fields are private. */
typedef struct rtcio_operator {
    rtcio_namespace *nsp;
    rtcio_socket *self;      /**< one receiver, or with `broadcast` the excluded one */
    const char *const *list; /**< further rooms, from rtcio_to_list() */
    const char *to[RTCIO_OPERATOR_ROOMS];
    const char *except[RTCIO_OPERATOR_ROOMS];
    size_t n_list;
    uint32_t timeout_ms;
    uint8_t n_to, n_except;
    uint8_t flags;
    int8_t error; /**< the first misuse; returned by the emit */
} rtcio_operator;

/** An event ready to be sent, for rtcio_emit_message(). Everything is borrowed. */
typedef struct rtcio_message {
    const char *event;
    /** JSON text of the arguments without enclosing brackets, in `n_args` pieces that are
     *  joined as they are. The caller guarantees that the result is valid JSON. */
    const rtcio_slice *args;
    size_t n_args;
    /** Binary values; the JSON refers to number i by {"_placeholder":true,"num":i}. */
    const rtcio_slice *attachments;
    size_t n_attachments; /**< 0 .. 10: stock clients refuse more */
} rtcio_message;

/** What clients answered to an emit with acknowledgement. Valid in the callback. */
typedef struct rtcio_responses rtcio_responses;

/**
 * Completion of an emit with acknowledgement; called exactly once, never from inside the
 * emit itself.
 * @param status  0: all answered. ::RTCIO_E_TIMEOUT: not all in time; `responses` has those
 *                that did. ::RTCIO_E_CLOSED: the one receiver disconnected first.
 */
typedef void (*rtcio_response_fn)(int status, const rtcio_responses *responses, void *user);

RTCIO_API size_t rtcio_responses_count(const rtcio_responses *responses);
/** The arguments of answer `index`, in the order of arrival; NULL when out of range. */
RTCIO_API const rtcio_event *rtcio_responses_at(const rtcio_responses *responses, size_t index);

/* What a macro's first argument becomes. */
RTCIO_API rtcio_operator rtcio_socket_operator(rtcio_socket *socket);
RTCIO_API rtcio_operator rtcio_namespace_operator(rtcio_namespace *nsp);
RTCIO_API rtcio_operator rtcio_server_operator(rtcio_server *server);
static inline rtcio_operator rtcio_operator_self(rtcio_operator op)
{
    return op;
}

/* What the macros call; documented at the macros. */
RTCIO_API rtcio_operator rtcio_operator_to(rtcio_operator op, const char *room);
RTCIO_API rtcio_operator rtcio_operator_to_list(rtcio_operator op, const char *const *rooms,
                                                size_t n);
RTCIO_API rtcio_operator rtcio_operator_except(rtcio_operator op, const char *room);
RTCIO_API rtcio_operator rtcio_operator_except_socket(rtcio_operator op, rtcio_socket *socket);
RTCIO_API rtcio_operator rtcio_operator_broadcast(rtcio_operator op);
RTCIO_API rtcio_operator rtcio_operator_local(rtcio_operator op);
RTCIO_API rtcio_operator rtcio_operator_volatile(rtcio_operator op);
RTCIO_API rtcio_operator rtcio_operator_compress(rtcio_operator op, bool on);
RTCIO_API rtcio_operator rtcio_operator_rooms_only(rtcio_operator op);
RTCIO_API rtcio_operator rtcio_operator_timeout(rtcio_operator op, uint32_t ms);
RTCIO_API int rtcio_operator_emit(rtcio_operator op, const char *event, const char *format, ...);
RTCIO_API int rtcio_operator_emit_message(rtcio_operator op, const rtcio_message *message);
RTCIO_API int rtcio_operator_emit_with_ack(rtcio_operator op, const char *event,
                                           rtcio_response_fn fn, void *user, const char *format,
                                           ...);
RTCIO_API int rtcio_operator_emit_message_with_ack(rtcio_operator op, const rtcio_message *message,
                                                   rtcio_response_fn fn, void *user);
RTCIO_API void rtcio_operator_each(rtcio_operator op, rtcio_socket_fn fn, void *user);
RTCIO_API void rtcio_operator_join(rtcio_operator op, const char *room);
RTCIO_API void rtcio_operator_leave(rtcio_operator op, const char *room);
RTCIO_API void rtcio_operator_disconnect(rtcio_operator op, bool close);

#ifdef __cplusplus
}
static inline rtcio_operator rtcio_op(rtcio_socket *socket)
{
    return rtcio_socket_operator(socket);
}
static inline rtcio_operator rtcio_op(rtcio_namespace *nsp)
{
    return rtcio_namespace_operator(nsp);
}
static inline rtcio_operator rtcio_op(rtcio_server *server)
{
    return rtcio_server_operator(server);
}
static inline rtcio_operator rtcio_op(rtcio_operator op)
{
    return op;
}
#else
/** The operator of a socket, a namespace, a server or an operator. */
#define rtcio_op(x)                                     \
    _Generic((x), rtcio_socket *                        \
             : rtcio_socket_operator, rtcio_namespace * \
             : rtcio_namespace_operator, rtcio_server * \
             : rtcio_server_operator, rtcio_operator    \
             : rtcio_operator_self)(x)
#endif

/** Adds a room to the targets; of several rooms, each member once. An unknown room is empty. */
#define rtcio_to(x, room) rtcio_operator_to(rtcio_op(x), room)
/** The same as rtcio_to(). */
#define rtcio_in(x, room) rtcio_operator_to(rtcio_op(x), room)
/** Adds `n` rooms (const char *const *), once per operator; n = 0 adds no filter. */
#define rtcio_to_list(x, rooms, n) rtcio_operator_to_list(rtcio_op(x), rooms, n)
/** Leaves out the members of a room; a socket's id is the room with that socket. */
#define rtcio_except(x, room) rtcio_operator_except(rtcio_op(x), room)
/** Everybody in the socket's namespace but the socket. */
#define rtcio_broadcast(x) rtcio_operator_broadcast(rtcio_op(x))
/** This node only (there is one node until an adapter joins several). */
#define rtcio_local(x) rtcio_operator_local(rtcio_op(x))
/** May be dropped for a receiver whose transport is not writable right now. */
#define rtcio_volatile(x) rtcio_operator_volatile(rtcio_op(x))
/** Whether what is emitted without acknowledgement is worth compressing on polling (true): one
 *  message that is makes the whole answer compressed. */
#define rtcio_compress(x, on) rtcio_operator_compress(rtcio_op(x), on)
/** Room names match joined rooms only, never the room that is a socket's own id. For names
 *  that come from clients: whoever joins a room named like somebody's id gains nothing. */
#define rtcio_rooms_only(x) rtcio_operator_rooms_only(rtcio_op(x))
/** How long an acknowledgement may take in ms, for the emits below; 0: no answer is in time. */
#define rtcio_timeout(x, ms) rtcio_operator_timeout(rtcio_op(x), ms)

/**
 * Emits an event. `format` is jansson's pack format for the list of arguments (NULL: none).
 * @return 0, ::RTCIO_BUSY, ::RTCIO_E_RESERVED (event name), ::RTCIO_E_FORMAT,
 *         ::RTCIO_E_LIMIT (more rooms than ::RTCIO_OPERATOR_ROOMS), ::RTCIO_E_NO_MEMORY; to one
 *         socket also ::RTCIO_E_CLOSED, ::RTCIO_E_QUEUE_FULL, ::RTCIO_E_DROPPED (volatile)
 */
#define rtcio_emit(x, ...) rtcio_operator_emit(rtcio_op(x), __VA_ARGS__)
/** Emits the event "message", as socket.io's send(): rtcio_send(x, format, ...). */
#define rtcio_send(x, ...) rtcio_emit(x, "message", __VA_ARGS__)
/** The same as rtcio_send(). */
#define rtcio_write(x, ...) rtcio_emit(x, "message", __VA_ARGS__)
/** Emits a message made of raw JSON and attachments (const rtcio_message *). */
#define rtcio_emit_message(x, message) rtcio_operator_emit_message(rtcio_op(x), message)
/**
 * Emits and asks each receiver for an acknowledgement:
 * rtcio_emit_with_ack(x, event, fn, user, format, ...). A broadcast without rtcio_timeout()
 * waits 5000 ms; one socket without it waits until it disconnects.
 */
#define rtcio_emit_with_ack(x, ...) rtcio_operator_emit_with_ack(rtcio_op(x), __VA_ARGS__)
/** The same for a message: rtcio_emit_message_with_ack(x, message, fn, user). */
#define rtcio_emit_message_with_ack(x, ...) \
    rtcio_operator_emit_message_with_ack(rtcio_op(x), __VA_ARGS__)
/** Visits the targets on this node; `fn` (rtcio_socket_fn) may disconnect whom it likes. */
#define rtcio_each_socket(x, fn, user) rtcio_operator_each(rtcio_op(x), fn, user)
/** Makes all targets join a room. */
#define rtcio_sockets_join(x, room) rtcio_operator_join(rtcio_op(x), room)
/** Makes all targets leave a room. */
#define rtcio_sockets_leave(x, room) rtcio_operator_leave(rtcio_op(x), room)
/** Disconnects all targets; `close` ends their sessions too. */
#define rtcio_disconnect_sockets(x, close) rtcio_operator_disconnect(rtcio_op(x), close)

#endif
