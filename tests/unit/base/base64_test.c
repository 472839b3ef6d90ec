/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */

/* Base64: strict output, lenient input. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "base/base64.h"

static void assert_decodes(const char *text, const void *expected, size_t len)
{
    uint8_t out[64];
    memset(out, 0xee, sizeof(out));
    assert_int_equal(rtcio__base64_decode(out, text, strlen(text)), len);
    if (len > 0)
        assert_memory_equal(out, expected, len);
    assert_int_equal(out[len], 0xee);

    char in_place[64];
    strcpy(in_place, text);
    assert_int_equal(rtcio__base64_decode(in_place, in_place, strlen(text)), len);
    if (len > 0)
        assert_memory_equal(in_place, expected, len);
}

static void rfc_4648_vectors(void **state)
{
    (void)state;
    static const char *const rows[][2] = {
        {"", ""},
        {"f", "Zg=="},
        {"fo", "Zm8="},
        {"foo", "Zm9v"},
        {"foob", "Zm9vYg=="},
        {"fooba", "Zm9vYmE="},
        {"foobar", "Zm9vYmFy"},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char out[16];
        size_t len = strlen(rows[i][0]), encoded = strlen(rows[i][1]);
        memset(out, '#', sizeof(out));
        assert_int_equal(rtcio__base64_encode(out, rows[i][0], len), encoded);
        assert_int_equal(rtcio__base64_encoded_len(len), encoded);
        assert_memory_equal(out, rows[i][1], encoded);
        assert_int_equal(out[encoded], '#');
        assert_decodes(rows[i][1], rows[i][0], len);
    }
}

static void every_byte_and_length_comes_back(void **state)
{
    (void)state;
    uint8_t data[256];
    char text[344];
    uint8_t back[256];

    for (unsigned i = 0; i < sizeof(data); i++)
        data[i] = (uint8_t)(i * 167 + 13);
    for (size_t from = 0; from < 3; from++) {
        for (size_t len = 0; len <= sizeof(data) - from; len++) {
            size_t n = rtcio__base64_encode(text, data + from, len);
            assert_int_equal(n, rtcio__base64_encoded_len(len));
            assert_int_equal(rtcio__base64_decode(back, text, n), len);
            assert_memory_equal(back, data + from, len);
        }
    }
}

/* Each of these is what Node's Buffer.from(text, "base64") gives, up to the first '='. */
static void lenient_input(void **state)
{
    (void)state;
    assert_decodes("Zm9vYg", "foob", 4);       /* no padding */
    assert_decodes("Zm9vYmE", "fooba", 5);     /* no padding */
    assert_decodes("Zm9vY", "foo", 3);         /* six bits left over */
    assert_decodes("Z", NULL, 0);              /* six bits are no byte */
    assert_decodes("-_-_", "\xfb\xff\xbf", 3); /* the other alphabet */
    assert_decodes("+/-_", "\xfb\xff\xbf", 3); /* both */
    assert_decodes(" Z m\r\n9\tv!", "foo", 3); /* characters of neither are skipped */
    assert_decodes("Zm\xff\x80"
                   "9v",
                   "foo", 3);           /* bytes above ASCII too */
    assert_decodes("Zg==Zg==", "f", 1); /* '=' ends it */
    assert_decodes("=Zm9v", NULL, 0);
    assert_decodes("Zm=9v", "f", 1);
    assert_decodes("AQIDBA==", "\x01\x02\x03\x04", 4);
}

static void only_the_alphabets_mean_something(void **state)
{
    (void)state;
    unsigned meaningful = 0;
    for (int c = 0; c < 256; c++) {
        char text[2] = {(char)c, 'A'};
        uint8_t out[2];
        meaningful += rtcio__base64_decode(out, text, 2) == 1;
    }
    assert_int_equal(meaningful, 66); /* 64, and the two of the URL alphabet */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rfc_4648_vectors),
        cmocka_unit_test(every_byte_and_length_comes_back),
        cmocka_unit_test(lenient_input),
        cmocka_unit_test(only_the_alphabets_mean_something),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
