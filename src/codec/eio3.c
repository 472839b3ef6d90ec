/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */

/* Engine.IO v3 packets and payloads, cut where they lie. Knows nothing of sessions. */

#include "codec/eio3.h"

#include <string.h>

#include "base/base64.h"
#include "base/utf8.h"

#define LENGTH_DIGITS 10  /* of a length: 4 GB are enough */
#define LENGTH_END    255 /* in the binary form */

bool rtcio__eio3_parse_bytes(char *data, size_t len, struct rtcio__eio_packet *packet)
{
    if (len == 0 || data[0] != RTCIO__EIO_MESSAGE - '0')
        return false;
    *packet = (struct rtcio__eio_packet){RTCIO__EIO_BINARY, data + 1, len - 1};
    return true;
}

bool rtcio__eio3_parse(char *text, size_t len, struct rtcio__eio_packet *packet)
{
    if (len == 0 || text[0] != 'b')
        return rtcio__eio_parse(text, len, packet);
    if (len == 1 || text[1] != RTCIO__EIO_MESSAGE)
        return false;
    *packet = (struct rtcio__eio_packet){RTCIO__EIO_BINARY, text + 2,
                                         rtcio__base64_decode(text + 2, text + 2, len - 2)};
    return true;
}

/* Code units of a character, by its first byte; 0: not a first byte. */
static unsigned units_of(char c)
{
    unsigned char byte = (unsigned char)c;

    return byte >= 0xf0 ? 2 : (byte & 0xc0) != 0x80;
}

static size_t utf16_len(const char *text, size_t len)
{
    size_t units = 0;

    for (size_t i = 0; i < len; i++)
        units += units_of(text[i]);
    return units;
}

/* How many bytes that many code units are; false: there are fewer, or a character is cut. */
static bool utf16_take(const char *text, size_t len, size_t units, size_t *n)
{
    size_t i = 0, seen = 0;

    if (units > len)
        return false;
    while (i < len) {
        unsigned more = units_of(text[i]);
        if (seen == units && more > 0)
            break;
        seen += more;
        i++;
    }
    *n = i;
    return seen == units;
}

static bool add_digit(size_t *number, unsigned *n_digits, unsigned digit)
{
    if (digit > 9 || ++*n_digits > LENGTH_DIGITS)
        return false;
    *number = *number * 10 + digit;
    return true;
}

static int next_text(char *body, size_t len, size_t *pos, struct rtcio__eio_packet *packet)
{
    size_t units, n;

    do {
        size_t at = *pos;
        unsigned n_digits = 0;
        if (at == len)
            return len > 0 ? 0 : -1;
        for (units = 0; at < len && body[at] != ':'; at++)
            if (!add_digit(&units, &n_digits, (unsigned)body[at] - '0'))
                return -1;
        if (at == len || n_digits == 0 || !utf16_take(body + at + 1, len - at - 1, units, &n))
            return -1;
        *pos = at + 1 + n;
    } while (n == 0); /* the original skips empty packets */
    return rtcio__eio3_parse(body + *pos - n, n, packet) ? 1 : -1;
}

static int next_binary(char *body, size_t len, size_t *pos, struct rtcio__eio_packet *packet)
{
    size_t at = *pos, n = 0;
    unsigned n_digits = 0;

    if (at == len)
        return 0;
    unsigned kind = (unsigned char)body[at++];
    for (; at < len && (unsigned char)body[at] != LENGTH_END; at++)
        if (!add_digit(&n, &n_digits, (unsigned char)body[at]))
            return -1;
    if (kind > 1 || at == len || n_digits == 0 || n > len - at - 1)
        return -1;
    *pos = at + 1 + n;
    char *data = body + at + 1;
    if (kind == 1)
        return rtcio__eio3_parse_bytes(data, n, packet) ? 1 : -1;
    return rtcio__utf8_valid(data, n) && rtcio__eio3_parse(data, n, packet) ? 1 : -1;
}

int rtcio__eio3_payload_next(char *body, size_t len, bool binary, size_t *pos,
                             struct rtcio__eio_packet *packet)
{
    return binary ? next_binary(body, len, pos, packet) : next_text(body, len, pos, packet);
}

static size_t packet_len(const struct rtcio__eio3_out *out, bool binary)
{
    if (!out->bytes)
        return out->len;
    return binary ? 1 + out->len : 2 + rtcio__base64_encoded_len(out->len);
}

/* What stands in front of a packet as its length. */
static size_t counted(const struct rtcio__eio3_out *out, bool binary)
{
    return !binary && !out->bytes ? utf16_len(out->data, out->len) : packet_len(out, binary);
}

static size_t n_digits_of(size_t number)
{
    size_t n = 1;

    while (number >= 10) {
        number /= 10;
        n++;
    }
    return n;
}

size_t rtcio__eio3_measure(const struct rtcio__eio3_out *out, bool binary)
{
    return n_digits_of(counted(out, binary)) + (binary ? 2 : 1) + packet_len(out, binary);
}

/* The digits of a length: characters, or the numbers themselves. */
static char *write_number(char *at, size_t number, char zero)
{
    size_t n = n_digits_of(number);

    for (size_t i = n; i > 0; i--) {
        at[i - 1] = (char)(zero + (char)(number % 10));
        number /= 10;
    }
    return at + n;
}

static char *write_bytes(char *at, const void *data, size_t len)
{
    if (len > 0)
        memcpy(at, data, len);
    return at + len;
}

char *rtcio__eio3_write(char *at, const struct rtcio__eio3_out *out, bool binary)
{
    size_t number = counted(out, binary);

    if (binary) {
        *at++ = out->bytes ? 1 : 0;
        at = write_number(at, number, 0);
        *at++ = (char)LENGTH_END;
        if (out->bytes)
            *at++ = RTCIO__EIO_MESSAGE - '0';
        return write_bytes(at, out->data, out->len);
    }
    at = write_number(at, number, '0');
    *at++ = ':';
    if (!out->bytes)
        return write_bytes(at, out->data, out->len);
    *at++ = RTCIO__EIO_BINARY;
    *at++ = RTCIO__EIO_MESSAGE;
    return at + rtcio__base64_encode(at, out->data, out->len);
}
