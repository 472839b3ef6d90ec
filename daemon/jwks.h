/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */
#ifndef RTCIO_DAEMON_JWKS_H
#define RTCIO_DAEMON_JWKS_H

/* The keys that an identity provider publishes (auth.jwks_url): fetched by the main thread, handed
 * to each worker. A fetch that fails changes nothing. Knows nothing of what keys are for. */

#include <rtcio/auth.h>
#include <rtcio/workers.h>
#include <uv.h>

#include "config/config.h"
#include "log.h"

typedef struct rtcio__jwks rtcio__jwks;

typedef struct rtcio__jwks_stats {
    uint64_t ok, failed; /* fetches since the start */
    uint64_t n_keys;     /* of the set in use; 0: there was none yet */
} rtcio__jwks_stats;

/* Whether the settings make sense. 0, or the exit status with one line in `why`. */
int rtcio__jwks_check(const rtcio__config *config, char *why, size_t why_size);

/* `jwks` receives NULL when the settings, which were checked, name no URL. Config and log outlive
 * it. 0 or -1: memory is short. */
int rtcio__jwks_create(rtcio__jwks **jwks, const rtcio__config *config, rtcio__log *log);
/* On the loop's thread, before there are other threads. NULL is fine. 0 or a negative error of
 * libuv. */
int rtcio__jwks_open(rtcio__jwks *jwks, uv_loop_t *loop);
/* A worker's, on its thread, before it listens. NULL is fine. 0 or an error of the library. */
int rtcio__jwks_attach(rtcio__jwks *jwks, rtcio_server *server, rtcio_auth *auth);
/* Fetches from now on. On the loop's thread, before it runs; NULL is fine. */
void rtcio__jwks_start(rtcio__jwks *jwks, rtcio_workers *workers);
/* On the loop's thread, once the servers are gone; what is left is freed by the loop's next round.
 * NULL is fine. */
void rtcio__jwks_finish(rtcio__jwks *jwks);

/* Are there keys to verify a token with, these or those of settings? True for NULL. Any thread. */
bool rtcio__jwks_has_keys(const rtcio__jwks *jwks);
/* Any thread. */
void rtcio__jwks_get_stats(const rtcio__jwks *jwks, rtcio__jwks_stats *stats);

#endif
