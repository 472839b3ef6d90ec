/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */

/* mesh, meshburst: rooms that fill one by one. At each arrival every member runs a complete
 * call with the newcomer: offer, answer and ten candidates from each side, one at a time or
 * (burst) each side's eleven at once. A full room is left, and the next one fills. */

#include "bench/crowd.h"
#include "bench/load.h"
#include "bench/relay.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SIDE_MESSAGES (1 + BENCH_CALL_CANDIDATES)

struct call {
    uint8_t n_done;  /* messages that arrived, of both sides */
    bool is_invited; /* the member got its init-offer */
};

struct room {
    uint32_t index;
    uint32_t round;
    uint32_t newcomer; /* its place; members before it are seated */
    uint32_t calls_left;
    uint64_t joined_at_ns;
    struct call *calls; /* of the newcomer, by the member's place */
};

static struct {
    struct bench_crowd crowd;
    struct bench_relay relay;
    struct room *rooms;
    uint32_t size;
    bool burst;
} load;

static struct bench_client *member(const struct room *room, uint32_t place)
{
    return &load.crowd.clients[room->index * load.size + place];
}

static struct bench_stream *stream(const struct room *room, uint32_t from, uint32_t to)
{
    return &load.relay.streams[(room->index * load.size + from) * load.size + to];
}

/* Every round has a room of its own, so that nothing of the last one is met again. */
static void room_name(const struct room *room, char name[BENCH_ROOM_NAME_MAX])
{
    rtcio__bench_room_name(load.crowd.run, room->index, name);
    size_t n = strlen(name);
    snprintf(name + n, BENCH_ROOM_NAME_MAX - n, "-%" PRIu32, room->round % 1000000);
}

static void join(struct room *room)
{
    struct bench_run *run = load.crowd.run;
    struct bench_client *c = member(room, room->newcomer);
    char name[BENCH_ROOM_NAME_MAX];
    room_name(room, name);
    room->joined_at_ns = run->net.now_ns;
    room->calls_left = room->newcomer;
    memset(room->calls, 0, load.size * sizeof(*room->calls));
    run->tally.sent += room->newcomer; /* an init-offer to each member */
    rtcio__bench_client_sendf(
        c, "42[\"join-room\",{\"roomId\":\"%s\",\"name\":\"client %" PRIu32 "\"}]", name, c->index);
}

static void leave_all(struct room *room)
{
    char name[BENCH_ROOM_NAME_MAX];
    room_name(room, name);
    for (uint32_t i = 0; i < load.size; i++) {
        struct bench_client *c = member(room, i);
        rtcio__bench_client_sendf(c, "42[\"leave-room\",{\"roomId\":\"%s\",\"id\":\"%s\"}]", name,
                                  c->id);
    }
}

static void seat_next(struct room *room)
{
    if (++room->newcomer == load.size) {
        leave_all(room);
        room->round++;
        room->newcomer = 0;
    }
    if (!load.crowd.run->stopping)
        join(room);
}

static void send_side(struct bench_stream *s, enum bench_kind first)
{
    rtcio__bench_relay_send(&load.relay, s, first);
    for (int i = 0; load.burst && i < BENCH_CALL_CANDIDATES; i++)
        rtcio__bench_relay_send(&load.relay, s, BENCH_CANDIDATE);
}

static void on_init_offer(struct bench_client *c, struct room *room, const char *json, size_t len)
{
    struct bench_run *run = c->run;
    uint32_t place = c->index % load.size;
    size_t n;
    const char *source = rtcio__bench_json_string(json, len, "source", &n);
    const struct bench_client *newcomer = member(room, room->newcomer);
    if (source == NULL || n != newcomer->id_len || memcmp(source, newcomer->id, n) != 0 ||
        place >= room->newcomer) {
        run->tally.corrupted++;
        rtcio__bench_blame(run, "an init-offer came to the wrong client: %.*s",
                           len > 160 ? 160 : (int)len, json);
        return;
    }
    if (room->calls[place].is_invited) {
        run->tally.duplicated++;
        return;
    }
    room->calls[place].is_invited = true;
    run->tally.received++;
    if (!run->stopping)
        send_side(stream(room, place, room->newcomer), BENCH_OFFER);
}

static void on_message(struct bench_client *c, struct room *room, const char *json, size_t len)
{
    enum bench_kind kind;
    struct bench_stream *s = rtcio__bench_relay_take(&load.relay, c->id, json, len, &kind);
    if (s == NULL)
        return;
    uint32_t from = s->from->index % load.size;
    uint32_t to = c->index % load.size;
    uint32_t place = from == room->newcomer ? to : from;
    struct call *call = &room->calls[place];
    call->n_done++;
    if (call->n_done == 2 * SIDE_MESSAGES) {
        c->run->work++;
        if (--room->calls_left == 0)
            seat_next(room);
        return;
    }
    if (c->run->stopping)
        return;
    if (!load.burst) {
        /* offer, answer, then candidates to and fro */
        bool answers = call->n_done == 1;
        rtcio__bench_relay_send(&load.relay, stream(room, to, from),
                                answers ? BENCH_ANSWER : BENCH_CANDIDATE);
    } else if (kind == BENCH_OFFER) {
        send_side(stream(room, to, from), BENCH_ANSWER);
    }
}

static void on_event(struct bench_client *c, const char *json, size_t len)
{
    struct room *room = &load.rooms[c->index / load.size];
    if (rtcio__bench_relay_is(json, len)) {
        on_message(c, room, json, len);
    } else if (rtcio__bench_event_is(json, len, "#rtcio:init-offer")) {
        on_init_offer(c, room, json, len);
    } else if (rtcio__bench_event_is(json, len, "join-ok")) {
        /* The first member has nobody to call; the others are seated by their last call. */
        if (room->newcomer == 0 && c == member(room, 0))
            seat_next(room);
    } else if (rtcio__bench_event_is(json, len, "join-error")) {
        c->run->tally.sent -= room->newcomer; /* no init-offer will come of it */
        rtcio__bench_crowd_refused(c, json, len);
    }
}

static const struct bench_client_ops ops = {NULL, on_event, rtcio__bench_crowd_lost};

static int fill_rooms(struct bench_run *run, uint32_t n_rooms, size_t id_len)
{
    uint32_t n_streams = load.crowd.n * load.size;
    rtcio__bench_relay_init(&load.relay, run, id_len, n_streams, false);
    load.rooms = rtcio__bench_alloc(n_rooms, sizeof(*load.rooms));
    struct call *calls = rtcio__bench_alloc(load.crowd.n, sizeof(*calls));
    for (uint32_t i = 0; i < n_rooms; i++) {
        struct room *room = &load.rooms[i];
        room->index = i;
        room->calls = calls + i * load.size;
        for (uint32_t a = 0; a < load.size; a++) {
            for (uint32_t b = 0; b < load.size; b++)
                rtcio__bench_stream_link(stream(room, a, b), member(room, a), member(room, b));
        }
        join(room);
    }
    int err = rtcio__bench_steady(run);
    free(calls);
    free(load.rooms);
    rtcio__bench_relay_fini(&load.relay);
    return err;
}

int rtcio__bench_load_mesh(struct bench_run *run)
{
    const struct bench_options *opt = run->opt;
    uint32_t n_rooms = opt->clients / opt->rooms_of;
    load.size = opt->rooms_of;
    load.burst = opt->workload->variant;
    int err = rtcio__bench_crowd_gather(&load.crowd, run, n_rooms * load.size, 0, &ops);
    size_t id_len = err == 0 ? rtcio__bench_crowd_id_len(&load.crowd) : 0;
    err = id_len == 0 ? -1 : fill_rooms(run, n_rooms, id_len);
    rtcio__bench_crowd_fini(&load.crowd);
    return err;
}
