/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */

/* Names and texts of errors, and the version. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include <rtcio/errors.h>
#include <rtcio/version.h>

static void every_error_has_its_own_name_and_text(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        int number;
        const char *text;
    } rows[] = {
#define ROW(name, number, text) {#name, number, text},
        RTCIO_ERROR_MAP(ROW)
#undef ROW
    };
    const size_t n = sizeof(rows) / sizeof(rows[0]);

    for (size_t i = 0; i < n; i++) {
        assert_true(rows[i].number < 0);
        assert_string_equal(rtcio_errname(rows[i].number), rows[i].name);
        assert_string_equal(rtcio_strerror(rows[i].number), rows[i].text);
        for (size_t k = 0; k < i; k++) {
            assert_int_not_equal(rows[i].number, rows[k].number);
            assert_string_not_equal(rows[i].text, rows[k].text);
        }
    }
    assert_int_equal(RTCIO_E_INVALID, -1); /* the numbers never change */
    assert_int_equal(RTCIO_E_DROPPED, -13);
}

static void other_numbers_are_answered_too(void **state)
{
    (void)state;
    static const int unknown[] = {2, -1000, INT32_MAX, INT32_MIN};

    for (size_t i = 0; i < sizeof(unknown) / sizeof(unknown[0]); i++) {
        assert_string_equal(rtcio_errname(unknown[i]), "UNKNOWN");
        assert_string_equal(rtcio_strerror(unknown[i]), "unknown error");
    }
    assert_string_equal(rtcio_errname(RTCIO_OK), "OK");
    assert_string_equal(rtcio_errname(RTCIO_BUSY), "BUSY");
    assert_non_null(rtcio_strerror(RTCIO_OK));
    assert_non_null(rtcio_strerror(RTCIO_BUSY));
}

static void the_version_is_the_headers(void **state)
{
    (void)state;
    char text[32];

    snprintf(text, sizeof(text), "%d.%d.%d", RTCIO_VERSION_MAJOR, RTCIO_VERSION_MINOR,
             RTCIO_VERSION_PATCH);
    assert_string_equal(RTCIO_VERSION, text);
    assert_string_equal(rtcio_version(), RTCIO_VERSION);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_error_has_its_own_name_and_text),
        cmocka_unit_test(other_numbers_are_answered_too),
        cmocka_unit_test(the_version_is_the_headers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
