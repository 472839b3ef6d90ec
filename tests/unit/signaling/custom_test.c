/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */

/* rtcio_signaling_relay_event(): what it refuses. What the events do, tests/interop says. */

#include "../../regress/support.h"

#include <rtcio/signaling.h>

static void names_and_numbers(void **state)
{
    int port;
    rtcio_server *server = serve(NULL, &port);
    rtcio_signaling *s = rtcio_signaling_attach(rtcio_of(server, "/"), NULL);
    rtcio_relay_event event = {.name = "hand", .per_s = 10};
    (void)state;

    assert_int_equal(rtcio_signaling_relay_event(s, &event), 0);
    assert_int_equal(rtcio_signaling_relay_event(s, &event), RTCIO_E_INVALID); /* twice */
    event.name = "room-removed"; /* the server's own */
    assert_int_equal(rtcio_signaling_relay_event(s, &event), RTCIO_E_INVALID);
    event = (rtcio_relay_event){.name = "fast", .per_s = 100001};
    assert_int_equal(rtcio_signaling_relay_event(s, &event), RTCIO_E_INVALID);
    rtcio_server_destroy(server);
}

static void too_late(void **state)
{
    int port;
    static struct inbox in;
    rtcio_server *server = serve(NULL, &port);
    rtcio_signaling *s = rtcio_signaling_attach(rtcio_of(server, "/"), NULL);
    rtcio_relay_event event = {.name = "hand", .per_s = 10};
    (void)state;

    join(server, &in, port);
    assert_int_equal(rtcio_signaling_relay_event(s, &event), RTCIO_E_INVALID);
    close(in.fd);
    rtcio_server_destroy(server);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_and_numbers),
        cmocka_unit_test(too_late),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
