/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */
#ifndef RTCIO_DAEMON_SETUP_H
#define RTCIO_DAEMON_SETUP_H

/* What is attached to a server of ours: signaling, the log's handlers, other paths. Everything
 * that belongs to one server is made here; what the process has once is in serve.c. */

#include <pthread.h>
#include <rtcio/signaling.h>
#include <rtcio/workers.h>

#include "control/control.h"
#include "jwks.h"
#include "life.h"
#include "options.h"

/* What every worker's server is made from. Read by all of them, each on its own thread; what they
 * write is below. */
typedef struct rtcio__setup {
    const rtcio__serve_options *options;
    rtcio__life *life;
    rtcio__drain *drain;
    rtcio__jwks *jwks;          /* NULL: no keys are fetched */
    rtcio__control *control;    /* NULL: there is none */
    rtcio_signaling *signaling; /* that of worker 0, which sets it; its counters are all workers' */
    pthread_mutex_t lock;
    char why[512]; /* one could not be set up: one line; under the lock */
} rtcio__setup;

void rtcio__setup_init(rtcio__setup *setup, const rtcio__serve_options *options, rtcio__life *life);
/* Attaches everything to a worker's server: an rtcio_setup_fn, `setup` is the above. */
int rtcio__setup_server(rtcio_server *server, void *setup);

/* Hands changed options to what is attached, on the server's thread; what has no part in a reload
 * stays. 0 or an error of the library. */
int rtcio__setup_reload(rtcio_server *server, const rtcio__serve_options *options);

#endif
