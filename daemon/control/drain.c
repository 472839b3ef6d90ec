/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */

/* POST /v1/drain. */

#include "call.h"

void rtcio__control_drain(rtcio__call *call)
{
    static const char *const names[] = {"over_ms", NULL};
    rtcio__drain *drain = call->worker->control->drain;
    const json_t *over = json_object_get(call->body, "over_ms");
    rtcio_workers *workers = rtcio_server_workers(call->worker->server);
    rtcio_server_stats stats = {.size = sizeof stats};
    json_int_t ms = over != NULL ? json_integer_value(over) : -1;

    if (!rtcio__call_only(call, names))
        return;
    if (over != NULL && (!json_is_integer(over) || ms < 0 || ms > 3600000)) {
        rtcio__answer_error(call->request, 400, "bad_body",
                            "over_ms has to be a number from 0 to 3600000");
        return;
    }
    rtcio_workers_get_stats(workers, &stats);
    if (!rtcio__drain_begin(drain, workers, ms))
        rtcio__answer_error(call->request, 409, "draining", "the server is draining already");
    else
        rtcio__answer(call->request, 202,
                      json_pack("{s:I, s:I}", "over_ms", (json_int_t)drain->over_ms, "sockets",
                                (json_int_t)stats.n_sockets));
}
