/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */

/* Token buckets and the table of failures, with time made by hand. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>

#include "signaling/limits.h"

static void bucket_fills_and_empties(void **state)
{
    (void)state;
    rtcio__signaling_bucket bucket = {0, 0};
    int64_t now_ms = 1000;
    for (int i = 0; i < 20; i++)
        assert_true(rtcio__signaling_bucket_take(&bucket, 5 / 1000.0, 20, now_ms));
    assert_false(rtcio__signaling_bucket_take(&bucket, 5 / 1000.0, 20, now_ms));
    assert_false(rtcio__signaling_bucket_take(&bucket, 5 / 1000.0, 20, now_ms + 150));
    assert_true(rtcio__signaling_bucket_take(&bucket, 5 / 1000.0, 20, now_ms + 201));
    assert_false(rtcio__signaling_bucket_take(&bucket, 5 / 1000.0, 20, now_ms + 202));
    /* However long it rests, it holds no more than the burst. */
    now_ms += 1000 * 1000;
    for (int i = 0; i < 20; i++)
        assert_true(rtcio__signaling_bucket_take(&bucket, 5 / 1000.0, 20, now_ms));
    assert_false(rtcio__signaling_bucket_take(&bucket, 5 / 1000.0, 20, now_ms));
}

static void a_bucket_that_owes(void **state)
{
    (void)state;
    rtcio__signaling_bucket bucket = {0};
    /* 10 a second, 20 at once: with the last of them begins the wait for the next. */
    for (int i = 0; i < 19; i++)
        assert_int_equal(rtcio__signaling_bucket_pay(&bucket, 0.01, 20, 1000), 0);
    assert_in_range(rtcio__signaling_bucket_pay(&bucket, 0.01, 20, 1000), 100, 101);
    assert_in_range(rtcio__signaling_bucket_pay(&bucket, 0.01, 20, 1000), 200, 201);
    assert_in_range(rtcio__signaling_bucket_pay(&bucket, 0.01, 20, 1200), 100, 101);
    assert_int_equal(rtcio__signaling_bucket_pay(&bucket, 0.01, 20, 99000), 0);
}

static void failures_of_one_address(void **state)
{
    (void)state;
    rtcio__signaling_failures *failures = rtcio__signaling_failures_create(10);
    assert_non_null(failures);
    for (int i = 0; i < 10; i++) {
        assert_false(rtcio__signaling_failures_spent(failures, "192.0.2.1", 1000));
        rtcio__signaling_failures_add(failures, "192.0.2.1", 1000);
    }
    assert_true(rtcio__signaling_failures_spent(failures, "192.0.2.1", 1000));
    assert_true(rtcio__signaling_failures_spent(failures, "192.0.2.1", 6000));
    assert_true(rtcio__signaling_failures_spent(failures, "::ffff:192.0.2.1", 1000));
    assert_false(rtcio__signaling_failures_spent(failures, "192.0.2.2", 1000));
    /* 10 a minute: one more after 6 s, all after a minute. */
    assert_false(rtcio__signaling_failures_spent(failures, "192.0.2.1", 7100));
    rtcio__signaling_failures_add(failures, "192.0.2.1", 7100);
    assert_true(rtcio__signaling_failures_spent(failures, "192.0.2.1", 7100));
    rtcio__signaling_failures_destroy(failures);
}

static void addresses_are_told_apart(void **state)
{
    (void)state;
    assert_int_equal(rtcio__signaling_address_key("2001:db8:1:2::1"),
                     rtcio__signaling_address_key("2001:db8:1:2:f::9"));
    assert_int_not_equal(rtcio__signaling_address_key("2001:db8:1:2::1"),
                         rtcio__signaling_address_key("2001:db8:1:3::1"));
    assert_int_equal(rtcio__signaling_address_key("fe80::1%eth0"),
                     rtcio__signaling_address_key("fe80::1"));
    assert_int_not_equal(rtcio__signaling_address_key("192.0.2.1"),
                         rtcio__signaling_address_key("192.0.2.2"));
    assert_int_equal(rtcio__signaling_address_key("192.0.2.1"),
                     rtcio__signaling_address_key("::ffff:192.0.2.1"));
    assert_int_equal(rtcio__signaling_address_key("nonsense"), 0);
    assert_int_equal(rtcio__signaling_address_key(""), 0);
}

/* More addresses than the table holds: it forgets some, and keeps serving. Those who failed
 * most are pushed out last. */
static void many_addresses(void **state)
{
    (void)state;
    rtcio__signaling_failures *failures = rtcio__signaling_failures_create(3);
    assert_non_null(failures);
    for (int i = 0; i < 3; i++)
        rtcio__signaling_failures_add(failures, "198.51.100.7", 1000);
    for (unsigned i = 0; i < 20000; i++) {
        char address[32];
        snprintf(address, sizeof address, "10.0.%u.%u", i / 256, i % 256);
        rtcio__signaling_failures_add(failures, address, 1000);
    }
    assert_true(rtcio__signaling_failures_spent(failures, "198.51.100.7", 1000));
    rtcio__signaling_failures_destroy(failures);
    rtcio__signaling_failures_destroy(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bucket_fills_and_empties), cmocka_unit_test(a_bucket_that_owes),
        cmocka_unit_test(failures_of_one_address),  cmocka_unit_test(addresses_are_told_apart),
        cmocka_unit_test(many_addresses),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
