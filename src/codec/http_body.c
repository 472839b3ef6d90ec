/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */

/* Bodies of HTTP/1.1 requests, sized or in chunks. Owns what has arrived; knows nothing of heads
 * beyond how the body is framed. Chunks are taken to the letter, and what they spend on extensions
 * and trailers is bounded. */

#include "codec/http.h"

#include <stdlib.h>
#include <string.h>

#include "base/ascii.h"

/* What a chunked body may spend on sizes, extensions and trailers: a flat amount, and as much
 * again per byte as a body sent byte by byte needs, with leading zeros. */
#define OVERHEAD_FLAT     8192
#define OVERHEAD_PER_BYTE 16

/* Where a chunked body stands (RFC 9112 7.1). */
enum chunk_state {
    CHUNK_SIZE_START, /* the first digit */
    CHUNK_SIZE,
    CHUNK_EXTENSION,
    CHUNK_SIZE_LF,
    CHUNK_DATA,
    CHUNK_DATA_CR,
    CHUNK_DATA_LF,
    CHUNK_TRAILER_START, /* at the beginning of a trailer line */
    CHUNK_TRAILER,
    CHUNK_TRAILER_LF,
    CHUNK_END_LF,
};

struct rtcio__http_body {
    struct rtcio__buf data;
    size_t max_len;
    uint64_t left; /* of the body, or of the chunk */
    uint64_t overhead;
    enum chunk_state state;
    enum rtcio__http_body_status status;
    bool chunked;
};

struct rtcio__http_body *rtcio__http_body_create(const struct rtcio__http_head *head,
                                                 size_t max_len)
{
    struct rtcio__http_body *body = calloc(1, sizeof(*body));
    if (body == NULL)
        return NULL;
    body->max_len = max_len;
    body->chunked = head->chunked;
    body->left = head->content_length;
    body->status = RTCIO__HTTP_BODY_MORE;
    if (!body->chunked && body->left > max_len)
        body->status = RTCIO__HTTP_BODY_TOO_LARGE;
    else if (!body->chunked && body->left == 0)
        body->status = RTCIO__HTTP_BODY_DONE;
    return body;
}

void rtcio__http_body_destroy(struct rtcio__http_body *body)
{
    if (body == NULL)
        return;
    rtcio__buf_fini(&body->data);
    free(body);
}

/* Takes bytes of the body itself, `left` at most; returns how many, 0 when memory is short. */
static size_t take_data(struct rtcio__http_body *body, const char *data, size_t len)
{
    if (len > body->left)
        len = (size_t)body->left;
    /* One byte more, so that the byte promised behind the whole costs no growth of its own. */
    if (rtcio__buf_reserve(&body->data, len + 1) != 0)
        return 0;
    memcpy(body->data.data + body->data.len, data, len);
    body->data.len += len;
    body->left -= len;
    return len;
}

static enum rtcio__http_body_status chunk_digit(struct rtcio__http_body *body, unsigned digit)
{
    size_t room = body->max_len - body->data.len;

    /* Asked in this order nothing overflows, whatever max_len is. */
    if (digit > room || body->left > (room - digit) / 16)
        return RTCIO__HTTP_BODY_TOO_LARGE;
    body->left = body->left * 16 + digit;
    return RTCIO__HTTP_BODY_MORE;
}

/* One byte of a chunked body that is not data. */
static enum rtcio__http_body_status chunk_byte(struct rtcio__http_body *body, char c)
{
    int digit;

    switch (body->state) {
    case CHUNK_SIZE_START:
    case CHUNK_SIZE:
        digit = rtcio__ascii_hex(c);
        if (digit >= 0) {
            if (body->state == CHUNK_SIZE_START)
                body->left = 0;
            body->state = CHUNK_SIZE;
            return chunk_digit(body, (unsigned)digit);
        }
        if (body->state == CHUNK_SIZE_START)
            return RTCIO__HTTP_BODY_BAD;
        if (c == '\r')
            body->state = CHUNK_SIZE_LF;
        else if (c == ';')
            body->state = CHUNK_EXTENSION;
        else
            return RTCIO__HTTP_BODY_BAD;
        return RTCIO__HTTP_BODY_MORE;
    case CHUNK_EXTENSION:
        if (c == '\r')
            body->state = CHUNK_SIZE_LF;
        else if (rtcio__ascii_is_control(c))
            return RTCIO__HTTP_BODY_BAD;
        return RTCIO__HTTP_BODY_MORE;
    case CHUNK_SIZE_LF:
        body->state = body->left > 0 ? CHUNK_DATA : CHUNK_TRAILER_START;
        return c == '\n' ? RTCIO__HTTP_BODY_MORE : RTCIO__HTTP_BODY_BAD;
    case CHUNK_DATA_CR:
        body->state = CHUNK_DATA_LF;
        return c == '\r' ? RTCIO__HTTP_BODY_MORE : RTCIO__HTTP_BODY_BAD;
    case CHUNK_DATA_LF:
        body->state = CHUNK_SIZE_START;
        return c == '\n' ? RTCIO__HTTP_BODY_MORE : RTCIO__HTTP_BODY_BAD;
    case CHUNK_TRAILER_START:
    case CHUNK_TRAILER: /* trailers are read and dropped */
        if (c == '\r')
            body->state = body->state == CHUNK_TRAILER ? CHUNK_TRAILER_LF : CHUNK_END_LF;
        else if (rtcio__ascii_is_control(c))
            return RTCIO__HTTP_BODY_BAD;
        else
            body->state = CHUNK_TRAILER;
        return RTCIO__HTTP_BODY_MORE;
    case CHUNK_TRAILER_LF:
        body->state = CHUNK_TRAILER_START;
        return c == '\n' ? RTCIO__HTTP_BODY_MORE : RTCIO__HTTP_BODY_BAD;
    case CHUNK_END_LF:
        return c == '\n' ? RTCIO__HTTP_BODY_DONE : RTCIO__HTTP_BODY_BAD;
    case CHUNK_DATA:
        break;
    }
    return RTCIO__HTTP_BODY_BAD;
}

static enum rtcio__http_body_status feed_chunked(struct rtcio__http_body *body, const char *data,
                                                 size_t len, size_t *consumed)
{
    enum rtcio__http_body_status status = RTCIO__HTTP_BODY_MORE;
    size_t i = 0;

    while (i < len && status == RTCIO__HTTP_BODY_MORE) {
        if (body->state == CHUNK_DATA) {
            size_t n = take_data(body, data + i, len - i);
            if (n == 0)
                status = RTCIO__HTTP_BODY_BAD;
            i += n;
            if (body->left == 0)
                body->state = CHUNK_DATA_CR;
            continue;
        }
        status = chunk_byte(body, data[i++]);
        if (++body->overhead > OVERHEAD_FLAT + (uint64_t)body->data.len * OVERHEAD_PER_BYTE)
            status = RTCIO__HTTP_BODY_BAD;
    }
    *consumed = i;
    return status;
}

enum rtcio__http_body_status rtcio__http_body_feed(struct rtcio__http_body *body, const char *data,
                                                   size_t len, size_t *consumed)
{
    *consumed = 0;
    if (body->status == RTCIO__HTTP_BODY_MORE && len > 0) {
        if (body->chunked) {
            body->status = feed_chunked(body, data, len, consumed);
        } else {
            *consumed = take_data(body, data, len);
            if (*consumed == 0)
                body->status = RTCIO__HTTP_BODY_BAD;
            else if (body->left == 0)
                body->status = RTCIO__HTTP_BODY_DONE;
        }
    }
    /* An empty body, too, has a byte behind it. */
    if (body->status == RTCIO__HTTP_BODY_DONE && rtcio__buf_reserve(&body->data, 1) != 0)
        body->status = RTCIO__HTTP_BODY_BAD;
    if (body->status == RTCIO__HTTP_BODY_TOO_LARGE || body->status == RTCIO__HTTP_BODY_BAD) {
        rtcio__buf_fini(&body->data);
        *consumed = len;
    }
    return body->status;
}

char *rtcio__http_body_data(struct rtcio__http_body *body, size_t *len)
{
    *len = body->data.len;
    return body->data.data;
}
