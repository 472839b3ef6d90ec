/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */
#ifndef RTCIO_BENCH_WIRE_H
#define RTCIO_BENCH_WIRE_H

/* The bytes of a WebSocket client: masked frames out, server frames in, the few JSON strings a
 * client must read. No sockets. */

#include <stddef.h>
#include <stdint.h>

#define BENCH_FRAME_HEAD_MAX 14

/* RFC 6455 section 1.3: this key must be answered with this value, so a fixed request can be
 * sent and the answer still be checked. */
#define BENCH_WS_KEY    "dGhlIHNhbXBsZSBub25jZQ=="
#define BENCH_WS_ACCEPT "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="

enum bench_opcode {
    BENCH_WS_TEXT = 1,
    BENCH_WS_BINARY = 2,
    BENCH_WS_CLOSE = 8,
    BENCH_WS_PING = 9,
    BENCH_WS_PONG = 10
};

/* Writes the head of a masked frame; returns its length. */
size_t rtcio__bench_frame_head(uint8_t *dst, enum bench_opcode opcode, size_t payload_len);

/* Writes len bytes of a frame's payload, masked, to payload + at. */
void rtcio__bench_frame_mask(uint8_t *payload, size_t at, const void *bytes, size_t len);

struct bench_frame {
    enum bench_opcode opcode;
    const uint8_t *payload;
    size_t len;   /* of the payload */
    size_t total; /* with the head */
};

/* Cuts one server frame. Returns 1, 0 when more bytes are needed, -1 when this is no frame a
 * Socket.IO server may send to a client without extensions. */
int rtcio__bench_frame_read(const uint8_t *bytes, size_t len, struct bench_frame *out);

/* Finds "key":"value" at any depth. For values a server makes, that have no escapes. Returns
 * the value and its length, or NULL. */
const char *rtcio__bench_json_string(const char *json, size_t len, const char *key,
                                     size_t *value_len);

/* Is this the event `name`? json is the packet behind its type digit: ["name",… */
int rtcio__bench_event_is(const char *json, size_t len, const char *name);

#endif
