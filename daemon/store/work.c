/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */

/* The storage thread: takes what has gathered, works it off in one transaction, has it answered. A
 * database that fails is told of in the log and tried again; the server serves on without it. */

#include "store/job.h"

#include <string.h>
#include <time.h>

#define BATCH_BYTES   (4u << 20) /* of jobs and results: more waits for the next transaction */
#define RETRY_MS      1000
#define PRUNE_MS      10000
#define PRUNE_MORE_MS 100

static void log_failure(rtcio__store *store, rtcio__shelf *shelf, const char *what,
                        const char *reason)
{
    uint64_t suppressed;
    pthread_mutex_lock(&store->lock);
    bool muted = store->muted; /* nobody reads the log any more */
    pthread_mutex_unlock(&store->lock);
    if (!muted && rtcio__log_gate_pass(&shelf->gate, rtcio__store_unix_ms(), &suppressed))
        rtcio__log_line(
            store->log, RTCIO__LOG_ERROR, "store.fail", RTCIO__TEXT_FIELD("file", shelf->path),
            RTCIO__TEXT_FIELD("use", shelf->use), RTCIO__TEXT_FIELD("what", what),
            RTCIO__TEXT_FIELD("reason", reason), RTCIO__NUMBER_FIELD("suppressed", suppressed));
}

bool rtcio__shelf_open(rtcio__store *store, rtcio__shelf *shelf, int *code, char *why, size_t size)
{
    if (shelf->db.connection != NULL)
        return true;
    if (shelf->path == NULL || rtcio__store_now_ms() < shelf->retry_ms)
        return false;
    *code = rtcio__database_open(&shelf->db, shelf->path, shelf->busy_ms, why, size);
    if (*code != SQLITE_OK) {
        shelf->retry_ms = rtcio__store_now_ms() + RETRY_MS;
        return false;
    }
    if (shelf->retry_ms != 0)
        rtcio__log_line(store->log, RTCIO__LOG_INFO, "store.open",
                        RTCIO__TEXT_FIELD("file", shelf->path),
                        RTCIO__TEXT_FIELD("use", shelf->use));
    shelf->retry_ms = 0;
    return true;
}

static bool is_open(rtcio__store *store, rtcio__shelf *shelf)
{
    char why[256];
    int code = SQLITE_OK;
    bool open = rtcio__shelf_open(store, shelf, &code, why, sizeof why);
    if (code != SQLITE_OK)
        log_failure(store, shelf, "open", why);
    return open;
}

/* Not a fault of one statement, or of the moment: it is opened anew, perhaps as another file. */
static bool is_broken(int code)
{
    switch (code & 0xff) {
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
    case SQLITE_IOERR:
    case SQLITE_CANTOPEN:
    case SQLITE_READONLY:
        return true;
    default:
        return false;
    }
}

static void fail(rtcio__store *store, rtcio__shelf *shelf, const char *what, int code)
{
    log_failure(store, shelf, what, sqlite3_errstr(code));
    if (!is_broken(code))
        return;
    rtcio__database_close(&shelf->db);
    shelf->retry_ms = rtcio__store_now_ms() + RETRY_MS;
}

/* --- members ---------------------------------------------------------------------------------- */

static void work_member(rtcio__store *store, rtcio__job *job)
{
    rtcio__store_count(&store->stats.members_asked, 1);
    int rc = is_open(store, &store->members)
                 ? rtcio__database_is_member(&store->members.db, job->texts[1], job->texts[0])
                 : SQLITE_CANTOPEN;
    job->result = rc == SQLITE_ROW ? 1 : rc == SQLITE_DONE ? 0 : RTCIO_E_SYSTEM;
    if (job->result >= 0)
        return;
    rtcio__store_count(&store->stats.members_failed, 1);
    if (store->members.db.connection != NULL)
        fail(store, &store->members, "member", rc);
}

/* --- messages and reports --------------------------------------------------------------------- */

static bool is_write(const rtcio__job *job)
{
    return job->kind == RTCIO__JOB_APPEND || job->kind == RTCIO__JOB_REPORT;
}

static int do_job(rtcio__store *store, const rtcio__limits *limits, rtcio__job *job)
{
    rtcio__database *db = &store->history.db;
    const char *const *t = job->texts;
    const rtcio__stored_report report = {t[0], t[1], t[2], t[3], t[4], t[5]};
    switch (job->kind) {
    case RTCIO__JOB_APPEND:
        return rtcio__database_append(db, limits, job->at_ms, t[0], t[1], job->body_len);
    case RTCIO__JOB_REPORT:
        return rtcio__database_report(db, job->at_ms, &report);
    case RTCIO__JOB_FETCH:
        return rtcio__database_fetch(db, limits, job->at_ms, t[0], job->max, job->max_bytes,
                                     &job->json);
    default:
        return rtcio__database_reports(db, job->at_ms, job->max, &job->json);
    }
}

static void count_results(rtcio__store *store, const rtcio__jobs *batch)
{
    for (const rtcio__job *job = batch->first; job != NULL; job = job->next) {
        bool good = job->result == 0;
        rtcio__store_count(is_write(job) ? good ? &store->stats.stored : &store->stats.failed
                           : good        ? &store->stats.fetched
                                         : &store->stats.fetch_failed,
                           1);
    }
}

static void fail_writes(const rtcio__jobs *batch)
{
    for (rtcio__job *job = batch->first; job != NULL; job = job->next)
        if (is_write(job))
            job->result = RTCIO_E_SYSTEM;
}

/* The result belongs to what is held; one too many is not given. */
static void hold_result(rtcio__store *store, rtcio__job *job)
{
    job->result = 0;
    if (__atomic_load_n(&store->stats.n_bytes, __ATOMIC_RELAXED) + job->json.len >
        store->max_bytes) {
        job->result = RTCIO_E_QUEUE_FULL;
        job->json.len = 0;
        return;
    }
    job->size += job->json.len;
    __atomic_add_fetch(&store->stats.n_bytes, job->json.len, __ATOMIC_RELAXED);
}

/* One transaction. What a job does wrong is its own failure, unless SQLite gives up all of it. */
static void work_batch(rtcio__store *store, const rtcio__limits *limits, rtcio__jobs *batch,
                       bool has_writes)
{
    rtcio__shelf *shelf = &store->history;
    int rc = SQLITE_OK;
    bool begun = false;
    const char *what = "begin";
    if (has_writes) {
        rc = rtcio__database_begin(&shelf->db);
        begun = rc == SQLITE_OK;
    }
    for (rtcio__job *job = batch->first; job != NULL; job = job->next) {
        job->result = RTCIO_E_SYSTEM;
        if (is_broken(rc) || (is_write(job) && !begun))
            continue;
        int one = do_job(store, limits, job);
        if (one == SQLITE_OK) {
            hold_result(store, job);
            continue;
        }
        what = is_write(job) ? "write" : "read";
        rc = one;
        if (begun && !rtcio__database_in_transaction(&shelf->db))
            begun = false; /* gone with it: what was written before */
    }
    if (has_writes && begun && !is_broken(rc)) {
        int last = rtcio__database_commit(&shelf->db);
        rtcio__store_count(&store->stats.commits, 1);
        if (last != SQLITE_OK) {
            what = "commit";
            rc = last;
            begun = false;
        }
    }
    if (rc != SQLITE_OK && (!begun || is_broken(rc)))
        fail_writes(batch);
    rtcio__database_rollback(&shelf->db);
    if (rc != SQLITE_OK)
        fail(store, shelf, what, rc);
}

static void work_history(rtcio__store *store, const rtcio__limits *limits, rtcio__jobs *batch)
{
    bool has_writes = false;
    for (rtcio__job *job = batch->first; job != NULL; job = job->next)
        has_writes |= is_write(job);
    if (is_open(store, &store->history)) {
        work_batch(store, limits, batch, has_writes);
    } else {
        for (rtcio__job *job = batch->first; job != NULL; job = job->next)
            job->result = RTCIO_E_SYSTEM;
    }
    count_results(store, batch);
    rtcio__jobs_answer(store, batch);
}

static void prune(rtcio__store *store, const rtcio__limits *limits)
{
    bool more = false;
    store->prune_ms = rtcio__store_now_ms() + PRUNE_MS;
    if (!is_open(store, &store->history))
        return;
    int rc = rtcio__database_prune(&store->history.db, limits, rtcio__store_unix_ms(), &more);
    if (rc != SQLITE_OK) {
        rtcio__store_count(&store->stats.pruned_failed, 1);
        fail(store, &store->history, "prune", rc);
    }
    if (rc == SQLITE_OK && more)
        store->prune_ms = rtcio__store_now_ms() + PRUNE_MORE_MS;
}

/* --- the thread ---------------------------------------------------------------------------------
 */

/* How many bytes a job may become. */
static size_t weight(const rtcio__job *job)
{
    return job->size + job->max_bytes;
}

/* With the lock held: as many as one transaction takes, members' questions apart. */
static void take(rtcio__store *store, rtcio__jobs *members, rtcio__jobs *batch)
{
    size_t bytes = 0;
    while (store->queue.first != NULL && bytes < BATCH_BYTES) {
        rtcio__job *job = store->queue.first;
        store->queue.first = job->next;
        bytes += weight(job);
        rtcio__jobs_add(job->kind == RTCIO__JOB_MEMBER ? members : batch, job);
    }
}

/* Waits for jobs or for the time to prune. False: it is over. */
static bool wait_for_work(rtcio__store *store)
{
    while (store->queue.first == NULL && !store->stopping) {
        int64_t now_ms = rtcio__store_now_ms();
        if (store->history.path == NULL) {
            pthread_cond_wait(&store->changed, &store->lock);
        } else if (store->prune_ms <= now_ms) {
            return true;
        } else {
            struct timespec at = {.tv_sec = store->prune_ms / 1000,
                                  .tv_nsec = store->prune_ms % 1000 * 1000000};
            pthread_cond_timedwait(&store->changed, &store->lock, &at);
        }
    }
    return store->queue.first != NULL;
}

void *rtcio__store_work(void *data)
{
    rtcio__store *store = data;
    pthread_mutex_lock(&store->lock);
    while (wait_for_work(store)) {
        rtcio__jobs members = {0}, batch = {0};
        rtcio__limits limits = store->limits;
        take(store, &members, &batch);
        pthread_mutex_unlock(&store->lock);
        for (rtcio__job *job = members.first; job != NULL; job = job->next)
            work_member(store, job);
        rtcio__jobs_answer(store, &members);
        if (batch.first != NULL)
            work_history(store, &limits, &batch);
        if (store->history.path != NULL && store->prune_ms <= rtcio__store_now_ms())
            prune(store, &limits);
        pthread_mutex_lock(&store->lock);
    }
    store->finished = true;
    pthread_cond_broadcast(&store->changed);
    pthread_mutex_unlock(&store->lock);
    return NULL;
}
