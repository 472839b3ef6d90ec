/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */

/* Bodies of HTTP requests. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "codec/http.h"

#define MORE      RTCIO__HTTP_BODY_MORE
#define DONE      RTCIO__HTTP_BODY_DONE
#define TOO_LARGE RTCIO__HTTP_BODY_TOO_LARGE
#define BAD       RTCIO__HTTP_BODY_BAD

static struct rtcio__http_body *create(bool chunked, uint64_t content_length, size_t max_len)
{
    struct rtcio__http_head head = {
        .has_body = true, .chunked = chunked, .content_length = content_length};
    struct rtcio__http_body *body = rtcio__http_body_create(&head, max_len);
    assert_non_null(body);
    memset(&head, 0xee, sizeof(head)); /* not kept */
    return body;
}

/* Feeds text in pieces of `piece` bytes until it is used up or the body is over; returns how many
 * bytes were consumed. */
static size_t feed(struct rtcio__http_body *body, const char *text, size_t len, size_t piece,
                   enum rtcio__http_body_status *status)
{
    size_t fed = 0;

    *status = MORE;
    while (fed < len && *status == MORE) {
        size_t n = len - fed < piece ? len - fed : piece, consumed;
        char *copy = malloc(n); /* a read behind it would be seen */
        assert_non_null(copy);
        memcpy(copy, text + fed, n);
        *status = rtcio__http_body_feed(body, copy, n, &consumed);
        assert_true(consumed <= n);
        if (*status != DONE)
            assert_int_equal(consumed, n);
        fed += consumed;
        free(copy);
    }
    return fed;
}

static void assert_body(struct rtcio__http_body *body, const char *expected)
{
    size_t len;
    char *data = rtcio__http_body_data(body, &len);
    assert_int_equal(len, strlen(expected));
    data[len] = '\0'; /* one byte behind them is writable */
    assert_string_equal(data, expected);
}

static void sized_bodies(void **state)
{
    (void)state;
    for (size_t piece = 1; piece <= 16; piece++) {
        enum rtcio__http_body_status status;
        struct rtcio__http_body *body = create(false, 11, 11);
        assert_int_equal(feed(body, "hello worldGET / HTTP/1.1", 25, piece, &status), 11);
        assert_int_equal(status, DONE);
        assert_body(body, "hello world");

        /* What comes later is not the body's. */
        size_t consumed;
        assert_int_equal(rtcio__http_body_feed(body, "x", 1, &consumed), DONE);
        assert_int_equal(consumed, 0);
        assert_body(body, "hello world");
        rtcio__http_body_destroy(body);
    }
}

static void unfinished_bodies_want_more(void **state)
{
    (void)state;
    static const char sized[] = "hello", chunked[] = "5;x=y\r\nhello\r\n0\r\nTrailer: z\r\n\r\n";
    enum rtcio__http_body_status status;

    for (size_t len = 0; len < sizeof(sized) - 1; len++) {
        struct rtcio__http_body *body = create(false, 5, 100);
        assert_int_equal(feed(body, sized, len, 100, &status), len);
        assert_int_equal(status, MORE);
        rtcio__http_body_destroy(body);
    }
    for (size_t len = 0; len < sizeof(chunked) - 1; len++) {
        struct rtcio__http_body *body = create(true, 0, 100);
        assert_int_equal(feed(body, chunked, len, 100, &status), len);
        assert_int_equal(status, MORE);
        size_t consumed;
        assert_int_equal(rtcio__http_body_feed(body, NULL, 0, &consumed), MORE);
        rtcio__http_body_destroy(body);
    }
    rtcio__http_body_destroy(NULL);
}

static void chunked_bodies(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const char *expected;
    } rows[] = {
        {"5\r\nhello\r\n0\r\n\r\n", "hello"},
        {"5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n", "hello world"},
        {"1\r\na\r\n1\r\nb\r\n1\r\nc\r\n0\r\n\r\n", "abc"},
        {"0\r\n\r\n", ""},
        {"000\r\n\r\n", ""},
        {"0000000000000000000000000000000005\r\nhello\r\n0\r\n\r\n", "hello"},
        {"a\r\n0123456789\r\n0\r\n\r\n", "0123456789"},
        {"A\r\n0123456789\r\n0\r\n\r\n", "0123456789"},
        {"10\r\n0123456789abcdef\r\n0\r\n\r\n", "0123456789abcdef"},
        {"5;name=value;\"q\"\r\nhello\r\n0;last\r\n\r\n", "hello"},
        {"5\r\nhello\r\n0\r\nA: b\r\nC: d\r\n\r\n", "hello"},
        {"2\r\n\r\n\r\n0\r\n\r\n", "\r\n"}, /* data is not looked at */
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        size_t len = strlen(rows[i].text);
        struct rtcio__buf text = {0};
        assert_int_equal(rtcio__buf_append_str(&text, rows[i].text), 0);
        assert_int_equal(rtcio__buf_append_str(&text, "GET /next"), 0);
        for (size_t piece = 1; piece <= text.len; piece++) {
            enum rtcio__http_body_status status;
            struct rtcio__http_body *body = create(true, 0, 16);
            assert_int_equal(feed(body, text.data, text.len, piece, &status), len);
            assert_int_equal(status, DONE);
            assert_body(body, rows[i].expected);
            rtcio__http_body_destroy(body);
        }
        rtcio__buf_fini(&text);
    }
}

static void malformed_chunks(void **state)
{
    (void)state;
    static const char *const rows[] = {
        "x",
        "\r\n",
        ";\r\n",
        "-1\r\n",
        " 5\r\nhello\r\n",
        "0x5\r\nhello\r\n",
        "5 \r\nhello\r\n",
        "5\nhello\r\n",          /* a line feed alone */
        "5\rXhello\r\n",         /* a carriage return alone */
        "5\r\nhelloXX0\r\n\r\n", /* no CR LF behind the data */
        "5\r\nhelloX\n0\r\n\r\n",
        "5\r\nhello\r0\r\n\r\n",
        "5\r\nhello\n0\r\n\r\n",
        "5\r\nhello0\r\n\r\n",
        "5;a\nb\r\nhello\r\n", /* a line feed inside an extension */
        "5;a\rb\r\nhello\r\n",
        "5;\x01\r\nhello\r\n",
        "0\r\n\n",
        "0\r\n\rX",
        "0\r\nA: b\n\r\n",
        "0\r\nA: b\rX",
        "0\r\nA\x7f\r\n",
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        size_t len = strlen(rows[i]);
        for (size_t piece = 1; piece <= len; piece += len - 1 > 0 ? len - 1 : 1) {
            enum rtcio__http_body_status status;
            struct rtcio__http_body *body = create(true, 0, 100);
            feed(body, rows[i], len, piece, &status);
            if (status != BAD)
                fail_msg("status %d for row %zu", status, i);
            size_t consumed; /* and bad it stays */
            assert_int_equal(rtcio__http_body_feed(body, "0\r\n\r\n", 5, &consumed), BAD);
            rtcio__http_body_destroy(body);
        }
    }
}

static void limits(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        size_t max_len;
        enum rtcio__http_body_status status;
    } rows[] = {
        {"5\r\nhello\r\n0\r\n\r\n", 5, DONE}, /* equal is fine */
        {"5\r\n", 4, TOO_LARGE},              /* before the data is there */
        {"3\r\nabc\r\n3\r\ndef\r\n0\r\n\r\n", 6, DONE},
        {"3\r\nabc\r\n3\r\n", 5, TOO_LARGE},
        {"0\r\n\r\n", 0, DONE},
        {"1\r\n", 0, TOO_LARGE},
        {"7fffffffffffffff\r\n", 1000, TOO_LARGE},
        {"ffffffffffffffff\r\n", 1000, TOO_LARGE},
        {"10000000000000005\r\nhello\r\n0\r\n\r\n", 1000, TOO_LARGE}, /* 2^64 + 5 */
        {"10000000000000005\r\nhello\r\n0\r\n\r\n", SIZE_MAX, TOO_LARGE},
        {"1\r\na\r\nffffffffffffffff\r\n", SIZE_MAX, TOO_LARGE},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        size_t len = strlen(rows[i].text);
        for (size_t piece = 1; piece <= len; piece += len - 1) {
            enum rtcio__http_body_status status;
            struct rtcio__http_body *body = create(true, 0, rows[i].max_len);
            feed(body, rows[i].text, len, piece, &status);
            assert_int_equal(status, rows[i].status);
            if (status == TOO_LARGE) {
                size_t kept;
                rtcio__http_body_data(body, &kept);
                assert_int_equal(kept, 0);
            }
            rtcio__http_body_destroy(body);
        }
    }

    /* A Content-Length over the limit is refused at once. */
    static const uint64_t lengths[] = {101, 1000000, UINT64_MAX - 1};
    for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
        size_t consumed;
        struct rtcio__http_body *body = create(false, lengths[i], 100);
        assert_int_equal(rtcio__http_body_feed(body, NULL, 0, &consumed), TOO_LARGE);
        assert_int_equal(rtcio__http_body_feed(body, "x", 1, &consumed), TOO_LARGE);
        assert_int_equal(consumed, 1);
        rtcio__http_body_destroy(body);
    }
}

/* A body that announces much and sends little is kept in little. */
static void memory_follows_what_arrived(void **state)
{
    (void)state;
    enum rtcio__http_body_status status;
    /* If memory followed the announcement this would be short of it. */
    struct rtcio__http_body *body = create(false, (uint64_t)SIZE_MAX / 2, SIZE_MAX);
    feed(body, "a few", 5, 5, &status);
    assert_int_equal(status, MORE);
    rtcio__http_body_destroy(body);

    body = create(true, 0, SIZE_MAX);
    feed(body, "7fffffffffffffff\r\na few", 23, 23, &status);
    assert_int_equal(status, MORE);
    rtcio__http_body_destroy(body);
}

static void endless_overhead_is_bad(void **state)
{
    (void)state;
    static const char *const starts[] = {"0000", "1;", "0\r\nTrailer: ", "0\r\n"};
    static const char *const repeats[] = {"0", "x", "x", "A: b\r\n"};

    for (size_t i = 0; i < sizeof(starts) / sizeof(starts[0]); i++) {
        enum rtcio__http_body_status status;
        struct rtcio__http_body *body = create(true, 0, 1000000);
        feed(body, starts[i], strlen(starts[i]), 100, &status);
        size_t sent = 0;
        while (status == MORE && sent < 1000000)
            sent += feed(body, repeats[i], strlen(repeats[i]), 100, &status);
        assert_int_equal(status, BAD);
        assert_in_range(sent, 4096, 65536);
        rtcio__http_body_destroy(body);
    }
}

static void byte_by_byte_is_fine(void **state)
{
    (void)state;
    enum rtcio__http_body_status status = MORE;
    struct rtcio__http_body *body = create(true, 0, 100000);

    for (int i = 0; i < 100000; i++) {
        feed(body, "00000001\r\nx\r\n", 13, 13, &status);
        assert_int_equal(status, MORE);
    }
    feed(body, "0\r\n\r\n", 5, 5, &status);
    assert_int_equal(status, DONE);
    size_t len;
    rtcio__http_body_data(body, &len);
    assert_int_equal(len, 100000);
    rtcio__http_body_destroy(body);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sized_bodies),
        cmocka_unit_test(unfinished_bodies_want_more),
        cmocka_unit_test(chunked_bodies),
        cmocka_unit_test(malformed_chunks),
        cmocka_unit_test(limits),
        cmocka_unit_test(memory_follows_what_arrived),
        cmocka_unit_test(endless_overhead_is_bad),
        cmocka_unit_test(byte_by_byte_is_fine),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
