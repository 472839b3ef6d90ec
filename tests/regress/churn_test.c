/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */

/* Clients that come, join and go leave nothing: no byte, no descriptor. */

#include "support.h"

#include <rtcio/signaling.h>

#include <dirent.h>
#include <malloc.h>

#define CLIENTS 100
#define WAVES   6

static struct inbox client[CLIENTS];

static unsigned descriptors(void)
{
    unsigned n = 0;
    DIR *folder = opendir("/proc/self/fd");
    assert_non_null(folder);
    while (readdir(folder) != NULL)
        n++;
    closedir(folder);
    return n;
}

static bool all_gone(void *user)
{
    const rtcio_server_stats stats = stats_of(user);
    return stats.n_connections == 0 && stats.n_sessions == 0 && stats.n_sockets == 0;
}

/* A third say goodbye, a third close without a word, a third poll and do. */
static void come_and_go(rtcio_server *server, int port)
{
    for (int i = 0; i < CLIENTS; i++) {
        char text[96];
        if (i % 3 == 2) {
            client[i] = (struct inbox){.fd = dial(port)};
            put(client[i].fd, HANDSHAKE);
            assert_true(await(server, &client[i], "maxPayload"));
            const char *sid = strstr(client[i].data, "\"sid\":\"");
            assert_non_null(sid);
            snprintf(text, sizeof text,
                     "POST /socket.io/?EIO=4&transport=polling&sid=%.20s HTTP/1.1\r\n", sid + 7);
            put(client[i].fd, text);
            put(client[i].fd, "Host: x\r\nContent-Length: 1\r\n\r\n1");
            assert_true(await(server, &client[i], "\r\n\r\nok"));
        } else {
            join(server, &client[i], port);
            snprintf(text, sizeof text, "42[\"join-room\",{\"roomId\":\"r%d\",\"name\":\"n\"}]",
                     i / 4);
            put_frame(client[i].fd, 1, text);
            assert_true(await(server, &client[i], "join-ok"));
        }
    }
    for (int i = 0; i < CLIENTS; i++) {
        if (i % 3 == 0) {
            put_frame(client[i].fd, 1, "41");
            put_frame(client[i].fd, 8, "");
        }
        close(client[i].fd);
    }
    assert_true(turn_until(server, all_gone, server));
    turn(server, 0);
}

struct held {
    size_t allocated;
    unsigned open;
};

static struct held held_now(void)
{
    return (struct held){mallinfo2().uordblks, descriptors()};
}

static bool no_more_than(void *user)
{
    const struct held *before = user, now = held_now();
    return now.allocated <= before->allocated && now.open <= before->open;
}

static void nothing_stays(void **state)
{
    int port;
    rtcio_server *server = serve(NULL, &port);
    struct held before = {0};
    (void)state;

    assert_non_null(rtcio_signaling_attach(rtcio_of(server, "/"), NULL));
    for (int wave = 0; wave < WAVES; wave++) {
        come_and_go(server, port);
        /* The first makes what is made once: tables, pools. What a wave leaves for later turns goes
         * in them, how many there are depends on the machine. A byte that stays is one too many in
         * each wave that follows. */
        if (wave > 0 && !turn_until(server, no_more_than, &before)) {
            assert_int_equal(held_now().allocated, before.allocated);
            assert_int_equal(held_now().open, before.open);
        }
        before = held_now();
    }
    rtcio_server_destroy(server);
}

/* Freed pieces that malloc keeps at hand count as allocated: it shall keep none. */
int main(int argc, char **argv)
{
    (void)argc;
    if (getenv("GLIBC_TUNABLES") == NULL) {
        setenv("GLIBC_TUNABLES", "glibc.malloc.tcache_count=0:glibc.malloc.mxfast=0", 1);
        execv("/proc/self/exe", argv);
        return 1;
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_stays),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
