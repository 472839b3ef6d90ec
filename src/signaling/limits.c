/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */

/* Token buckets, and the table of addresses that failed. The table has a fixed size: whoever
 * comes with many addresses pushes others out of one set of it, never makes it grow. */

#include "signaling/limits.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

#define N_SETS 512 /* a power of two; with the ways below 4096 addresses in 96 KiB */
#define N_WAYS 8

typedef struct way {
    uint64_t key;
    rtcio__signaling_bucket bucket; /* untouched: the way is free */
} way;

struct rtcio__signaling_failures {
    uint64_t seed;
    double per_ms, burst;
    way sets[N_SETS][N_WAYS];
};

static double tokens_at(const rtcio__signaling_bucket *bucket, double per_ms, double burst,
                        int64_t now_ms)
{
    if (bucket->at_ms == 0)
        return burst;
    double tokens = bucket->tokens + (double)((uint32_t)now_ms - bucket->at_ms) * per_ms;
    return tokens < burst ? tokens : burst;
}

static void note(rtcio__signaling_bucket *bucket, double tokens, int64_t now_ms)
{
    bucket->tokens = (float)tokens;
    bucket->at_ms = (uint32_t)now_ms;
    if (bucket->at_ms == 0)
        bucket->at_ms = UINT32_MAX; /* a moment ago, and not untouched */
}

bool rtcio__signaling_bucket_take(rtcio__signaling_bucket *bucket, double per_ms, double burst,
                                  int64_t now_ms)
{
    double tokens = tokens_at(bucket, per_ms, burst, now_ms);
    bool taken = tokens >= 1;
    note(bucket, taken ? tokens - 1 : tokens, now_ms);
    return taken;
}

uint32_t rtcio__signaling_bucket_pay(rtcio__signaling_bucket *bucket, double per_ms, double burst,
                                     int64_t now_ms)
{
    double tokens = tokens_at(bucket, per_ms, burst, now_ms) - 1;
    note(bucket, tokens, now_ms);
    return tokens < 1 ? (uint32_t)((1 - tokens) / per_ms) + 1 : 0;
}

rtcio__signaling_failures *rtcio__signaling_failures_create(unsigned per_minute)
{
    rtcio__signaling_failures *failures = calloc(1, sizeof *failures);
    if (failures == NULL)
        return NULL;
    /* Without a secret the set of an address could be computed, and its failures pushed out. */
    if (getrandom(&failures->seed, sizeof failures->seed, 0) != sizeof failures->seed) {
        free(failures);
        return NULL;
    }
    rtcio__signaling_failures_limit(failures, per_minute);
    return failures;
}

void rtcio__signaling_failures_limit(rtcio__signaling_failures *failures, unsigned per_minute)
{
    failures->burst = per_minute;
    failures->per_ms = per_minute / 60000.0;
}

void rtcio__signaling_failures_destroy(rtcio__signaling_failures *failures)
{
    free(failures);
}

uint64_t rtcio__signaling_address_key(const char *address)
{
    char text[INET6_ADDRSTRLEN];
    size_t len = strcspn(address, "%"); /* a zone, as in fe80::1%eth0 */
    if (len >= sizeof text)
        return 0;
    memcpy(text, address, len);
    text[len] = '\0';

    /* IPv4 takes 0:ffff::/32 of the /64 prefixes, which is not a routed part of IPv6. */
    const uint64_t v4 = UINT64_C(0x0000ffff) << 32;
    unsigned char bytes[16];
    if (inet_pton(AF_INET, text, bytes) == 1)
        return v4 | (uint64_t)bytes[0] << 24 | (uint64_t)bytes[1] << 16 | (uint64_t)bytes[2] << 8 |
               bytes[3];
    if (inet_pton(AF_INET6, text, bytes) != 1)
        return 0;
    static const unsigned char mapped[12] = {[10] = 0xff, [11] = 0xff};
    if (memcmp(bytes, mapped, sizeof mapped) == 0)
        return v4 | (uint64_t)bytes[12] << 24 | (uint64_t)bytes[13] << 16 |
               (uint64_t)bytes[14] << 8 | bytes[15];
    uint64_t key = 0;
    for (int i = 0; i < 8; i++)
        key = key << 8 | bytes[i];
    return key;
}

static size_t set_of(uint64_t key, uint64_t seed)
{
    uint64_t x = key ^ seed;
    x = (x ^ x >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ x >> 27) * UINT64_C(0x94d049bb133111eb) ^ seed;
    return (size_t)((x ^ x >> 31) & (N_SETS - 1));
}

bool rtcio__signaling_failures_spent(const rtcio__signaling_failures *failures, const char *address,
                                     int64_t now_ms)
{
    uint64_t key = rtcio__signaling_address_key(address);
    const way *set = failures->sets[set_of(key, failures->seed)];
    for (size_t i = 0; i < N_WAYS; i++) {
        if (set[i].bucket.at_ms != 0 && set[i].key == key)
            return tokens_at(&set[i].bucket, failures->per_ms, failures->burst, now_ms) < 1;
    }
    return false;
}

void rtcio__signaling_failures_add(rtcio__signaling_failures *failures, const char *address,
                                   int64_t now_ms)
{
    uint64_t key = rtcio__signaling_address_key(address);
    way *set = failures->sets[set_of(key, failures->seed)], *chosen = &set[0];
    double most = -1;
    for (size_t i = 0; i < N_WAYS; i++) {
        if (set[i].bucket.at_ms != 0 && set[i].key == key) {
            chosen = &set[i];
            most = -1;
            break;
        }
        double tokens = tokens_at(&set[i].bucket, failures->per_ms, failures->burst, now_ms);
        if (tokens > most) {
            most = tokens;
            chosen = &set[i];
        }
    }
    if (most >= 0) /* a stranger takes the place of who has the least to answer for */
        *chosen = (way){.key = key};
    (void)rtcio__signaling_bucket_take(&chosen->bucket, failures->per_ms, failures->burst, now_ms);
}

int64_t rtcio__signaling_now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000 + 1;
}
