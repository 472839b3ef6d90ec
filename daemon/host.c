/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */

/* The main thread's loop. It knows no server. */

#include "host.h"

#include <signal.h>
#include <unistd.h>

static void on_wake(uv_async_t *async)
{
    const rtcio__host *host = async->data;
    host->hooks.woken(host->hooks.user);
}

static void on_end(uv_poll_t *poll, int status, int events)
{
    (void)status;
    (void)events;
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
    uv_signal_init(&host->loop, &host->sigterm);
    uv_signal_init(&host->loop, &host->sigint);
    uv_signal_init(&host->loop, &host->sighup);
    host->wake.data = host->sigterm.data = host->sigint.data = host->sighup.data = host;
    rc = uv_async_init(&host->loop, &host->wake, on_wake);
    if (rc == 0)
        rc = uv_signal_start(&host->sigterm, on_signal, SIGTERM);
    if (rc == 0)
        rc = uv_signal_start(&host->sigint, on_signal, SIGINT);
    if (rc == 0)
        rc = uv_signal_start(&host->sighup, on_sighup, SIGHUP);
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
