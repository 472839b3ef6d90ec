/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */
#ifndef RTCIO_DAEMON_STORE_JOB_H
#define RTCIO_DAEMON_STORE_JOB_H

/* What workers ask of the storage thread, and how it gets there and back. */

#include <pthread.h>
#include <string.h>

#include "store/store.h"

typedef enum rtcio__job_kind {
    RTCIO__JOB_MEMBER, /* first: answered before the others of its batch */
    RTCIO__JOB_APPEND,
    RTCIO__JOB_REPORT,
    RTCIO__JOB_FETCH,
    RTCIO__JOB_REPORTS,
} rtcio__job_kind;

#define RTCIO__JOB_TEXTS 6

typedef struct rtcio__job {
    struct rtcio__job *next;
    rtcio__store *store;
    rtcio__job_kind kind;
    rtcio_server *server;
    /* On the server's thread, or, when that goes, anywhere. Neither frees the job. */
    void (*answer)(struct rtcio__job *job);
    void (*drop)(struct rtcio__job *job);
    void *handle; /* for them */
    rtcio__store_fn fn;
    void (*fn_drop)(void *);
    size_t size;   /* counted in store.held */
    int64_t at_ms; /* when it was asked; of RTCIO__JOB_REPORTS, `before` */
    unsigned max;
    size_t max_bytes;
    const char *texts[RTCIO__JOB_TEXTS]; /* behind the struct */
    size_t body_len;                     /* of texts[1] of a RTCIO__JOB_APPEND */
    int result;                          /* 0, RTCIO_E_*; of RTCIO__JOB_MEMBER, 1: it is one */
    rtcio__text json;
} rtcio__job;

typedef struct rtcio__jobs {
    rtcio__job *first, **end;
} rtcio__jobs;

/* One of the files. Only the storage thread touches it, once it runs. */
typedef struct rtcio__shelf {
    const char *path; /* NULL: there is none */
    const char *use;  /* for the log */
    int busy_ms;
    rtcio__database db;
    int64_t retry_ms; /* not open: when to try again, of the monotonic clock */
    rtcio__log_gate gate;
} rtcio__shelf;

struct rtcio__store {
    rtcio__shelf history, members;
    rtcio_history hooks;
    rtcio__log *log;
    size_t max_bytes; /* of jobs and results */

    pthread_mutex_t lock;
    pthread_cond_t changed; /* of the monotonic clock */
    pthread_t thread;
    rtcio__jobs queue;
    rtcio__limits limits;
    bool started;  /* the thread has been */
    bool stopping; /* take nothing more, finish what is there */
    bool finished; /* the thread has */
    bool muted;    /* the servers go: answer nobody */

    rtcio__log_gate full_gate;
    int64_t prune_ms;         /* when to look for what is old; monotonic */
    rtcio__store_stats stats; /* atomic */
};

/* --- queue.c ---------------------------------------------------------------------------------- */

/* A job with its texts copied behind it, each with a NUL ({NULL, 0}: none). NULL for want of
 * memory. */
rtcio__job *rtcio__job_create(rtcio__job_kind kind, rtcio_server *server, const rtcio_slice *texts,
                              size_t n_texts);
/* Of a text that may be NULL. */
static inline rtcio_slice rtcio__job_text(const char *text)
{
    return (rtcio_slice){text, text != NULL ? strlen(text) : 0};
}
/* Hands it to the thread. On an error of the library the job has been freed, and nothing called. */
int rtcio__job_send(rtcio__store *store, rtcio__job *job);
void rtcio__job_free(rtcio__job *job);
/* Has all of them answered on their servers' threads. */
void rtcio__jobs_answer(rtcio__store *store, rtcio__jobs *jobs);
void rtcio__jobs_add(rtcio__jobs *jobs, rtcio__job *job);

static inline void rtcio__store_count(uint64_t *counter, uint64_t n)
{
    __atomic_add_fetch(counter, n, __ATOMIC_RELAXED);
}

/* --- work.c ----------------------------------------------------------------------------------- */

/* The thread. */
void *rtcio__store_work(void *store);
/* Opens the file if it is not, and it is time to try. False: it is not open. */
bool rtcio__shelf_open(rtcio__store *store, rtcio__shelf *shelf, int *code, char *why, size_t size);

/* In ms; the monotonic one never goes back. */
int64_t rtcio__store_unix_ms(void);
int64_t rtcio__store_now_ms(void);

#endif
