/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */

/* The file: its tables, its statements, transactions. What stands in the tables is messages.c's and
 * members.c's. */

#include "store/database.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define VERSION 1

/* `n` numbers the messages of a room, so that the last ones and those beyond the limit are found by
 * the index alone. */
static const char schema[] =
    "CREATE TABLE message (id INTEGER PRIMARY KEY, room TEXT NOT NULL, n INTEGER NOT NULL,"
    " at INTEGER NOT NULL, body TEXT NOT NULL);"
    "CREATE UNIQUE INDEX message_room ON message (room, n);"
    "CREATE TABLE report (id INTEGER PRIMARY KEY AUTOINCREMENT, at INTEGER NOT NULL,"
    " reporter TEXT, reporter_user TEXT, target TEXT, target_user TEXT, room TEXT, reason TEXT);"
    "CREATE TABLE member (user TEXT NOT NULL, room TEXT NOT NULL, added INTEGER NOT NULL,"
    " PRIMARY KEY (user, room)) WITHOUT ROWID;"
    "PRAGMA user_version = 1;";

static const char *const sql[RTCIO__N_SQL] = {
    [RTCIO__SQL_BEGIN] = "BEGIN IMMEDIATE",
    [RTCIO__SQL_COMMIT] = "COMMIT",
    [RTCIO__SQL_ROLLBACK] = "ROLLBACK",
    [RTCIO__SQL_LAST] = "SELECT max(n) FROM message WHERE room = ?1",
    [RTCIO__SQL_APPEND] = "INSERT INTO message (room, n, at, body) VALUES (?1, ?2, ?3, ?4)",
    [RTCIO__SQL_TRIM] = "DELETE FROM message WHERE room = ?1 AND n <= ?2",
    [RTCIO__SQL_FETCH] = "SELECT body FROM message WHERE room = ?1 AND at >= ?2"
                         " ORDER BY n DESC LIMIT ?3",
    [RTCIO__SQL_REPORT] = "INSERT INTO report (reporter, reporter_user, target, target_user, room,"
                          " reason, at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
    [RTCIO__SQL_REPORTS] = "SELECT id, at, reporter, reporter_user, target, target_user, room,"
                           " reason FROM report WHERE id < ?1 ORDER BY id DESC LIMIT ?2",
    [RTCIO__SQL_EXPIRE_MESSAGES] = "DELETE FROM message WHERE id IN"
                                   " (SELECT id FROM message ORDER BY id LIMIT ?2) AND at < ?1",
    [RTCIO__SQL_DROP_OLDEST] =
        "DELETE FROM message WHERE id IN (SELECT id FROM message ORDER BY id LIMIT ?1)",
    [RTCIO__SQL_EXPIRE_REPORTS] = "DELETE FROM report WHERE id IN"
                                  " (SELECT id FROM report ORDER BY id LIMIT ?2) AND at < ?1",
    [RTCIO__SQL_TRIM_REPORTS] = "DELETE FROM report WHERE id <="
                                " (SELECT id FROM report ORDER BY id DESC LIMIT 1 OFFSET ?1)",
    [RTCIO__SQL_IS_MEMBER] = "SELECT 1 FROM member WHERE user = ?1 AND room = ?2",
    [RTCIO__SQL_ADD_MEMBER] = "INSERT INTO member (user, room, added) VALUES (?1, ?2, ?3)"
                              " ON CONFLICT DO NOTHING",
    [RTCIO__SQL_REMOVE_MEMBER] = "DELETE FROM member WHERE user = ?1 AND (?2 IS NULL OR room = ?2)",
    [RTCIO__SQL_LIST_MEMBERS] = "SELECT user, room FROM member WHERE ?1 IS NULL OR user = ?1"
                                " ORDER BY user, room",
};

static int read_version(sqlite3 *connection, int *version)
{
    sqlite3_stmt *statement;
    int rc = sqlite3_prepare_v2(connection, "PRAGMA user_version", -1, &statement, NULL);
    if (rc != SQLITE_OK)
        return rc;
    rc = sqlite3_step(statement);
    *version = rc == SQLITE_ROW ? sqlite3_column_int(statement, 0) : 0;
    sqlite3_finalize(statement);
    return rc == SQLITE_ROW ? SQLITE_OK : rc;
}

/* Two processes may come to an empty file at once: the second finds the tables of the first. */
static int make_tables(sqlite3 *connection, int *version)
{
    int rc = sqlite3_exec(connection, "BEGIN IMMEDIATE", NULL, NULL, NULL);
    if (rc == SQLITE_OK)
        rc = read_version(connection, version);
    if (rc == SQLITE_OK && *version == 0) {
        rc = sqlite3_exec(connection, schema, NULL, NULL, NULL);
        *version = VERSION;
    }
    if (rc == SQLITE_OK)
        rc = sqlite3_exec(connection, "COMMIT", NULL, NULL, NULL);
    return rc;
}

/* What is said in rooms is nobody else's business on this machine. SQLite gives its other files the
 * mode of this one. */
static void create_file(const char *path)
{
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd >= 0)
        close(fd);
}

static int set_up(rtcio__database *db, int busy_ms, int *version)
{
    sqlite3 *connection = db->connection;
    sqlite3_extended_result_codes(connection, 1);
    sqlite3_busy_timeout(connection, busy_ms);
    /* FULL: a commit is on the disk when it returns, also if the power goes. */
    int rc = sqlite3_exec(connection,
                          "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;"
                          "PRAGMA secure_delete = FAST; PRAGMA journal_size_limit = 4194304;",
                          NULL, NULL, NULL);
    if (rc == SQLITE_OK)
        rc = read_version(connection, version);
    if (rc == SQLITE_OK && *version == 0)
        rc = make_tables(connection, version);
    if (rc == SQLITE_OK && *version != VERSION)
        return SQLITE_MISMATCH;
    for (int i = 0; rc == SQLITE_OK && i < RTCIO__N_SQL; i++)
        rc = sqlite3_prepare_v3(connection, sql[i], -1, SQLITE_PREPARE_PERSISTENT,
                                &db->statements[i], NULL);
    return rc;
}

int rtcio__database_open(rtcio__database *db, const char *path, int busy_ms, char *why,
                         size_t why_size)
{
    int version = 0;
    *db = (rtcio__database){0};
    create_file(path);
    int rc =
        sqlite3_open_v2(path, &db->connection, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL);
    if (rc == SQLITE_OK)
        rc = set_up(db, busy_ms, &version);
    if (rc == SQLITE_OK)
        return rc;
    if (rc == SQLITE_MISMATCH)
        snprintf(why, why_size, "its tables are of version %d, this rtcio knows %d", version,
                 VERSION);
    else
        snprintf(why, why_size, "%s",
                 db->connection != NULL ? sqlite3_errmsg(db->connection) : sqlite3_errstr(rc));
    rtcio__database_close(db);
    return rc;
}

void rtcio__database_close(rtcio__database *db)
{
    for (int i = 0; i < RTCIO__N_SQL; i++)
        sqlite3_finalize(db->statements[i]);
    sqlite3_close(db->connection);
    *db = (rtcio__database){0};
}

int rtcio__database_done(sqlite3_stmt *statement, int result)
{
    sqlite3_reset(statement);
    sqlite3_clear_bindings(statement);
    return result == SQLITE_DONE ? SQLITE_OK : result;
}

static int run(rtcio__database *db, enum rtcio__statement which)
{
    sqlite3_stmt *statement = db->statements[which];
    return rtcio__database_done(statement, sqlite3_step(statement));
}

int rtcio__database_begin(rtcio__database *db)
{
    return run(db, RTCIO__SQL_BEGIN);
}

int rtcio__database_commit(rtcio__database *db)
{
    return run(db, RTCIO__SQL_COMMIT);
}

void rtcio__database_rollback(rtcio__database *db)
{
    if (rtcio__database_in_transaction(db))
        (void)run(db, RTCIO__SQL_ROLLBACK);
}

bool rtcio__database_in_transaction(const rtcio__database *db)
{
    return sqlite3_get_autocommit(db->connection) == 0;
}

sqlite3_stmt *rtcio__database_statement(rtcio__database *db, enum rtcio__statement which,
                                        const char *const *texts, int n_texts)
{
    sqlite3_stmt *statement = db->statements[which];
    for (int i = 0; i < n_texts; i++) {
        if (texts[i] != NULL &&
            sqlite3_bind_text(statement, i + 1, texts[i], -1, SQLITE_STATIC) != SQLITE_OK)
            return NULL;
    }
    return statement;
}
