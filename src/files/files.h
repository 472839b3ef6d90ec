/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */
#ifndef RTCIO_FILES_FILES_H
#define RTCIO_FILES_FILES_H

/* Files in memory, ready to be sent. Knows HTTP's headers, and servers only by the public API. */

#include <rtcio/files.h>

#define RTCIO__FILES_ETAG_LEN 34 /* 32 hexadecimal digits in quotes */

/* In the order of preference among equals, the last first. */
enum rtcio__files_encoding {
    RTCIO__FILES_IDENTITY,
    RTCIO__FILES_GZIP,
    RTCIO__FILES_BROTLI,
    RTCIO__FILES_N_ENCODINGS
};

/* One encoding of a file. Each has its own ETag (RFC 9110 section 8.8.3). */
struct rtcio__files_body {
    rtcio_blob *blob; /* NULL: the file has no such encoding */
    char etag[RTCIO__FILES_ETAG_LEN + 1];
    char *headers; /* lines of a 200 */
    size_t n_only; /* the first bytes of them that a 304 does not have */
};

struct rtcio__file {
    char *path; /* inside the folder, without "/" in front */
    const char *type;
    struct rtcio__files_body body[RTCIO__FILES_N_ENCODINGS];
};

struct rtcio_files {
    struct rtcio__file *file; /* sorted by path */
    size_t n;
    char *index;
};

/* Of a file's name; never NULL. *text says whether compressing it is worth the time. */
const char *rtcio__files_type(const char *path, bool *text);

/* Which of the encodings that are there (bits: 1 << encoding) an Accept-Encoding asks for. */
enum rtcio__files_encoding rtcio__files_accept(rtcio_slice accept_encoding, unsigned there);

/* Does an If-None-Match name this strong ETag, by the weak comparison (RFC 9110, 13.1.2)? */
bool rtcio__files_etag_matches(rtcio_slice if_none_match, const char *etag);

/* Resolves percent-encoding and adds the index. False when the result does not fit, or the
 * path is not one: bad escapes, NUL. */
bool rtcio__files_path(rtcio_slice path, const char *index, char *out, size_t size);

#endif
