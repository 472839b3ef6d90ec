/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */

/* relay, relay1k, relay8, small: pairs, each in a room of its own, with a fixed number of
 * messages under way. What one side receives it answers with the next message of the call. With
 * --rate messages are sent by the clock instead, one pair after the other. */

#include "bench/crowd.h"
#include "bench/load.h"
#include "bench/relay.h"

#include <stdlib.h>

static struct {
    struct bench_crowd crowd;
    struct bench_relay relay;
    uint32_t *step; /* of each pair: place in the cycle of a call */
    uint64_t since_ns, last_ns, n_due;
} load;

/* With a rate: so few events that a turn is short, and what is longer was not ours. */
#define EVENTS_A_TURN 8
#define AWAY_NS       1000000

static void send_next(uint32_t stream)
{
    enum bench_kind kind = BENCH_CANDIDATE;
    if (!load.relay.run->opt->workload->variant) {
        uint32_t step = load.step[stream / 2]++ % BENCH_CALL_CYCLE;
        kind = step == 0 ? BENCH_OFFER : step == 1 ? BENCH_ANSWER : BENCH_CANDIDATE;
    }
    rtcio__bench_relay_send(&load.relay, &load.relay.streams[stream], kind);
}

static void on_event(struct bench_client *c, const char *json, size_t len)
{
    if (!rtcio__bench_relay_is(json, len))
        return;
    enum bench_kind kind;
    struct bench_stream *s = rtcio__bench_relay_take(&load.relay, c->id, json, len, &kind);
    if (s == NULL)
        return;
    c->run->work++;
    if (!c->run->stopping && c->run->tick == NULL)
        send_next((uint32_t)(s - load.relay.streams) ^ 1);
}

/* Sends what is due. A server that stands still for long is not sent more than its streams can
 * number: that shows as a speed below the rate. */
static void tick(struct bench_run *run)
{
    run->net.now_ns = rtcio__bench_now_ns();
    if (load.since_ns == 0)
        load.since_ns = load.last_ns = run->net.now_ns;
    /* When another program had the processor, what was due meanwhile is left out: sent all at once
     * it would be a burst that nobody asked for, and its latency our own. */
    uint64_t away_ns = run->net.now_ns - load.last_ns;
    if (away_ns > AWAY_NS) {
        load.since_ns += away_ns;
        run->away_ns += away_ns;
    }
    load.last_ns = run->net.now_ns;
    double due = (double)(run->net.now_ns - load.since_ns) / 1e9 * run->opt->rate;
    for (; (double)load.n_due < due; load.n_due++) {
        /* First one direction of all pairs, then the other: in_flight plays no part. */
        uint32_t n_pairs = load.relay.n_streams / 2;
        uint32_t stream = (uint32_t)(load.n_due % n_pairs) * 2 + (load.n_due / n_pairs & 1);
        const struct bench_stream *s = &load.relay.streams[stream];
        if (s->sent - s->next < BENCH_RING)
            send_next(stream);
    }
}

static const struct bench_client_ops ops = {NULL, on_event, rtcio__bench_crowd_lost};

int rtcio__bench_load_relay(struct bench_run *run)
{
    const struct bench_options *opt = run->opt;
    uint32_t n = opt->pairs * 2;
    int err = rtcio__bench_crowd_gather(&load.crowd, run, n, 2, &ops);
    size_t id_len = err == 0 ? rtcio__bench_crowd_id_len(&load.crowd) : 0;
    if (id_len == 0) {
        rtcio__bench_crowd_fini(&load.crowd);
        return -1;
    }
    rtcio__bench_relay_init(&load.relay, run, id_len, n, opt->workload->variant);
    load.step = rtcio__bench_alloc(opt->pairs, sizeof(*load.step));
    /* Stream 2p goes from client 2p to 2p+1, stream 2p+1 back. */
    for (uint32_t i = 0; i < n; i++)
        rtcio__bench_stream_link(&load.relay.streams[i], &load.crowd.clients[i],
                                 &load.crowd.clients[i ^ 1]);
    if (opt->rate > 0) {
        run->tick = tick;
        run->net.events_a_turn = EVENTS_A_TURN;
    }
    for (uint32_t i = 0; i < n && opt->rate == 0; i += 2) {
        for (uint32_t k = 0; k < opt->in_flight; k++)
            send_next(i);
    }
    err = rtcio__bench_steady(run);
    free(load.step);
    rtcio__bench_relay_fini(&load.relay);
    rtcio__bench_crowd_fini(&load.crowd);
    return err;
}
