/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */

/* permessage-deflate: what is agreed upon is what was offered and wanted; whatever is decompressed
 * stays within its limit, in memory too; what we compress comes back. The first byte says which. */

#include "codec/ws.h"
#include "codec/ws_deflate.h"
#include "codec/ws_extension.h"

#include "fuzz.h"

#include <rtcio/errors.h>

#define MOST 3000 /* bytes of a message */

static struct rtcio__counter held;

static bool same(const struct rtcio__ws_deflate *a, const struct rtcio__ws_deflate *b)
{
    return a->server_bits == b->server_bits && a->client_bits == b->client_bits &&
           a->server_no_context == b->server_no_context &&
           a->client_no_context == b->client_no_context &&
           a->says_server_bits == b->says_server_bits && a->says_client_bits == b->says_client_bits;
}

static void negotiate(const uint8_t *data, size_t size)
{
    static const struct rtcio__ws_deflate everything = {.server_bits = 15, .client_bits = 15};
    if (size < 2)
        return;
    const struct rtcio__ws_deflate wanted = {
        .server_bits = (uint8_t)(9 + data[0] % 7),
        .client_bits = (uint8_t)(9 + data[1] % 7),
        .server_no_context = (data[0] & 0x80) != 0,
        .client_no_context = (data[1] & 0x80) != 0,
    };
    struct rtcio__ws_deflate agreed, again;
    char *value = fuzz_copy(data + 2, size - 2, 0);
    const enum rtcio__ws_offer result = rtcio__ws_negotiate(value, size - 2, &wanted, &agreed);
    if (result == RTCIO__WS_ACCEPTED) {
        FUZZ_CHECK(agreed.server_bits >= 9 && agreed.server_bits <= wanted.server_bits);
        FUZZ_CHECK(agreed.client_bits >= 8 && agreed.client_bits <= 15);
        FUZZ_CHECK(!agreed.says_client_bits || agreed.client_bits <= wanted.client_bits);
        FUZZ_CHECK(agreed.server_no_context || !wanted.server_no_context);
        FUZZ_CHECK(agreed.client_no_context || !wanted.client_no_context);
        FUZZ_CHECK(agreed.says_server_bits || agreed.server_bits == 15);
        FUZZ_CHECK(agreed.says_client_bits || agreed.client_bits == 15);
        /* The answer says all of it. */
        char answer[RTCIO__WS_ANSWER_MAX];
        const size_t len = rtcio__ws_answer(&agreed, answer);
        FUZZ_CHECK(len < sizeof answer);
        FUZZ_CHECK(rtcio__ws_negotiate(answer, len, &everything, &again) == RTCIO__WS_ACCEPTED);
        FUZZ_CHECK(same(&agreed, &again));
    } else {
        FUZZ_CHECK(result == RTCIO__WS_DECLINED || result == RTCIO__WS_GARBAGE);
    }
    free(value);
}

static void check_bounds(const struct rtcio__buf *out, int result)
{
    FUZZ_CHECK(result == 0 || result == RTCIO_E_LIMIT || result == RTCIO_E_FORMAT);
    FUZZ_CHECK(out->cap <= MOST + 1);
    if (result != 0)
        return;
    FUZZ_CHECK(out->len <= MOST && out->len < out->cap);
    out->data[out->len] = 0; /* the reader's to write on */
}

/* Messages of any bytes, one behind the other, until one is refused. */
static void inflate_any(const uint8_t *data, size_t size)
{
    if (size < 1)
        return;
    const unsigned bits = 8 + data[0] % 8;
    const bool keep = (data[0] & 0x80) != 0;
    struct rtcio__inflater *inflater = rtcio__inflater_create(bits, &held);
    struct rtcio__buf out = {0};
    struct fuzz_chunks chunks;
    int result = 0;
    FUZZ_CHECK(inflater != NULL);
    fuzz_chunks_init(&chunks, data, size);
    for (size_t at = 1; at < size && (result == 0 || !keep);) {
        const size_t n = (data[0] & 0x40) != 0 ? size - at : fuzz_chunk(&chunks, size - at);
        char *message = fuzz_copy(data + at, n, 0);
        result = rtcio__inflater_message(inflater, message, n, keep, MOST, &out);
        check_bounds(&out, result);
        free(message);
        at += n;
        FUZZ_CHECK(rtcio__counter_get(&held) <= rtcio__inflater_need(bits));
    }
    rtcio__inflater_destroy(inflater);
    rtcio__buf_fini(&out);
    FUZZ_CHECK(rtcio__counter_get(&held) == 0);
}

static void there_and_back(const uint8_t *data, size_t size)
{
    if (size < 2)
        return;
    const unsigned bits = 9 + data[0] % 7;
    const bool keep = (data[0] & 0x80) != 0;
    struct rtcio__deflater *deflater = rtcio__deflater_create(bits, 1 + data[1] % 9, &held);
    struct rtcio__inflater *inflater = rtcio__inflater_create(bits, &held);
    struct rtcio__buf packed = {0}, out = {0};
    struct fuzz_chunks chunks;
    FUZZ_CHECK(deflater != NULL && inflater != NULL);
    fuzz_chunks_init(&chunks, data, size);
    for (size_t at = 2; at < size;) {
        const size_t n = (data[0] & 0x40) != 0 ? size - at : fuzz_chunk(&chunks, size - at);
        int result = rtcio__deflater_message(deflater, data + at, n, keep, &packed);
        FUZZ_CHECK(result == 0 || (result == RTCIO_E_LIMIT && !keep));
        if (result == 0) {
            FUZZ_CHECK(keep || packed.len < n);
            result = rtcio__inflater_message(inflater, packed.data, packed.len, keep, MOST, &out);
            check_bounds(&out, result);
            FUZZ_CHECK(result == (n <= MOST ? 0 : RTCIO_E_LIMIT));
            if (result != 0)
                break;
            FUZZ_CHECK(out.len == n && memcmp(out.data, data + at, n) == 0);
        }
        at += n;
    }
    FUZZ_CHECK(rtcio__counter_get(&held) <=
               rtcio__deflater_need(bits) + rtcio__inflater_need(bits));
    rtcio__deflater_destroy(deflater);
    rtcio__inflater_destroy(inflater);
    rtcio__buf_fini(&packed);
    rtcio__buf_fini(&out);
    FUZZ_CHECK(rtcio__counter_get(&held) == 0);
}

/* A stream of frames of which some are compressed, whole. */
static void read_frames(const uint8_t *data, size_t size)
{
    struct rtcio__ws ws = {.compression = true};
    struct rtcio__inflater *inflater = rtcio__inflater_create(15, &held);
    struct rtcio__buf out = {0};
    uint8_t *stream = (uint8_t *)fuzz_copy(data, size, 0);
    FUZZ_CHECK(inflater != NULL);
    for (size_t at = 0; at < size;) {
        struct rtcio__ws_event event;
        size_t consumed = 0;
        const enum rtcio__ws_kind kind =
            rtcio__ws_next(&ws, stream + at, size - at, MOST, &consumed, &event);
        if (kind == RTCIO__WS_MORE || kind == RTCIO__WS_ERROR)
            break;
        at += consumed;
        if (kind != RTCIO__WS_EVENT || !event.compressed)
            continue;
        FUZZ_CHECK(event.opcode == RTCIO__WS_TEXT || event.opcode == RTCIO__WS_BINARY);
        const int result =
            rtcio__inflater_message(inflater, event.data, event.len, false, MOST, &out);
        check_bounds(&out, result);
    }
    free(stream);
    rtcio__ws_fini(&ws);
    rtcio__inflater_destroy(inflater);
    rtcio__buf_fini(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static void (*const parts[])(const uint8_t *, size_t) = {negotiate, inflate_any, there_and_back,
                                                             read_frames};
    if (size > 0)
        parts[data[0] % 4](data + 1, size - 1);
    return 0;
}
