/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */

/* Owns the grammar of JSON (RFC 8259) and the meaning of its escapes. Every byte of every message
 * passes through here once, so this is written for speed where strings are concerned. Knows nothing
 * of packets, and builds no values. */

#include "codec/json.h"

#include <string.h>

#include "base/ascii.h"

#ifdef __SSE2__
#include <emmintrin.h>
#endif

/* Strings */

/* The length of the escape at p (at its backslash), 0 if it is none. */
static size_t escape_len(const char *p, const char *end)
{
    if (end - p < 2)
        return 0;
    switch (p[1]) {
    case 'n':
    case 'r':
    case '"':
    case '\\':
    case '/':
    case 't':
    case 'b':
    case 'f':
        return 2;
    case 'u':
        /* Any four digits: JSON.parse takes surrogates that stand alone. */
        if (end - p < 6)
            return 0;
        for (int i = 2; i < 6; i++)
            if (rtcio__ascii_hex(p[i]) < 0)
                return 0;
        return 6;
    default:
        return 0;
    }
}

#ifdef __SSE2__
/* Marks among 16 bytes of a string: quotes, control characters, and what stands behind a backslash
 * without being 'n' or 'r'. In front of the first mark the string is valid and goes on: most of the
 * escapes there are end the lines of a session description, and this keeps them out of branches.
 * p[-1] is read; a backslash there must be the first character of an escape. */
static inline __m128i marks16(const char *p)
{
    const __m128i v = _mm_loadu_si128((const __m128i *)(const void *)p);
    const __m128i before = _mm_loadu_si128((const __m128i *)(const void *)(p - 1));
    const __m128i quote = _mm_cmpeq_epi8(v, _mm_set1_epi8('"'));
    const __m128i control = _mm_cmpeq_epi8(_mm_min_epu8(v, _mm_set1_epi8(0x1f)), v);
    const __m128i line_end =
        _mm_or_si128(_mm_cmpeq_epi8(v, _mm_set1_epi8('n')), _mm_cmpeq_epi8(v, _mm_set1_epi8('r')));
    const __m128i escaped = _mm_cmpeq_epi8(before, _mm_set1_epi8('\\'));
    return _mm_or_si128(_mm_or_si128(quote, control), _mm_andnot_si128(line_end, escaped));
}

static inline uint64_t bits16(__m128i marks)
{
    return (uint64_t)(unsigned)_mm_movemask_epi8(marks);
}

/* How many of 16 (64) bytes stand in front of the first mark. */
static inline size_t unmarked16(const char *p)
{
    return (size_t)__builtin_ctzll(bits16(marks16(p)) | 1 << 16);
}

static inline size_t unmarked64(const char *p)
{
    const __m128i a = marks16(p), b = marks16(p + 16), c = marks16(p + 32), d = marks16(p + 48);
    if (bits16(_mm_or_si128(_mm_or_si128(a, b), _mm_or_si128(c, d))) == 0)
        return 64;
    return (size_t)__builtin_ctzll(bits16(a) | bits16(b) << 16 | bits16(c) << 32 | bits16(d) << 48);
}

/* Skips what needs no look, as far as whole blocks reach. p[-1] must be no backslash. An escape is
 * not cut in two. */
static inline const char *skip_unmarked(const char *p, const char *end)
{
    /* Keys and names are short, session descriptions are long. */
    for (size_t width = 16; (size_t)(end - p) >= width; width = end - p >= 64 ? 64 : 16) {
        const size_t n = width == 16 ? unmarked16(p) : unmarked64(p);
        p += n;
        if (n < width)
            break;
    }
    return p[-1] == '\\' ? p - 1 : p;
}
#else
static inline const char *skip_unmarked(const char *p, const char *end)
{
    (void)end;
    return p;
}
#endif

/* The closing quote of the string whose inside starts at p, or NULL. p[-1] is the opening one. */
static const char *string_end(const char *p, const char *end)
{
    for (;;) {
        p = skip_unmarked(p, end);
        while (p < end && *p == '\\') {
            const size_t n = escape_len(p, end);
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

/* A value that is neither object nor array. */
static const char *scalar(const char *p, const char *end)
{
    switch (*p) {
    case '"':
        p = string_end(p + 1, end);
        return p != NULL ? p + 1 : NULL;
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

/* What is open at present: one bit per level, so that depth costs neither stack nor memory. */
struct nesting {
    unsigned level, max, deepest;
    uint64_t is_object[RTCIO__JSON_MAX_DEPTH / 64];
};

static inline bool open_level(struct nesting *n, bool object)
{
    if (n->level == n->max)
        return false;
    const uint64_t bit = UINT64_C(1) << (n->level % 64);
    uint64_t *word = &n->is_object[n->level / 64];
    *word = object ? *word | bit : *word & ~bit;
    if (++n->level > n->deepest)
        n->deepest = n->level;
    return true;
}

static inline bool in_object(const struct nesting *n)
{
    const unsigned top = n->level - 1;
    return n->is_object[top / 64] >> (top % 64) & 1;
}

static void begin_member(struct rtcio__json_index *index, const char *key, const char *key_end)
{
    const size_t len = (size_t)(key_end - key);
    if (index->n_members < RTCIO__JSON_INDEX) {
        struct rtcio__json_member *m = &index->member[index->n_members];
        m->key = key;
        m->key_len = (uint32_t)len;
    }
    index->escaped_key |= memchr(key, '\\', len) != NULL;
}

static void end_member(struct rtcio__json_index *index, const char *value, const char *value_end)
{
    if (index->n_members < RTCIO__JSON_INDEX) {
        struct rtcio__json_member *m = &index->member[index->n_members];
        m->value = value;
        m->value_len = (uint32_t)(value_end - value);
    }
    index->n_members++;
}

/* From where a key must stand (white space allowed) to where its value must. */
static inline const char *member_key(const char *p, const char *end,
                                     struct rtcio__json_index *index)
{
    p = rtcio__json_space(p, end);
    if (p == end || *p != '"')
        return NULL;
    const char *key = p + 1;
    const char *key_end = string_end(key, end);
    if (key_end == NULL)
        return NULL;
    if (index != NULL)
        begin_member(index, key, key_end);
    p = rtcio__json_space(key_end + 1, end);
    return p < end && *p == ':' ? rtcio__json_space(p + 1, end) : NULL;
}

/* Goes through one value. At each turn of the outer loop p is where a value must begin; the inner
 * loop closes what ends behind it. */
static inline const char *scan(const char *p, const char *end, struct nesting *n,
                               struct rtcio__json_index *index)
{
    const char *member = p; /* the value of the direct member that is being read */

    p = rtcio__json_space(p, end);
    for (;;) {
        if (p == end)
            return NULL;
        if (n->level == 1)
            member = p;
        if (*p == '{' || *p == '[') {
            const bool object = *p == '{';
            if (!open_level(n, object))
                return NULL;
            p = rtcio__json_space(p + 1, end);
            if (p == end)
                return NULL;
            if (*p != (object ? '}' : ']')) {
                if (object && (p = member_key(p, end, n->level == 1 ? index : NULL)) == NULL)
                    return NULL;
                continue;
            }
            n->level--;
            p++;
        } else if ((p = scalar(p, end)) == NULL) {
            return NULL;
        }

        for (;;) {
            if (n->level == 0)
                return p;
            if (index != NULL && n->level == 1)
                end_member(index, member, p);
            const bool object = in_object(n);
            p = rtcio__json_space(p, end);
            if (p == end)
                return NULL;
            if (*p == ',') {
                p++;
                p = object ? member_key(p, end, n->level == 1 ? index : NULL)
                           : rtcio__json_space(p, end);
                if (p == NULL)
                    return NULL;
                break;
            }
            if (*p != (object ? '}' : ']'))
                return NULL;
            n->level--;
            p++;
        }
    }
}

static const char *scan_value(const char *p, const char *end, unsigned max_depth, unsigned *depth,
                              struct rtcio__json_index *index)
{
    struct nesting n = {
        .max = max_depth < RTCIO__JSON_MAX_DEPTH ? max_depth : RTCIO__JSON_MAX_DEPTH,
    };
    p = scan(p, end, &n, index);
    if (p != NULL && depth != NULL && *depth < n.deepest)
        *depth = n.deepest;
    return p;
}

const char *rtcio__json_value(const char *p, const char *end, unsigned max_depth, unsigned *depth)
{
    return scan_value(p, end, max_depth, depth, NULL);
}

const char *rtcio__json_object(const char *p, const char *end, unsigned max_depth, unsigned *depth,
                               struct rtcio__json_index *index)
{
    index->n_members = 0;
    index->escaped_key = false;
    /* Lengths in the index have 32 bits. */
    if (p == end || *p != '{' || (uint64_t)(end - p) > UINT32_MAX)
        return NULL;
    return scan_value(p, end, max_depth, depth, index);
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
    if (escape_len(e, end) < 6) {
        static const char escapes[] = "\"\\/bfnrt", chars[] = "\"\\/\b\f\n\r\t";
        const char *at = end - e < 2 ? NULL : memchr(escapes, e[1], sizeof escapes - 1);
        out[0] = at != NULL ? chars[at - escapes] : e[0];
        *p += at != NULL ? 2 : 1;
        return 1;
    }

    uint32_t c = hex4(e + 2);
    *p += 6;
    if (c >= 0xd800 && c < 0xdc00 && escape_len(*p, end) == 6 && **p == '\\') {
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
        const char *name = rtcio__json_space(p + 1, end);
        if (name == end || *name++ != '"')
            break;
        const char *name_end = string_end(name, end);
        if (name_end == NULL)
            break;
        p = rtcio__json_space(name_end + 1, end);
        if (p == end || *p != ':')
            break;
        const char *value = rtcio__json_space(p + 1, end);
        p = rtcio__json_value(value, end, RTCIO__JSON_MAX_DEPTH, NULL);
        if (p == NULL)
            break;
        if (rtcio__json_key_equals(name, (size_t)(name_end - name), key, key_len)) {
            *member = (struct rtcio__json_member){
                .key = name,
                .value = value,
                .key_len = (uint32_t)(name_end - name),
                .value_len = (uint32_t)(p - value),
            };
            found = true;
        }
        p = rtcio__json_space(p, end);
    }
    return found;
}
