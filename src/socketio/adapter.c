/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */

/* What comes from other nodes: the local half of what an operator does. */

#include "socketio/adapter.h"

#include <stdlib.h>
#include <string.h>

/* What came encoded is decoded once more for those who want to see it. */
static void tell_outgoing(const rtcio_operator *op, const struct rtcio__cast *cast)
{
    size_t len = cast->text->len - RTCIO__MESSAGE_ROOM;
    struct rtcio__sio_packet packet;
    rtcio_slice attachments[RTCIO__SIO_MAX_ATTACHMENTS];
    char *text = malloc(len + 1);

    if (text == NULL)
        return;
    memcpy(text, rtcio__message_data(cast->text), len);
    /* Behind the Engine.IO type. */
    if (rtcio__sio_decode(text + 1, len - 1, RTCIO__JSON_MAX_DEPTH, &packet) == NULL) {
        rtcio_slice args = {packet.args, packet.args_len};
        for (size_t i = 0; i < cast->n_attachments; i++)
            attachments[i] = (rtcio_slice){rtcio__message_data(cast->attachment[i]),
                                           cast->attachment[i]->len - RTCIO__MESSAGE_ROOM};
        struct rtcio__packet_out out = {
            .type = RTCIO__SIO_EVENT,
            .nsp = op->nsp,
            .event = {packet.event, packet.event_len},
            .args = &args,
            .n_args = 1,
            .attachments = attachments,
            .n_attachments = cast->n_attachments,
        };
        rtcio__tell_outgoing(op, &out);
    }
    free(text);
}

void rtcio__deliver(const rtcio_operator *op, struct rtcio__cast *cast)
{
    if (rtcio__hooked(op->nsp, RTCIO__ON_ANY_OUTGOING))
        tell_outgoing(op, cast);
    /* Out of memory: the clients that it cost are dealt with by their sessions. */
    (void)rtcio__broadcast_here(op, cast, NULL);
}

void rtcio__deliver_to_children(const rtcio_operator *op, struct rtcio__packet_out *out)
{
    (void)rtcio__broadcast(op, out, NULL);
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
