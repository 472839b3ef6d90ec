/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */

/* The JSON scanner for every x86 of 64 bits, with SSE2. */

#include "codec/json_variants.h"

#ifdef __SSE2__

#include <emmintrin.h>

#define BLOCK 16

static inline __m128i is(const char *p, char c)
{
    return _mm_cmpeq_epi8(_mm_loadu_si128((const __m128i *)(const void *)p), _mm_set1_epi8(c));
}

static inline __m128i either(const __m128i a, const __m128i b)
{
    return _mm_or_si128(a, b);
}

static inline __m128i is_control(const char *p)
{
    const __m128i v = _mm_loadu_si128((const __m128i *)(const void *)p);
    return _mm_cmpeq_epi8(_mm_min_epu8(v, _mm_set1_epi8(0x1f)), v);
}

static inline uint32_t bits(const __m128i marks)
{
    return (uint32_t)_mm_movemask_epi8(marks);
}

static inline uint32_t string_stops(const char *p)
{
    return bits(either(either(is(p, '"'), is(p, '\\')), is_control(p)));
}

static inline uint32_t string_marks(const char *p)
{
    const __m128i line_end = either(is(p, 'n'), is(p, 'r'));
    const __m128i escaped = _mm_andnot_si128(line_end, is(p - 1, '\\'));
    return bits(either(either(is(p, '"'), is_control(p)), escaped));
}

#include "codec/json_scan.h"

const char *rtcio__json_scan_sse2(const char *p, const char *end, unsigned max_depth,
                                  unsigned *depth, struct rtcio__json_index *index)
{
    return scan_value(p, end, max_depth, depth, index);
}

#endif
