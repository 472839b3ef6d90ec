/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */

/* Engine.IO packets and polling payloads: cutting with the codec gives what cutting at separators
 * gives; base64 is decoded as a decoder too simple to be wrong does it. */

#include "base/base64.h"
#include "codec/eio.h"

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
    return 0;
}
