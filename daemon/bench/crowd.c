/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */

/* Many clients, connected some at a time and seated in rooms, before a workload starts. */

#include "bench/crowd.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Handshakes at once. Far below the accept backlog of any server. */
#define AT_ONCE 64

/* The crowd being gathered: a client's callbacks have no other way to it, and there is one. */
static struct bench_crowd *gathering;

void rtcio__bench_room_name(const struct bench_run *run, uint32_t room,
                            char name[BENCH_ROOM_NAME_MAX])
{
    snprintf(name, BENCH_ROOM_NAME_MAX, "bench-%s-%05" PRIu32, run->tag, room);
}

static void open_next(struct bench_crowd *crowd)
{
    if (crowd->n_opened < crowd->n)
        rtcio__bench_client_open(&crowd->clients[crowd->n_opened++]);
}

static void on_ready(struct bench_client *c)
{
    struct bench_crowd *crowd = gathering;
    crowd->n_ready++;
    if (crowd->rooms_of == 0) {
        open_next(crowd);
        return;
    }
    char room[BENCH_ROOM_NAME_MAX];
    rtcio__bench_room_name(c->run, c->index / crowd->rooms_of, room);
    rtcio__bench_client_sendf(
        c, "42[\"join-room\",{\"roomId\":\"%s\",\"name\":\"client %" PRIu32 "\"}]", room, c->index);
}

void rtcio__bench_crowd_refused(struct bench_client *c, const char *json, size_t len)
{
    bool too_often = memmem(json, len, "rate-limited", 12) != NULL;
    rtcio__bench_blame(c->run, "client %" PRIu32 ": the server refused join-room: %.*s%s", c->index,
                       len > 120 ? 120 : (int)len, json,
                       too_often ? "; lift its limit: rtcio serve --max-joins 100000" : "");
    c->run->tally.failed++;
}

static void on_event(struct bench_client *c, const char *json, size_t len)
{
    if (rtcio__bench_event_is(json, len, "join-ok")) {
        gathering->n_seated++;
        open_next(gathering);
    } else if (rtcio__bench_event_is(json, len, "join-error")) {
        rtcio__bench_crowd_refused(c, json, len);
    }
}

void rtcio__bench_crowd_lost(struct bench_client *c, const char *why)
{
    rtcio__bench_blame(c->run, "client %" PRIu32 ": %s", c->index, why);
    c->run->tally.failed++;
}

static const struct bench_client_ops gather_ops = {on_ready, on_event, rtcio__bench_crowd_lost};

int rtcio__bench_crowd_gather(struct bench_crowd *crowd, struct bench_run *run, uint32_t n,
                              uint32_t rooms_of, const struct bench_client_ops *ops)
{
    *crowd = (struct bench_crowd){.run = run, .n = n, .rooms_of = rooms_of};
    crowd->clients = rtcio__bench_alloc(n, sizeof(*crowd->clients));
    gathering = crowd;
    for (uint32_t i = 0; i < n; i++)
        rtcio__bench_client_init(&crowd->clients[i], run, i, &gather_ops);
    rtcio__bench_net_spread(&run->net, n);
    for (int i = 0; i < AT_ONCE; i++)
        open_next(crowd);
    int err = rtcio__bench_await(run, &crowd->n_ready, n, "the CONNECT of all clients");
    if (err == 0 && rooms_of > 0)
        err = rtcio__bench_await(run, &crowd->n_seated, n, "join-ok after join-room");
    for (uint32_t i = 0; i < n; i++)
        crowd->clients[i].ops = ops;
    return err;
}

void rtcio__bench_crowd_fini(struct bench_crowd *crowd)
{
    for (uint32_t i = 0; i < crowd->n; i++)
        rtcio__bench_net_close(&crowd->run->net, &crowd->clients[i].conn);
    free(crowd->clients);
}

size_t rtcio__bench_crowd_id_len(const struct bench_crowd *crowd)
{
    for (uint32_t i = 1; i < crowd->n; i++) {
        if (crowd->clients[i].id_len != crowd->clients[0].id_len) {
            rtcio__bench_blame(crowd->run,
                               "the server's socket ids differ in length; this workload "
                               "needs ids of one length");
            return 0;
        }
    }
    return crowd->clients[0].id_len;
}
