/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */

/* Walking the members of an object in place, and decoding its strings. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "signaling/object.h"

static rtcio_slice slice(const char *text)
{
    return (rtcio_slice){text, strlen(text)};
}

/* "key=value;" for each member. */
static const char *walk(const char *json)
{
    static char out[1024];
    rtcio__signaling_members members;
    rtcio__signaling_member m;
    out[0] = '\0';
    if (!rtcio__signaling_members_open(&members, slice(json)))
        return "no object";
    while (rtcio__signaling_members_next(&members, &m)) {
        strncat(out, m.key.data, m.key.len);
        strcat(out, "=");
        strncat(out, m.value.data, m.value.len);
        strcat(out, ";");
        assert_ptr_equal(m.whole.data, m.key.data - 1);
        assert_ptr_equal(m.whole.data + m.whole.len, m.value.data + m.value.len);
    }
    return out;
}

static void members_of_all_types(void **state)
{
    (void)state;
    assert_string_equal(walk("{}"), "");
    assert_string_equal(walk(" { } "), "");
    assert_string_equal(walk("{\"a\":1}"), "a=1;");
    assert_string_equal(walk("{\"a\":-1.5e3,\"b\":null , \"c\" : true}"),
                        "a=-1.5e3;b=null;c=true;");
    assert_string_equal(walk("{\"a\":{\"b\":[{},\"}\"]},\"c\":[]}"), "a={\"b\":[{},\"}\"]};c=[];");
    assert_string_equal(walk("{\"\":\"\"}"), "=\"\";");
    assert_string_equal(walk("{\"q\\\"\":\"\\\\\",\"r\":\"\\\\\\\"\"}"),
                        "q\\\"=\"\\\\\";r=\"\\\\\\\"\";");
    assert_string_equal(walk("[1]"), "no object");
    assert_string_equal(walk("\"{\""), "no object");
    assert_string_equal(walk(""), "no object");
}

/* The text was validated before; whatever it is, the walk stays inside of it. */
static void every_cut_ends_inside(void **state)
{
    (void)state;
    const char *json = "{\"a\" : {\"b\":[1,\"\\\"}\"]} , \"c\\u0041\":\"x\\\\\" ,\"d\":false}";
    for (size_t n = 0; n <= strlen(json); n++) {
        /* On the heap, so that a sanitizer sees a step too far. */
        char *cut = malloc(n > 0 ? n : 1);
        assert_non_null(cut);
        memcpy(cut, json, n);
        rtcio__signaling_members members;
        rtcio__signaling_member m;
        if (rtcio__signaling_members_open(&members, (rtcio_slice){cut, n})) {
            while (rtcio__signaling_members_next(&members, &m)) {
                assert_true(m.whole.data >= cut);
                assert_true(m.whole.data + m.whole.len <= cut + n);
            }
        }
        free(cut);
    }
}

/* Keys are compared as JavaScript sees them. The slice must have its quotes around it. */
static bool key_is(const char *quoted, const char *name)
{
    return rtcio__signaling_key_is((rtcio_slice){quoted + 1, strlen(quoted) - 2}, name);
}

static void keys_with_escapes(void **state)
{
    (void)state;
    assert_true(key_is("\"source\"", "source"));
    assert_true(key_is("\"sourc\\u0065\"", "source"));
    assert_true(key_is("\"\\u0073\\u006f\\u0075\\u0072\\u0063\\u0065\"", "source"));
    assert_false(key_is("\"sourcE\"", "source"));
    assert_false(key_is("\"source \"", "source"));
    assert_false(key_is("\"sourc\"", "source"));
    assert_false(key_is("\"source\\u0000\"", "source"));
    char lengthy[200];
    memset(lengthy, 'x', sizeof lengthy);
    lengthy[0] = lengthy[198] = '"';
    lengthy[1] = '\\';
    lengthy[2] = 'n';
    lengthy[199] = '\0';
    assert_false(key_is(lengthy, "source"));
}

static void assert_decodes(const char *json, const char *expected, size_t len)
{
    char buf[64];
    assert_int_equal(rtcio__signaling_string_decode(slice(json), buf, sizeof buf), len);
    assert_memory_equal(buf, expected, len + 1);
}

static void strings(void **state)
{
    (void)state;
    assert_decodes("\"\"", "", 0);
    assert_decodes("\"abc\"", "abc", 3);
    assert_decodes("\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"", "\"\\/\b\f\n\r\t", 8);
    assert_decodes("\"\\u00e4\\u20AC\"", "\xC3\xA4\xE2\x82\xAC", 5);
    assert_decodes("\"\\ud83d\\ude00\"", "\xF0\x9F\x98\x80", 4);
    assert_decodes("\"a\\u0000b\"", "a\0b", 3);
    assert_decodes("\"\\ud83dx\"", "\xED\xA0\xBDx", 4);
    assert_decodes("\"\\ud83d\\u0041\"",
                   "\xED\xA0\xBD"
                   "A",
                   4);
    assert_decodes("\"\xC3\xA4\"", "\xC3\xA4", 2);

    char buf[4];
    assert_int_equal(rtcio__signaling_string_decode(slice("\"abc\""), buf, sizeof buf), 3);
    assert_int_equal(rtcio__signaling_string_decode(slice("\"abcd\""), buf, sizeof buf),
                     RTCIO_E_LIMIT);
    assert_int_equal(rtcio__signaling_string_decode(slice("\"ab\\u20ac\""), buf, sizeof buf),
                     RTCIO_E_LIMIT);
    assert_int_equal(rtcio__signaling_string_decode(slice("12"), buf, sizeof buf), RTCIO_E_FORMAT);
    assert_int_equal(rtcio__signaling_string_decode(slice("null"), buf, sizeof buf),
                     RTCIO_E_FORMAT);
    assert_int_equal(rtcio__signaling_string_decode((rtcio_slice){NULL, 0}, buf, sizeof buf),
                     RTCIO_E_FORMAT);
}

static void units_as_javascript_counts(void **state)
{
    (void)state;
    assert_int_equal(rtcio__signaling_string_units(slice("\"\"")), 0);
    assert_int_equal(rtcio__signaling_string_units(slice("\"abc\"")), 3);
    assert_int_equal(rtcio__signaling_string_units(slice("\"\\n\\u0041\\\\\"")), 3);
    assert_int_equal(rtcio__signaling_string_units(slice("\"\xC3\xA4\xE2\x82\xAC\"")), 2);
    assert_int_equal(rtcio__signaling_string_units(slice("\"\xF0\x9F\x98\x80\"")), 2);
    assert_int_equal(rtcio__signaling_string_units(slice("\"\\ud83d\\ude00\"")), 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(members_of_all_types),       cmocka_unit_test(every_cut_ends_inside),
        cmocka_unit_test(keys_with_escapes),          cmocka_unit_test(strings),
        cmocka_unit_test(units_as_javascript_counts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
