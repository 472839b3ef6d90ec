/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */

/* The settings of `rtcio serve`: precedence, units, ranges, and errors that help. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "config/internal.h"

#include <stdlib.h>
#include <string.h>

static rtcio__config config;
static char why[256];

/* Words in one string, separated by '|'. */
static int read_words_of(const char *line)
{
    static char copy[512];
    char *words[32];
    int n = 0;
    snprintf(copy, sizeof copy, "%s", line);
    for (char *p = copy; *line != '\0' && p != NULL && n < 32;)
        words[n++] = strsep(&p, "|");
    why[0] = '\0';
    return rtcio__config_read(&config, n, words, why, sizeof why);
}

static uint64_t number(rtcio__setting_id id)
{
    return config.values[id].number;
}

static int clear_environment(void **state)
{
    (void)state;
    for (int i = 0; i < RTCIO__N_SETTINGS; i++) {
        char name[RTCIO__NAME_SIZE];
        rtcio__setting_env(&rtcio__settings[i], "", name);
        unsetenv(name);
        if (rtcio__settings[i].env != NULL)
            unsetenv(rtcio__settings[i].env);
    }
    return 0;
}

/* Every default of the table passes its own check. */
static void defaults(void **state)
{
    (void)state;
    assert_int_equal(read_words_of(""), 0);
    assert_int_equal(number(RTCIO__SET_PORT), 3001);
    assert_string_equal(config.values[RTCIO__SET_HOST].text, "::");
    assert_string_equal(config.values[RTCIO__SET_ALLOWED_ORIGINS].text, "*");
    assert_int_equal(number(RTCIO__SET_QUIET), 0);
    assert_int_equal(number(RTCIO__SET_LOG_LEVEL), 1);
    assert_false(config.help);
}

static void both_spellings(void **state)
{
    (void)state;
    assert_int_equal(read_words_of("--port|3000|--host=127.0.0.1"), 0);
    assert_int_equal(number(RTCIO__SET_PORT), 3000);
    assert_string_equal(config.values[RTCIO__SET_HOST].text, "127.0.0.1");
    assert_int_equal(read_words_of("--port=0|--path|--odd"), 0);
    assert_int_equal(number(RTCIO__SET_PORT), 0);
    assert_string_equal(config.values[RTCIO__SET_PATH].text, "--odd");
    /* The last of several counts. */
    assert_int_equal(read_words_of("--port=1|--port=2"), 0);
    assert_int_equal(number(RTCIO__SET_PORT), 2);
}

static void flag_over_environment_over_default(void **state)
{
    (void)state;
    setenv("PORT", "4000", 1);
    setenv("RTCIO_LOG", "json", 1);
    setenv("HOST", "", 1);
    assert_int_equal(read_words_of(""), 0);
    assert_int_equal(number(RTCIO__SET_PORT), 4000);
    assert_int_equal(number(RTCIO__SET_LOG), 1);
    assert_string_equal(config.values[RTCIO__SET_HOST].text, "::");
    assert_int_equal(read_words_of("--port|5000"), 0);
    assert_int_equal(number(RTCIO__SET_PORT), 5000);
    /* A bad variable does no harm where the flag says otherwise. */
    setenv("PORT", "nonsense", 1);
    assert_int_equal(read_words_of("--port|5000"), 0);
    assert_int_equal(read_words_of(""), RTCIO__EXIT_USAGE);
    assert_string_equal(why, "PORT=nonsense cannot be used, give 0 to 65535");
}

static void units(void **state)
{
    (void)state;
    assert_int_equal(read_words_of("--ping-interval|25s|--ping-timeout|1500|--max-payload|1M|"
                                   "--max-queue|4GiB|--max-head|8k"),
                     0);
    assert_int_equal(number(RTCIO__SET_PING_INTERVAL), 25000);
    assert_int_equal(number(RTCIO__SET_PING_TIMEOUT), 1500);
    assert_int_equal(number(RTCIO__SET_MAX_PAYLOAD), 1048576);
    assert_int_equal(number(RTCIO__SET_MAX_QUEUE), UINT64_C(4294967296));
    assert_int_equal(number(RTCIO__SET_MAX_HEAD), 8192);
}

static void switches(void **state)
{
    (void)state;
    assert_int_equal(read_words_of("--quiet|--port|1"), 0);
    assert_int_equal(number(RTCIO__SET_QUIET), 1);
    assert_int_equal(read_words_of("--quiet=no"), 0);
    assert_int_equal(number(RTCIO__SET_QUIET), 0);
    assert_int_equal(read_words_of("--quiet=maybe"), RTCIO__EXIT_USAGE);
    assert_string_equal(why, "--quiet maybe cannot be used, give yes or no");
}

static void assert_refused(const char *line, const char *expected)
{
    assert_int_equal(read_words_of(line), RTCIO__EXIT_USAGE);
    assert_string_equal(why, expected);
}

static void errors_that_help(void **state)
{
    (void)state;
    assert_refused("--port|70000", "--port 70000 cannot be used, give 0 to 65535");
    assert_refused("--port|-1", "--port -1 cannot be used, give 0 to 65535");
    assert_refused("--port|80x", "--port 80x cannot be used, give 0 to 65535");
    assert_refused("--port|", "--port  cannot be used, give 0 to 65535");
    assert_refused("--port|99999999999999999999999",
                   "--port 99999999999999999999999 cannot be used, give 0 to 65535");
    assert_refused("--ping-timeout|999999999999h",
                   "--ping-timeout 999999999999h cannot be used, give 1 to 86400000 ms");
    assert_refused("--max-payload|18446744073709551615G",
                   "--max-payload 18446744073709551615G cannot be used, give 1024 to 1073741824 "
                   "bytes");
    assert_refused("--log|xml", "--log xml cannot be used, give text or json");
    assert_refused("--host=", "--host  cannot be used, give text");
    assert_refused("--prot|1", "unknown option --prot, did you mean --port?");
    assert_refused("--relay-scop=any", "unknown option --relay-scop, did you mean --relay-scope?");
    assert_refused("--frobnicate", "unknown option --frobnicate, see: rtcio serve --help");
    assert_refused("--port", "--port needs a value, see: rtcio serve --help");
    assert_refused("3000", "unexpected \"3000\", see: rtcio serve --help");
    assert_refused("--log|a\nb\x1b[0m", "--log a?b?[0m cannot be used, give text or json");
}

static void help_wins(void **state)
{
    (void)state;
    assert_int_equal(read_words_of("--port|1|--help|--nonsense"), 0);
    assert_true(config.help);
}

/* What the table promises to every reader of it. */
static void rows_are_sound(void **state)
{
    (void)state;
    for (int i = 0; i < RTCIO__N_SETTINGS; i++) {
        const rtcio__setting *a = &rtcio__settings[i];
        bool number = a->type == RTCIO__TYPE_NUMBER || a->type == RTCIO__TYPE_DURATION ||
                      a->type == RTCIO__TYPE_SIZE;
        assert_true(!number || a->min < a->max);
        uint64_t value;
        assert_true(rtcio__value_read(a, a->fallback, &value));
        assert_true(a->type != RTCIO__TYPE_SECRET || *a->fallback == '\0');
        assert_true((a->choices != NULL) == (a->type == RTCIO__TYPE_CHOICE));
        assert_null(strchr(a->text, '|'));
        assert_false(rtcio__setting_is_section(a->key));
        for (int j = 0; j < i; j++) {
            assert_string_not_equal(a->key, rtcio__settings[j].key);
            if (a->env != NULL && rtcio__settings[j].env != NULL)
                assert_string_not_equal(a->env, rtcio__settings[j].env);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(defaults, clear_environment),
        cmocka_unit_test_setup(both_spellings, clear_environment),
        cmocka_unit_test_setup(flag_over_environment_over_default, clear_environment),
        cmocka_unit_test_setup(units, clear_environment),
        cmocka_unit_test_setup(switches, clear_environment),
        cmocka_unit_test_setup(errors_that_help, clear_environment),
        cmocka_unit_test_setup(help_wins, clear_environment),
        cmocka_unit_test(rows_are_sound),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
