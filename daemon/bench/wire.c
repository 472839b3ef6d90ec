/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */

/* The bytes of a WebSocket client: masked frames out, server frames in, the few JSON strings a
 * client must read. No sockets. */

#include "bench/wire.h"

#include <stdio.h>
#include <string.h>

/* One key for all frames lets them be built before the run. It has four different bytes, so
 * the server does the work of unmasking and a slip in its rotation shows as corruption. */
static const uint8_t mask[4] = {0x6b, 0x1d, 0xa7, 0x52};

size_t rtcio__bench_frame_head(uint8_t *dst, enum bench_opcode opcode, size_t payload_len)
{
    size_t n = 2;
    dst[0] = (uint8_t)(0x80 | opcode);
    if (payload_len < 126) {
        dst[1] = (uint8_t)(0x80 | payload_len);
    } else if (payload_len < 65536) {
        dst[1] = 0x80 | 126;
        dst[2] = (uint8_t)(payload_len >> 8);
        dst[3] = (uint8_t)payload_len;
        n = 4;
    } else {
        dst[1] = 0x80 | 127;
        for (int i = 0; i < 8; i++)
            dst[2 + i] = (uint8_t)(payload_len >> (56 - 8 * i));
        n = 10;
    }
    memcpy(dst + n, mask, sizeof(mask));
    return n + sizeof(mask);
}

void rtcio__bench_frame_mask(uint8_t *payload, size_t at, const void *bytes, size_t len)
{
    const uint8_t *src = bytes;
    for (size_t i = 0; i < len; i++)
        payload[at + i] = (uint8_t)(src[i] ^ mask[(at + i) & 3]);
}

int rtcio__bench_frame_read(const uint8_t *bytes, size_t len, struct bench_frame *out)
{
    if (len < 2)
        return 0;
    /* Unfragmented, no extension bits; a server must not mask (RFC 6455 section 5.1). */
    if ((bytes[0] & 0xf0) != 0x80 || (bytes[1] & 0x80) != 0)
        return -1;
    size_t head = 2;
    uint64_t payload_len = bytes[1];
    if (payload_len >= 126) {
        size_t width = payload_len == 126 ? 2 : 8;
        head += width;
        if (len < head)
            return 0;
        payload_len = 0;
        for (size_t i = 0; i < width; i++)
            payload_len = payload_len << 8 | bytes[2 + i];
        if (payload_len > SIZE_MAX / 2)
            return -1;
    }
    if (len - head < payload_len)
        return 0;
    out->opcode = (enum bench_opcode)(bytes[0] & 0x0f);
    out->payload = bytes + head;
    out->len = (size_t)payload_len;
    out->total = head + out->len;
    return 1;
}

const char *rtcio__bench_json_string(const char *json, size_t len, const char *key,
                                     size_t *value_len)
{
    char pattern[40];
    int n = snprintf(pattern, sizeof(pattern), "\"%s\":\"", key);
    const char *at = memmem(json, len, pattern, (size_t)n);
    if (at == NULL)
        return NULL;
    at += n;
    const char *end = memchr(at, '"', len - (size_t)(at - json));
    if (end == NULL)
        return NULL;
    *value_len = (size_t)(end - at);
    return at;
}

int rtcio__bench_event_is(const char *json, size_t len, const char *name)
{
    size_t n = strlen(name);
    return len > n + 3 && memcmp(json, "[\"", 2) == 0 && memcmp(json + 2, name, n) == 0 &&
           json[2 + n] == '"';
}
