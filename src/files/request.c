/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */

/* What a request says: which file, in which encodings, which copy of it is there already. Text in,
 * answers out. */

#include "files/files.h"

#include <string.h>
#include <strings.h>

/* Cuts the next element off a comma-separated list; false at its end. */
static bool next_element(rtcio_slice *list, rtcio_slice *element)
{
    if (list->len == 0)
        return false;
    const char *comma = memchr(list->data, ',', list->len);
    size_t len = comma != NULL ? (size_t)(comma - list->data) : list->len;
    *element = (rtcio_slice){list->data, len};
    size_t used = comma != NULL ? len + 1 : len;
    list->data += used;
    list->len -= used;
    return true;
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

static rtcio_slice trim(rtcio_slice s)
{
    while (s.len > 0 && is_blank(s.data[0]))
        s.data++, s.len--;
    while (s.len > 0 && is_blank(s.data[s.len - 1]))
        s.len--;
    return s;
}

/* `q=0.75` as 750; whatever is not a weight counts as none, which is 1000. */
static int weight(rtcio_slice parameter)
{
    parameter = trim(parameter);
    if (parameter.len < 3 || (parameter.data[0] | 0x20) != 'q' || parameter.data[1] != '=')
        return 1000;
    int value = 0, scale = 1000;
    for (size_t i = 2; i < parameter.len && scale > 0; i++) {
        char c = parameter.data[i];
        if (c == '.')
            continue;
        if (c < '0' || c > '9')
            return 1000;
        value += (c - '0') * scale;
        scale /= 10;
    }
    return value < 1000 ? value : 1000;
}

static bool is_named(rtcio_slice name, const char *text)
{
    return name.len == strlen(text) && strncasecmp(name.data, text, name.len) == 0;
}

enum rtcio__files_encoding rtcio__files_accept(rtcio_slice accept_encoding, unsigned there)
{
    int wanted[RTCIO__FILES_N_ENCODINGS] = {-1, -1, -1}, others = 0;
    rtcio_slice element;

    while (next_element(&accept_encoding, &element)) {
        const char *semicolon = memchr(element.data, ';', element.len);
        size_t len = semicolon != NULL ? (size_t)(semicolon - element.data) : element.len;
        rtcio_slice name = trim((rtcio_slice){element.data, len});
        int q = 1000;
        if (semicolon != NULL)
            q = weight((rtcio_slice){semicolon + 1, element.len - len - 1});
        if (is_named(name, "br"))
            wanted[RTCIO__FILES_BROTLI] = q;
        else if (is_named(name, "gzip") || is_named(name, "x-gzip"))
            wanted[RTCIO__FILES_GZIP] = q;
        else if (is_named(name, "identity"))
            wanted[RTCIO__FILES_IDENTITY] = q;
        else if (is_named(name, "*"))
            others = q;
    }
    /* The plain file is the last resort: it wins only where somebody prefers it by name. */
    enum rtcio__files_encoding best = RTCIO__FILES_IDENTITY;
    int best_q = wanted[best] > 0 ? wanted[best] : 1;
    for (int i = RTCIO__FILES_GZIP; i < RTCIO__FILES_N_ENCODINGS; i++) {
        int q = wanted[i] >= 0 ? wanted[i] : others;
        if ((there & (1u << i)) != 0 && q > 0 && q >= best_q) {
            best = (enum rtcio__files_encoding)i;
            best_q = q;
        }
    }
    return best;
}

bool rtcio__files_etag_matches(rtcio_slice if_none_match, const char *etag)
{
    size_t etag_len = strlen(etag);
    rtcio_slice tag;

    while (next_element(&if_none_match, &tag)) {
        tag = trim(tag);
        if (tag.len == 1 && tag.data[0] == '*')
            return true;
        /* A proxy that compresses makes a strong tag weak. */
        if (tag.len > 2 && tag.data[0] == 'W' && tag.data[1] == '/')
            tag.data += 2, tag.len -= 2;
        if (tag.len == etag_len && memcmp(tag.data, etag, etag_len) == 0)
            return true;
    }
    return false;
}

static int hex(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool rtcio__files_path(rtcio_slice path, const char *index, char *out, size_t size)
{
    size_t n = 0;

    for (size_t i = 0; i < path.len && n < size; i++) {
        char c = path.data[i];
        if (c == '%') {
            int high = i + 2 < path.len ? hex(path.data[i + 1]) : -1;
            int low = high >= 0 ? hex(path.data[i + 2]) : -1;
            if (low < 0)
                return false;
            c = (char)(high * 16 + low);
            i += 2;
        }
        if (c == '\0')
            return false;
        out[n++] = c;
    }
    size_t extra = n == 0 || out[n - 1] == '/' ? strlen(index) : 0;
    if (n + extra >= size)
        return false;
    memcpy(out + n, index, extra);
    out[n + extra] = '\0';
    return true;
}
