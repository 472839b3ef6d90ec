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

/* Sends a join that `keep` holds back. False when the deadline to join was there first, as it may
 * be on a busy machine: that is not what is tested. */
static bool join_is_held(rtcio_server *server, struct inbox *in, int port)
{
    char request[256];

    kept = NULL;
    *in = (struct inbox){.fd = dial(port)};
    put(in->fd, HANDSHAKE);
    assert_true(await(server, in, "pingInterval"));
    const char *sid = memmem(in->data, in->len, "\"sid\":\"", 7);
    assert_non_null(sid);
    snprintf(request, sizeof request,
             "POST /socket.io/?EIO=4&transport=polling&sid=%.20s HTTP/1.1\r\nHost: x\r\n"
             "Content-Length: 2\r\n\r\n40",
             sid + 7);
    in->len = 0;
    put(in->fd, request);
    assert_true(await(server, in, "\r\n\r\n"));
    assert_true(kept == NULL || memmem(in->data, in->len, " 200 ", 5) != NULL);
    return kept != NULL;
}

static void nobody_enters_a_closing_session(void **state)
{
    rtcio_server_options opt;
    struct inbox *in = test_malloc(sizeof *in);
    rtcio_server *server = NULL;
    bool held = false;
    int port;
    (void)state;

    rtcio_server_options_init(&opt);
    for (opt.connect_timeout_ms = 50; !held; opt.connect_timeout_ms *= 2) {
        assert_true(opt.connect_timeout_ms < PATIENCE_MS / 2);
        rtcio_server_destroy(server);
        server = serve(&opt, &port);
        rtcio_use(rtcio_of(server, "/"), keep, NULL);
        rtcio_on_connection(rtcio_of(server, "/"), on_connection, NULL);
        held = join_is_held(server, in, port);
        if (!held)
            close(in->fd);
    }
    /* The loop has doubled it: twice the time of this server. */
    int64_t end = now_ms() + opt.connect_timeout_ms;
    assert_true(turn_until(server, deadline_passed, &end));
    turn(server, 0); /* the last one may have begun before the deadline */
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
