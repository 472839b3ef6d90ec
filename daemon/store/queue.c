/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */

/* The way of jobs to the storage thread and back to the workers that asked. */

#include "store/job.h"

#include <rtcio/workers.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static int64_t clock_ms(clockid_t clock)
{
    struct timespec now;
    clock_gettime(clock, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

int64_t rtcio__store_unix_ms(void)
{
    return clock_ms(CLOCK_REALTIME);
}

int64_t rtcio__store_now_ms(void)
{
    return clock_ms(CLOCK_MONOTONIC);
}

void rtcio__jobs_add(rtcio__jobs *jobs, rtcio__job *job)
{
    job->next = NULL;
    if (jobs->first == NULL)
        jobs->end = &jobs->first;
    *jobs->end = job;
    jobs->end = &job->next;
}

rtcio__job *rtcio__job_create(rtcio__job_kind kind, rtcio_server *server, const rtcio_slice *texts,
                              size_t n_texts)
{
    size_t size = sizeof(rtcio__job);
    for (size_t i = 0; i < n_texts; i++)
        size += texts[i].len + 1;
    rtcio__job *job = malloc(size);
    if (job == NULL)
        return NULL;
    *job =
        (rtcio__job){.kind = kind, .server = server, .size = size, .at_ms = rtcio__store_unix_ms()};
    char *at = (char *)(job + 1);
    for (size_t i = 0; i < n_texts; i++) {
        if (texts[i].data == NULL)
            continue;
        job->texts[i] = memcpy(at, texts[i].data, texts[i].len);
        at += texts[i].len;
        *at++ = '\0';
    }
    return job;
}

void rtcio__job_free(rtcio__job *job)
{
    if (job->store != NULL)
        __atomic_sub_fetch(&job->store->stats.n_bytes, job->size, __ATOMIC_RELAXED);
    free(job->json.data);
    free(job);
}

static void log_full(rtcio__store *store, uint64_t held)
{
    uint64_t suppressed;
    if (rtcio__log_gate_pass(&store->full_gate, rtcio__store_unix_ms(), &suppressed))
        rtcio__log_line(
            store->log, RTCIO__LOG_ERROR, "store.full",
            RTCIO__TEXT_FIELD("reason", "the disk is too slow for what is to be stored"),
            RTCIO__NUMBER_FIELD("bytes", held),
            RTCIO__NUMBER_FIELD("history_queue", store->max_bytes),
            RTCIO__NUMBER_FIELD("suppressed", suppressed));
}

int rtcio__job_send(rtcio__store *store, rtcio__job *job)
{
    uint64_t held = __atomic_add_fetch(&store->stats.n_bytes, job->size, __ATOMIC_RELAXED);
    job->store = store;
    int rc = held > store->max_bytes ? RTCIO_E_QUEUE_FULL : 0;
    if (rc == 0) {
        pthread_mutex_lock(&store->lock);
        if (store->stopping) {
            rc = RTCIO_E_CLOSED;
        } else {
            bool first = store->queue.first == NULL;
            rtcio__jobs_add(&store->queue, job);
            if (first)
                pthread_cond_signal(&store->changed);
        }
        pthread_mutex_unlock(&store->lock);
    }
    if (rc == 0)
        return 0;
    if (rc == RTCIO_E_QUEUE_FULL) {
        rtcio__store_count(&store->stats.refused, 1);
        log_full(store, held);
    }
    rtcio__job_free(job);
    return rc;
}

static void answer_all(rtcio_server *server, void *data)
{
    rtcio__job *next;
    (void)server;
    for (rtcio__job *job = data; job != NULL; job = next) {
        next = job->next;
        job->answer(job);
        rtcio__job_free(job);
    }
}

static void drop_all(void *data)
{
    rtcio__job *next;
    for (rtcio__job *job = data; job != NULL; job = next) {
        next = job->next;
        job->drop(job);
        rtcio__job_free(job);
    }
}

/* Takes the jobs of the first one's server out of the list. */
static rtcio__job *take_server(rtcio__jobs *jobs)
{
    rtcio__jobs mine = {0}, others = {0};
    const rtcio_server *server = jobs->first->server;
    rtcio__job *next;
    for (rtcio__job *job = jobs->first; job != NULL; job = next) {
        next = job->next;
        rtcio__jobs_add(job->server == server ? &mine : &others, job);
    }
    *jobs = others;
    return mine.first;
}

void rtcio__jobs_answer(rtcio__store *store, rtcio__jobs *jobs)
{
    while (jobs->first != NULL) {
        rtcio__job *mine = take_server(jobs);
        /* The lock is held, so that rtcio__store_finish() knows when the last has been posted. */
        pthread_mutex_lock(&store->lock);
        bool posted =
            !store->muted && rtcio_server_post_take(mine->server, answer_all, drop_all, mine) == 0;
        pthread_mutex_unlock(&store->lock);
        if (!posted)
            drop_all(mine);
    }
}

/* --- asked by other parts of the program ------------------------------------------------------ */

static void call(rtcio__job *job)
{
    job->fn(job->server, job->result, (rtcio_slice){job->json.data, job->json.len}, job->handle);
}

static void call_drop(rtcio__job *job)
{
    if (job->fn_drop != NULL)
        job->fn_drop(job->handle);
}

static int send_call(rtcio__store *store, rtcio__job *job, rtcio__store_fn fn, void (*drop)(void *),
                     void *user)
{
    if (job == NULL)
        return RTCIO_E_NO_MEMORY;
    job->answer = call;
    job->drop = call_drop;
    job->fn = fn;
    job->fn_drop = drop;
    job->handle = user;
    return rtcio__job_send(store, job);
}

int rtcio__store_history(rtcio__store *store, rtcio_server *server, const char *room,
                         unsigned max_messages, size_t max_bytes, rtcio__store_fn fn,
                         void (*drop)(void *), void *user)
{
    if (store == NULL || store->history.path == NULL)
        return RTCIO_E_UNSUPPORTED;
    const rtcio_slice text = rtcio__job_text(room);
    rtcio__job *job = rtcio__job_create(RTCIO__JOB_FETCH, server, &text, 1);
    if (job != NULL) {
        job->max = max_messages;
        job->max_bytes = max_bytes;
    }
    return send_call(store, job, fn, drop, user);
}

int rtcio__store_reports(rtcio__store *store, rtcio_server *server, int64_t before, unsigned max,
                         rtcio__store_fn fn, void (*drop)(void *), void *user)
{
    if (store == NULL || store->history.path == NULL)
        return RTCIO_E_UNSUPPORTED;
    rtcio__job *job = rtcio__job_create(RTCIO__JOB_REPORTS, server, NULL, 0);
    if (job != NULL) {
        job->at_ms = before;
        job->max = max;
    }
    return send_call(store, job, fn, drop, user);
}
