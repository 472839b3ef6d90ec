/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */

/* A middleware that decided after its session had begun to close made a connection of it. */

#include "support.h"

static rtcio_next *kept;
static unsigned n_connections;

static void keep(rtcio_socket *socket, rtcio_next *next, void *user)
{
    (void)socket, (void)user;
    kept = next;
}

static void on_connection(rtcio_socket *socket, const rtcio_event *ev, void *user)
{
    (void)socket, (void)ev, (void)user;
    n_connections++;
}

static bool deadline_passed(void *user)
{
    return now_ms() > *(int64_t *)user;
}

static void nobody_enters_a_closing_session(void **state)
{
    rtcio_server_options opt;
    struct inbox *in = test_malloc(sizeof *in);
    char request[256];
    int port;
    (void)state;

    rtcio_server_options_init(&opt);
    opt.connect_timeout_ms = 50;
    rtcio_server *server = serve(&opt, &port);
    rtcio_use(rtcio_of(server, "/"), keep, NULL);
    rtcio_on_connection(rtcio_of(server, "/"), on_connection, NULL);
    *in = (struct inbox){.fd = dial(port)};
    put(in->fd, HANDSHAKE);
    assert_true(await(server, in, "pingInterval"));
    const char *sid = memmem(in->data, in->len, "\"sid\":\"", 7);
    snprintf(request, sizeof request,
             "POST /socket.io/?EIO=4&transport=polling&sid=%.20s HTTP/1.1\r\nHost: x\r\n"
             "Content-Length: 2\r\n\r\n40",
             sid + 7);
    put(in->fd, request);
    assert_true(await(server, in, "ok"));
    assert_non_null(kept);
    int64_t end = now_ms() + 100;
    assert_true(turn_until(server, deadline_passed, &end));
    rtcio_next_accept(kept);
    assert_int_equal(n_connections, 0);
    close(in->fd);
    test_free(in);
    rtcio_server_destroy(server);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nobody_enters_a_closing_session),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
