/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */

/* The JSON scanner against itself and against jansson. Where the two may differ is listed in
 * jansson_may_refuse() and text_depth(). Its variants for different processors are compared with
 * each other, wherever in their blocks a text may lie or end. */

#include "base/utf8.h"
#include "codec/json.h"
#include "codec/json_variants.h"

#include <jansson.h>

#include "fuzz.h"

#define JANSSON_FLAGS (JSON_DECODE_ANY | JSON_ALLOW_NUL | JSON_DECODE_INT_AS_REAL)

static json_t *jansson(const char *text, size_t len, json_error_t *error)
{
    return json_loadb(text, len, JANSSON_FLAGS, error);
}

/* JSON.parse, and we with it, take what jansson cannot represent: numbers beyond a double, NUL in a
 * key, surrogates that stand alone. */
static bool jansson_may_refuse(const json_error_t *error)
{
    const enum json_error_code code = json_error_code(error);
    return code == json_error_numeric_overflow || code == json_error_null_byte_in_key ||
           strstr(error->text, "invalid Unicode") != NULL;
}

/* Counts the brackets of valid JSON. jansson takes 2048 levels, we take RTCIO__JSON_MAX_DEPTH. */
static unsigned text_depth(const char *p, const char *end)
{
    unsigned level = 0, deepest = 0;
    bool string = false;
    for (; p < end; p++) {
        if (string && *p == '\\')
            p++;
        else if (*p == '"')
            string = !string;
        else if (!string && (*p == '[' || *p == '{'))
            deepest = ++level > deepest ? level : deepest;
        else if (!string && (*p == ']' || *p == '}'))
            level--;
    }
    return deepest;
}

static void check_member(const struct rtcio__json_member *m, const json_t *expected)
{
    json_error_t error;
    json_t *value = jansson(m->value, m->value_len, &error);
    FUZZ_CHECK(value != NULL);
    FUZZ_CHECK(json_equal(value, expected));
    json_decref(value);
}

/* The members of an object as jansson sees them, through the index and through the slow path. */
static void check_object(const char *text, const char *end, unsigned depth, json_t *tree)
{
    struct rtcio__json_index index;
    unsigned seen = 0;
    const char *behind = rtcio__json_object(text, end, RTCIO__JSON_MAX_DEPTH, &seen, &index);
    FUZZ_CHECK(behind != NULL && seen == depth);
    const size_t len = (size_t)(behind - text);

    const uint32_t listed =
        index.n_members < RTCIO__JSON_INDEX ? index.n_members : RTCIO__JSON_INDEX;
    bool escaped = false;
    for (uint32_t i = 0; i < listed; i++) {
        const struct rtcio__json_member *m = &index.member[i];
        FUZZ_CHECK(m->key[-1] == '"' && m->key[m->key_len] == '"');
        FUZZ_CHECK(m->value > m->key && m->value_len > 0 && m->value + m->value_len < behind);
        FUZZ_CHECK(rtcio__json_value(m->value, m->value + m->value_len, RTCIO__JSON_MAX_DEPTH,
                                     NULL) == m->value + m->value_len);
        escaped |= m->key_len > 0 && memchr(m->key, '\\', m->key_len) != NULL;
    }
    FUZZ_CHECK(index.escaped_key == escaped || index.n_members > listed);
    if (tree == NULL)
        return;

    FUZZ_CHECK(json_object_size(tree) <= index.n_members);
    void *iter = json_object_iter(tree);
    for (; iter != NULL; iter = json_object_iter_next(tree, iter)) {
        const char *key = json_object_iter_key(iter);
        const size_t key_len = json_object_iter_key_len(iter);
        const json_t *value = json_object_iter_value(iter);
        struct rtcio__json_member found;
        FUZZ_CHECK(rtcio__json_find(text, len, key, key_len, &found));
        check_member(&found, value);
        /* "Slow path for objects with more members than the index holds, or escaped keys." */
        if (index.n_members > RTCIO__JSON_INDEX || index.escaped_key)
            continue;
        uint32_t i = listed;
        while (i > 0 && (index.member[i - 1].key_len != key_len ||
                         memcmp(index.member[i - 1].key, key, key_len) != 0))
            i--;
        FUZZ_CHECK(i > 0);
        check_member(&index.member[i - 1], value);
    }
}

static void check_string(const char *text, size_t len, const json_t *tree)
{
    char *inside = fuzz_copy(text + 1, len - 2, 0);
    char *out = fuzz_copy("", 0, len);
    const size_t n = rtcio__json_unescape(out, inside, len - 2);
    FUZZ_CHECK(n <= len - 2);
    FUZZ_CHECK(rtcio__json_key_equals(inside, len - 2, out, n));
    FUZZ_CHECK(!rtcio__json_key_equals(inside, len - 2, out, n + 1));
    FUZZ_CHECK(n == 0 || !rtcio__json_key_equals(inside, len - 2, out, n - 1));
    if (tree != NULL) {
        FUZZ_CHECK(n == json_string_length(tree));
        FUZZ_CHECK(memcmp(out, json_string_value(tree), n) == 0);
    }
    FUZZ_CHECK(rtcio__json_unescape(inside, inside, len - 2) == n);
    FUZZ_CHECK(memcmp(inside, out, n) == 0);
    free(inside);
    free(out);
}

#define LARGEST_BLOCK 32
#define MAX_CUTS      64

struct answer {
    const char *behind;
    unsigned depth;
    struct rtcio__json_index index;
};

static struct answer ask(rtcio__json_scan_fn *scan, const char *text, const char *end,
                         unsigned max_depth, bool with_index)
{
    struct answer a = {.depth = 0, .index = {.n_members = 0}};
    a.behind = scan(text, end, max_depth, &a.depth, with_index ? &a.index : NULL);
    return a;
}

static void check_same(const struct answer *a, const struct answer *b)
{
    FUZZ_CHECK(a->behind == b->behind && a->depth == b->depth);
    if (a->behind == NULL)
        return; /* the index of what is no object is nothing */
    FUZZ_CHECK(a->index.n_members == b->index.n_members);
    FUZZ_CHECK(a->index.escaped_key == b->index.escaped_key);
    for (uint32_t i = 0; i < a->index.n_members && i < RTCIO__JSON_INDEX; i++) {
        const struct rtcio__json_member *m = &a->index.member[i], *n = &b->index.member[i];
        FUZZ_CHECK(m->key == n->key && m->key_len == n->key_len);
        FUZZ_CHECK(m->value == n->value && m->value_len == n->value_len);
    }
}

/* All variants give the scalar one's answer. */
static void check_variants(const char *text, const char *end, unsigned max_depth)
{
    for (int with_index = 0; with_index <= 1; with_index++) {
        if (with_index != 0 && (text == end || *text != '{'))
            return;
        const struct answer expected =
            ask(rtcio__json_scan_scalar, text, end, max_depth, with_index != 0);
        (void)expected;
#ifdef __SSE2__
        const struct answer sse2 =
            ask(rtcio__json_scan_sse2, text, end, max_depth, with_index != 0);
        check_same(&expected, &sse2);
#endif
#ifdef RTCIO__HAVE_AVX2
        if (rtcio__cpu_avx2()) {
            const struct answer avx2 =
                ask(rtcio__json_scan_avx2, text, end, max_depth, with_index != 0);
            check_same(&expected, &avx2);
        }
#endif
    }
}

/* A text as it is, then behind so many characters of a string in front of it that each of its own
 * stands once at each place of a block, whole and cut off. */
static void check_all_variants(const uint8_t *data, size_t size)
{
    struct fuzz_chunks chunks;
    fuzz_chunks_init(&chunks, data, size);
    for (size_t shift = 0; shift <= LARGEST_BLOCK; shift++) {
        const size_t front = shift == 0 ? 0 : shift + 3; /* ["    ", */
        char *text = fuzz_copy("", 0, front + size);
        memset(text, ' ', front);
        if (front > 0) {
            text[0] = '[';
            text[1] = '"';
            text[front - 2] = '"';
            text[front - 1] = ',';
        }
        if (size > 0)
            memcpy(text + front, data, size);
        check_variants(text, text + front + size, RTCIO__JSON_MAX_DEPTH);
        free(text);
    }
    const bool each = size <= MAX_CUTS;
    size_t cut = 0;
    for (unsigned i = 0; i < MAX_CUTS && cut < size; i++) {
        char *text = fuzz_copy(data, cut, 0);
        check_variants(text, text + cut, i % 8);
        free(text);
        cut += each ? 1 : fuzz_chunk(&chunks, size - cut);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    check_all_variants(data, size);

    char *text = fuzz_copy(data, size, 0);
    const char *end = text + size;
    unsigned depth = 0;
    const char *behind = rtcio__json_value(text, end, RTCIO__JSON_MAX_DEPTH, &depth);
    const bool whole = behind != NULL && rtcio__json_space(behind, end) == end;

    if (behind != NULL) {
        FUZZ_CHECK(behind > text && behind <= end && depth <= RTCIO__JSON_MAX_DEPTH);
        FUZZ_CHECK(rtcio__json_value(text, end, depth, NULL) == behind);
        FUZZ_CHECK(depth == 0 || rtcio__json_value(text, end, depth - 1, NULL) == NULL);
        /* Nothing behind the value is looked at, except to see that a number ends. */
        FUZZ_CHECK(rtcio__json_value(text, behind, depth, NULL) == behind);
    }

    json_t *tree = NULL;
    const bool has_nul = memchr(text, '\0', size) != NULL;
    FUZZ_CHECK(!whole || !has_nul);
    /* Text is UTF-8 when it comes here; jansson looks itself, we do not. Outside of strings jansson
     * takes a NUL for the end. */
    if (!has_nul && rtcio__utf8_valid(text, size)) {
        json_error_t error;
        tree = jansson(text, size, &error);
        if (whole)
            FUZZ_CHECK(tree != NULL || jansson_may_refuse(&error));
        else
            FUZZ_CHECK(tree == NULL || text_depth(text, end) > RTCIO__JSON_MAX_DEPTH);
    }
    if (whole) {
        FUZZ_CHECK(text_depth(text, end) == depth);
        const char *start = rtcio__json_space(text, end);
        if (*start == '{')
            check_object(start, end, depth, tree);
        else if (*start == '"')
            check_string(start, (size_t)(behind - start), tree);
    } else {
        /* Text that was never validated may give nonsense, not harm. */
        struct rtcio__json_member member;
        char *out = fuzz_copy("", 0, size);
        FUZZ_CHECK(rtcio__json_unescape(out, text, size) <= size);
        (void)rtcio__json_find(text, size, "a", 1, &member);
        free(out);
    }
    json_decref(tree);
    free(text);
    return 0;
}
