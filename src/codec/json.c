/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */

/* Chooses the scanner that this processor runs fastest, and owns the meaning of escapes. Knows
 * nothing of packets, and builds no values. */

#include "codec/json.h"

#include <string.h>

#include "base/ascii.h"
#include "codec/json_variants.h"

/* Scanning */

/* The fastest that this processor runs. */
static const char *scan(const char *p, const char *end, unsigned max_depth, unsigned *depth,
                        struct rtcio__json_index *index)
{
#ifdef RTCIO__HAVE_AVX2
    if (rtcio__cpu_avx2())
        return rtcio__json_scan_avx2(p, end, max_depth, depth, index);
#endif
#ifdef __SSE2__
    return rtcio__json_scan_sse2(p, end, max_depth, depth, index);
#else
    return rtcio__json_scan_scalar(p, end, max_depth, depth, index);
#endif
}

const char *rtcio__json_value(const char *p, const char *end, unsigned max_depth, unsigned *depth)
{
    unsigned ignored = 0;
    return scan(p, end, max_depth, depth != NULL ? depth : &ignored, NULL);
}

const char *rtcio__json_object(const char *p, const char *end, unsigned max_depth, unsigned *depth,
                               struct rtcio__json_index *index)
{
    index->n_members = 0;
    index->escaped_key = false;
    /* Lengths in the index have 32 bits. */
    if (p == end || *p != '{' || (uint64_t)(end - p) > UINT32_MAX)
        return NULL;
    unsigned ignored = 0;
    return scan(p, end, max_depth, depth != NULL ? depth : &ignored, index);
}

/* Escapes */

static uint32_t hex4(const char *p)
{
    uint32_t unit = 0;
    for (int i = 0; i < 4; i++)
        unit = unit << 4 | ((uint32_t)rtcio__ascii_hex(p[i]) & 0xf);
    return unit;
}

static size_t put_utf8(char *out, uint32_t c)
{
    size_t n = 0;
    if (c < 0x80) {
        out[n++] = (char)c;
    } else if (c < 0x800) {
        out[n++] = (char)(0xc0 | c >> 6);
        out[n++] = (char)(0x80 | (c & 0x3f));
    } else if (c < 0x10000) {
        out[n++] = (char)(0xe0 | c >> 12);
        out[n++] = (char)(0x80 | (c >> 6 & 0x3f));
        out[n++] = (char)(0x80 | (c & 0x3f));
    } else {
        out[n++] = (char)(0xf0 | c >> 18);
        out[n++] = (char)(0x80 | (c >> 12 & 0x3f));
        out[n++] = (char)(0x80 | (c >> 6 & 0x3f));
        out[n++] = (char)(0x80 | (c & 0x3f));
    }
    return n;
}

/* Resolves the escape at *p, moves *p behind it, returns how many bytes it stands for (1 .. 4). A
 * pair of surrogates is one escape. Text that was not validated makes no more than nonsense. */
static size_t resolve_escape(const char **p, const char *end, char out[4])
{
    const char *e = *p;
    if (rtcio__json_escape_len(e, end) < 6) {
        static const char escapes[] = "\"\\/bfnrt", chars[] = "\"\\/\b\f\n\r\t";
        const char *at = end - e < 2 ? NULL : memchr(escapes, e[1], sizeof escapes - 1);
        out[0] = at != NULL ? chars[at - escapes] : e[0];
        *p += at != NULL ? 2 : 1;
        return 1;
    }

    uint32_t c = hex4(e + 2);
    *p += 6;
    if (c >= 0xd800 && c < 0xdc00 && rtcio__json_escape_len(*p, end) == 6 && **p == '\\') {
        const uint32_t low = hex4(*p + 2);
        if (low >= 0xdc00 && low < 0xe000) {
            *p += 6;
            c = 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
        }
    }
    /* UTF-8 has no surrogates: one that stands alone becomes U+FFFD. */
    return put_utf8(out, c >= 0xd800 && c < 0xe000 ? 0xfffd : c);
}

size_t rtcio__json_unescape(char *out, const char *text, size_t len)
{
    const char *end = text + len;
    char *o = out;
    while (text < end) {
        const char *backslash = memchr(text, '\\', (size_t)(end - text));
        const size_t plain = (size_t)((backslash != NULL ? backslash : end) - text);
        if (o != text)
            memmove(o, text, plain);
        o += plain;
        text += plain;
        if (backslash != NULL) {
            char bytes[4];
            const size_t n = resolve_escape(&text, end, bytes);
            memcpy(o, bytes, n);
            o += n;
        }
    }
    return (size_t)(o - out);
}

bool rtcio__json_key_equals(const char *text, size_t text_len, const char *key, size_t key_len)
{
    const char *end = text + text_len;
    while (text < end) {
        char bytes[4];
        size_t n = 1;
        if (*text == '\\')
            n = resolve_escape(&text, end, bytes);
        else
            bytes[0] = *text++;
        if (key_len < n || memcmp(key, bytes, n) != 0)
            return false;
        key += n;
        key_len -= n;
    }
    return key_len == 0;
}

bool rtcio__json_find(const char *object, size_t len, const char *key, size_t key_len,
                      struct rtcio__json_member *member)
{
    const char *end = object + len;
    bool found = false;

    /* "of duplicates the last counts": every member is looked at. */
    for (const char *p = object; p != NULL && p < end && (*p == '{' || *p == ',');) {
        const char *quote = rtcio__json_space(p + 1, end);
        if (quote == end || *quote != '"')
            break;
        const char *name_end = rtcio__json_value(quote, end, 0, NULL);
        if (name_end == NULL)
            break;
        p = rtcio__json_space(name_end, end);
        if (p == end || *p != ':')
            break;
        const char *value = rtcio__json_space(p + 1, end);
        p = rtcio__json_value(value, end, RTCIO__JSON_MAX_DEPTH, NULL);
        if (p == NULL)
            break;
        const size_t name_len = (size_t)(name_end - quote) - 2;
        if (rtcio__json_key_equals(quote + 1, name_len, key, key_len)) {
            *member = (struct rtcio__json_member){
                .key = quote + 1,
                .value = value,
                .key_len = (uint32_t)name_len,
                .value_len = (uint32_t)(p - value),
            };
            found = true;
        }
        p = rtcio__json_space(p, end);
    }
    return found;
}
