/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */

/* The main thread's loop. It knows no server. */

#include "host.h"

#include <signal.h>
#include <unistd.h>

#define PAUSE_MS 2 /* from one call of `woken` to the next */

static void call_woken(rtcio__host *host)
{
    host->woken_ms = uv_now(&host->loop);
    host->hooks.woken(host->hooks.user);
}

static void on_pause_over(uv_timer_t *timer)
{
    call_woken(timer->data);
}

/* Servers that are busy wake for thousands of lines of the log in a second: each would cost two
 * switches of the processor, and a call to write what could have left with the next. */
static void on_wake(uv_async_t *async)
{
    rtcio__host *host = async->data;
    uint64_t passed = uv_now(&host->loop) - host->woken_ms;
    if (passed >= PAUSE_MS)
        call_woken(host);
    else if (!uv_is_active((const uv_handle_t *)&host->pause))
        uv_timer_start(&host->pause, on_pause_over, PAUSE_MS - passed, 0);
}

static void on_end(uv_poll_t *poll, int status, int events)
{
    (void)status;
    (void)events;
    uv_poll_stop(poll); /* the loop may be run once more for what is left */
    uv_stop(poll->loop);
}

static void on_signal(uv_signal_t *handle, int number)
{
    rtcio__host *host = handle->data;
    if (host->stopping) {
        host->hooks.woken(host->hooks.user);
        _exit(1);
    }
    host->stopping = true;
    host->hooks.stopping(number == SIGTERM ? "SIGTERM" : "SIGINT", host->hooks.user);
}

static void on_sighup(uv_signal_t *handle, int number)
{
    const rtcio__host *host = handle->data;
    (void)number;
    host->hooks.reloading(host->hooks.user);
}

static void on_sigusr1(uv_signal_t *handle, int number)
{
    const rtcio__host *host = handle->data;
    (void)number;
    host->hooks.draining(host->hooks.user);
}

static void on_watchdog(uv_timer_t *timer)
{
    const rtcio__host *host = timer->data;
    host->hooks.alive(host->hooks.user);
}

static void close_handle(uv_handle_t *handle, void *user)
{
    (void)user;
    if (!uv_is_closing(handle))
        uv_close(handle, NULL);
}

int rtcio__host_init(rtcio__host *host, const rtcio__host_hooks *hooks)
{
    *host = (rtcio__host){.hooks = *hooks};
    int rc = uv_loop_init(&host->loop);
    if (rc != 0)
        return rc;
    uv_timer_init(&host->loop, &host->watchdog);
    host->watchdog.data = host;
    uv_signal_init(&host->loop, &host->sigterm);
    uv_signal_init(&host->loop, &host->sigint);
    uv_signal_init(&host->loop, &host->sighup);
    uv_timer_init(&host->loop, &host->pause);
    host->pause.data = host->wake.data = host->sigterm.data = host->sigint.data =
        host->sighup.data = host;
    uv_signal_init(&host->loop, &host->sigusr1);
    host->sigusr1.data = host;
    rc = uv_async_init(&host->loop, &host->wake, on_wake);
    if (rc == 0)
        rc = uv_signal_start(&host->sigterm, on_signal, SIGTERM);
    if (rc == 0)
        rc = uv_signal_start(&host->sigint, on_signal, SIGINT);
    if (rc == 0)
        rc = uv_signal_start(&host->sighup, on_sighup, SIGHUP);
    if (rc == 0)
        rc = uv_signal_start(&host->sigusr1, on_sigusr1, SIGUSR1);
    if (rc == 0 && hooks->watchdog_ms > 0)
        rc = uv_timer_start(&host->watchdog, on_watchdog, hooks->watchdog_ms, hooks->watchdog_ms);
    if (rc != 0)
        rtcio__host_fini(host);
    return rc;
}

int rtcio__host_run(rtcio__host *host, int end_fd)
{
    int rc = uv_poll_init(&host->loop, &host->end, end_fd);
    if (rc == 0)
        rc = uv_poll_start(&host->end, UV_READABLE, on_end);
    if (rc == 0)
        uv_run(&host->loop, UV_RUN_DEFAULT);
    return rc;
}

void rtcio__host_fini(rtcio__host *host)
{
    uv_walk(&host->loop, close_handle, NULL);
    uv_run(&host->loop, UV_RUN_DEFAULT);
    uv_loop_close(&host->loop);
}

void rtcio__host_wake(rtcio__host *host)
{
    uv_async_send(&host->wake);
}
