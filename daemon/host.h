/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */
#ifndef RTCIO_DAEMON_HOST_H
#define RTCIO_DAEMON_HOST_H

/* The main thread's libuv loop: signals, and whatever is not hot. Servers run on threads of their
 * own, in the library's loop (docs/decisions/0005-hosting.md), and reach this one by
 * rtcio__host_wake(). */

#include <stdbool.h>
#include <uv.h>

typedef struct rtcio__host_hooks {
    /* After rtcio__host_wake(), of which several may become one call: at once, or some milliseconds
     * after the call before. */
    void (*woken)(void *user);
    /* SIGHUP. */
    void (*reloading)(void *user);
    /* SIGUSR1. */
    void (*draining)(void *user);
    /* The first SIGTERM or SIGINT: begins what ends rtcio__host_run(). */
    void (*stopping)(const char *signal_name, void *user);
    /* Every watchdog_ms, 0: never. */
    void (*alive)(void *user);
    uint64_t watchdog_ms;
    void *user;
} rtcio__host_hooks;

typedef struct rtcio__host {
    rtcio__host_hooks hooks;
    bool stopping;
    uv_loop_t loop;
    uv_async_t wake;
    uv_timer_t pause;  /* between two calls of `woken` */
    uint64_t woken_ms; /* when it was called last, by the loop's clock */
    uv_poll_t end;
    uv_timer_t watchdog;
    uv_signal_t sigterm, sigint, sighup, sigusr1;
} rtcio__host;

/* From here on the signals are in hand: whoever learns later that the server is there may stop it
 * at once. 0 or a negative error of libuv. */
int rtcio__host_init(rtcio__host *host, const rtcio__host_hooks *hooks);
/* Runs until the descriptor is readable. A second signal ends the process at once with status 1. 0
 * or a negative error of libuv. */
int rtcio__host_run(rtcio__host *host, int end_fd);
/* No other thread may know of the host any more. */
void rtcio__host_fini(rtcio__host *host);

/* Any thread, between init and fini. */
void rtcio__host_wake(rtcio__host *host);

#endif
