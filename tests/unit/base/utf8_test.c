/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */

/* UTF-8 validation against a decoder that is too simple to be wrong. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "base/utf8.h"

/* Decodes one character the plain way. Its length; 0: invalid; -1: valid so far, but cut off. */
static int naive_char(const uint8_t *p, size_t len)
{
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    int n = p[0] < 0x80 ? 1 : p[0] >> 5 == 6 ? 2 : p[0] >> 4 == 14 ? 3 : p[0] >> 3 == 30 ? 4 : 0;
    if (n == 0)
        return 0;
    uint32_t low = n == 1 ? p[0] : p[0] & (0x7fu >> n);
    uint32_t high = low;
    for (int i = 1; i < n; i++) {
        bool there = (size_t)i < len;
        if (there && p[i] >> 6 != 2)
            return 0;
        /* What is missing may still be anything between 80 and BF. */
        low = low << 6 | (there ? p[i] & 0x3fu : 0);
        high = high << 6 | (there ? p[i] & 0x3fu : 0x3fu);
    }
    if (high < least[n] || low > 0x10ffff || (low >= 0xd800 && high <= 0xdfff))
        return 0;
    return (size_t)n <= len ? n : -1;
}

/* 1: valid; 0: invalid; -1: valid up to a character that is cut off. */
static int naive(const uint8_t *p, size_t len)
{
    while (len > 0) {
        int n = naive_char(p, len);
        if (n <= 0)
            return n;
        p += n;
        len -= (size_t)n;
    }
    return 1;
}

static int verdict(rtcio__utf8_state state)
{
    return state == 0 ? 1 : state == RTCIO__UTF8_INVALID ? 0 : -1;
}

/* In one piece, in two pieces at every point, and byte by byte. */
static void check(const uint8_t *p, size_t len)
{
    int expected = naive(p, len);
    bool right = verdict(rtcio__utf8_next(0, p, len)) == expected;
    right = right && rtcio__utf8_valid(p, len) == (expected == 1);

    for (size_t cut = 0; cut <= len; cut++) {
        rtcio__utf8_state s = rtcio__utf8_next(0, p, cut);
        right = right && verdict(s) == naive(p, cut);
        right = right && verdict(rtcio__utf8_next(s, p + cut, len - cut)) == expected;
    }
    rtcio__utf8_state s = 0;
    for (size_t i = 0; i < len; i++)
        s = rtcio__utf8_next(s, p + i, 1);
    right = right && verdict(s) == expected;

    if (!right)
        fail_msg("wrong about %zu bytes: %02x %02x %02x %02x", len, p[0], len > 1 ? p[1] : 0,
                 len > 2 ? p[2] : 0, len > 3 ? p[3] : 0);
}

static void all_short_sequences(void **state)
{
    (void)state;
    uint8_t p[2];
    for (unsigned a = 0; a < 256; a++) {
        p[0] = (uint8_t)a;
        check(p, 1);
        for (unsigned b = 0; b < 256; b++) {
            p[1] = (uint8_t)b;
            check(p, 2);
        }
    }
}

static void all_sequences_of_boundary_bytes(void **state)
{
    (void)state;
    static const uint8_t edge[] = {0x00, 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc0,
                                   0xc1, 0xc2, 0xdf, 0xe0, 0xe1, 0xec, 0xed, 0xee, 0xef,
                                   0xf0, 0xf1, 0xf3, 0xf4, 0xf5, 0xf8, 0xff};
    const size_t n = sizeof(edge);
    uint8_t p[4];

    for (size_t i = 0; i < n * n * n * n; i++) {
        p[0] = edge[i % n];
        p[1] = edge[i / n % n];
        p[2] = edge[i / n / n % n];
        p[3] = edge[i / n / n / n];
        check(p, 4);
        if (p[3] == 0)
            check(p, 3);
    }
}

static size_t encode(uint32_t c, uint8_t out[4])
{
    if (c < 0x80) {
        out[0] = (uint8_t)c;
        return 1;
    }
    size_t n = c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
    for (size_t i = n - 1; i > 0; i--, c >>= 6)
        out[i] = (uint8_t)(0x80 | (c & 0x3f));
    out[0] = (uint8_t)(0xf00u >> n | c);
    return n;
}

static void every_code_point(void **state)
{
    (void)state;
    for (uint32_t c = 0; c < 0x120000; c++) {
        uint8_t p[4];
        size_t n = encode(c, p);
        bool expected = c <= 0x10ffff && !(c >= 0xd800 && c <= 0xdfff);
        if (rtcio__utf8_valid(p, n) != expected)
            fail_msg("wrong about U+%04X", (unsigned)c);
    }
}

static void one_odd_byte_at_every_place_of_a_run(void **state)
{
    (void)state;
    static const char *const odd[] = {"\xc3\xa9", "\xe2\x82\xac", "\xf0\x9f\x98\x80", "\x80",
                                      "\xff",     "\xc3",         "\xf0\x9f\x98"};
    uint8_t p[128];

    for (size_t len = 1; len < 70; len++) {
        for (size_t at = 0; at < len; at++) {
            for (size_t i = 0; i < sizeof(odd) / sizeof(odd[0]); i++) {
                size_t n = strlen(odd[i]);
                memset(p, 'a', sizeof(p));
                memcpy(p + at, odd[i], n);
                int expected = naive(p, len);
                assert_int_equal(verdict(rtcio__utf8_next(0, p, len)), expected);
                if (i == 0)
                    check(p, len);
            }
        }
    }
}

static void invalid_is_sticky(void **state)
{
    (void)state;
    rtcio__utf8_state s = rtcio__utf8_next(0, "\xff", 1);
    assert_int_equal(s, RTCIO__UTF8_INVALID);
    assert_int_equal(rtcio__utf8_next(s, "abc", 3), RTCIO__UTF8_INVALID);
    assert_int_equal(rtcio__utf8_next(s, NULL, 0), RTCIO__UTF8_INVALID);
    assert_int_equal(rtcio__utf8_next(0, NULL, 0), 0);
    s = rtcio__utf8_next(0, "\xe2\x82", 2);
    assert_int_equal(rtcio__utf8_next(s, NULL, 0), s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_short_sequences),
        cmocka_unit_test(all_sequences_of_boundary_bytes),
        cmocka_unit_test(every_code_point),
        cmocka_unit_test(one_odd_byte_at_every_place_of_a_run),
        cmocka_unit_test(invalid_is_sticky),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
