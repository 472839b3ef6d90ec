/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */

/* What a host asked for between two turns was timed from the turn before: an acknowledgement asked
 * for after a pause timed out at once. */

#include "support.h"

static int status_told = 1;

static void on_response(int status, const rtcio_responses *responses, void *user)
{
    (void)responses, (void)user;
    status_told = status;
}

static bool told(void *user)
{
    (void)user;
    return status_told <= 0;
}

static void a_timeout_counts_from_the_call(void **state)
{
    struct inbox *in = test_malloc(sizeof *in);
    int port;
    rtcio_server *server = serve(NULL, &port);
    (void)state;

    join(server, in, port);
    turn(server, 0);
    poll(NULL, 0, 150);
    assert_int_equal(rtcio_emit_with_ack(rtcio_timeout(rtcio_of(server, "/"), 100), "q",
                                         on_response, NULL, NULL),
                     0);
    assert_true(await(server, in, "420[\"q\"]"));
    put_frame(in->fd, 1, "430[]");
    assert_true(turn_until(server, told, NULL));
    assert_int_equal(status_told, 0);
    close(in->fd);
    test_free(in);
    rtcio_server_destroy(server);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_timeout_counts_from_the_call),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
