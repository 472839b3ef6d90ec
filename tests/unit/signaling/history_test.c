/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */

/* A storage that the program brings (rtcio/history.h): what it is asked, what its answers do, and
 * what becomes of them when clients and servers go first. */

#include "../../regress/support.h"

#include <rtcio/signaling.h>

#define N_HELD 16

typedef struct shelf {
    rtcio_server *server;
    int port;
    rtcio_signaling *signaling;
    rtcio_history_request *appends[N_HELD], *fetches[N_HELD], *reports[N_HELD];
    unsigned n_appends, n_fetches, n_reports;
    char message[512], room[64], reason[64], target[80], shared[80];
    bool at_once; /* refuse inside the callback */
} shelf;

static const rtcio_slice nothing = {NULL, 0};

static void append(rtcio_history_request *request, const char *room, rtcio_slice message,
                   void *user)
{
    shelf *s = user;
    snprintf(s->message, sizeof s->message, "%.*s", (int)message.len, message.data);
    snprintf(s->room, sizeof s->room, "%s", room);
    if (s->at_once)
        rtcio_history_done(request, RTCIO_E_QUEUE_FULL, nothing);
    else
        s->appends[s->n_appends++] = request;
}

static void fetch(rtcio_history_request *request, const char *room, unsigned max_messages,
                  size_t max_bytes, void *user)
{
    shelf *s = user;
    assert_string_equal(room, "r");
    assert_int_equal(max_messages, 50);
    assert_int_equal(max_bytes, 262144);
    s->fetches[s->n_fetches++] = request;
}

static void report(rtcio_history_request *request, const rtcio_report *report, void *user)
{
    shelf *s = user;
    assert_int_equal(strlen(report->from), 20);
    assert_null(report->from_user);
    snprintf(s->target, sizeof s->target, "%s", report->target);
    snprintf(s->reason, sizeof s->reason, "%s", report->reason);
    snprintf(s->shared, sizeof s->shared, "%s", report->room != NULL ? report->room : "-");
    s->reports[s->n_reports++] = request;
}

static void open_shelf(shelf *s)
{
    rtcio_signaling_options opt;
    rtcio_history history;
    *s = (shelf){0};
    rtcio_history_init(&history);
    history.append = append;
    history.fetch = fetch;
    history.report = report;
    history.user = s;
    rtcio_signaling_options_init(&opt);
    opt.history = &history;
    s->server = serve(NULL, &s->port);
    s->signaling = rtcio_signaling_attach(rtcio_of(s->server, "/"), &opt);
    assert_non_null(s->signaling);
    memset(&history, 0xa5, sizeof history); /* it has been copied */
}

static bool is_appended(void *user)
{
    const shelf *s = user;
    return s->n_appends > 0;
}

static bool is_reported(void *user)
{
    const shelf *s = user;
    return s->n_reports > 0;
}

static bool all_gone(void *user)
{
    const shelf *s = user;
    return stats_of(s->server).n_sockets == 0;
}

static rtcio_signaling_stats counters(const shelf *s)
{
    rtcio_signaling_stats stats = {.size = sizeof stats};
    rtcio_signaling_get_stats(s->signaling, &stats);
    return stats;
}

static bool has(const struct inbox *in, const char *text)
{
    return memmem(in->data, in->len, text, strlen(text)) != NULL;
}

/* A member of the room `r`, for whom a history is being fetched. */
static void come_in(shelf *s, struct inbox *in)
{
    unsigned before = s->n_fetches;
    join(s->server, in, s->port);
    put_frame(in->fd, 1, "42[\"join-room\",{\"roomId\":\"r\"}]");
    assert_true(await(s->server, in, "join-ok"));
    assert_int_equal(s->n_fetches, before + 1);
}

static void said_stored_and_sent(void **state)
{
    static shelf s;
    static struct inbox ann, bob, eve;
    (void)state;
    open_shelf(&s);
    come_in(&s, &ann);
    come_in(&s, &bob);
    rtcio_history_done(s.fetches[0], 0, nothing);
    rtcio_history_done(s.fetches[1], RTCIO_E_SYSTEM, nothing);
    put_frame(ann.fd, 1, "421[\"chat-message\",{\"roomId\":\"r\",\"at\":5,\"id\":{\"a\":1}}]");
    assert_true(await(s.server, &bob, "42[\"chat-message\",{"));
    assert_int_equal(s.n_appends, 1);
    assert_string_equal(s.room, "r");
    assert_true(await(s.server, &bob, s.message));
    assert_non_null(strstr(s.message, "\"id\":{\"a\":1}"));
    assert_false(has(&ann, "\"ok\"")); /* nobody has said that it is stored */
    rtcio_history_done(s.appends[0], 0, nothing);
    assert_true(await(s.server, &ann, "431[{\"ok\":true,\"id\":{\"a\":1}}]"));

    come_in(&s, &eve);
    const rtcio_slice list = {"[{\"n\":1},{\"n\":2}]", 17};
    rtcio_history_done(s.fetches[2], 0, list);
    assert_true(await(s.server, &eve, "42[\"chat-history\",[{\"n\":1},{\"n\":2}]]"));
    assert_false(has(&bob, "chat-history"));
    rtcio_signaling_stats stats = counters(&s);
    assert_int_equal(stats.chats, 1);
    assert_int_equal(stats.stored, 1);
    assert_int_equal(stats.not_stored, 0);
    assert_int_equal(stats.histories, 1);
    assert_int_equal(stats.history_failures, 1);
    close(ann.fd);
    close(bob.fd);
    close(eve.fd);
    rtcio_server_destroy(s.server);
}

static void not_stored(void **state)
{
    static shelf s;
    static struct inbox ann;
    (void)state;
    for (int at_once = 0; at_once < 2; at_once++) {
        open_shelf(&s);
        come_in(&s, &ann);
        rtcio_history_done(s.fetches[0], 0, (rtcio_slice){"[]", 2});
        s.at_once = at_once != 0;
        put_frame(ann.fd, 1, "421[\"chat-message\",{\"roomId\":\"r\"}]");
        if (!s.at_once) {
            assert_true(turn_until(s.server, is_appended, &s));
            rtcio_history_done(s.appends[0], RTCIO_E_SYSTEM, nothing);
        }
        assert_true(await(s.server, &ann, "431[{\"ok\":false,\"code\":\"not-stored\""));
        assert_false(has(&ann, "chat-history"));
        assert_int_equal(counters(&s).not_stored, 1);
        close(ann.fd);
        rtcio_server_destroy(s.server);
    }
}

static void clients_go_first(void **state)
{
    static shelf s;
    static struct inbox ann;
    (void)state;
    open_shelf(&s);
    come_in(&s, &ann);
    put_frame(ann.fd, 1, "421[\"chat-message\",{\"roomId\":\"r\"}]");
    put_frame(ann.fd, 1, "422[\"report\",{\"peerId\":\"x\",\"reason\":\"y\"}]");
    assert_true(turn_until(s.server, is_reported, &s));
    close(ann.fd);
    assert_true(turn_until(s.server, all_gone, &s));
    rtcio_history_done(s.fetches[0], 0, (rtcio_slice){"[1]", 3});
    rtcio_history_done(s.appends[0], 0, nothing);
    rtcio_history_done(s.reports[0], 0, nothing);
    assert_int_equal(counters(&s).histories, 0);
    assert_int_equal(counters(&s).stored, 1);
    assert_int_equal(counters(&s).reports, 1);
    rtcio_server_destroy(s.server);
}

static void the_server_goes_first(void **state)
{
    static shelf s;
    static struct inbox ann;
    (void)state;
    open_shelf(&s);
    come_in(&s, &ann);
    put_frame(ann.fd, 1, "421[\"chat-message\",{\"roomId\":\"r\"}]");
    assert_true(turn_until(s.server, is_appended, &s));
    rtcio_server_destroy(s.server);
    rtcio_history_discard(s.fetches[0]);
    rtcio_history_discard(s.appends[0]);
    rtcio_history_discard(NULL);
    close(ann.fd);
}

static void who_left_is_sent_nothing(void **state)
{
    static shelf s;
    static struct inbox ann;
    (void)state;
    open_shelf(&s);
    come_in(&s, &ann);
    put_frame(ann.fd, 1, "42[\"leave-room\",{\"roomId\":\"r\"}]");
    put_frame(ann.fd, 1, "42[\"check-room\",{\"roomId\":7}]");
    assert_true(await(s.server, &ann, "invalid-room"));
    rtcio_history_done(s.fetches[0], 0, (rtcio_slice){"[1]", 3});
    put_frame(ann.fd, 1, "42[\"check-room\",{\"roomId\":\"z\"}]");
    assert_true(await(s.server, &ann, "room-check-ok"));
    assert_false(has(&ann, "chat-history"));
    close(ann.fd);
    rtcio_server_destroy(s.server);
}

static void reported(void **state)
{
    static shelf s;
    static struct inbox ann, bob;
    char frame[120], id[21] = "";
    (void)state;
    open_shelf(&s);
    come_in(&s, &ann);
    come_in(&s, &bob);
    assert_true(await(s.server, &ann, "\"source\":\""));
    memcpy(id, (char *)memmem(ann.data, ann.len, "\"source\":\"", 10) + 10, 20);
    snprintf(frame, sizeof frame,
             "421[\"report\",{\"peerId\":\"%s\",\"reason\":\"\\ud800\\u0000!\"}]", id);
    put_frame(ann.fd, 1, frame);
    assert_true(turn_until(s.server, is_reported, &s));
    assert_string_equal(s.target, id);
    assert_string_equal(s.shared, "r");
    assert_string_equal(s.reason, "\xEF\xBF\xBD !");
    rtcio_history_done(s.reports[0], 0, nothing);
    assert_true(await(s.server, &ann, "431[{\"ok\":true}]"));
    s.n_reports = 0;
    put_frame(ann.fd, 1, "422[\"report\",{\"peerId\":\"long gone\"}]");
    assert_true(turn_until(s.server, is_reported, &s));
    assert_string_equal(s.shared, "-");
    assert_string_equal(s.reason, "");
    rtcio_history_done(s.reports[0], RTCIO_E_SYSTEM, nothing);
    assert_true(await(s.server, &ann, "432[{\"ok\":false,\"code\":\"not-stored\""));
    for (int i = 0; i < 2; i++)
        rtcio_history_done(s.fetches[i], 0, nothing);
    assert_int_equal(counters(&s).report_failures, 1);
    close(ann.fd);
    close(bob.fd);
    rtcio_server_destroy(s.server);
}

static void options_out_of_range(void **state)
{
    rtcio_server *server = rtcio_server_create(NULL);
    rtcio_signaling_options opt;
    rtcio_history history;
    (void)state;
    rtcio_signaling_options_init(&opt);
    opt.history = &history;
    for (int i = 0; i < 4; i++) {
        rtcio_history_init(&history);
        if (i == 0)
            history.max_messages = 0;
        else if (i == 1)
            history.max_bytes = 1;
        else if (i == 2)
            history.max_reports = 0;
        else
            history.size = 1;
        assert_null(rtcio_signaling_attach(rtcio_of(server, "/"), &opt));
    }
    rtcio_history_init(&history);
    opt.access_timeout_ms = 0;
    assert_null(rtcio_signaling_attach(rtcio_of(server, "/"), &opt));
    opt.access_timeout_ms = 1;
    assert_non_null(rtcio_signaling_attach(rtcio_of(server, "/"), &opt));
    rtcio_server_destroy(server);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(said_stored_and_sent),     cmocka_unit_test(not_stored),
        cmocka_unit_test(clients_go_first),         cmocka_unit_test(the_server_goes_first),
        cmocka_unit_test(who_left_is_sent_nothing), cmocka_unit_test(reported),
        cmocka_unit_test(options_out_of_range),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
