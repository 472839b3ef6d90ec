/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */
#ifndef RTCIO_NET_TIMER_H
#define RTCIO_NET_TIMER_H

/* Timers: a hierarchical wheel with ticks of one millisecond. Adding, moving and removing a timer
 * costs the same whatever their number; the wheel reads no clock of its own. */

#include "base/list.h"

#include <stdbool.h>
#include <stdint.h>

#define RTCIO__TIMER_LEVELS 5
#define RTCIO__TIMER_SLOTS  64

struct rtcio__timer {
    struct rtcio__list link;
    uint64_t due; /* ms */
    void (*fire)(struct rtcio__timer *timer);
};

struct rtcio__timers {
    uint64_t now; /* everything due up to here has fired */
    uint64_t used[RTCIO__TIMER_LEVELS];
    struct rtcio__list slot[RTCIO__TIMER_LEVELS][RTCIO__TIMER_SLOTS];
};

void rtcio__timers_init(struct rtcio__timers *t, uint64_t now);

static inline void rtcio__timer_init(struct rtcio__timer *timer,
                                     void (*fire)(struct rtcio__timer *timer))
{
    rtcio__list_init(&timer->link);
    timer->due = 0;
    timer->fire = fire;
}

static inline bool rtcio__timer_active(const struct rtcio__timer *timer)
{
    return !rtcio__list_empty(&timer->link);
}

/* (Re)arms the timer for `due` ms, but never for the tick that is running or past. */
void rtcio__timer_set(struct rtcio__timers *t, struct rtcio__timer *timer, uint64_t due);
/* Disarms; harmless when it is not armed. */
void rtcio__timer_stop(struct rtcio__timers *t, struct rtcio__timer *timer);
/* Fires all that is due at `now`; callbacks may add and remove timers. */
void rtcio__timers_advance(struct rtcio__timers *t, uint64_t now);
/* The time of the next thing to do, UINT64_MAX if there is none. Never later than the earliest due
 * time, but may be earlier (a slot to be spread over finer ones). */
uint64_t rtcio__timers_next(const struct rtcio__timers *t);

#endif
