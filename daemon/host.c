/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */

/* Hosts a server in a libuv loop, as any program with a loop of its own would: the public
 * descriptor, timeout and turn are all it needs. */

#include "host.h"

#include <signal.h>
#include <unistd.h>
#include <uv.h>

typedef struct host {
    rtcio_server *server;
    const rtcio__host_hooks *hooks;
    bool stopping;
    uv_loop_t loop;
    uv_poll_t poll;
    uv_timer_t timer;
    uv_prepare_t prepare;
    uv_signal_t sigterm, sigint;
} host;

static void close_handle(uv_handle_t *handle, void *user)
{
    (void)user;
    if (!uv_is_closing(handle))
        uv_close(handle, NULL);
}

static void turn(host *h)
{
    if (rtcio_server_turn(h->server) == 0)
        uv_walk(&h->loop, close_handle, NULL);
}

static void on_poll(uv_poll_t *poll, int status, int events)
{
    (void)status;
    (void)events;
    turn(poll->data);
}

static void on_timer(uv_timer_t *timer)
{
    turn(timer->data);
}

/* Whatever ran in this round may have changed what is due: ask, right before the loop waits. */
static void on_prepare(uv_prepare_t *prepare)
{
    host *h = prepare->data;
    int timeout_ms = rtcio_server_timeout(h->server);
    if (timeout_ms < 0)
        uv_timer_stop(&h->timer);
    else
        uv_timer_start(&h->timer, on_timer, (uint64_t)timeout_ms, 0);
    h->hooks->before_wait(h->hooks->user);
}

static void on_signal(uv_signal_t *handle, int number)
{
    host *h = handle->data;
    if (h->stopping) {
        h->hooks->before_wait(h->hooks->user);
        _exit(1);
    }
    h->stopping = true;
    h->hooks->stopping(number == SIGTERM ? "SIGTERM" : "SIGINT", h->hooks->user);
    rtcio_server_close(h->server);
    turn(h);
}

static int start(host *h)
{
    uv_timer_init(&h->loop, &h->timer);
    uv_prepare_init(&h->loop, &h->prepare);
    uv_signal_init(&h->loop, &h->sigterm);
    uv_signal_init(&h->loop, &h->sigint);
    h->poll.data = h->timer.data = h->prepare.data = h->sigterm.data = h->sigint.data = h;
    int rc = uv_poll_init(&h->loop, &h->poll, rtcio_server_fd(h->server));
    if (rc == 0)
        rc = uv_poll_start(&h->poll, UV_READABLE, on_poll);
    if (rc == 0)
        rc = uv_prepare_start(&h->prepare, on_prepare);
    if (rc == 0)
        rc = uv_signal_start(&h->sigterm, on_signal, SIGTERM);
    if (rc == 0)
        rc = uv_signal_start(&h->sigint, on_signal, SIGINT);
    return rc;
}

int rtcio__host_run(rtcio_server *server, const rtcio__host_hooks *hooks)
{
    host h = {.server = server, .hooks = hooks};
    int rc = uv_loop_init(&h.loop);
    if (rc != 0)
        return rc;
    rc = start(&h);
    if (rc == 0)
        rc = hooks->start(hooks->user);
    if (rc != 0)
        uv_walk(&h.loop, close_handle, NULL);
    uv_run(&h.loop, UV_RUN_DEFAULT);
    uv_loop_close(&h.loop);
    return rc;
}
