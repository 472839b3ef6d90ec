/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */

/* Random bytes and identifiers. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "base/base64.h"
#include "base/random.h"

static void fills_all_of_it(void **state)
{
    (void)state;
    /* More than getrandom() may give in one go while a signal is around. Every byte position is
     * set in one of 32 rounds, or the test is wrong once in 2^200. */
    static uint8_t data[1000], seen[1000];

    for (int round = 0; round < 32; round++) {
        memset(data, 0, sizeof(data));
        assert_int_equal(rtcio__random(data, sizeof(data)), 0);
        for (size_t i = 0; i < sizeof(data); i++)
            seen[i] |= data[i];
    }
    for (size_t i = 0; i < sizeof(seen); i++)
        assert_int_not_equal(seen[i], 0);
    assert_int_equal(rtcio__random(NULL, 0), 0);
}

static void next_id(struct rtcio__id_source *source, uint8_t bytes[15])
{
    char id[RTCIO__ID_LEN + 2];

    memset(id, '#', sizeof(id));
    assert_int_equal(rtcio__id_next(source, id), 0);
    assert_int_equal(strlen(id), RTCIO__ID_LEN);
    assert_int_equal(id[RTCIO__ID_LEN + 1], '#');
    assert_int_equal(strspn(id, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"),
                     RTCIO__ID_LEN);
    assert_int_equal(rtcio__base64_decode(bytes, id, RTCIO__ID_LEN), 15);
}

static void ids_count_up_and_differ(void **state)
{
    (void)state;
    enum { N = 2000 };
    static uint8_t id[N][15];
    struct rtcio__id_source source = {0};

    for (unsigned i = 0; i < N; i++) {
        next_id(&source, id[i]);
        assert_int_equal(id[i][12] << 16 | id[i][13] << 8 | id[i][14], i);
        for (unsigned k = 0; k < i; k++)
            assert_memory_not_equal(id[i], id[k], 12);
    }
}

static void first_ids_end_as_socket_io_ends_them(void **state)
{
    (void)state;
    struct rtcio__id_source source = {0};
    char id[RTCIO__ID_LEN + 1];

    assert_int_equal(rtcio__id_next(&source, id), 0);
    assert_string_equal(id + 16, "AAAA");
    assert_int_equal(rtcio__id_next(&source, id), 0);
    assert_string_equal(id + 16, "AAAB");
    source.sequence = 0xffffff;
    assert_int_equal(rtcio__id_next(&source, id), 0);
    assert_string_equal(id + 16, "____");
    assert_int_equal(rtcio__id_next(&source, id), 0);
    assert_string_equal(id + 16, "AAAA");
}

static void both_alphabets_ends_are_replaced(void **state)
{
    (void)state;
    struct rtcio__id_source source = {.left = 24};
    char id[RTCIO__ID_LEN + 1];

    memset(source.pool, 0xff, sizeof(source.pool));
    for (size_t i = sizeof(source.pool) - 12; i < sizeof(source.pool); i += 3)
        memcpy(source.pool + i, "\xfb\xef\xbe", 3);
    assert_int_equal(rtcio__id_next(&source, id), 0);
    assert_string_equal(id, "________________AAAA");
    assert_int_equal(rtcio__id_next(&source, id), 0);
    assert_string_equal(id, "----------------AAAB");
}

static void used_bytes_are_wiped(void **state)
{
    (void)state;
    static const uint8_t zeros[sizeof(((struct rtcio__id_source *)0)->pool)];
    struct rtcio__id_source source = {0};
    const unsigned size = sizeof(source.pool);
    char id[RTCIO__ID_LEN + 1];

    for (unsigned i = 1; i <= size / 12; i++) {
        assert_int_equal(rtcio__id_next(&source, id), 0);
        assert_int_equal(source.left, size - 12 * i);
        assert_memory_equal(source.pool, zeros, 12 * i);
        /* The rest is still random: 12 zeros in a row happen once in 2^96. */
        if (source.left >= 12)
            assert_memory_not_equal(source.pool + 12 * i, zeros, 12);
    }
    assert_int_equal(rtcio__id_next(&source, id), 0); /* too little is left: refilled */
    assert_int_equal(source.left, size - 12);
}

static void ids_of_several_sources_tell_whose_they_are(void **state)
{
    (void)state;
    char id[RTCIO__ID_LEN + 1];

    for (uint32_t first = 0; first < 3; first++) {
        struct rtcio__id_source source = {.sequence = first, .first = first, .stride = 3};
        for (uint32_t i = 0; i < 5; i++) {
            assert_int_equal(rtcio__id_next(&source, id), 0);
            assert_int_equal(rtcio__id_sequence(id, RTCIO__ID_LEN), first + 3 * i);
        }
        /* 2^24 is not a multiple of 3. */
        source.sequence = 0xfffffc + first;
        for (uint32_t i = 0; i < 5; i++) {
            assert_int_equal(rtcio__id_next(&source, id), 0);
            assert_int_equal(rtcio__id_sequence(id, RTCIO__ID_LEN) % 3, first);
        }
    }
    assert_int_equal(rtcio__id_sequence("AAAAAAAAAAAAAAAA-_zB", 20), 0xfbfcc1);
    assert_int_equal(rtcio__id_sequence("AAAAAAAAAAAAAAAAAA+A", 20), -1);
    assert_int_equal(rtcio__id_sequence("AAAAAAAAAAAAAAAAAAAA", 19), -1);
    assert_int_equal(rtcio__id_sequence("", 0), -1);
    assert_int_equal(rtcio__id_sequence("/chat#AAAAAAAAAAAAAAAA-_zB", 26), 0xfbfcc1);
    assert_int_equal(rtcio__id_sequence("#AAAAAAAAAAAAAAAA-_zB", 21), 0xfbfcc1);
    assert_int_equal(rtcio__id_sequence("xAAAAAAAAAAAAAAAA-_zB", 21), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fills_all_of_it),
        cmocka_unit_test(ids_count_up_and_differ),
        cmocka_unit_test(first_ids_end_as_socket_io_ends_them),
        cmocka_unit_test(both_alphabets_ends_are_replaced),
        cmocka_unit_test(used_bytes_are_wiped),
        cmocka_unit_test(ids_of_several_sources_tell_whose_they_are),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
