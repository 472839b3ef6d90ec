/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */

/* UTF-8 validation. Runs of ASCII are skipped by vectors or words; the rest goes through a machine
 * whose whole state fits the 32 bits handed back to the caller. */

#include "base/utf8.h"

#include <string.h>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

/* A state inside a character: how many bytes are still to come and which values the next of them
 * may have. All bits but 0 to 17 are clear, so no such state is RTCIO__UTF8_INVALID. */
#define EXPECT(n_more, low, high) ((uint32_t)((n_more) << 16 | (high) << 8 | (low)))
#define N_MORE(state)             ((state) >> 16)
#define HIGH(state)               ((state) >> 8 & 0xff)
#define LOW(state)                ((state)&0xff)

/* The first byte at or behind p that is not ASCII, or end. */
static const uint8_t *skip_ascii(const uint8_t *p, const uint8_t *end)
{
#ifdef __SSE2__
    for (; end - p >= 16; p += 16) {
        int high_bits = _mm_movemask_epi8(_mm_loadu_si128((const __m128i *)(const void *)p));
        if (high_bits != 0)
            return p + __builtin_ctz((unsigned)high_bits);
    }
#else
    for (; end - p >= 8; p += 8) {
        uint64_t word;
        memcpy(&word, p, sizeof(word));
        if ((word & UINT64_C(0x8080808080808080)) != 0)
            break;
    }
#endif
    while (p < end && *p < 0x80)
        p++;
    return p;
}

/* The state behind a character's first byte, which is not ASCII (RFC 3629 section 4). */
static uint32_t after_first(uint8_t c)
{
    if (c < 0xc2) /* a stray continuation byte, or an overlong form of ASCII */
        return RTCIO__UTF8_INVALID;
    if (c < 0xe0)
        return EXPECT(1, 0x80, 0xbf);
    if (c < 0xf0) {
        if (c == 0xe0) /* below A0 it would be overlong */
            return EXPECT(2, 0xa0, 0xbf);
        if (c == 0xed) /* above 9F it would be a surrogate */
            return EXPECT(2, 0x80, 0x9f);
        return EXPECT(2, 0x80, 0xbf);
    }
    if (c == 0xf0) /* below 90 it would be overlong */
        return EXPECT(3, 0x90, 0xbf);
    if (c < 0xf4)
        return EXPECT(3, 0x80, 0xbf);
    if (c == 0xf4) /* above 8F it would be beyond U+10FFFF */
        return EXPECT(3, 0x80, 0x8f);
    return RTCIO__UTF8_INVALID;
}

/* Goes on with a character byte by byte, until it or the piece ends. */
static uint32_t go_on(uint32_t state, const uint8_t **p, const uint8_t *end)
{
    for (; state != 0 && *p < end; (*p)++) {
        if (**p < LOW(state) || **p > HIGH(state))
            return RTCIO__UTF8_INVALID;
        state = N_MORE(state) > 1 ? EXPECT(N_MORE(state) - 1, 0x80u, 0xbfu) : 0;
    }
    return state;
}

/* The same for a character that is there as a whole: p is behind its first byte. */
static bool rest_valid(uint32_t state, const uint8_t *p)
{
    bool valid = p[0] >= LOW(state) && p[0] <= HIGH(state);
    for (uint32_t i = 1; i < N_MORE(state); i++)
        valid = valid && (p[i] & 0xc0) == 0x80;
    return valid;
}

rtcio__utf8_state rtcio__utf8_next(rtcio__utf8_state state, const void *data, size_t len)
{
    const uint8_t *p = data;

    if (state == RTCIO__UTF8_INVALID || len == 0)
        return state;
    const uint8_t *end = p + len;
    state = go_on(state, &p, end);
    while (state == 0 && p < end) {
        if (*p < 0x80) {
            p = skip_ascii(p, end);
            if (p == end)
                break;
        }
        state = after_first(*p++);
        if (state == RTCIO__UTF8_INVALID)
            break;
        if ((size_t)(end - p) >= N_MORE(state)) {
            if (!rest_valid(state, p))
                return RTCIO__UTF8_INVALID;
            p += N_MORE(state);
            state = 0;
        } else {
            state = go_on(state, &p, end);
        }
    }
    return state;
}
