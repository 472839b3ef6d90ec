/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */
#ifndef RTCIO_TYPES_H
#define RTCIO_TYPES_H

/**
 * @file
 * The names every other header uses. All objects are opaque.
 *
 * Threads: a server, its namespaces, sockets and handles belong to the thread that
 * turns the server (rtcio_server_turn() or rtcio_server_run()). The functions that other
 * threads may call say so: to post, and to read counters. Several threads, each with a server,
 * make one server of them all: workers.h.
 *
 * NULL: where a function's text does not speak of NULL, an object or a string must be given.
 *
 * Callbacks: every function but rtcio_server_destroy(), rtcio_server_turn() and rtcio_server_run()
 * may be called inside every callback, those that close or
 * disconnect the callback's own object included. An object that was closed stays
 * valid until the current turn of the server ends.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <rtcio/errors.h>
#include <rtcio/version.h>

/** A Socket.IO server: engine, namespaces, listeners. */
typedef struct rtcio_server rtcio_server;
/** A namespace of a server, such as "/" or "/chat". Lives as long as the server, except a child of
 *  rtcio_of_pattern() or rtcio_of_match() that nobody asked for with rtcio_of(). */
typedef struct rtcio_namespace rtcio_namespace;
/** One client in one namespace. Valid until the turn after its `disconnect` ends. */
typedef struct rtcio_socket rtcio_socket;
/** An event that arrived, or the arguments of an acknowledgement. Valid in its callback. */
typedef struct rtcio_event rtcio_event;
/** The right to answer one event, kept for later. See rtcio_event_take_ack(). */
typedef struct rtcio_ack rtcio_ack;
/** A name that no namespace has, while a function decides on it. See rtcio_of_match(). */
typedef struct rtcio_match rtcio_match;
/** A connection attempt that a middleware has to decide on. */
typedef struct rtcio_next rtcio_next;

/** An incoming event that an event middleware has to decide on. See rtcio_use_event(). */
typedef struct rtcio_event_next rtcio_event_next;

/** A piece of text or bytes inside somebody else's memory; not NUL-terminated. */
typedef struct rtcio_slice {
    const char *data;
    size_t len;
} rtcio_slice;

/** A member of a JSON object, as raw text. */
typedef struct rtcio_member {
    rtcio_slice key;   /**< between the quotes, as written: escapes are not resolved */
    rtcio_slice value; /**< JSON text */
} rtcio_member;

/** jansson's JSON value; include <jansson.h> to look inside. */
struct json_t;

/** Handler of an incoming event. `ev` borrows from the read buffer: copy what must stay. */
typedef void (*rtcio_event_fn)(rtcio_socket *socket, const rtcio_event *ev, void *user);
/** Called for each socket of an iteration. Return false to stop. */
typedef bool (*rtcio_socket_fn)(rtcio_socket *socket, void *user);
/** Called for a namespace. */
typedef void (*rtcio_namespace_fn)(rtcio_namespace *nsp, void *user);
/** Called for each room of an iteration. Return false to stop. */
typedef bool (*rtcio_room_fn)(const char *room, void *user);

#endif
