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

static const struct bench_client_ops ops = {NULL, on_event, rtcio__bench_crowd_lost};

int rtcio__bench_load_idle(struct bench_run *run)
{
    const struct bench_options *opt = run->opt;
    struct bench_crowd crowd;
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
