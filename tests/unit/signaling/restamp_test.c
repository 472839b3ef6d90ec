/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */

/* Stamping one member of an object. What counts is what a parser makes of the result: it is
 * compared with a tree, for hand-made rows and for many random objects. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "signaling/restamp.h"

#define ID     "\"AbCdEfGhIjKlMnOpQrSt\""
#define MEMBER "\"id\":" ID

static const char *join(const rtcio__signaling_stamp *stamp)
{
    static char out[4096];
    size_t len = 0;
    assert_true(stamp->n_pieces <= sizeof stamp->pieces / sizeof *stamp->pieces);
    for (size_t i = 0; i < stamp->n_pieces; i++) {
        assert_true(len + stamp->pieces[i].len < sizeof out);
        memcpy(out + len, stamp->pieces[i].data, stamp->pieces[i].len);
        len += stamp->pieces[i].len;
    }
    out[len] = '\0';
    return out;
}

static const char *restamp(const char *object)
{
    rtcio__signaling_stamp stamp;
    rtcio_slice member = {MEMBER, sizeof MEMBER - 1};
    int rc = rtcio__signaling_restamp(&stamp, (rtcio_slice){object, strlen(object)}, "id", member);
    return rc == 0 ? join(&stamp) : rc == RTCIO_E_FORMAT ? "format" : "limit";
}

static void rows(void **state)
{
    (void)state;
    static const char *const table[][2] = {
        {"{}", "{" MEMBER "}"},
        {" { }", " {" MEMBER " }"},
        {"{\"a\":1}", "{" MEMBER ",\"a\":1}"},
        {"{\"id\":1}", "{" MEMBER "}"},
        {"{\"id\":{\"id\":2},\"a\":{\"id\":3}}", "{" MEMBER ",\"a\":{\"id\":3}}"},
        {"{\"a\":1, \"id\" : \"x\" ,\"b\":2}", "{\"a\":1, " MEMBER " ,\"b\":2}"},
        {"{\"i\\u0064\":\"x\"}", "{" MEMBER "}"},
        {"{\"id\":1,\"a\":2,\"id\":3}", "{\"a\":2," MEMBER "}"},
        {"{\"id\":1 , \"\\u0069d\":2,\"id\":[3],\"id\":4,\"z\":5}", "{ " MEMBER ",\"z\":5}"},
        {"{\"id\":1,\"id\":1,\"id\":1,\"id\":1,\"id\":1}", "limit"},
        {"[{\"id\":1}]", "format"},
        {"\"id\"", "format"},
        {"null", "format"},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        assert_string_equal(restamp(table[i][0]), table[i][1]);
}

/* One random value or object, as text. */
static size_t random_json(char *out, unsigned depth, unsigned *seed)
{
    static const char *const keys[] = {"id", "i\\u0064", "a", "data", "\\\"id\\\"", "", "ID"};
    static const char *const values[] = {"1",        "\"id\"", "true",    "null",
                                         "\"\\\\\"", "[]",     "\"{,}\"", "[{\"id\":1},\"]\"]"};
    if (depth == 0) {
        const char *value = values[(unsigned)rand_r(seed) % 8];
        strcpy(out, value);
        return strlen(value);
    }
    size_t len = 0;
    out[len++] = '{';
    for (int n = rand_r(seed) % 5, i = 0; i < n; i++) {
        len += (size_t)sprintf(out + len, "%s%s\"%s\"%s:%s", i > 0 ? "," : "",
                               rand_r(seed) % 2 ? " " : "", keys[(unsigned)rand_r(seed) % 7],
                               rand_r(seed) % 2 ? "\n" : "", rand_r(seed) % 2 ? "\t" : "");
        len += random_json(out + len, rand_r(seed) % 3 == 0 ? depth - 1 : 0, seed);
        if (rand_r(seed) % 2)
            out[len++] = ' ';
    }
    out[len++] = '}';
    out[len] = '\0';
    return len;
}

static void random_objects(void **state)
{
    (void)state;
    unsigned seed = 1, n_stamped = 0;
    for (int i = 0; i < 20000; i++) {
        char text[2048];
        random_json(text, 2, &seed);
        json_t *before = json_loads(text, 0, NULL);
        assert_non_null(before);
        const char *stamped = restamp(text);
        if (strcmp(stamped, "limit") == 0) {
            json_decref(before);
            continue;
        }
        /* No key twice: the receivers that take the first get the truth, too. */
        json_t *expected = before, *after = json_loads(stamped, 0, NULL);
        assert_non_null(after);
        json_object_set_new(expected, "id", json_string("AbCdEfGhIjKlMnOpQrSt"));
        assert_true(json_equal(expected, after));
        assert_ptr_equal(strstr(stamped, MEMBER), strstr(stamped, ID) - strlen("\"id\":"));
        json_decref(expected);
        json_decref(after);
        n_stamped++;
    }
    assert_true(n_stamped > 15000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows),
        cmocka_unit_test(random_objects),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
