/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */

/* bcast, bcastbig: rooms in which one member after the other announces its media state; the
 * next follows when all others have the last. */

#include "bench/crowd.h"
#include "bench/load.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BODY_MAX 400

struct room {
    char name[BENCH_ROOM_NAME_MAX];
    uint32_t sender; /* its place in the room */
    uint32_t seq;    /* of the announcement under way */
    uint32_t waiting;
    uint64_t sent_at_ns;
    /* The announcement as its first recipient got it: checked once in full, after that the
     * bytes need only be the same. */
    size_t body_len;
    char body[BODY_MAX];
};

static struct {
    struct bench_crowd crowd;
    struct room *rooms;
    uint32_t *last_seq; /* of each client */
    uint32_t size;
} load;

static struct bench_client *member(const struct room *room, uint32_t place)
{
    return &load.crowd.clients[(uint32_t)(room - load.rooms) * load.size + place];
}

static const char *mic_of(uint32_t seq)
{
    return (seq & 1) != 0 ? "true" : "false";
}

static const char *cam_of(uint32_t seq)
{
    return (seq & 2) != 0 ? "true" : "false";
}

static void announce(struct room *room)
{
    struct bench_run *run = load.crowd.run;
    struct bench_client *from = member(room, room->sender);
    room->seq++;
    room->waiting = load.size - 1;
    room->body_len = 0;
    room->sent_at_ns = run->net.now_ns;
    run->tally.sent += room->waiting;
    rtcio__bench_client_sendf(from,
                              "42[\"media-state\",{\"id\":\"%s\",\"roomId\":\"%s\",\"mic\":%s,"
                              "\"cam\":%s,\"n\":\"%010" PRIu32 "\"}]",
                              from->id, room->name, mic_of(room->seq), cam_of(room->seq),
                              room->seq);
}

static bool has(const char *json, size_t len, const char *part)
{
    return memmem(json, len, part, strlen(part)) != NULL;
}

/* Returns the announcement's number, 0 when it is not as it was sent. The order of keys is the
 * server's choice. */
static uint32_t read_full(const struct room *room, const char *json, size_t len)
{
    size_t n;
    const char *digits = rtcio__bench_json_string(json, len, "n", &n);
    if (digits == NULL || n != 10)
        return 0;
    uint32_t seq = (uint32_t)strtoul(digits, NULL, 10);
    char part[BENCH_ID_MAX + BENCH_ROOM_NAME_MAX];
    if (seq == room->seq) {
        snprintf(part, sizeof(part), "\"id\":\"%s\"", member(room, room->sender)->id);
        if (!has(json, len, part))
            return 0;
    }
    snprintf(part, sizeof(part), "\"roomId\":\"%s\"", room->name);
    if (!has(json, len, part))
        return 0;
    snprintf(part, sizeof(part), "\"mic\":%s", mic_of(seq));
    if (!has(json, len, part))
        return 0;
    snprintf(part, sizeof(part), "\"cam\":%s", cam_of(seq));
    return has(json, len, part) ? seq : 0;
}

static uint32_t read_seq(struct room *room, const char *json, size_t len)
{
    if (len == room->body_len && memcmp(json, room->body, len) == 0)
        return room->seq;
    uint32_t seq = read_full(room, json, len);
    if (seq == room->seq && len <= BODY_MAX) {
        memcpy(room->body, json, len);
        room->body_len = len;
    }
    return seq;
}

static void on_event(struct bench_client *c, const char *json, size_t len)
{
    if (!rtcio__bench_event_is(json, len, "media-state"))
        return;
    struct bench_run *run = c->run;
    struct room *room = &load.rooms[c->index / load.size];
    uint32_t seq = read_seq(room, json, len);
    if (seq == 0 || seq > room->seq || c == member(room, room->sender)) {
        run->tally.corrupted++;
        rtcio__bench_blame(run, "a media-state came back changed or at the wrong client: %.*s",
                           len > 160 ? 160 : (int)len, json);
        return;
    }
    /* One announcement is under way in a room, so an older one can only be a second copy. */
    if (seq <= load.last_seq[c->index]) {
        run->tally.duplicated++;
        return;
    }
    load.last_seq[c->index] = seq;
    run->tally.received++;
    run->work++;
    rtcio__bench_hist_add(&run->latency, run->net.now_ns - room->sent_at_ns);
    if (--room->waiting == 0 && !run->stopping) {
        room->sender = (room->sender + 1) % load.size;
        announce(room);
    }
}

static const struct bench_client_ops ops = {NULL, on_event, rtcio__bench_crowd_lost};

int rtcio__bench_load_bcast(struct bench_run *run)
{
    const struct bench_options *opt = run->opt;
    uint32_t n_rooms = opt->clients / opt->rooms_of;
    load.size = opt->rooms_of;
    int err = rtcio__bench_crowd_gather(&load.crowd, run, n_rooms * load.size, load.size, &ops);
    load.rooms = rtcio__bench_alloc(n_rooms, sizeof(*load.rooms));
    load.last_seq = rtcio__bench_alloc(load.crowd.n, sizeof(*load.last_seq));
    if (err == 0) {
        for (uint32_t i = 0; i < n_rooms; i++) {
            rtcio__bench_room_name(run, i, load.rooms[i].name);
            announce(&load.rooms[i]);
        }
        err = rtcio__bench_steady(run);
    }
    free(load.rooms);
    free(load.last_seq);
    rtcio__bench_crowd_fini(&load.crowd);
    return err;
}
