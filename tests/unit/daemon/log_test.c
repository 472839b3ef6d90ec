/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */

/* Log lines: their form, and that no field leaves its place. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <jansson.h>
#include <sys/mman.h>

#include "../../../daemon/log.c"

static char out[LINE_MAX_LEN];

static const char *format(bool json, const char *value)
{
    const rtcio__field fields[] = {RTCIO__TEXT_FIELD("id", "AbC-_9"),
                                   RTCIO__TEXT_FIELD("room", value),
                                   RTCIO__NUMBER_FIELD("members", 3)};
    size_t len = rtcio__log_format(out, sizeof out, json, INT64_C(1795176000123), "info",
                                   "room.join", fields, 3);
    assert_true(len < sizeof out);
    out[len] = '\0';
    return out;
}

#define TEXT_HEAD "2026-11-20T12:00:00.123Z info room.join id=AbC-_9 room="
#define JSON_HEAD                                                                        \
    "{\"time\":\"2026-11-20T12:00:00.123Z\",\"level\":\"info\",\"event\":\"room.join\"," \
    "\"id\":\"AbC-_9\",\"room\":"

static void forms(void **state)
{
    (void)state;
    assert_string_equal(format(false, "lobby"), TEXT_HEAD "lobby members=3\n");
    assert_string_equal(format(true, "lobby"), JSON_HEAD "\"lobby\",\"members\":3}\n");
}

static void odd_values_stay_in_their_field(void **state)
{
    (void)state;
    assert_string_equal(format(false, ""), TEXT_HEAD "\"\" members=3\n");
    assert_string_equal(format(false, "a b"), TEXT_HEAD "\"a b\" members=3\n");
    assert_string_equal(format(false, "x members=9"), TEXT_HEAD "\"x members=9\" members=3\n");
    assert_string_equal(format(false, "a\"b\\"), TEXT_HEAD "\"a\\\"b\\\\\" members=3\n");
    assert_string_equal(format(false, "a\nb\r\x1b[31m\x7f"),
                        TEXT_HEAD "\"a\\u000ab\\u000d\\u001b[31m\\u007f\" members=3\n");
    /* C1 controls, line separators, direction marks; what is no UTF-8. */
    assert_string_equal(format(true, "\xC2\x9B\xE2\x80\xA8\xE2\x80\xAE\xEF\xBB\xBF"),
                        JSON_HEAD "\"\\u009b\\u2028\\u202e\\ufeff\",\"members\":3}\n");
    assert_string_equal(format(true, "\xFF\xC0\xAF\xED\xA0\x80\xE2\x82"),
                        JSON_HEAD "\"\\ufffd\\ufffd\\ufffd\\ufffd\\ufffd\\ufffd\\ufffd\\ufffd\","
                                  "\"members\":3}\n");
    assert_string_equal(format(false, "\xC3\xA4\xF0\x9F\x98\x80"),
                        TEXT_HEAD "\"\xC3\xA4\xF0\x9F\x98\x80\" members=3\n");
}

static void plain_words_only_are_bare(void **state)
{
    (void)state;
    for (int c = 1; c < 256; c++) {
        const char value[] = {'x', (char)c, '\0'};
        bool plain = strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                            "._:/+-@*,[]#",
                            c) != NULL;
        assert_int_equal(format(false, value)[strlen(TEXT_HEAD)] != '"', plain);
    }
}

static void numbers_and_times(void **state)
{
    (void)state;
    static const struct {
        int64_t number, unix_ms;
        const char *line;
    } lines[] = {
        {0, 0, "1970-01-01T00:00:00.000Z info n n=0\n"},
        {INT64_MIN, 999, "1970-01-01T00:00:00.999Z info n n=-9223372036854775808\n"},
        {INT64_MAX, 1000, "1970-01-01T00:00:01.000Z info n n=9223372036854775807\n"},
        {-10, INT64_C(1709251199045), "2024-02-29T23:59:59.045Z info n n=-10\n"},
        {10, INT64_C(1709251200000), "2024-03-01T00:00:00.000Z info n n=10\n"},
    };
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        const rtcio__field field = RTCIO__NUMBER_FIELD("n", lines[i].number);
        size_t len =
            rtcio__log_format(out, sizeof out, false, lines[i].unix_ms, "info", "n", &field, 1);
        out[len] = '\0';
        assert_string_equal(out, lines[i].line);
    }
}

static void long_values_are_cut(void **state)
{
    (void)state;
    char value[3000];
    for (int fill = 1; fill < 256; fill++) {
        memset(value, fill, sizeof value);
        value[sizeof value - 1] = '\0';
        const char *line = format(true, value);
        assert_true(strlen(line) < 600);
        json_t *tree = json_loads(line, 0, NULL);
        assert_non_null(tree);
        assert_int_equal(json_integer_value(json_object_get(tree, "members")), 3);
        json_decref(tree);
        line = format(false, value);
        assert_true(strlen(line) < 600);
        assert_ptr_equal(strchr(line, '\n'), line + strlen(line) - 1);
    }
}

static void level_and_flush(void **state)
{
    (void)state;
    static rtcio__log log;
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    rtcio__log_init(&log, ends[1], false, RTCIO__LOG_WARN);
    rtcio__log_line(&log, RTCIO__LOG_INFO, "quiet", RTCIO__NUMBER_FIELD("n", 1));
    rtcio__log_line(&log, RTCIO__LOG_WARN, "loud", RTCIO__NUMBER_FIELD("n", -2));
    rtcio__log_flush(&log);
    ssize_t n = read(ends[0], out, sizeof out - 1);
    assert_true(n > 0);
    out[n] = '\0';
    assert_non_null(strstr(out, " warn loud n=-2\n"));
    assert_null(strstr(out, "quiet"));
    assert_int_equal(log.len, 0);
    /* More lines than the buffer holds go out on the way. */
    close(ends[0]);
    close(ends[1]);
    for (int i = 0; i < 5000; i++)
        rtcio__log_line(&log, RTCIO__LOG_ERROR, "many", RTCIO__NUMBER_FIELD("n", i));
    assert_true(log.len < sizeof log.buf);
}

#define N_WRITERS  4
#define N_LINES    400
#define LINES_SIZE (1 << 20)

static void somebody_is_told(void *user)
{
    __atomic_add_fetch((int *)user, 1, __ATOMIC_RELAXED);
}

static void *write_lines(void *user)
{
    for (int i = 0; i < N_LINES; i++)
        rtcio__log_line(user, RTCIO__LOG_INFO, "line", RTCIO__NUMBER_FIELD("n", i));
    return NULL;
}

static void threads_write_whole_lines(void **state)
{
    (void)state;
    static rtcio__log log;
    pthread_t writers[N_WRITERS];
    int told = 0, n_lines = 0, fd = memfd_create("log", 0);
    assert_true(fd >= 0);
    rtcio__log_init(&log, fd, false, RTCIO__LOG_INFO);
    rtcio__log_on_lines(&log, somebody_is_told, &told);
    for (int i = 0; i < N_WRITERS; i++)
        assert_int_equal(pthread_create(&writers[i], NULL, write_lines, &log), 0);
    rtcio__log_flush(&log);
    for (int i = 0; i < N_WRITERS; i++)
        assert_int_equal(pthread_join(writers[i], NULL), 0);
    rtcio__log_flush(&log);
    assert_true(told > 0 && told < N_WRITERS * N_LINES);

    char *text = test_calloc(1, LINES_SIZE), *rest = text;
    assert_true(pread(fd, text, LINES_SIZE - 1, 0) > 0);
    for (char *line; (line = strsep(&rest, "\n")) != NULL && *line != '\0'; n_lines++)
        assert_true(strncmp(line + 24, " info line n=", 13) == 0 &&
                    strchr(line + 30, ' ') != NULL && strlen(line) < 24 + 13 + 4);
    assert_int_equal(n_lines, N_WRITERS * N_LINES);
    test_free(text);
    close(fd);
}

static void gate_counts_what_it_holds_back(void **state)
{
    (void)state;
    rtcio__log_gate gate;
    rtcio__log_gate_init(&gate);
    uint64_t suppressed = 99, n_passed = 0;
    for (int i = 0; i < 100; i++)
        n_passed += rtcio__log_gate_pass(&gate, 5000 + i, &suppressed);
    assert_int_equal(n_passed, GATE_PER_S);
    assert_int_equal(suppressed, 0);
    assert_true(rtcio__log_gate_pass(&gate, 6000, &suppressed));
    assert_int_equal(suppressed, 100 - GATE_PER_S);
    assert_true(rtcio__log_gate_pass(&gate, 6001, &suppressed));
    assert_int_equal(suppressed, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(forms),
        cmocka_unit_test(odd_values_stay_in_their_field),
        cmocka_unit_test(plain_words_only_are_bare),
        cmocka_unit_test(numbers_and_times),
        cmocka_unit_test(long_values_are_cut),
        cmocka_unit_test(level_and_flush),
        cmocka_unit_test(threads_write_whole_lines),
        cmocka_unit_test(gate_counts_what_it_holds_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
