/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */
#ifndef RTCIO_DAEMON_STORE_STORE_H
#define RTCIO_DAEMON_STORE_STORE_H

/* Storage of the process: one thread with SQLite, asked by all workers, which it never holds up.
 * What waits for it is bounded in bytes; beyond that it refuses at once. Jobs are done in the order
 * they were asked; all that is there when the thread comes round is one transaction, and nobody is
 * told that something is stored before it is on the disk. */

#include <rtcio/server.h>
#include <rtcio/signaling.h>

#include "config/config.h"
#include "log.h"
#include "store/database.h"

/* Counters since the start; `n_bytes` is now. */
typedef struct rtcio__store_stats {
    uint64_t n_bytes; /* what jobs and their results hold */
    uint64_t stored;  /* messages and reports on the disk */
    uint64_t failed;  /* … that the database has not taken */
    uint64_t refused; /* jobs refused because too much waited */
    uint64_t fetched; /* histories and lists of reports given */
    uint64_t fetch_failed;
    uint64_t commits;       /* transactions */
    uint64_t members_asked; /* questions whether somebody is a member */
    uint64_t members_failed;
    uint64_t pruned_failed; /* rounds of deleting what is old that failed */
} rtcio__store_stats;

typedef struct rtcio__store rtcio__store;

/**
 * Opens the files that the settings name.
 * @param store  receives NULL when none is named
 * @param log    outlives the store
 * @return 0, or the exit status with one line in `why`: a file that cannot be there. One that
 * cannot be read now is logged, and tried again while the server serves.
 */
int rtcio__store_open(rtcio__store **store, const rtcio__config *config, rtcio__log *log, char *why,
                      size_t why_size);

/* Whether the files that the settings name could be opened or made, without touching them. 0, or
 * the exit status with one line in `why`. */
int rtcio__store_check(const rtcio__config *config, char *why, size_t why_size);

/* Starts the thread, which writes to the log. NULL is fine. 0 or an error number. */
int rtcio__store_start(rtcio__store *store);

/* Puts what the store does for the signaling into its options. */
void rtcio__store_prepare(rtcio__store *store, rtcio_signaling_options *options);

/* New limits, of settings that were read again. Any thread. */
void rtcio__store_reload(rtcio__store *store, const rtcio__config *config);

/* Ends the thread, once what waits is stored or five seconds are over; nothing is answered from
 * then on, and nothing taken. Due before the servers go. NULL is fine. */
void rtcio__store_finish(rtcio__store *store);
/* Once the servers are gone. NULL is fine. */
void rtcio__store_free(rtcio__store *store);

/* Any thread. */
void rtcio__store_get_stats(const rtcio__store *store, rtcio__store_stats *stats);

/* --- for other parts of the program ----------------------------------------------------------- */

/* Called once, on the server's thread, unless the server goes before; `json` is an array, "" with
 * an error (RTCIO_E_*). */
typedef void (*rtcio__store_fn)(rtcio_server *server, int result, rtcio_slice json, void *user);
/* `drop` frees `user` when the server goes before `fn`; any thread. All return 0 or
 * RTCIO_E_QUEUE_FULL, RTCIO_E_CLOSED, RTCIO_E_NO_MEMORY, RTCIO_E_UNSUPPORTED (no history is kept),
 * and then call neither. Any thread. */
int rtcio__store_history(rtcio__store *store, rtcio_server *server, const char *room,
                         unsigned max_messages, size_t max_bytes, rtcio__store_fn fn,
                         void (*drop)(void *), void *user);
/* As rtcio__database_reports(). */
int rtcio__store_reports(rtcio__store *store, rtcio_server *server, int64_t before, unsigned max,
                         rtcio__store_fn fn, void (*drop)(void *), void *user);

#endif
