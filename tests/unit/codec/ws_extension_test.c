/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */

/* Negotiation of permessage-deflate, against the text of RFC 7692 section 7.1 and the grammar of
 * RFC 6455 section 9.1. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "codec/ws_extension.h"

#define LEN(rows) (sizeof(rows) / sizeof((rows)[0]))

static const struct rtcio__ws_deflate everything = {.server_bits = 15, .client_bits = 15};
static const struct rtcio__ws_deflate stateless = {
    .server_bits = 15, .client_bits = 15, .server_no_context = true, .client_no_context = true};
static const struct rtcio__ws_deflate small = {.server_bits = 10, .client_bits = 9};

/* The answer to an offer; "-": declined, "!": garbage. */
static const char *answer(const char *offer, const struct rtcio__ws_deflate *wanted)
{
    static char out[RTCIO__WS_ANSWER_MAX];
    struct rtcio__ws_deflate agreed;
    size_t len = strlen(offer);
    /* In a block that ends with it. */
    char *copy = malloc(len > 0 ? len : 1);

    assert_non_null(copy);
    memcpy(copy, offer, len);
    enum rtcio__ws_offer result = rtcio__ws_negotiate(copy, len, wanted, &agreed);
    free(copy);
    if (result != RTCIO__WS_ACCEPTED)
        return result == RTCIO__WS_DECLINED ? "-" : "!";
    len = rtcio__ws_answer(&agreed, out);
    assert_int_equal(strlen(out), len);
    assert_memory_equal(out, "permessage-deflate", 18);
    return out + 18;
}

struct row {
    const char *offer, *answer;
};

static void check(const struct row *rows, size_t n, const struct rtcio__ws_deflate *wanted)
{
    for (size_t i = 0; i < n; i++)
        assert_string_equal(answer(rows[i].offer, wanted), rows[i].answer);
}

static void offers_are_answered(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {"permessage-deflate", ""},
        {"permessage-deflate; client_max_window_bits", ""},
        {"permessage-deflate; server_no_context_takeover", "; server_no_context_takeover"},
        {"permessage-deflate; client_no_context_takeover", "; client_no_context_takeover"},
        {"permessage-deflate; server_max_window_bits=10; client_max_window_bits=11",
         "; server_max_window_bits=10; client_max_window_bits=11"},
        {"permessage-deflate; server_max_window_bits=15", "; server_max_window_bits=15"},
        {"permessage-deflate; server_max_window_bits=9", "; server_max_window_bits=9"},
        {"permessage-deflate; client_max_window_bits=8", "; client_max_window_bits=8"},
        {"permessage-deflate;server_max_window_bits=\"12\"", "; server_max_window_bits=12"},
        {"permessage-deflate;server_max_window_bits=\"\\1\\2\"", "; server_max_window_bits=12"},
        {"  permessage-deflate\t;  client_max_window_bits = 12  ", "; client_max_window_bits=12"},
        {"permessage-deflate; client_no_context_takeover; server_no_context_takeover; "
         "client_max_window_bits=15; server_max_window_bits=15",
         "; server_no_context_takeover; client_no_context_takeover; server_max_window_bits=15; "
         "client_max_window_bits=15"},
    };
    check(rows, LEN(rows), &everything);
}

static void a_server_may_want_less(void **state)
{
    (void)state;
    static const struct row without_state[] = {
        {"permessage-deflate", "; server_no_context_takeover; client_no_context_takeover"},
        {"permessage-deflate; client_max_window_bits",
         "; server_no_context_takeover; client_no_context_takeover"},
    };
    static const struct row with_less[] = {
        /* The client cannot be told what it does not say that it understands. */
        {"permessage-deflate", "; server_max_window_bits=10"},
        {"permessage-deflate; client_max_window_bits",
         "; server_max_window_bits=10; client_max_window_bits=9"},
        {"permessage-deflate; client_max_window_bits=8; server_max_window_bits=9",
         "; server_max_window_bits=9; client_max_window_bits=8"},
        {"permessage-deflate; client_max_window_bits=15; server_max_window_bits=15",
         "; server_max_window_bits=10; client_max_window_bits=9"},
    };
    check(without_state, LEN(without_state), &stateless);
    check(with_less, LEN(with_less), &small);

    struct rtcio__ws_deflate agreed;
    static const char plain[] = "permessage-deflate";
    assert_int_equal(rtcio__ws_negotiate(plain, sizeof(plain) - 1, &small, &agreed),
                     RTCIO__WS_ACCEPTED);
    assert_int_equal(agreed.client_bits, 15);
}

static void what_is_wrong_is_declined(void **state)
{
    (void)state;
    static const char *const wrong[] = {
        "permessage-deflate; server_no_context_takeover=1",
        "permessage-deflate; client_no_context_takeover=\"true\"",
        "permessage-deflate; server_no_context_takeover; server_no_context_takeover",
        "permessage-deflate; client_no_context_takeover; client_no_context_takeover",
        "permessage-deflate; server_max_window_bits",
        "permessage-deflate; server_max_window_bits=7",
        "permessage-deflate; server_max_window_bits=8", /* zlib's least is 9 */
        "permessage-deflate; server_max_window_bits=16",
        "permessage-deflate; server_max_window_bits=010",
        "permessage-deflate; server_max_window_bits=1",
        "permessage-deflate; server_max_window_bits=1a",
        "permessage-deflate; server_max_window_bits=110",
        "permessage-deflate; server_max_window_bits=10; server_max_window_bits=10",
        "permessage-deflate; client_max_window_bits; client_max_window_bits",
        "permessage-deflate; client_max_window_bits=0",
        "permessage-deflate; client_max_window_bits=16",
        "permessage-deflate; client_max_window_bits=-9",
        "permessage-deflate; level=9",
        "permessage-deflate; SERVER_NO_CONTEXT_TAKEOVER",
        "permessage-deflat",
        "permessage-deflate-2",
        "permessage-bzip2; method=\"foo\"",
        "x-webkit-deflate-frame",
        "",
        " , ,, ",
    };
    for (size_t i = 0; i < LEN(wrong); i++)
        assert_string_equal(answer(wrong[i], &everything), "-");
}

static void the_first_that_will_do_is_taken(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {"permessage-deflate; server_max_window_bits=12, permessage-deflate",
         "; server_max_window_bits=12"},
        {"permessage-deflate; server_max_window_bits=8, permessage-deflate", ""},
        {"foo, bar; baz=2, permessage-deflate; level=1, permessage-deflate; "
         "client_no_context_takeover",
         "; client_no_context_takeover"},
        {"permessage-deflate,permessage-deflate; server_no_context_takeover", ""},
        {", ,permessage-deflate,", ""},
    };
    check(rows, LEN(rows), &everything);
}

static void garbage_is_told_from_offers(void **state)
{
    (void)state;
    static const char *const garbage[] = {
        ";",
        "=",
        "permessage-deflate;",
        "permessage-deflate; ,",
        "permessage-deflate; =10",
        "permessage-deflate; server_max_window_bits=",
        "permessage-deflate; server_max_window_bits=\"\"",
        "permessage-deflate; server_max_window_bits=\"10",
        "permessage-deflate; server_max_window_bits=\"10\\",
        "permessage-deflate; server_max_window_bits=\"1 0\"",
        "permessage-deflate; server_max_window_bits=10 11",
        "permessage-deflate server_no_context_takeover",
        "permessage-deflate, foo bar",
        "permessage-deflate, \"quoted\"",
        "permessage-deflate; a=b=c",
        "permessage-deflate\x7f",
        "\xc3\xa9",
        "per(message)",
    };
    for (size_t i = 0; i < LEN(garbage); i++)
        assert_string_equal(answer(garbage[i], &everything), "!");
}

static void the_longest_answer_fits(void **state)
{
    (void)state;
    const struct rtcio__ws_deflate all = {15, 15, true, true, true, true};
    char out[RTCIO__WS_ANSWER_MAX];

    assert_true(rtcio__ws_answer(&all, out) < sizeof(out));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(offers_are_answered),
        cmocka_unit_test(a_server_may_want_less),
        cmocka_unit_test(what_is_wrong_is_declined),
        cmocka_unit_test(the_first_that_will_do_is_taken),
        cmocka_unit_test(garbage_is_told_from_offers),
        cmocka_unit_test(the_longest_answer_fits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
