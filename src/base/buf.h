/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */
#ifndef RTCIO_BASE_BUF_H
#define RTCIO_BASE_BUF_H

/* A growable byte buffer. Doubles; never shrinks by itself. Zeroed memory is an empty buffer. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct rtcio__buf {
    char *data;
    size_t len, cap;
};

/* Makes room for `more` bytes beyond len. 0 or RTCIO_E_NO_MEMORY; overflow is checked. */
int rtcio__buf_reserve(struct rtcio__buf *b, size_t more);
int rtcio__buf_append(struct rtcio__buf *b, const void *data, size_t len);
int rtcio__buf_append_str(struct rtcio__buf *b, const char *s);
int rtcio__buf_append_byte(struct rtcio__buf *b, char c);
/* printf into the buffer (no NUL is counted). */
int rtcio__buf_printf(struct rtcio__buf *b, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* Appends s as a JSON string with quotes, escaped as JSON.stringify does (spec 5.1). */
int rtcio__buf_append_json_string(struct rtcio__buf *b, const char *s, size_t len);
/* Drops the first n bytes, moving the rest down. */
void rtcio__buf_consume(struct rtcio__buf *b, size_t n);
/* Frees the memory; the buffer is empty and usable again. */
void rtcio__buf_fini(struct rtcio__buf *b);

#endif
