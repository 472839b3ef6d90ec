/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */
#ifndef RTCIO_CODEC_SIO_H
#define RTCIO_CODEC_SIO_H

/* Socket.IO v5 packets (Socket.IO spec section 5): text in, fields out; and back. */

#include "codec/json.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RTCIO__SIO_MAX_ATTACHMENTS 10

enum rtcio__sio_type {
    RTCIO__SIO_CONNECT = 0,
    RTCIO__SIO_DISCONNECT = 1,
    RTCIO__SIO_EVENT = 2,
    RTCIO__SIO_ACK = 3,
    RTCIO__SIO_CONNECT_ERROR = 4,
    RTCIO__SIO_BINARY_EVENT = 5,
    RTCIO__SIO_BINARY_ACK = 6,
};

struct rtcio__sio_packet {
    enum rtcio__sio_type type;
    unsigned n_attachments;
    const char *nsp; /* with leading '/'; "/" itself for the main namespace */
    size_t nsp_len;
    const char *id; /* digits of the ack id without leading zeros, NULL: none */
    size_t id_len;  /* 1 .. 20 */
    /* The whole JSON payload, NULL: none. Of events it is not JSON any more: the name in it has
     * been resolved and terminated; use event and args. */
    const char *data;
    size_t data_len;
    unsigned depth; /* of data's elements: 0 for [1], 1 for [{}] */

    /* EVENT and BINARY_EVENT: */
    char *event; /* name, unescaped and NUL-terminated in place; a number's own text; "" if no
                    payload */
    size_t event_len;
    /* EVENT, ACK and binary kinds: arguments behind the name, without brackets; white space trimmed
     */
    const char *args;
    size_t args_len;
    size_t n_args;
    const char *first; /* first argument, NULL: none */
    size_t first_len;
    struct rtcio__json_index index; /* of the first argument when first_is_object */
    bool first_is_object;
};

/* Decodes one packet by the steps of spec 5.2, including placeholder numbers (binary kinds: every
 * object with "_placeholder":true has a num of one digit in 0 .. n-1) and reserved event names.
 * text[len] must be writable (a NUL may be put there; inside, only the bytes of the event name and
 * the one behind it are changed). max_depth is that of the whole payload: 2 for [{}].
 * Returns NULL, or the static text of the error: "unknown packet type", "Illegal attachments",
 * "too many attachments", "invalid payload", "illegal attachments", "illegal id". */
const char *rtcio__sio_decode(char *text, size_t len, unsigned max_depth,
                              struct rtcio__sio_packet *packet);

/* True for names that neither side may use for its events (spec 5.2). */
bool rtcio__sio_reserved(const char *event, size_t len);

/* Upper bound of what rtcio__sio_prefix() writes. */
static inline size_t rtcio__sio_prefix_max(size_t nsp_len, size_t id_len)
{
    return nsp_len + id_len + 16;
}

/* Writes everything in front of the JSON: type, attachments, namespace, id. The Engine.IO type
 * character is not part of it. nsp "/" is left out. Returns the length. */
size_t rtcio__sio_prefix(char *out, enum rtcio__sio_type type, unsigned n_attachments,
                         const char *nsp, size_t nsp_len, const char *id, size_t id_len);

#endif
