/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */

/* Addresses in all their spellings, networks, and who a forwarded request comes from. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "codec/http.h"
#include "engine/address.h"
#include "engine/forwarded.h"

#include <rtcio/errors.h>
#include <stdio.h>
#include <string.h>

static struct rtcio__address address(const char *text)
{
    struct rtcio__address a;
    assert_true(rtcio__address_parse(&a, text, strlen(text)));
    return a;
}

static void one_address_however_written(void **state)
{
    (void)state;
    const char *const pairs[][2] = {
        {"127.0.0.1", "127.0.0.1"},       {"::ffff:127.0.0.1", "127.0.0.1"},
        {"::FFFF:7f00:1", "127.0.0.1"},   {"0:0:0:0:0:ffff:7f00:0001", "127.0.0.1"},
        {"2001:DB8::0:1", "2001:db8::1"}, {"0:0::1", "::1"},
    };
    for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++) {
        char text[RTCIO__ADDRESS_TEXT];
        struct rtcio__address a = address(pairs[i][0]);
        assert_string_equal(rtcio__address_text(&a, text), pairs[i][1]);
    }
    const char *const none[] = {"",      "1.2.3",      "01.2.3.4", "1.2.3.4.5",        "256.1.1.1",
                                "::1%1", "1.2.3.4 ",   "::g",      "0x7f.1",           "2130706433",
                                "[::1]", "1.2.3.4:80", "unix",     "1:2:3:4:5:6:7:8:9"};
    for (size_t i = 0; i < sizeof none / sizeof none[0]; i++) {
        struct rtcio__address a;
        assert_false(rtcio__address_parse(&a, none[i], strlen(none[i])));
    }
}

static void networks(void **state)
{
    (void)state;
    const struct {
        const char *list, *address;
        bool in;
    } rows[] = {
        {"10.0.0.0/8", "10.255.0.1", true},
        {"10.0.0.0/8", "11.0.0.1", false},
        {"10.0.0.0/8", "::ffff:10.0.0.1", true},
        {"::ffff:10.0.0.0/104", "10.1.2.3", true},
        {"::ffff:10.0.0.0/104", "11.1.2.3", false},
        {"192.0.2.128/25", "192.0.2.127", false},
        {"192.0.2.128/25", "192.0.2.128", true},
        {"0.0.0.0/0", "203.0.113.9", true},
        {"0.0.0.0/0", "::1", false},
        {"::/0", "203.0.113.9", false},
        {"fd00::/8", "fdff::1", true},
        {"127.0.0.1", "127.0.0.2", false},
        {" 10.0.0.1 , ::1", "::1", true},
        {"unix", "10.0.0.1", false},
        {"", "10.0.0.1", false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct rtcio__networks n;
        struct rtcio__address a = address(rows[i].address);
        assert_int_equal(rtcio__networks_parse(&n, rows[i].list, NULL, NULL), 0);
        assert_int_equal(rtcio__networks_have(&n, &a), rows[i].in);
        rtcio__networks_fini(&n);
    }
    struct rtcio__networks n;
    struct rtcio__address nobody = {0};
    assert_int_equal(rtcio__networks_parse(&n, "::1,unix", NULL, NULL), 0);
    assert_true(rtcio__networks_have(&n, &nobody));
    rtcio__networks_fini(&n);

    const char *const faulty[] = {"10.0.0.0/33", "10.0.0.0/",   "::/129",    "10.0.0.0/-1",
                                  "example.org", "10.0.0.0/8x", "1.2.3.4/a", "::ffff:1.2.3.4/95"};
    for (size_t i = 0; i < sizeof faulty / sizeof faulty[0]; i++) {
        char list[64];
        const char *fault = NULL;
        size_t len = 0;
        snprintf(list, sizeof list, "::1, %s", faulty[i]);
        assert_int_equal(rtcio__networks_parse(&n, list, &fault, &len), RTCIO_E_INVALID);
        assert_int_equal(len, strlen(faulty[i]));
        assert_memory_equal(fault, faulty[i], len);
    }
}

/* Who a request with these header lines comes from, when its peer is `peer` and the proxies are
 * 10.0.0.0/8, 127.0.0.1 and ::1. */
static void check(const char *peer, enum rtcio_forwarded_header header, const char *lines,
                  const char *wanted, bool wanted_secure)
{
    char text[1024], out[RTCIO__ADDRESS_TEXT];
    struct rtcio__http_head head;
    struct rtcio__networks trusted;
    struct rtcio__address a = address(peer);
    bool secure = false;
    int n = snprintf(text, sizeof text, "GET / HTTP/1.1\r\nHost: x\r\n%s\r\n", lines);
    assert_int_equal(rtcio__http_parse_head(text, (size_t)n, &head), 0);
    assert_int_equal(rtcio__networks_parse(&trusted, "10.0.0.0/8,127.0.0.1,::1", NULL, NULL), 0);
    rtcio__forwarded(&trusted, header, &head, &a, &secure);
    assert_string_equal(rtcio__address_text(&a, out), wanted);
    assert_int_equal(secure, wanted_secure);
    rtcio__networks_fini(&trusted);
}

static void x_forwarded_for(void **state)
{
    (void)state;
    const enum rtcio_forwarded_header x = RTCIO_X_FORWARDED_FOR;
    check("127.0.0.1", x, "", "127.0.0.1", false);
    check("127.0.0.1", x, "X-Forwarded-For: 192.0.2.1\r\n", "192.0.2.1", false);
    /* Who is not trusted is believed nothing. */
    check("203.0.113.5", x, "X-Forwarded-For: 192.0.2.1\r\nX-Forwarded-Proto: https\r\n",
          "203.0.113.5", false);
    /* The client's own inventions stand on the left. */
    check("127.0.0.1", x, "X-Forwarded-For: 1.1.1.1, 192.0.2.1, 10.0.0.2\r\n", "192.0.2.1", false);
    check("127.0.0.1", x, "X-Forwarded-For: 127.0.0.1, 203.0.113.1\r\n", "203.0.113.1", false);
    check("127.0.0.1", x, "X-Forwarded-For: 1.1.1.1\r\nx-forwarded-for: 192.0.2.7 ,10.0.0.2\r\n",
          "192.0.2.7", false);
    /* All of them are proxies: the furthest. */
    check("127.0.0.1", x, "X-Forwarded-For: 10.0.0.9, 10.0.0.2\r\n", "10.0.0.9", false);
    check("127.0.0.1", x, "X-Forwarded-For: 192.0.2.1:1234\r\n", "192.0.2.1", false);
    check("::1", x, "X-Forwarded-For: [2001:db8::1]:99\r\n", "2001:db8::1", false);
    check("::1", x, "X-Forwarded-For: 2001:db8::1\r\n", "2001:db8::1", false);
    check("::ffff:127.0.0.1", x, "X-Forwarded-For: ::ffff:192.0.2.1\r\n", "192.0.2.1", false);
    /* What is no address ends the walk. */
    check("127.0.0.1", x, "X-Forwarded-For: 1.1.1.1, unknown, 10.0.0.2\r\n", "10.0.0.2", false);
    check("127.0.0.1", x, "X-Forwarded-For: ,\r\n", "127.0.0.1", false);
    check("127.0.0.1", x, "X-Forwarded-For:\r\nX-Forwarded-Proto: https\r\n", "127.0.0.1", true);
    check("127.0.0.1", x, "X-Forwarded-Proto: http, HTTPS\r\n", "127.0.0.1", true);
    check("127.0.0.1", x, "X-Forwarded-Proto: https, http\r\n", "127.0.0.1", false);
    check("127.0.0.1", x, "Forwarded: for=1.1.1.1;proto=https\r\n", "127.0.0.1", false);
}

static void forwarded(void **state)
{
    (void)state;
    const enum rtcio_forwarded_header f = RTCIO_FORWARDED;
    check("127.0.0.1", f, "Forwarded: for=192.0.2.43\r\n", "192.0.2.43", false);
    check("127.0.0.1", f, "Forwarded: proto=https; For=\"[2001:db8:cafe::17]:4711\"\r\n",
          "2001:db8:cafe::17", true);
    check("127.0.0.1", f, "Forwarded: for=1.1.1.1;proto=https, for=192.0.2.1;proto=http\r\n",
          "192.0.2.1", false);
    check("127.0.0.1", f, "Forwarded: for=192.0.2.1;proto=https, for=10.0.0.1;by=x\r\n",
          "192.0.2.1", true);
    check("127.0.0.1", f, "Forwarded: for=_hidden, for=10.0.0.1\r\n", "10.0.0.1", false);
    check("127.0.0.1", f, "Forwarded: by=10.0.0.1\r\nX-Forwarded-For: 1.1.1.1\r\n", "127.0.0.1",
          false);
    check("127.0.0.1", f, "Forwarded: ;;=,=;for\r\n", "127.0.0.1", false);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_address_however_written),
        cmocka_unit_test(networks),
        cmocka_unit_test(x_forwarded_for),
        cmocka_unit_test(forwarded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
