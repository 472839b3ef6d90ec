/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */

/* The storage thread when the disk is full, somebody has the file locked, or too much waits: what
 * clients and the log are told, and that it goes on afterwards. */

#include "../../regress/support.h"

#include "store/job.h"

#include <rtcio/signaling.h>

/* --- a disk that fails when we say so
 * ----------------------------------------------------------- */

static int fault; /* what a write returns, atomic; SQLITE_OK: it writes */
static sqlite3_vfs vfs;
static int (*real_open)(sqlite3_vfs *, const char *, sqlite3_file *, int, int *);
/* SQLite has one table of functions for the database and one for its journals. */
static struct {
    const sqlite3_io_methods *real;
    sqlite3_io_methods ours;
} tables[4];

static int write_or_fail(sqlite3_file *file, const void *data, int len, sqlite3_int64 at)
{
    size_t i = 0;
    int code = __atomic_load_n(&fault, __ATOMIC_ACQUIRE);
    if (code != SQLITE_OK)
        return code;
    while (file->pMethods != &tables[i].ours)
        i++;
    return tables[i].real->xWrite(file, data, len, at);
}

static int open_wrapped(sqlite3_vfs *self, const char *name, sqlite3_file *file, int flags,
                        int *out)
{
    int rc = real_open(self, name, file, flags, out);
    if (rc != SQLITE_OK || file->pMethods == NULL)
        return rc;
    for (size_t i = 0; i < sizeof tables / sizeof *tables; i++) {
        if (tables[i].real == NULL) {
            tables[i].real = file->pMethods;
            tables[i].ours = *file->pMethods;
            tables[i].ours.xWrite = write_or_fail;
        }
        if (tables[i].real == file->pMethods) {
            file->pMethods = &tables[i].ours;
            break;
        }
    }
    return rc;
}

static void install_vfs(void)
{
    vfs = *sqlite3_vfs_find(NULL);
    real_open = vfs.xOpen;
    vfs.zName = "may-fail";
    vfs.xOpen = open_wrapped;
    sqlite3_vfs_register(&vfs, 1);
}

/* --- a server with a store, and one client in the room `r`
 * ---------------------------------------- */

typedef struct fixture {
    char folder[64], path[96];
    int log_pipe[2];
    rtcio__log *log;
    rtcio__config *config;
    rtcio__store *store;
    rtcio_server *server;
    int port;
    struct inbox *in;
} fixture;

static void open_all(fixture *f, const char *queue)
{
    rtcio_signaling_options opt;
    char why[1024], key[] = "--history-path", queue_key[] = "--history-queue", number[16];
    snprintf(f->folder, sizeof f->folder, "/tmp/rtcio-store-XXXXXX");
    assert_non_null(mkdtemp(f->folder));
    snprintf(f->path, sizeof f->path, "%s/x.db", f->folder);
    snprintf(number, sizeof number, "%s", queue);
    char *words[] = {key, f->path, queue_key, number};
    f->config = calloc(1, sizeof *f->config);
    f->log = calloc(1, sizeof *f->log);
    f->in = calloc(1, sizeof *f->in);
    assert_int_equal(pipe2(f->log_pipe, O_NONBLOCK | O_CLOEXEC), 0);
    rtcio__log_init(f->log, f->log_pipe[1], false, RTCIO__LOG_INFO);
    assert_int_equal(rtcio__config_read(f->config, 4, words, why, sizeof why), 0);
    assert_int_equal(rtcio__store_open(&f->store, f->config, f->log, why, sizeof why), 0);
    assert_int_equal(rtcio__store_start(f->store), 0);
    rtcio_signaling_options_init(&opt);
    rtcio__store_prepare(f->store, &opt);
    f->server = serve(NULL, &f->port);
    assert_non_null(rtcio_signaling_attach(rtcio_of(f->server, "/"), &opt));
    join(f->server, f->in, f->port);
    put_frame(f->in->fd, 1, "42[\"join-room\",{\"roomId\":\"r\"}]");
    assert_true(await(f->server, f->in, "join-ok"));
}

static void close_all(fixture *f)
{
    static const char *const suffixes[] = {"", "-wal", "-shm"};
    char name[112];
    close(f->in->fd);
    rtcio__store_finish(f->store);
    rtcio_server_destroy(f->server);
    rtcio__store_free(f->store);
    for (int i = 0; i < 3; i++) {
        snprintf(name, sizeof name, "%s%s", f->path, suffixes[i]);
        (void)unlink(name);
    }
    assert_int_equal(rmdir(f->folder), 0);
    close(f->log_pipe[0]);
    close(f->log_pipe[1]);
    rtcio__config_fini(f->config);
    free(f->config);
    free(f->log);
    free(f->in);
}

/* Says something and waits for the acknowledgement, which begins so. */
static void say(fixture *f, int ack, const char *text, const char *wanted)
{
    char frame[120], answer[64];
    snprintf(frame, sizeof frame, "42%d[\"chat-message\",{\"roomId\":\"r\",\"text\":\"%s\"}]", ack,
             text);
    snprintf(answer, sizeof answer, "43%d[%s", ack, wanted);
    put_frame(f->in->fd, 1, frame);
    /* Twice, for somebody who has it locked for seconds. */
    assert_true(await(f->server, f->in, answer) || await(f->server, f->in, answer));
}

/* The same, until it is stored; how many times that took. */
static int say_until_stored(fixture *f, int ack, const char *text)
{
    for (int n = 1;; n++, ack++) {
        char answer[32];
        assert_true(n < 1000);
        say(f, ack, text, "{\"ok\":");
        snprintf(answer, sizeof answer, "43%d[{\"ok\":true", ack);
        if (memmem(f->in->data, f->in->len, answer, strlen(answer)) != NULL)
            return n;
        turn(f->server, 50);
    }
}

static const char *logged(fixture *f)
{
    static char text[65536];
    rtcio__log_flush(f->log);
    ssize_t n = read(f->log_pipe[0], text, sizeof text - 1);
    text[n > 0 ? n : 0] = '\0';
    return text;
}

#define OK         "{\"ok\":true"
#define NOT_STORED "{\"ok\":false,\"code\":\"not-stored\""

static void a_full_disk(void **state)
{
    fixture f = {0};
    (void)state;
    open_all(&f, "1M");
    say(&f, 1, "a", OK);
    __atomic_store_n(&fault, SQLITE_FULL, __ATOMIC_RELEASE);
    say(&f, 2, "b", NOT_STORED);
    const char *line = strstr(logged(&f), " error store.fail file=");
    assert_non_null(line);
    assert_non_null(strstr(line, "reason=\"database or disk is full\""));
    /* The room goes on, and who joins is sent what there is. */
    struct inbox *other = calloc(1, sizeof *other);
    join(f.server, other, f.port);
    put_frame(other->fd, 1, "42[\"join-room\",{\"roomId\":\"r\"}]");
    assert_true(await(f.server, other, "chat-history"));
    assert_true(await(f.server, other, "\"text\":\"a\""));
    say(&f, 3, "c", NOT_STORED);
    assert_true(await(f.server, other, "\"text\":\"c\""));
    __atomic_store_n(&fault, SQLITE_OK, __ATOMIC_RELEASE);
    say(&f, 4, "d", OK);
    rtcio__store_stats stats;
    rtcio__store_get_stats(f.store, &stats);
    assert_int_equal(stats.stored, 2);
    assert_int_equal(stats.failed, 2);
    assert_int_equal(stats.fetched, 2);
    close(other->fd);
    free(other);
    close_all(&f);
}

/* Unlike one that is full, it is opened anew. */
static void a_broken_disk(void **state)
{
    static const struct {
        int code;
        const char *reason;
    } rows[] = {{SQLITE_READONLY, "reason=\"attempt to write a readonly database\""},
                {SQLITE_IOERR_WRITE, "reason=\"disk I/O error\""}};
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        fixture f = {0};
        open_all(&f, "1M");
        say(&f, 1, "a", OK);
        __atomic_store_n(&fault, rows[i].code, __ATOMIC_RELEASE);
        say(&f, 2, "b", NOT_STORED);
        assert_non_null(strstr(logged(&f), rows[i].reason));
        __atomic_store_n(&fault, SQLITE_OK, __ATOMIC_RELEASE);
        say_until_stored(&f, 3, "c"); /* not at once, but within moments */
        assert_non_null(strstr(logged(&f), " info store.open file="));
        /* What was stored before is there, and what was not is not. */
        struct inbox *other = calloc(1, sizeof *other);
        join(f.server, other, f.port);
        put_frame(other->fd, 1, "42[\"join-room\",{\"roomId\":\"r\"}]");
        assert_true(await(f.server, other, "\"text\":\"c\""));
        assert_true(await(f.server, other, "\"text\":\"a\""));
        assert_null(memmem(other->data, other->len, "\"text\":\"b\"", 10));
        close(other->fd);
        free(other);
        close_all(&f);
    }
}

static void somebody_has_it_locked(void **state)
{
    fixture f = {0};
    sqlite3 *other;
    (void)state;
    open_all(&f, "1M");
    say(&f, 1, "a", OK);
    assert_int_equal(sqlite3_open(f.path, &other), SQLITE_OK);
    assert_int_equal(sqlite3_exec(other, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
    say(&f, 2, "b", NOT_STORED); /* after some seconds */
    assert_non_null(strstr(logged(&f), "reason=\"database is locked\""));
    assert_int_equal(sqlite3_exec(other, "COMMIT", NULL, NULL, NULL), SQLITE_OK);
    say(&f, 3, "c", OK);
    sqlite3_close(other);
    close_all(&f);
}

static void too_much_waits(void **state)
{
    fixture f = {0};
    sqlite3 *other;
    char frame[120];
    (void)state;
    open_all(&f, "65536");
    assert_int_equal(sqlite3_open(f.path, &other), SQLITE_OK);
    assert_int_equal(sqlite3_exec(other, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
    for (int i = 1; i <= 400; i++) {
        snprintf(frame, sizeof frame, "42%d[\"chat-message\",{\"roomId\":\"r\",\"text\":\"x\"}]",
                 i);
        put_frame(f.in->fd, 1, frame);
    }
    /* What does not fit is refused at once. */
    assert_true(await(f.server, f.in, "43400[" NOT_STORED));
    rtcio__store_stats stats;
    rtcio__store_get_stats(f.store, &stats);
    assert_true(stats.n_bytes > 0 && stats.n_bytes <= 65536);
    assert_true(stats.refused > 0);
    assert_non_null(strstr(logged(&f), " error store.full reason="));
    assert_int_equal(sqlite3_exec(other, "COMMIT", NULL, NULL, NULL), SQLITE_OK);
    assert_true(await(f.server, f.in, "431["));
    sqlite3_close(other);
    int n = say_until_stored(&f, 500, "y");
    rtcio__store_get_stats(f.store, &stats);
    assert_int_equal(stats.stored + stats.failed + stats.refused, 400 + n);
    close_all(&f);
}

/* The CONNECT, the join, and what was said. */
static bool all_taken(void *server)
{
    return stats_of(server).messages_in >= 102;
}

/* Nobody turns the server any more, and what was asked is stored all the same. */
static void the_end_comes_first(void **state)
{
    fixture f = {0};
    char frame[120];
    sqlite3 *other;
    sqlite3_stmt *count;
    (void)state;
    open_all(&f, "1M");
    for (int i = 1; i <= 100; i++) {
        snprintf(frame, sizeof frame, "42%d[\"chat-message\",{\"roomId\":\"r\",\"text\":\"x\"}]",
                 i);
        put_frame(f.in->fd, 1, frame);
    }
    assert_true(turn_until(f.server, all_taken, f.server));
    rtcio__store_finish(f.store);
    assert_int_equal(sqlite3_open(f.path, &other), SQLITE_OK);
    assert_int_equal(sqlite3_prepare_v2(other, "SELECT count(*) FROM message", -1, &count, NULL),
                     SQLITE_OK);
    assert_int_equal(sqlite3_step(count), SQLITE_ROW);
    assert_int_equal(sqlite3_column_int(count, 0), 100);
    sqlite3_finalize(count);
    sqlite3_close(other);
    /* From now on it takes nothing. */
    say(&f, 500, "late", NOT_STORED);
    close_all(&f);
}

int main(void)
{
    install_vfs();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_full_disk),
        cmocka_unit_test(a_broken_disk),
        cmocka_unit_test(somebody_has_it_locked),
        cmocka_unit_test(too_much_waits),
        cmocka_unit_test(the_end_comes_first),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
