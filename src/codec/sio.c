/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */

/* Owns the text form of Socket.IO v5 packets (Socket.IO spec 5.1, 5.2). What comes in is hostile
 * until it has passed here. Knows nothing of sockets and namespaces, of what is joined or of what
 * is awaited. */

#include "codec/sio.h"

#include <string.h>

#define MAX_ID_LEN 20

/* "digits up to `-`; must be an integer 1..10", leading zeros allowed. */
static const char *decode_attachments(const char **p, const char *end, unsigned *n_attachments)
{
    const char *q = *p;
    unsigned n = 0;
    for (; q < end && *q >= '0' && *q <= '9'; q++)
        if (n <= RTCIO__SIO_MAX_ATTACHMENTS) /* more digits cannot make it legal again */
            n = n * 10 + (unsigned)(*q - '0');
    if (q == end || *q != '-' || n == 0)
        return "Illegal attachments";
    if (n > RTCIO__SIO_MAX_ATTACHMENTS)
        return "too many attachments";
    *p = q + 1;
    *n_attachments = n;
    return NULL;
}

/* "If next char is `/`: namespace runs to the first `,` or end of string; else `/`." */
static const char *decode_nsp(const char *p, const char *end, struct rtcio__sio_packet *packet)
{
    if (p == end || *p != '/') {
        packet->nsp = "/";
        packet->nsp_len = 1;
        return p;
    }
    const char *comma = memchr(p, ',', (size_t)(end - p));
    packet->nsp = p;
    packet->nsp_len = (size_t)((comma != NULL ? comma : end) - p);
    return comma != NULL ? comma + 1 : end;
}

/* "Following digits = ack id", `007` is 7. */
static const char *decode_id(const char **p, const char *end, struct rtcio__sio_packet *packet)
{
    const char *start = *p;
    const char *q = start;
    while (q < end && *q >= '0' && *q <= '9')
        q++;
    if (q == start)
        return NULL;
    while (start < q - 1 && *start == '0')
        start++;
    packet->id = start;
    packet->id_len = (size_t)(q - start);
    *p = q;
    return packet->id_len > MAX_ID_LEN ? "illegal id" : NULL;
}

/* What placeholders_valid() knows of each open level, one bit each. */
struct placeholders {
    uint64_t marked[RTCIO__JSON_MAX_DEPTH / 64 + 1]; /* "_placeholder" is true */
    uint64_t usable[RTCIO__JSON_MAX_DEPTH / 64 + 1]; /* "num" names an attachment */
};

static void set_bit(uint64_t *bits, unsigned at, bool value)
{
    const uint64_t bit = UINT64_C(1) << (at % 64);
    bits[at / 64] = value ? bits[at / 64] | bit : bits[at / 64] & ~bit;
}

static bool get_bit(const uint64_t *bits, unsigned at)
{
    return bits[at / 64] >> (at % 64) & 1;
}

/* Takes note of a member, key between quotes, value at p. "num must be a number with 0 <= num < n":
 * taken is only the one digit that every encoder writes, so that nobody behind us has to know that
 * 1e0 and -0 are numbers too. Of duplicate keys the last counts, as in JSON.parse. */
static void note_member(struct placeholders *levels, unsigned level, const char *key,
                        size_t key_len, const char *p, unsigned n_attachments)
{
    if (rtcio__json_key_equals(key, key_len, "_placeholder", 12)) {
        set_bit(levels->marked, level, *p == 't');
    } else if (rtcio__json_key_equals(key, key_len, "num", 3)) {
        const bool digit = *p >= '0' && *p <= '9' && memchr(",} \n\r\t", p[1], 6) != NULL;
        set_bit(levels->usable, level, digit && (unsigned)(*p - '0') < n_attachments);
    }
}

/* Goes over JSON that has been validated: strings end, brackets match, a key is a string with a
 * colon behind it. */
static bool placeholders_valid(const char *p, const char *end, unsigned n_attachments)
{
    struct placeholders levels = {{0}, {0}};
    unsigned level = 0;

    while (p < end) {
        const char c = *p++;
        if (c == '{' || c == '[') {
            level++;
            set_bit(levels.marked, level, false);
            set_bit(levels.usable, level, false);
        } else if (c == '}' || c == ']') {
            if (get_bit(levels.marked, level) && !get_bit(levels.usable, level))
                return false;
            level--;
        } else if (c == '"') {
            const char *key = p;
            while (*p != '"')
                p += *p == '\\' ? 2 : 1;
            const size_t key_len = (size_t)(p - key);
            p = rtcio__json_space(p + 1, end);
            if (p < end && *p == ':') {
                p = rtcio__json_space(p + 1, end);
                note_member(&levels, level, key, key_len, p, n_attachments);
            }
        }
    }
    return true;
}

/* One element of the payload's array, at p. Returns the position behind it or NULL. */
static const char *decode_element(const char *p, const char *end, unsigned max_depth,
                                  struct rtcio__sio_packet *packet)
{
    if (packet->n_args > 0 || p == end)
        return rtcio__json_value(p, end, max_depth, &packet->depth);

    const char *start = p;
    packet->first_is_object = *p == '{';
    if (packet->first_is_object)
        p = rtcio__json_object(p, end, max_depth, &packet->depth, &packet->index);
    else
        p = rtcio__json_value(p, end, max_depth, &packet->depth);
    packet->first = start;
    packet->first_len = p != NULL ? (size_t)(p - start) : 0;
    return p;
}

/* The elements from p (behind '[' or the event name's comma, white space skipped) to ']'. Returns
 * the position behind that or NULL. */
static const char *decode_args(const char *p, const char *end, unsigned max_depth,
                               struct rtcio__sio_packet *packet)
{
    packet->args = p;
    for (;;) {
        p = decode_element(p, end, max_depth, packet);
        if (p == NULL)
            return NULL;
        packet->n_args++;
        packet->args_len = (size_t)(p - packet->args);
        p = rtcio__json_space(p, end);
        if (p == end)
            return NULL;
        if (*p == ']')
            return p + 1;
        if (*p != ',')
            return NULL;
        p = rtcio__json_space(p + 1, end);
    }
}

/* The first element of an event: "a number, or a string not in the reserved list". Sets the name,
 * not yet resolved and terminated. Returns the position behind it or NULL. */
static char *decode_name(char *p, const char *end, struct rtcio__sio_packet *packet)
{
    if (p == end || (*p != '"' && *p != '-' && (*p < '0' || *p > '9')))
        return NULL;
    const char *behind = rtcio__json_value(p, end, 0, NULL);
    if (behind == NULL)
        return NULL;
    const bool string = *p == '"';
    const size_t len = (size_t)(behind - p);
    packet->event = string ? p + 1 : p;
    packet->event_len = string ? len - 2 : len;
    return p + len;
}

/* Writes the name in its final form over its text; what is behind it has been read by now. False
 * if it is reserved. */
static bool finish_name(struct rtcio__sio_packet *packet)
{
    if (packet->event[-1] == '"') /* otherwise a number, which has no escapes */
        packet->event_len = rtcio__json_unescape(packet->event, packet->event, packet->event_len);
    packet->event[packet->event_len] = '\0';
    return !rtcio__sio_reserved(packet->event, packet->event_len);
}

static bool is_event(enum rtcio__sio_type type)
{
    return type == RTCIO__SIO_EVENT || type == RTCIO__SIO_BINARY_EVENT;
}

/* The payload of events and acks, an array, from p on. Returns the position behind it or NULL. */
static const char *decode_array(char *p, const char *end, unsigned max_depth,
                                struct rtcio__sio_packet *packet)
{
    if (*p != '[' || max_depth == 0)
        return NULL;
    p += rtcio__json_space(p + 1, end) - p;
    if (is_event(packet->type)) {
        p = decode_name(p, end, packet);
        if (p == NULL)
            return NULL;
        p += rtcio__json_space(p, end) - p;
        if (p < end && *p == ',')
            return decode_args(rtcio__json_space(p + 1, end), end, max_depth - 1, packet);
        return p < end && *p == ']' ? p + 1 : NULL;
    }
    if (p < end && *p == ']')
        return p + 1;
    return decode_args(p, end, max_depth - 1, packet);
}

/* "Rest, if any, must be complete valid JSON (trailing garbage is an error) and fit the type". p is
 * at its first character. */
static bool decode_payload(char *p, const char *end, unsigned max_depth,
                           struct rtcio__sio_packet *packet)
{
    const char *behind = NULL;
    p += rtcio__json_space(p, end) - p;
    if (p == end)
        return false;
    packet->data = p;

    switch (packet->type) {
    case RTCIO__SIO_CONNECT:
        if (*p == '{')
            behind = rtcio__json_value(p, end, max_depth, &packet->depth);
        break;
    case RTCIO__SIO_CONNECT_ERROR:
        if (*p == '{' || *p == '"')
            behind = rtcio__json_value(p, end, max_depth, &packet->depth);
        break;
    case RTCIO__SIO_DISCONNECT:
        break;
    case RTCIO__SIO_EVENT:
    case RTCIO__SIO_BINARY_EVENT:
    case RTCIO__SIO_ACK:
    case RTCIO__SIO_BINARY_ACK:
        behind = decode_array(p, end, max_depth, packet);
        break;
    }
    if (behind == NULL || rtcio__json_space(behind, end) != end)
        return false;
    packet->data_len = (size_t)(behind - p);
    if (*p == '{')
        packet->depth--; /* of its elements */
    return true;
}

const char *rtcio__sio_decode(char *text, size_t len, unsigned max_depth,
                              struct rtcio__sio_packet *packet)
{
    /* The index is left alone: it is large, and valid only with first_is_object. */
    memset(packet, 0, offsetof(struct rtcio__sio_packet, index));
    packet->first_is_object = false;
    packet->args = "";

    char *end = text + len;
    const char *p = text + 1;
    if (len == 0 || *text < '0' || *text > '6')
        return "unknown packet type";
    packet->type = (enum rtcio__sio_type)(*text - '0');

    const char *error = NULL;
    if (packet->type >= RTCIO__SIO_BINARY_EVENT)
        error = decode_attachments(&p, end, &packet->n_attachments);
    if (error == NULL) {
        p = decode_nsp(p, end, packet);
        error = decode_id(&p, end, packet);
    }
    if (error != NULL)
        return error;

    if (p == end) {
        if (is_event(packet->type)) { /* an event without a name */
            packet->event = end;
            *end = '\0';
        }
        return NULL;
    }
    if (!decode_payload(text + (p - text), end, max_depth, packet))
        return "invalid payload";
    if (packet->event != NULL && !finish_name(packet))
        return "invalid payload";
    if (packet->n_attachments > 0 &&
        !placeholders_valid(packet->args, packet->args + packet->args_len, packet->n_attachments))
        return "illegal attachments";
    return NULL;
}

bool rtcio__sio_reserved(const char *event, size_t len)
{
    switch (len) {
    case 7:
        return memcmp(event, "connect", 7) == 0;
    case 10:
        return memcmp(event, "disconnect", 10) == 0;
    case 11:
        return memcmp(event, "newListener", 11) == 0;
    case 13:
        return memcmp(event, "connect_error", 13) == 0 || memcmp(event, "disconnecting", 13) == 0;
    case 14:
        return memcmp(event, "removeListener", 14) == 0;
    default:
        return false;
    }
}

size_t rtcio__sio_prefix(char *out, enum rtcio__sio_type type, unsigned n_attachments,
                         const char *nsp, size_t nsp_len, const char *id, size_t id_len)
{
    char *p = out;
    *p++ = (char)('0' + (int)type);
    if (type == RTCIO__SIO_BINARY_EVENT || type == RTCIO__SIO_BINARY_ACK) {
        char digits[10]; /* 2^32 - 1 */
        size_t n = 0;
        do {
            digits[n++] = (char)('0' + n_attachments % 10);
            n_attachments /= 10;
        } while (n_attachments > 0);
        while (n > 0)
            *p++ = digits[--n];
        *p++ = '-';
    }
    /* "namespace: omitted for `/`; otherwise `/name,` (comma always present)" */
    if (nsp_len > 1) {
        memcpy(p, nsp, nsp_len);
        p += nsp_len;
        *p++ = ',';
    }
    if (id_len > 0)
        memcpy(p, id, id_len);
    return (size_t)(p - out) + id_len;
}
