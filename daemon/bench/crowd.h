/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */
#ifndef RTCIO_BENCH_CROWD_H
#define RTCIO_BENCH_CROWD_H

/* Many clients, connected some at a time and seated in rooms, before a workload starts. */

#include "bench/client.h"

struct bench_crowd {
    struct bench_run *run;
    struct bench_client *clients;
    uint32_t n;
    uint32_t rooms_of; /* members of a room; 0: no rooms */
    uint32_t n_opened;
    uint64_t n_ready;
    uint64_t n_seated;
};

/* The name of the room that holds a client of a crowd. */
#define BENCH_ROOM_NAME_MAX 40
void rtcio__bench_room_name(const struct bench_run *run, uint32_t room,
                            char name[BENCH_ROOM_NAME_MAX]);

/* Connects n clients and waits for all. With rooms_of, client i sits in room i / rooms_of.
 * Then events go to ops. Returns 0, or -1 with run->error set. Call _fini in both cases. */
int rtcio__bench_crowd_gather(struct bench_crowd *crowd, struct bench_run *run, uint32_t n,
                              uint32_t rooms_of, const struct bench_client_ops *ops);
void rtcio__bench_crowd_fini(struct bench_crowd *crowd);

/* For a workload's ops.closed: a client that goes while it should stay is a failure. */
void rtcio__bench_crowd_lost(struct bench_client *c, const char *why);

/* For join-error: a failure, in the server's own words. */
void rtcio__bench_crowd_refused(struct bench_client *c, const char *json, size_t len);

/* All ids must be as long as the first, since messages are built before the run. Returns the
 * length, or 0 with run->error set. */
size_t rtcio__bench_crowd_id_len(const struct bench_crowd *crowd);

#endif
