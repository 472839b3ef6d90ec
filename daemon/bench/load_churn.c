/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */

/* churn and connect: clients that come and go, each slot beginning again when its session is
 * over. churn joins a room of four and leaves it properly, connect only shakes hands. */

#include "bench/crowd.h"
#include "bench/load.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ROOM_OF 4

/* TIME_WAIT lasts a minute; a client that closes last has none, but not every server waits for
 * the client's Close. So many addresses serve any rate this machine could reach. */
#define SOURCES_FOR 1000000

static void on_ready_churn(struct bench_client *c)
{
    char room[BENCH_ROOM_NAME_MAX];
    rtcio__bench_room_name(c->run, c->index / ROOM_OF, room);
    rtcio__bench_client_sendf(
        c, "42[\"join-room\",{\"roomId\":\"%s\",\"name\":\"client %" PRIu32 "\"}]", room, c->index);
}

static void on_event_churn(struct bench_client *c, const char *json, size_t len)
{
    if (rtcio__bench_event_is(json, len, "join-error"))
        rtcio__bench_crowd_refused(c, json, len);
    if (!rtcio__bench_event_is(json, len, "join-ok"))
        return;
    char room[BENCH_ROOM_NAME_MAX];
    rtcio__bench_room_name(c->run, c->index / ROOM_OF, room);
    rtcio__bench_client_sendf(c, "42[\"leave-room\",{\"roomId\":\"%s\",\"id\":\"%s\"}]", room,
                              c->id);
    rtcio__bench_client_send(c, "41", 2);
    rtcio__bench_client_leave(c);
}

static void on_ready_connect(struct bench_client *c)
{
    rtcio__bench_client_leave(c);
}

static void on_event_connect(struct bench_client *c, const char *json, size_t len)
{
    (void)c;
    (void)json;
    (void)len;
}

static void begin(struct bench_client *c)
{
    /* A session counts as sent when it begins and as received when it is over: one that hangs
     * is lost. */
    if (rtcio__bench_client_open(c) == 0)
        c->run->tally.sent++;
}

static void on_closed(struct bench_client *c, const char *why)
{
    struct bench_run *run = c->run;
    run->tally.received++;
    if (c->leaving) {
        run->work++;
        rtcio__bench_hist_add(&run->latency, run->net.now_ns - c->since_ns);
    } else {
        rtcio__bench_crowd_lost(c, why);
        /* A server that refuses every session must not keep the generator spinning. */
        if (run->tally.failed > 1000)
            return;
    }
    if (!run->stopping)
        begin(c);
}

static const struct bench_client_ops churn_ops = {on_ready_churn, on_event_churn, on_closed};
static const struct bench_client_ops connect_ops = {on_ready_connect, on_event_connect, on_closed};

/* The server has a moment to notice that everybody is gone. */
static void count_descriptors(struct bench_run *run)
{
    for (int i = 0; i < 20; i++) {
        run->fds_after = rtcio__bench_descriptors(run->opt->pid);
        if (run->fds_after <= run->fds_before)
            break;
        rtcio__bench_linger(run, 0.1);
    }
}

static int come_and_go(struct bench_run *run, const struct bench_client_ops *ops)
{
    uint32_t n = run->opt->clients;
    struct bench_client *clients = rtcio__bench_alloc(n, sizeof(*clients));
    run->passing = true;
    if (run->opt->pid != 0)
        run->fds_before = rtcio__bench_descriptors(run->opt->pid);
    rtcio__bench_net_spread(&run->net, SOURCES_FOR);
    for (uint32_t i = 0; i < n; i++) {
        rtcio__bench_client_init(&clients[i], run, i, ops);
        begin(&clients[i]);
    }
    int err = rtcio__bench_steady(run);
    for (uint32_t i = 0; i < n; i++)
        rtcio__bench_net_close(&run->net, &clients[i].conn);
    if (run->opt->pid != 0)
        count_descriptors(run);
    free(clients);
    return err;
}

int rtcio__bench_load_churn(struct bench_run *run)
{
    return come_and_go(run, &churn_ops);
}

int rtcio__bench_load_connect(struct bench_run *run)
{
    return come_and_go(run, &connect_ops);
}
