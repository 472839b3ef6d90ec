/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */
#ifndef RTCIO_DAEMON_RELOAD_H
#define RTCIO_DAEMON_RELOAD_H

/* SIGHUP: reads the settings again and hands those that can change to the running server. */

#include <rtcio/workers.h>

#include "config/config.h"
#include "log.h"
#include "options.h"
#include "store/store.h"

typedef struct rtcio__reload rtcio__reload;

typedef struct rtcio__reloader {
    int n_words; /* what the first reading had: */
    char **words;
    const rtcio__config *first;
    bool has_auth;       /* the first reading's */
    bool has_jwks;       /* keys are fetched, and will be until the end */
    rtcio__store *store; /* NULL: none */
    rtcio__log *log;
    rtcio__reload *current; /* what was read last; NULL: the first */
} rtcio__reloader;

/* All or nothing: a mistake changes nothing and is logged. No connection is touched. Any thread but
 * the workers', one at a time. */
void rtcio__reload_run(rtcio__reloader *reloader, rtcio_workers *workers);
/* Once the workers are gone. */
void rtcio__reload_fini(rtcio__reloader *reloader);

#endif
