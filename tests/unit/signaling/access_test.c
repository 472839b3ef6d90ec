/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */

/* Joins that the program decides on later (rtcio/access.h): the answer, the time that is up,
 * clients and servers that go meanwhile. AddressSanitizer sees what is freed too early or never. */

#include "../../regress/support.h"

#include <rtcio/signaling.h>

#define N_HELD 32

typedef struct desk {
    rtcio_server *server;
    int port;
    rtcio_signaling *signaling;
    rtcio_access *held[N_HELD];
    unsigned n;
    bool at_once; /* allow inside the callback */
} desk;

static void on_access(rtcio_access *access, void *user)
{
    desk *d = user;
    assert_ptr_equal(rtcio_access_server(access), d->server);
    assert_non_null(rtcio_access_socket(access));
    assert_true(d->n < N_HELD);
    if (d->at_once)
        rtcio_access_allow(access);
    else
        d->held[d->n++] = access;
}

static void open_desk(desk *d, uint32_t timeout_ms)
{
    rtcio_signaling_options opt;
    *d = (desk){0};
    rtcio_signaling_options_init(&opt);
    assert_int_equal(opt.access_timeout_ms, 10000);
    opt.on_access = on_access;
    opt.on_access_user = d;
    opt.access_timeout_ms = timeout_ms;
    opt.max_joins_per_s = 1000;
    d->server = serve(NULL, &d->port);
    d->signaling = rtcio_signaling_attach(rtcio_of(d->server, "/"), &opt);
    assert_non_null(d->signaling);
}

static bool is_asked(void *user)
{
    const desk *d = user;
    return d->n > 0;
}

static bool is_asked_twice(void *user)
{
    const desk *d = user;
    return d->n > 1;
}

static rtcio_signaling_stats counters(const desk *d)
{
    rtcio_signaling_stats stats = {.size = sizeof stats};
    rtcio_signaling_get_stats(d->signaling, &stats);
    return stats;
}

static bool all_gone(void *user)
{
    const desk *d = user;
    return stats_of(d->server).n_sockets == 0;
}

/* One client that waits for the room `r`. */
static void one_waits(desk *d, struct inbox *in, uint32_t timeout_ms)
{
    open_desk(d, timeout_ms);
    join(d->server, in, d->port);
    put_frame(in->fd, 1,
              "42[\"join-room\",{\"roomId\":\"r\",\"name\":\"Ann\",\"password\":\"p\"}]");
    assert_true(turn_until(d->server, is_asked, d));
    assert_string_equal(rtcio_access_room(d->held[0]), "r");
    assert_string_equal(rtcio_access_event(d->held[0]), "join-room");
    assert_int_equal(counters(d).joins, 0);
}

/* A fence: everything before it has been served and answered. */
static void settle(desk *d, struct inbox *in)
{
    put_frame(in->fd, 1, "42[\"check-room\",{\"roomId\":7}]");
    assert_true(await(d->server, in, "invalid-room"));
}

static bool has(const struct inbox *in, const char *text)
{
    return memmem(in->data, in->len, text, strlen(text)) != NULL;
}

static void allowed_later(void **state)
{
    static desk d;
    static struct inbox in, other;
    (void)state;
    one_waits(&d, &in, 10000);
    rtcio_access_allow(d.held[0]);
    assert_true(await(d.server, &in, "42[\"join-ok\",{\"roomId\":\"r\"}]"));
    assert_int_equal(counters(&d).joins, 1);
    /* The password that was waiting with it is the room's. */
    d.at_once = true;
    join(d.server, &other, d.port);
    put_frame(other.fd, 1, "42[\"join-room\",{\"roomId\":\"r\",\"password\":\"q\"}]");
    assert_true(await(d.server, &other, "wrong-password"));
    put_frame(other.fd, 1, "42[\"join-room\",{\"roomId\":\"r\",\"password\":\"p\"}]");
    assert_true(await(d.server, &other, "\"name\":\"Ann\"}]"));
    assert_true(await(d.server, &other, "join-ok"));
    /* A member again: nobody is asked. */
    d.at_once = false;
    other.len = 0;
    put_frame(other.fd, 1, "42[\"join-room\",{\"roomId\":\"r\"}]");
    assert_true(await(d.server, &other, "join-ok"));
    assert_int_equal(d.n, 1);
    assert_int_equal(counters(&d).access_asked, 3);
    close(in.fd);
    close(other.fd);
    rtcio_server_destroy(d.server);
}

static void refused_with_reasons(void **state)
{
    static const struct {
        const char *reason, *message, *told;
    } rows[] = {
        {NULL, NULL, "{\"code\":\"forbidden\",\"message\":\"you may not join this room\""},
        {"not-paid", "say \"please\"\n",
         "{\"code\":\"not-paid\",\"message\":\"say \\\"please\\\"\\n\",\"roomId\":\"r\"}"},
        {"no\"such", "", "{\"code\":\"forbidden\",\"message\":\"you may not"},
        {"", "\xff\xfe", "{\"code\":\"forbidden\",\"message\":\"you may not"},
        {"join-failed", "\xc3\xa4", "{\"code\":\"join-failed\",\"message\":\"\xc3\xa4\""},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        static desk d;
        static struct inbox in;
        one_waits(&d, &in, 10000);
        rtcio_access_refuse(d.held[0], rows[i].reason, rows[i].message);
        assert_true(await(d.server, &in, "42[\"error\","));
        assert_true(await(d.server, &in, rows[i].told));
        assert_true(has(&in, "42[\"join-error\",{\"reason\":"));
        assert_int_equal(counters(&d).refused_joins, 1);
        bool decided = rows[i].reason == NULL || strcmp(rows[i].reason, "join-failed") != 0;
        assert_int_equal(counters(&d).refused_forbidden, decided);
        assert_int_equal(counters(&d).refused_other, !decided);
        close(in.fd);
        rtcio_server_destroy(d.server);
    }
}

static void time_is_up(void **state)
{
    static desk d;
    static struct inbox in;
    (void)state;
    one_waits(&d, &in, 1);
    assert_true(await(d.server, &in, "42[\"error\",{\"code\":\"join-failed\""));
    assert_null(rtcio_access_socket(d.held[0]));
    assert_int_equal(counters(&d).access_expired, 1);
    assert_int_equal(counters(&d).refused_other, 1);
    in.len = 0;
    rtcio_access_allow(d.held[0]);
    settle(&d, &in);
    assert_false(has(&in, "join-ok"));
    close(in.fd);
    rtcio_server_destroy(d.server);
}

static void who_leaves_does_not_come_in(void **state)
{
    static desk d;
    static struct inbox in;
    (void)state;
    one_waits(&d, &in, 10000);
    put_frame(in.fd, 1, "42[\"join-room\",{\"roomId\":\"s\"}]");
    assert_true(turn_until(d.server, is_asked_twice, &d));
    put_frame(in.fd, 1, "42[\"leave-room\",{\"roomId\":\"r\"}]");
    settle(&d, &in);
    assert_null(rtcio_access_socket(d.held[0]));
    assert_non_null(rtcio_access_socket(d.held[1]));
    rtcio_access_allow(d.held[0]);
    rtcio_access_allow(d.held[1]);
    assert_true(await(d.server, &in, "42[\"join-ok\",{\"roomId\":\"s\"}]"));
    assert_false(has(&in, "42[\"join-ok\",{\"roomId\":\"r\"}]"));
    close(in.fd);
    rtcio_server_destroy(d.server);
}

static void who_has_gone(void **state)
{
    static desk d;
    static struct inbox in;
    (void)state;
    for (int way = 0; way < 3; way++) {
        one_waits(&d, &in, 10000);
        close(in.fd);
        assert_true(turn_until(d.server, all_gone, &d));
        assert_null(rtcio_access_socket(d.held[0]));
        if (way == 0)
            rtcio_access_allow(d.held[0]);
        else if (way == 1)
            rtcio_access_refuse(d.held[0], NULL, NULL);
        else
            rtcio_access_discard(d.held[0]);
        assert_int_equal(counters(&d).joins, 0);
        rtcio_server_destroy(d.server);
    }
}

static void the_server_goes_first(void **state)
{
    static desk d;
    static struct inbox in;
    (void)state;
    one_waits(&d, &in, 10000);
    rtcio_server_destroy(d.server);
    rtcio_access_discard(d.held[0]);
    rtcio_access_discard(NULL);
    close(in.fd);
}

static void a_client_may_wait_for_a_few(void **state)
{
    static desk d;
    static struct inbox in;
    (void)state;
    open_desk(&d, 10000);
    join(d.server, &in, d.port);
    for (int i = 0; i < 17; i++)
        put_frame(in.fd, 1, "42[\"join-room\",{\"roomId\":\"r\"}]");
    assert_true(await(d.server, &in, "rate-limited"));
    assert_int_equal(d.n, 16);
    /* All the same room: the first takes the seat, the others are a member that joins again. */
    for (unsigned i = 0; i < d.n; i++)
        rtcio_access_allow(d.held[i]);
    assert_true(await(d.server, &in, "join-ok"));
    assert_int_equal(counters(&d).joins, 1);
    close(in.fd);
    rtcio_server_destroy(d.server);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(allowed_later),
        cmocka_unit_test(refused_with_reasons),
        cmocka_unit_test(time_is_up),
        cmocka_unit_test(who_leaves_does_not_come_in),
        cmocka_unit_test(who_has_gone),
        cmocka_unit_test(the_server_goes_first),
        cmocka_unit_test(a_client_may_wait_for_a_few),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
