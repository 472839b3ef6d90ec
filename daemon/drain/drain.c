/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */

/* Each worker has its share of the clients and its own timer; who is done last ends the process. */

#include "drain.h"

#include <rtcio/timer.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define TICK_MS       50
#define MAX_RETRY_MS  1000 /* the hints are spread over this */
#define RETRY_AFTER_S "1"  /* for newcomers: by then a load balancer has seen /ready */

static int64_t monotonic_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

void rtcio__drain_init(rtcio__drain *drain, rtcio__log *log, uint32_t over_ms,
                       void (*done)(void *user), void *user)
{
    *drain = (rtcio__drain){.log = log, .over_ms = over_ms, .done = done, .user = user};
}

bool rtcio__drain_is_on(const rtcio__drain *drain)
{
    return __atomic_load_n(&drain->on, __ATOMIC_ACQUIRE);
}

/* Requests without a session are newcomers. */
static int on_request(rtcio_http_request *request, void *user)
{
    static const char text[] = "{\"code\":4,\"message\":\"server is draining\"}";
    char sid[2];

    if (rtcio__drain_is_on(user) && rtcio_http_query(request, "sid", sid, sizeof sid) < 0)
        rtcio_http_respond(request, 503, "application/json", "Retry-After: " RETRY_AFTER_S "\r\n",
                           (rtcio_slice){text, sizeof text - 1});
    return 0;
}

int rtcio__drain_install(rtcio_server *server, rtcio__drain *drain)
{
    return rtcio_server_use_http(server, on_request, drain);
}

/* Ids are random, and so is what is made of one. */
static unsigned jitter(const char *id)
{
    uint32_t hash = 2166136261u;

    for (; *id != '\0'; id++)
        hash = (hash ^ (unsigned char)*id) * 16777619u;
    return hash % MAX_RETRY_MS;
}

static bool send_away(rtcio_socket *socket, void *user)
{
    (void)user;
    rtcio_emit(socket, RTCIO__SERVER_DRAINING, "{s:i}", "retryMs",
               (int)jitter(rtcio_socket_id(socket)));
    rtcio_socket_send_away(socket);
    return true;
}

static bool keep_id(rtcio_socket *socket, void *user)
{
    rtcio__drain_part *part = user;

    if (part->n < part->size)
        snprintf(part->ids[part->n++], sizeof *part->ids, "%s", rtcio_socket_id(socket));
    return true;
}

/* Nobody of this worker is left, or the time is over: then what is left goes with the server. */
static void finish(rtcio__drain_part *part)
{
    rtcio__drain *drain = part->drain;

    if (part->over)
        return;
    part->over = true;
    free(part->ids);
    part->ids = NULL;
    if (__atomic_sub_fetch(&drain->n_left, 1, __ATOMIC_ACQ_REL) == 0)
        drain->done(drain->user);
}

static void on_tick(rtcio_timer *timer, void *user)
{
    rtcio__drain_part *part = user;
    const rtcio__drain *drain = part->drain;
    rtcio_namespace *nsp = rtcio_of(part->server, "/");
    uint64_t elapsed = (uint64_t)(monotonic_ms() - drain->begun_ms);
    rtcio_server_stats stats = {.size = sizeof stats};
    bool late = elapsed >= drain->over_ms;
    size_t due = late ? part->n : (size_t)(part->n * elapsed / drain->over_ms);

    for (; part->n_done < due; part->n_done++) {
        rtcio_socket *socket = rtcio_namespace_socket(nsp, part->ids[part->n_done]);
        if (socket != NULL)
            send_away(socket, NULL);
    }
    if (late)
        rtcio_namespace_each(nsp, send_away, NULL); /* who was half in when it began */
    rtcio_server_get_stats(part->server, &stats);
    if (late || stats.n_sessions == 0)
        finish(part);
    else
        rtcio_timer_start(timer, TICK_MS);
}

static void begin(rtcio_server *server, void *user)
{
    rtcio__drain *drain = user;
    rtcio__drain_part *part = &drain->parts[rtcio_server_worker(server)];
    rtcio_namespace *nsp = rtcio_of(server, "/");

    *part = (rtcio__drain_part){.drain = drain, .server = server};
    part->size = rtcio_namespace_size(nsp);
    part->ids = calloc(part->size + 1, sizeof *part->ids);
    part->timer = rtcio_timer_create(server, on_tick, part);
    if (part->ids != NULL)
        rtcio_namespace_each(nsp, keep_id, part);
    /* Without memory they go all together. */
    if (part->timer != NULL)
        rtcio_timer_start(part->timer, 1);
    else
        finish(part);
}

bool rtcio__drain_begin(rtcio__drain *drain, rtcio_workers *workers, int64_t over_ms)
{
    rtcio_server_stats stats = {.size = sizeof stats};

    if (__atomic_exchange_n(&drain->on, true, __ATOMIC_ACQ_REL))
        return false;
    if (over_ms >= 0)
        drain->over_ms = (uint32_t)over_ms;
    drain->begun_ms = monotonic_ms();
    drain->n_left = rtcio_workers_count(workers);
    if (rtcio_workers_post(workers, begin, drain) != 0) {
        __atomic_store_n(&drain->on, false, __ATOMIC_RELEASE);
        return false;
    }
    rtcio_workers_get_stats(workers, &stats);
    rtcio__log_line(drain->log, RTCIO__LOG_INFO, "server.drain",
                    RTCIO__NUMBER_FIELD("over_ms", drain->over_ms),
                    RTCIO__NUMBER_FIELD("clients", stats.n_sockets));
    return true;
}
