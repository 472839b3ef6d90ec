/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */

/* GET /metrics: the counters in Prometheus' text format, 0.0.4. Each worker reads its own, on its
 * thread; nothing is counted for this but what the library counts anyway. */

#include "gather.h"
#include "hooks_metrics.h"
#include "jwks_metrics.h"
#include "process.h"
#include "store_metrics.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TEXT_TYPE "text/plain; version=0.0.4; charset=utf-8"

/* A worker's numbers. */
typedef struct part {
    rtcio_server_stats server;
    uint64_t n_websocket; /* sessions that are not on polling */
    rtcio_auth_stats auth;
    rtcio_ice_stats ice;
} part;

typedef struct row {
    const char *name, *labels, *type, *help;
    size_t offset;
} row;

#define NONE(...)
#define OF_PART(name, labels, type, field, help) {name, labels, type, help, offsetof(part, field)},
#define OF_SIGNALING(name, labels, type, field, help) \
    {name, labels, type, help, offsetof(rtcio_signaling_stats, field)},

static const row worker_rows[] = {
#define SERVER    OF_PART
#define WHOLE     NONE
#define SIGNALING NONE
#include "control/metrics.def"
#undef SERVER
#undef WHOLE
#undef SIGNALING
};

static const row whole_rows[] = {
#define SERVER    NONE
#define WHOLE     OF_PART
#define SIGNALING NONE
#include "control/metrics.def"
#undef SERVER
#undef WHOLE
#undef SIGNALING
};

static const row signaling_rows[] = {
#define SERVER    NONE
#define WHOLE     NONE
#define SIGNALING OF_SIGNALING
#include "control/metrics.def"
#undef SERVER
#undef WHOLE
#undef SIGNALING
};

#define N(rows) (sizeof(rows) / sizeof *(rows))

static uint64_t value_at(const void *base, size_t offset)
{
    return *(const uint64_t *)(const void *)((const char *)base + offset);
}

static void put_head(FILE *out, const char *name, const char *type, const char *help)
{
    fprintf(out, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

/* The first row of a name has its help. */
static void put_row_head(FILE *out, const row *rows, size_t i)
{
    if (i == 0 || strcmp(rows[i - 1].name, rows[i].name) != 0)
        put_head(out, rows[i].name, rows[i].type, rows[i].help);
}

static void put_workers(FILE *out, const rtcio__gather *gather)
{
    for (size_t i = 0; i < N(worker_rows); i++) {
        const row *r = &worker_rows[i];
        put_row_head(out, worker_rows, i);
        for (unsigned w = 0; w < rtcio__gather_count(gather); w++)
            fprintf(out, "%s{%sworker=\"%u\"} %" PRIu64 "\n", r->name, r->labels, w,
                    value_at(rtcio__gather_part(gather, w), r->offset));
    }
}

static void put_number(FILE *out, const row *r, uint64_t number)
{
    bool labels = *r->labels != '\0';

    fprintf(out, "%s%s%s%s %" PRIu64 "\n", r->name, labels ? "{" : "", r->labels, labels ? "}" : "",
            number);
}

static void put_whole(FILE *out, const rtcio__gather *gather)
{
    for (size_t i = 0; i < N(whole_rows); i++) {
        uint64_t sum = 0;
        put_row_head(out, whole_rows, i);
        for (unsigned w = 0; w < rtcio__gather_count(gather); w++)
            sum += value_at(rtcio__gather_part(gather, w), whole_rows[i].offset);
        put_number(out, &whole_rows[i], sum);
    }
}

static void put_signaling(FILE *out, const rtcio__control_worker *worker)
{
    rtcio_signaling_stats stats = {.size = sizeof stats};

    rtcio_signaling_get_stats(worker->attached.signaling, &stats);
    for (size_t i = 0; i < N(signaling_rows); i++) {
        put_row_head(out, signaling_rows, i);
        put_number(out, &signaling_rows[i], value_at(&stats, signaling_rows[i].offset));
    }
}

/* One turn of sixteen is timed: the shape is right, the count is a sixteenth. */
static void put_turns(FILE *out, const rtcio__gather *gather)
{
    static const uint64_t bounds_us[] = RTCIO_TURN_BOUNDS_US;
    static const char name[] = "rtcio_turn_seconds";

    put_head(out, name, "histogram",
             "How long a turn of the loop takes, of one turn in sixteen: what a message waits at "
             "most from being read to being written.");
    for (unsigned w = 0; w < rtcio__gather_count(gather); w++) {
        const rtcio_server_stats *stats = &((part *)rtcio__gather_part(gather, w))->server;
        uint64_t n = 0;
        for (size_t i = 0; i < N(bounds_us); i++) {
            n += stats->turn_buckets[i];
            fprintf(out, "%s_bucket{worker=\"%u\",le=\"%g\"} %" PRIu64 "\n", name, w,
                    (double)bounds_us[i] / 1e6, n);
        }
        n += stats->turn_buckets[N(bounds_us)];
        fprintf(out, "%s_bucket{worker=\"%u\",le=\"+Inf\"} %" PRIu64 "\n", name, w, n);
        fprintf(out, "%s_sum{worker=\"%u\"} %.6f\n", name, w, (double)stats->turns_timed_us / 1e6);
        fprintf(out, "%s_count{worker=\"%u\"} %" PRIu64 "\n", name, w, n);
    }
}

static void put_refusals(FILE *out, const rtcio__life *life)
{
    static const char *const codes[] = {"unknown_transport", "unknown_sid", "bad_method",
                                        "bad_request",       "forbidden",   "bad_protocol"};

    put_head(out, "rtcio_refusals_total", "counter",
             "Requests to the Socket.IO endpoint refused, by Engine.IO's code.");
    for (size_t i = 0; i < N(codes); i++)
        fprintf(out, "rtcio_refusals_total{code=\"%s\"} %" PRIu64 "\n", codes[i],
                __atomic_load_n(&life->refused[i], __ATOMIC_RELAXED));
}

static void put_gauge(FILE *out, const char *name, const char *help, double value)
{
    put_head(out, name, "gauge", help);
    fprintf(out, "%s %.17g\n", name, value);
}

static void put_process(FILE *out, const rtcio__control *control, uint64_t n_connections)
{
    rtcio__process p;

    rtcio__process_read(&p, n_connections);
    put_head(out, "process_cpu_seconds_total", "counter", "CPU time of all threads.");
    fprintf(out, "process_cpu_seconds_total %.6f\n", p.cpu_s);
    put_gauge(out, "process_resident_memory_bytes", "Memory in RAM.", (double)p.resident_bytes);
    put_gauge(out, "process_virtual_memory_bytes", "Memory mapped.", (double)p.virtual_bytes);
    if (p.open_fds >= 0)
        put_gauge(out, "process_open_fds", "Open descriptors.", (double)p.open_fds);
    put_gauge(out, "process_max_fds", "Most open descriptors.", (double)p.max_fds);
    put_gauge(out, "process_threads", "Threads.", p.threads);
    put_head(out, "process_start_time_seconds", "gauge", "When it started, Unix time.");
    fprintf(out, "process_start_time_seconds %.3f\n", (double)control->begun_ms / 1000);
}

static void put_facts(FILE *out, const rtcio__control_worker *worker)
{
    put_head(out, "rtcio_build_info", "gauge", "Always 1; the labels say what runs.");
    fprintf(out, "rtcio_build_info{version=\"%s\"} 1\n", rtcio_version());
    put_gauge(out, "rtcio_workers", "Threads that serve clients.",
              rtcio_workers_count(rtcio_server_workers(worker->server)));
    put_gauge(out, "rtcio_draining", "1 once no newcomers are taken.",
              rtcio__drain_is_on(worker->control->drain));
    put_gauge(out, "rtcio_max_sessions", "Most sessions, of all workers together.",
              (double)rtcio_server_get_options(worker->server)->max_sessions);
}

static void visit(rtcio__control_worker *worker, const void *question, void *user)
{
    part *p = user;
    (void)question;

    p->server.size = sizeof p->server;
    rtcio_server_get_stats(worker->server, &p->server);
    p->n_websocket =
        p->server.n_sessions > p->server.n_polling ? p->server.n_sessions - p->server.n_polling : 0;
    p->auth.size = sizeof p->auth;
    if (worker->attached.auth != NULL)
        rtcio_auth_get_stats(worker->attached.auth, &p->auth);
    p->ice.size = sizeof p->ice;
    rtcio_ice_get_stats(worker->attached.ice, &p->ice);
}

static void done(rtcio__control_worker *worker, const rtcio__gather *gather,
                 rtcio_http_request *request)
{
    char *text = NULL;
    size_t len = 0;
    uint64_t n_connections = 0;
    FILE *out = open_memstream(&text, &len);

    for (unsigned w = 0; w < rtcio__gather_count(gather); w++)
        n_connections += ((part *)rtcio__gather_part(gather, w))->server.n_connections;
    if (out != NULL) {
        put_facts(out, worker);
        put_workers(out, gather);
        put_turns(out, gather);
        put_whole(out, gather);
        put_signaling(out, worker);
        put_refusals(out, worker->control->life);
        rtcio__control_put_store(out, worker->control->store);
        rtcio__control_put_hooks(out, worker->control->hooks);
        rtcio__control_put_jwks(out, worker->control->jwks);
        put_process(out, worker->control, n_connections);
    }
    if (out == NULL || fclose(out) != 0)
        rtcio__answer(request, 503, NULL);
    else
        rtcio_http_respond(request, 200, TEXT_TYPE, NULL, (rtcio_slice){text, len});
    free(text);
}

void rtcio__control_get_metrics(rtcio__call *call)
{
    static const rtcio__gather_plan plan = {visit, done, NULL, NULL, sizeof(part)};
    rtcio__gather_start(call, &plan, "", 1);
}
