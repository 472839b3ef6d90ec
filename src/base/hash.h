/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */
#ifndef RTCIO_BASE_HASH_H
#define RTCIO_BASE_HASH_H

/* An intrusive hash map with byte strings as keys. Nodes live inside their owners; the map never
 * allocates for an insertion except to grow its table, and survives a failed growth. The hash
 * is keyed with a per-process secret, so that peers cannot choose colliding keys. */

#include <stddef.h>
#include <stdint.h>

struct rtcio__hash_node {
    struct rtcio__hash_node *next; /* struct rtcio__hash_node, same bucket */
    uint32_t hash;
    uint32_t key_len;
};

struct rtcio__hash {
    struct rtcio__hash_node **buckets; /* power of two, NULL until the first insertion */
    uint32_t n_buckets;
    uint32_t n_nodes;
    size_t key_offset; /* from the node to the key: */
    int key_inline;    /* 1: the key's bytes stand there; 0: a const char * to them */
};

/* 64 bit hash of a byte string. Fast for short keys. */
uint64_t rtcio__hash_bytes(const void *data, size_t len);

void rtcio__hash_init(struct rtcio__hash *h, size_t key_offset, int key_inline);
/* Frees the table; nodes are the owners'. */
void rtcio__hash_fini(struct rtcio__hash *h);
/* Inserts a node whose key is in place. The key must not be in the map.
 * 0 or RTCIO_E_NO_MEMORY (only possible for the very first table). */
int rtcio__hash_insert(struct rtcio__hash *h, struct rtcio__hash_node *node, size_t key_len);
struct rtcio__hash_node *rtcio__hash_find(const struct rtcio__hash *h, const void *key,
                                          size_t key_len);
void rtcio__hash_remove(struct rtcio__hash *h, struct rtcio__hash_node *node);
/* Iteration: start with NULL; the returned node may be removed before the next call only if the
 * next node was asked for first. Returns NULL at the end. */
struct rtcio__hash_node *rtcio__hash_next(const struct rtcio__hash *h,
                                          const struct rtcio__hash_node *node);

#endif
