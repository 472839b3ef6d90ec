/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */

/* Engine.IO 3: packets and both forms of payloads. What is expected was taken from the payloads of
 * engine.io's own parser. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "codec/eio3.h"

struct row {
    const char *payload;
    size_t len;
    const char *expected; /* "4<hello>b<...>", and "!" for a bad packet */
};

#define ROW(payload, expected)                     \
    {                                              \
        (payload), sizeof(payload) - 1, (expected) \
    }

static void expect(const struct row *row, bool binary)
{
    /* Exactly as large as the payload: a read behind it would be seen. */
    char *body = malloc(row->len > 0 ? row->len : 1);
    char log[200] = "";
    struct rtcio__eio_packet packet;
    size_t pos = 0;
    int rc;

    assert_non_null(body);
    memcpy(body, row->payload, row->len);
    while ((rc = rtcio__eio3_payload_next(body, row->len, binary, &pos, &packet)) == 1) {
        size_t n = strlen(log);
        snprintf(log + n, sizeof(log) - n, "%c<%.*s>", packet.type, (int)packet.len, packet.data);
        assert_true(pos <= row->len);
    }
    if (rc == -1)
        strcat(log, "!");
    assert_string_equal(log, row->expected);
    free(body);
}

static void text_payloads(void **state)
{
    (void)state;
    static const struct row rows[] = {
        ROW("", "!"),
        ROW("1:2", "2<>"),
        ROW("6:4hello1:2", "4<hello>2<>"),
        ROW("12:42[\"t\",\"\xc3\xa9\xe2\x82\xac\"]", "4<2[\"t\",\"\xc3\xa9\xe2\x82\xac\"]>"),
        ROW("3:4\xf0\x9f\x98\x80" /* one character, two code units */
            "2:4x",
            "4<\xf0\x9f\x98\x80>4<x>"),
        ROW("2:4\xf0\x9f\x98\x80", "!"), /* its first half */
        ROW("10:b4AQIDBA==", "b<\x01\x02\x03\x04>"),
        ROW("2:b4", "b<>"),
        ROW("1:b", "!"),
        ROW("6:b2AQID", "!"),
        ROW("0:1:2", "2<>"),
        ROW("0:", ""),
        ROW("7:2probe1:5", "2<probe1>!"), /* the second length is part of the first packet */
        ROW("6:2probe1:5", "2<probe>5<>"),
        ROW("6:4hell", "!"),
        ROW("6", "!"),
        ROW(":4", "!"),
        ROW("-1:4", "!"),
        ROW("1.0:4", "!"),
        ROW(" 1:4", "!"),
        ROW("1:7", "!"),
        ROW("1:4 ", "4<>!"),
        ROW("2:4a2:7a2:4b", "4<a>!"),
        ROW("00000000001:4", "!"), /* more digits than any length has */
        ROW("9999999999:4", "!"),
        ROW("4hello", "!"), /* Engine.IO 4's */
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        expect(&rows[i], false);
}

static void binary_payloads(void **state)
{
    (void)state;
    static const struct row rows[] = {
        ROW("", ""),
        ROW("\0\1\xff"
            "2",
            "2<>"),
        ROW("\0\6\xff"
            "4hello\1\3\xff\4ab",
            "4<hello>b<ab>"),
        ROW("\1\1\xff\4", "b<>"),
        ROW("\0\1\2\xff"
            "4\xc3\xa9"
            "123456789",
            "4<\xc3\xa9"
            "123456789>"), /* the length is in bytes */
        ROW("\0\6\xff"
            "b4AQID",
            "b<\x01\x02\x03>"),
        ROW("\0\3\xff"
            "4\xc3\x28",
            "!"), /* not UTF-8 */
        ROW("\1\3\xff\2ab", "!"),
        ROW("\2\1\xff"
            "4",
            "!"),
        ROW("\0\xff"
            "4",
            "!"),
        ROW("\0\12\xff"
            "4",
            "!"),
        ROW("\0\1", "!"),
        ROW("\0\2\xff"
            "4",
            "!"),
        ROW("\0", "!"),
        ROW("\0\0\xff", "!"),
        ROW("\0\0\0\0\0\0\0\0\0\0\0\1\xff"
            "4",
            "!"),
        ROW("\0\1\xff"
            "4\0",
            "4<>!"),
        ROW("1:4", "!"),
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        expect(&rows[i], true);
}

static void written(const struct rtcio__eio3_out *out, bool binary, const char *expected,
                    size_t len)
{
    size_t measured = rtcio__eio3_measure(out, binary);
    char *at = malloc(measured);

    assert_non_null(at);
    assert_int_equal(measured, len);
    assert_ptr_equal(rtcio__eio3_write(at, out, binary), at + len);
    assert_memory_equal(at, expected, len);
    free(at);
}

static void writing(void **state)
{
    (void)state;
    static const char euro[] = "42[\"t\",\"\xc3\xa9\xe2\x82\xac\"]";
    const struct rtcio__eio3_out text = {euro, sizeof euro - 1, false};
    const struct rtcio__eio3_out bytes = {"\1\2\3", 3, true};
    const struct rtcio__eio3_out nothing = {NULL, 0, true};
    const struct rtcio__eio3_out smile = {"4\xf0\x9f\x98\x80", 5, false};

    written(&text, false, "12:42[\"t\",\"\xc3\xa9\xe2\x82\xac\"]", 18);
    written(&text, true,
            "\0\1\5\xff"
            "42[\"t\",\"\xc3\xa9\xe2\x82\xac\"]",
            19);
    written(&bytes, false, "6:b4AQID", 8);
    written(&bytes, true, "\1\4\xff\4\1\2\3", 7);
    written(&nothing, false, "2:b4", 4);
    written(&nothing, true, "\1\1\xff\4", 4);
    written(&smile, false, "3:4\xf0\x9f\x98\x80", 7);
}

/* One digit more, where the length passes a power of ten. */
static void lengths(void **state)
{
    (void)state;
    char data[1200];

    memset(data, '4', sizeof data);
    for (size_t len = 1; len < sizeof data; len++) {
        for (int k = 0; k < 4; k++) {
            const struct rtcio__eio3_out out = {data, len, (k & 1) != 0};
            bool binary = (k & 2) != 0;
            char body[2000];
            struct rtcio__eio_packet packet;
            size_t pos = 0, n = rtcio__eio3_measure(&out, binary);
            assert_ptr_equal(rtcio__eio3_write(body, &out, binary), body + n);
            assert_int_equal(rtcio__eio3_payload_next(body, n, binary, &pos, &packet), 1);
            assert_int_equal(pos, n);
            assert_int_equal(packet.len, out.bytes ? len : len - 1);
            assert_memory_equal(packet.data, data, packet.len);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(text_payloads),
        cmocka_unit_test(binary_payloads),
        cmocka_unit_test(writing),
        cmocka_unit_test(lengths),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
