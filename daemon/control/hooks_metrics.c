/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */

/* The hooks' share of /metrics. */

#include "hooks_metrics.h"

#include <inttypes.h>

void rtcio__control_put_hooks(FILE *out, const rtcio__webhooks *hooks)
{
    rtcio__webhooks_stats s;
    if (hooks == NULL)
        return;
    rtcio__webhooks_get_stats(hooks, &s);
    fprintf(out,
            "# HELP rtcio_hooks_held_bytes What waits for the backend; hooks.queue is the limit.\n"
            "# TYPE rtcio_hooks_held_bytes gauge\n"
            "rtcio_hooks_held_bytes %" PRIu64 "\n"
            "# HELP rtcio_hooks_events_total Events told to the backend, given up, or dropped "
            "because too much waited.\n"
            "# TYPE rtcio_hooks_events_total counter\n"
            "rtcio_hooks_events_total{result=\"sent\"} %" PRIu64 "\n"
            "rtcio_hooks_events_total{result=\"failed\"} %" PRIu64 "\n"
            "rtcio_hooks_events_total{result=\"dropped\"} %" PRIu64 "\n"
            "# HELP rtcio_hooks_requests_total Requests to the backend.\n"
            "# TYPE rtcio_hooks_requests_total counter\n"
            "rtcio_hooks_requests_total{result=\"ok\"} %" PRIu64 "\n"
            "rtcio_hooks_requests_total{result=\"failed\"} %" PRIu64 "\n",
            s.n_bytes, s.sent, s.failed, s.dropped, s.requests - s.requests_failed,
            s.requests_failed);
}
