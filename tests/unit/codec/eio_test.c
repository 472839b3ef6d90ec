/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */

/* Engine.IO packets and payloads. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "codec/eio.h"

static void every_type_character(void **state)
{
    (void)state;
    struct rtcio__eio_packet packet;

    for (int c = 0; c < 256; c++) {
        char text[4] = {(char)c, 'x', 'y', '\0'};
        bool good = (c >= '0' && c <= '6') || c == 'b';
        assert_int_equal(rtcio__eio_parse(text, 3, &packet), good);
        if (good) {
            assert_int_equal(packet.type, c);
            assert_ptr_equal(packet.data, text + 1);
            assert_int_equal(packet.len, c == 'b' ? 1 : 2);
        }
        assert_int_equal(rtcio__eio_parse(text, 1, &packet), good); /* "4" is an empty message */
        if (good)
            assert_int_equal(packet.len, 0);
    }
    assert_false(rtcio__eio_parse(NULL, 0, &packet));
    assert_false(rtcio__eio_parse((char[]){"4"}, 0, &packet));
}

/* Writes what a payload holds as "4<hello>b<...>", and "!" for a bad packet. */
static void expect(const char *payload, size_t len, const char *expected)
{
    /* Exactly as large as the payload: a read behind it would be seen. */
    char *body = malloc(len > 0 ? len : 1);
    char log[200] = "";
    struct rtcio__eio_packet packet;
    size_t pos = 0;
    int rc;

    assert_non_null(body);
    if (len > 0)
        memcpy(body, payload, len);
    while ((rc = rtcio__eio_payload_next(body, len, &pos, &packet)) == 1) {
        size_t n = strlen(log);
        snprintf(log + n, sizeof(log) - n, "%c<%.*s>", packet.type, (int)packet.len, packet.data);
        assert_true(pos <= len + 1);
    }
    if (rc == -1)
        strcat(log, "!");
    else
        assert_int_equal(rtcio__eio_payload_next(body, len, &pos, &packet), 0);
    assert_string_equal(log, expected);
    free(body);
}

static void payloads(void **state)
{
    (void)state;
    static const struct {
        const char *payload;
        const char *expected;
    } rows[] = {
        {"", "!"}, /* spec 1.5: an empty POST body is one empty packet */
        {"4", "4<>"},
        {"4hello", "4<hello>"},
        {"4hello\x1e"
         "2",
         "4<hello>2<>"},
        {"4hello\x1e"
         "bAQIDBA==",
         "4<hello>b<\x01\x02\x03\x04>"},
        {"bYQ==\x1e"
         "bYg\x1e"
         "4c",
         "b<a>b<b>4<c>"},
        {"0{}\x1e"
         "1\x1e"
         "2probe\x1e"
         "3\x1e"
         "5\x1e"
         "6",
         "0<{}>1<>2<probe>3<>5<>6<>"},
        {"\x1e", "!"},
        {"4a\x1e", "4<a>!"}, /* no trailing separator */
        {"\x1e"
         "4a",
         "!"},
        {"4a\x1e\x1e"
         "4b",
         "4<a>!"},
        {"4a\x1e"
         "7\x1e"
         "4b",
         "4<a>!"}, /* decoding stops at the first bad packet */
        {"abc", "!"},
        {"b", "b<>"},
        {"b!!!", "b<>"},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        expect(rows[i].payload, strlen(rows[i].payload), rows[i].expected);
}

static void data_may_hold_anything_but_the_separator(void **state)
{
    (void)state;
    char body[] = "4a\0b\x1d\x1f\xff\x1e"
                  "4";
    struct rtcio__eio_packet packet;
    size_t pos = 0;

    assert_int_equal(rtcio__eio_payload_next(body, sizeof(body) - 1, &pos, &packet), 1);
    assert_int_equal(pos, 8);
    assert_int_equal(packet.len, 6);
    assert_memory_equal(packet.data, "a\0b\x1d\x1f\xff", 6);
    assert_int_equal(rtcio__eio_payload_next(body, sizeof(body) - 1, &pos, &packet), 1);
    assert_int_equal(packet.len, 0);
    assert_int_equal(rtcio__eio_payload_next(body, sizeof(body) - 1, &pos, &packet), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_type_character),
        cmocka_unit_test(payloads),
        cmocka_unit_test(data_may_hold_anything_but_the_separator),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
