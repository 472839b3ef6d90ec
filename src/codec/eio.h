/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */
#ifndef RTCIO_CODEC_EIO_H
#define RTCIO_CODEC_EIO_H

/* Engine.IO v4 packets and polling payloads (Socket.IO spec 1.5). */

#include <stdbool.h>
#include <stddef.h>

#define RTCIO__EIO_SEPARATOR '\x1e'

enum rtcio__eio_type {
    RTCIO__EIO_OPEN = '0',
    RTCIO__EIO_CLOSE = '1',
    RTCIO__EIO_PING = '2',
    RTCIO__EIO_PONG = '3',
    RTCIO__EIO_MESSAGE = '4',
    RTCIO__EIO_UPGRADE = '5',
    RTCIO__EIO_NOOP = '6',
    RTCIO__EIO_BINARY = 'b', /* a message with bytes instead of text */
};

struct rtcio__eio_packet {
    enum rtcio__eio_type type;
    char *data; /* after the type character; decoded in place for BINARY; mutable */
    size_t len;
};

/* One packet in text form. false: empty, or an unknown type character ("parse error"). */
bool rtcio__eio_parse(char *text, size_t len, struct rtcio__eio_packet *packet);

/* The next packet of a payload. *pos starts at 0 and moves behind the packet's separator.
 * 1: a packet; 0: the end was reached; -1: bad packet. An empty body is one empty packet, hence
 * bad. */
int rtcio__eio_payload_next(char *body, size_t len, size_t *pos, struct rtcio__eio_packet *packet);

#endif
