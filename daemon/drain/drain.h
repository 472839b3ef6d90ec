/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */
#ifndef RTCIO_DAEMON_DRAIN_DRAIN_H
#define RTCIO_DAEMON_DRAIN_DRAIN_H

/* A server that is to go, and its clients before it: no newcomers from now on, those who are there
 * are sent away one after the other, so that they do not all knock at the next server at once. */

#include <rtcio/workers.h>

#include "log.h"

/* To a client that is about to be sent away: {"retryMs":…}, how long it might wait. Stock clients
 * come back without it. */
#define RTCIO__SERVER_DRAINING "server-draining"

typedef struct rtcio__drain rtcio__drain;

/* A worker's share. */
typedef struct rtcio__drain_part {
    rtcio__drain *drain;
    rtcio_server *server;
    rtcio_timer *timer;
    char (*ids)[24]; /* of the sockets there were at the beginning */
    size_t n, n_done, size;
    bool over;
} rtcio__drain_part;

struct rtcio__drain {
    rtcio__log *log;
    uint32_t over_ms;         /* unless who begins it says otherwise; then what was said */
    void (*done)(void *user); /* on a worker's thread: nobody is left */
    void *user;
    bool on;          /* atomic */
    int64_t begun_ms; /* monotonic */
    unsigned n_left;  /* workers that are not done; atomic */
    rtcio__drain_part parts[RTCIO_WORKERS_MAX];
};

void rtcio__drain_init(rtcio__drain *drain, rtcio__log *log, uint32_t over_ms,
                       void (*done)(void *user), void *user);
/* Lets it refuse newcomers of a worker's server, before there are any. 0 or an error. */
int rtcio__drain_install(rtcio_server *server, rtcio__drain *drain);
/* Begins. over_ms below 0: as set. False when it is on already, or memory is short. Any thread. */
bool rtcio__drain_begin(rtcio__drain *drain, rtcio_workers *workers, int64_t over_ms);
/* Any thread. */
bool rtcio__drain_is_on(const rtcio__drain *drain);

#endif
