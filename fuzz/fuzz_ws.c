/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */

/* WebSocket frames: the same events come of a stream however it is cut, messages are within the
 * limit and text is UTF-8; unmasking does what four bytes at a time would do. */

#include "codec/ws.h"

#include "fuzz.h"

#define MAX_MESSAGE 1000

/* All that came of a stream, as bytes to compare. */
struct record {
    struct rtcio__buf events;
};

static void append(struct record *record, const void *data, size_t len)
{
    FUZZ_CHECK(rtcio__buf_append(&record->events, data, len) == 0);
}

static void note(struct record *record, enum rtcio__ws_kind kind,
                 const struct rtcio__ws_event *event)
{
    const bool has_code = kind == RTCIO__WS_ERROR || event->opcode == RTCIO__WS_CLOSE;
    const uint32_t head[] = {(uint32_t)kind, has_code ? event->close_code : 0};
    append(record, head, sizeof head);
    if (kind == RTCIO__WS_EVENT) {
        const uint64_t data_head[] = {(uint64_t)event->opcode, event->len};
        append(record, data_head, sizeof data_head);
        append(record, event->data, event->len);
    }
}

static void check_close(const struct rtcio__ws_event *event)
{
    const unsigned code = event->close_code;
    if (event->len == 0) {
        FUZZ_CHECK(code == 1005);
        return;
    }
    FUZZ_CHECK(event->len >= 2);
    FUZZ_CHECK(code == ((unsigned)event->data[0] << 8 | event->data[1]));
    FUZZ_CHECK((code >= 1000 && code <= 1003) || (code >= 1007 && code <= 1014) ||
               (code >= 3000 && code <= 4999));
    FUZZ_CHECK(rtcio__utf8_valid(event->data + 2, event->len - 2));
}

static void check_event(const struct rtcio__ws_event *event)
{
    FUZZ_CHECK(event->data != NULL);
    switch (event->opcode) {
    case RTCIO__WS_TEXT:
        FUZZ_CHECK(event->len <= MAX_MESSAGE && rtcio__utf8_valid(event->data, event->len));
        break;
    case RTCIO__WS_BINARY:
        FUZZ_CHECK(event->len <= MAX_MESSAGE);
        break;
    case RTCIO__WS_PING:
    case RTCIO__WS_PONG:
        FUZZ_CHECK(event->len <= 125);
        break;
    case RTCIO__WS_CLOSE:
        FUZZ_CHECK(event->len <= 125);
        check_close(event);
        break;
    case RTCIO__WS_CONTINUATION:
        FUZZ_CHECK(event->opcode != RTCIO__WS_CONTINUATION);
        break;
    }
}

static void check_error(unsigned code)
{
    FUZZ_CHECK(code == 1002 || code == 1007 || code == 1008 || code == 1009);
}

/* What a connection holds: bytes that have arrived and are not consumed, in a block that ends with
 * the last of them. */
struct held {
    uint8_t *block;
    size_t at, len;
};

static void receive(struct held *held, const uint8_t *data, size_t len)
{
    const size_t left = held->len - held->at;
    uint8_t *grown = (uint8_t *)fuzz_copy(held->block + held->at, left, len);
    memcpy(grown + left, data, len);
    free(held->block);
    *held = (struct held){grown, 0, left + len};
}

/* Feeds the stream, `whole` or in pieces, until it ends or breaks. */
static void run(const uint8_t *data, size_t size, bool whole, struct record *record)
{
    struct rtcio__ws ws = {0};
    struct fuzz_chunks chunks;
    fuzz_chunks_init(&chunks, data, size);
    size_t received = whole ? size : 0, need = 0;
    struct held held = {(uint8_t *)fuzz_copy(data, received, 0), 0, received};
    for (;;) {
        struct rtcio__ws_event event;
        size_t consumed = 0;
        const size_t have = held.len - held.at;
        const enum rtcio__ws_kind kind =
            rtcio__ws_next(&ws, held.block + held.at, have, MAX_MESSAGE, &consumed, &event);
        if (kind == RTCIO__WS_MORE) {
            /* More than there is, and no less than it said before. */
            FUZZ_CHECK(consumed == 0 && event.need > have && event.need >= need);
            need = event.need;
            if (received == size)
                break;
            const size_t n = fuzz_chunk(&chunks, size - received);
            receive(&held, data + received, n);
            received += n;
            continue;
        }
        FUZZ_CHECK(have >= need);
        note(record, kind, &event);
        if (kind == RTCIO__WS_ERROR) {
            check_error(event.close_code);
            break;
        }
        if (kind == RTCIO__WS_EVENT) {
            check_event(&event);
            /* It is the reader's to write on; of a message from fragments, so is the byte behind.
             */
            memset(event.data, 0xff, event.len + (ws.delivered ? 1 : 0));
        }
        FUZZ_CHECK(consumed >= 6 && consumed <= have);
        held.at += consumed;
        need = 0;
    }
    free(held.block);
    rtcio__ws_fini(&ws);
}

static void check_unmask(const uint8_t *data, size_t size)
{
    if (size < 4)
        return;
    const size_t skip = data[0] % 16 < size - 4 ? data[0] % 16 : 0;
    const uint8_t *input = data + 4 + skip;
    const size_t len = size - 4 - skip;
    /* Every alignment: the bytes lie `skip` behind what malloc aligned. */
    uint8_t *block = (uint8_t *)fuzz_copy(data + 4, skip + len, 0);
    const bool ascii = rtcio__ws_unmask(block + skip, len, data);
    uint8_t all = 0;
    for (size_t i = 0; i < len; i++) {
        all |= block[skip + i];
        FUZZ_CHECK(block[skip + i] == (input[i] ^ data[i % 4]));
    }
    FUZZ_CHECK(ascii == (all < 0x80));
    free(block);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct record whole = {{0}}, pieces = {{0}};
    run(data, size, true, &whole);
    run(data, size, false, &pieces);
    FUZZ_CHECK(whole.events.len == pieces.events.len);
    FUZZ_CHECK(whole.events.len == 0 ||
               memcmp(whole.events.data, pieces.events.data, whole.events.len) == 0);
    rtcio__buf_fini(&whole.events);
    rtcio__buf_fini(&pieces.events);
    check_unmask(data, size);
    return 0;
}
