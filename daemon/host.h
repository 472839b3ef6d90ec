/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */
#ifndef RTCIO_DAEMON_HOST_H
#define RTCIO_DAEMON_HOST_H

/* A libuv loop that hosts one server: its descriptor, its timeout, the signals that stop it. */

#include <rtcio/server.h>

typedef struct rtcio__host_hooks {
    /* Called first of all, with the signals already in hand: whoever learns from it that the server
     * is there may stop it at once. Not 0: the loop does not run. */
    int (*start)(void *user);
    /* Called once before the loop waits, each time. */
    void (*before_wait)(void *user);
    /* The first SIGTERM or SIGINT: the server is closed afterwards. */
    void (*stopping)(const char *signal_name, void *user);
    void *user;
} rtcio__host_hooks;

/* Runs until the server is closed, by a signal or otherwise. A second signal ends the process
 * at once with status 1. 0, a negative error of libuv, or what `start` returned. */
int rtcio__host_run(rtcio_server *server, const rtcio__host_hooks *hooks);

#endif
