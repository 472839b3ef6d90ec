/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */

/* Messages and reports: kept, read, and deleted when they are too old or too many. */

#include "store/database.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

/* Rows that one round of pruning deletes at most: nobody waits long for it. */
#define PRUNED_AT_ONCE 1000

static int64_t cutoff(int64_t now_ms, uint64_t age_ms)
{
    return age_ms == 0 || age_ms > (uint64_t)now_ms ? 0 : now_ms - (int64_t)age_ms;
}

static int last_number(rtcio__database *db, const char *room, int64_t *n)
{
    sqlite3_stmt *st = rtcio__database_statement(db, RTCIO__SQL_LAST, &room, 1);
    if (st == NULL)
        return sqlite3_errcode(db->connection);
    int rc = sqlite3_step(st);
    *n = rc == SQLITE_ROW ? sqlite3_column_int64(st, 0) : 0; /* NULL is 0 */
    return rtcio__database_done(st, rc == SQLITE_ROW ? SQLITE_OK : rc);
}

int rtcio__database_append(rtcio__database *db, const rtcio__limits *limits, int64_t now_ms,
                           const char *room, const char *body, size_t len)
{
    int64_t n = 0;
    int rc = last_number(db, room, &n);
    if (rc != SQLITE_OK)
        return rc;
    sqlite3_stmt *st = rtcio__database_statement(db, RTCIO__SQL_APPEND, &room, 1);
    if (st == NULL)
        return sqlite3_errcode(db->connection);
    sqlite3_bind_int64(st, 2, n + 1);
    sqlite3_bind_int64(st, 3, now_ms);
    rc = sqlite3_bind_text64(st, 4, body, len, SQLITE_STATIC, SQLITE_UTF8);
    if (rc == SQLITE_OK)
        rc = sqlite3_step(st);
    rc = rtcio__database_done(st, rc);
    if (rc != SQLITE_OK || n + 1 <= limits->max_messages)
        return rc;
    st = rtcio__database_statement(db, RTCIO__SQL_TRIM, &room, 1);
    if (st == NULL)
        return sqlite3_errcode(db->connection);
    sqlite3_bind_int64(st, 2, n + 1 - limits->max_messages);
    return rtcio__database_done(st, sqlite3_step(st));
}

/* --- a room's last messages --------------------------------------------------------------------
 */

/* Bodies as the database gives them, the newest first, and where each ends. */
typedef struct pile {
    char *bytes;
    size_t len, size;
    size_t *ends;
    unsigned n;
} pile;

static bool pile_add(pile *p, const void *body, size_t len)
{
    if (p->size - p->len < len) {
        size_t size = (p->len + len) * 2;
        char *bytes = realloc(p->bytes, size);
        if (bytes == NULL)
            return false;
        p->bytes = bytes;
        p->size = size;
    }
    memcpy(p->bytes + p->len, body, len);
    p->len += len;
    p->ends[p->n++] = p->len;
    return true;
}

static int pile_turn(const pile *p, rtcio__text *out)
{
    out->data = malloc(p->len + p->n + 2);
    if (out->data == NULL)
        return SQLITE_NOMEM;
    char *at = out->data;
    *at++ = '[';
    for (unsigned i = p->n; i-- > 0;) {
        size_t start = i > 0 ? p->ends[i - 1] : 0, len = p->ends[i] - start;
        memcpy(at, p->bytes + start, len);
        at += len;
        if (i > 0)
            *at++ = ',';
    }
    *at++ = ']';
    out->len = (size_t)(at - out->data);
    return SQLITE_OK;
}

static int pile_up(pile *p, sqlite3_stmt *st, size_t max_bytes)
{
    int rc;
    while ((rc = sqlite3_step(st)) == SQLITE_ROW) {
        const void *body = sqlite3_column_text(st, 0);
        size_t len = (size_t)sqlite3_column_bytes(st, 0);
        if (body == NULL || len == 0)
            continue;
        if (len + 1 > max_bytes - p->len - p->n)
            return SQLITE_DONE;
        if (!pile_add(p, body, len))
            return SQLITE_NOMEM;
    }
    return rc;
}

int rtcio__database_fetch(rtcio__database *db, const rtcio__limits *limits, int64_t now_ms,
                          const char *room, unsigned max_messages, size_t max_bytes,
                          rtcio__text *out)
{
    pile p = {.ends = malloc(sizeof *p.ends * max_messages)};
    sqlite3_stmt *st = rtcio__database_statement(db, RTCIO__SQL_FETCH, &room, 1);
    int rc = p.ends == NULL || st == NULL ? SQLITE_NOMEM : SQLITE_OK;
    if (rc == SQLITE_OK) {
        sqlite3_bind_int64(st, 2, cutoff(now_ms, limits->max_age_ms));
        sqlite3_bind_int64(st, 3, max_messages);
        rc = rtcio__database_done(st, pile_up(&p, st, max_bytes));
    }
    if (rc == SQLITE_OK)
        rc = pile_turn(&p, out);
    free(p.ends);
    free(p.bytes);
    return rc;
}

/* --- reports ---------------------------------------------------------------------------------- */

int rtcio__database_report(rtcio__database *db, int64_t now_ms, const rtcio__stored_report *report)
{
    const char *const texts[] = {report->from,        report->from_user, report->target,
                                 report->target_user, report->room,      report->reason};
    sqlite3_stmt *st = rtcio__database_statement(db, RTCIO__SQL_REPORT, texts, 6);
    if (st == NULL)
        return sqlite3_errcode(db->connection);
    sqlite3_bind_int64(st, 7, now_ms);
    return rtcio__database_done(st, sqlite3_step(st));
}

static json_t *read_report(sqlite3_stmt *st)
{
    static const char *const names[] = {"from",       "fromUser", "target",
                                        "targetUser", "room",     "reason"};
    json_t *report = json_object();
    json_object_set_new(report, "id", json_integer(sqlite3_column_int64(st, 0)));
    json_object_set_new(report, "at", json_integer(sqlite3_column_int64(st, 1)));
    for (int i = 0; i < 6; i++) {
        const char *text = (const char *)sqlite3_column_text(st, i + 2);
        if (text != NULL)
            json_object_set_new(report, names[i], json_string(text));
    }
    return report;
}

int rtcio__database_reports(rtcio__database *db, int64_t before, unsigned max, rtcio__text *out)
{
    sqlite3_stmt *st = db->statements[RTCIO__SQL_REPORTS];
    json_t *list = json_array();
    int rc;
    sqlite3_bind_int64(st, 1, before > 0 ? before : INT64_MAX);
    sqlite3_bind_int64(st, 2, max);
    while ((rc = sqlite3_step(st)) == SQLITE_ROW)
        json_array_append_new(list, read_report(st));
    rc = rtcio__database_done(st, rc);
    if (rc == SQLITE_OK) {
        out->data = json_dumps(list, JSON_COMPACT);
        out->len = out->data != NULL ? strlen(out->data) : 0;
        rc = out->data != NULL ? SQLITE_OK : SQLITE_NOMEM;
    }
    json_decref(list);
    return rc;
}

/* --- what is too much ------------------------------------------------------------------------- */

static int64_t pragma(rtcio__database *db, const char *text)
{
    sqlite3_stmt *st;
    int64_t value = 0;
    if (sqlite3_prepare_v2(db->connection, text, -1, &st, NULL) == SQLITE_OK &&
        sqlite3_step(st) == SQLITE_ROW)
        value = sqlite3_column_int64(st, 0);
    sqlite3_finalize(st);
    return value;
}

/* Of pages in use: those of deleted rows are used again. */
static bool is_too_large(rtcio__database *db, const rtcio__limits *limits)
{
    if (limits->max_bytes == 0)
        return false;
    int64_t pages = pragma(db, "PRAGMA page_count") - pragma(db, "PRAGMA freelist_count");
    return (uint64_t)(pages * pragma(db, "PRAGMA page_size")) > limits->max_bytes;
}

/* Two numbers, each bound if it is not negative. `more` is set when as many as possible went. */
static int delete_rows(rtcio__database *db, enum rtcio__statement which, int64_t first,
                       int64_t second, bool *more)
{
    sqlite3_stmt *st = db->statements[which];
    sqlite3_bind_int64(st, 1, first);
    if (second >= 0)
        sqlite3_bind_int64(st, 2, second);
    int rc = rtcio__database_done(st, sqlite3_step(st));
    if (rc == SQLITE_OK && sqlite3_changes(db->connection) >= PRUNED_AT_ONCE)
        *more = true;
    return rc;
}

int rtcio__database_prune(rtcio__database *db, const rtcio__limits *limits, int64_t now_ms,
                          bool *more)
{
    int rc = SQLITE_OK;
    *more = false;
    if (limits->max_age_ms > 0)
        rc = delete_rows(db, RTCIO__SQL_EXPIRE_MESSAGES, cutoff(now_ms, limits->max_age_ms),
                         PRUNED_AT_ONCE, more);
    if (rc == SQLITE_OK && limits->report_age_ms > 0)
        rc = delete_rows(db, RTCIO__SQL_EXPIRE_REPORTS, cutoff(now_ms, limits->report_age_ms),
                         PRUNED_AT_ONCE, more);
    if (rc == SQLITE_OK)
        rc = delete_rows(db, RTCIO__SQL_TRIM_REPORTS, limits->max_reports, -1, more);
    if (rc == SQLITE_OK && is_too_large(db, limits)) {
        rc = delete_rows(db, RTCIO__SQL_DROP_OLDEST, PRUNED_AT_ONCE, -1, more);
        *more = *more || (rc == SQLITE_OK && sqlite3_changes(db->connection) > 0);
    }
    return rc;
}
