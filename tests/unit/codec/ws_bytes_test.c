/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */

/* WebSocket frames at the level of bytes: the header written, the mask taken off. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "codec/ws.h"

static void headers(void **state)
{
    (void)state;
    static const struct {
        enum rtcio__ws_opcode opcode;
        uint64_t payload_len;
        const char *bytes;
        size_t len;
    } rows[] = {
#define ROW(opcode, payload_len, bytes) {opcode, payload_len, bytes, sizeof(bytes) - 1}
        ROW(RTCIO__WS_TEXT, 0, "\x81\x00"),
        ROW(RTCIO__WS_TEXT, 5, "\x81\x05"),
        ROW(RTCIO__WS_BINARY, 125, "\x82\x7d"),
        ROW(RTCIO__WS_BINARY, 126, "\x82\x7e\x00\x7e"),
        ROW(RTCIO__WS_BINARY, 256, "\x82\x7e\x01\x00"), /* RFC 6455 5.7 */
        ROW(RTCIO__WS_TEXT, 65535, "\x81\x7e\xff\xff"),
        ROW(RTCIO__WS_BINARY, 65536, "\x82\x7f\x00\x00\x00\x00\x00\x01\x00\x00"), /* 5.7 */
        ROW(RTCIO__WS_BINARY, UINT64_C(0x0102030405060708),
            "\x82\x7f\x01\x02\x03\x04\x05\x06\x07\x08"),
        ROW(RTCIO__WS_CLOSE, 2, "\x88\x02"),
        ROW(RTCIO__WS_PING, 0, "\x89\x00"),
        ROW(RTCIO__WS_PONG, 125, "\x8a\x7d"),
#undef ROW
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        uint8_t out[RTCIO__WS_MAX_HEADER + 1];
        if (rows[i].payload_len > SIZE_MAX)
            continue;
        memset(out, 0xee, sizeof(out));
        assert_int_equal(rtcio__ws_header(out, rows[i].opcode, (size_t)rows[i].payload_len),
                         rows[i].len);
        assert_memory_equal(out, rows[i].bytes, rows[i].len);
        assert_int_equal(out[rows[i].len], 0xee);
    }
}

static void unmask_at_all_alignments(void **state)
{
    (void)state;
    static const uint8_t keys[][4] = {
        {0x37, 0xfa, 0x21, 0x3d}, {0, 0, 0, 0}, {0xff, 0, 0, 0}, {0, 0, 0, 0x80}, {1, 2, 3, 4}};
    uint8_t plain[200], data[200], expected[200];

    for (unsigned i = 0; i < sizeof(plain); i++)
        plain[i] = (uint8_t)(i * 89 + 3);
    for (size_t k = 0; k < sizeof(keys) / sizeof(keys[0]); k++) {
        for (size_t from = 0; from < 20; from++) {
            for (size_t len = 0; len <= 150; len++) {
                memcpy(data, plain, sizeof(data));
                memcpy(expected, plain, sizeof(expected));
                for (size_t i = 0; i < len; i++)
                    expected[from + i] ^= keys[k][i % 4];
                (void)rtcio__ws_unmask(data + from, len, keys[k]);
                assert_memory_equal(data, expected, sizeof(data)); /* nothing beyond it either */
            }
        }
    }
}

static void unmask_sees_what_is_not_ascii(void **state)
{
    (void)state;
    static const uint8_t key[4] = {0x37, 0xfa, 0x21, 0x3d};
    uint8_t data[150];

    for (size_t len = 0; len <= sizeof(data); len++) {
        for (size_t odd = 0; odd <= len; odd++) { /* == len: none is */
            for (size_t i = 0; i < len; i++)
                data[i] = (uint8_t)((i == odd ? 0x80 : 'a' + i % 26) ^ key[i % 4]);
            assert_int_equal(rtcio__ws_unmask(data, len, key), odd == len);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(headers),
        cmocka_unit_test(unmask_at_all_alignments),
        cmocka_unit_test(unmask_sees_what_is_not_ascii),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
