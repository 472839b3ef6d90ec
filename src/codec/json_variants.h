/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */
#ifndef RTCIO_CODEC_JSON_VARIANTS_H
#define RTCIO_CODEC_JSON_VARIANTS_H

/* The scanner of json_scan.h as it was compiled for each kind of processor. All give the same
 * answer to every input (fuzz/fuzz_json.c compares them). */

#include "base/ascii.h"
#include "base/cpu.h"
#include "codec/json.h"

/* As rtcio__json_value(), or rtcio__json_object() if there is an index, which is empty then. depth
 * is not NULL. */
typedef const char *rtcio__json_scan_fn(const char *p, const char *end, unsigned max_depth,
                                        unsigned *depth, struct rtcio__json_index *index);

rtcio__json_scan_fn rtcio__json_scan_scalar;
#ifdef __SSE2__
rtcio__json_scan_fn rtcio__json_scan_sse2;
#endif
#ifdef RTCIO__HAVE_AVX2
rtcio__json_scan_fn rtcio__json_scan_avx2; /* if rtcio__cpu_avx2() */
#endif

/* The length of the escape at p (at its backslash), 0 if it is none. */
static inline size_t rtcio__json_escape_len(const char *p, const char *end)
{
    if (end - p < 2)
        return 0;
    switch (p[1]) {
    case 'n':
    case 'r':
    case '"':
    case '\\':
    case '/':
    case 't':
    case 'b':
    case 'f':
        return 2;
    case 'u':
        /* Any four digits: JSON.parse takes surrogates that stand alone. */
        if (end - p < 6)
            return 0;
        for (int i = 2; i < 6; i++)
            if (rtcio__ascii_hex(p[i]) < 0)
                return 0;
        return 6;
    default:
        return 0;
    }
}

#endif
