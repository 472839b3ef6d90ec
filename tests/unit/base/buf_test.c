/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */

/* The byte buffer. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include <rtcio/errors.h>

#include "base/buf.h"

static void assert_text(const struct rtcio__buf *b, const char *expected)
{
    assert_int_equal(b->len, strlen(expected));
    assert_memory_equal(b->data, expected, b->len);
}

static void appends_and_grows(void **state)
{
    (void)state;
    struct rtcio__buf b = {0};

    assert_int_equal(rtcio__buf_append(&b, NULL, 0), 0);
    assert_null(b.data);
    for (unsigned i = 0; i < 5000; i++) {
        char piece[3] = {(char)i, (char)(i >> 8), 'x'};
        assert_int_equal(rtcio__buf_append(&b, piece, sizeof(piece)), 0);
        assert_true(b.cap >= b.len);
    }
    assert_int_equal(b.len, 15000);
    assert_true(b.cap < 2 * 15000);
    for (unsigned i = 0; i < 5000; i++) {
        assert_int_equal((unsigned char)b.data[3 * i], i & 0xff);
        assert_int_equal((unsigned char)b.data[3 * i + 1], i >> 8);
        assert_int_equal(b.data[3 * i + 2], 'x');
    }
    rtcio__buf_fini(&b);
    assert_null(b.data);
    assert_int_equal(b.len, 0);
    assert_int_equal(b.cap, 0);

    assert_int_equal(rtcio__buf_append_str(&b, "again"), 0);
    assert_int_equal(rtcio__buf_append_byte(&b, '!'), 0);
    assert_text(&b, "again!");
    rtcio__buf_fini(&b);
    rtcio__buf_fini(&b);
}

static void reserves_at_least_what_was_asked(void **state)
{
    (void)state;
    struct rtcio__buf b = {0};

    assert_int_equal(rtcio__buf_reserve(&b, 0), 0);
    assert_int_equal(rtcio__buf_reserve(&b, 1000), 0);
    assert_true(b.cap >= 1000);
    char *data = b.data;
    size_t cap = b.cap;
    assert_int_equal(rtcio__buf_append(&b, "abc", 3), 0);
    assert_int_equal(rtcio__buf_reserve(&b, cap - 3), 0);
    assert_ptr_equal(b.data, data);
    assert_int_equal(b.cap, cap);
    rtcio__buf_fini(&b);
}

static void overflow_is_an_error_and_changes_nothing(void **state)
{
    (void)state;
    struct rtcio__buf b = {0};

    assert_int_equal(rtcio__buf_append_str(&b, "abc"), 0);
    struct rtcio__buf before = b;
    assert_int_equal(rtcio__buf_reserve(&b, SIZE_MAX), RTCIO_E_NO_MEMORY);
    assert_int_equal(rtcio__buf_reserve(&b, SIZE_MAX - 2), RTCIO_E_NO_MEMORY);
    assert_int_equal(rtcio__buf_append_json_string(&b, "", SIZE_MAX - 1), RTCIO_E_NO_MEMORY);
    assert_memory_equal(&b, &before, sizeof(b));
    rtcio__buf_fini(&b);
}

static void prints(void **state)
{
    (void)state;
    struct rtcio__buf b = {0};
    char long_text[300];

    memset(long_text, 'y', sizeof(long_text) - 1);
    long_text[sizeof(long_text) - 1] = '\0';
    assert_int_equal(rtcio__buf_printf(&b, "%d-%s", 42, "x"), 0);
    assert_int_equal(rtcio__buf_printf(&b, "%s", ""), 0);
    assert_text(&b, "42-x");
    assert_int_equal(rtcio__buf_printf(&b, "%s", long_text), 0);
    assert_int_equal(b.len, 4 + 299);
    assert_memory_equal(b.data + 4, long_text, 299);
    rtcio__buf_fini(&b);

    /* The NUL fits in even where the text alone would fill the buffer. */
    for (int len = 0; len < 200; len++) {
        assert_int_equal(rtcio__buf_printf(&b, "%.*s", len, long_text), 0);
        assert_int_equal(b.len, len);
        assert_true(b.cap > b.len);
        rtcio__buf_fini(&b);
    }
}

static void json_strings(void **state)
{
    (void)state;
    /* Written by JSON.stringify. */
    static const struct {
        const char *in;
        size_t len;
        const char *out;
    } rows[] = {
#define ROW(in, out) {in, sizeof(in) - 1, out}
        ROW("", "\"\""),
        ROW("plain", "\"plain\""),
        ROW("a/b", "\"a/b\""),
        ROW("\"", "\"\\\"\""),
        ROW("\\", "\"\\\\\""),
        ROW("say \"hi\"\\", "\"say \\\"hi\\\"\\\\\""),
        ROW("\b\f\n\r\t", "\"\\b\\f\\n\\r\\t\""),
        ROW("\0", "\"\\u0000\""),
        ROW("a\x01z\x1f", "\"a\\u0001z\\u001f\""),
        ROW("\x0b\x0e\x1b", "\"\\u000b\\u000e\\u001b\""),
        ROW("\x7f", "\"\x7f\""),
        ROW("\xe2\x82\xac\xf0\x9f\x98\x80", "\"\xe2\x82\xac\xf0\x9f\x98\x80\""),
        ROW("\xe2\x80\xa8", "\"\xe2\x80\xa8\""), /* U+2028 stays */
#undef ROW
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct rtcio__buf b = {0};
        assert_int_equal(rtcio__buf_append_json_string(&b, rows[i].in, rows[i].len), 0);
        assert_text(&b, rows[i].out);
        rtcio__buf_fini(&b);
    }
}

static void json_string_of_escapes_only(void **state)
{
    (void)state;
    struct rtcio__buf b = {0};
    char zeros[500] = {0};

    assert_int_equal(rtcio__buf_append_json_string(&b, zeros, sizeof(zeros)), 0);
    assert_int_equal(b.len, 500 * 6 + 2);
    for (size_t i = 0; i < 500; i++)
        assert_memory_equal(b.data + 1 + 6 * i, "\\u0000", 6);
    rtcio__buf_fini(&b);
}

static void consumes(void **state)
{
    (void)state;
    struct rtcio__buf b = {0};

    rtcio__buf_consume(&b, 0);
    assert_int_equal(rtcio__buf_append_str(&b, "abcdef"), 0);
    rtcio__buf_consume(&b, 0);
    assert_text(&b, "abcdef");
    rtcio__buf_consume(&b, 2);
    assert_text(&b, "cdef");
    rtcio__buf_consume(&b, 4);
    assert_text(&b, "");
    assert_int_equal(rtcio__buf_append_str(&b, "xy"), 0);
    rtcio__buf_consume(&b, 3); /* more than there is */
    assert_text(&b, "");
    rtcio__buf_fini(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(appends_and_grows),
        cmocka_unit_test(reserves_at_least_what_was_asked),
        cmocka_unit_test(overflow_is_an_error_and_changes_nothing),
        cmocka_unit_test(prints),
        cmocka_unit_test(json_strings),
        cmocka_unit_test(json_string_of_escapes_only),
        cmocka_unit_test(consumes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
