/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */

/* Reading events: raw arguments and members, unpacking, trees, binary values. The events are made
 * from packets as they come, without a server. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "socketio/internal.h"

static char text[4096];
static struct rtcio__sio_packet packet;

static rtcio_event event_of(const char *wire)
{
    snprintf(text, sizeof text, "%s", wire);
    assert_null(rtcio__sio_decode(text, strlen(text), 64, &packet));
    return (rtcio_event){
        .name = packet.event,
        .name_len = packet.event_len,
        .args = {packet.args_len > 0 ? packet.args : "", packet.args_len},
        .first = {packet.first, packet.first_len},
        .index = packet.first_is_object ? &packet.index : NULL,
        .n_args = packet.n_args,
        .depth = packet.depth,
        .n_attachments = packet.n_attachments,
    };
}

static void assert_slice(rtcio_slice slice, const char *expected)
{
    if (expected == NULL) {
        assert_null(slice.data);
        assert_int_equal(slice.len, 0);
        return;
    }
    assert_non_null(slice.data);
    assert_int_equal(slice.len, strlen(expected));
    assert_memory_equal(slice.data, expected, slice.len);
}

static void arguments(void **state)
{
    (void)state;
    rtcio_event ev = event_of("2[\"e\", 1 ,{\"a\":[1,\"]\"]},\"x,y\" , null]");
    assert_string_equal(rtcio_event_name(&ev), "e");
    assert_slice(rtcio_event_arg(&ev, 0), "1");
    assert_slice(rtcio_event_arg(&ev, 1), "{\"a\":[1,\"]\"]}");
    assert_slice(rtcio_event_arg(&ev, 2), "\"x,y\"");
    assert_slice(rtcio_event_arg(&ev, 3), "null");
    assert_slice(rtcio_event_arg(&ev, 4), NULL);
    assert_int_equal(rtcio_event_depth(&ev), 2);

    ev = event_of("2[\"bare\"]");
    assert_slice(rtcio_event_args(&ev), "");
    assert_slice(rtcio_event_arg(&ev, 0), NULL);
    assert_slice(rtcio_event_member(&ev, "a"), NULL);
    assert_int_equal(rtcio_event_members(&ev, NULL, 0), 0);
}

static void members(void **state)
{
    (void)state;
    rtcio_event ev = event_of("2[\"e\",{\"a\":1,\"b\" : \"x\",\"a\":[2]}]");
    assert_slice(rtcio_event_member(&ev, "a"), "[2]"); /* of duplicates the last */
    assert_slice(rtcio_event_member(&ev, "b"), "\"x\"");
    assert_slice(rtcio_event_member(&ev, "c"), NULL);

    rtcio_member all[4];
    assert_int_equal(rtcio_event_members(&ev, all, 4), 3);
    assert_slice(all[0].key, "a");
    assert_slice(all[0].value, "1");
    assert_slice(all[1].value, "\"x\"");
    assert_slice(all[2].value, "[2]");
    assert_int_equal(rtcio_event_members(&ev, all, 1), 3);

    ev = event_of("2[\"e\",{\"\\u0061\":7}]");
    assert_slice(rtcio_event_member(&ev, "a"), "7");
    assert_int_equal(rtcio_event_members(&ev, all, 4), 1);
    assert_slice(all[0].key, "\\u0061");

    ev = event_of("2[\"e\",[1]]");
    assert_slice(rtcio_event_member(&ev, "a"), NULL);
    assert_int_equal(rtcio_event_members(&ev, all, 4), 0);
}

/* More members than are noted while the packet is decoded. */
static void many_members(void **state)
{
    char wire[2048] = "2[\"e\",{";
    char expected[16], key[16];
    rtcio_member all[40];
    (void)state;

    for (unsigned i = 0; i < 40; i++) {
        size_t len = strlen(wire);
        snprintf(wire + len, sizeof wire - len, "%s \"k%u\" : {\"v\":%u}", i > 0 ? " ," : "", i, i);
    }
    snprintf(wire + strlen(wire), sizeof wire - strlen(wire), " }]");
    rtcio_event ev = event_of(wire);
    for (size_t cap = 0; cap <= 40; cap++)
        assert_int_equal(rtcio_event_members(&ev, all, cap), 40);
    for (unsigned i = 0; i < 40; i++) {
        snprintf(key, sizeof key, "k%u", i);
        snprintf(expected, sizeof expected, "{\"v\":%u}", i);
        assert_slice(all[i].key, key);
        assert_slice(all[i].value, expected);
        assert_slice(rtcio_event_member(&ev, key), expected);
    }
}

static void unpacking(void **state)
{
    (void)state;
    rtcio_event ev = event_of("2[\"e\",{\"room\":\"r\",\"n\":3},true,\"extra\"]");
    const char *room;
    int n, flag;
    assert_int_equal(rtcio_event_unpack(&ev, "{s:s,s:i} b", "room", &room, "n", &n, &flag), 0);
    assert_string_equal(room, "r");
    assert_int_equal(n, 3);
    assert_true(flag);
    assert_int_equal(rtcio_event_unpack(&ev, "s", &room), RTCIO_E_FORMAT);
    assert_int_equal(rtcio_event_unpack(&ev, "{s:s}", "absent", &room), RTCIO_E_FORMAT);
    assert_int_equal(json_array_size(rtcio_event_json(&ev)), 3);
    rtcio__event_fini(&ev);

    /* jansson cannot represent a lone surrogate; raw access still can. */
    ev = event_of("2[\"e\",\"\\ud800\"]");
    assert_null(rtcio_event_json(&ev));
    assert_int_equal(rtcio_event_unpack(&ev, "s", &room), RTCIO_E_FORMAT);
    assert_slice(rtcio_event_arg(&ev, 0), "\"\\ud800\"");
    rtcio__event_fini(&ev);
}

static void binary_values(void **state)
{
    (void)state;
    rtcio_event ev = event_of("52-[\"e\",{\"_placeholder\":true,\"num\":1},{\"x\":"
                              "{\"_placeholder\":true,\"num\":0}}, 5]");
    const rtcio_slice attachments[] = {{"zero", 4}, {"one", 3}};
    ev.attachments = attachments;
    assert_slice(rtcio_event_binary(&ev, 0), "one");
    assert_slice(rtcio_event_binary(&ev, 1), NULL); /* an object that contains one */
    assert_slice(rtcio_event_binary(&ev, 2), NULL);
    assert_slice(rtcio_event_attachment(&ev, 0), "zero");
    assert_slice(rtcio_event_attachment(&ev, 2), NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(arguments),     cmocka_unit_test(members),
        cmocka_unit_test(many_members),  cmocka_unit_test(unpacking),
        cmocka_unit_test(binary_values),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
