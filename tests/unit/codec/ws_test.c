/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */

/* WebSocket frames, against the text of RFC 6455. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "codec/ws.h"

#define FIN       0x80
#define NO_LIMIT  SIZE_MAX
#define NONE      0x100
#define LEN(rows) (sizeof(rows) / sizeof((rows)[0]))

static const uint8_t key[4] = {0x37, 0xfa, 0x21, 0x3d};

/* Appends a masked frame with the length written in 0 (the shortest), 2 or 8 bytes. */
static void put_frame_sized(struct rtcio__buf *b, unsigned first, const void *payload, size_t len,
                            size_t n_length)
{
    const uint8_t *p = payload;

    if (n_length == 0 && len > 125)
        n_length = len > 0xffff ? 8 : 2;
    assert_int_equal(rtcio__buf_append_byte(b, (char)first), 0);
    size_t second = n_length == 0 ? len : n_length == 2 ? 126 : 127;
    assert_int_equal(rtcio__buf_append_byte(b, (char)(0x80 | second)), 0);
    for (size_t i = n_length; i > 0; i--)
        assert_int_equal(rtcio__buf_append_byte(b, (char)(len >> 8 * (i - 1))), 0);
    assert_int_equal(rtcio__buf_append(b, key, sizeof(key)), 0);
    for (size_t i = 0; i < len; i++)
        assert_int_equal(rtcio__buf_append_byte(b, (char)(p[i] ^ key[i % 4])), 0);
}

static void put_frame(struct rtcio__buf *b, unsigned first, const void *payload, size_t len)
{
    put_frame_sized(b, first, payload, len, 0);
}

static void put_text(struct rtcio__buf *b, unsigned first, const char *text)
{
    put_frame(b, first, text, strlen(text));
}

/* Takes all frames that are there and writes down what came of them, a letter and the payload for
 * each event: "T<hello>", "+" for a fragment, "C1000<bye>", and last "!1002" for an error or "?"
 * when more is wanted. Returns how many bytes were taken. */
static size_t run(struct rtcio__ws *ws, struct rtcio__buf *in, size_t limit, struct rtcio__buf *log)
{
    static const char letter[] = {
        [RTCIO__WS_TEXT] = 'T', [RTCIO__WS_BINARY] = 'B', [RTCIO__WS_CLOSE] = 'C',
        [RTCIO__WS_PING] = 'I', [RTCIO__WS_PONG] = 'O',
    };
    struct rtcio__ws_event event;
    size_t pos = 0, consumed;

    for (;;) {
        size_t left = in->len - pos;
        enum rtcio__ws_kind kind =
            rtcio__ws_next(ws, (uint8_t *)in->data + pos, left, limit, &consumed, &event);
        assert_true(consumed <= left);
        pos += consumed;
        switch (kind) {
        case RTCIO__WS_MORE:
            assert_int_equal(consumed, 0);
            assert_true(event.need > left);
            assert_int_equal(rtcio__buf_append_byte(log, '?'), 0);
            return pos;
        case RTCIO__WS_ERROR:
            assert_int_equal(rtcio__buf_printf(log, "!%u", event.close_code), 0);
            return pos;
        case RTCIO__WS_SKIPPED:
            assert_true(consumed > 0);
            assert_int_equal(rtcio__buf_append_byte(log, '+'), 0);
            break;
        case RTCIO__WS_EVENT:
            assert_true(consumed > 0);
            assert_non_null(event.data);
            if (event.compressed)
                assert_int_equal(rtcio__buf_append_byte(log, '~'), 0);
            assert_int_equal(rtcio__buf_append_byte(log, letter[event.opcode]), 0);
            if (event.opcode == RTCIO__WS_CLOSE) {
                assert_int_equal(rtcio__buf_printf(log, "%u", event.close_code), 0);
                if (event.len >= 2) {
                    event.data += 2;
                    event.len -= 2;
                }
            }
            assert_int_equal(rtcio__buf_append_byte(log, '<'), 0);
            assert_int_equal(rtcio__buf_append(log, event.data, event.len), 0);
            assert_int_equal(rtcio__buf_append_byte(log, '>'), 0);
            break;
        }
    }
}

/* Runs over the stream in `in`, which is used up, and compares. */
static void expect_with(struct rtcio__ws ws, struct rtcio__buf *in, size_t limit,
                        const char *expected)
{
    struct rtcio__buf log = {0};

    run(&ws, in, limit, &log);
    assert_int_equal(rtcio__buf_append_byte(&log, '\0'), 0);
    assert_string_equal(log.data, expected);
    rtcio__buf_fini(&log);
    rtcio__buf_fini(in);
    rtcio__ws_fini(&ws);
}

static void expect_limited(struct rtcio__buf *in, size_t limit, const char *expected)
{
    expect_with((struct rtcio__ws){0}, in, limit, expected);
}

static void expect(struct rtcio__buf *in, const char *expected)
{
    expect_limited(in, NO_LIMIT, expected);
}

static void rfc_6455_examples(void **state)
{
    (void)state;
    struct rtcio__buf in = {0};

    /* 5.7: a single-frame masked text message, and a masked pong. */
    static const uint8_t hello[] = {0x81, 0x85, 0x37, 0xfa, 0x21, 0x3d, 0x7f, 0x9f,
                                    0x4d, 0x51, 0x58, 0x8a, 0x85, 0x37, 0xfa, 0x21,
                                    0x3d, 0x7f, 0x9f, 0x4d, 0x51, 0x58};
    assert_int_equal(rtcio__buf_append(&in, hello, sizeof(hello)), 0);
    expect(&in, "T<Hello>O<Hello>?");

    /* A single-frame unmasked text message. */
    assert_int_equal(rtcio__buf_append(&in, "\x81\x05Hello", 7), 0);
    expect(&in, "!1002");

    /* A fragmented text message, here masked as a client must. */
    put_text(&in, RTCIO__WS_TEXT, "Hel");
    put_text(&in, FIN | RTCIO__WS_CONTINUATION, "lo");
    expect(&in, "+T<Hello>?");
}

static void boundary_lengths(void **state)
{
    (void)state;
    static const size_t lengths[] = {0, 1, 15, 16, 17, 125, 126, 127, 65535, 65536, 65537, 1000000};

    for (size_t i = 0; i < LEN(lengths); i++) {
        for (size_t n_length = 0; n_length <= 8; n_length += n_length == 0 ? 2 : 6) {
            if (n_length == 2 && lengths[i] > 0xffff)
                continue;
            /* A length that is longer than it need be is taken too. */
            size_t len = lengths[i];
            uint8_t *payload = malloc(len + 1);
            assert_non_null(payload);
            for (size_t k = 0; k < len; k++)
                payload[k] = (uint8_t)(k * 7 + k / 256);
            struct rtcio__buf in = {0};
            put_frame_sized(&in, FIN | RTCIO__WS_BINARY, payload, len, n_length);

            struct rtcio__ws ws = {0};
            struct rtcio__ws_event event;
            size_t consumed;
            assert_int_equal(
                rtcio__ws_next(&ws, (uint8_t *)in.data, in.len, len, &consumed, &event),
                RTCIO__WS_EVENT);
            assert_int_equal(consumed, in.len);
            assert_int_equal(event.opcode, RTCIO__WS_BINARY);
            assert_int_equal(event.len, len);
            assert_memory_equal(event.data, payload, len);
            rtcio__ws_fini(&ws);
            rtcio__buf_fini(&in);
            free(payload);
        }
    }
}

static void every_first_byte(void **state)
{
    (void)state;
    for (unsigned first = 0; first < 256; first++) {
        for (unsigned fragmented = 0; fragmented < 2; fragmented++) {
            struct rtcio__buf in = {0};
            char expected[32];
            unsigned opcode = first & 15;
            bool control = opcode >= 8 && opcode <= 10;
            bool good = (first & 0x70) == 0 && (control || opcode <= 2);
            if (control)
                good = good && (first & FIN) != 0;
            else
                good = good && (opcode == 0) == (fragmented == 1);

            if (fragmented)
                put_text(&in, RTCIO__WS_BINARY, "a");
            put_frame(&in, first, NULL, 0);
            const char *start = fragmented ? "+" : "", *payload = fragmented ? "a" : "";
            if (!good)
                snprintf(expected, sizeof(expected), "%s!1002", start);
            else if (control)
                snprintf(expected, sizeof(expected), "%s%s<>?", start,
                         opcode == 8   ? "C1005"
                         : opcode == 9 ? "I"
                                       : "O");
            else if ((first & FIN) == 0)
                snprintf(expected, sizeof(expected), "%s+?", start);
            else
                snprintf(expected, sizeof(expected), "%s%c<%s>?", start, opcode == 1 ? 'T' : 'B',
                         payload);
            expect(&in, expected);
        }
    }
}

/* What is wrong with the first two bytes is said before anything else has to arrive, and so is a
 * length beyond the limit, before the key and the payload are there. */
static void errors_come_early(void **state)
{
    (void)state;
    static const struct {
        const char *bytes;
        size_t len;
        const char *expected;
    } rows[] = {
#define ROW(bytes, expected) {bytes, sizeof(bytes) - 1, expected}
        ROW("\x81\x00", "!1002"),                                 /* not masked */
        ROW("\xc1\x80", "!1002"),                                 /* RSV1 */
        ROW("\x83\x80", "!1002"),                                 /* reserved opcode */
        ROW("\x80\x80", "!1002"),                                 /* stray continuation */
        ROW("\x89\xfe", "!1002"),                                 /* a ping of 126 bytes or more */
        ROW("\x88\xff", "!1002"),                                 /* a close of even more */
        ROW("\x09\x80", "!1002"),                                 /* a fragmented ping */
        ROW("\x82\xff\x80\0\0\0\0\0\0\0", "!1002"),               /* the top bit */
        ROW("\x82\xff\xff\xff\xff\xff\xff\xff\xff\xff", "!1002"), /* all bits */
        ROW("\x82\xff\x7f\xff\xff\xff\xff\xff\xff\xff", "!1009"), /* 2^63 - 1 */
        ROW("\x82\xff\0\0\0\0\0\x01\x86\xa1", "!1009"),           /* 100001 */
        ROW("\x82\xff\0\0\0\0\0\x01\x86\xa0", "?"),               /* 100000 */
        ROW("\x02\xff\0\0\0\0\0\x01\x86\xa1", "!1009"),           /* as a fragment */
        ROW("\x82\xfe\xff\xff", "?"),
        ROW("", "?"),
        ROW("\x81", "?"),
        ROW("\xf1", "?"), /* the second byte is there a moment later */
#undef ROW
    };

    for (size_t i = 0; i < LEN(rows); i++) {
        struct rtcio__buf in = {0};
        assert_int_equal(rtcio__buf_reserve(&in, 1), 0);
        assert_int_equal(rtcio__buf_append(&in, rows[i].bytes, rows[i].len), 0);
        expect_limited(&in, 100000, rows[i].expected);
    }
}

static void huge_lengths_do_not_overflow(void **state)
{
    (void)state;
    uint8_t header[14] = {0x82, 0xff, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
    struct rtcio__ws ws = {0};
    struct rtcio__ws_event event;
    size_t consumed;

    for (size_t len = 10; len <= sizeof(header); len++) {
        enum rtcio__ws_kind kind = rtcio__ws_next(&ws, header, len, NO_LIMIT, &consumed, &event);
        assert_int_equal(consumed, 0);
        if (SIZE_MAX > UINT32_MAX) {
            assert_int_equal(kind, RTCIO__WS_MORE);
            assert_true(event.need == (size_t)INT64_MAX + 14);
        } else {
            assert_int_equal(kind, RTCIO__WS_ERROR);
            assert_int_equal(event.close_code, 1009);
        }
    }

    /* A fragment is held already: the sum must not wrap round. */
    struct rtcio__buf in = {0};
    put_text(&in, RTCIO__WS_BINARY, "abc");
    assert_int_equal(rtcio__buf_append(&in, "\x80\xff\x7f\xff\xff\xff\xff\xff\xff\xff", 10), 0);
    expect_limited(&in, INT64_MAX, "+!1009");
    rtcio__ws_fini(&ws);
}

static void truncation_at_every_byte(void **state)
{
    (void)state;
    static const size_t lengths[] = {0, 5, 125, 126, 300, 65536};
    static char payload[65536];

    memset(payload, 'a', sizeof(payload));
    for (size_t i = 0; i < LEN(lengths); i++) {
        struct rtcio__buf in = {0};
        put_frame(&in, FIN | RTCIO__WS_TEXT, payload, lengths[i]);
        struct rtcio__buf before = {0};
        assert_int_equal(rtcio__buf_append(&before, in.data, in.len), 0);

        struct rtcio__ws ws = {0};
        struct rtcio__ws_event event;
        size_t consumed, need = 0;
        for (size_t len = 0; len < in.len; len += len < 400 ? 1 : 97) {
            /* Memory that ends where the bytes do: a read behind them would be seen. */
            uint8_t *data = malloc(len > 0 ? len : 1);
            assert_non_null(data);
            memcpy(data, in.data, len);
            assert_int_equal(rtcio__ws_next(&ws, data, len, NO_LIMIT, &consumed, &event),
                             RTCIO__WS_MORE);
            assert_int_equal(consumed, 0);
            assert_true(event.need > len && event.need <= in.len);
            assert_true(event.need >= need);
            need = event.need;
            assert_memory_equal(data, before.data, len); /* nothing unmasked yet */
            free(data);
        }
        assert_int_equal(need, in.len);
        rtcio__buf_fini(&before);
        rtcio__buf_fini(&in);
        rtcio__ws_fini(&ws);
    }
}

static void fragments(void **state)
{
    (void)state;
    struct rtcio__buf in = {0};

    put_text(&in, RTCIO__WS_TEXT, "a");
    put_text(&in, FIN | RTCIO__WS_PING, "p");
    put_text(&in, RTCIO__WS_CONTINUATION, "");
    put_text(&in, RTCIO__WS_CONTINUATION, "b");
    put_text(&in, FIN | RTCIO__WS_PONG, "");
    put_text(&in, FIN | RTCIO__WS_CONTINUATION, "c");
    put_text(&in, FIN | RTCIO__WS_TEXT, "next");
    put_text(&in, RTCIO__WS_BINARY, "");
    put_text(&in, FIN | RTCIO__WS_CONTINUATION, "");
    put_text(&in, FIN | RTCIO__WS_CONTINUATION, "");
    expect(&in, "+I<p>++O<>T<abc>T<next>+B<>!1002");

    put_text(&in, RTCIO__WS_TEXT, "a");
    put_text(&in, FIN | RTCIO__WS_TEXT, "b");
    expect(&in, "+!1002");

    put_text(&in, RTCIO__WS_TEXT, "a");
    put_frame(&in, FIN | RTCIO__WS_CLOSE, "\x03\xe8", 2);
    expect(&in, "+C1000<>?");
}

static void a_fragmented_message_has_a_byte_behind_it(void **state)
{
    (void)state;
    for (size_t len = 0; len < 300; len++) {
        struct rtcio__buf in = {0};
        char text[300];
        memset(text, 'x', sizeof(text));
        put_frame(&in, RTCIO__WS_TEXT, text, len / 2);
        put_frame(&in, FIN | RTCIO__WS_CONTINUATION, text, len - len / 2);

        struct rtcio__ws ws = {0};
        struct rtcio__ws_event event;
        size_t first, second;
        uint8_t *data = (uint8_t *)in.data;
        assert_int_equal(rtcio__ws_next(&ws, data, in.len, len, &first, &event), RTCIO__WS_SKIPPED);
        assert_int_equal(rtcio__ws_next(&ws, data + first, in.len - first, len, &second, &event),
                         RTCIO__WS_EVENT);
        assert_int_equal(first + second, in.len);
        assert_int_equal(event.len, len);
        event.data[event.len] = '\0';
        assert_int_equal(strlen((char *)event.data), len);

        /* The next call lets the message go. */
        assert_non_null(ws.message.data);
        rtcio__ws_next(&ws, data, 0, len, &first, &event);
        assert_null(ws.message.data);
        rtcio__ws_fini(&ws);
        rtcio__buf_fini(&in);
    }
}

static void limits_are_on_the_sum(void **state)
{
    (void)state;
    struct rtcio__buf in = {0};

    put_text(&in, FIN | RTCIO__WS_TEXT, "0123456789");
    put_text(&in, FIN | RTCIO__WS_TEXT, "0123456789");
    expect_limited(&in, 10, "T<0123456789>T<0123456789>?");

    put_text(&in, FIN | RTCIO__WS_TEXT, "0123456789");
    expect_limited(&in, 9, "!1009");

    put_text(&in, RTCIO__WS_TEXT, "01234");
    put_text(&in, RTCIO__WS_CONTINUATION, "5678");
    put_text(&in, FIN | RTCIO__WS_CONTINUATION, "9");
    put_text(&in, FIN | RTCIO__WS_TEXT, "0123456789"); /* the count starts anew */
    expect_limited(&in, 10, "++T<0123456789>T<0123456789>?");

    put_text(&in, RTCIO__WS_TEXT, "01234");
    put_text(&in, FIN | RTCIO__WS_PING, "not counted");
    put_text(&in, RTCIO__WS_CONTINUATION, "567890");
    expect_limited(&in, 10, "+I<not counted>!1009");

    put_text(&in, FIN | RTCIO__WS_BINARY, "");
    put_text(&in, FIN | RTCIO__WS_BINARY, "x");
    expect_limited(&in, 0, "B<>!1009");
}

static void fragments_are_counted(void **state)
{
    (void)state;
    for (size_t n = RTCIO__WS_MAX_FRAGMENTS - 1; n <= RTCIO__WS_MAX_FRAGMENTS + 1; n++) {
        struct rtcio__buf in = {0};
        struct rtcio__buf expected = {0};

        /* n fragments, all of them empty, then a whole message. */
        for (size_t i = 0; i < n; i++) {
            unsigned fin = i == n - 1 ? FIN : 0;
            put_text(&in, fin | (i == 0 ? RTCIO__WS_TEXT : RTCIO__WS_CONTINUATION), "");
            if (!fin && i < RTCIO__WS_MAX_FRAGMENTS)
                assert_int_equal(rtcio__buf_append_byte(&expected, '+'), 0);
        }
        put_text(&in, FIN | RTCIO__WS_TEXT, "x");
        assert_int_equal(
            rtcio__buf_append_str(&expected, n <= RTCIO__WS_MAX_FRAGMENTS ? "T<>T<x>?" : "!1008"),
            0);
        assert_int_equal(rtcio__buf_append_byte(&expected, '\0'), 0);
        expect(&in, expected.data);
        rtcio__buf_fini(&expected);
    }
}

static void text_is_utf8(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        bool valid;
    } rows[] = {
        {"", true},
        {"\xce\xba\xe1\xbd\xb9\xcf\x83\xce\xbc\xce\xb5", true}, /* the RFC suite's favourite */
        {"\xf4\x8f\xbf\xbf", true},
        {"\xf4\x90\x80\x80", false},
        {"\xed\xa0\x80", false},
        {"\xc0\xaf", false},
        {"a\xff", false},
        {"ab\xe2\x82", false}, /* ends inside a character */
        {"\x80", false},
    };

    for (size_t i = 0; i < LEN(rows); i++) {
        size_t len = strlen(rows[i].text);
        char expected[64];

        struct rtcio__buf in = {0};
        put_text(&in, FIN | RTCIO__WS_TEXT, rows[i].text);
        snprintf(expected, sizeof(expected), "T<%s>?", rows[i].text);
        expect(&in, rows[i].valid ? expected : "!1007");

        put_text(&in, FIN | RTCIO__WS_BINARY, rows[i].text); /* bytes are bytes */
        snprintf(expected, sizeof(expected), "B<%s>?", rows[i].text);
        expect(&in, expected);

        /* Cut at every byte, in the middle of characters too. */
        for (size_t cut = 0; cut <= len; cut++) {
            struct rtcio__ws ws = {0};
            struct rtcio__buf log = {0};
            put_frame(&in, RTCIO__WS_TEXT, rows[i].text, cut);
            put_text(&in, FIN | RTCIO__WS_PING, "\xff"); /* does not count as text */
            put_frame(&in, FIN | RTCIO__WS_CONTINUATION, rows[i].text + cut, len - cut);
            run(&ws, &in, NO_LIMIT, &log);
            assert_int_equal(rtcio__buf_append_byte(&log, '\0'), 0);
            snprintf(expected, sizeof(expected), "+I<\xff>T<%s>?", rows[i].text);
            if (rows[i].valid)
                assert_string_equal(log.data, expected);
            else
                assert_string_equal(log.data + log.len - 6, "!1007");
            rtcio__buf_fini(&log);
            rtcio__buf_fini(&in);
            rtcio__ws_fini(&ws);
        }
    }
}

static void bad_text_fails_in_the_fragment_that_breaks_it(void **state)
{
    (void)state;
    struct rtcio__buf in = {0};

    put_text(&in, RTCIO__WS_TEXT, "abc\xc3");
    put_text(&in, RTCIO__WS_CONTINUATION, "x");
    put_text(&in, FIN | RTCIO__WS_CONTINUATION, "d");
    expect(&in, "+!1007");

    /* The state starts anew with every message. */
    put_text(&in, RTCIO__WS_TEXT, "\xc3");
    put_text(&in, FIN | RTCIO__WS_CONTINUATION, "\xa9");
    put_text(&in, RTCIO__WS_TEXT, "\xa9");
    expect(&in, "+T<\xc3\xa9>!1007");
}

/* RFC 7692 section 6: RSV1 is of the first frame of a data message, once that is negotiated. */
static void compressed_messages_are_told(void **state)
{
    (void)state;
    static const struct {
        unsigned first[3]; /* NONE: no more frames */
        const char *expected;
    } rows[] = {
        {{0xc1, NONE, NONE}, "~T<ab>?"},
        {{0xc2, NONE, NONE}, "~B<ab>?"},
        {{0x41, 0x80, NONE}, "+~T<abab>?"},
        {{0x42, 0x00, 0x80}, "++~B<ababab>?"},
        {{0x41, 0x89, 0x80}, "+I<ab>~T<abab>?"}, /* a ping between them is not compressed */
        {{0x41, 0x80, 0x81}, "+~T<abab>T<ab>?"}, /* nor is the message behind */
        {{0x01, 0x80, 0xc1}, "+T<abab>~T<ab>?"},
        {{0x41, 0xc0, NONE}, "+!1002"}, /* RSV1 of a continuation */
        {{0x01, 0xc0, NONE}, "+!1002"},
        {{0x01, 0x40, NONE}, "+!1002"},
        {{0xc9, NONE, NONE}, "!1002"}, /* … of a ping */
        {{0xca, NONE, NONE}, "!1002"},
        {{0xc8, NONE, NONE}, "!1002"},
        {{0xe1, NONE, NONE}, "!1002"}, /* RSV2 with it */
        {{0xd1, NONE, NONE}, "!1002"},
        {{0xa1, NONE, NONE}, "!1002"}, /* RSV2 alone */
        {{0x91, NONE, NONE}, "!1002"},
    };
    const struct rtcio__ws negotiated = {.compression = true};
    struct rtcio__buf in = {0};

    for (size_t i = 0; i < LEN(rows); i++) {
        for (size_t n = 0; n < 3 && rows[i].first[n] != NONE; n++)
            put_text(&in, rows[i].first[n], "ab");
        expect_with(negotiated, &in, NO_LIMIT, rows[i].expected);
    }
    put_text(&in, 0xc1, "ab");
    expect(&in, "!1002");

    /* Its bytes are not text yet. */
    put_frame(&in, 0xc1, "\xff\xfe", 2);
    put_frame(&in, 0x41, "\xff", 1);
    put_frame(&in, 0x80, "\xfe", 1);
    put_frame(&in, 0x81, "\xff", 1);
    expect_with(negotiated, &in, NO_LIMIT, "~T<\xff\xfe>+~T<\xff\xfe>!1007");

    /* DEFLATE makes longer what it cannot make shorter: by a little more than the limit. */
    static char long_text[2000];
    memset(long_text, 'x', sizeof(long_text));
    struct rtcio__ws ws = negotiated;
    for (size_t over = 0; over < 3; over++) {
        struct rtcio__ws_event event;
        size_t consumed, len = 1000 + 71 + over * 40;
        put_frame(&in, over == 2 ? 0x81 : 0xc1, long_text, over == 2 ? 1001 : len);
        enum rtcio__ws_kind kind =
            rtcio__ws_next(&ws, (uint8_t *)in.data, in.len, 1000, &consumed, &event);
        assert_int_equal(kind, over == 0 ? RTCIO__WS_EVENT : RTCIO__WS_ERROR);
        if (over > 0)
            assert_int_equal(event.close_code, 1009);
        in.len = 0;
    }
    rtcio__buf_fini(&in);
    rtcio__ws_fini(&ws);
}

static void close_codes(void **state)
{
    (void)state;
    for (unsigned code = 0; code < 0x10000; code++) {
        char body[2] = {(char)(code >> 8), (char)code};
        char expected[16];
        bool valid =
            (code >= 1000 && code <= 1014 && code != 1004 && code != 1005 && code != 1006) ||
            (code >= 3000 && code < 5000);
        struct rtcio__buf in = {0};

        put_frame(&in, FIN | RTCIO__WS_CLOSE, body, 2);
        snprintf(expected, sizeof(expected), valid ? "C%u<>?" : "!1002", code);
        expect(&in, expected);
    }
}

static void close_bodies(void **state)
{
    (void)state;
    struct rtcio__buf in = {0};
    char long_reason[126] = "\x03\xe8";

    put_frame(&in, FIN | RTCIO__WS_CLOSE, NULL, 0);
    expect(&in, "C1005<>?");
    put_frame(&in, FIN | RTCIO__WS_CLOSE, "\x03", 1);
    assert_int_equal(rtcio__buf_append_byte(&in, '\xe8'), 0); /* not the rest of a code */
    expect(&in, "!1002");
    put_frame(&in, FIN | RTCIO__WS_CLOSE, "\x03\xe9going away", 12);
    expect(&in, "C1001<going away>?");
    put_frame(&in, FIN | RTCIO__WS_CLOSE, "\x03\xe8\xc3\xa9", 4);
    expect(&in, "C1000<\xc3\xa9>?");
    put_frame(&in, FIN | RTCIO__WS_CLOSE, "\x03\xe8\xc3", 3);
    expect(&in, "!1007");
    memset(long_reason + 2, 'r', 123);
    put_frame(&in, FIN | RTCIO__WS_CLOSE, long_reason, 125);
    struct rtcio__buf expected = {0};
    assert_int_equal(rtcio__buf_printf(&expected, "C1000<%.123s>?", long_reason + 2), 0);
    assert_int_equal(rtcio__buf_append_byte(&expected, '\0'), 0);
    expect(&in, expected.data);
    rtcio__buf_fini(&expected);
    put_frame_sized(&in, FIN | RTCIO__WS_CLOSE, long_reason, 125, 2);
    expect(&in, "!1002"); /* a control frame's length has no long form */
}

/* The same stream gives the same events, however the bytes arrive. */
static void any_arrival_gives_the_same_events(void **state)
{
    (void)state;
    struct rtcio__buf in = {0}, whole = {0}, held = {0}, log = {0};
    struct rtcio__ws ws = {0};
    static char big[70000];

    memset(big, 'z', sizeof(big));
    put_text(&in, FIN | RTCIO__WS_TEXT, "2probe");
    put_text(&in, RTCIO__WS_TEXT, "fr\xe2\x82");
    put_text(&in, FIN | RTCIO__WS_PING, "ping");
    put_text(&in, FIN | RTCIO__WS_CONTINUATION, "\xac-gment");
    put_frame(&in, FIN | RTCIO__WS_BINARY, big, 126);
    put_frame(&in, FIN | RTCIO__WS_BINARY, big, sizeof(big));
    put_text(&in, FIN | RTCIO__WS_BINARY, "");
    put_frame(&in, FIN | RTCIO__WS_CLOSE, "\x0f\xa0reason", 8);

    assert_int_equal(rtcio__buf_append(&held, in.data, in.len), 0);
    assert_int_equal(run(&ws, &held, sizeof(big), &whole), in.len);
    assert_memory_equal(whole.data, "T<2probe>+I<ping>T<fr\xe2\x82\xac-gment>B<zzz", 35);
    assert_memory_equal(whole.data + whole.len - 14, "C4000<reason>?", 14);
    rtcio__ws_fini(&ws);

    uint32_t seed = 1;
    for (int round = 0; round < 100; round++) {
        held.len = log.len = 0;
        size_t most = round % 2 == 0 ? 7 : 30000;
        for (size_t fed = 0; fed < in.len;) {
            seed = seed * 1664525 + 1013904223;
            size_t n = 1 + (seed >> 8) % most;
            if (fed > 400 && fed + 400 < in.len) /* the big one's middle, in one go */
                n = in.len - fed - 200;
            if (n > in.len - fed)
                n = in.len - fed;
            assert_int_equal(rtcio__buf_append(&held, in.data + fed, n), 0);
            fed += n;
            rtcio__buf_consume(&held, run(&ws, &held, sizeof(big), &log));
            log.len -= fed < in.len; /* the '?' */
        }
        assert_int_equal(held.len, 0);
        assert_int_equal(log.len, whole.len);
        assert_memory_equal(log.data, whole.data, whole.len);
    }
    rtcio__ws_fini(&ws);
    rtcio__buf_fini(&in);
    rtcio__buf_fini(&whole);
    rtcio__buf_fini(&held);
    rtcio__buf_fini(&log);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rfc_6455_examples),
        cmocka_unit_test(boundary_lengths),
        cmocka_unit_test(every_first_byte),
        cmocka_unit_test(errors_come_early),
        cmocka_unit_test(huge_lengths_do_not_overflow),
        cmocka_unit_test(truncation_at_every_byte),
        cmocka_unit_test(fragments),
        cmocka_unit_test(a_fragmented_message_has_a_byte_behind_it),
        cmocka_unit_test(limits_are_on_the_sum),
        cmocka_unit_test(fragments_are_counted),
        cmocka_unit_test(text_is_utf8),
        cmocka_unit_test(bad_text_fails_in_the_fragment_that_breaks_it),
        cmocka_unit_test(compressed_messages_are_told),
        cmocka_unit_test(close_codes),
        cmocka_unit_test(close_bodies),
        cmocka_unit_test(any_arrival_gives_the_same_events),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
