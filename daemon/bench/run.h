/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */
#ifndef RTCIO_BENCH_RUN_H
#define RTCIO_BENCH_RUN_H

/* One run of a workload: what was asked, what was counted, and its phases (warm up, measure,
 * drain). Knows no workload by name. */

#include "bench/measure.h"
#include "bench/net.h"
#include "bench/options.h"

struct bench_tally {
    uint64_t sent;
    uint64_t received; /* each message once */
    uint64_t duplicated;
    uint64_t reordered; /* came after a message sent later */
    uint64_t corrupted; /* other bytes than were sent, or at the wrong client */
    uint64_t failed;    /* connections and sessions */
};

struct bench_sample {
    uint64_t wall_ns;
    uint64_t server_cpu_ns;
    uint64_t own_cpu_ns;
    uint64_t work;
};

struct bench_run {
    const struct bench_options *opt;
    struct bench_net net;
    struct bench_hist latency;
    struct bench_tally tally;
    uint64_t work;    /* units done since the start */
    uint64_t n_pings; /* Engine.IO pings answered */
    bool stopping;    /* finish what is under way, begin nothing */
    /* Called in every turn of a steady run; then turns do not wait. NULL: nothing to do. */
    void (*tick)(struct bench_run *run);
    uint64_t away_ns; /* with a rate: in which this program did not run, and sent nothing */
    clockid_t server_clock;
    struct bench_sample begin, end;
    uint64_t rss_before, rss_after;
    bool passing; /* clients come and go: growth and descriptors count */
    unsigned fds_before, fds_after;
    uint64_t n_idle, n_idle_pings, idle_cpu_ns; /* of the workload `idle` */
    char tag[16];                               /* makes this run's room names its own */
    char error[256];                            /* the first thing that went wrong */
    size_t upgrade_len;
    char upgrade[1024]; /* the WebSocket handshake request */
};

/* Returns 0, or -1 with run->error set. */
int rtcio__bench_run_init(struct bench_run *run, const struct bench_options *opt);
void rtcio__bench_run_fini(struct bench_run *run);

/* Remembers the first error; says nothing of whether the run goes on. */
void rtcio__bench_blame(struct bench_run *run, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

void rtcio__bench_sample(struct bench_run *run, struct bench_sample *s);

/* Messages on their way and not yet seen. */
uint64_t rtcio__bench_under_way(const struct bench_run *run);

/* Turns until *count reaches goal. Fails when the server stays silent; `what` is awaited. */
int rtcio__bench_await(struct bench_run *run, const uint64_t *count, uint64_t goal,
                       const char *what);

/* Turns for a time, whatever comes. */
void rtcio__bench_linger(struct bench_run *run, double seconds);

/* Warms up, measures and drains a workload that feeds itself. */
int rtcio__bench_steady(struct bench_run *run);

#endif
