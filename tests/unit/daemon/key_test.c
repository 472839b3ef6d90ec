/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */

/* Keys of the control API, and addresses that try wrong ones. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "control/key.h"

static bool have(const rtcio__keys *keys, const char *key)
{
    return rtcio__keys_have(keys, key, strlen(key));
}

static void keys_open_and_nothing_else_does(void **state)
{
    rtcio__keys keys;
    (void)state;

    assert_true(rtcio__keys_read(&keys, "the newest of the keys, the one before it"));
    assert_int_equal(keys.n, 2);
    assert_true(have(&keys, "the newest of the keys"));
    assert_true(have(&keys, "the one before it"));
    assert_false(have(&keys, "the newest of the key"));
    assert_false(have(&keys, "the newest of the keys, the one before it"));
    assert_false(have(&keys, ""));
    assert_true(rtcio__keys_read(&keys, ""));
    assert_int_equal(keys.n, 0);
    assert_false(have(&keys, ""));
}

static void bad_lists_are_told(void **state)
{
    char many[RTCIO__MAX_KEYS * 24 + 64] = "";
    rtcio__keys keys;
    (void)state;

    assert_false(rtcio__keys_read(&keys, "too short"));
    for (int i = 0; i <= RTCIO__MAX_KEYS; i++) {
        size_t n = strlen(many);
        assert_int_equal(rtcio__keys_read(&keys, many), true);
        snprintf(many + n, sizeof many - n, "%skey number %08d", n > 0 ? "," : "", i);
    }
    assert_false(rtcio__keys_read(&keys, many));
}

static void failures_age(void **state)
{
    static rtcio__key_failures failures;
    int64_t now = 1000000;
    (void)state;

    rtcio__key_failures_init(&failures);
    for (int i = 0; i < RTCIO__KEY_BURST; i++) {
        assert_int_equal(rtcio__key_failures_wait(&failures, "192.0.2.1", now), 0);
        rtcio__key_failures_add(&failures, "192.0.2.1", now);
    }
    assert_int_equal(rtcio__key_failures_wait(&failures, "192.0.2.1", now), RTCIO__KEY_EVERY_MS);
    assert_int_equal(rtcio__key_failures_wait(&failures, "192.0.2.2", now), 0);
    now += RTCIO__KEY_EVERY_MS;
    assert_int_equal(rtcio__key_failures_wait(&failures, "192.0.2.1", now), 0);
    rtcio__key_failures_add(&failures, "192.0.2.1", now);
    assert_int_equal(rtcio__key_failures_wait(&failures, "192.0.2.1", now), RTCIO__KEY_EVERY_MS);
    /* Quiet for long is as good as new. */
    now += RTCIO__KEY_BURST * RTCIO__KEY_EVERY_MS;
    for (int i = 0; i < RTCIO__KEY_BURST; i++)
        rtcio__key_failures_add(&failures, "192.0.2.1", now);
    assert_int_equal(rtcio__key_failures_wait(&failures, "192.0.2.1", now), RTCIO__KEY_EVERY_MS);
}

static void many_addresses_push_out_the_quietest(void **state)
{
    static rtcio__key_failures failures;
    char address[48];
    (void)state;

    rtcio__key_failures_init(&failures);
    for (int i = 0; i < RTCIO__KEY_BURST; i++)
        rtcio__key_failures_add(&failures, "2001:db8::1", 1000);
    for (int i = 0; i < 10 * RTCIO__KEY_ADDRESSES; i++) {
        snprintf(address, sizeof address, "2001:db8::2:%x", (unsigned)i);
        rtcio__key_failures_add(&failures, address, 1000);
    }
    assert_true(rtcio__key_failures_wait(&failures, "2001:db8::1", 1000) > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keys_open_and_nothing_else_does),
        cmocka_unit_test(bad_lists_are_told),
        cmocka_unit_test(failures_age),
        cmocka_unit_test(many_addresses_push_out_the_quietest),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
