/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */
#ifndef RTCIO_SIGNALING_LIMITS_H
#define RTCIO_SIGNALING_LIMITS_H

/* Token buckets, and one for each address that has failed lately, in bounded memory. Knows no
 * sockets; time comes from the caller. */

#include <rtcio/types.h>

/* Zeroed memory is a full bucket. Small, for there is one in every peer. */
typedef struct rtcio__signaling_bucket {
    uint32_t at_ms; /* when `tokens` was right, modulo 49 days; 0: never touched, so full */
    float tokens;
} rtcio__signaling_bucket;

/* Takes a token if there is one. `now_ms` never goes back and is never 0. */
bool rtcio__signaling_bucket_take(rtcio__signaling_bucket *bucket, double per_ms, double burst,
                                  int64_t now_ms);

/* Takes a token in any case. @return how many ms it takes until there is one again, 0: there is */
uint32_t rtcio__signaling_bucket_pay(rtcio__signaling_bucket *bucket, double per_ms, double burst,
                                     int64_t now_ms);

/* Failures of addresses. */
typedef struct rtcio__signaling_failures rtcio__signaling_failures;

/* `per_minute` failures at once, and again as they age. NULL when memory or entropy is short. */
rtcio__signaling_failures *rtcio__signaling_failures_create(unsigned per_minute);
/* Another limit from now on. */
void rtcio__signaling_failures_limit(rtcio__signaling_failures *failures, unsigned per_minute);
void rtcio__signaling_failures_destroy(rtcio__signaling_failures *failures);
/* True if the address has used up its failures. */
bool rtcio__signaling_failures_spent(const rtcio__signaling_failures *failures, const char *address,
                                     int64_t now_ms);
/* Counts one. */
void rtcio__signaling_failures_add(rtcio__signaling_failures *failures, const char *address,
                                   int64_t now_ms);

/* What is counted as one: an IPv4 address, or the /64 of an IPv6 address, for whoever has one
 * address there has them all. */
uint64_t rtcio__signaling_address_key(const char *address);

/* Monotonic time in ms, never 0. */
int64_t rtcio__signaling_now_ms(void);

#endif
