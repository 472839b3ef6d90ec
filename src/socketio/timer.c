/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */

/* Timers for users of the library, on the loop's wheel. */

#include "socketio/internal.h"

#include <rtcio/timer.h>

#include <stdlib.h>

struct rtcio_timer {
    struct rtcio__list link; /* in server.timers */
    struct rtcio__timer timer;
    rtcio_server *server;
    rtcio_timer_fn fn;
    void *user;
};

static void fire(struct rtcio__timer *timer)
{
    rtcio_timer *t = rtcio__container_of(timer, rtcio_timer, timer);
    t->fn(t, t->user);
}

rtcio_timer *rtcio_timer_create(rtcio_server *server, rtcio_timer_fn fn, void *user)
{
    rtcio_timer *t = calloc(1, sizeof *t);
    if (t == NULL)
        return NULL;
    t->server = server;
    t->fn = fn;
    t->user = user;
    rtcio__timer_init(&t->timer, fire);
    rtcio__list_append(&server->timers, &t->link);
    return t;
}

void rtcio_timer_start(rtcio_timer *timer, uint32_t ms)
{
    struct rtcio__loop *loop = &timer->server->engine.loop;
    rtcio__timer_set(&loop->timers, &timer->timer, rtcio__loop_now(loop) + ms);
}

void rtcio_timer_stop(rtcio_timer *timer)
{
    rtcio__timer_stop(&timer->server->engine.loop.timers, &timer->timer);
}

void rtcio_timer_destroy(rtcio_timer *timer)
{
    if (timer == NULL)
        return;
    rtcio_timer_stop(timer);
    rtcio__list_remove(&timer->link);
    free(timer);
}

void rtcio__user_timers_free(rtcio_server *server)
{
    while (!rtcio__list_empty(&server->timers))
        rtcio_timer_destroy(rtcio__container_of(server->timers.next, rtcio_timer, link));
}
