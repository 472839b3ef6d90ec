/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */

/* A server that had been idle gave its next client deadlines that lay in the past. */

#include "support.h"

static void idle(rtcio_server *server)
{
    rtcio_server_turn(server);
    poll(NULL, 0, 150);
}

static void a_client_after_a_pause_has_its_time(void **state)
{
    rtcio_server_options opt;
    struct inbox *in = test_malloc(sizeof *in);
    int port;
    (void)state;

    rtcio_server_options_init(&opt);
    opt.request_timeout_ms = 100;
    rtcio_server *server = serve(&opt, &port);
    idle(server);
    *in = (struct inbox){.fd = dial(port)};
    turn(server, 1000);
    put(in->fd, HANDSHAKE);
    assert_true(await(server, in, "pingInterval"));
    close(in->fd);
    test_free(in);
    rtcio_server_destroy(server);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_client_after_a_pause_has_its_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
