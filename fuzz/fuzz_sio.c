/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */

/* The Socket.IO packet decoder: what it hands out lies inside the packet and is what it says; what
 * was decoded and encoded again is the packet in its shortest form; placeholders are looked at once
 * more in jansson's tree. */

#include "base/utf8.h"
#include "codec/sio.h"

#include <jansson.h>

#include "fuzz.h"

static bool inside(const char *p, size_t len, const char *text, size_t size)
{
    return p >= text && len <= size && (size_t)(p - text) <= size - len;
}

static void check_digits(const char *p, size_t len)
{
    FUZZ_CHECK(len >= 1 && len <= 20 && (p[0] != '0' || len == 1));
    for (size_t i = 0; i < len; i++)
        FUZZ_CHECK(p[i] >= '0' && p[i] <= '9');
}

static void check_args(const struct rtcio__sio_packet *packet)
{
    const char *p = packet->args, *end = packet->args + packet->args_len;
    unsigned depth = 0;
    size_t n = 0;
    if (packet->n_args > 0) {
        FUZZ_CHECK(packet->first == p);
        FUZZ_CHECK(packet->first_is_object == (*p == '{'));
    } else {
        FUZZ_CHECK(packet->first == NULL && !packet->first_is_object && packet->args_len == 0);
    }
    while (p < end) {
        p = rtcio__json_value(p, end, RTCIO__JSON_MAX_DEPTH, &depth);
        FUZZ_CHECK(p != NULL);
        FUZZ_CHECK(n > 0 || p == packet->first + packet->first_len);
        n++;
        if (p == end)
            break;
        p = rtcio__json_space(p, end);
        FUZZ_CHECK(*p == ',');
        p = rtcio__json_space(p + 1, end);
        FUZZ_CHECK(p < end);
    }
    FUZZ_CHECK(n == packet->n_args && depth == packet->depth);
    if (!packet->first_is_object)
        return;
    struct rtcio__json_index index;
    FUZZ_CHECK(rtcio__json_object(packet->first, packet->first + packet->first_len,
                                  RTCIO__JSON_MAX_DEPTH, NULL, &index) != NULL);
    FUZZ_CHECK(index.n_members == packet->index.n_members);
    FUZZ_CHECK(index.escaped_key == packet->index.escaped_key);
    for (uint32_t i = 0; i < index.n_members && i < RTCIO__JSON_INDEX; i++) {
        FUZZ_CHECK(index.member[i].key == packet->index.member[i].key);
        FUZZ_CHECK(index.member[i].value == packet->index.member[i].value);
        FUZZ_CHECK(index.member[i].key_len == packet->index.member[i].key_len);
        FUZZ_CHECK(index.member[i].value_len == packet->index.member[i].value_len);
    }
}

static void check_packet(const struct rtcio__sio_packet *packet, const char *text, size_t size)
{
    const bool binary =
        packet->type == RTCIO__SIO_BINARY_EVENT || packet->type == RTCIO__SIO_BINARY_ACK;
    const bool is_event =
        packet->type == RTCIO__SIO_EVENT || packet->type == RTCIO__SIO_BINARY_EVENT;
    FUZZ_CHECK((int)packet->type == text[0] - '0');
    FUZZ_CHECK(binary ? packet->n_attachments >= 1 && packet->n_attachments <= 10
                      : packet->n_attachments == 0);
    FUZZ_CHECK(packet->nsp_len >= 1 && packet->nsp[0] == '/');
    FUZZ_CHECK(packet->nsp_len == 1 || inside(packet->nsp, packet->nsp_len, text, size));
    if (packet->id != NULL) {
        FUZZ_CHECK(inside(packet->id, packet->id_len, text, size));
        check_digits(packet->id, packet->id_len);
    }
    FUZZ_CHECK(packet->data == NULL || inside(packet->data, packet->data_len, text, size));
    FUZZ_CHECK(packet->args_len == 0 || inside(packet->args, packet->args_len, text, size));
    FUZZ_CHECK((packet->event != NULL) == is_event);
    if (is_event) {
        FUZZ_CHECK(inside(packet->event, packet->event_len + 1, text, size + 1));
        FUZZ_CHECK(packet->event[packet->event_len] == '\0');
        FUZZ_CHECK(!rtcio__sio_reserved(packet->event, packet->event_len));
        FUZZ_CHECK(packet->data != NULL || (packet->event_len == 0 && packet->n_args == 0));
    }
    if (is_event || packet->type == RTCIO__SIO_ACK || packet->type == RTCIO__SIO_BINARY_ACK)
        check_args(packet);
}

/* Copies digits without leading zeros. */
static const char *normalise_digits(char **out, const char *p, const char *end)
{
    while (end - p > 1 && *p == '0' && p[1] >= '0' && p[1] <= '9')
        p++;
    while (p < end && *p >= '0' && *p <= '9')
        *(*out)++ = *p++;
    return p;
}

/* The packet in its shortest form, made from the text alone: no leading zeros, no namespace "/", a
 * comma behind every other one, no white space around the payload. */
static size_t normalise(char *out, const char *p, const char *end)
{
    char *o = out;
    const bool binary = *p >= '5';
    *o++ = *p++;
    if (binary) {
        p = normalise_digits(&o, p, end);
        *o++ = *p++; /* '-' */
    }
    if (p < end && *p == '/') {
        const char *nsp = p;
        while (p < end && *p != ',')
            p++;
        if (p - nsp > 1) {
            memcpy(o, nsp, (size_t)(p - nsp));
            o += p - nsp;
            *o++ = ',';
        }
        p += p < end;
    }
    p = normalise_digits(&o, p, end);
    p = rtcio__json_space(p, end);
    while (end > p && rtcio__json_space(end - 1, end) == end)
        end--;
    memcpy(o, p, (size_t)(end - p));
    return (size_t)(o - out) + (size_t)(end - p);
}

/* payload: the packet's JSON as it came, before the name in it was resolved */
static size_t encode(char *out, const struct rtcio__sio_packet *packet, const char *payload)
{
    const size_t n = rtcio__sio_prefix(out, packet->type, packet->n_attachments, packet->nsp,
                                       packet->nsp_len, packet->id, packet->id_len);
    FUZZ_CHECK(n <= rtcio__sio_prefix_max(packet->nsp_len, packet->id_len));
    if (packet->data_len > 0)
        memcpy(out + n, payload, packet->data_len);
    return n + packet->data_len;
}

/* True if every placeholder in the tree has a usable number; recursion ends at the scanner's depth.
 */
static bool placeholders_usable(json_t *value, unsigned n_attachments)
{
    size_t i;
    const char *key;
    json_t *child;
    if (json_is_true(json_object_get(value, "_placeholder"))) {
        const json_t *num = json_object_get(value, "num");
        if (!json_is_integer(num) || json_integer_value(num) < 0 ||
            json_integer_value(num) >= (json_int_t)n_attachments)
            return false;
    }
    json_array_foreach(value, i, child)
    {
        if (!placeholders_usable(child, n_attachments))
            return false;
    }
    json_object_foreach(value, key, child)
    {
        if (!placeholders_usable(child, n_attachments))
            return false;
    }
    return true;
}

static void check_placeholders(const struct rtcio__sio_packet *packet)
{
    const size_t len = packet->args_len;
    char *array = (char *)malloc(len + 2);
    FUZZ_CHECK(array != NULL);
    array[0] = '[';
    memcpy(array + 1, packet->args, len);
    array[len + 1] = ']';
    /* Of what jansson cannot represent (see fuzz_json.c) there is no second opinion. */
    json_t *tree = json_loadb(array, len + 2, JSON_ALLOW_NUL, NULL);
    FUZZ_CHECK(tree == NULL || placeholders_usable(tree, packet->n_attachments));
    json_decref(tree);
    free(array);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *input = (const char *)data;
    struct rtcio__sio_packet packet, again;
    char *text = fuzz_copy(data, size, 1);
    const char *error = rtcio__sio_decode(text, size, RTCIO__JSON_MAX_DEPTH, &packet);

    /* It depends on nothing but the text; a lower limit only refuses more. */
    char *copy = fuzz_copy(data, size, 1);
    copy[size] = '7';
    const char *error_again = rtcio__sio_decode(copy, size, RTCIO__JSON_MAX_DEPTH, &again);
    FUZZ_CHECK(error == error_again);
    free(copy);

    if (error == NULL) {
        check_packet(&packet, text, size);
        if (packet.n_attachments > 0 && rtcio__utf8_valid(packet.args, packet.args_len))
            check_placeholders(&packet);

        char *normal = fuzz_copy("", 0, size + 16);
        char *out = fuzz_copy("", 0, size + 64);
        const size_t normal_len = normalise(normal, input, input + size);
        const size_t offset = packet.data != NULL ? (size_t)(packet.data - text) : 0;
        const size_t out_len = encode(out, &packet, input + offset);
        FUZZ_CHECK(out_len == normal_len && memcmp(out, normal, out_len) == 0);

        /* and that, decoded, is the same packet */
        FUZZ_CHECK(rtcio__sio_decode(out, out_len, RTCIO__JSON_MAX_DEPTH, &again) == NULL);
        FUZZ_CHECK(again.type == packet.type && again.n_args == packet.n_args &&
                   again.n_attachments == packet.n_attachments && again.depth == packet.depth &&
                   again.event_len == packet.event_len && again.args_len == packet.args_len);
        FUZZ_CHECK(memcmp(again.args, packet.args, packet.args_len) == 0);
        FUZZ_CHECK(packet.event_len == 0 ||
                   memcmp(again.event, packet.event, packet.event_len) == 0);
        free(normal);
        free(out);
    }
    free(text);
    return 0;
}
