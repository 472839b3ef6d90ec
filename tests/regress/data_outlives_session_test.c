/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */

/* The function that frees a socket's data found the socket's session freed (AddressSanitizer sees
 * it). */

#include "support.h"

static char key;
static unsigned n_freed;

static void free_data(void *data)
{
    assert_string_equal(rtcio_handshake_address(data), "127.0.0.1");
    n_freed++;
}

static void on_connection(rtcio_socket *socket, const rtcio_event *ev, void *user)
{
    (void)ev, (void)user;
    assert_int_equal(rtcio_socket_set_data(socket, &key, socket, free_data), 0);
}

static bool freed(void *user)
{
    (void)user;
    return n_freed == 1;
}

static void a_socket_is_whole_while_its_data_goes(void **state)
{
    struct inbox *in = test_malloc(sizeof *in);
    int port;
    rtcio_server *server = serve(NULL, &port);
    (void)state;

    rtcio_on_connection(rtcio_of(server, "/"), on_connection, NULL);
    join(server, in, port);
    close(in->fd);
    test_free(in);
    assert_true(turn_until(server, freed, NULL));
    rtcio_server_destroy(server);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_socket_is_whole_while_its_data_goes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
