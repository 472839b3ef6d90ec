/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */

/* The scanner against the grammar of RFC 8259 as JSON.parse reads it: a table of what is JSON and
 * what is not, the depth limit, every truncation, every alignment of what ends a string. */

#include "codec/json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* The input in a block of its own size, so that a sanitizer sees every read beyond it. */
static char *exact(const char *text, size_t len)
{
    char *copy = malloc(len > 0 ? len : 1);
    assert_non_null(copy);
    memcpy(copy, text, len);
    return copy;
}

/* True if the whole of text is one value with nothing but white space around it. */
static bool is_json_len(const char *text, size_t len)
{
    char *copy = exact(text, len);
    const char *end = copy + len;
    const char *p = rtcio__json_value(copy, end, RTCIO__JSON_MAX_DEPTH, NULL);
    const bool ok = p != NULL && rtcio__json_space(p, end) == end;
    free(copy);
    return ok;
}

static bool is_json(const char *text)
{
    return is_json_len(text, strlen(text));
}

static const char *const valid[] = {
    /* structure */
    "[]",
    "{}",
    "[ ]",
    "{ }",
    "[[]]",
    "[[],[]]",
    "[{}]",
    "{\"a\":{}}",
    "{\"a\":[]}",
    "[1,2]",
    " [1] ",
    "[1\n]",
    "[ 1 , 2 ]",
    "\t\r\n [\t1\r,\n2 ]\t",
    "{\"a\":1,\"b\":2}",
    "{ \"a\" : 1 , \"b\" : 2 }",
    "{\"a\":1,\"a\":2}",
    "{\"\":0}",
    "{\"a\\u0000b\":0}",
    "{\"__proto__\":{}}",
    "[1,null,\"x\",true,false,{},[]]",
    /* numbers */
    "0",
    "-0",
    "1",
    "-1",
    "10",
    "123456789012345678901234567890",
    "0.0",
    "0.5",
    "-0.5",
    "1.25",
    "0e1",
    "0e+1",
    "0E-1",
    "1e10",
    "1E10",
    "1e+10",
    "1.5e-10",
    "1e999999999",
    "-1e-999999999",
    "[0]",
    "[-0]",
    "[20e1]",
    /* literals */
    "true",
    "false",
    "null",
    "[true]",
    /* strings */
    "\"\"",
    "\"a\"",
    "\" \"",
    "\"\x7f\"",
    "\"\\\"\"",
    "\"\\\\\"",
    "\"\\\\\\\\\"",
    "\"\\\\\\\"\"",
    "\"\\/\"",
    "\"\\b\\f\\n\\r\\t\"",
    "\"\\u0000\"",
    "\"\\u00e9\"",
    "\"\\uABcd\"",
    "\"\\ud83d\\ude00\"",
    "\"\\ud83d\"",
    "\"\\ude00\"",
    "\"\\ude00\\ud83d\"",
    "\"\\ud83dx\"",
    "\"a\\u000aB\"",
    "\"\xc3\xa9\"",
    "\"\xe2\x80\xa8\xe2\x80\xa9\"",
    "\"\xf0\x9f\x98\x80\"",
    "\"\xef\xbb\xbf\"",
    "\"n\"",
    "\"rn\"",
    "\"/* no comment */\"",
    "\"[{,:\"",
};

static const char *const invalid[] = {
    /* structure */
    "",
    " ",
    "[",
    "]",
    "{",
    "}",
    "[}",
    "{]",
    "[[]",
    "[]]",
    "{}}",
    "{{}}",
    "[1,]",
    "[,1]",
    "[,]",
    "[1,,2]",
    "[1 2]",
    "[1",
    "[1,",
    "[\"a\"",
    "[\"a\":1]",
    "[1:2]",
    "{\"a\"}",
    "{\"a\":}",
    "{\"a\":1,}",
    "{,}",
    "{,\"a\":1}",
    "{\"a\":1,,\"b\":2}",
    "{\"a\":1 \"b\":2}",
    "{\"a\" 1}",
    "{\"a\"::1}",
    "{\"a\",1}",
    "{\"a\":1",
    "{\"a\":",
    "{\"a\"",
    "{\"a",
    "{a:1}",
    "{'a':1}",
    "{1:1}",
    "{null:1}",
    "{[]:1}",
    "{\"a\":1]",
    "[1}",
    ",",
    ":",
    "1,",
    "1 2",
    "{}{}",
    "[][]",
    "[]x",
    "x[]",
    "{\"a\":[}",
    "{\"a\":{]}",
    /* white space is only four characters */
    "\f1",
    "\v1",
    "\xc2\xa0[]",
    "\xef\xbb\xbf[]",
    "\xe2\x80\xa8[]",
    "[\f]",
    "[1]\v",
    "// c\n1",
    "[1/**/]",
    "#1",
    /* numbers */
    "+1",
    "-",
    "--1",
    "-a",
    "01",
    "00",
    "-01",
    "-00",
    "[01]",
    "[-012]",
    "1.",
    "1.e1",
    ".5",
    "-.5",
    "0.e1",
    "1e",
    "1e+",
    "1e-",
    "1E",
    "0e",
    "1e1.5",
    "1.2.3",
    "1e1e1",
    "[1.]",
    "[1e]",
    "[-]",
    "[+1]",
    "0x1",
    "1x",
    "1_0",
    "Infinity",
    "-Infinity",
    "NaN",
    "[-NaN]",
    "1 000",
    "\xef\xbc\x91",
    /* literals */
    "t",
    "tru",
    "truee",
    "True",
    "TRUE",
    "nul",
    "nulll",
    "Null",
    "fals",
    "falsy",
    "undefined",
    "[nul]",
    "[true false]",
    "truefalse",
    /* strings */
    "\"",
    "\"a",
    "'a'",
    "\"\\\"",
    "\"\\",
    "\"\\a\"",
    "\"\\v\"",
    "\"\\0\"",
    "\"\\x41\"",
    "\"\\'\"",
    "\"\\ \"",
    "\"\\N\"",
    "\"\\U0041\"",
    "\"\\u\"",
    "\"\\u1\"",
    "\"\\u12\"",
    "\"\\u123\"",
    "\"\\u123",
    "\"\\u12g4\"",
    "\"\\uD83D\\u\"",
    "\"\\u 123\"",
    "\"\\u-123\"",
    "\"\\u+123\"",
    "\"\\\xc3\xa9\"",
    "\"\t\"",
    "\"\n\"",
    "\"\r\"",
    "\"\x01\"",
    "\"\x1f\"",
    "\"a\"b\"",
    "\"a\"\"b\"",
    "[\"a\nb\"]",
    "{\"a\n\":1}",
    "\"\\\n\"",
    "\"\\\\\\\"",
    "a\"b\"",
};

static void test_table(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof valid / sizeof *valid; i++)
        if (!is_json(valid[i]))
            fail_msg("refused: %s", valid[i]);
    for (size_t i = 0; i < sizeof invalid / sizeof *invalid; i++)
        if (is_json(invalid[i]))
            fail_msg("taken: %s", invalid[i]);
}

static void test_nul_bytes(void **state)
{
    (void)state;
    assert_false(is_json_len("\0", 1));
    assert_false(is_json_len("1\0", 2));
    assert_false(is_json_len("[\0]", 3));
    assert_false(is_json_len("\"\0\"", 3));
    assert_false(is_json_len("[1]\0", 4));
}

/* Every one of the 256 bytes alone, after a backslash, and as white space. */
static void test_bytes(void **state)
{
    (void)state;
    for (int c = 0; c < 256; c++) {
        const char inside[] = {'"', 'x', (char)c, 'x', '"'};
        const char escape[] = {'"', '\\', (char)c, '"'};
        const char around[] = {(char)c, '1', (char)c};
        char long_escape[40]; /* where the vectors meet it */
        memset(long_escape, 'x', sizeof long_escape);
        long_escape[0] = long_escape[sizeof long_escape - 1] = '"';
        long_escape[3] = '\\';
        long_escape[4] = (char)c;
        const bool space = c == ' ' || c == '\t' || c == '\n' || c == '\r';
        const bool digit = c >= '1' && c <= '9'; /* 111 */
        assert_int_equal(is_json_len(inside, sizeof inside), c >= 0x20 && c != '"' && c != '\\');
        assert_int_equal(is_json_len(escape, sizeof escape),
                         c != 0 && strchr("\"\\/bfnrt", c) != NULL);
        assert_int_equal(is_json_len(long_escape, sizeof long_escape),
                         c != 0 && strchr("\"\\/bfnrt", c) != NULL);
        assert_int_equal(is_json_len(around, sizeof around), space || digit || c == '"');
    }
}

static void test_truncations(void **state)
{
    static const char *const documents[] = {
        "[1,2,{\"a\":[true,false,null],\"b\":\"x\\u00e9\\n\"}]",
        "{\"k\\\\\":{\"\":[[[]]]},\"n\":-12.5e+10,\"s\":\"\\ud83d\\ude00\"}",
        "[\"v=0\\r\\no=- 46117 2 IN IP4 127.0.0.1\\r\\ns=-\\r\\nt=0 0\\r\\na=mid:0\\r\\n\"]",
        "\"a string with \\\"quotes\\\" and \\\\ and more than sixteen characters\"",
        "true",
        "null",
    };
    (void)state;
    for (size_t i = 0; i < sizeof documents / sizeof *documents; i++) {
        const size_t len = strlen(documents[i]);
        assert_true(is_json(documents[i]));
        for (size_t n = 0; n < len; n++) {
            char *copy = exact(documents[i], n);
            if (rtcio__json_value(copy, copy + n, RTCIO__JSON_MAX_DEPTH, NULL) != NULL)
                fail_msg("taken: %.*s", (int)n, documents[i]);
            free(copy);
        }
    }
}

/* What ends or breaks a string at each place of the vectors, in strings that end the memory. */
static void test_string_positions(void **state)
{
    static const struct {
        const char *text;
        bool ok;
    } pieces[] = {
        {"", true},         {"\\n", true},     {"\\r\\n", true},   {"\\\"", true},
        {"\\\\", true},     {"\\\\n", true},   {"\\u0041", true},  {"\\ud800", true},
        {"\\n\\\\", true},  {"\\\\\\n", true}, {"rnrn", true},     {"\n", false},
        {"\x1f", false},    {"\\q", false},    {"\\u004g", false}, {"\\", false},
        {"\\\\\\", false},  {"\"", false},     {"\\n\"", false},   {"\\r\\", false},
        {"\\u00\"", false}, {"\\n\\x", false},
    };
    char text[256];
    (void)state;
    for (size_t i = 0; i < sizeof pieces / sizeof *pieces; i++) {
        for (size_t before = 0; before < 140; before++) {
            for (size_t after = 0; after < 70; after += 1 + after / 3) {
                size_t n = 0;
                text[n++] = '"';
                memset(text + n, 'n', before);
                n += before;
                memcpy(text + n, pieces[i].text, strlen(pieces[i].text));
                n += strlen(pieces[i].text);
                memset(text + n, 'x', after);
                n += after;
                text[n++] = '"';
                if (is_json_len(text, n) != pieces[i].ok)
                    fail_msg("%zu + '%s' + %zu", before, pieces[i].text, after);
            }
        }
    }
}

/* `depth` brackets around nothing, every other level an object if mixed. */
static char *nested(unsigned depth, bool mixed, size_t *len)
{
    char *text = malloc((size_t)depth * 6 + 1), *p = text;
    assert_non_null(text);
    for (unsigned i = 0; i < depth; i++) {
        const bool object = mixed && i % 2 == 1;
        memcpy(p, object ? "{\"k\":" : "[", object ? 5 : 1);
        p += object ? 5 : 1;
    }
    if (p > text && p[-1] == ':')
        *p++ = '0';
    for (unsigned i = depth; i-- > 0;)
        *p++ = mixed && i % 2 == 1 ? '}' : ']';
    *len = (size_t)(p - text);
    return text;
}

static void test_depth(void **state)
{
    static const unsigned limits[] = {0, 1, 2, 63, 64, 65, 127, 128, 129, 256, 511, 512};
    (void)state;
    for (size_t i = 0; i < sizeof limits / sizeof *limits; i++) {
        for (unsigned depth = 1; depth <= 515; depth++) {
            for (int mixed = 0; mixed < 2; mixed++) {
                size_t len;
                char *text = nested(depth, mixed != 0, &len);
                unsigned seen = 0;
                const char *end = rtcio__json_value(text, text + len, limits[i], &seen);
                assert_ptr_equal(end, depth <= limits[i] ? text + len : NULL);
                assert_int_equal(seen, end != NULL ? depth : 0);
                free(text);
            }
        }
    }

    /* A limit beyond what the scanner can keep is the scanner's own. */
    size_t len;
    char *text = nested(513, false, &len);
    assert_null(rtcio__json_value(text, text + len, 10000, NULL));
    free(text);
    /* Far beyond: no recursion. */
    text = malloc(1000000);
    assert_non_null(text);
    memset(text, '[', 1000000);
    assert_null(rtcio__json_value(text, text + 1000000, 512, NULL));
    free(text);
}

static void test_depth_is_raised(void **state)
{
    const char text[] = "[[1],2]", flat[] = "\"x\"";
    unsigned depth = 0;
    (void)state;
    assert_non_null(rtcio__json_value(flat, flat + 3, 8, &depth));
    assert_int_equal(depth, 0);
    assert_non_null(rtcio__json_value(text, text + 7, 8, &depth));
    assert_int_equal(depth, 2);
    assert_non_null(rtcio__json_value(flat, flat + 3, 8, &depth));
    assert_int_equal(depth, 2);
    const char deep[] = "[[[]]]", shallow[] = "[]";
    assert_non_null(rtcio__json_value(deep, deep + 6, 8, &depth));
    assert_int_equal(depth, 3);
    assert_non_null(rtcio__json_value(shallow, shallow + 2, 8, &depth));
    assert_int_equal(depth, 3);
}

static void test_stops_behind_value(void **state)
{
    static const struct {
        const char *text;
        size_t len;
    } cases[] = {
        {"1,2", 1}, {"[1],", 3}, {"\"a\":", 3}, {"true]", 4}, {"01", 1}, {"1 ", 1}, {" {} x", 3},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const char *t = cases[i].text;
        assert_ptr_equal(rtcio__json_value(t, t + strlen(t), 8, NULL), t + cases[i].len);
    }
}

static void assert_member(const struct rtcio__json_member *m, const char *key, const char *value)
{
    assert_int_equal(m->key_len, strlen(key));
    assert_memory_equal(m->key, key, m->key_len);
    assert_int_equal(m->value_len, strlen(value));
    assert_memory_equal(m->value, value, m->value_len);
}

static void test_index(void **state)
{
    const char text[] = "{ \"target\" : \"abc\" ,\"data\":{\"target\":[{\"x\":1}], \"b\":2} , "
                        "\"n\": 12 ,\"e\":[ ]\t}";
    const char *end = text + sizeof text - 1;
    struct rtcio__json_index index;
    unsigned depth = 0;
    (void)state;
    assert_ptr_equal(rtcio__json_object(text, end, 8, &depth, &index), end);
    assert_int_equal(depth, 4);
    assert_int_equal(index.n_members, 4);
    assert_false(index.escaped_key);
    assert_member(&index.member[0], "target", "\"abc\"");
    assert_member(&index.member[1], "data", "{\"target\":[{\"x\":1}], \"b\":2}");
    assert_member(&index.member[2], "n", "12");
    assert_member(&index.member[3], "e", "[ ]");
}

static void test_index_limits(void **state)
{
    struct rtcio__json_index index;
    (void)state;

    const char empty[] = "{}";
    assert_non_null(rtcio__json_object(empty, empty + 2, 8, NULL, &index));
    assert_int_equal(index.n_members, 0);

    const char many[] =
        "{\"a\":0,\"b\":1,\"c\":2,\"d\":3,\"e\":4,\"f\":5,\"g\":6,\"h\":7,\"i\":8,\"\\u006a\":9}";
    assert_non_null(rtcio__json_object(many, many + sizeof many - 1, 8, NULL, &index));
    assert_int_equal(index.n_members, 10);
    assert_true(index.escaped_key);
    assert_member(&index.member[0], "a", "0");
    assert_member(&index.member[7], "h", "7");

    const char escaped_first[] = "{\"\\u0061\":0,\"b\":1}";
    assert_non_null(rtcio__json_object(escaped_first, escaped_first + sizeof escaped_first - 1, 8,
                                       NULL, &index));
    assert_true(index.escaped_key);

    const char inner[] = "{\"a\":{\"\\u0061\":\"\\n\"}}";
    assert_non_null(rtcio__json_object(inner, inner + sizeof inner - 1, 8, NULL, &index));
    assert_false(index.escaped_key);

    const char array[] = "[{}]";
    assert_null(rtcio__json_object(array, array + 4, 8, NULL, &index));
    assert_null(rtcio__json_object(array, array, 8, NULL, &index));
    const char open[] = "{\"a\":1,";
    assert_null(rtcio__json_object(open, open + sizeof open - 1, 8, NULL, &index));
    assert_null(rtcio__json_object(empty, empty + 2, 0, NULL, &index));
}

static bool find(const char *object, const char *key, struct rtcio__json_member *member)
{
    return rtcio__json_find(object, strlen(object), key, strlen(key), member);
}

static void test_find(void **state)
{
    struct rtcio__json_member m;
    (void)state;

    assert_true(find("{ \"a\" : 1 , \"b\":{\"c\":2}}", "a", &m));
    assert_member(&m, "a", "1");
    assert_true(find("{\"a\":1,\"b\":{\"c\":2} }", "b", &m));
    assert_member(&m, "b", "{\"c\":2}");
    /* only direct members */
    assert_false(find("{\"a\":1,\"b\":{\"c\":2}}", "c", &m));
    assert_false(find("{}", "a", &m));
    assert_false(find("{ }", "", &m));
    assert_true(find("{\"\":3}", "", &m));
    assert_false(find("{\"ab\":3}", "a", &m));
    assert_false(find("{\"a\":3}", "ab", &m));
    /* the last of duplicates, however it is written */
    assert_true(find("{\"a\":1,\"\\u0061\":2}", "a", &m));
    assert_member(&m, "\\u0061", "2");
    assert_true(find("{\"\\u0061\":2,\"a\":1}", "a", &m));
    assert_member(&m, "a", "1");
    assert_true(find("{\"\\ud83d\\ude00\":5}", "\xf0\x9f\x98\x80", &m));
    assert_true(find("{\"\xf0\x9f\x98\x80\":5}", "\xf0\x9f\x98\x80", &m));
    assert_true(find("{\"a\\\"}\":5,\"b\":6}", "b", &m));
    assert_member(&m, "b", "6");
    /* the ninth and later */
    assert_true(
        find("{\"a\":0,\"b\":1,\"c\":2,\"d\":3,\"e\":4,\"f\":5,\"g\":6,\"h\":7,\"i\":8}", "i", &m));
    assert_member(&m, "i", "8");
}

static void test_unescape(void **state)
{
    static const struct {
        const char *text, *out;
        size_t len;
    } cases[] = {
        {"", "", 0},
        {"plain", "plain", 5},
        {"\\\"\\\\\\/\\b\\f\\n\\r\\t", "\"\\/\b\f\n\r\t", 8},
        {"a\\u0041b", "aAb", 3},
        {"\\u0000", "\0", 1},
        {"\\u00e9\\u20AC", "\xc3\xa9\xe2\x82\xac", 5},
        {"\\u007f\\u0080\\u07ff\\u0800\\uffff", "\x7f\xc2\x80\xdf\xbf\xe0\xa0\x80\xef\xbf\xbf", 11},
        {"\\ud83d\\ude00", "\xf0\x9f\x98\x80", 4},
        {"\\uD800\\uDC00\\udbff\\udfff", "\xf0\x90\x80\x80\xf4\x8f\xbf\xbf", 8},
        /* lone surrogates */
        {"\\ud83d", "\xef\xbf\xbd", 3},
        {"\\ude00", "\xef\xbf\xbd", 3},
        {"\\ud83dx", "\xef\xbf\xbdx", 4},
        {"\\ud83d\\n", "\xef\xbf\xbd\n", 4},
        {"\\ud83d\\u0041",
         "\xef\xbf\xbd"
         "A",
         4},
        {"\\ud83d\\ud83d\\ude00", "\xef\xbf\xbd\xf0\x9f\x98\x80", 7},
        {"\\ude00\\ud83d", "\xef\xbf\xbd\xef\xbf\xbd", 6},
        {"\\ud83dxude00", "\xef\xbf\xbdxude00", 9},
        {"\\udc00\\udc00", "\xef\xbf\xbd\xef\xbf\xbd", 6},
        {"\\ud800\\ue000", "\xef\xbf\xbd\xee\x80\x80", 6},
        /* a backslash that was escaped starts nothing */
        {"\\\\u0041", "\\u0041", 6},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const size_t len = strlen(cases[i].text);
        char out[64];
        assert_int_equal(rtcio__json_unescape(out, cases[i].text, len), cases[i].len);
        assert_memory_equal(out, cases[i].out, cases[i].len);
        char *copy = exact(cases[i].text, len);
        assert_int_equal(rtcio__json_unescape(copy, copy, len), cases[i].len);
        assert_memory_equal(copy, cases[i].out, cases[i].len);
        assert_true(rtcio__json_key_equals(cases[i].text, len, cases[i].out, cases[i].len));
        assert_false(rtcio__json_key_equals(cases[i].text, len, "no such key", 11));
        if (cases[i].len > 0) {
            char *cut = exact(cases[i].out, cases[i].len - 1);
            assert_false(rtcio__json_key_equals(cases[i].text, len, cut, cases[i].len - 1));
            free(cut);
        }
        free(copy);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_table),
        cmocka_unit_test(test_nul_bytes),
        cmocka_unit_test(test_bytes),
        cmocka_unit_test(test_truncations),
        cmocka_unit_test(test_string_positions),
        cmocka_unit_test(test_depth),
        cmocka_unit_test(test_depth_is_raised),
        cmocka_unit_test(test_stops_behind_value),
        cmocka_unit_test(test_index),
        cmocka_unit_test(test_index_limits),
        cmocka_unit_test(test_find),
        cmocka_unit_test(test_unescape),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
