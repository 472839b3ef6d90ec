/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */

/* Work that was posted and never ran was leaked (LeakSanitizer sees it). */

#include "support.h"

static void never(rtcio_server *server, void *user)
{
    (void)server, (void)user;
    fail();
}

static void posted_work_is_freed(void **state)
{
    int port;
    rtcio_server *server = serve(NULL, &port);
    (void)state;

    assert_int_equal(rtcio_server_post(server, never, NULL), 0);
    rtcio_server_destroy(server);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(posted_work_is_freed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
