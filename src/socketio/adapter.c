/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */

/* What comes from other nodes: the local half of what an operator does. */

#include "socketio/adapter.h"

void rtcio__deliver(const rtcio_operator *op, struct rtcio__cast *cast)
{
    if (rtcio__hooked(op->nsp, RTCIO__ON_ANY_OUTGOING) && cast->out != NULL)
        rtcio__tell_outgoing(op, cast->out);
    /* Out of memory: the clients that it cost are dealt with by their sessions. */
    (void)rtcio__broadcast_here(op, cast, NULL);
}

void rtcio__deliver_with_ack(const rtcio_operator *op, struct rtcio__packet_out *out,
                             struct rtcio__sink *sink)
{
    struct rtcio__request *request =
        op->nsp->server->destroying ? NULL : rtcio__request_create_for(op->nsp, sink);

    if (request == NULL) {
        sink->asked(sink, 0);
        sink->done(sink);
        return;
    }
    out->id = rtcio__request_id(request);
    struct rtcio__cast cast = {.out = out};
    if (rtcio__hooked(op->nsp, RTCIO__ON_ANY_OUTGOING))
        rtcio__tell_outgoing(op, out);
    (void)rtcio__broadcast_here(op, &cast, request);
    rtcio__cast_release(&cast);
    sink->asked(sink, rtcio__request_expected(request));
    rtcio__request_start(request, false, op->timeout_ms);
}

void rtcio__deliver_change(const rtcio_operator *op, enum rtcio__change what, const char *room,
                           bool close)
{
    rtcio__change_here(op, what, room, close);
}
