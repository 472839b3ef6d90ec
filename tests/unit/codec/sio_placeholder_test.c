/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */

/* Placeholders of binary attachments (Socket.IO spec 5.2, step 6): which of them a packet may have.
 */

#include "codec/sio.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* Decodes in a block of its own size. expected: the error, NULL if it is to be taken. */
static void check(const char *input, const char *expected)
{
    struct rtcio__sio_packet packet;
    const size_t len = strlen(input);
    char *text = malloc(len + 1);
    assert_non_null(text);
    memcpy(text, input, len);
    const char *error = rtcio__sio_decode(text, len, 64, &packet);
    free(text);
    if ((error == NULL) != (expected == NULL) || (error != NULL && strcmp(error, expected) != 0))
        fail_msg("%s: %s", input, error != NULL ? error : "taken");
}

static void accept(const char *input)
{
    check(input, NULL);
}

static void refuse(const char *input, const char *expected)
{
    check(input, expected);
}

/* "num must be a number with 0 <= num < n, else `illegal attachments`". CVE-2022-2421. */
static void test_refused(void **state)
{
    static const char *const objects[] = {
        "{\"_placeholder\":true}",
        "{\"_placeholder\":true,\"num\":-1}",
        "{\"_placeholder\":true,\"num\":2}",
        "{\"_placeholder\":true,\"num\":9}",
        "{\"_placeholder\":true,\"num\":10}",
        "{\"_placeholder\":true,\"num\":01000}",
        "{\"_placeholder\":true,\"num\":0.5}",
        "{\"_placeholder\":true,\"num\":1e999}",
        "{\"_placeholder\":true,\"num\":4294967296}",
        "{\"_placeholder\":true,\"num\":18446744073709551616}",
        "{\"_placeholder\":true,\"num\":\"0\"}",
        "{\"_placeholder\":true,\"num\":\"splice\"}",
        "{\"_placeholder\":true,\"num\":\"__proto__\"}",
        "{\"_placeholder\":true,\"num\":null}",
        "{\"_placeholder\":true,\"num\":true}",
        "{\"_placeholder\":true,\"num\":[0]}",
        "{\"_placeholder\":true,\"num\":{\"num\":0}}",
        "{\"num\":7,\"_placeholder\":true}",
        "{ \"_placeholder\" : true , \"num\" : 2 }",
        "{\"_pl\\u0061ceholder\":true,\"num\":2}",
        "{\"_placeholder\":true,\"n\\u0075m\":2}",
        "{\"_placeholder\":true,\"Num\":0}",
        /* of duplicates the last counts */
        "{\"_placeholder\":true,\"num\":0,\"num\":2}",
        "{\"_placeholder\":true,\"num\":0,\"n\\u0075m\":2}",
        "{\"_placeholder\":false,\"num\":2,\"_placeholder\":true}",
        /* deep, and behind good ones */
        "[[{\"a\":{\"b\":[{\"_placeholder\":true,\"num\":2}]}}]]",
        "{\"a\":{\"_placeholder\":true,\"num\":0},\"b\":{\"_placeholder\":true,\"num\":2}}",
        "{\"_placeholder\":true,\"x\":{\"num\":0}}",
        "{\"_placeholder\":true,\"x\":[0],\"num\":5,\"y\":{\"_placeholder\":false,\"num\":1}}",
        "{\"x\":{\"_placeholder\":true},\"num\":0}",
        "[{\"_placeholder\":true,\"num\":0},{\"_placeholder\":true}]",
    };
    char input[256];
    (void)state;
    for (size_t i = 0; i < sizeof objects / sizeof *objects; i++) {
        const char *error =
            strstr(objects[i], ":01000") != NULL ? "invalid payload" : "illegal attachments";
        (void)snprintf(input, sizeof input, "52-[\"a\",%s]", objects[i]);
        refuse(input, error);
        (void)snprintf(input, sizeof input, "52-[\"a\",1,\"x\",%s,2]", objects[i]);
        refuse(input, error);
        (void)snprintf(input, sizeof input, "62-1[%s]", objects[i]);
        refuse(input, error);
    }
}

static void test_taken(void **state)
{
    static const char *const objects[] = {
        "{\"_placeholder\":true,\"num\":0}",
        "{\"_placeholder\":true,\"num\":1}",
        "{ \"num\" : 1 , \"_placeholder\" : true }",
        "{\"_placeholder\":true,\"num\":1\n}",
        "{\"_pl\\u0061ceholder\":true,\"n\\u0075m\":1}",
        /* "the same num may be used twice, and unused attachments are fine" */
        "[{\"_placeholder\":true,\"num\":0},{\"_placeholder\":true,\"num\":0}]",
        "1",
        /* not placeholders */
        "{\"_placeholder\":false,\"num\":9}",
        "{\"_placeholder\":\"true\",\"num\":9}",
        "{\"_placeholder\":1,\"num\":9}",
        "{\"_placeholder\":{\"_placeholder\":false},\"num\":9}",
        "{\"_placeholder\":true,\"num\":9,\"_placeholder\":null}",
        "{\"_placeholder \":true,\"num\":9}",
        "{\"placeholder\":true,\"num\":9}",
        "[\"_placeholder\",true,\"num\",9]",
        "\"{\\\"_placeholder\\\":true,\\\"num\\\":9}\"",
        "{\"\\\"_placeholder\":true}",
        "{\"a\":\"_placeholder\",\"b\":true}",
        /* of duplicates the last counts */
        "{\"_placeholder\":true,\"num\":9,\"num\":0}",
    };
    char input[256];
    (void)state;
    for (size_t i = 0; i < sizeof objects / sizeof *objects; i++) {
        (void)snprintf(input, sizeof input, "52-[\"a\",%s]", objects[i]);
        accept(input);
        (void)snprintf(input, sizeof input, "62-1[0,%s,{}]", objects[i]);
        accept(input);
    }
    for (unsigned n = 1; n <= 10; n++) {
        for (unsigned num = 0; num < 12; num++) {
            (void)snprintf(input, sizeof input, "5%u-[\"a\",{\"_placeholder\":true,\"num\":%u}]", n,
                           num);
            if (num < n)
                accept(input);
            else
                refuse(input, "illegal attachments");
        }
    }
    /* "Placeholders in a type 2 packet are left as plain objects" */
    accept("2[\"a\",{\"_placeholder\":true,\"num\":9}]");
    accept("36[{\"_placeholder\":true}]");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_taken),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
