/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */

/* The hash map and its keyed hash. Owns the bucket table, never the nodes. */

#include "base/hash.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>

#include <rtcio/errors.h>

#include "base/random.h"

#define FIRST_TABLE 4 /* most maps belong to one socket and stay that small */
#define LAST_TABLE  (UINT32_C(1) << 30)

/* Written once, before the first map exists, and only read afterwards. */
static uint64_t secret[4];
static pthread_once_t secret_once = PTHREAD_ONCE_INIT;

static void secret_init(void)
{
    if (rtcio__random(secret, sizeof(secret)) != 0) {
        /* No getrandom (an old kernel, a filter): the 16 random bytes every process is started
         * with are still there. */
        const void *at_random = (const void *)(uintptr_t)getauxval(AT_RANDOM);
        if (at_random != NULL)
            memcpy(secret, at_random, 16);
        secret[2] ^= secret[0] * UINT64_C(0x9e3779b97f4a7c15);
        secret[3] ^= secret[1] * UINT64_C(0xc2b2ae3d27d4eb4f);
    }
    secret[3] |= 1; /* the last factor: a product with an even number would lose bits */
}

/* The two halves of the 128 bit product folded together: every bit of either factor reaches every
 * bit of the result. */
static inline uint64_t mix(uint64_t a, uint64_t b)
{
#ifdef __SIZEOF_INT128__
    unsigned __int128 product = (unsigned __int128)a * b;
    return (uint64_t)product ^ (uint64_t)(product >> 64);
#else
    uint64_t a_hi = a >> 32, a_lo = (uint32_t)a, b_hi = b >> 32, b_lo = (uint32_t)b;
    uint64_t low = a_lo * b_lo, cross = a_hi * b_lo + (low >> 32);
    uint64_t middle = a_lo * b_hi + (uint32_t)cross;
    uint64_t high = a_hi * b_hi + (cross >> 32) + (middle >> 32);
    return (middle << 32 | (uint32_t)low) ^ high;
#endif
}

static inline uint64_t load64(const uint8_t *p)
{
    uint64_t v;
    memcpy(&v, p, sizeof(v));
    return v;
}

static inline uint64_t load32(const uint8_t *p)
{
    uint32_t v;
    memcpy(&v, p, sizeof(v));
    return v;
}

uint64_t rtcio__hash_bytes(const void *data, size_t len)
{
    const uint8_t *p = data;
    uint64_t state = secret[0] ^ (uint64_t)len;
    uint64_t a, b;
    size_t left = len;

    for (; left > 16; left -= 16, p += 16)
        state = mix(load64(p) ^ secret[1], load64(p + 8) ^ state);

    /* The last 1 to 16 bytes as two words, which overlap rather than being gathered bytewise; the
     * length in the state tells apart what overlaps alike. */
    if (left >= 8) {
        a = load64(p);
        b = load64(p + left - 8);
    } else if (left >= 4) {
        a = load32(p);
        b = load32(p + left - 4);
    } else if (left > 0) {
        a = (uint64_t)p[0] << 16 | (uint64_t)p[left / 2] << 8 | p[left - 1];
        b = 0;
    } else {
        a = b = 0;
    }
    return mix(secret[2] ^ mix(a ^ secret[1], b ^ state), secret[3]);
}

void rtcio__hash_init(struct rtcio__hash *h, size_t key_offset, int key_inline)
{
    pthread_once(&secret_once, secret_init);
    *h = (struct rtcio__hash){.key_offset = key_offset, .key_inline = key_inline};
}

void rtcio__hash_fini(struct rtcio__hash *h)
{
    free(h->buckets);
    h->buckets = NULL;
    h->n_buckets = 0;
    h->n_nodes = 0;
}

static const void *key_of(const struct rtcio__hash *h, const struct rtcio__hash_node *node)
{
    const char *at = (const char *)node + h->key_offset;
    if (h->key_inline)
        return at;
    const char *key;
    memcpy(&key, at, sizeof(key));
    return key;
}

static struct rtcio__hash_node **bucket_of(const struct rtcio__hash *h, uint32_t hash)
{
    return &h->buckets[hash & (h->n_buckets - 1)];
}

/* Doubles the table. On failure the old one stays; chains just get longer. */
static void grow(struct rtcio__hash *h)
{
    struct rtcio__hash bigger = *h;

    bigger.n_buckets = h->n_buckets == 0 ? FIRST_TABLE : h->n_buckets * 2;
    bigger.buckets = calloc(bigger.n_buckets, sizeof(*bigger.buckets));
    if (bigger.buckets == NULL)
        return;
    for (uint32_t i = 0; i < h->n_buckets; i++) {
        struct rtcio__hash_node *node = h->buckets[i];
        while (node != NULL) {
            struct rtcio__hash_node *next = node->next;
            struct rtcio__hash_node **bucket = bucket_of(&bigger, node->hash);
            node->next = *bucket;
            *bucket = node;
            node = next;
        }
    }
    free(h->buckets);
    *h = bigger;
}

int rtcio__hash_insert(struct rtcio__hash *h, struct rtcio__hash_node *node, size_t key_len)
{
    if (key_len > UINT32_MAX || h->n_nodes == UINT32_MAX)
        return RTCIO_E_NO_MEMORY;
    if (h->n_nodes >= h->n_buckets && h->n_buckets < LAST_TABLE) {
        grow(h);
        if (h->buckets == NULL)
            return RTCIO_E_NO_MEMORY;
    }

    node->key_len = (uint32_t)key_len;
    node->hash = (uint32_t)rtcio__hash_bytes(key_of(h, node), key_len);
    struct rtcio__hash_node **bucket = bucket_of(h, node->hash);
    node->next = *bucket;
    *bucket = node;
    h->n_nodes++;
    return 0;
}

struct rtcio__hash_node *rtcio__hash_find(const struct rtcio__hash *h, const void *key,
                                          size_t key_len)
{
    if (h->n_nodes == 0)
        return NULL;
    uint32_t hash = (uint32_t)rtcio__hash_bytes(key, key_len);
    for (struct rtcio__hash_node *node = *bucket_of(h, hash); node != NULL; node = node->next) {
        if (node->hash == hash && node->key_len == key_len &&
            (key_len == 0 || memcmp(key_of(h, node), key, key_len) == 0))
            return node;
    }
    return NULL;
}

void rtcio__hash_remove(struct rtcio__hash *h, struct rtcio__hash_node *node)
{
    if (h->n_nodes == 0)
        return;
    for (struct rtcio__hash_node **at = bucket_of(h, node->hash); *at != NULL; at = &(*at)->next) {
        if (*at == node) {
            *at = node->next;
            node->next = NULL;
            h->n_nodes--;
            return;
        }
    }
}

struct rtcio__hash_node *rtcio__hash_next(const struct rtcio__hash *h,
                                          const struct rtcio__hash_node *node)
{
    uint32_t i = 0;

    if (h->n_nodes == 0)
        return NULL;
    if (node != NULL) {
        if (node->next != NULL)
            return node->next;
        i = (node->hash & (h->n_buckets - 1)) + 1;
    }
    for (; i < h->n_buckets; i++) {
        if (h->buckets[i] != NULL)
            return h->buckets[i];
    }
    return NULL;
}
