/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */

/* Room passwords: kept as a hash, compared whole, trimmed as JavaScript trims. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "signaling/password.h"

static rtcio_slice slice(const char *text)
{
    return (rtcio_slice){text, strlen(text)};
}

static void right_and_wrong(void **state)
{
    (void)state;
    rtcio__signaling_password_key key;
    rtcio__signaling_password password = {.set = false};
    assert_int_equal(rtcio__signaling_password_key_init(&key), 0);
    assert_false(rtcio__signaling_password_is(&password, &key, "room", slice("")));
    assert_int_equal(rtcio__signaling_password_set(&password, &key, "room", slice("secret")), 0);
    assert_true(password.set);
    assert_true(rtcio__signaling_password_is(&password, &key, "room", slice("secret")));
    assert_false(rtcio__signaling_password_is(&password, &key, "room", slice("Secret")));
    assert_false(rtcio__signaling_password_is(&password, &key, "room", slice("secre")));
    assert_false(rtcio__signaling_password_is(&password, &key, "room", slice("secrets")));
    assert_false(rtcio__signaling_password_is(&password, &key, "room", slice("")));
    assert_true(
        rtcio__signaling_password_is(&password, &key, "room", (rtcio_slice){"secret\0x", 6}));
    assert_false(
        rtcio__signaling_password_is(&password, &key, "room", (rtcio_slice){"secret\0x", 8}));
}

/* The same password in another room, or of another process, is another hash. */
static void hash_depends_on_room_and_key(void **state)
{
    (void)state;
    rtcio__signaling_password_key one, other;
    rtcio__signaling_password a, b, c;
    rtcio__signaling_password_key_init(&one);
    rtcio__signaling_password_key_init(&other);
    rtcio__signaling_password_set(&a, &one, "room", slice("secret"));
    rtcio__signaling_password_set(&b, &one, "room2", slice("secret"));
    rtcio__signaling_password_set(&c, &other, "room", slice("secret"));
    assert_memory_not_equal(a.mac, b.mac, sizeof a.mac);
    assert_memory_not_equal(a.mac, c.mac, sizeof a.mac);
    assert_false(rtcio__signaling_password_is(&a, &one, "roo", slice("msecret")));
    assert_null(memmem(&a, sizeof a, "secret", 6));
}

static void too_long_is_refused(void **state)
{
    (void)state;
    static char text[4096];
    rtcio__signaling_password_key key;
    rtcio__signaling_password password = {.set = true};
    rtcio__signaling_password_key_init(&key);
    assert_int_equal(
        rtcio__signaling_password_set(&password, &key, "room", (rtcio_slice){text, sizeof text}),
        RTCIO_E_SYSTEM);
    assert_false(password.set);
}

static void assert_trims(const char *text, const char *expected)
{
    rtcio_slice trimmed = rtcio__signaling_trim(slice(text));
    assert_int_equal(trimmed.len, strlen(expected));
    assert_memory_equal(trimmed.data, expected, trimmed.len);
}

static void trim_as_javascript(void **state)
{
    (void)state;
    assert_trims("", "");
    assert_trims(" \t\r\n\v\f ", "");
    assert_trims("a", "a");
    assert_trims("  a b  ", "a b");
    assert_trims("\xC2\xA0\xE2\x80\x83"
                 "a\xEF\xBB\xBF\xE3\x80\x80",
                 "a");
    assert_trims("\xE2\x80\xA8\xE2\x80\xA9\xE2\x80\xAF\xE2\x81\x9F\xE1\x9A\x80", "");
    /* Not white space in ECMAScript: U+200B, U+0085; nor half a character. */
    assert_trims("\xE2\x80\x8B", "\xE2\x80\x8B");
    assert_trims("\xC2\x85", "\xC2\x85");
    assert_trims("\xC3\xA0", "\xC3\xA0");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(right_and_wrong),
        cmocka_unit_test(hash_depends_on_room_and_key),
        cmocka_unit_test(too_long_is_refused),
        cmocka_unit_test(trim_as_javascript),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
