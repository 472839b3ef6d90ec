/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */
#ifndef RTCIO_BASE_ASCII_H
#define RTCIO_BASE_ASCII_H

/* What <ctype.h> and strncasecmp() would do if no locale could change their mind. Protocols are
 * written in ASCII. */

#include <stdbool.h>
#include <stddef.h>

static inline char rtcio__ascii_lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c;
}

static inline bool rtcio__ascii_is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* 0 to 15, or -1. */
static inline int rtcio__ascii_hex(char c)
{
    if (rtcio__ascii_is_digit(c))
        return c - '0';
    c = rtcio__ascii_lower(c);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static inline bool rtcio__ascii_is_blank(char c)
{
    return c == ' ' || c == '\t';
}

/* Control characters, the tab excepted. */
static inline bool rtcio__ascii_is_control(char c)
{
    return ((unsigned char)c < 0x20 && c != '\t') || c == 0x7f;
}

static inline bool rtcio__ascii_equal_nocase(const char *a, const char *b, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        if (a[i] != b[i] && rtcio__ascii_lower(a[i]) != rtcio__ascii_lower(b[i]))
            return false;
    }
    return true;
}

#endif
