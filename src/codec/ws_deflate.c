/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */

/* permessage-deflate's messages by zlib, whose memory is counted. What is negotiated, and who has a
 * context of its own, is not known here. */

#include "codec/ws_deflate.h"

#include <rtcio/errors.h>

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#define TAIL_LEN   4
#define FIRST_ROOM 256 /* bytes, for what is decompressed */
#define MAX_WINDOW ((size_t)1 << 15)
/* Blocks with BFINAL of one message. Each costs a copy of the window, and a message has one at
 * most: who flushes by them does it where the message ends. */
#define MAX_FINAL_BLOCKS 16

/* RFC 7692 7.2.1: the last four octets, which are these, are removed; 7.2.2: and appended again. */
static const uint8_t tail[TAIL_LEN] = {0x00, 0x00, 0xff, 0xff};

/* How much one holds, and where that is counted, too. */
struct tally {
    size_t bytes;
    struct rtcio__counter *held; /* NULL: nowhere */
};

struct rtcio__deflater {
    z_stream z;
    struct tally tally;
};

struct rtcio__inflater {
    z_stream z;
    struct tally tally;
};

/* zlib's memory, each block with its length in front. */
struct block {
    size_t len;
    max_align_t data[];
};

static void add(struct tally *tally, size_t bytes)
{
    tally->bytes += bytes;
    if (tally->held != NULL)
        rtcio__counter_add(tally->held, bytes);
}

static void sub(struct tally *tally, size_t bytes)
{
    tally->bytes -= bytes;
    if (tally->held != NULL)
        rtcio__counter_sub(tally->held, bytes);
}

static void count_at(struct tally *tally, struct rtcio__counter *held)
{
    size_t bytes = tally->bytes;

    sub(tally, bytes);
    tally->held = held;
    add(tally, bytes);
}

void rtcio__deflater_count_at(struct rtcio__deflater *d, struct rtcio__counter *held)
{
    count_at(&d->tally, held);
}

void rtcio__inflater_count_at(struct rtcio__inflater *i, struct rtcio__counter *held)
{
    count_at(&i->tally, held);
}

static void *counted_alloc(void *tally, unsigned n, unsigned size)
{
    size_t len = sizeof(struct block) + (size_t)n * size;
    struct block *block = calloc(1, len);

    if (block == NULL)
        return NULL;
    block->len = len;
    add(tally, len);
    return block->data;
}

static void counted_free(void *tally, void *data)
{
    struct block *block = (struct block *)(void *)((char *)data - offsetof(struct block, data));

    sub(tally, block->len);
    free(block);
}

static void init_stream(z_stream *z, struct tally *tally, struct rtcio__counter *held)
{
    z->zalloc = counted_alloc;
    z->zfree = counted_free;
    z->opaque = tally;
    tally->held = held;
}

/* zlib's memory level for a window: 8, its default, for the largest; less for smaller ones, whose
 * other tables would be larger than they are. */
static int memory_level(unsigned bits)
{
    return (int)bits - 7;
}

size_t rtcio__deflater_need(unsigned bits)
{
    /* zconf.h says (1 << (windowBits+2)) + (1 << (memLevel+9)), "plus a few kilobytes". */
    return ((size_t)1 << (bits + 2)) + ((size_t)1 << (memory_level(bits) + 9)) + 8192;
}

size_t rtcio__inflater_need(unsigned bits)
{
    return ((size_t)1 << bits) + 12288;
}

struct rtcio__deflater *rtcio__deflater_create(unsigned bits, int level,
                                               struct rtcio__counter *held)
{
    struct rtcio__deflater *d = calloc(1, sizeof *d);

    if (d == NULL)
        return NULL;
    init_stream(&d->z, &d->tally, held);
    if (deflateInit2(&d->z, level, Z_DEFLATED, -(int)bits, memory_level(bits),
                     Z_DEFAULT_STRATEGY) != Z_OK) {
        free(d);
        return NULL;
    }
    add(&d->tally, sizeof *d);
    return d;
}

struct rtcio__inflater *rtcio__inflater_create(unsigned bits, struct rtcio__counter *held)
{
    struct rtcio__inflater *i = calloc(1, sizeof *i);

    if (i == NULL)
        return NULL;
    init_stream(&i->z, &i->tally, held);
    if (inflateInit2(&i->z, -(int)bits) != Z_OK) {
        free(i);
        return NULL;
    }
    add(&i->tally, sizeof *i);
    return i;
}

void rtcio__deflater_destroy(struct rtcio__deflater *d)
{
    if (d == NULL)
        return;
    deflateEnd(&d->z);
    sub(&d->tally, sizeof *d);
    free(d);
}

void rtcio__inflater_destroy(struct rtcio__inflater *i)
{
    if (i == NULL)
        return;
    inflateEnd(&i->z);
    sub(&i->tally, sizeof *i);
    free(i);
}

int rtcio__deflater_message(struct rtcio__deflater *d, const void *data, size_t len, bool keep,
                            struct rtcio__buf *out)
{
    z_stream *z = &d->z;

    if (!keep)
        deflateReset(z);
    out->len = 0;
    z->next_in = (Bytef *)(uintptr_t)data;
    z->avail_in = (uInt)len;
    do {
        if (rtcio__buf_reserve(out, len / 4 + 64) != 0)
            return RTCIO_E_NO_MEMORY;
        size_t room = out->cap - out->len;
        z->next_out = (Bytef *)out->data + out->len;
        z->avail_out = (uInt)room;
        deflate(z, Z_SYNC_FLUSH);
        out->len += room - z->avail_out;
        if (!keep && out->len >= len + TAIL_LEN)
            return RTCIO_E_LIMIT;
    } while (z->avail_out == 0);
    /* A flush always ends with them. */
    out->len -= TAIL_LEN;
    return 0;
}

/* Room for one byte more at least, and never for more than `most` bytes and one. */
static int grow(struct rtcio__buf *out, size_t most)
{
    size_t cap = out->cap < FIRST_ROOM / 2 ? FIRST_ROOM : out->cap * 2;

    if (out->len < out->cap)
        return 0;
    if (cap > most + 1)
        cap = most + 1;
    char *data = realloc(out->data, cap);
    if (data == NULL)
        return RTCIO_E_NO_MEMORY;
    out->data = data;
    out->cap = cap;
    return 0;
}

/* A block with BFINAL has ended the stream; what follows is one more that goes on with the same
 * window (RFC 7692 7.2.3.4). */
static int go_on_behind_final(z_stream *z)
{
    uInt len = 0;
    int error = RTCIO_E_NO_MEMORY;
    Bytef *window = malloc(MAX_WINDOW);

    if (window != NULL && inflateGetDictionary(z, window, &len) == Z_OK &&
        inflateReset(z) == Z_OK && inflateSetDictionary(z, window, len) == Z_OK)
        error = 0;
    free(window);
    return error;
}

/* Decompresses what z has as input. *ended: with a final block, as the last thing. */
static int inflate_input(z_stream *z, int flush, size_t most, struct rtcio__buf *out,
                         unsigned *n_final, bool *ended)
{
    *ended = false;
    do {
        if (grow(out, most) != 0)
            return RTCIO_E_NO_MEMORY;
        size_t room = (out->cap < most + 1 ? out->cap : most + 1) - out->len;
        z->next_out = (Bytef *)out->data + out->len;
        z->avail_out = (uInt)room;
        int result = inflate(z, flush);
        out->len += room - z->avail_out;
        if (out->len > most)
            return RTCIO_E_LIMIT;
        if (result == Z_STREAM_END) {
            if (++*n_final > MAX_FINAL_BLOCKS)
                return RTCIO_E_FORMAT;
            if (go_on_behind_final(z) != 0)
                return RTCIO_E_NO_MEMORY;
            *ended = z->avail_in == 0;
            if (*ended)
                return 0;
            continue;
        }
        /* No progress is no error where the input has come to its end, or the room. */
        bool stuck = result == Z_BUF_ERROR && z->avail_in > 0 && z->avail_out > 0;
        if ((result != Z_OK && result != Z_BUF_ERROR) || stuck)
            return result == Z_MEM_ERROR ? RTCIO_E_NO_MEMORY : RTCIO_E_FORMAT;
    } while (z->avail_in > 0 || z->avail_out == 0);
    return 0;
}

int rtcio__inflater_message(struct rtcio__inflater *i, const void *data, size_t len, bool keep,
                            size_t most, struct rtcio__buf *out)
{
    z_stream *z = &i->z;
    unsigned n_final = 0;
    bool ended;

    if (!keep)
        inflateReset(z);
    out->len = 0;
    z->next_in = (Bytef *)(uintptr_t)data;
    z->avail_in = (uInt)len;
    int error = len > 0 ? inflate_input(z, Z_SYNC_FLUSH, most, out, &n_final, &ended) : 0;
    /* Some leave out even the one octet that an empty message has (7.2.3.6), and some the one
     * behind a final block (7.2.3.4): then there is nothing to be completed. */
    if (error == 0 && len > 0 && !ended) {
        z->next_in = (Bytef *)(uintptr_t)tail;
        z->avail_in = TAIL_LEN;
        error = inflate_input(z, Z_BLOCK, most, out, &n_final, &ended);
        /* The end of a block, or the message was cut off. */
        if (error == 0 && (z->data_type & 128) == 0)
            error = RTCIO_E_FORMAT;
    }
    return error != 0 ? error : grow(out, most);
}
