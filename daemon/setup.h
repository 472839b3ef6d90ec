/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */
#ifndef RTCIO_DAEMON_SETUP_H
#define RTCIO_DAEMON_SETUP_H

/* What is attached to a server of ours: signaling, the log's handlers, other paths. Everything
 * that belongs to one server is made here; what the process has once is in serve.c. */

#include <rtcio/server.h>
#include <rtcio/signaling.h>

#include "life.h"
#include "options.h"

/* What every server is made from. Read by all of them, each on its own thread: does not change. */
typedef struct rtcio__setup {
    const rtcio__serve_options *options;
    rtcio__life *life;
} rtcio__setup;

/* Attaches everything to a server. Called once for each, on the thread that will turn it, before
 * it listens. 0 or an error of the library, with one line in `why`. */
int rtcio__setup_server(rtcio_server *server, const rtcio__setup *setup, char *why,
                        size_t why_size);

/* Hands changed options to what is attached, on the server's thread; what has no part in a reload
 * stays. 0 or an error of the library. */
int rtcio__setup_reload(rtcio_server *server, const rtcio__serve_options *options);

/* The server's signaling. */
rtcio_signaling *rtcio__setup_signaling(rtcio_server *server);

#endif
