/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */

/* idle: clients that connect, perhaps take a seat in a room, and then only answer pings. What
 * one costs the server in memory, its handshake and its pings in CPU time. */

#include "bench/crowd.h"
#include "bench/load.h"

static void on_event(struct bench_client *c, const char *json, size_t len)
{
    (void)c;
    (void)json;
    (void)len;
}

static void on_left(struct bench_client *c, const char *why)
{
    (void)c;
    (void)why;
}

static const struct bench_client_ops ops = {NULL, on_event, rtcio__bench_crowd_lost};
static const struct bench_client_ops leaving_ops = {NULL, on_event, on_left};

#define FIRST_CLIENTS 64

/* What a server gets once, for its first clients (pages of libraries, pools), is no memory of a
 * connection: some come and go before the baseline is taken. */
static int take_baseline(struct bench_run *run)
{
    struct bench_crowd first;
    int err =
        rtcio__bench_crowd_gather(&first, run, FIRST_CLIENTS, run->opt->rooms_of, &leaving_ops);
    if (err == 0) {
        for (uint32_t i = 0; i < first.n; i++)
            rtcio__bench_client_leave(&first.clients[i]);
        rtcio__bench_linger(run, 1);
        run->rss_before = run->opt->pid == 0 ? 0 : rtcio__bench_rss_bytes(run->opt->pid);
    }
    rtcio__bench_crowd_fini(&first);
    return err;
}

int rtcio__bench_load_idle(struct bench_run *run)
{
    const struct bench_options *opt = run->opt;
    struct bench_crowd crowd;
    if (take_baseline(run) != 0)
        return -1;
    rtcio__bench_sample(run, &run->begin);
    int err = rtcio__bench_crowd_gather(&crowd, run, opt->clients, opt->rooms_of, &ops);
    run->work = crowd.n_ready;
    rtcio__bench_sample(run, &run->end);
    if (err == 0) {
        /* What was needed only for the handshakes has a moment to be given back. */
        rtcio__bench_linger(run, 1);
        run->n_idle = crowd.n;
        if (opt->pid != 0)
            run->rss_after = rtcio__bench_rss_bytes(opt->pid);

        struct bench_sample from, to;
        uint64_t pings = run->n_pings;
        rtcio__bench_sample(run, &from);
        rtcio__bench_linger(run, opt->seconds);
        rtcio__bench_sample(run, &to);
        run->n_idle_pings = run->n_pings - pings;
        run->idle_cpu_ns = to.server_cpu_ns - from.server_cpu_ns;
    }
    rtcio__bench_crowd_fini(&crowd);
    return err;
}
