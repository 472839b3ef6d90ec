/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */

/* The table of addresses. It is bounded: an address without sessions is kept only as long as its
 * bucket says something, and of those only so many; one with sessions costs less than they do. */

#include "engine/crowd.h"

#include "base/hash.h"
#include "base/list.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define N_SHARDS 64  /* a power of two */
#define MAX_IDLE 512 /* entries without sessions in one shard: 32768 in all, of 88 bytes */

/* Bytes of an address that are looked at, behind its family. */
#define KEY_LEN 9

struct entry {
    struct rtcio__hash_node node;
    uint8_t key[KEY_LEN];
    uint32_t n_sessions;
    struct rtcio__list idle; /* in shard.idle while n_sessions is 0 */
    uint64_t at_ms;          /* when `tokens` were counted */
    double tokens;           /* handshakes that may come at once */
};

struct shard {
    pthread_mutex_t lock;
    struct rtcio__hash entries;
    struct rtcio__list idle; /* the one that has waited longest first */
    unsigned n_idle;
};

struct rtcio__crowd {
    int refs;
    struct shard shards[N_SHARDS];
};

struct rtcio__crowd *rtcio__crowd_create(void)
{
    struct rtcio__crowd *crowd = calloc(1, sizeof *crowd);

    if (crowd == NULL)
        return NULL;
    crowd->refs = 1;
    for (size_t i = 0; i < N_SHARDS; i++) {
        struct shard *s = &crowd->shards[i];
        pthread_mutex_init(&s->lock, NULL);
        rtcio__hash_init(&s->entries, offsetof(struct entry, key) - offsetof(struct entry, node),
                         1);
        rtcio__list_init(&s->idle);
    }
    return crowd;
}

struct rtcio__crowd *rtcio__crowd_ref(struct rtcio__crowd *crowd)
{
    __atomic_add_fetch(&crowd->refs, 1, __ATOMIC_RELAXED);
    return crowd;
}

static void free_shard(struct shard *s)
{
    struct rtcio__hash_node *node;

    while ((node = rtcio__hash_next(&s->entries, NULL)) != NULL) {
        rtcio__hash_remove(&s->entries, node);
        free(rtcio__container_of(node, struct entry, node));
    }
    rtcio__hash_fini(&s->entries);
    pthread_mutex_destroy(&s->lock);
}

void rtcio__crowd_unref(struct rtcio__crowd *crowd)
{
    if (crowd == NULL || __atomic_sub_fetch(&crowd->refs, 1, __ATOMIC_ACQ_REL) > 0)
        return;
    for (size_t i = 0; i < N_SHARDS; i++)
        free_shard(&crowd->shards[i]);
    free(crowd);
}

static void make_key(const struct rtcio__address *address, uint8_t key[KEY_LEN])
{
    memset(key, 0, KEY_LEN);
    key[0] = address->family;
    memcpy(key + 1, address->bytes, address->family == 4 ? 4 : 8);
}

/* The shard of a key, locked. */
static struct shard *lock_shard(struct rtcio__crowd *crowd, const uint8_t key[KEY_LEN])
{
    /* Other bits than the shard's own table takes. */
    struct shard *s =
        &crowd->shards[(rtcio__hash_bytes(key, KEY_LEN) >> 40) & (uint64_t)(N_SHARDS - 1)];

    pthread_mutex_lock(&s->lock);
    return s;
}

static struct entry *find(const struct shard *s, const uint8_t key[KEY_LEN])
{
    struct rtcio__hash_node *node = rtcio__hash_find(&s->entries, key, KEY_LEN);

    return node != NULL ? rtcio__container_of(node, struct entry, node) : NULL;
}

static void drop(struct shard *s, struct entry *e)
{
    rtcio__hash_remove(&s->entries, &e->node);
    rtcio__list_remove(&e->idle);
    s->n_idle--;
    free(e);
}

static void rest(struct shard *s, struct entry *e)
{
    rtcio__list_append(&s->idle, &e->idle);
    /* Whose entry is forgotten gets a full bucket: who comes with many addresses can do that to
     * others, and to nobody's harm. */
    if (++s->n_idle > MAX_IDLE)
        drop(s, rtcio__container_of(s->idle.next, struct entry, idle));
}

/* The entry of a key, made if need be, without sessions then. */
static struct entry *need(struct shard *s, const uint8_t key[KEY_LEN])
{
    struct entry *e = find(s, key);

    if (e != NULL)
        return e;
    e = calloc(1, sizeof *e);
    if (e == NULL)
        return NULL;
    memcpy(e->key, key, KEY_LEN);
    rtcio__list_init(&e->idle);
    if (rtcio__hash_insert(&s->entries, &e->node, KEY_LEN) != 0) {
        free(e);
        return NULL;
    }
    rest(s, e);
    return e;
}

/* Takes a handshake off the bucket, unless it is empty. */
static bool take(struct entry *e, uint32_t per_s, uint64_t now_ms)
{
    double burst = (double)per_s * RTCIO__CROWD_BURST_S;
    double tokens = burst;

    if (e->at_ms != 0) {
        /* Each engine has a clock of its own turns. */
        uint64_t passed = now_ms > e->at_ms ? now_ms - e->at_ms : 0;
        tokens = e->tokens + (double)passed * per_s / 1000;
        if (tokens > burst)
            tokens = burst;
    }
    if (e->at_ms < now_ms)
        e->at_ms = now_ms;
    e->tokens = tokens >= 1 ? tokens - 1 : tokens;
    return tokens >= 1;
}

enum rtcio__crowd_verdict rtcio__crowd_ask(struct rtcio__crowd *crowd,
                                           const struct rtcio__address *address,
                                           uint32_t max_sessions, uint32_t per_s, uint64_t now_ms)
{
    enum rtcio__crowd_verdict verdict = RTCIO__CROWD_WELCOME;
    uint8_t key[KEY_LEN];

    make_key(address, key);
    struct shard *s = lock_shard(crowd, key);
    struct entry *e = per_s != 0 ? need(s, key) : find(s, key);
    if (e != NULL && max_sessions != 0 && e->n_sessions >= max_sessions)
        verdict = RTCIO__CROWD_FULL;
    else if (e != NULL && per_s != 0 && !take(e, per_s, now_ms))
        verdict = RTCIO__CROWD_FAST;
    pthread_mutex_unlock(&s->lock);
    return verdict;
}

bool rtcio__crowd_enter(struct rtcio__crowd *crowd, const struct rtcio__address *address)
{
    uint8_t key[KEY_LEN];

    make_key(address, key);
    struct shard *s = lock_shard(crowd, key);
    struct entry *e = need(s, key);
    if (e != NULL && e->n_sessions++ == 0) {
        rtcio__list_remove(&e->idle);
        s->n_idle--;
    }
    pthread_mutex_unlock(&s->lock);
    return e != NULL;
}

void rtcio__crowd_leave(struct rtcio__crowd *crowd, const struct rtcio__address *address)
{
    uint8_t key[KEY_LEN];

    make_key(address, key);
    struct shard *s = lock_shard(crowd, key);
    struct entry *e = find(s, key);
    if (e != NULL && --e->n_sessions == 0)
        rest(s, e);
    pthread_mutex_unlock(&s->lock);
}

size_t rtcio__crowd_size(struct rtcio__crowd *crowd)
{
    size_t n = 0;

    for (size_t i = 0; i < N_SHARDS; i++) {
        pthread_mutex_lock(&crowd->shards[i].lock);
        n += crowd->shards[i].entries.n_nodes;
        pthread_mutex_unlock(&crowd->shards[i].lock);
    }
    return n;
}
