/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */

/* From settings to the library's options: the defaults of the table are the library's own, every
 * setting reaches its option, and origins are what browsers send. */

#include "config/internal.h"
#include "options.h"

#include <stdlib.h>
#include <string.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static rtcio__serve_options options;
static char why[256];

static int fill(int n_words, const char *const *words)
{
    static rtcio__config config; /* the options borrow from it */
    static char copies[8][128];
    char *argv[8];
    assert_true(n_words <= 8);
    for (int i = 0; i < n_words; i++) {
        snprintf(copies[i], sizeof copies[i], "%s", words[i]);
        argv[i] = copies[i];
    }
    assert_int_equal(rtcio__config_read(&config, n_words, argv, why, sizeof why), 0);
    return rtcio__serve_options_fill(&options, &config, why, sizeof why);
}

#define FILL(...)                                                           \
    fill(sizeof((const char *const[]){__VA_ARGS__}) / sizeof(const char *), \
         (const char *const[]){__VA_ARGS__})

/* Two places say what the default is; they must not differ. */
static void defaults_are_the_librarys(void **state)
{
    (void)state;
    rtcio_server_options server;
    rtcio_signaling_options signaling;
    rtcio_server_options_init(&server);
    rtcio_signaling_options_init(&signaling);
    assert_int_equal(fill(0, NULL), 0);
    assert_string_equal(options.server.path, server.path);
    assert_string_equal(options.server.cors_origin, "*");
    assert_string_equal(options.server.cookie_path, server.cookie_path);
    assert_string_equal(options.server.cookie_same_site, server.cookie_same_site);
    /* What the program decides itself. */
    assert_false(options.server.retain_handshake);
    assert_true(options.server.answer_head);
    assert_true(options.server.check_origin);
    assert_int_equal(options.server.recovery_max_ms, 120000);
    assert_true(options.server.recovery_without_offset);
    assert_int_equal(options.server.max_sessions_per_address, 2000);
    assert_int_equal(options.server.max_handshakes_per_s, 100);
    assert_int_equal(options.server.max_events_per_s, 50);
    assert_int_equal(options.server.max_bytes_per_s, 1 << 20);
    assert_int_equal(options.signaling.max_chat_per_s, 10);
    signaling.max_chat_per_s = options.signaling.max_chat_per_s;
    server.max_sessions_per_address = options.server.max_sessions_per_address;
    server.max_handshakes_per_s = options.server.max_handshakes_per_s;
    server.max_events_per_s = options.server.max_events_per_s;
    server.max_bytes_per_s = options.server.max_bytes_per_s;
    server.path = options.server.path;
    server.cors_origin = options.server.cors_origin;
    server.cookie_path = options.server.cookie_path;
    server.cookie_same_site = options.server.cookie_same_site;
    server.retain_handshake = options.server.retain_handshake;
    server.answer_head = options.server.answer_head;
    server.check_origin = options.server.check_origin;
    server.recovery_max_ms = options.server.recovery_max_ms;
    server.recovery_without_offset = options.server.recovery_without_offset;
    assert_memory_equal(&options.server, &server, sizeof server);
    assert_memory_equal(&options.signaling, &signaling, sizeof signaling);
}

static void settings_reach_their_options(void **state)
{
    (void)state;
    assert_int_equal(FILL("--transports=polling", "--max-sessions=7", "--ping-interval=11",
                          "--ping-timeout=12", "--upgrade-timeout=13", "--connect-timeout=14",
                          "--request-timeout=15", "--keep-alive-timeout=16"),
                     0);
    assert_int_equal(options.server.transports, RTCIO_POLLING);
    assert_false(options.server.allow_upgrades);
    assert_int_equal(options.server.max_sessions, 7);
    assert_int_equal(options.server.ping_interval_ms, 11);
    assert_int_equal(options.server.ping_timeout_ms, 12);
    assert_int_equal(options.server.upgrade_timeout_ms, 13);
    assert_int_equal(options.server.connect_timeout_ms, 14);
    assert_int_equal(options.server.request_timeout_ms, 15);
    assert_int_equal(options.server.keep_alive_timeout_ms, 16);
    assert_int_equal(FILL("--attachment-timeout=17", "--close-timeout=18", "--max-payload=2000",
                          "--max-head=2001", "--max-queue=1G", "--max-json-depth=99",
                          "--transports=websocket", "--path=/x"),
                     0);
    assert_int_equal(options.server.attachment_timeout_ms, 17);
    assert_int_equal(options.server.close_timeout_ms, 18);
    assert_int_equal(options.server.max_payload_bytes, 2000);
    assert_int_equal(options.server.max_head_bytes, 2001);
    assert_int_equal(options.server.max_queue_bytes, 1 << 30);
    assert_int_equal(options.server.max_json_depth, 99);
    assert_int_equal(options.server.transports, RTCIO_WEBSOCKET);
    assert_string_equal(options.server.path, "/x");
    assert_int_equal(FILL("--relay-scope=any", "--max-message=4000", "--max-depth=9",
                          "--max-rooms=3", "--max-password-failures=4", "--max-joins=6"),
                     0);
    assert_int_equal(options.signaling.relay_scope, RTCIO_RELAY_ANY);
    assert_int_equal(options.signaling.max_message_bytes, 4000);
    assert_int_equal(options.signaling.max_depth, 9);
    assert_int_equal(options.signaling.max_rooms_per_socket, 3);
    assert_int_equal(options.signaling.max_password_failures, 4);
    assert_int_equal(options.signaling.max_joins_per_s, 6);
}

static const char *origins(const char *list)
{
    char word[200];
    snprintf(word, sizeof word, "--allowed-origins=%s", list);
    return FILL(word) == 0 ? options.server.cors_origin : "refused";
}

static void origins_are_trimmed_and_checked(void **state)
{
    (void)state;
    assert_string_equal(origins("*"), "*");
    assert_string_equal(origins(" * "), "*");
    assert_string_equal(origins("reflect"), "reflect");
    assert_string_equal(origins("https://a.example"), "https://a.example");
    assert_string_equal(origins(" https://a.example:8443 ,\thttp://[::1]:5173,, "),
                        "https://a.example:8443,http://[::1]:5173");
    assert_string_equal(origins(","), "refused");
    assert_string_equal(origins("*,https://a.example"), "refused");
    assert_string_equal(origins("https://a.example,reflect"), "refused");
    assert_string_equal(origins("a.example"), "refused");
    assert_string_equal(origins("://a.example"), "refused");
    assert_string_equal(origins("https://"), "refused");
    assert_string_equal(origins("https://a.example/app"), "refused");
    assert_string_equal(origins("https://*.example"), "refused");
}

static void credentials_need_names(void **state)
{
    (void)state;
    assert_int_equal(FILL("--cors-credentials"), RTCIO__EXIT_USAGE);
    assert_int_equal(FILL("--cors-credentials", "--allowed-origins=https://a.example"), 0);
    assert_true(options.server.cors_credentials);
}

/* What the table cannot check is asked of the library. */
static void the_library_has_the_last_word(void **state)
{
    (void)state;
    assert_int_equal(FILL("--path=no-slash"), RTCIO__EXIT_USAGE);
    assert_true(strlen(why) > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(defaults_are_the_librarys),
        cmocka_unit_test(settings_reach_their_options),
        cmocka_unit_test(origins_are_trimmed_and_checked),
        cmocka_unit_test(credentials_need_names),
        cmocka_unit_test(the_library_has_the_last_word),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
