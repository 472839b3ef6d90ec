/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */

/* Pages of long lists: compared with the whole list, sorted. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "control/page.h"

#define N 500

static int by_name(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Names in an order of no order: 7 and N share no divisor. */
static void fill(char names[N][8], char *sorted[N])
{
    for (int i = 0; i < N; i++) {
        snprintf(names[i], sizeof names[i], "n%03d", i * 7 % N);
        sorted[i] = names[i];
    }
    qsort(sorted, N, sizeof(char *), by_name);
}

static void pages_are_the_list(void **state)
{
    char names[N][8], *sorted[N];
    const char *last = "";
    size_t seen = 0;
    (void)state;

    fill(names, sorted);
    for (bool more = true; more;) {
        rtcio__page page = {.most = 33};
        for (int i = 0; i < N; i++) {
            size_t before = page.n;
            bool wanted = rtcio__page_wants(&page, last, names[i]);
            rtcio__page_add(&page, last, names[i], 1);
            /* What is wanted gets there. */
            bool there = false;
            for (size_t k = 0; k < page.n; k++)
                there |= strcmp(page.list[k].name, names[i]) == 0;
            assert_int_equal(there, wanted);
            assert_true(page.n >= before);
        }
        for (size_t i = 0; i < page.n; i++)
            assert_string_equal(page.list[i].name, sorted[seen + i]);
        seen += page.n;
        assert_int_equal(page.n, seen < N ? 33 : N % 33);
        assert_int_equal(page.cut, seen < N);
        more = page.cut;
        last = sorted[seen - 1];
        assert_false(page.failed);
        rtcio__page_fini(&page);
    }
    assert_int_equal(seen, N);
}

static void the_same_name_is_one_entry(void **state)
{
    rtcio__page page = {.most = 2};
    (void)state;

    rtcio__page_add(&page, "", "b", 2);
    rtcio__page_add(&page, "", "c", 3);
    rtcio__page_add(&page, "", "b", 5);
    rtcio__page_add(&page, "", "a", 1);
    rtcio__page_add(&page, "", "b", 1);
    assert_int_equal(page.n, 2);
    assert_string_equal(page.list[0].name, "a");
    assert_string_equal(page.list[1].name, "b");
    assert_int_equal(page.list[1].number, 8);
    assert_true(page.cut);
    rtcio__page_fini(&page);
}

static void the_largest_come_first(void **state)
{
    char names[N][8], *sorted[N];
    rtcio__page page = {.most = 10, .by_number = true};
    (void)state;

    fill(names, sorted);
    for (int i = 0; i < N; i++)
        rtcio__page_add(&page, "", names[i], (uint64_t)i / 4);
    assert_int_equal(page.n, 10);
    for (size_t i = 0; i < page.n; i++) {
        assert_int_equal(page.list[i].number, (N - 1) / 4 - i / 4);
        if (i > 0 && page.list[i].number == page.list[i - 1].number)
            assert_true(strcmp(page.list[i - 1].name, page.list[i].name) < 0);
    }
    rtcio__page_fini(&page);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pages_are_the_list),
        cmocka_unit_test(the_same_name_is_one_entry),
        cmocka_unit_test(the_largest_come_first),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
