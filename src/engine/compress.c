/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */

/* Which encoding a client wants, and zlib. */

#include "engine/compress.h"

#include "codec/http.h"

#include <rtcio/errors.h>

#include <limits.h>
#include <string.h>
#include <strings.h>
#include <zlib.h>

#define GZIP_FORMAT 16 /* added to the window's bits, as zlib wants it */

/* A qvalue in thousandths: "0", "1", "0.5" (RFC 9110 section 12.4.2); what is none is 0. */
static int quality(const char *text, size_t len)
{
    static const int place[] = {100, 10, 1};

    if (len == 0 || (text[0] != '0' && text[0] != '1'))
        return 0;
    int q = text[0] == '1' ? 1000 : 0;
    for (size_t i = 2; i < len && i < 5; i++) {
        if (text[i] < '0' || text[i] > '9')
            break;
        q += (text[i] - '0') * place[i - 2];
    }
    return q > 1000 ? 1000 : q;
}

static void trim(const char **text, size_t *len)
{
    while (*len > 0 && (**text == ' ' || **text == '\t')) {
        ++*text;
        --*len;
    }
    while (*len > 0 && ((*text)[*len - 1] == ' ' || (*text)[*len - 1] == '\t'))
        --*len;
}

/* One entry of the list, such as `gzip;q=0.5`. */
static void take_entry(const char *entry, size_t len, int *gzip, int *deflate, int *any)
{
    const char *semicolon = memchr(entry, ';', len), *name = entry;
    size_t name_len = semicolon != NULL ? (size_t)(semicolon - entry) : len;
    int q = 1000;

    if (semicolon != NULL) {
        const char *parameter = semicolon + 1;
        size_t n = len - name_len - 1;
        trim(&parameter, &n);
        if (n >= 2 && (parameter[0] | 0x20) == 'q' && parameter[1] == '=')
            q = quality(parameter + 2, n - 2);
    }
    trim(&name, &name_len);
    if (name_len == 4 && strncasecmp(name, "gzip", 4) == 0)
        *gzip = q;
    else if (name_len == 7 && strncasecmp(name, "deflate", 7) == 0)
        *deflate = q;
    else if (name_len == 1 && *name == '*')
        *any = q;
}

enum rtcio__encoding rtcio__accepted_encoding(const struct rtcio__http_head *head)
{
    const char *value;
    size_t len;
    int gzip = -1, deflate = -1, any = 0;
    bool deflate_first = false;

    if (rtcio__http_find(head, "accept-encoding", &value, &len) == NULL)
        return RTCIO__IDENTITY;
    for (size_t at = 0; at < len;) {
        const char *comma = memchr(value + at, ',', len - at);
        size_t n = comma != NULL ? (size_t)(comma - value) - at : len - at;
        take_entry(value + at, n, &gzip, &deflate, &any);
        at += n + 1;
        deflate_first |= gzip < 0 && deflate >= 0;
    }
    gzip = gzip >= 0 ? gzip : any;
    deflate = deflate >= 0 ? deflate : any;
    if (gzip == 0 && deflate == 0)
        return RTCIO__IDENTITY;
    return gzip > deflate || (gzip == deflate && !deflate_first) ? RTCIO__GZIP : RTCIO__DEFLATE;
}

const char *rtcio__encoding_name(enum rtcio__encoding encoding)
{
    return encoding == RTCIO__GZIP ? "gzip" : "deflate";
}

int rtcio__compress(struct rtcio__buf *out, enum rtcio__encoding encoding, const char *data,
                    size_t len)
{
    z_stream z = {0};
    int bits = encoding == RTCIO__GZIP ? MAX_WBITS + GZIP_FORMAT : MAX_WBITS;

    /* The server has one thread for all: speed before size. */
    if (len > UINT_MAX / 2 ||
        deflateInit2(&z, Z_BEST_SPEED, Z_DEFLATED, bits, 8, Z_DEFAULT_STRATEGY) != Z_OK)
        return RTCIO_E_NO_MEMORY;
    size_t most = deflateBound(&z, (uLong)len);
    int error = rtcio__buf_reserve(out, most);
    if (error == 0) {
        z.next_in = (Bytef *)(uintptr_t)data;
        z.avail_in = (uInt)len;
        z.next_out = (Bytef *)out->data + out->len;
        z.avail_out = (uInt)most;
        if (deflate(&z, Z_FINISH) == Z_STREAM_END)
            out->len += z.total_out;
        else
            error = RTCIO_E_NO_MEMORY;
    }
    deflateEnd(&z);
    return error;
}
