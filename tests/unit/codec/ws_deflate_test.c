/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */

/* Messages of permessage-deflate: the examples of RFC 7692 section 7.2.3, bounds, and the memory
 * that is held. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include <rtcio/errors.h>

#include "codec/ws_deflate.h"

#define LEN(rows) (sizeof(rows) / sizeof((rows)[0]))
#define MOST      1000000

static struct rtcio__counter held;

static int nothing_is_held(void **state)
{
    (void)state;
    return rtcio__counter_get(&held) == 0 ? 0 : -1;
}

static void expect_inflated(struct rtcio__inflater *inflater, bool keep, const void *data,
                            size_t len, const char *text)
{
    struct rtcio__buf out = {0};

    assert_int_equal(rtcio__inflater_message(inflater, data, len, keep, MOST, &out), 0);
    assert_int_equal(out.len, strlen(text));
    assert_true(out.cap > out.len);
    assert_memory_equal(out.data, text, out.len);
    rtcio__buf_fini(&out);
}

#define BYTES(...) (const uint8_t[]){__VA_ARGS__}, sizeof((const uint8_t[]){__VA_ARGS__})

static void the_examples_of_the_rfc(void **state)
{
    (void)state;
    struct rtcio__inflater *i = rtcio__inflater_create(15, &held);

    assert_non_null(i);
    /* 7.2.3.1 a compressed block; in two fragments it is the same bytes */
    expect_inflated(i, false, BYTES(0xf2, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00), "Hello");
    /* 7.2.3.2 with the window of the message before */
    expect_inflated(i, true, BYTES(0xf2, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00), "Hello");
    expect_inflated(i, true, BYTES(0xf2, 0x00, 0x11, 0x00, 0x00), "Hello");
    /* 7.2.3.3 a block without compression */
    expect_inflated(
        i, false, BYTES(0x00, 0x05, 0x00, 0xfa, 0xff, 0x48, 0x65, 0x6c, 0x6c, 0x6f, 0x00), "Hello");
    /* 7.2.3.4 a block with BFINAL, with and without the octet behind it */
    expect_inflated(i, false, BYTES(0xf3, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00, 0x00), "Hello");
    expect_inflated(i, false, BYTES(0xf3, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00), "Hello");
    /* … whose window goes on */
    expect_inflated(i, true, BYTES(0xf2, 0x00, 0x11, 0x00, 0x00), "Hello");
    /* 7.2.3.5 two blocks in a message */
    expect_inflated(
        i, false,
        BYTES(0xf2, 0x48, 0x05, 0x00, 0x00, 0x00, 0xff, 0xff, 0xca, 0xc9, 0xc9, 0x07, 0x00),
        "Hello");
    /* 7.2.3.6 an empty message, and one without even that octet */
    expect_inflated(i, false, BYTES(0x00), "");
    expect_inflated(i, false, BYTES(0x02, 0x00), "");
    expect_inflated(i, false, "", 0, "");
    rtcio__inflater_destroy(i);
}

static void what_is_no_message_is_refused(void **state)
{
    (void)state;
    static const struct {
        const char *data;
        size_t len;
    } rows[] = {
        {"\xff\xff\xff", 3},                     /* a block of no type */
        {"\xf2\x48\xcd", 3},                     /* cut off */
        {"\x00\x06\x00\xf9\xff\x48", 6},         /* a stored block, cut off */
        {"\x00\x05\x00\xfa\xfe\x48\x65\x6c", 8}, /* lengths that do not agree */
        {"\xf2\x00\x11\x00\x00", 5},             /* from a window that is empty */
        {"Hello, world", 12},
    };
    struct rtcio__inflater *i = rtcio__inflater_create(15, &held);
    struct rtcio__buf out = {0};

    assert_non_null(i);
    for (size_t n = 0; n < LEN(rows); n++)
        assert_int_equal(rtcio__inflater_message(i, rows[n].data, rows[n].len, false, MOST, &out),
                         RTCIO_E_FORMAT);
    /* Blocks with BFINAL are few. */
    uint8_t finals[100];
    for (size_t n = 0; n < sizeof(finals); n += 2)
        memcpy(finals + n, "\x03\x00", 2);
    assert_int_equal(rtcio__inflater_message(i, finals, 20, false, MOST, &out), 0);
    assert_int_equal(rtcio__inflater_message(i, finals, sizeof(finals), false, MOST, &out),
                     RTCIO_E_FORMAT);
    expect_inflated(i, false, BYTES(0xf2, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00), "Hello");
    rtcio__buf_fini(&out);
    rtcio__inflater_destroy(i);
}

/* Something like JSON, never twice the same. */
static char *make_text(size_t len, unsigned seed)
{
    static const char words[] = "candidate:842163049 1 udp 1677729535 {\"sdpMid\":\"0\"} a=rtpmap ";
    char *text = malloc(len + 1);

    assert_non_null(text);
    for (size_t i = 0; i < len; i++) {
        seed = seed * 1103515245 + 12345;
        text[i] =
            seed >> 28 == 0 ? (char)('0' + (seed >> 16) % 10) : words[i % (sizeof(words) - 1)];
    }
    return text;
}

static void there_and_back(unsigned bits, bool keep)
{
    struct rtcio__deflater *d = rtcio__deflater_create(bits, 6, &held);
    struct rtcio__inflater *i = rtcio__inflater_create(bits, &held);
    struct rtcio__buf packed = {0}, out = {0};
    size_t first = 0, last = 0;

    assert_non_null(d);
    assert_non_null(i);
    for (size_t round = 0; round < 4; round++) {
        static const size_t lengths[] = {200, 5000, 70000, 300000, 150};
        for (size_t n = 0; n < LEN(lengths); n++) {
            char *text = make_text(lengths[n], 7);
            assert_int_equal(rtcio__deflater_message(d, text, lengths[n], keep, &packed), 0);
            assert_true(packed.len < lengths[n]);
            if (n == 1)
                *(round == 0 ? &first : &last) = packed.len;
            assert_int_equal(rtcio__inflater_message(i, packed.data, packed.len, keep, MOST, &out),
                             0);
            assert_int_equal(out.len, lengths[n]);
            assert_memory_equal(out.data, text, out.len);
            free(text);
        }
    }
    assert_true(keep || first == last); /* no message knows of another */
    assert_true(rtcio__counter_get(&held) <=
                rtcio__deflater_need(bits) + rtcio__inflater_need(bits));
    rtcio__buf_fini(&packed);
    rtcio__buf_fini(&out);
    rtcio__deflater_destroy(d);
    rtcio__inflater_destroy(i);
}

static void messages_come_back(void **state)
{
    (void)state;
    for (unsigned bits = 9; bits <= 15; bits++) {
        there_and_back(bits, false);
        there_and_back(bits, true);
    }
}

static void memory_is_counted_and_foreseen(void **state)
{
    (void)state;
    for (unsigned bits = 8; bits <= 15; bits++) {
        struct rtcio__inflater *i = rtcio__inflater_create(bits, &held);
        assert_non_null(i);
        expect_inflated(i, true, BYTES(0xf2, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00), "Hello");
        assert_in_range(rtcio__counter_get(&held), (size_t)1 << bits, rtcio__inflater_need(bits));
        rtcio__inflater_destroy(i);
        if (bits < 9)
            continue;
        struct rtcio__deflater *d = rtcio__deflater_create(bits, 9, &held);
        assert_non_null(d);
        assert_in_range(rtcio__counter_get(&held), rtcio__deflater_need(bits) - 8192,
                        rtcio__deflater_need(bits));
        /* What moves is counted nowhere, then elsewhere. */
        struct rtcio__counter other = {0};
        size_t all = rtcio__counter_get(&held);
        rtcio__deflater_count_at(d, NULL);
        assert_int_equal(rtcio__counter_get(&held), 0);
        rtcio__deflater_count_at(d, &other);
        assert_int_equal(rtcio__counter_get(&other), all);
        rtcio__deflater_destroy(d);
        assert_int_equal(rtcio__counter_get(&other), 0);
    }
    rtcio__deflater_destroy(NULL);
    rtcio__inflater_destroy(NULL);
}

static void a_context_makes_the_next_shorter(void **state)
{
    (void)state;
    struct rtcio__deflater *d = rtcio__deflater_create(15, 6, &held);
    struct rtcio__buf out = {0};
    char *text = make_text(4000, 1);

    assert_non_null(d);
    assert_int_equal(rtcio__deflater_message(d, text, 4000, true, &out), 0);
    size_t first = out.len;
    assert_int_equal(rtcio__deflater_message(d, text, 4000, true, &out), 0);
    assert_true(out.len < first / 4);
    /* What cannot be made shorter is given up, unless the context needs it. */
    static uint8_t noise[5000];
    for (unsigned n = 0, seed = 1; n < sizeof(noise); n++)
        noise[n] = (uint8_t)((seed = seed * 1103515245 + 12345) >> 16);
    assert_int_equal(rtcio__deflater_message(d, noise, sizeof(noise), false, &out), RTCIO_E_LIMIT);
    assert_int_equal(rtcio__deflater_message(d, noise, sizeof(noise), true, &out), 0);
    assert_int_equal(rtcio__deflater_message(d, "x", 1, false, &out), RTCIO_E_LIMIT);
    free(text);
    rtcio__buf_fini(&out);
    rtcio__deflater_destroy(d);
}

static void a_bomb_allocates_no_more_than_the_limit(void **state)
{
    (void)state;
    const size_t huge = 50 << 20, limits[] = {0, 1, 255, 256, 1000, 1024, 65536, 1000000};
    struct rtcio__deflater *d = rtcio__deflater_create(15, 9, &held);
    struct rtcio__inflater *i = rtcio__inflater_create(15, &held);
    struct rtcio__buf bomb = {0};
    char *zeros = calloc(1, huge);

    assert_non_null(d);
    assert_non_null(i);
    assert_non_null(zeros);
    assert_int_equal(rtcio__deflater_message(d, zeros, huge, false, &bomb), 0);
    assert_true(bomb.len < huge / 900);
    for (size_t n = 0; n < LEN(limits); n++) {
        struct rtcio__buf out = {0}, packed = {0};
        assert_int_equal(rtcio__inflater_message(i, bomb.data, bomb.len, false, limits[n], &out),
                         RTCIO_E_LIMIT);
        assert_true(out.cap <= limits[n] + 1);
        /* As long as the limit is fine, in a buffer that has been there, too. */
        if (limits[n] > 100) {
            for (size_t more = 0; more < 2; more++) {
                assert_int_equal(
                    rtcio__deflater_message(d, zeros, limits[n] + more, false, &packed), 0);
                assert_int_equal(
                    rtcio__inflater_message(i, packed.data, packed.len, false, limits[n], &out),
                    more == 0 ? 0 : RTCIO_E_LIMIT);
                assert_true(out.cap <= limits[n] + 1);
            }
        }
        rtcio__buf_fini(&out);
        rtcio__buf_fini(&packed);
    }
    free(zeros);
    rtcio__buf_fini(&bomb);
    rtcio__deflater_destroy(d);
    rtcio__inflater_destroy(i);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(the_examples_of_the_rfc, nothing_is_held),
        cmocka_unit_test_teardown(what_is_no_message_is_refused, nothing_is_held),
        cmocka_unit_test_teardown(messages_come_back, nothing_is_held),
        cmocka_unit_test_teardown(memory_is_counted_and_foreseen, nothing_is_held),
        cmocka_unit_test_teardown(a_context_makes_the_next_shorter, nothing_is_held),
        cmocka_unit_test_teardown(a_bomb_allocates_no_more_than_the_limit, nothing_is_held),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
