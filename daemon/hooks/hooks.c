/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */

/* The queue of events, from the start to the end. */

#include "internal.h"

#include <stdlib.h>
#include <time.h>

#define T RTCIO__TEXT_FIELD
#define N RTCIO__NUMBER_FIELD

int64_t rtcio__webhooks_unix_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void tell_full(rtcio__webhooks *hooks, int64_t now_ms)
{
    uint64_t suppressed;
    RTCIO__HOOKS_COUNT(hooks, dropped, 1);
    pthread_mutex_lock(&hooks->lock);
    hooks->n_events++; /* the gap tells the backend */
    pthread_mutex_unlock(&hooks->lock);
    if (rtcio__log_gate_pass(&hooks->full_gate, now_ms, &suppressed))
        rtcio__log_line(hooks->log, RTCIO__LOG_ERROR, "hooks.full",
                        T("reason", "the backend is too slow for what is to be told"),
                        N("hooks_queue", hooks->max_bytes), N("suppressed", suppressed));
}

void rtcio__webhooks_tell(rtcio__webhooks *hooks, const rtcio__webhook *hook)
{
    if (hooks == NULL || (hooks->kinds & 1U << hook->kind) == 0)
        return;
    int64_t now_ms = rtcio__webhooks_unix_ms();
    rtcio__webhook_event *event = rtcio__webhook_event_create(hook, now_ms);
    size_t size = event != NULL ? event->size : 0;
    if (event == NULL ||
        __atomic_add_fetch(&hooks->stats.n_bytes, size, __ATOMIC_RELAXED) > hooks->max_bytes) {
        __atomic_sub_fetch(&hooks->stats.n_bytes, size, __ATOMIC_RELAXED);
        free(event);
        tell_full(hooks, now_ms);
        return;
    }
    pthread_mutex_lock(&hooks->lock);
    bool first = hooks->first == NULL;
    event->number = ++hooks->n_events;
    *hooks->end = event;
    hooks->end = &event->next;
    pthread_mutex_unlock(&hooks->lock);
    if (first)
        uv_async_send(&hooks->wake);
}

static void on_wake(uv_async_t *async)
{
    rtcio__webhooks_send(async->data);
}

int rtcio__webhooks_start(rtcio__webhooks *hooks, uv_loop_t *loop)
{
    if (hooks == NULL)
        return 0;
    hooks->loop = loop;
    int rc = uv_async_init(loop, &hooks->wake, on_wake);
    if (rc != 0)
        return rc;
    uv_timer_init(loop, &hooks->timer);
    hooks->wake.data = hooks->timer.data = hooks;
    return rtcio__fetch_open(&hooks->fetch, loop);
}

static void on_late(uv_timer_t *timer)
{
    rtcio__webhooks *hooks = timer->data;
    hooks->late = true;
}

/* What is left in the queue is lost. */
static void lose(rtcio__webhooks *hooks)
{
    unsigned n = hooks->n_batch;
    rtcio__webhooks_drop_batch(hooks);
    while (hooks->first != NULL) {
        rtcio__webhook_event *event = hooks->first;
        hooks->first = event->next;
        free(event);
        n++;
    }
    if (n > 0)
        rtcio__log_line(hooks->log, RTCIO__LOG_ERROR, "hooks.lost",
                        T("reason", "the server has stopped"), N("events", n));
}

void rtcio__webhooks_finish(rtcio__webhooks *hooks)
{
    uv_timer_t end;
    if (hooks == NULL || hooks->fetch == NULL)
        return;
    uv_timer_init(hooks->loop, &end);
    end.data = hooks;
    uv_update_time(hooks->loop);
    uv_timer_start(&end, on_late, RTCIO__HOOKS_FINISH_MS, 0);
    rtcio__webhooks_send(hooks);
    while (hooks->batch != NULL && !hooks->late)
        (void)uv_run(hooks->loop, UV_RUN_ONCE);
    hooks->late = true;
    rtcio__fetch_close(hooks->fetch);
    hooks->fetch = NULL;
    lose(hooks);
    uv_close((uv_handle_t *)&end, NULL);
    uv_close((uv_handle_t *)&hooks->timer, NULL);
    uv_close((uv_handle_t *)&hooks->wake, NULL);
    (void)uv_run(hooks->loop, UV_RUN_NOWAIT); /* `end` is on this stack */
}

void rtcio__webhooks_free(rtcio__webhooks *hooks)
{
    if (hooks == NULL)
        return;
    pthread_mutex_destroy(&hooks->lock);
    free(hooks);
}
