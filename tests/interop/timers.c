/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */

/* One-shot timers for a program that hosts the server in its own poll loop. Knows nothing of the
 * server. */

#include <stdint.h>
#include <stdlib.h>
#include <time.h>

#include "server.h"

struct timer {
    struct timer *next;
    int64_t due;
    void (*fn)(void *arg);
    void *arg;
};

static struct timer *timers; /* the first due first */

static int64_t now_ms(void)
{
    struct timespec ts;
    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

void timer_start(unsigned ms, void (*fn)(void *arg), void *arg)
{
    struct timer *timer = malloc(sizeof(*timer));
    if (!timer)
        abort();
    *timer = (struct timer){.due = now_ms() + ms, .fn = fn, .arg = arg};
    struct timer **at = &timers;
    while (*at && (*at)->due <= timer->due)
        at = &(*at)->next;
    timer->next = *at;
    *at = timer;
}

int timers_timeout(void)
{
    if (!timers)
        return -1;
    int64_t left = timers->due - now_ms();
    return left > 0 ? (int)left : 0;
}

static void run_first(void)
{
    struct timer *timer = timers;
    timers = timer->next;
    timer->fn(timer->arg);
    free(timer);
}

void timers_run(void)
{
    int64_t now = now_ms();
    while (timers && timers->due <= now)
        run_first();
}

void timers_finish(void)
{
    while (timers)
        run_first();
}
