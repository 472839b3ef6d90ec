/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */

/* Binary messages that waited for an upgrade reached a client that takes text only as binary
 * frames, and a socket forgot its transport when its session ended. */

#include "support.h"

static char transport[16];

static void on_ask(rtcio_socket *socket, const rtcio_event *ev, void *user)
{
    rtcio_slice args = {"{\"_placeholder\":true,\"num\":0}", 29}, bytes = {"hello", 5};
    rtcio_message message = {"bin", &args, 1, &bytes, 1};
    (void)ev, (void)user;

    assert_int_equal(rtcio_emit_message(socket, &message), 0);
}

static void on_disconnect(rtcio_socket *socket, const rtcio_event *ev, void *user)
{
    (void)ev, (void)user;
    snprintf(transport, sizeof transport, "%s", rtcio_socket_transport(socket));
}

/* A polling session in "/"; its request lines are to have %.20s for the sid. */
static const char *join_by_polling(rtcio_server *server, struct inbox *in, int port,
                                   const char *packets)
{
    char request[256];

    *in = (struct inbox){.fd = dial(port)};
    put(in->fd, HANDSHAKE);
    assert_true(await(server, in, "pingInterval"));
    const char *sid = (const char *)memmem(in->data, in->len, "\"sid\":\"", 7) + 7;
    snprintf(request, sizeof request,
             "POST /socket.io/?EIO=4&transport=polling&sid=%.20s HTTP/1.1\r\nHost: x\r\n"
             "Content-Length: %zu\r\n\r\n%s",
             sid, strlen(packets), packets);
    put(in->fd, request);
    assert_true(await(server, in, "ok"));
    return sid;
}

static void what_waited_is_text(void **state)
{
    static struct inbox polling, ws;
    char request[400];
    int port;
    rtcio_server *server = serve(NULL, &port);
    (void)state;

    rtcio_on(rtcio_of(server, "/"), "ask", on_ask, NULL);
    const char *sid = join_by_polling(server, &polling, port,
                                      "40\x1e"
                                      "42[\"ask\"]");
    ws = (struct inbox){.fd = dial(port)};
    snprintf(request, sizeof request,
             "GET /socket.io/?EIO=4&transport=websocket&b64=1&sid=%.20s HTTP/1.1\r\n" UPGRADE, sid);
    put(ws.fd, request);
    assert_true(await(server, &ws, "101"));
    put_frame(ws.fd, 1, "2probe");
    assert_true(await(server, &ws, "3probe"));
    put_frame(ws.fd, 1, "5");
    assert_true(await(server, &ws, "baGVsbG8="));
    close(polling.fd);
    close(ws.fd);
    rtcio_server_destroy(server);
}

static bool gone(void *user)
{
    (void)user;
    return transport[0] != '\0';
}

static void a_transport_is_known_to_the_end(void **state)
{
    static struct inbox in;
    int port;
    rtcio_server *server = serve(NULL, &port);
    (void)state;

    rtcio_on_disconnect(rtcio_of(server, "/"), on_disconnect, NULL);
    join_by_polling(server, &in, port,
                    "40\x1e"
                    "1");
    assert_true(turn_until(server, gone, NULL));
    assert_string_equal(transport, "polling");
    close(in.fd);
    rtcio_server_destroy(server);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_waited_is_text),
        cmocka_unit_test(a_transport_is_known_to_the_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
