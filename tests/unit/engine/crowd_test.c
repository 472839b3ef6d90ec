/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */

/* The table of addresses: what it counts, whom it takes for one, and that it does not grow. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "engine/crowd.h"

#include <string.h>

static struct rtcio__address address(const char *text)
{
    struct rtcio__address a;
    assert_true(rtcio__address_parse(&a, text, strlen(text)));
    return a;
}

static void sessions_are_counted(void **state)
{
    (void)state;
    struct rtcio__crowd *crowd = rtcio__crowd_create();
    struct rtcio__address a = address("2001:db8::1"), same = address("2001:db8::ffff:9"),
                          other = address("2001:db8:0:1::1");
    for (int i = 0; i < 2; i++) {
        assert_int_equal(rtcio__crowd_ask(crowd, &a, 2, 0, 1000), RTCIO__CROWD_WELCOME);
        assert_true(rtcio__crowd_enter(crowd, &a));
    }
    assert_int_equal(rtcio__crowd_ask(crowd, &same, 2, 0, 1000), RTCIO__CROWD_FULL);
    assert_int_equal(rtcio__crowd_ask(crowd, &other, 2, 0, 1000), RTCIO__CROWD_WELCOME);
    rtcio__crowd_leave(crowd, &same);
    assert_int_equal(rtcio__crowd_ask(crowd, &a, 2, 0, 1000), RTCIO__CROWD_WELCOME);
    /* No limit, and one that was lowered. */
    assert_int_equal(rtcio__crowd_ask(crowd, &a, 0, 0, 1000), RTCIO__CROWD_WELCOME);
    assert_int_equal(rtcio__crowd_ask(crowd, &a, 1, 0, 1000), RTCIO__CROWD_FULL);
    rtcio__crowd_unref(crowd);
}

static void handshakes_have_a_bucket(void **state)
{
    (void)state;
    struct rtcio__crowd *crowd = rtcio__crowd_create();
    struct rtcio__address a = address("192.0.2.1"), mapped = address("::ffff:192.0.2.1"),
                          other = address("192.0.2.2");
    for (int i = 0; i < 2 * RTCIO__CROWD_BURST_S; i++)
        assert_int_equal(rtcio__crowd_ask(crowd, &a, 0, 2, 5000), RTCIO__CROWD_WELCOME);
    assert_int_equal(rtcio__crowd_ask(crowd, &mapped, 0, 2, 5000), RTCIO__CROWD_FAST);
    assert_int_equal(rtcio__crowd_ask(crowd, &other, 0, 2, 5000), RTCIO__CROWD_WELCOME);
    /* Another engine's clock may be behind. */
    assert_int_equal(rtcio__crowd_ask(crowd, &a, 0, 2, 4990), RTCIO__CROWD_FAST);
    assert_int_equal(rtcio__crowd_ask(crowd, &a, 0, 2, 5500), RTCIO__CROWD_WELCOME);
    assert_int_equal(rtcio__crowd_ask(crowd, &a, 0, 2, 5500), RTCIO__CROWD_FAST);
    rtcio__crowd_unref(crowd);
}

/* Whoever has a whole /32 of addresses gets a bounded table, and does not push out those who have
 * sessions. */
static void many_addresses(void **state)
{
    (void)state;
    struct rtcio__crowd *crowd = rtcio__crowd_create();
    struct rtcio__address steady = address("192.0.2.1");
    assert_true(rtcio__crowd_enter(crowd, &steady));
    for (uint32_t i = 0; i < 200000; i++) {
        uint8_t bytes[16] = {0x20, 1, 0xd, 0xb8, (uint8_t)(i >> 16), (uint8_t)(i >> 8), (uint8_t)i};
        struct rtcio__address a;
        rtcio__address_set_bytes(&a, bytes, sizeof bytes);
        assert_int_equal(rtcio__crowd_ask(crowd, &a, 10, 10, 1000), RTCIO__CROWD_WELCOME);
        if (i % 3 == 0) {
            assert_true(rtcio__crowd_enter(crowd, &a));
            rtcio__crowd_leave(crowd, &a);
        }
    }
    assert_in_range(rtcio__crowd_size(crowd), 1000, 32768 + 1);
    assert_int_equal(rtcio__crowd_ask(crowd, &steady, 1, 10, 1000), RTCIO__CROWD_FULL);
    rtcio__crowd_unref(crowd);
    rtcio__crowd_unref(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sessions_are_counted),
        cmocka_unit_test(handshakes_have_a_bucket),
        cmocka_unit_test(many_addresses),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
