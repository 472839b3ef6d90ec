/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */

/* Closing the server in a `disconnecting` handler told some of the other sockets "forced close". */

#include "support.h"

#define N 4

static unsigned n_told;

static void on_disconnecting(rtcio_socket *socket, const rtcio_event *ev, void *user)
{
    (void)ev, (void)user;
    rtcio_server_close(rtcio_socket_server(socket));
}

static void on_disconnect(rtcio_socket *socket, const rtcio_event *ev, void *user)
{
    const char *reason = rtcio_event_reason(ev);
    (void)socket, (void)user;

    n_told++;
    assert_string_not_equal(reason, "forced close");
}

static bool all_told(void *user)
{
    (void)user;
    return n_told == N;
}

static void every_socket_hears_of_the_shutdown(void **state)
{
    static struct inbox in[N];
    (void)state;

    /* The one that closes must be met first, which is up to a hash. */
    for (int round = 0; round < 12; round++) {
        int port;
        rtcio_server *server = serve(NULL, &port);
        n_told = 0;
        rtcio_on_disconnecting(rtcio_of(server, "/"), on_disconnecting, NULL);
        rtcio_on_disconnect(rtcio_of(server, "/"), on_disconnect, NULL);
        for (int i = 0; i < N; i++)
            join(server, &in[i], port);
        put_frame(in[0].fd, 1, "41");
        assert_true(turn_until(server, all_told, NULL));
        for (int i = 0; i < N; i++)
            close(in[i].fd);
        rtcio_server_destroy(server);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_socket_hears_of_the_shutdown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
