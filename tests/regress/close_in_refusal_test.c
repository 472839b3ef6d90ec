/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */

/* Closing the server when told of a refused upgrade buried the connection twice. */

#include "support.h"

static rtcio_server *server;

static void on_refused(const rtcio_refusal *refusal, void *user)
{
    (void)refusal, (void)user;
    rtcio_server_close(server);
}

static void the_refused_is_buried_once(void **state)
{
    rtcio_server_options opt;
    struct inbox *in = test_malloc(sizeof *in);
    int port;
    (void)state;

    rtcio_server_options_init(&opt);
    opt.on_refused = on_refused;
    server = serve(&opt, &port);
    *in = (struct inbox){.fd = dial(port)};
    put(in->fd, "GET /socket.io/?EIO=4&transport=websocket&sid=unknown HTTP/1.1\r\n" UPGRADE);
    assert_true(await(server, in, NULL));
    assert_non_null(memmem(in->data, in->len, "Session ID unknown", 18));
    close(in->fd);
    test_free(in);
    rtcio_server_destroy(server);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_refused_is_buried_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
