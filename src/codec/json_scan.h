/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */

/* Owns the grammar of JSON (RFC 8259). Every byte of every message passes through here once, so
 * this is written for speed where strings are concerned. Compiled once for each kind of processor:
 * the file that includes it brings
 *
 *   BLOCK                  how many bytes it looks at in one go, at most 32;
 *   string_stops(p)        marks among the BLOCK bytes at p, bit i for p[i]: quotes, backslashes
 *                          and control characters;
 *   string_marks(p)        marks quotes, control characters, and what stands behind a backslash
 *                          without being 'n' or 'r'. p[-1] is read; a backslash there must be the
 *                          first character of an escape.
 *
 * In front of its first mark a string is valid and goes on: most of the escapes of messages end the
 * lines of a session description, and string_marks() keeps them out of branches. */

#include "codec/json_variants.h"

#include <string.h>

/* What is being read, and what is open at present: one bit per level, so that depth costs neither
 * stack nor memory. */
struct scan {
    const char *begin, *end;
    unsigned level, max, deepest;
    uint64_t is_object[RTCIO__JSON_MAX_DEPTH / 64];
};

/* Strings */

/* Goes to the first mark, or to the end. p[-1] must be no backslash. An escape is not cut in two.
 */
static inline const char *skip_unmarked(const char *p, const struct scan *s)
{
    uint64_t marks = 0;
    if (s->end - s->begin <= BLOCK)
        return p;
    const char *const last = s->end - BLOCK;
    while (p <= last && (marks = string_marks(p)) == 0)
        p += BLOCK;
    /* When less than a block is left: the last whole one, without what has been seen of it. */
    if (p > last && p < s->end)
        marks = (uint64_t)string_marks(last) >> (p - last);
    p = marks != 0 ? p + __builtin_ctzll(marks) : s->end;
    return p[-1] == '\\' ? p - 1 : p;
}

/* The closing quote of the string whose inside starts at p, or NULL. p[-1] is the opening one. */
static const char *string_end(const char *p, const struct scan *s)
{
    const char *end = s->end;
    for (;;) {
        p = skip_unmarked(p, s);
        while (p < end && *p == '\\') {
            const size_t n = rtcio__json_escape_len(p, end);
            if (n == 0)
                return NULL;
            p += n;
        }
        if (p == end || (unsigned char)*p < 0x20)
            return NULL;
        if (*p == '"')
            return p;
        p++;
    }
}

/* The same for a string without escapes that is shorter than a block, as most keys and values are:
 * NULL if it is another one. */
static inline const char *short_string_end(const char *p, const struct scan *s)
{
    uint64_t stops = 0;
    if (s->end - p >= BLOCK)
        stops = string_stops(p);
    else if (s->end - s->begin >= BLOCK)
        stops = (uint64_t)string_stops(s->end - BLOCK) >> (p - (s->end - BLOCK));
    if (stops == 0)
        return NULL;
    p += __builtin_ctzll(stops);
    return *p == '"' ? p : NULL;
}

/* Other scalars */

static const char *digits(const char *p, const char *end)
{
    const char *start = p;
    while (p < end && *p >= '0' && *p <= '9')
        p++;
    return p > start ? p : NULL;
}

/* number = [ "-" ] int [ frac ] [ exp ]; int = "0" / ( digit1-9 *DIGIT )   (RFC 8259, 6) */
static const char *number(const char *p, const char *end)
{
    if (p < end && *p == '-')
        p++;
    if (p < end && *p == '0')
        p++;
    else if ((p = digits(p, end)) == NULL)
        return NULL;
    if (p < end && *p == '.' && (p = digits(p + 1, end)) == NULL)
        return NULL;
    if (p < end && (*p == 'e' || *p == 'E')) {
        p++;
        if (p < end && (*p == '+' || *p == '-'))
            p++;
        p = digits(p, end);
    }
    return p;
}

static const char *literal(const char *p, const char *end, const char *word, size_t len)
{
    return (size_t)(end - p) >= len && memcmp(p, word, len) == 0 ? p + len : NULL;
}

/* A value that is neither string nor object nor array. */
static const char *scalar(const char *p, const char *end)
{
    switch (*p) {
    case 't':
        return literal(p, end, "true", 4);
    case 'f':
        return literal(p, end, "false", 5);
    case 'n':
        return literal(p, end, "null", 4);
    default:
        return number(p, end);
    }
}

/* Nesting */

static inline bool open_level(struct scan *s, bool object)
{
    if (s->level == s->max)
        return false;
    const uint64_t bit = UINT64_C(1) << (s->level % 64);
    uint64_t *word = &s->is_object[s->level / 64];
    *word = object ? *word | bit : *word & ~bit;
    if (++s->level > s->deepest)
        s->deepest = s->level;
    return true;
}

/* Whether it is an object that is open now. */
static inline bool close_level(struct scan *s)
{
    if (--s->level == 0)
        return false;
    const unsigned top = s->level - 1;
    return s->is_object[top / 64] >> (top % 64) & 1;
}

/* The members of the outermost object: key, then value, then the next. */

static inline void note_key(struct rtcio__json_index *index, const char *key, const char *key_end)
{
    if (index->n_members < RTCIO__JSON_INDEX) {
        struct rtcio__json_member *m = &index->member[index->n_members];
        m->key = key;
        m->key_len = (uint32_t)(key_end - key);
    }
}

static inline void begin_value(struct rtcio__json_index *index, const char *value)
{
    if (index->n_members < RTCIO__JSON_INDEX)
        index->member[index->n_members].value = value;
}

static inline void end_value(struct rtcio__json_index *index, const char *value_end)
{
    if (index->n_members < RTCIO__JSON_INDEX) {
        struct rtcio__json_member *m = &index->member[index->n_members];
        m->value_len = (uint32_t)(value_end - m->value);
    }
    index->n_members++;
}

/* From where a key must stand (white space allowed) to behind its colon. */
static inline const char *member_key(const char *p, const struct scan *s,
                                     struct rtcio__json_index *index)
{
    p = rtcio__json_space(p, s->end);
    if (p == s->end || *p != '"')
        return NULL;
    const char *key = p + 1;
    const char *key_end = short_string_end(key, s);
    if (key_end == NULL) {
        key_end = string_end(key, s);
        if (key_end == NULL)
            return NULL;
        if (index != NULL)
            index->escaped_key |= memchr(key, '\\', (size_t)(key_end - key)) != NULL;
    }
    if (index != NULL)
        note_key(index, key, key_end);
    p = rtcio__json_space(key_end + 1, s->end);
    return p < s->end && *p == ':' ? p + 1 : NULL;
}

/* A value that is neither object nor array. Returns the position behind it or NULL. */
static inline const char *simple_value(const char *p, const struct scan *s)
{
    if (*p != '"')
        return scalar(p, s->end);
    const char *quote = short_string_end(p + 1, s);
    if (quote == NULL)
        quote = string_end(p + 1, s);
    return quote != NULL ? quote + 1 : NULL;
}

/* Goes through one value. At each turn of the outer loop p is where a member or an element must
 * begin; the inner loop closes what ends behind it. */
static inline const char *scan(const char *p, struct scan *s, struct rtcio__json_index *index)
{
    const char *const end = s->end;
    bool object = false; /* the innermost that is open */

    for (;;) {
        if (object && (p = member_key(p, s, s->level == 1 ? index : NULL)) == NULL)
            return NULL;
        p = rtcio__json_space(p, end);
        if (p == end)
            return NULL;
        if (index != NULL && s->level == 1)
            begin_value(index, p);
        if (*p == '{' || *p == '[') {
            object = *p == '{';
            if (!open_level(s, object))
                return NULL;
            p = rtcio__json_space(p + 1, end);
            if (p == end)
                return NULL;
            if (*p != (object ? '}' : ']'))
                continue;
            p++;
            object = close_level(s);
        } else if ((p = simple_value(p, s)) == NULL) {
            return NULL;
        }

        for (;;) {
            if (s->level == 0)
                return p;
            if (index != NULL && s->level == 1)
                end_value(index, p);
            p = rtcio__json_space(p, end);
            if (p == end)
                return NULL;
            if (*p == ',')
                break;
            if (*p != (object ? '}' : ']'))
                return NULL;
            p++;
            object = close_level(s);
        }
        p++;
    }
}

/* One value; index may be NULL. */
static inline const char *scan_value(const char *p, const char *end, unsigned max_depth,
                                     unsigned *depth, struct rtcio__json_index *index)
{
    struct scan s = {.begin = p, .end = end};
    s.max = max_depth < RTCIO__JSON_MAX_DEPTH ? max_depth : RTCIO__JSON_MAX_DEPTH;
    p = scan(p, &s, index);
    if (p != NULL && *depth < s.deepest)
        *depth = s.deepest;
    return p;
}
