/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */

/* Keys are compared by their digests: equal in length, and what differs first tells nothing. */

#include "key.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>

#include "config/config.h"

static bool digest_of(const char *key, size_t len, unsigned char out[32])
{
    unsigned n = 32;
    return EVP_Digest(key, len, out, &n, EVP_sha256(), NULL) == 1 && n == 32;
}

bool rtcio__keys_read(rtcio__keys *keys, const char *list)
{
    const char *key;
    size_t len;
    bool good = true;

    keys->n = 0;
    while (rtcio__list_next(&list, &key, &len)) {
        if (keys->n == RTCIO__MAX_KEYS || len < RTCIO__MIN_KEY ||
            !digest_of(key, len, keys->digest[keys->n]))
            good = false;
        else
            keys->n++;
    }
    return good;
}

bool rtcio__keys_have(const rtcio__keys *keys, const char *key, size_t len)
{
    unsigned char digest[32];
    int found = 0;

    if (!digest_of(key, len, digest))
        return false;
    for (size_t i = 0; i < keys->n; i++)
        found |= CRYPTO_memcmp(digest, keys->digest[i], sizeof digest) == 0;
    return found != 0;
}

void rtcio__key_failures_init(rtcio__key_failures *failures)
{
    memset(failures, 0, sizeof *failures);
    pthread_mutex_init(&failures->lock, NULL);
}

/* The address's place, or the one that has been quiet for longest. */
static size_t place_of(const rtcio__key_failures *failures, const char *address)
{
    size_t oldest = 0;

    for (size_t i = 0; i < RTCIO__KEY_ADDRESSES; i++) {
        if (strcmp(failures->list[i].address, address) == 0)
            return i;
        if (failures->list[i].owed_until_ms < failures->list[oldest].owed_until_ms)
            oldest = i;
    }
    return oldest;
}

int64_t rtcio__key_failures_wait(rtcio__key_failures *failures, const char *address, int64_t now_ms)
{
    pthread_mutex_lock(&failures->lock);
    size_t i = place_of(failures, address);
    int64_t wait = 0;
    if (strcmp(failures->list[i].address, address) == 0)
        wait = failures->list[i].owed_until_ms - now_ms -
               (int64_t)(RTCIO__KEY_BURST - 1) * RTCIO__KEY_EVERY_MS;
    pthread_mutex_unlock(&failures->lock);
    return wait > 0 ? wait : 0;
}

void rtcio__key_failures_add(rtcio__key_failures *failures, const char *address, int64_t now_ms)
{
    pthread_mutex_lock(&failures->lock);
    size_t i = place_of(failures, address);
    if (strcmp(failures->list[i].address, address) != 0) {
        snprintf(failures->list[i].address, sizeof failures->list[i].address, "%s", address);
        failures->list[i].owed_until_ms = now_ms;
    }
    int64_t from = failures->list[i].owed_until_ms;
    failures->list[i].owed_until_ms = (from > now_ms ? from : now_ms) + RTCIO__KEY_EVERY_MS;
    pthread_mutex_unlock(&failures->lock);
}
