/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */
#ifndef RTCIO_DAEMON_CONTROL_CONTROL_H
#define RTCIO_DAEMON_CONTROL_CONTROL_H

/* The control API: what an operator, or a program of his, asks of a running server by HTTP, on a
 * listener of its own. What there is to ask stands in routes.def. */

#include <rtcio/auth.h>
#include <rtcio/ice.h>
#include <rtcio/signaling.h>
#include <rtcio/workers.h>

#include "drain/drain.h"
#include "hooks/hooks.h"
#include "jwks.h"
#include "life.h"
#include "log.h"
#include "store/store.h"

#include "control/key.h"

#define RTCIO__CONTROL_SITE "control"

/* What the process has of it once; every worker serves it. */
typedef struct rtcio__control {
    rtcio__log *log;
    const rtcio__life *life;
    rtcio__drain *drain;
    rtcio__key_failures failures;
    int64_t begun_ms; /* Unix time */
    size_t max_body_bytes;
    bool open_metrics;      /* GET /metrics needs no key */
    rtcio__store *store;    /* NULL: nothing is stored */
    rtcio__webhooks *hooks; /* NULL: no backend is told */
    rtcio__jwks *jwks;      /* NULL: no keys are fetched */
} rtcio__control;

/* What is attached to a worker's "/". */
typedef struct rtcio__attached {
    rtcio_signaling *signaling;
    rtcio_ice *ice;
    rtcio_auth *auth; /* NULL: no tokens are asked for */
} rtcio__attached;

void rtcio__control_init(rtcio__control *control, rtcio__life *life, rtcio__drain *drain,
                         size_t max_body_bytes);

/* Attaches it to a worker's server; on the server's thread. `keys`: separated by commas, the server
 * lets in who has one of them; "": everybody who reaches the listener. 0 or an error of the
 * library. */
int rtcio__control_install(rtcio_server *server, rtcio__control *control,
                           const rtcio__attached *attached, const char *keys);
/* Other keys from now on, if there were any before and `keys` is not ""; on the server's thread. */
void rtcio__control_set_keys(rtcio_server *server, const char *keys);

#endif
