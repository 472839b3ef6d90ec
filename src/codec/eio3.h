/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */
#ifndef RTCIO_CODEC_EIO3_H
#define RTCIO_CODEC_EIO3_H

/* Engine.IO v3, which clients of socket.io 1 and 2 speak: packets and polling payloads (Socket.IO
 * spec 1.14). A payload is in one of two forms:
 *
 *   text    <length>:<packet>..., the length in UTF-16 code units, as JavaScript counts;
 *           bytes as `b4` and base64
 *   binary  a byte 0 (text) or 1 (bytes), the length in bytes as one byte per decimal digit, 255,
 *           the packet; bytes have the packet type in front, as a number */

#include "codec/eio.h"

/* One packet in text form. false: empty, an unknown type, or bytes that are no message. */
bool rtcio__eio3_parse(char *text, size_t len, struct rtcio__eio_packet *packet);
/* One packet of bytes, which is a message. */
bool rtcio__eio3_parse_bytes(char *data, size_t len, struct rtcio__eio_packet *packet);

/* The next packet of a payload. *pos starts at 0. Text must be valid UTF-8, which is checked here
 * in the binary form only. 1: a packet; 0: the end was reached; -1: bad. */
int rtcio__eio3_payload_next(char *body, size_t len, bool binary, size_t *pos,
                             struct rtcio__eio_packet *packet);

/* A packet that is to be sent. */
struct rtcio__eio3_out {
    const char *data; /* text: with its type character, valid UTF-8; bytes: without */
    size_t len;
    bool bytes;
};

/* What rtcio__eio3_write() writes into a payload of that form. */
size_t rtcio__eio3_measure(const struct rtcio__eio3_out *out, bool binary);
/* Returns where it ends. */
char *rtcio__eio3_write(char *at, const struct rtcio__eio3_out *out, bool binary);

#endif
