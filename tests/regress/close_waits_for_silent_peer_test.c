/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */

/* A WebSocket whose peer had not answered an earlier Close delayed the end of a closed server by
 * close_timeout_ms. */

#include "support.h"

static void on_bye(rtcio_socket *socket, const rtcio_event *ev, void *user)
{
    (void)ev, (void)user;
    rtcio_socket_disconnect(socket, true);
}

static bool finished(void *user)
{
    return rtcio_server_turn(user) == 0;
}

static void a_silent_peer_is_not_waited_for(void **state)
{
    struct inbox *in = test_malloc(sizeof *in);
    int port;
    rtcio_server *server = serve(NULL, &port);
    (void)state;

    rtcio_on(rtcio_of(server, "/"), "bye", on_bye, NULL);
    join(server, in, port);
    put_frame(in->fd, 1, "42[\"bye\"]");
    assert_true(await(server, in, "\x88"));
    rtcio_server_close(server);
    assert_true(turn_until(server, finished, server)); /* PATIENCE_MS, not 30 s */
    close(in->fd);
    test_free(in);
    rtcio_server_destroy(server);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_silent_peer_is_not_waited_for),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
