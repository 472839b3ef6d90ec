/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */

/* Which file, which encoding, which copy: what requests say in text. */

#include "files/files.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#define GZ  (1u << RTCIO__FILES_GZIP)
#define BR  (1u << RTCIO__FILES_BROTLI)
#define ALL (1u | GZ | BR)

static rtcio_slice slice(const char *text)
{
    return (rtcio_slice){text, strlen(text)};
}

static void encodings_are_chosen_by_weight(void **state)
{
    static const struct {
        const char *accept;
        unsigned there;
        enum rtcio__files_encoding chosen;
    } rows[] = {
        {"", ALL, RTCIO__FILES_IDENTITY},
        {"gzip, deflate, br, zstd", ALL, RTCIO__FILES_BROTLI},
        {"gzip, deflate, br, zstd", 1u | GZ, RTCIO__FILES_GZIP},
        {"gzip, br", 1u, RTCIO__FILES_IDENTITY},
        {"br;q=0.5, gzip;q=0.8", ALL, RTCIO__FILES_GZIP},
        {"br; q=0.9,gzip ;q=0.85", ALL, RTCIO__FILES_BROTLI},
        {"br;q=0, gzip", ALL, RTCIO__FILES_GZIP},
        {"br;q=0.000", ALL, RTCIO__FILES_IDENTITY},
        {"*", ALL, RTCIO__FILES_BROTLI},
        {"*;q=0.1, br;q=0", ALL, RTCIO__FILES_GZIP},
        {"identity, gzip;q=0.5", ALL, RTCIO__FILES_IDENTITY},
        {"identity;q=0.2, gzip;q=0.5", ALL, RTCIO__FILES_GZIP},
        {"gzip;q=0.001", ALL, RTCIO__FILES_GZIP},
        {"GZIP", ALL, RTCIO__FILES_GZIP},
        {"x-gzip", ALL, RTCIO__FILES_GZIP},
        {"identity;q=0, *;q=0", ALL, RTCIO__FILES_IDENTITY},
        {",,;, ;q=,br;q=x,", ALL, RTCIO__FILES_BROTLI},
        {"brotli, gzipped", ALL, RTCIO__FILES_IDENTITY},
    };
    (void)state;

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        if (rtcio__files_accept(slice(rows[i].accept), rows[i].there) != rows[i].chosen)
            fail_msg("wrong choice for \"%s\"", rows[i].accept);
    }
    assert_int_equal(rtcio__files_accept((rtcio_slice){NULL, 0}, ALL), RTCIO__FILES_IDENTITY);
}

static void tags_match_weakly(void **state)
{
    static const char etag[] = "\"0123abcd\"";
    (void)state;

    assert_true(rtcio__files_etag_matches(slice("\"0123abcd\""), etag));
    assert_true(rtcio__files_etag_matches(slice("W/\"0123abcd\""), etag));
    assert_true(rtcio__files_etag_matches(slice("\"x\", W/\"0123abcd\" ,\"y\""), etag));
    assert_true(rtcio__files_etag_matches(slice(" * "), etag));
    assert_false(rtcio__files_etag_matches((rtcio_slice){NULL, 0}, etag));
    assert_false(rtcio__files_etag_matches(slice(""), etag));
    assert_false(rtcio__files_etag_matches(slice("\"0123abce\""), etag));
    assert_false(rtcio__files_etag_matches(slice("0123abcd"), etag));
    assert_false(rtcio__files_etag_matches(slice("w/\"0123abcd\""), etag));
    assert_false(rtcio__files_etag_matches(slice("\"0123abcd"), etag));
    assert_false(rtcio__files_etag_matches(slice("W/"), etag));
}

static void paths_are_decoded_once(void **state)
{
    char out[32];
    (void)state;

    assert_true(rtcio__files_path(slice(""), "index.html", out, sizeof out));
    assert_string_equal(out, "index.html");
    assert_true(rtcio__files_path(slice("a/"), "index.html", out, sizeof out));
    assert_string_equal(out, "a/index.html");
    assert_true(rtcio__files_path(slice("a%20b.js"), "index.html", out, sizeof out));
    assert_string_equal(out, "a b.js");
    assert_true(rtcio__files_path(slice("%252e%2E/x"), "i", out, sizeof out));
    assert_string_equal(out, "%2e./x");
    assert_true(rtcio__files_path(slice("a%2F"), "i", out, sizeof out));
    assert_string_equal(out, "a/i");

    assert_false(rtcio__files_path(slice("a%00b"), "i", out, sizeof out));
    assert_false(rtcio__files_path((rtcio_slice){"a\0b", 3}, "i", out, sizeof out));
    assert_false(rtcio__files_path(slice("a%"), "i", out, sizeof out));
    assert_false(rtcio__files_path(slice("a%2"), "i", out, sizeof out));
    assert_false(rtcio__files_path(slice("a%2g"), "i", out, sizeof out));

    /* 31 bytes and the NUL fit, one more does not; the index counts. */
    assert_true(rtcio__files_path(slice("0123456789012345678901234567890"), "i", out, sizeof out));
    assert_int_equal(strlen(out), 31);
    assert_false(
        rtcio__files_path(slice("01234567890123456789012345678901"), "i", out, sizeof out));
    assert_false(rtcio__files_path(slice("012345678901234567890123456789/"), "i", out, sizeof out));
}

static void names_have_types(void **state)
{
    bool text;
    (void)state;

    assert_string_equal(rtcio__files_type("a/b.html", &text), "text/html; charset=utf-8");
    assert_true(text);
    assert_string_equal(rtcio__files_type("A.JS", &text), "text/javascript; charset=utf-8");
    assert_string_equal(rtcio__files_type("x.woff2", &text), "font/woff2");
    assert_false(text);
    assert_string_equal(rtcio__files_type("v1.html/readme", &text), "application/octet-stream");
    assert_string_equal(rtcio__files_type("x.unheard-of", &text), "application/octet-stream");
    assert_string_equal(rtcio__files_type("", &text), "application/octet-stream");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(encodings_are_chosen_by_weight),
        cmocka_unit_test(tags_match_weakly),
        cmocka_unit_test(paths_are_decoded_once),
        cmocka_unit_test(names_have_types),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
