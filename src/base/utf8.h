/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */
#ifndef RTCIO_BASE_UTF8_H
#define RTCIO_BASE_UTF8_H

/* UTF-8 validation (RFC 3629: no overlong forms, no surrogates, at most U+10FFFF), in one go or in
 * pieces. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* State between pieces: 0 at the start and at every character boundary. */
typedef uint32_t rtcio__utf8_state;
#define RTCIO__UTF8_INVALID UINT32_MAX

/* Continues validation; returns the new state, RTCIO__UTF8_INVALID (sticky) on an error. Runs of
 * ASCII cost one vector compare per 16 bytes. */
rtcio__utf8_state rtcio__utf8_next(rtcio__utf8_state state, const void *data, size_t len);

static inline bool rtcio__utf8_valid(const void *data, size_t len)
{
    return rtcio__utf8_next(0, data, len) == 0;
}

#endif
