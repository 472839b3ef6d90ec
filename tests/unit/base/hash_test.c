/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */

/* The hash map and its hash. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "base/hash.h"

struct item {
    int value;
    struct rtcio__hash_node node;
    char key[24];
};

struct ref_item {
    struct rtcio__hash_node node;
    const char *key;
};

static void init(struct rtcio__hash *map)
{
    rtcio__hash_init(map, offsetof(struct item, key) - offsetof(struct item, node), 1);
}

static struct item *item_of(struct rtcio__hash_node *node)
{
    return node != NULL ? (struct item *)((char *)node - offsetof(struct item, node)) : NULL;
}

static struct item *find(const struct rtcio__hash *map, const char *key)
{
    return item_of(rtcio__hash_find(map, key, strlen(key)));
}

static void an_empty_map_answers(void **state)
{
    (void)state;
    struct rtcio__hash map;
    struct item stranger = {.key = "x"};

    init(&map);
    assert_null(map.buckets);
    assert_null(find(&map, "x"));
    assert_null(find(&map, ""));
    assert_null(rtcio__hash_next(&map, NULL));
    rtcio__hash_remove(&map, &stranger.node);
    rtcio__hash_fini(&map);
    rtcio__hash_fini(&map);
}

static void inserts_finds_removes(void **state)
{
    (void)state;
    enum { N = 5000 };
    static struct item item[N];
    struct rtcio__hash map;

    init(&map);
    for (int i = 0; i < N; i++) {
        item[i].value = i;
        snprintf(item[i].key, sizeof(item[i].key), "key-%d", i);
        assert_null(find(&map, item[i].key));
        assert_int_equal(rtcio__hash_insert(&map, &item[i].node, strlen(item[i].key)), 0);
        assert_ptr_equal(find(&map, item[i].key), &item[i]);
        assert_true(map.n_nodes <= map.n_buckets); /* load factor 1 */
        assert_true((map.n_buckets & (map.n_buckets - 1)) == 0);
    }
    assert_int_equal(map.n_nodes, N);
    assert_int_equal(map.n_buckets, 8192);

    for (int i = 0; i < N; i += 3) {
        rtcio__hash_remove(&map, &item[i].node);
        rtcio__hash_remove(&map, &item[i].node); /* harmless twice */
    }
    for (int i = 0; i < N; i++)
        assert_ptr_equal(find(&map, item[i].key), i % 3 == 0 ? NULL : &item[i]);
    for (int i = 0; i < N; i += 3)
        assert_int_equal(rtcio__hash_insert(&map, &item[i].node, strlen(item[i].key)), 0);
    for (int i = 0; i < N; i++)
        assert_ptr_equal(find(&map, item[i].key), &item[i]);
    rtcio__hash_fini(&map);
}

static void iterates_over_each_node_once(void **state)
{
    (void)state;
    enum { N = 777 };
    static struct item item[N];
    int seen[N] = {0};
    struct rtcio__hash map;

    init(&map);
    for (int i = 0; i < N; i++) {
        item[i].value = i;
        snprintf(item[i].key, sizeof(item[i].key), "%d", i);
        assert_int_equal(rtcio__hash_insert(&map, &item[i].node, strlen(item[i].key)), 0);
    }
    struct rtcio__hash_node *node = NULL;
    while ((node = rtcio__hash_next(&map, node)) != NULL)
        seen[item_of(node)->value]++;
    for (int i = 0; i < N; i++)
        assert_int_equal(seen[i], 1);

    /* Everything may go on the way, as long as the next node was asked for first. */
    int n = 0;
    for (node = rtcio__hash_next(&map, NULL); node != NULL; n++) {
        struct rtcio__hash_node *next = rtcio__hash_next(&map, node);
        rtcio__hash_remove(&map, node);
        node = next;
    }
    assert_int_equal(n, N);
    assert_int_equal(map.n_nodes, 0);
    assert_null(rtcio__hash_next(&map, NULL));
    rtcio__hash_fini(&map);
}

static void keys_are_bytes_with_a_length(void **state)
{
    (void)state;
    static struct item item[4];
    static const struct {
        const char *key;
        size_t len;
    } keys[4] = {{"", 0}, {"\0", 1}, {"a\0b", 3}, {"a\0c", 3}};
    struct rtcio__hash map;

    init(&map);
    for (int i = 0; i < 4; i++) {
        memcpy(item[i].key, keys[i].key, keys[i].len);
        assert_int_equal(rtcio__hash_insert(&map, &item[i].node, keys[i].len), 0);
    }
    for (int i = 0; i < 4; i++)
        assert_ptr_equal(rtcio__hash_find(&map, keys[i].key, keys[i].len), &item[i].node);
    assert_ptr_equal(rtcio__hash_find(&map, NULL, 0), &item[0].node);
    assert_null(rtcio__hash_find(&map, "a", 1));
    assert_null(rtcio__hash_find(&map, "a\0", 2));
    rtcio__hash_fini(&map);
}

static void keys_may_stand_elsewhere(void **state)
{
    (void)state;
    struct rtcio__hash map;
    struct ref_item a = {.key = "somewhere"}, b = {.key = "else"};

    rtcio__hash_init(&map, offsetof(struct ref_item, key), 0);
    assert_int_equal(rtcio__hash_insert(&map, &a.node, strlen(a.key)), 0);
    assert_int_equal(rtcio__hash_insert(&map, &b.node, strlen(b.key)), 0);
    assert_ptr_equal(rtcio__hash_find(&map, "somewhere", 9), &a.node);
    assert_ptr_equal(rtcio__hash_find(&map, "else", 4), &b.node);
    assert_null(rtcio__hash_find(&map, "some", 4));
    rtcio__hash_fini(&map);
}

/* Keys are compared even where their hashes agree, which is arranged here: "abc" is made to pass
 * for the other in a map of which it has the right bucket. */
static void equal_hashes_do_not_make_equal_keys(void **state)
{
    (void)state;
    static const char *const others[] = {"ab", "abd", "abcd", ""};
    struct rtcio__hash map;

    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
        struct item item = {.key = "abc"};
        size_t len = strlen(others[i]);
        init(&map);
        assert_int_equal(rtcio__hash_insert(&map, &item.node, 3), 0);
        rtcio__hash_remove(&map, &item.node);
        item.node.hash = (uint32_t)rtcio__hash_bytes(others[i], len);
        map.buckets[item.node.hash & (map.n_buckets - 1)] = &item.node;
        map.n_nodes = 1;
        assert_null(rtcio__hash_find(&map, others[i], len));
        rtcio__hash_fini(&map);
    }
}

static void any_bit_of_any_key_changes_the_hash(void **state)
{
    (void)state;
    struct rtcio__hash map;
    uint8_t key[80];

    init(&map); /* takes the secret */
    for (size_t i = 0; i < sizeof(key); i++)
        key[i] = (uint8_t)(i * 31);
    for (size_t len = 1; len <= sizeof(key); len++) {
        uint64_t hash = rtcio__hash_bytes(key, len);
        assert_true(hash == rtcio__hash_bytes(key, len));
        assert_true(hash != rtcio__hash_bytes(key, len - 1));
        for (size_t bit = 0; bit < 8 * len; bit++) {
            key[bit / 8] ^= (uint8_t)(1u << bit % 8);
            assert_true(hash != rtcio__hash_bytes(key, len));
            key[bit / 8] ^= (uint8_t)(1u << bit % 8);
        }
    }
    rtcio__hash_fini(&map);
}

/* Keys as they are: identifiers with a counter at the end, and keys that differ in few bits. A
 * fair hash fills 1 - 1/e of the buckets when there are as many keys. */
static void buckets_fill_evenly(void **state)
{
    (void)state;
    enum { N = 1 << 14 };
    static uint8_t low[N], high[N];
    struct rtcio__hash map;
    unsigned n_low = 0, n_high = 0;

    init(&map);
    for (unsigned i = 0; i < N; i++) {
        char key[21] = "AAAAAAAAAAAAAAAA";
        for (int k = 0; k < 4; k++)
            key[16 + k] = (char)('A' + (i >> 4 * k & 15));
        uint64_t hash = rtcio__hash_bytes(key, 20);
        low[hash % N] = 1;
        high[hash >> 18 & (N - 1)] = 1; /* the top of the 32 bits that are kept */
    }
    for (unsigned i = 0; i < N; i++) {
        n_low += low[i];
        n_high += high[i];
    }
    /* 10357 expected, standard deviation below 40. */
    assert_in_range(n_low, 10357 - 400, 10357 + 400);
    assert_in_range(n_high, 10357 - 400, 10357 + 400);
    rtcio__hash_fini(&map);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_empty_map_answers),
        cmocka_unit_test(inserts_finds_removes),
        cmocka_unit_test(iterates_over_each_node_once),
        cmocka_unit_test(keys_are_bytes_with_a_length),
        cmocka_unit_test(keys_may_stand_elsewhere),
        cmocka_unit_test(equal_hashes_do_not_make_equal_keys),
        cmocka_unit_test(any_bit_of_any_key_changes_the_hash),
        cmocka_unit_test(buckets_fill_evenly),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
