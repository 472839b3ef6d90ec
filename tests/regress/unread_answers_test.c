/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */

/* A client that sent requests and read no answers filled the server's memory. */

#include "support.h"

static void answers_wait_for_their_reader(void **state)
{
    static const char one[] = "GET /x HTTP/1.1\r\nHost: x\r\n\r\n";
    int port, fd;
    uint64_t most = 0;
    unsigned n = 0, full = 0;
    rtcio_server *server = serve(NULL, &port);
    (void)state;

    fd = dial(port);
    /* Until nothing more fits anywhere, and beyond what the kernel takes of the answers. */
    while (full < 50 && n < 400000) {
        if (send(fd, one, sizeof one - 1, MSG_DONTWAIT | MSG_NOSIGNAL) > 0)
            n++;
        else
            full++;
        if (full > 0 || n % 1000 == 0)
            turn(server, 0);
        uint64_t queued = stats_of(server).n_queued_bytes;
        most = queued > most ? queued : most;
    }
    assert_true(most < 1000000);
    /* Who reads after all is served on. */
    static char sink[65536];
    size_t got = 0;
    for (int64_t end = now_ms() + PATIENCE_MS; got < 100u * n && now_ms() < end; turn(server, 1)) {
        ssize_t k;
        while ((k = recv(fd, sink, sizeof sink, MSG_DONTWAIT)) > 0)
            got += (size_t)k;
    }
    assert_true(got >= 100u * n);
    close(fd);
    rtcio_server_destroy(server);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(answers_wait_for_their_reader),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
