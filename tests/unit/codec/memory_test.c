/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */

/* What happens when memory is short: an error, and everything as it was. The sources that allocate
 * are compiled into this test once more, with an allocator that fails when it is told to. */

#include <stdlib.h>

static int allocations_left; /* then they fail */

static void *scarce_calloc(size_t n, size_t size)
{
    return allocations_left-- > 0 ? calloc(n, size) : NULL;
}

static void *scarce_realloc(void *old, size_t size)
{
    return allocations_left-- > 0 ? realloc(old, size) : NULL;
}

#define calloc  scarce_calloc
#define realloc scarce_realloc
#include "base/buf.c"
#include "base/hash.c"
#include "codec/http_body.c"
#include "codec/ws.c"
#undef calloc
#undef realloc

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void a_buffer_keeps_what_it_has(void **state)
{
    (void)state;
    struct rtcio__buf b = {0};
    static char long_text[1000];

    allocations_left = 0;
    assert_int_equal(rtcio__buf_append_byte(&b, 'a'), RTCIO_E_NO_MEMORY);
    assert_null(b.data);
    assert_int_equal(rtcio__buf_append_json_string(&b, "", 0), RTCIO_E_NO_MEMORY);

    allocations_left = 1;
    assert_int_equal(rtcio__buf_append_str(&b, "kept"), 0);
    struct rtcio__buf before = b;
    memset(long_text, 'x', sizeof(long_text) - 1);
    assert_int_equal(rtcio__buf_append(&b, long_text, sizeof(long_text)), RTCIO_E_NO_MEMORY);
    assert_int_equal(rtcio__buf_append_str(&b, long_text), RTCIO_E_NO_MEMORY);
    assert_int_equal(rtcio__buf_printf(&b, "%s", long_text), RTCIO_E_NO_MEMORY);
    assert_memory_equal(&b, &before, sizeof(b));
    assert_memory_equal(b.data, "kept", 4);
    rtcio__buf_fini(&b);
}

static void a_json_string_is_written_whole_or_not_at_all(void **state)
{
    (void)state;
    char zeros[200] = {0}, quoted[200];

    /* Escapes need several growths; any of them may fail. */
    memset(quoted, 'x', sizeof(quoted));
    quoted[199] = '"';
    for (int n = 0; n < 20; n++) {
        struct rtcio__buf b = {0};
        allocations_left = 1 + n;
        assert_int_equal(rtcio__buf_append_str(&b, "kept"), 0);
        int rc = rtcio__buf_append_json_string(&b, n % 2 == 0 ? zeros : quoted, 200);
        size_t whole = 4 + (n % 2 == 0 ? 200 * 6 + 2 : 199 + 2 + 2);
        if (n < 2)
            assert_int_equal(rc, RTCIO_E_NO_MEMORY);
        if (n > 10)
            assert_int_equal(rc, 0);
        assert_int_equal(b.len, rc == 0 ? whole : 4);
        assert_memory_equal(b.data, "kept", 4);
        rtcio__buf_fini(&b);
    }
}

struct item {
    struct rtcio__hash_node node;
    uint32_t key;
};

static void a_map_that_cannot_grow_is_usable(void **state)
{
    (void)state;
    enum { N = 500 };
    static struct item item[N];
    struct rtcio__hash map;

    rtcio__hash_init(&map, offsetof(struct item, key), 1);
    allocations_left = 0;
    assert_int_equal(rtcio__hash_insert(&map, &item[0].node, 4), RTCIO_E_NO_MEMORY);
    assert_int_equal(map.n_nodes, 0);
    assert_null(rtcio__hash_find(&map, &item[0].key, 4));

    allocations_left = 1;
    for (uint32_t i = 0; i < N; i++) {
        item[i].key = i * i;
        assert_int_equal(rtcio__hash_insert(&map, &item[i].node, 4), 0);
    }
    assert_int_equal(map.n_buckets, FIRST_TABLE);
    for (uint32_t i = 0; i < N; i++)
        assert_ptr_equal(rtcio__hash_find(&map, &item[i].key, 4), &item[i].node);
    for (uint32_t i = 0; i < N; i += 2)
        rtcio__hash_remove(&map, &item[i].node);

    /* With memory it grows again, one doubling for each insertion, and nothing is lost. */
    allocations_left = 100;
    for (uint32_t i = 0; i < N; i += 2)
        assert_int_equal(rtcio__hash_insert(&map, &item[i].node, 4), 0);
    assert_int_equal(map.n_buckets, 512);
    unsigned n = 0;
    for (struct rtcio__hash_node *node = NULL; (node = rtcio__hash_next(&map, node)) != NULL;)
        n++;
    assert_int_equal(n, N);
    rtcio__hash_fini(&map);
}

static void a_body_turns_bad(void **state)
{
    (void)state;
    struct rtcio__http_head head = {.has_body = true, .content_length = 100};
    size_t consumed;

    allocations_left = 0;
    assert_null(rtcio__http_body_create(&head, 100));
    for (int chunked = 0; chunked < 2; chunked++) {
        head.chunked = chunked;
        allocations_left = 1;
        struct rtcio__http_body *body = rtcio__http_body_create(&head, 100);
        assert_non_null(body);
        assert_int_equal(rtcio__http_body_feed(body, "5\r\nhello\r\n", 10, &consumed),
                         RTCIO__HTTP_BODY_BAD);
        assert_int_equal(consumed, 10);
        rtcio__http_body_destroy(body);
    }

    allocations_left = 1;
    struct rtcio__http_body *body = rtcio__http_body_create(&head, 100);
    assert_non_null(body);
    assert_int_equal(rtcio__http_body_feed(body, "0\r\n\r\n", 5, &consumed), RTCIO__HTTP_BODY_BAD);
    rtcio__http_body_destroy(body);
}

static void a_fragment_closes_with_1011(void **state)
{
    (void)state;
    uint8_t fragment[] = {0x01, 0x81, 0, 0, 0, 0, 'x'};
    uint8_t whole[] = {0x81, 0x81, 0, 0, 0, 0, 'x'};
    struct rtcio__ws ws = {0};
    struct rtcio__ws_event event;
    size_t consumed;

    allocations_left = 0;
    assert_int_equal(rtcio__ws_next(&ws, whole, sizeof(whole), 10, &consumed, &event),
                     RTCIO__WS_EVENT); /* needs no memory */
    assert_int_equal(rtcio__ws_next(&ws, fragment, sizeof(fragment), 10, &consumed, &event),
                     RTCIO__WS_ERROR);
    assert_int_equal(event.close_code, 1011);
    assert_true(consumed <= sizeof(fragment));
    rtcio__ws_fini(&ws);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_buffer_keeps_what_it_has),
        cmocka_unit_test(a_json_string_is_written_whole_or_not_at_all),
        cmocka_unit_test(a_map_that_cannot_grow_is_usable),
        cmocka_unit_test(a_body_turns_bad),
        cmocka_unit_test(a_fragment_closes_with_1011),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
