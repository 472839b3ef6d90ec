/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */

/* The table of members: which users may come into which rooms. */

#include "store/database.h"

int rtcio__database_is_member(rtcio__database *db, const char *user, const char *room)
{
    const char *const texts[] = {user, room};
    sqlite3_stmt *st = rtcio__database_statement(db, RTCIO__SQL_IS_MEMBER, texts, 2);
    if (st == NULL)
        return sqlite3_errcode(db->connection);
    int rc = sqlite3_step(st);
    (void)rtcio__database_done(st, rc);
    return rc;
}

int rtcio__database_add_member(rtcio__database *db, int64_t now_ms, const char *user,
                               const char *room)
{
    const char *const texts[] = {user, room};
    sqlite3_stmt *st = rtcio__database_statement(db, RTCIO__SQL_ADD_MEMBER, texts, 2);
    if (st == NULL)
        return sqlite3_errcode(db->connection);
    sqlite3_bind_int64(st, 3, now_ms);
    return rtcio__database_done(st, sqlite3_step(st));
}

int rtcio__database_remove_member(rtcio__database *db, const char *user, const char *room, int *n)
{
    const char *const texts[] = {user, room};
    sqlite3_stmt *st = rtcio__database_statement(db, RTCIO__SQL_REMOVE_MEMBER, texts, 2);
    if (st == NULL)
        return sqlite3_errcode(db->connection);
    int rc = rtcio__database_done(st, sqlite3_step(st));
    *n = rc == SQLITE_OK ? sqlite3_changes(db->connection) : 0;
    return rc;
}

int rtcio__database_list_members(rtcio__database *db, const char *user,
                                 void (*fn)(const char *user, const char *room, void *arg),
                                 void *arg)
{
    sqlite3_stmt *st = rtcio__database_statement(db, RTCIO__SQL_LIST_MEMBERS, &user, 1);
    int rc;
    if (st == NULL)
        return sqlite3_errcode(db->connection);
    while ((rc = sqlite3_step(st)) == SQLITE_ROW)
        fn((const char *)sqlite3_column_text(st, 0), (const char *)sqlite3_column_text(st, 1), arg);
    return rtcio__database_done(st, rc);
}
