/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */
#ifndef RTCIO_DAEMON_HOOKS_INTERNAL_H
#define RTCIO_DAEMON_HOOKS_INTERNAL_H

#include "hooks/hooks.h"

#include "fetch/fetch.h"

#include <pthread.h>

#define RTCIO__HOOKS_BATCH       100 /* events of one request */
#define RTCIO__HOOKS_BATCH_BYTES (256 * 1024)
#define RTCIO__HOOKS_FINISH_MS   3000
#define RTCIO__HOOKS_MAX_SECRETS 4
#define RTCIO__HOOKS_SIGNATURE   (64 + 72 * RTCIO__HOOKS_MAX_SECRETS) /* bytes of the header */

/* What waits. */
typedef struct rtcio__webhook_event {
    struct rtcio__webhook_event *next;
    uint64_t number; /* from 1 */
    size_t size, len;
    char json[]; /* of an object, but for its first brace */
} rtcio__webhook_event;

struct rtcio__webhooks {
    const char *url, *secrets;
    unsigned kinds; /* bits */
    unsigned retries;
    uint32_t timeout_ms;
    size_t max_bytes;
    char process[17]; /* begins the ids: random, hexadecimal */
    rtcio__log *log;
    rtcio__log_gate full_gate, fail_gate;

    pthread_mutex_t lock; /* of: */
    rtcio__webhook_event *first, **end;
    uint64_t n_events;

    /* Of the loop's thread: */
    uv_loop_t *loop;
    uv_async_t wake;
    uv_timer_t timer; /* to the next attempt, then the end of rtcio__webhooks_finish() */
    rtcio__fetch *fetch;
    rtcio__webhook_event *batch; /* on its way; not in the queue */
    unsigned n_batch, attempt;
    char *body;
    size_t body_len;
    bool asked; /* a request is on its way */
    bool late;

    rtcio__webhooks_stats stats; /* atomic */
};

#define RTCIO__HOOKS_COUNT(hooks, field, n) \
    __atomic_add_fetch(&(hooks)->stats.field, (n), __ATOMIC_RELAXED)

/* By kind. */
extern const char *const rtcio__webhook_names[RTCIO__N_HOOKS];

int64_t rtcio__webhooks_unix_ms(void);

/* The event as what is sent of it, NULL: memory is short. */
rtcio__webhook_event *rtcio__webhook_event_create(const rtcio__webhook *hook, int64_t at_ms);

/* The header that proves a body, "Rtcio-Signature: ...": with each of the secrets, which are
 * separated by commas. False: it does not fit. */
bool rtcio__webhooks_sign(char *out, size_t size, const char *secrets, int64_t unix_s,
                          const char *body, size_t len);

/* Takes the next batch and sends it, if there is one and no other is on its way. */
void rtcio__webhooks_send(rtcio__webhooks *hooks);
/* Of an asked batch, or of one that waits for its next attempt. */
void rtcio__webhooks_send_again(rtcio__webhooks *hooks);
/* Forgets the batch. */
void rtcio__webhooks_drop_batch(rtcio__webhooks *hooks);

#endif
