/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */

/* Addresses as text, against the C library. */

#include "engine/engine.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <arpa/inet.h>
#include <cmocka.h>

static void check(int family, const void *bytes)
{
    struct sockaddr_storage from = {.ss_family = (sa_family_t)family};
    struct rtcio__address address;
    char text[RTCIO__ADDRESS_TEXT], expected[INET6_ADDRSTRLEN];

    if (family == AF_INET)
        memcpy(&((struct sockaddr_in *)&from)->sin_addr, bytes, 4);
    else
        memcpy(&((struct sockaddr_in6 *)&from)->sin6_addr, bytes, 16);
    rtcio__address_set(&address, &from);
    assert_non_null(inet_ntop(family, bytes, expected, sizeof expected));
    assert_string_equal(rtcio__address_text(&address, text), expected);
}

static void every_number_of_ipv4(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 256; i++)
        check(AF_INET, (const uint8_t[]){(uint8_t)i, (uint8_t)(255 - i), (uint8_t)(i * 7), 0});
    check(AF_INET, (const uint8_t[]){255, 255, 255, 255});
}

static void ipv6_and_ipv4_inside(void **state)
{
    (void)state;
    static const char *const texts[] = {"::1", "2001:db8::5", "fe80::1:2:3:4", "::"};
    uint8_t bytes[16];
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        assert_int_equal(inet_pton(AF_INET6, texts[i], bytes), 1);
        check(AF_INET6, bytes);
    }

    struct sockaddr_storage from = {.ss_family = AF_INET6};
    struct rtcio__address address;
    char text[RTCIO__ADDRESS_TEXT];
    assert_int_equal(
        inet_pton(AF_INET6, "::ffff:192.0.2.200", &((struct sockaddr_in6 *)&from)->sin6_addr), 1);
    rtcio__address_set(&address, &from);
    assert_string_equal(rtcio__address_text(&address, text), "192.0.2.200");
    from.ss_family = AF_UNSPEC;
    rtcio__address_set(&address, &from);
    assert_string_equal(rtcio__address_text(&address, text), "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_number_of_ipv4),
        cmocka_unit_test(ipv6_and_ipv4_inside),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
