/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */
#ifndef RTCIO_DAEMON_HOOKS_HOOKS_H
#define RTCIO_DAEMON_HOOKS_HOOKS_H

/* What happens to clients and rooms, told to a backend by signed POSTs (docs/hooks.md). Workers
 * put events into a queue that is bounded in bytes; the main thread sends them in that order, many
 * in one request, one request at a time. */

#include <rtcio/socket.h>
#include <uv.h>

#include "config/config.h"
#include "log.h"

typedef struct rtcio__webhooks rtcio__webhooks;

typedef enum rtcio__webhook_kind {
    RTCIO__HOOK_CONNECT,
    RTCIO__HOOK_JOIN,
    RTCIO__HOOK_LEAVE,
    RTCIO__HOOK_DISCONNECT,
    RTCIO__N_HOOKS,
} rtcio__webhook_kind;

typedef struct rtcio__webhook {
    rtcio__webhook_kind kind;
    const rtcio_socket *socket;
    const char *room;   /* NULL: none */
    size_t members;     /* with a room: how many it has afterwards */
    const char *reason; /* NULL: none */
} rtcio__webhook;

/* Counters since the start, of events but where it says something else. */
typedef struct rtcio__webhooks_stats {
    uint64_t n_bytes; /* what waits, now */
    uint64_t sent;
    uint64_t failed;  /* given up */
    uint64_t dropped; /* too much waited */
    uint64_t requests, requests_failed;
} rtcio__webhooks_stats;

/* Whether the settings make sense. 0, or the exit status with one line in `why`. */
int rtcio__webhooks_check(const rtcio__config *config, char *why, size_t why_size);

/* `hooks` receives NULL when the settings name no URL. Strings are borrowed from `config`, which
 * was checked; config and log outlive the hooks. 0 or -1: memory is short. */
int rtcio__webhooks_create(rtcio__webhooks **hooks, const rtcio__config *config, rtcio__log *log);
/* From now on events are sent. On the loop's thread; NULL is fine. 0 or a negative error of libuv.
 */
int rtcio__webhooks_start(rtcio__webhooks *hooks, uv_loop_t *loop);
/* Sends what waits, for three seconds at most, running the loop, which does nothing else any more
 * and has a round to go. Once the servers are gone. NULL is fine. */
void rtcio__webhooks_finish(rtcio__webhooks *hooks);
void rtcio__webhooks_free(rtcio__webhooks *hooks);

/* Something has happened. On the socket's thread; never waits. NULL is fine. */
void rtcio__webhooks_tell(rtcio__webhooks *hooks, const rtcio__webhook *hook);

/* Any thread. */
void rtcio__webhooks_get_stats(const rtcio__webhooks *hooks, rtcio__webhooks_stats *stats);

#endif
