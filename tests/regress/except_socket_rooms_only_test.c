/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */

/* rtcio_operator_except_socket() did not except the socket when room names match joined rooms only.
 */

#include "support.h"

static void on_tell(rtcio_socket *socket, const rtcio_event *ev, void *user)
{
    rtcio_namespace *nsp = rtcio_socket_namespace(socket);
    (void)ev, (void)user;

    rtcio_socket_join(socket, "r");
    rtcio_emit(rtcio_operator_except_socket(rtcio_rooms_only(rtcio_to(nsp, "r")), socket), "wrong",
               NULL);
    rtcio_emit(socket, "right", NULL);
}

static void the_socket_is_left_out(void **state)
{
    struct inbox *in = test_malloc(sizeof *in);
    int port;
    rtcio_server *server = serve(NULL, &port);
    (void)state;

    rtcio_on(rtcio_of(server, "/"), "tell", on_tell, NULL);
    join(server, in, port);
    put_frame(in->fd, 1, "42[\"tell\"]");
    assert_true(await(server, in, "right"));
    assert_null(memmem(in->data, in->len, "wrong", 5));
    close(in->fd);
    test_free(in);
    rtcio_server_destroy(server);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_socket_is_left_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
