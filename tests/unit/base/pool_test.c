/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */

/* Pools: objects that do not overlap, are zeroed each time, and whose slabs go back to the kernel.
 */

#include "base/pool.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define MANY 5000

static unsigned char *object[MANY];

static void assert_filled(const unsigned char *p, size_t size, unsigned char with)
{
    for (size_t i = 0; i < size; i++)
        assert_int_equal(p[i], with);
}

static unsigned char *take(struct rtcio__pool *pool, unsigned char fill)
{
    unsigned char *p = rtcio__pool_alloc(pool);
    assert_non_null(p);
    assert_int_equal((uintptr_t)p % sizeof(uint64_t), 0);
    assert_filled(p, pool->size, 0);
    memset(p, fill, pool->size);
    return p;
}

static void objects_are_zeroed_and_apart(void **state)
{
    (void)state;
    static const size_t sizes[] = {8, 20, 88, 184, 4000};
    for (size_t k = 0; k < sizeof sizes / sizeof sizes[0]; k++) {
        struct rtcio__pool pool;
        rtcio__pool_init(&pool, sizes[k]);
        for (size_t i = 0; i < MANY; i++)
            object[i] = take(&pool, (unsigned char)(i % 251 + 1));
        assert_int_equal(pool.n_objects, MANY);
        /* Every third goes and comes again. */
        for (size_t i = 0; i < MANY; i += 3)
            rtcio__pool_free(&pool, object[i]);
        size_t n_slabs = pool.n_slabs;
        for (size_t i = 0; i < MANY; i += 3)
            object[i] = take(&pool, (unsigned char)(i % 251 + 1));
        assert_int_equal(pool.n_slabs, n_slabs); /* into the places that were free */
        for (size_t i = 0; i < MANY; i++) {
            assert_filled(object[i], sizes[k], (unsigned char)(i % 251 + 1));
            rtcio__pool_free(&pool, object[i]);
        }
        assert_int_equal(pool.n_objects, 0);
        assert_in_range(pool.n_slabs, 0, 1); /* none if a sanitizer wants each object apart */
        rtcio__pool_fini(&pool);
        assert_int_equal(pool.n_slabs, 0);
    }
}

static void slabs_go_back_in_any_order(void **state)
{
    (void)state;
    struct rtcio__pool pool;
    uint32_t random = 1;
    size_t n = 0;

    rtcio__pool_init(&pool, 184);
    for (unsigned i = 0; i < 200000; i++) {
        random = random * 1664525 + 1013904223;
        /* More come than go, then more go than come. */
        if (n < MANY && (n == 0 || (random >> 16) % 8 < (i % 40000 < 20000 ? 5 : 3))) {
            object[n++] = take(&pool, 7);
        } else {
            size_t at = (random >> 8) % n;
            assert_filled(object[at], pool.size, 7);
            rtcio__pool_free(&pool, object[at]);
            object[at] = object[--n];
        }
        assert_int_equal(pool.n_objects, n);
    }
    while (n > 0)
        rtcio__pool_free(&pool, object[--n]);
    assert_in_range(pool.n_slabs, 0, 1);
    rtcio__pool_fini(&pool);
    assert_int_equal(pool.n_slabs, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(objects_are_zeroed_and_apart),
        cmocka_unit_test(slabs_go_back_in_any_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
