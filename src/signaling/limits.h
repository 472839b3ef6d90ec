/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */
#ifndef RTCIO_SIGNALING_LIMITS_H
#define RTCIO_SIGNALING_LIMITS_H

/* Token buckets, and one for each address that has failed lately, in bounded memory. Knows no
 * sockets; time comes from the caller. */

#include <rtcio/types.h>

/* Zeroed memory is a full bucket. */
typedef struct rtcio__bucket {
    int64_t at_ms; /* when `tokens` was right; 0: never touched, so full */
    double tokens;
} rtcio__bucket;

/* Takes a token if there is one. `now_ms` never goes back and is never 0. */
bool rtcio__bucket_take(rtcio__bucket *bucket, double per_ms, double burst, int64_t now_ms);

/* Failures of addresses. */
typedef struct rtcio__failures rtcio__failures;

/* `per_minute` failures at once, and again as they age. NULL when memory or entropy is short. */
rtcio__failures *rtcio__failures_create(unsigned per_minute);
void rtcio__failures_destroy(rtcio__failures *failures);
/* True if the address has used up its failures. */
bool rtcio__failures_spent(const rtcio__failures *failures, const char *address, int64_t now_ms);
/* Counts one. */
void rtcio__failures_add(rtcio__failures *failures, const char *address, int64_t now_ms);

/* What is counted as one: an IPv4 address, or the /64 of an IPv6 address, for whoever has one
 * address there has them all. */
uint64_t rtcio__address_key(const char *address);

/* Monotonic time in ms, never 0. */
int64_t rtcio__now_ms(void);

#endif
