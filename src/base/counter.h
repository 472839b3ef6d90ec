/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */
#ifndef RTCIO_BASE_COUNTER_H
#define RTCIO_BASE_COUNTER_H

/* A number that one thread changes and any thread may read: one more than a plain add costs, and no
 * locked instruction. What two counters say need not fit together to the last unit. */

#include <stdint.h>

struct rtcio__counter {
    uint64_t n;
};

static inline uint64_t rtcio__counter_get(const struct rtcio__counter *c)
{
    return __atomic_load_n(&c->n, __ATOMIC_RELAXED);
}

static inline void rtcio__counter_add(struct rtcio__counter *c, uint64_t n)
{
    __atomic_store_n(&c->n, rtcio__counter_get(c) + n, __ATOMIC_RELAXED);
}

static inline void rtcio__counter_sub(struct rtcio__counter *c, uint64_t n)
{
    rtcio__counter_add(c, 0 - n);
}

#endif
