/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */

/* A completion that asks again kept rtcio_server_destroy() from ever returning. */

#include "support.h"

static unsigned n_told;

static void ask_again(int status, const rtcio_responses *responses, void *user)
{
    rtcio_namespace *nsp = user;
    (void)status, (void)responses;

    assert_true(++n_told < 100);
    (void)rtcio_emit_with_ack(nsp, "q", ask_again, nsp, NULL);
}

static void destroying_ends(void **state)
{
    int port;
    rtcio_server *server = serve(NULL, &port);
    rtcio_namespace *nsp = rtcio_of(server, "/");
    (void)state;

    assert_int_equal(rtcio_emit_with_ack(nsp, "q", ask_again, nsp, NULL), 0);
    rtcio_server_destroy(server);
    assert_int_equal(n_told, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(destroying_ends),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
