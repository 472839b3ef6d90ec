/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */

/* The growable byte buffer. Owns its memory; knows nothing of what the bytes mean, JSON's string
 * escapes excepted. */

#include "base/buf.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <rtcio/errors.h>

#define MIN_CAP 64

int rtcio__buf_reserve(struct rtcio__buf *b, size_t more)
{
    if (more <= b->cap - b->len)
        return 0;
    if (more > SIZE_MAX - b->len)
        return RTCIO_E_NO_MEMORY;

    size_t need = b->len + more;
    size_t cap = b->cap <= SIZE_MAX / 2 ? b->cap * 2 : SIZE_MAX;
    if (cap < MIN_CAP)
        cap = MIN_CAP;
    if (cap < need)
        cap = need;
    char *data = realloc(b->data, cap);
    if (data == NULL)
        return RTCIO_E_NO_MEMORY;
    b->data = data;
    b->cap = cap;
    return 0;
}

int rtcio__buf_append(struct rtcio__buf *b, const void *data, size_t len)
{
    if (len == 0) /* data may be NULL, which memcpy() must not see */
        return 0;
    int rc = rtcio__buf_reserve(b, len);
    if (rc != 0)
        return rc;
    memcpy(b->data + b->len, data, len);
    b->len += len;
    return 0;
}

int rtcio__buf_append_str(struct rtcio__buf *b, const char *s)
{
    return rtcio__buf_append(b, s, strlen(s));
}

int rtcio__buf_append_byte(struct rtcio__buf *b, char c)
{
    int rc = rtcio__buf_reserve(b, 1);
    if (rc != 0)
        return rc;
    b->data[b->len++] = c;
    return 0;
}

int rtcio__buf_printf(struct rtcio__buf *b, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    int n = vsnprintf(NULL, 0, format, args);
    va_end(args);
    if (n < 0)
        return RTCIO_E_INVALID;

    /* One more for the NUL, which is written but not counted. */
    int rc = rtcio__buf_reserve(b, (size_t)n + 1);
    if (rc != 0)
        return rc;
    va_start(args, format);
    vsnprintf(b->data + b->len, (size_t)n + 1, format, args);
    va_end(args);
    b->len += (size_t)n;
    return 0;
}

/* Writes the escape of c, or returns 0 if JSON.stringify leaves it as it is. */
static size_t escape(char out[6], unsigned char c)
{
    static const char hex[] = "0123456789abcdef";

    out[0] = '\\';
    switch (c) {
    case '"':
    case '\\':
        out[1] = (char)c;
        return 2;
    case '\b':
        out[1] = 'b';
        return 2;
    case '\f':
        out[1] = 'f';
        return 2;
    case '\n':
        out[1] = 'n';
        return 2;
    case '\r':
        out[1] = 'r';
        return 2;
    case '\t':
        out[1] = 't';
        return 2;
    default:
        if (c >= 0x20)
            return 0;
        memcpy(out + 1, "u00", 3);
        out[4] = hex[c >> 4];
        out[5] = hex[c & 15];
        return 6;
    }
}

int rtcio__buf_append_json_string(struct rtcio__buf *b, const char *s, size_t len)
{
    size_t before = b->len;

    /* Enough for a string without escapes, which is nearly every one. */
    if (len > SIZE_MAX - 2 || rtcio__buf_reserve(b, len + 2) != 0)
        return RTCIO_E_NO_MEMORY;
    b->data[b->len++] = '"';
    size_t run = 0; /* where the characters begin that are copied as they are */
    for (size_t i = 0; i < len; i++) {
        char out[6];
        size_t n = escape(out, (unsigned char)s[i]);
        if (n == 0)
            continue;
        if (rtcio__buf_append(b, s + run, i - run) != 0 || rtcio__buf_append(b, out, n) != 0)
            goto fail;
        run = i + 1;
    }
    if (rtcio__buf_append(b, s + run, len - run) != 0 || rtcio__buf_append_byte(b, '"') != 0)
        goto fail;
    return 0;

fail:
    b->len = before;
    return RTCIO_E_NO_MEMORY;
}

void rtcio__buf_consume(struct rtcio__buf *b, size_t n)
{
    if (n >= b->len) {
        b->len = 0;
        return;
    }
    memmove(b->data, b->data + n, b->len - n);
    b->len -= n;
}

void rtcio__buf_fini(struct rtcio__buf *b)
{
    free(b->data);
    *b = (struct rtcio__buf){0};
}
