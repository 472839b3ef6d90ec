/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */

/* The tables of the store: what is kept, in which order, and what goes. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "store/database.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define DAY INT64_C(86400000)

static char folder[64], path[96];
static rtcio__database db;

static int open_file(void **state)
{
    char why[200];
    (void)state;
    snprintf(folder, sizeof folder, "/tmp/rtcio-db-XXXXXX");
    if (mkdtemp(folder) == NULL)
        return -1;
    snprintf(path, sizeof path, "%s/x.db", folder);
    return rtcio__database_open(&db, path, 100, why, sizeof why);
}

static int remove_file(void **state)
{
    static const char *const suffixes[] = {"", "-wal", "-shm"};
    char name[112];
    (void)state;
    rtcio__database_close(&db);
    for (int i = 0; i < 3; i++) {
        snprintf(name, sizeof name, "%s%s", path, suffixes[i]);
        (void)unlink(name);
    }
    return rmdir(folder);
}

static const rtcio__limits wide = {.max_messages = 1000000, .max_reports = 1000000};

static int append(const rtcio__limits *limits, int64_t now_ms, const char *room, const char *body)
{
    return rtcio__database_append(&db, limits, now_ms, room, body, strlen(body));
}

/* The room's last messages; valid until the next call. */
static const char *last(const rtcio__limits *limits, int64_t now_ms, const char *room, unsigned n,
                        size_t max_bytes)
{
    static rtcio__text text;
    free(text.data);
    text = (rtcio__text){0};
    assert_int_equal(rtcio__database_fetch(&db, limits, now_ms, room, n, max_bytes, &text),
                     SQLITE_OK);
    assert_int_equal(text.data[text.len - 1], ']');
    static char copy[4096];
    snprintf(copy, sizeof copy, "%.*s", (int)text.len, text.data);
    free(text.data);
    text.data = NULL;
    return copy;
}

static int64_t count(const char *table)
{
    char sql[64];
    sqlite3_stmt *st;
    snprintf(sql, sizeof sql, "SELECT count(*) FROM %s", table);
    assert_int_equal(sqlite3_prepare_v2(db.connection, sql, -1, &st, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_step(st), SQLITE_ROW);
    int64_t n = sqlite3_column_int64(st, 0);
    sqlite3_finalize(st);
    return n;
}

static void the_last_of_a_room(void **state)
{
    const rtcio__limits five = {.max_messages = 5, .max_reports = 1};
    char body[16];
    (void)state;
    assert_string_equal(last(&wide, 1, "a", 10, 4096), "[]");
    assert_int_equal(append(&five, 1, "b", "0"), SQLITE_OK);
    for (int i = 1; i <= 20; i++) {
        snprintf(body, sizeof body, "%d", i);
        assert_int_equal(append(&five, i, "a", body), SQLITE_OK);
    }
    assert_int_equal(count("message"), 6);
    assert_string_equal(last(&wide, 30, "a", 10, 4096), "[16,17,18,19,20]");
    assert_string_equal(last(&wide, 30, "a", 2, 4096), "[19,20]");
    assert_string_equal(last(&wide, 30, "b", 10, 4096), "[0]");
    /* By bytes: each has two and its comma. */
    assert_string_equal(last(&wide, 30, "a", 10, 9), "[18,19,20]");
    assert_string_equal(last(&wide, 30, "a", 10, 8), "[19,20]");
    assert_string_equal(last(&wide, 30, "a", 10, 2), "[]");
    /* A smaller limit takes what is too much with the next message; a larger one keeps more. */
    const rtcio__limits two = {.max_messages = 2, .max_reports = 1};
    assert_int_equal(append(&two, 21, "a", "21"), SQLITE_OK);
    assert_string_equal(last(&wide, 30, "a", 10, 4096), "[20,21]");
    assert_int_equal(append(&wide, 22, "a", "22"), SQLITE_OK);
    assert_string_equal(last(&wide, 30, "a", 10, 4096), "[20,21,22]");
}

static void too_old(void **state)
{
    const rtcio__limits day = {
        .max_messages = 10, .max_age_ms = DAY, .max_reports = 10, .report_age_ms = DAY};
    bool more = true;
    (void)state;
    const rtcio__stored_report report = {.target = "t"};
    for (int i = 0; i < 3; i++) {
        char body[2] = {(char)('0' + i), '\0'};
        assert_int_equal(append(&day, 10 * DAY + i * DAY, "a", body), SQLITE_OK);
        assert_int_equal(rtcio__database_report(&db, 10 * DAY + i * DAY, &report), SQLITE_OK);
    }
    /* Not shown from the moment on, deleted with the next round. */
    assert_string_equal(last(&day, 12 * DAY, "a", 10, 4096), "[1,2]");
    assert_string_equal(last(&day, 12 * DAY + 1, "a", 10, 4096), "[2]");
    assert_int_equal(count("message"), 3);
    assert_int_equal(rtcio__database_prune(&db, &day, 12 * DAY + 1, &more), SQLITE_OK);
    assert_int_equal(count("message"), 1);
    assert_int_equal(count("report"), 1);
    assert_false(more);
    /* A clock that goes back shows it all. */
    assert_string_equal(last(&day, 5, "a", 10, 4096), "[2]");
    assert_int_equal(rtcio__database_prune(&db, &day, 100 * DAY, &more), SQLITE_OK);
    assert_int_equal(count("message"), 0);
    assert_int_equal(append(&day, 100 * DAY, "a", "9"), SQLITE_OK);
    assert_string_equal(last(&day, 100 * DAY, "a", 10, 4096), "[9]");
}

static void too_large(void **state)
{
    rtcio__limits limits = wide;
    char *body = malloc(1001);
    bool more = true;
    (void)state;
    memset(body, '1', 1000);
    body[1000] = '\0';
    assert_int_equal(rtcio__database_begin(&db), SQLITE_OK);
    for (int i = 0; i < 5000; i++)
        assert_int_equal(append(&wide, i, i < 2500 ? "old" : "new", body), SQLITE_OK);
    assert_int_equal(rtcio__database_commit(&db), SQLITE_OK);
    free(body);
    limits.max_bytes = 3000000;
    int rounds = 0;
    for (; more && rounds < 100; rounds++)
        assert_int_equal(rtcio__database_prune(&db, &limits, 5000, &more), SQLITE_OK);
    assert_true(rounds > 1); /* a bounded number at once */
    assert_false(more);
    int64_t left = count("message");
    assert_true(left >= 1000 && left < 3000);
    assert_string_equal(last(&wide, 5000, "old", 1, 4096), "[]");
}

static void reports_as_json(void **state)
{
    const rtcio__stored_report full = {"f", "ann", "t", "bob", "say \"x\"", "r"},
                               bare = {.target = "t"};
    rtcio__limits two = wide;
    rtcio__text text = {0};
    bool more;
    (void)state;
    assert_int_equal(rtcio__database_report(&db, 5, &full), SQLITE_OK);
    assert_int_equal(rtcio__database_report(&db, 6, &bare), SQLITE_OK);
    assert_int_equal(rtcio__database_reports(&db, 0, 10, &text), SQLITE_OK);
    assert_string_equal(text.data, "[{\"id\":2,\"at\":6,\"target\":\"t\"},{\"id\":1,\"at\":5,"
                                   "\"from\":\"f\",\"fromUser\":\"ann\",\"target\":\"t\","
                                   "\"targetUser\":\"bob\",\"room\":\"r\","
                                   "\"reason\":\"say \\\"x\\\"\"}]");
    free(text.data);
    assert_int_equal(rtcio__database_reports(&db, 2, 10, &text), SQLITE_OK);
    assert_true(strncmp(text.data, "[{\"id\":1,", 9) == 0);
    free(text.data);
    for (int i = 0; i < 5; i++)
        assert_int_equal(rtcio__database_report(&db, 7, &bare), SQLITE_OK);
    two.max_reports = 2;
    assert_int_equal(rtcio__database_prune(&db, &two, 8, &more), SQLITE_OK);
    assert_int_equal(count("report"), 2);
    assert_int_equal(rtcio__database_reports(&db, 0, 10, &text), SQLITE_OK);
    assert_true(strncmp(text.data, "[{\"id\":7,", 9) == 0);
    free(text.data);
}

static void list_one(const char *user, const char *room, void *arg)
{
    char *out = arg;
    snprintf(out + strlen(out), 100 - strlen(out), "%s/%s;", user, room);
}

static void members(void **state)
{
    char list[100] = "";
    int n;
    (void)state;
    assert_int_equal(rtcio__database_is_member(&db, "ann", "red"), SQLITE_DONE);
    for (int i = 0; i < 2; i++)
        assert_int_equal(rtcio__database_add_member(&db, 1, "ann", "red"), SQLITE_OK);
    assert_int_equal(rtcio__database_add_member(&db, 1, "ann", "blue"), SQLITE_OK);
    assert_int_equal(rtcio__database_add_member(&db, 1, "bob", "red"), SQLITE_OK);
    assert_int_equal(rtcio__database_is_member(&db, "ann", "red"), SQLITE_ROW);
    assert_int_equal(rtcio__database_is_member(&db, "ann", "RED"), SQLITE_DONE);
    assert_int_equal(rtcio__database_is_member(&db, "an", "red"), SQLITE_DONE);
    assert_int_equal(rtcio__database_list_members(&db, NULL, list_one, list), SQLITE_OK);
    assert_string_equal(list, "ann/blue;ann/red;bob/red;");
    assert_int_equal(rtcio__database_remove_member(&db, "ann", "red", &n), SQLITE_OK);
    assert_int_equal(n, 1);
    assert_int_equal(rtcio__database_is_member(&db, "ann", "red"), SQLITE_DONE);
    assert_int_equal(rtcio__database_remove_member(&db, "ann", NULL, &n), SQLITE_OK);
    assert_int_equal(n, 1);
    list[0] = '\0';
    assert_int_equal(rtcio__database_list_members(&db, "bob", list_one, list), SQLITE_OK);
    assert_string_equal(list, "bob/red;");
}

static void made_by_a_newer_version(void **state)
{
    char why[200];
    (void)state;
    assert_int_equal(sqlite3_exec(db.connection, "PRAGMA user_version = 7", NULL, NULL, NULL),
                     SQLITE_OK);
    rtcio__database_close(&db);
    assert_int_equal(rtcio__database_open(&db, path, 100, why, sizeof why), SQLITE_MISMATCH);
    assert_string_equal(why, "its tables are of version 7, this rtcio knows 1");
    assert_null(db.connection);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_last_of_a_room, open_file, remove_file),
        cmocka_unit_test_setup_teardown(too_old, open_file, remove_file),
        cmocka_unit_test_setup_teardown(too_large, open_file, remove_file),
        cmocka_unit_test_setup_teardown(reports_as_json, open_file, remove_file),
        cmocka_unit_test_setup_teardown(members, open_file, remove_file),
        cmocka_unit_test_setup_teardown(made_by_a_newer_version, open_file, remove_file),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
