/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */

/* The store's life, and what it does for the signaling. */

#include "store/store.h"

#include "store/job.h"

#include <errno.h>
#include <rtcio/auth.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define FINISH_S 5
/* How long another process may have a file locked. */
#define HISTORY_BUSY_MS 3000
#define MEMBERS_BUSY_MS 1000

/* --- the signaling's hooks ----------------------------------------------------------------------
 */

static void answer_history(rtcio__job *job)
{
    rtcio_history_done(job->handle, job->result, (rtcio_slice){job->json.data, job->json.len});
}

static void drop_history(rtcio__job *job)
{
    rtcio_history_discard(job->handle);
}

static void ask(rtcio__store *store, rtcio_history_request *request, rtcio__job *job)
{
    int rc = RTCIO_E_NO_MEMORY;
    if (job != NULL) {
        job->answer = answer_history;
        job->drop = drop_history;
        job->handle = request;
        rc = rtcio__job_send(store, job);
    }
    if (rc != 0)
        rtcio_history_done(request, rc, (rtcio_slice){NULL, 0});
}

static void append(rtcio_history_request *request, const char *room, rtcio_slice message,
                   void *user)
{
    const rtcio_slice texts[] = {rtcio__job_text(room), message};
    rtcio__job *job = rtcio__job_create(RTCIO__JOB_APPEND, rtcio_history_server(request), texts, 2);
    if (job != NULL)
        job->body_len = message.len;
    ask(user, request, job);
}

static void fetch(rtcio_history_request *request, const char *room, unsigned max_messages,
                  size_t max_bytes, void *user)
{
    const rtcio_slice text = rtcio__job_text(room);
    rtcio__job *job = rtcio__job_create(RTCIO__JOB_FETCH, rtcio_history_server(request), &text, 1);
    if (job != NULL) {
        job->max = max_messages;
        job->max_bytes = max_bytes;
    }
    ask(user, request, job);
}

static void report(rtcio_history_request *request, const rtcio_report *report, void *user)
{
    const rtcio_slice texts[] = {
        rtcio__job_text(report->from),   rtcio__job_text(report->from_user),
        rtcio__job_text(report->target), rtcio__job_text(report->target_user),
        rtcio__job_text(report->reason), rtcio__job_text(report->room)};
    ask(user, request,
        rtcio__job_create(RTCIO__JOB_REPORT, rtcio_history_server(request), texts, 6));
}

static void answer_access(rtcio__job *job)
{
    if (job->result == 1)
        rtcio_access_allow(job->handle);
    else if (job->result == 0)
        rtcio_access_refuse(job->handle, NULL, NULL);
    else
        rtcio_access_refuse(job->handle, "join-failed",
                            "it cannot be found out now whether you may join this room");
}

static void drop_access(rtcio__job *job)
{
    rtcio_access_discard(job->handle);
}

static void on_access(rtcio_access *access, void *user)
{
    const char *who = rtcio_auth_user(rtcio_access_socket(access));
    if (who == NULL) {
        rtcio_access_refuse(access, NULL, NULL);
        return;
    }
    const rtcio_slice texts[] = {rtcio__job_text(rtcio_access_room(access)), rtcio__job_text(who)};
    rtcio__job *job = rtcio__job_create(RTCIO__JOB_MEMBER, rtcio_access_server(access), texts, 2);
    int rc = RTCIO_E_NO_MEMORY;
    if (job != NULL) {
        job->answer = answer_access;
        job->drop = drop_access;
        job->handle = access;
        rc = rtcio__job_send(user, job);
    }
    if (rc != 0)
        rtcio_access_refuse(access, "join-failed", "the server cannot take you in right now");
}

void rtcio__store_prepare(rtcio__store *store, rtcio_signaling_options *options)
{
    if (store == NULL)
        return;
    if (store->history.path != NULL)
        options->history = &store->hooks;
    if (store->members.path != NULL) {
        options->on_access = on_access;
        options->on_access_user = store;
    }
}

/* --- life ---------------------------------------------------------------------------------------
 */

static rtcio__limits read_limits(const rtcio__config *config)
{
    const rtcio__value *v = config->values;
    return (rtcio__limits){
        .max_messages = (uint32_t)v[RTCIO__SET_HISTORY_MAX_MESSAGES].number,
        .max_age_ms = v[RTCIO__SET_HISTORY_MAX_AGE].number,
        .max_bytes = v[RTCIO__SET_HISTORY_MAX_SIZE].number,
        .max_reports = (uint32_t)v[RTCIO__SET_REPORTS_MAX].number,
        .report_age_ms = v[RTCIO__SET_REPORTS_MAX_AGE].number,
    };
}

static void read_hooks(rtcio__store *store, const rtcio__config *config)
{
    const rtcio__value *v = config->values;
    rtcio_history_init(&store->hooks);
    store->hooks.append = append;
    store->hooks.fetch = v[RTCIO__SET_HISTORY_ON_JOIN].number > 0 ? fetch : NULL;
    store->hooks.report = report;
    store->hooks.user_of = rtcio_auth_user;
    store->hooks.user = store;
    if (store->hooks.fetch != NULL)
        store->hooks.max_messages = (unsigned)v[RTCIO__SET_HISTORY_ON_JOIN].number;
    store->hooks.max_bytes = v[RTCIO__SET_HISTORY_JOIN_SIZE].number;
    store->hooks.max_reports = (unsigned)v[RTCIO__SET_REPORTS_PER_MINUTE].number;
    store->max_bytes = v[RTCIO__SET_HISTORY_QUEUE].number;
}

static int blame(const rtcio__config *config, rtcio__setting_id id, char *why, size_t why_size,
                 const char *path, const char *reason)
{
    return rtcio__config_blame(config, id, why, why_size,
                               "the database \"%.200s\" cannot be used: %s; its folder must be "
                               "there, and be ours to write in",
                               path, reason);
}

/* One that cannot be there is a mistake in the settings; one that is sick may get well while the
 * server serves. */
static int open_shelf(rtcio__store *store, rtcio__shelf *shelf, const rtcio__config *config,
                      rtcio__setting_id id, char *why, size_t why_size)
{
    char text[256];
    int code = SQLITE_OK;
    shelf->path = config->values[id].text;
    rtcio__log_gate_init(&shelf->gate);
    if (*shelf->path == '\0')
        shelf->path = NULL;
    if (shelf->path == NULL || rtcio__shelf_open(store, shelf, &code, text, sizeof text))
        return 0;
    if ((code & 0xff) == SQLITE_CANTOPEN || code == SQLITE_MISMATCH)
        return blame(config, id, why, why_size, shelf->path, text);
    rtcio__log_line(store->log, RTCIO__LOG_ERROR, "store.fail",
                    RTCIO__TEXT_FIELD("file", shelf->path), RTCIO__TEXT_FIELD("use", shelf->use),
                    RTCIO__TEXT_FIELD("what", "open"), RTCIO__TEXT_FIELD("reason", text));
    return 0;
}

/* A file that is there has to be ours to write; for one that is not, its folder. */
static int access_error(const char *path)
{
    struct stat status;
    if (stat(path, &status) == 0 && S_ISDIR(status.st_mode))
        return EISDIR;
    if (access(path, R_OK | W_OK) == 0)
        return 0;
    if (errno != ENOENT)
        return errno;
    const char *slash = strrchr(path, '/');
    char *folder = slash == NULL   ? strdup(".")
                   : slash == path ? strdup("/")
                                   : strndup(path, (size_t)(slash - path));
    int error = folder == NULL ? ENOMEM : access(folder, W_OK | X_OK) != 0 ? errno : 0;
    free(folder);
    return error;
}

int rtcio__store_check(const rtcio__config *config, char *why, size_t why_size)
{
    static const rtcio__setting_id ids[] = {RTCIO__SET_HISTORY_PATH, RTCIO__SET_ACCESS_MEMBERSHIP};
    for (size_t i = 0; i < sizeof ids / sizeof *ids; i++) {
        const char *path = config->values[ids[i]].text;
        int error = *path != '\0' ? access_error(path) : 0;
        if (error != 0)
            return blame(config, ids[i], why, why_size, path, strerror(error));
    }
    return 0;
}

int rtcio__store_start(rtcio__store *store)
{
    sigset_t all, before;
    if (store == NULL)
        return 0;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int rc = pthread_create(&store->thread, NULL, rtcio__store_work, store);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    store->started = rc == 0;
    return rc;
}

static rtcio__store *create(rtcio__log *log)
{
    rtcio__store *store = calloc(1, sizeof *store);
    pthread_condattr_t monotonic;
    if (store == NULL)
        return NULL;
    store->log = log;
    store->history.use = "history";
    store->history.busy_ms = HISTORY_BUSY_MS;
    store->members.use = "members";
    store->members.busy_ms = MEMBERS_BUSY_MS;
    rtcio__log_gate_init(&store->full_gate);
    pthread_mutex_init(&store->lock, NULL);
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&store->changed, &monotonic);
    pthread_condattr_destroy(&monotonic);
    return store;
}

int rtcio__store_open(rtcio__store **out, const rtcio__config *config, rtcio__log *log, char *why,
                      size_t why_size)
{
    *out = NULL;
    if (*config->values[RTCIO__SET_HISTORY_PATH].text == '\0' &&
        *config->values[RTCIO__SET_ACCESS_MEMBERSHIP].text == '\0')
        return 0;
    rtcio__store *store = create(log);
    snprintf(why, why_size, "out of memory");
    if (store == NULL)
        return 1;
    read_hooks(store, config);
    store->limits = read_limits(config);
    int status = open_shelf(store, &store->history, config, RTCIO__SET_HISTORY_PATH, why, why_size);
    if (status == 0)
        status =
            open_shelf(store, &store->members, config, RTCIO__SET_ACCESS_MEMBERSHIP, why, why_size);
    if (status == 0) {
        *out = store;
        return 0;
    }
    rtcio__store_free(store);
    return status;
}

void rtcio__store_reload(rtcio__store *store, const rtcio__config *config)
{
    if (store == NULL)
        return;
    pthread_mutex_lock(&store->lock);
    store->limits = read_limits(config);
    pthread_mutex_unlock(&store->lock);
}

void rtcio__store_finish(rtcio__store *store)
{
    if (store == NULL)
        return;
    struct timespec end;
    clock_gettime(CLOCK_MONOTONIC, &end);
    end.tv_sec += FINISH_S;
    int rc = 0;
    pthread_mutex_lock(&store->lock);
    store->stopping = true;
    store->finished = store->finished || !store->started;
    pthread_cond_broadcast(&store->changed);
    while (!store->finished && rc == 0)
        rc = pthread_cond_timedwait(&store->changed, &store->lock, &end);
    store->muted = true;
    bool finished = store->finished;
    pthread_mutex_unlock(&store->lock);
    if (finished && store->started)
        pthread_join(store->thread, NULL);
    else if (!finished)
        rtcio__log_line(store->log, RTCIO__LOG_ERROR, "store.late",
                        RTCIO__TEXT_FIELD("reason", "the disk did not take in time what was to be "
                                                    "stored, the rest is lost"),
                        RTCIO__NUMBER_FIELD("bytes", store->stats.n_bytes));
}

void rtcio__store_free(rtcio__store *store)
{
    /* A thread that hangs in the disk still has it. */
    if (store == NULL || (store->stopping && !store->finished))
        return;
    rtcio__database_close(&store->history.db);
    rtcio__database_close(&store->members.db);
    pthread_mutex_destroy(&store->lock);
    pthread_cond_destroy(&store->changed);
    free(store);
}

void rtcio__store_get_stats(const rtcio__store *store, rtcio__store_stats *stats)
{
    uint64_t *to = (uint64_t *)stats;
    const uint64_t *from = (const uint64_t *)&store->stats;
    for (size_t i = 0; i < sizeof *stats / sizeof *to; i++)
        to[i] = __atomic_load_n(&from[i], __ATOMIC_RELAXED);
}
