/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */
#ifndef RTCIO_CODEC_WS_EXTENSION_H
#define RTCIO_CODEC_WS_EXTENSION_H

/* Negotiation of permessage-deflate (RFC 7692 section 7.1), server side: the offers of a
 * Sec-WebSocket-Extensions header in, an agreement and its answer out. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Of LZ77 windows, as exponents. What we compress cannot have 8: zlib does not offer it. */
#define RTCIO__WS_LEAST_BITS 9
#define RTCIO__WS_MOST_BITS  15

/* What the server wants, and what was agreed upon. */
struct rtcio__ws_deflate {
    uint8_t server_bits;    /* window of what the server compresses, 9 .. 15; 0: no agreement */
    uint8_t client_bits;    /* of what the client compresses, 8 .. 15 */
    bool server_no_context; /* each message of the server is compressed on its own */
    bool client_no_context;
    bool says_server_bits; /* whether the answer names them */
    bool says_client_bits;
};

enum rtcio__ws_offer {
    RTCIO__WS_DECLINED, /* nothing of it can be accepted, or nothing was offered */
    RTCIO__WS_ACCEPTED, /* *agreed is filled */
    RTCIO__WS_GARBAGE,  /* not a list of extensions (RFC 6455 9.1): the handshake is to fail */
};

/* Reads one header value, from which the first acceptable offer is taken. An offer of ours with a
 * parameter that is unknown, twice there, or has a wrong value is declined (RFC 7692 7.1), and so
 * is one of an 8 bit window for the server. `wanted`: our own limits; no context takeover there
 * means none, whatever is offered. */
enum rtcio__ws_offer rtcio__ws_negotiate(const char *value, size_t len,
                                         const struct rtcio__ws_deflate *wanted,
                                         struct rtcio__ws_deflate *agreed);

/* Writes the header value that accepts; returns its length. */
#define RTCIO__WS_ANSWER_MAX 160
size_t rtcio__ws_answer(const struct rtcio__ws_deflate *agreed, char out[RTCIO__WS_ANSWER_MAX]);

#endif
