/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */

/* One request at a time: the next batch goes when this one was taken or given up, so that events
 * arrive in their order. */

#include "internal.h"

#include <inttypes.h>
#include <openssl/rand.h>
#include <stdlib.h>
#include <string.h>

#define FIRST_DELAY_MS   500
#define LONGEST_DELAY_MS 30000

#define T RTCIO__TEXT_FIELD
#define N RTCIO__NUMBER_FIELD

/* Takes the first events out of the queue. */
static void take_batch(rtcio__webhooks *hooks)
{
    size_t bytes = 0;
    pthread_mutex_lock(&hooks->lock);
    rtcio__webhook_event **end = &hooks->first;
    while (*end != NULL && hooks->n_batch < RTCIO__HOOKS_BATCH &&
           (bytes == 0 || bytes + (*end)->size <= RTCIO__HOOKS_BATCH_BYTES)) {
        bytes += (*end)->size;
        hooks->n_batch++;
        end = &(*end)->next;
    }
    hooks->batch = hooks->first;
    hooks->first = *end;
    *end = NULL;
    if (hooks->first == NULL)
        hooks->end = &hooks->first;
    if (hooks->n_batch == 0)
        hooks->batch = NULL;
    pthread_mutex_unlock(&hooks->lock);
}

static bool write_body(rtcio__webhooks *hooks)
{
    FILE *out = open_memstream(&hooks->body, &hooks->body_len);
    if (out == NULL)
        return false;
    fputs("{\"events\":[", out);
    for (const rtcio__webhook_event *e = hooks->batch; e != NULL; e = e->next) {
        fprintf(out, "%s{\"id\":\"%s-%" PRIu64 "\",", e == hooks->batch ? "" : ",", hooks->process,
                e->number);
        fwrite(e->json, 1, e->len, out);
    }
    fputs("]}", out);
    bool ok = ferror(out) == 0;
    return fclose(out) == 0 && ok;
}

void rtcio__webhooks_drop_batch(rtcio__webhooks *hooks)
{
    rtcio__webhook_event *next;
    for (rtcio__webhook_event *e = hooks->batch; e != NULL; e = next) {
        next = e->next;
        __atomic_sub_fetch(&hooks->stats.n_bytes, e->size, __ATOMIC_RELAXED);
        free(e);
    }
    free(hooks->body);
    hooks->body = NULL;
    hooks->batch = NULL;
    hooks->n_batch = hooks->attempt = 0;
}

/* Twice as long each time, and never the same for two servers: half of it is chance. */
static uint64_t delay_ms(unsigned attempt)
{
    uint64_t ms = attempt < 6 ? (uint64_t)FIRST_DELAY_MS << attempt : LONGEST_DELAY_MS;
    uint32_t chance = 0;
    (void)RAND_bytes((unsigned char *)&chance, sizeof chance);
    ms = ms < LONGEST_DELAY_MS ? ms : LONGEST_DELAY_MS;
    return ms / 2 + chance % (ms / 2 + 1);
}

static void on_delay_over(uv_timer_t *timer)
{
    rtcio__webhooks_send_again(timer->data);
}

static void fail(rtcio__webhooks *hooks, const char *reason)
{
    uint64_t suppressed;
    RTCIO__HOOKS_COUNT(hooks, requests_failed, 1);
    if (hooks->late) /* the end says how many are lost */
        return;
    bool last = hooks->attempt >= hooks->retries;
    uint64_t ms = last ? 0 : delay_ms(hooks->attempt);
    if (rtcio__log_gate_pass(&hooks->fail_gate, rtcio__webhooks_unix_ms(), &suppressed))
        rtcio__log_line(hooks->log, last ? RTCIO__LOG_ERROR : RTCIO__LOG_WARN,
                        last ? "hooks.lost" : "hooks.fail", T("reason", reason),
                        N("events", hooks->n_batch), N("attempt", hooks->attempt + 1),
                        N("again_in_ms", ms), N("suppressed", suppressed));
    if (last) {
        RTCIO__HOOKS_COUNT(hooks, failed, hooks->n_batch);
        rtcio__webhooks_drop_batch(hooks);
        rtcio__webhooks_send(hooks);
        return;
    }
    hooks->attempt++;
    uv_update_time(hooks->loop);
    uv_timer_start(&hooks->timer, on_delay_over, ms, 0);
}

static void on_answer(const rtcio__fetch_result *result, void *user)
{
    rtcio__webhooks *hooks = user;
    char reason[32];
    hooks->asked = false;
    RTCIO__HOOKS_COUNT(hooks, requests, 1);
    if (result->status >= 200 && result->status < 300) {
        RTCIO__HOOKS_COUNT(hooks, sent, hooks->n_batch);
        rtcio__webhooks_drop_batch(hooks);
        rtcio__webhooks_send(hooks);
        return;
    }
    snprintf(reason, sizeof reason, "status %d", result->status);
    fail(hooks, result->status > 0 ? reason : result->error);
}

void rtcio__webhooks_send_again(rtcio__webhooks *hooks)
{
    char signature[RTCIO__HOOKS_SIGNATURE];
    bool ok = rtcio__webhooks_sign(signature, sizeof signature, hooks->secrets,
                                   rtcio__webhooks_unix_ms() / 1000, hooks->body, hooks->body_len);
    const rtcio__fetch_request request = {.url = hooks->url,
                                          .body = {hooks->body, hooks->body_len},
                                          .headers = {"Content-Type: application/json", signature},
                                          .timeout_ms = hooks->timeout_ms,
                                          .done = on_answer,
                                          .user = hooks};
    hooks->asked = ok && rtcio__fetch_send(hooks->fetch, &request) == 0;
    if (!hooks->asked)
        fail(hooks, "out of memory");
}

void rtcio__webhooks_send(rtcio__webhooks *hooks)
{
    while (hooks->batch == NULL && !hooks->late) {
        take_batch(hooks);
        if (hooks->batch == NULL)
            return;
        if (write_body(hooks)) {
            rtcio__webhooks_send_again(hooks);
            return;
        }
        RTCIO__HOOKS_COUNT(hooks, failed, hooks->n_batch);
        rtcio__webhooks_drop_batch(hooks);
    }
}
