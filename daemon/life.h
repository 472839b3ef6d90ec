/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */
#ifndef RTCIO_DAEMON_LIFE_H
#define RTCIO_DAEMON_LIFE_H

/* The events of the servers' lives as log lines: clients, rooms, what was dropped and refused. One
 * for all servers of the process; each calls on its own thread. */

#include <rtcio/server.h>
#include <rtcio/signaling.h>

#include "hooks/hooks.h"
#include "log.h"

typedef struct rtcio__life {
    rtcio__log *log;
    rtcio__webhooks *hooks; /* NULL: nobody else is told; set before the servers are there */
    rtcio__log_gate drops, refusals, requests, errors, limits;
    uint64_t refused[RTCIO_REFUSED_UNSUPPORTED_PROTOCOL + 1]; /* by rtcio_refusal_code; atomic */
} rtcio__life;

/* Puts the callbacks that are options into the options. `life` outlives the servers. */
void rtcio__life_prepare(rtcio__life *life, rtcio__log *log, rtcio_server_options *server,
                         rtcio_signaling_options *signaling);
/* Adds the others to a namespace. 0 or an error of the library. */
int rtcio__life_watch(rtcio__life *life, rtcio_namespace *nsp);

#endif
