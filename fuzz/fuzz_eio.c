/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */

/* Engine.IO packets and polling payloads: cutting with the codec gives what cutting at separators
 * gives; base64 is decoded as a decoder too simple to be wrong does it. Payloads of Engine.IO 3, in
 * both forms: what was taken is written as it was, and the same when it is written again. */

#include "base/base64.h"
#include "base/utf8.h"
#include "codec/eio3.h"

#include "fuzz.h"

static int base64_value(char c)
{
    static const char alphabet[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    if (c == '-' || c == '_')
        return c == '-' ? 62 : 63;
    const char *at = c != '\0' ? strchr(alphabet, c) : NULL;
    return at != NULL ? (int)(at - alphabet) : -1;
}

/* Bit by bit: "characters outside both alphabets are skipped, '=' ends it" (base/base64.h). */
static size_t naive_base64(char *out, const char *text, size_t len)
{
    unsigned bits = 0, n_bits = 0;
    size_t n = 0;
    for (size_t i = 0; i < len && text[i] != '='; i++) {
        const int value = base64_value(text[i]);
        if (value < 0)
            continue;
        bits = bits << 6 | (unsigned)value;
        n_bits += 6;
        if (n_bits >= 8) {
            n_bits -= 8;
            out[n++] = (char)(bits >> n_bits & 0xff);
        }
    }
    return n;
}

/* What the packet must be, given its text. */
static void check_packet(const struct rtcio__eio_packet *packet, const char *text, size_t len,
                         const char *lower, const char *upper)
{
    FUZZ_CHECK(len > 0 && (char)packet->type == text[0]);
    FUZZ_CHECK(packet->data >= lower && packet->data + packet->len <= upper);
    if (packet->type != RTCIO__EIO_BINARY) {
        FUZZ_CHECK(packet->len == len - 1 && memcmp(packet->data, text + 1, len - 1) == 0);
        return;
    }
    char *expected = fuzz_copy("", 0, len);
    const size_t n = naive_base64(expected, text + 1, len - 1);
    FUZZ_CHECK(packet->len == n && memcmp(packet->data, expected, n) == 0);
    free(expected);

    /* Encoded again and decoded again it is the same. */
    const size_t encoded_len = rtcio__base64_encoded_len(n);
    char *encoded = fuzz_copy("", 0, encoded_len);
    FUZZ_CHECK(rtcio__base64_encode(encoded, packet->data, n) == encoded_len);
    FUZZ_CHECK(rtcio__base64_decode(encoded, encoded, encoded_len) == n);
    FUZZ_CHECK(memcmp(encoded, packet->data, n) == 0);
    free(encoded);
}

static bool is_packet(const char *text, size_t len)
{
    return len > 0 && ((text[0] >= '0' && text[0] <= '6') || text[0] == 'b');
}

/* Code units of UTF-16, a character at a time. */
static size_t naive_units(const char *text, size_t len)
{
    size_t units = 0;
    for (size_t i = 0; i < len;) {
        const unsigned char c = (unsigned char)text[i];
        const size_t n = c < 0x80 ? 1 : c < 0xe0 ? 2 : c < 0xf0 ? 3 : 4;
        units += n == 4 ? 2 : 1;
        i += n;
    }
    return units;
}

/* The packet between two positions of a payload: what stands there, and what it becomes. */
static void check_v3(const char *input, size_t from, size_t to, bool binary,
                     const struct rtcio__eio_packet *packet, const char *body)
{
    const bool bytes = packet->type == RTCIO__EIO_BINARY;
    FUZZ_CHECK(packet->data >= body + from && packet->data + packet->len <= body + to);
    if (!bytes)
        FUZZ_CHECK(packet->data[-1] == (char)packet->type &&
                   packet->data + packet->len == body + to);
    if (!binary && !bytes) {
        const size_t len = packet->len + 1;
        const char *text = input + to - len;
        char prefix[24];
        const int n = snprintf(prefix, sizeof prefix, "%zu:", naive_units(text, len));
        /* Zeros and empty packets may stand in front. */
        FUZZ_CHECK(to - from >= len + (size_t)n);
        FUZZ_CHECK(memcmp(text - n, prefix, (size_t)n) == 0);
    }
    struct rtcio__eio3_out out = {packet->data, packet->len, bytes};
    if (!bytes) {
        out.data--;
        out.len++;
    }
    const size_t len = rtcio__eio3_measure(&out, binary);
    char *again = fuzz_copy("", 0, len);
    struct rtcio__eio_packet same;
    size_t pos = 0;
    FUZZ_CHECK(rtcio__eio3_write(again, &out, binary) == again + len);
    FUZZ_CHECK(rtcio__eio3_payload_next(again, len, binary, &pos, &same) == 1 && pos == len);
    FUZZ_CHECK(same.type == packet->type && same.len == packet->len &&
               memcmp(same.data, packet->data, same.len) == 0);
    free(again);
}

static void payload_v3(const char *input, size_t size, bool binary)
{
    struct rtcio__eio_packet packet;
    size_t pos = 0, before = 0;
    int result;

    if (!binary && !rtcio__utf8_valid(input, size))
        return;
    char *body = fuzz_copy(input, size, 0);
    while ((result = rtcio__eio3_payload_next(body, size, binary, &pos, &packet)) == 1) {
        FUZZ_CHECK(pos > before && pos <= size);
        check_v3(input, before, pos, binary, &packet, body);
        /* What is still to come has not been touched. */
        FUZZ_CHECK(memcmp(body + pos, input + pos, size - pos) == 0);
        before = pos;
    }
    if (result == 0)
        FUZZ_CHECK(pos == size);
    free(body);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *input = (const char *)data;
    struct rtcio__eio_packet packet;

    char *text = fuzz_copy(data, size, 0);
    const bool ok = rtcio__eio_parse(text, size, &packet);
    FUZZ_CHECK(ok == is_packet(input, size));
    if (ok)
        check_packet(&packet, input, size, text, text + size);
    free(text);

    char *body = fuzz_copy(data, size, 0);
    size_t pos = 0, start = 0;
    int result;
    do {
        const char *separator =
            start < size ? (const char *)memchr(input + start, RTCIO__EIO_SEPARATOR, size - start)
                         : NULL;
        const size_t end = separator != NULL ? (size_t)(separator - input) : size;
        const size_t at = pos;
        result = rtcio__eio_payload_next(body, size, &pos, &packet);
        if (start > size) { /* behind the last packet, which no separator ends */
            FUZZ_CHECK(result == 0 && pos == at);
            break;
        }
        FUZZ_CHECK(result == (is_packet(input + start, end - start) ? 1 : -1));
        if (result == 1) {
            check_packet(&packet, input + start, end - start, body + start, body + end);
            FUZZ_CHECK(pos == end + 1);
            /* What is still to come has not been touched. */
            if (pos <= size)
                FUZZ_CHECK(memcmp(body + pos, input + pos, size - pos) == 0);
        }
        start = end + 1;
    } while (result == 1);
    free(body);
    payload_v3(input, size, false);
    payload_v3(input, size, true);
    return 0;
}
