/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */
#ifndef RTCIO_DAEMON_STORE_DATABASE_H
#define RTCIO_DAEMON_STORE_DATABASE_H

/* One SQLite file: messages, reports, members; docs/operations.md describes the tables. A
 * connection is one thread's. Results are SQLite's codes, SQLITE_OK when it is done. Knows no
 * servers. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <sqlite3.h>

enum rtcio__statement {
    RTCIO__SQL_BEGIN,
    RTCIO__SQL_COMMIT,
    RTCIO__SQL_ROLLBACK,
    RTCIO__SQL_LAST,
    RTCIO__SQL_APPEND,
    RTCIO__SQL_TRIM,
    RTCIO__SQL_FETCH,
    RTCIO__SQL_REPORT,
    RTCIO__SQL_REPORTS,
    RTCIO__SQL_EXPIRE_MESSAGES,
    RTCIO__SQL_DROP_OLDEST,
    RTCIO__SQL_EXPIRE_REPORTS,
    RTCIO__SQL_TRIM_REPORTS,
    RTCIO__SQL_IS_MEMBER,
    RTCIO__SQL_ADD_MEMBER,
    RTCIO__SQL_REMOVE_MEMBER,
    RTCIO__SQL_LIST_MEMBERS,
    RTCIO__N_SQL,
};

typedef struct rtcio__database {
    sqlite3 *connection; /* NULL: not open */
    sqlite3_stmt *statements[RTCIO__N_SQL];
} rtcio__database;

typedef struct rtcio__limits {
    uint32_t max_messages;  /* of a room, 1 or more */
    uint64_t max_age_ms;    /* of a message; 0: no limit */
    uint64_t max_bytes;     /* of the file, roughly; 0: no limit */
    uint32_t max_reports;   /* in all */
    uint64_t report_age_ms; /* 0: no limit */
} rtcio__limits;

typedef struct rtcio__text {
    char *data; /* to be freed */
    size_t len;
} rtcio__text;

/* Opens the file, makes it (readable for its owner only) and its tables where there are none.
 * @param busy_ms  how long to wait for other processes that have it locked
 * @param why      receives a line about what is wrong; SQLite's codes, SQLITE_MISMATCH for a file
 *                 that a newer version of ours has made */
int rtcio__database_open(rtcio__database *db, const char *path, int busy_ms, char *why,
                         size_t why_size);
void rtcio__database_close(rtcio__database *db);

int rtcio__database_begin(rtcio__database *db);
int rtcio__database_commit(rtcio__database *db);
void rtcio__database_rollback(rtcio__database *db);
/* False once SQLite has rolled back by itself, as it does when the disk is full. */
bool rtcio__database_in_transaction(const rtcio__database *db);

/* Keeps `body`, and of older messages as many as the limits allow. */
int rtcio__database_append(rtcio__database *db, const rtcio__limits *limits, int64_t now_ms,
                           const char *room, const char *body, size_t len);
/* The last messages of a room as a JSON array, the oldest first, up to so many and so many bytes.
 */
int rtcio__database_fetch(rtcio__database *db, const rtcio__limits *limits, int64_t now_ms,
                          const char *room, unsigned max_messages, size_t max_bytes,
                          rtcio__text *out);

typedef struct rtcio__stored_report {
    const char *from, *from_user, *target, *target_user, *reason, *room; /* NULL: not known */
} rtcio__stored_report;
int rtcio__database_report(rtcio__database *db, int64_t now_ms, const rtcio__stored_report *report);
/* Reports with an id below `before` (0: all), the newest first, as a JSON array. */
int rtcio__database_reports(rtcio__database *db, int64_t before, unsigned max, rtcio__text *out);

/* Deletes a bounded number of what is too old or too much. `more` tells whether some is left. */
int rtcio__database_prune(rtcio__database *db, const rtcio__limits *limits, int64_t now_ms,
                          bool *more);

/* --- members.c ------------------------------------------------------------------------------ */

/* SQLITE_ROW: it is one, SQLITE_DONE: it is not, otherwise an error. */
int rtcio__database_is_member(rtcio__database *db, const char *user, const char *room);
int rtcio__database_add_member(rtcio__database *db, int64_t now_ms, const char *user,
                               const char *room);
/* `room` NULL: of all rooms. `n` receives how many memberships it was. */
int rtcio__database_remove_member(rtcio__database *db, const char *user, const char *room, int *n);
/* Of one user, or of all when NULL, sorted. */
int rtcio__database_list_members(rtcio__database *db, const char *user,
                                 void (*fn)(const char *user, const char *room, void *arg),
                                 void *arg);

/* A statement with its texts bound, NULL as NULL; what is not bound yet is NULL. NULL result: ask
 * sqlite3_errcode(). rtcio__database_done() is due. */
sqlite3_stmt *rtcio__database_statement(rtcio__database *db, enum rtcio__statement which,
                                        const char *const *texts, int n_texts);
/* Resets it. @return `result`, SQLITE_DONE as SQLITE_OK */
int rtcio__database_done(sqlite3_stmt *statement, int result);

#endif
