/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */

/* One-shot timers for a program that hosts the server in its own poll loop. With several workers
 * that loop is nobody's, and posts what is due to whoever started it. */

#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <time.h>

#include "server.h"

struct timer {
    struct timer *next;
    rtcio_server *server; /* NULL: the main thread's */
    int64_t due;
    void (*fn)(void *arg);
    void *arg;
};

static struct timer *timers; /* the first due first */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static void (*on_start)(void);

static int64_t now_ms(void)
{
    struct timespec ts;
    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

void timers_on_start(void (*fn)(void))
{
    on_start = fn;
}

void timer_start(unsigned ms, void (*fn)(void *arg), void *arg)
{
    struct timer *timer = malloc(sizeof(*timer));
    if (!timer)
        abort();
    *timer = (struct timer){.server = here, .due = now_ms() + ms, .fn = fn, .arg = arg};
    pthread_mutex_lock(&lock);
    struct timer **at = &timers;
    while (*at && (*at)->due <= timer->due)
        at = &(*at)->next;
    timer->next = *at;
    *at = timer;
    pthread_mutex_unlock(&lock);
    if (on_start)
        on_start();
}

int timers_timeout(void)
{
    pthread_mutex_lock(&lock);
    int64_t left = timers ? timers->due - now_ms() : -1;
    bool none = !timers;
    pthread_mutex_unlock(&lock);
    return none ? -1 : left > 0 ? (int)left : 0;
}

static void run(rtcio_server *server, void *arg)
{
    struct timer *timer = arg;
    (void)server;
    timer->fn(timer->arg);
    free(timer);
}

/* The first timer that is due at `until`, taken out; NULL: none. */
static struct timer *take_due(int64_t until)
{
    pthread_mutex_lock(&lock);
    struct timer *timer = timers;
    if (timer && timer->due <= until)
        timers = timer->next;
    else
        timer = NULL;
    pthread_mutex_unlock(&lock);
    return timer;
}

/* Timers of a server that goes before they run are lost with it, but not their memory. */
static void forget(void *timer)
{
    free(timer);
}

void timers_run(void)
{
    int64_t now = now_ms();
    for (struct timer *timer; (timer = take_due(now)) != NULL;) {
        if (timer->server == here)
            run(here, timer);
        else if (rtcio_server_post_take(timer->server, run, forget, timer) != 0)
            abort();
    }
}

void timers_finish(void)
{
    for (struct timer *timer; (timer = take_due(INT64_MAX)) != NULL;)
        run(timer->server, timer);
}
