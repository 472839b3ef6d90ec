/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */

/* Ten clients that were in 4000 rooms each held up the end of their server for seconds: for each
 * room all the others of the client were looked through. */

#include "support.h"

#include <rtcio/signaling.h>

#define FEW   512
#define MANY  4096 /* the most that max_rooms_per_socket may allow */
#define BATCH 64

static bool gone(void *user)
{
    return stats_of(user).n_sockets == 0;
}

static double cpu_s(void)
{
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

/* Processor time that a client's going takes for each of its rooms. */
static double going(rtcio_server *server, int port, int n_rooms)
{
    struct inbox *in = test_malloc(sizeof *in);
    char text[96];

    join(server, in, port);
    for (int i = 0; i < n_rooms; i++) {
        snprintf(text, sizeof text, "42[\"join-room\",{\"roomId\":\"r%d\",\"name\":\"n\"}]", i);
        put_frame(in->fd, 1, text);
        if ((i + 1) % BATCH != 0)
            continue;
        snprintf(text, sizeof text, "\"join-ok\",{\"roomId\":\"r%d\"}", i);
        assert_true(await(server, in, text));
        in->len = 0;
    }
    double start = cpu_s();
    close(in->fd);
    test_free(in);
    assert_true(turn_until(server, gone, server));
    return (cpu_s() - start) / n_rooms;
}

static void who_is_in_many_rooms_goes_as_fast_from_each(void **state)
{
    rtcio_signaling_options opt;
    int port;
    rtcio_server *server = serve(NULL, &port);
    (void)state;

    rtcio_signaling_options_init(&opt);
    opt.max_rooms_per_socket = MANY;
    opt.max_joins_per_s = 100000;
    assert_non_null(rtcio_signaling_attach(rtcio_of(server, "/"), &opt));
    going(server, port, FEW); /* makes what is made once */
    /* Eight times as long if all are looked through. Another program on the processor can make one
     * pair look so, but not one pair after the other. */
    double few, many;
    int pairs = 0;
    do {
        few = going(server, port, FEW);
        many = going(server, port, MANY);
        print_message("%.2f us a room of %d, %.2f us of %d\n", few * 1e6, FEW, many * 1e6, MANY);
    } while (many >= 4 * few && ++pairs < 5);
    assert_true(many < 4 * few);
    rtcio_server_destroy(server);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(who_is_in_many_rooms_goes_as_fast_from_each),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
