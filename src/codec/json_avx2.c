/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */

/* The JSON scanner for x86 processors with AVX2. */

#include "codec/json_variants.h"

#ifdef RTCIO__HAVE_AVX2

#include <immintrin.h>

#define BLOCK 32

RTCIO__AVX2_BEGIN

static inline __m256i is(const char *p, char c)
{
    return _mm256_cmpeq_epi8(_mm256_loadu_si256((const __m256i *)(const void *)p),
                             _mm256_set1_epi8(c));
}

static inline __m256i either(const __m256i a, const __m256i b)
{
    return _mm256_or_si256(a, b);
}

static inline __m256i is_control(const char *p)
{
    const __m256i v = _mm256_loadu_si256((const __m256i *)(const void *)p);
    return _mm256_cmpeq_epi8(_mm256_min_epu8(v, _mm256_set1_epi8(0x1f)), v);
}

static inline uint32_t bits(const __m256i marks)
{
    return (uint32_t)_mm256_movemask_epi8(marks);
}

static inline uint32_t string_stops(const char *p)
{
    return bits(either(either(is(p, '"'), is(p, '\\')), is_control(p)));
}

static inline uint32_t string_marks(const char *p)
{
    const __m256i line_end = either(is(p, 'n'), is(p, 'r'));
    const __m256i escaped = _mm256_andnot_si256(line_end, is(p - 1, '\\'));
    return bits(either(either(is(p, '"'), is_control(p)), escaped));
}

#include "codec/json_scan.h"

const char *rtcio__json_scan_avx2(const char *p, const char *end, unsigned max_depth,
                                  unsigned *depth, struct rtcio__json_index *index)
{
    return scan_value(p, end, max_depth, depth, index);
}

RTCIO__AVX2_END

#endif
