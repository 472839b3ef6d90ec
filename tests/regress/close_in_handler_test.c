/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */

/* Closing the server in a handler, in the turn in which a connection waits to be accepted, used a
 * freed listener. */

#include "support.h"

static void on_bye(rtcio_socket *socket, const rtcio_event *ev, void *user)
{
    (void)ev, (void)user;
    rtcio_server_close(rtcio_socket_server(socket));
}

static void a_listener_outlives_the_turn(void **state)
{
    int port;
    struct inbox *in = test_malloc(sizeof *in);
    rtcio_server *server = serve(NULL, &port);
    (void)state;

    rtcio_on(rtcio_of(server, "/"), "bye", on_bye, NULL);
    join(server, in, port);
    /* The event stands before the connection in the poller's list. */
    put_frame(in->fd, 1, "42[\"bye\"]");
    int late = dial(port);
    assert_true(await(server, in, NULL));
    close(late);
    close(in->fd);
    test_free(in);
    rtcio_server_destroy(server);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_listener_outlives_the_turn),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
