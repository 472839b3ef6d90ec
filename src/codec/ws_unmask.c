/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */

/* Unmasking (RFC 6455 5.3): octet i is XORed with octet i MOD 4 of the key. Every step here is a
 * multiple of four, so the key never has to be turned. */

#include "codec/ws.h"

#include <string.h>

#include "base/cpu.h"

/* Each of the following unmasks as many whole blocks as there are, returns their length, and leaves
 * in *high the bits of bytes that are not ASCII. */

#ifdef RTCIO__HAVE_AVX2
#include <immintrin.h>

RTCIO__AVX2_BEGIN

static size_t by_32(uint8_t *data, size_t len, uint32_t key, uint64_t *high)
{
    const __m256i keys = _mm256_set1_epi32((int)key);
    __m256i all = _mm256_setzero_si256();
    size_t i = 0;
    for (; len - i >= 32; i += 32) {
        __m256i *at = (__m256i *)(void *)(data + i);
        const __m256i plain = _mm256_xor_si256(_mm256_loadu_si256(at), keys);
        _mm256_storeu_si256(at, plain);
        all = _mm256_or_si256(all, plain);
    }
    *high |= (uint32_t)_mm256_movemask_epi8(all);
    return i;
}

RTCIO__AVX2_END
#endif

#ifdef __SSE2__
#include <emmintrin.h>

static size_t by_16(uint8_t *data, size_t len, uint32_t key, uint64_t *high)
{
    const __m128i keys = _mm_set1_epi32((int)key);
    __m128i all = _mm_setzero_si128();
    size_t i = 0;
    for (; len - i >= 16; i += 16) {
        __m128i *at = (__m128i *)(void *)(data + i);
        const __m128i plain = _mm_xor_si128(_mm_loadu_si128(at), keys);
        _mm_storeu_si128(at, plain);
        all = _mm_or_si128(all, plain);
    }
    *high |= (uint32_t)_mm_movemask_epi8(all);
    return i;
}
#endif

static size_t by_8(uint8_t *data, size_t len, uint32_t key, uint64_t *high)
{
    const uint64_t keys = (uint64_t)key << 32 | key;
    uint64_t all = 0;
    size_t i = 0;
    for (; len - i >= 8; i += 8) {
        uint64_t plain;
        memcpy(&plain, data + i, sizeof(plain));
        plain ^= keys;
        memcpy(data + i, &plain, sizeof(plain));
        all |= plain;
    }
    *high |= all & UINT64_C(0x8080808080808080);
    return i;
}

bool rtcio__ws_unmask(uint8_t *data, size_t len, const uint8_t key[4])
{
    uint32_t key32;
    uint64_t high = 0;
    size_t done = 0;

    memcpy(&key32, key, sizeof(key32));
#ifdef RTCIO__HAVE_AVX2
    if (rtcio__cpu_avx2())
        done = by_32(data, len, key32, &high);
#endif
#ifdef __SSE2__
    done += by_16(data + done, len - done, key32, &high);
#endif
    done += by_8(data + done, len - done, key32, &high);
    for (; done < len; done++) {
        data[done] ^= key[done & 3];
        high |= data[done] & 0x80u;
    }
    return high == 0;
}
