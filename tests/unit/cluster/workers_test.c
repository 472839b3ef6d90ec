/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */

/* Workers without clients: their start and end, posts, programs that ask each other, and the end of
 * it all with work in flight. Real clients are in tests/interop/workers.test.mjs. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <rtcio/cluster.h>
#include <rtcio/workers.h>

#define N 4

/* Numbers that several threads change. */
static unsigned add(unsigned *n, unsigned more)
{
    return __atomic_add_fetch(n, more, __ATOMIC_ACQ_REL);
}

static unsigned get(unsigned *n)
{
    return __atomic_load_n(n, __ATOMIC_ACQUIRE);
}

static void wait_until(unsigned *n, unsigned at_least)
{
    for (int i = 0; get(n) < at_least; i++) {
        assert_true(i < 10000);
        poll(NULL, 0, 1);
    }
}

static int set_up(rtcio_server *server, void *user)
{
    (void)server;
    add(user, 1);
    return 0;
}

static void each_is_set_up_on_a_thread_of_its_own(void **state)
{
    (void)state;
    unsigned n_set_up = 0;
    int error = 1;
    rtcio_workers *workers = rtcio_workers_create(N, NULL, set_up, &n_set_up, &error);
    assert_non_null(workers);
    assert_int_equal(error, 0);
    assert_int_equal(n_set_up, N);
    assert_int_equal(rtcio_workers_count(workers), N);
    for (unsigned i = 0; i < N; i++) {
        rtcio_server *server = rtcio_workers_server(workers, i);
        assert_int_equal(rtcio_server_worker(server), i);
        assert_ptr_equal(rtcio_server_workers(server), workers);
    }
    assert_null(rtcio_workers_server(workers, N));
    rtcio_workers_destroy(workers); /* without having run */
    rtcio_workers_destroy(NULL);
}

static int refuse_second(rtcio_server *server, void *user)
{
    (void)user;
    return rtcio_server_worker(server) == 1 ? RTCIO_E_UNSUPPORTED : 0;
}

static void a_setup_that_fails_ends_all(void **state)
{
    (void)state;
    int error = 0;
    assert_null(rtcio_workers_create(N, NULL, refuse_second, NULL, &error));
    assert_int_equal(error, RTCIO_E_UNSUPPORTED);
    assert_null(rtcio_workers_create(RTCIO_WORKERS_MAX + 1, NULL, refuse_second, NULL, &error));
    assert_int_equal(error, RTCIO_E_INVALID);
}

static int connect_to(int port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof address), 0);
    return fd;
}

static void all_listen_on_one_port_that_nobody_else_gets(void **state)
{
    (void)state;
    unsigned n_set_up = 0;
    rtcio_workers *workers = rtcio_workers_create(N, NULL, set_up, &n_set_up, NULL);
    int port = rtcio_workers_listen(workers, "127.0.0.1", 0);
    assert_true(port > 0);
    int fds[40];
    for (size_t i = 0; i < 40; i++)
        fds[i] = connect_to(port);
    rtcio_server_stats all = {.size = sizeof all};
    for (int i = 0; all.n_connections < 40; i++) {
        assert_true(i < 5000);
        poll(NULL, 0, 1);
        rtcio_workers_get_stats(workers, &all);
    }
    for (unsigned i = 0; i < N; i++) {
        rtcio_server_stats one = {.size = sizeof one};
        rtcio_server_get_stats(rtcio_workers_server(workers, i), &one);
        assert_true(one.n_connections > 0); /* all 40 elsewhere: once in 100,000 */
    }
    rtcio_workers *others = rtcio_workers_create(2, NULL, set_up, &n_set_up, NULL);
    assert_int_equal(rtcio_workers_listen(others, "127.0.0.1", port), RTCIO_E_ADDRESS);
    assert_int_equal(errno, EADDRINUSE);
    rtcio_workers_destroy(others);
    rtcio_workers_close(workers);
    for (size_t i = 0; i < 40; i++)
        close(fds[i]);
    struct pollfd end = {.fd = rtcio_workers_fd(workers), .events = POLLIN};
    assert_int_equal(poll(&end, 1, 5000), 1);
    assert_int_equal(rtcio_workers_run(workers), 0);
    assert_int_equal(rtcio_workers_listen(workers, "127.0.0.1", 0), RTCIO_E_CLOSED);
    rtcio_workers_destroy(workers);
}

/* --- programs that talk ------------------------------------------------------------------------
 */

struct storm {
    unsigned posted, asked, answered, timed_out, told, fetched, arrived, dropped, out_of_order;
    int last[N][N]; /* by receiver and sender; touched by the receiver only */
    unsigned n_made, n_destroyed;
};

static void *make_shared(void *user)
{
    struct storm *storm = user;
    add(&storm->n_made, 1);
    return storm;
}

static void destroy_shared(void *object)
{
    struct storm *storm = object;
    add(&storm->n_destroyed, 1);
}

static void on_question(rtcio_namespace *nsp, const rtcio_event *ev, void *user)
{
    (void)user;
    int n;
    assert_int_equal(rtcio_event_unpack(ev, "i", &n), 0);
    assert_true(rtcio_event_wants_ack(ev));
    assert_int_equal(
        rtcio_reply(ev, "i", n + (int)rtcio_server_worker(rtcio_namespace_server(nsp))), 0);
    assert_false(rtcio_event_wants_ack(ev));
}

static void on_statement(rtcio_namespace *nsp, const rtcio_event *ev, void *user)
{
    struct storm *storm = user;
    int from, i;
    unsigned here = rtcio_server_worker(rtcio_namespace_server(nsp));
    assert_int_equal(rtcio_event_unpack(ev, "i i", &from, &i), 0);
    if (i != storm->last[here][from] + 1)
        add(&storm->out_of_order, 1);
    storm->last[here][from] = i;
    add(&storm->told, 1);
}

static int set_up_storm(rtcio_server *server, void *user)
{
    rtcio_namespace *nsp = rtcio_of(server, "/");
    if (rtcio_server_shared(server, "storm", make_shared, destroy_shared, user) != user)
        return RTCIO_E_INVALID;
    int rc = rtcio_on_server_event(nsp, "question", on_question, user);
    return rc != 0 ? rc : rtcio_on_server_event(nsp, "statement", on_statement, user);
}

static void on_answers(int status, const rtcio_responses *responses, void *user)
{
    struct storm *storm = user;
    if (status == 0)
        assert_int_equal(rtcio_responses_count(responses), N - 1);
    add(status == 0 ? &storm->answered : &storm->timed_out, 1);
}

static void on_fetched(int status, const rtcio_remote_sockets *sockets, void *user)
{
    struct storm *storm = user;
    (void)status;
    assert_int_equal(rtcio_remote_sockets_count(sockets), 0);
    add(&storm->fetched, 1);
}

struct parcel {
    struct storm *storm;
};

static void arrive(rtcio_server *server, void *data)
{
    struct parcel *parcel = data;
    (void)server;
    add(&parcel->storm->arrived, 1);
    free(parcel);
}

static void drop(void *data)
{
    struct parcel *parcel = data;
    add(&parcel->storm->dropped, 1);
    free(parcel);
}

#define ROUNDS 200

static void blow(rtcio_server *server, void *user)
{
    struct storm *storm = user;
    rtcio_namespace *nsp = rtcio_of(server, "/");
    rtcio_workers *workers = rtcio_server_workers(server);
    int here = (int)rtcio_server_worker(server);
    for (int i = 1; i <= ROUNDS; i++) {
        assert_int_equal(rtcio_server_side_emit(nsp, "statement", "i i", here, i), 0);
        if (rtcio_server_side_emit_with_ack(nsp, "question", on_answers, storm, "i", i) == 0)
            add(&storm->asked, 1);
        rtcio_fetch_sockets(rtcio_to(nsp, "room"), on_fetched, storm);
        rtcio_emit(nsp, "nobody", "s", "hears this");
        rtcio_sockets_join(nsp, "room");
        struct parcel *parcel = malloc(sizeof *parcel);
        assert_non_null(parcel);
        parcel->storm = storm;
        unsigned to = (unsigned)(here + i) % N;
        if (rtcio_server_post_take(rtcio_workers_server(workers, to), arrive, drop, parcel) != 0)
            drop(parcel);
        rtcio_server_catch_up(server);
    }
    add(&storm->posted, 1);
}

static void programs_talk_in_order(void **state)
{
    (void)state;
    struct storm storm = {0};
    rtcio_workers *workers = rtcio_workers_create(N, NULL, set_up_storm, &storm, NULL);
    assert_non_null(workers);
    assert_int_equal(storm.n_made, 1);
    assert_int_equal(rtcio_workers_post(workers, blow, &storm), 0);
    wait_until(&storm.told, N * (N - 1) * ROUNDS);
    wait_until(&storm.answered, N * ROUNDS);
    wait_until(&storm.fetched, N * ROUNDS);
    wait_until(&storm.arrived, N * ROUNDS);
    assert_int_equal(storm.out_of_order, 0);
    assert_int_equal(storm.posted, N);
    assert_int_equal(storm.timed_out + storm.dropped, 0);
    rtcio_workers_close(workers);
    assert_int_equal(rtcio_workers_run(workers), 0);
    assert_int_equal(storm.n_destroyed, 0);
    rtcio_workers_destroy(workers);
    assert_int_equal(storm.n_destroyed, 1);
}

static void an_end_in_the_middle_loses_nothing_but_time(void **state)
{
    (void)state;
    for (int round = 0; round < 20; round++) {
        struct storm storm = {0};
        rtcio_workers *workers = rtcio_workers_create(N, NULL, set_up_storm, &storm, NULL);
        assert_non_null(workers);
        assert_int_equal(rtcio_workers_post(workers, blow, &storm), 0);
        wait_until(&storm.told, (unsigned)round * 50);
        if (round % 2 == 0)
            rtcio_workers_close(workers);
        rtcio_workers_destroy(workers);
        /* What was asked was answered or told that it will not be; parcels arrived or were dropped.
         */
        assert_int_equal(storm.asked, storm.answered + storm.timed_out);
        assert_int_equal(storm.n_destroyed, 1);
        assert_true(storm.arrived + storm.dropped <= N * ROUNDS);
        if (storm.posted == N)
            assert_int_equal(storm.arrived + storm.dropped, N * ROUNDS);
    }
}

static void one_alone_is_one_of_one(void **state)
{
    (void)state;
    struct storm storm = {0};
    rtcio_server *server = rtcio_server_create(NULL);
    assert_int_equal(set_up_storm(server, &storm), 0);
    assert_null(rtcio_server_workers(server));
    assert_int_equal(rtcio_server_worker(server), 0);
    assert_null(rtcio_server_owner(server, (rtcio_slice){"AAAAAAAAAAAAAAAAAAAB", 20}));
    rtcio_server_catch_up(server);
    rtcio_namespace *nsp = rtcio_of(server, "/");
    assert_int_equal(rtcio_server_side_emit(nsp, "question", "i", 1), 0);
    assert_int_equal(rtcio_server_side_emit(nsp, "connection", NULL), RTCIO_E_RESERVED);
    assert_int_equal(rtcio_fetch_sockets(nsp, on_fetched, &storm), 0);
    assert_int_equal(storm.fetched, 0); /* never from inside the call */
    for (int i = 0; storm.fetched == 0; i++) {
        assert_true(i < 5000);
        poll(NULL, 0, 1);
        rtcio_server_turn(server);
    }
    rtcio_server_destroy(server);
    assert_int_equal(storm.n_destroyed, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_is_set_up_on_a_thread_of_its_own),
        cmocka_unit_test(a_setup_that_fails_ends_all),
        cmocka_unit_test(all_listen_on_one_port_that_nobody_else_gets),
        cmocka_unit_test(programs_talk_in_order),
        cmocka_unit_test(an_end_in_the_middle_loses_nothing_but_time),
        cmocka_unit_test(one_alone_is_one_of_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
