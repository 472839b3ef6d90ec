/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */
#ifndef RTCIO_CODEC_JSON_H
#define RTCIO_CODEC_JSON_H

/* A validating JSON scanner (RFC 8259): one pass, no tree, no allocation, no recursion. It accepts
 * exactly what JavaScript's JSON.parse accepts, up to a depth. Input is UTF-8 that has been
 * validated before. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RTCIO__JSON_MAX_DEPTH 512

/* Checks one value that starts at p (leading white space allowed). Returns the position behind it,
 * NULL if it is malformed or deeper than max_depth (at most RTCIO__JSON_MAX_DEPTH). *depth, if
 * not NULL, is raised to the depth seen: 0 for a scalar, 1 for an array of scalars. */
const char *rtcio__json_value(const char *p, const char *end, unsigned max_depth, unsigned *depth);

/* Members of an object met in the same pass. */
#define RTCIO__JSON_INDEX 8

struct rtcio__json_member {
    const char *key; /* between the quotes, as written (escapes not resolved) */
    const char *value;
    uint32_t key_len, value_len;
};

struct rtcio__json_index {
    struct rtcio__json_member member[RTCIO__JSON_INDEX];
    uint32_t
        n_members;    /* of the object; may be more than RTCIO__JSON_INDEX: those are not listed */
    bool escaped_key; /* some key contains a backslash */
};

/* As rtcio__json_value() for a value that is an object (p at its '{'), filling index with its
 * direct members. Values are trimmed of white space. */
const char *rtcio__json_object(const char *p, const char *end, unsigned max_depth, unsigned *depth,
                               struct rtcio__json_index *index);

/* The last member of an object (validated text from '{' to '}') whose key, escapes resolved, is
 * `key`. Slow path for objects with more members than the index holds, or escaped keys. */
bool rtcio__json_find(const char *object, size_t len, const char *key, size_t key_len,
                      struct rtcio__json_member *member);

/* True if a key as written (validated text between the quotes) is `key` once its escapes are
 * resolved. */
bool rtcio__json_key_equals(const char *text, size_t text_len, const char *key, size_t key_len);

/* Resolves the escapes of a string's inside (validated text between the quotes). out may be the
 * input; the result is never longer. Lone surrogates become U+FFFD. Returns the length. */
size_t rtcio__json_unescape(char *out, const char *text, size_t len);

/* Skips white space. */
static inline const char *rtcio__json_space(const char *p, const char *end)
{
    /* Seldom is there any. */
    if (p == end || (unsigned char)*p > ' ')
        return p;
    while (p < end && (*p == ' ' || *p == '\n' || *p == '\r' || *p == '\t'))
        p++;
    return p;
}

#endif
