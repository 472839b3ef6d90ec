/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */
#ifndef RTCIO_DAEMON_CONTROL_CONTROL_H
#define RTCIO_DAEMON_CONTROL_CONTROL_H

/* The control API: what an operator, or a program of his, asks of a running server by HTTP, on a
 * listener of its own. What there is to ask stands in routes.def. */

#include <rtcio/signaling.h>
#include <rtcio/workers.h>

#include "drain/drain.h"
#include "log.h"

#include "control/key.h"

#define RTCIO__CONTROL_SITE "control"

/* What the process has of it once; every worker serves it. */
typedef struct rtcio__control {
    rtcio__log *log;
    rtcio__drain *drain;
    rtcio__key_failures failures;
    int64_t begun_ms; /* Unix time */
    size_t max_body_bytes;
} rtcio__control;

void rtcio__control_init(rtcio__control *control, rtcio__log *log, rtcio__drain *drain,
                         size_t max_body_bytes);

/* Attaches it to a worker's server; on the server's thread. `keys`: separated by commas, the server
 * lets in who has one of them; "": everybody who reaches the listener. 0 or an error of the
 * library. */
int rtcio__control_install(rtcio_server *server, rtcio__control *control,
                           rtcio_signaling *signaling, const char *keys);
/* Other keys from now on, if there were any before and `keys` is not ""; on the server's thread. */
void rtcio__control_set_keys(rtcio_server *server, const char *keys);

#endif
