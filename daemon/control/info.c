/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */

/* GET /v1/info: who answers. */

#include "call.h"

#include <time.h>
#include <unistd.h>

void rtcio__control_get_info(rtcio__call *call)
{
    const rtcio__control *control = call->worker->control;
    rtcio_workers *workers = rtcio_server_workers(call->worker->server);
    rtcio_server_stats stats = {.size = sizeof stats};
    rtcio_signaling_stats signaling = {.size = sizeof signaling};
    rtcio_workers_get_stats(workers, &stats);
    rtcio_signaling_get_stats(call->worker->attached.signaling, &signaling);
    json_int_t uptime = (json_int_t)time(NULL) - control->begun_ms / 1000;
    rtcio__answer(
        call->request, 200,
        json_pack("{s:s, s:i, s:I, s:I, s:i, s:b, s:I, s:I, s:I}", "version", rtcio_version(),
                  "pid", (int)getpid(), "started_ms", (json_int_t)control->begun_ms, "uptime_s",
                  uptime, "workers", (int)rtcio_workers_count(workers), "draining",
                  (int)rtcio__drain_is_on(control->drain), "sessions", (json_int_t)stats.n_sessions,
                  "sockets", (json_int_t)stats.n_sockets, "rooms", (json_int_t)signaling.n_rooms));
}
