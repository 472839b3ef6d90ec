/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */
#ifndef RTCIO_CODEC_WS_DEFLATE_H
#define RTCIO_CODEC_WS_DEFLATE_H

/* The messages of permessage-deflate (RFC 7692 section 7.2): one whole message in, one out, by
 * zlib. A compressor or decompressor serves any number of connections as long as none of them has
 * context takeover, and exactly one that has. */

#include "base/buf.h"
#include "base/counter.h"

#include <stdbool.h>
#include <stddef.h>

struct rtcio__deflater;
struct rtcio__inflater;

/* bits: of the window, 9 .. 15 to compress, 8 .. 15 to decompress. level: 1 .. 9. *held counts the
 * memory that zlib has, and outlives the object. NULL: out of memory. */
struct rtcio__deflater *rtcio__deflater_create(unsigned bits, int level,
                                               struct rtcio__counter *held);
struct rtcio__inflater *rtcio__inflater_create(unsigned bits, struct rtcio__counter *held);
/* NULL is fine. */
void rtcio__deflater_destroy(struct rtcio__deflater *deflater);
void rtcio__inflater_destroy(struct rtcio__inflater *inflater);

/* Counts what one holds elsewhere, or nowhere (NULL). */
void rtcio__deflater_count_at(struct rtcio__deflater *deflater, struct rtcio__counter *held);
void rtcio__inflater_count_at(struct rtcio__inflater *inflater, struct rtcio__counter *held);

/* What an object holds at most. */
size_t rtcio__deflater_need(unsigned bits);
size_t rtcio__inflater_need(unsigned bits);

/* Compresses a message of at least one byte to `out`, whose content it replaces. keep: the context
 * of the last message is used, and that of this one kept; without it a result that is not shorter
 * than the message is given up (RTCIO_E_LIMIT). 0 or an error. */
int rtcio__deflater_message(struct rtcio__deflater *deflater, const void *data, size_t len,
                            bool keep, struct rtcio__buf *out);

/* Decompresses a message of any length to `out`, whose content it replaces. No more than `most` + 1
 * bytes are ever allocated there; the byte behind the result is writable. 0, RTCIO_E_LIMIT (it is
 * longer than `most`), RTCIO_E_FORMAT (not compressed data, or not all of it), RTCIO_E_NO_MEMORY.
 */
int rtcio__inflater_message(struct rtcio__inflater *inflater, const void *data, size_t len,
                            bool keep, size_t most, struct rtcio__buf *out);

#endif
