/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */

/* One run of a workload: what was asked, what was counted, and its phases (warm up, measure,
 * drain). Knows no workload by name. */

#include "bench/run.h"

#include "bench/wire.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define SILENCE_NS 10000000000u /* a server that says nothing for so long has stalled */
#define DRAIN_NS   2000000000u  /* what has not come after such a silence is lost */
#define TURN_MS    20

int rtcio__bench_run_init(struct bench_run *run, const struct bench_options *opt)
{
    memset(run, 0, sizeof(*run));
    run->opt = opt;
    snprintf(run->tag, sizeof(run->tag), "%x",
             (unsigned)(rtcio__bench_now_ns() / 1000) ^ (unsigned)getpid() << 20);
    if (opt->pid != 0) {
        int err = rtcio__bench_cpu_clock(opt->pid, &run->server_clock);
        if (err != 0) {
            rtcio__bench_blame(run, "--pid %ld: %s; it must be a running process of this machine",
                               (long)opt->pid, strerror(err));
            return -1;
        }
    }
    const char *err = rtcio__bench_net_init(&run->net, opt->host, opt->port);
    if (err != NULL) {
        rtcio__bench_blame(run, "cannot reach %s: %s", opt->host, err);
        return -1;
    }
    int n = snprintf(run->upgrade, sizeof(run->upgrade),
                     "GET %s?EIO=4&transport=websocket HTTP/1.1\r\nHost: %s\r\n"
                     "Upgrade: websocket\r\nConnection: Upgrade\r\n"
                     "Sec-WebSocket-Key: " BENCH_WS_KEY "\r\nSec-WebSocket-Version: 13\r\n\r\n",
                     opt->path, opt->authority);
    run->upgrade_len = (size_t)n;
    return 0;
}

void rtcio__bench_run_fini(struct bench_run *run)
{
    rtcio__bench_net_fini(&run->net);
}

void rtcio__bench_blame(struct bench_run *run, const char *format, ...)
{
    if (run->error[0] != '\0')
        return;
    va_list args;
    va_start(args, format);
    vsnprintf(run->error, sizeof(run->error), format, args);
    va_end(args);
}

void rtcio__bench_sample(struct bench_run *run, struct bench_sample *s)
{
    s->wall_ns = rtcio__bench_now_ns();
    s->own_cpu_ns = rtcio__bench_clock_ns(CLOCK_PROCESS_CPUTIME_ID);
    s->server_cpu_ns = run->opt->pid == 0 ? 0 : rtcio__bench_clock_ns(run->server_clock);
    s->work = run->work;
}

uint64_t rtcio__bench_under_way(const struct bench_run *run)
{
    return run->tally.sent - run->tally.received;
}

struct patience {
    uint64_t n_reads;
    uint64_t since_ns;
};

static bool silent(const struct bench_run *run, struct patience *p, uint64_t for_ns)
{
    if (p->n_reads != run->net.n_reads || p->since_ns == 0) {
        p->n_reads = run->net.n_reads;
        p->since_ns = run->net.now_ns;
    }
    return run->net.now_ns - p->since_ns > for_ns;
}

int rtcio__bench_await(struct bench_run *run, const uint64_t *count, uint64_t goal,
                       const char *what)
{
    struct patience patience = {0};
    while (*count < goal) {
        rtcio__bench_net_turn(&run->net, TURN_MS);
        /* While a run is set up nothing may fail: half a crowd measures nothing. */
        if (run->tally.failed > 0)
            return -1;
        if (silent(run, &patience, SILENCE_NS)) {
            rtcio__bench_blame(run, "waited 10 s for %s (%" PRIu64 " of %" PRIu64 " came)", what,
                               *count, goal);
            return -1;
        }
    }
    return 0;
}

void rtcio__bench_linger(struct bench_run *run, double seconds)
{
    uint64_t until = rtcio__bench_now_ns() + (uint64_t)(seconds * 1e9);
    while (run->net.now_ns < until)
        rtcio__bench_net_turn(&run->net, TURN_MS);
}

/* Turns until the time is over or, when messages is not 0, so many units are done. */
static int turn_until(struct bench_run *run, double seconds, uint64_t messages)
{
    uint64_t start_ns = rtcio__bench_now_ns();
    uint64_t length_ns = (uint64_t)(seconds * 1e9);
    uint64_t start_work = run->work;
    struct patience patience = {0};
    for (;;) {
        if (run->tick != NULL)
            run->tick(run);
        rtcio__bench_net_turn(&run->net, run->tick != NULL ? 0 : TURN_MS);
        if (messages > 0 ? run->work - start_work >= messages
                         : run->net.now_ns - start_ns >= length_ns)
            return 0;
        if (run->net.n_open == 0) {
            rtcio__bench_blame(run, "no connection is left");
            return -1;
        }
        if (silent(run, &patience, SILENCE_NS)) {
            rtcio__bench_blame(run, "the server said nothing for 10 s");
            return -1;
        }
    }
}

int rtcio__bench_steady(struct bench_run *run)
{
    const struct bench_options *opt = run->opt;
    int err = turn_until(run, opt->warmup, 0);

    rtcio__bench_hist_clear(&run->latency);
    run->away_ns = 0;
    if (opt->pid != 0)
        run->rss_before = rtcio__bench_rss_bytes(opt->pid);
    rtcio__bench_sample(run, &run->begin);
    if (err == 0)
        err = turn_until(run, opt->seconds, opt->messages);
    rtcio__bench_sample(run, &run->end);
    if (opt->pid != 0)
        run->rss_after = rtcio__bench_rss_bytes(opt->pid);

    run->stopping = true;
    struct patience patience = {0};
    while (rtcio__bench_under_way(run) > 0 && !silent(run, &patience, DRAIN_NS))
        rtcio__bench_net_turn(&run->net, TURN_MS);
    /* A second copy of the last message would come right behind it. */
    rtcio__bench_linger(run, 0.1);
    return err;
}
