/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */

/* Events in memory of their own: what outlives the read buffer, and what the server sends as its
 * own handlers see it. A copy is the packet's text once more, decoded as any other. */

#include "socketio/internal.h"

#include <stdlib.h>
#include <string.h>

rtcio_event rtcio__event_of(rtcio_socket *socket, const struct rtcio__sio_packet *packet,
                            const rtcio_slice *attachments)
{
    return (rtcio_event){
        .socket = socket,
        .name = packet->event != NULL ? packet->event : "",
        .name_len = packet->event_len,
        .args = {packet->args_len > 0 ? packet->args : "", packet->args_len},
        .first = {packet->first, packet->first_len},
        .index = packet->first_is_object ? &packet->index : NULL,
        .n_args = packet->n_args,
        .depth = packet->depth,
        .attachments = attachments,
        .n_attachments = packet->n_attachments,
        .ack_id = {packet->type == RTCIO__SIO_EVENT || packet->type == RTCIO__SIO_BINARY_EVENT
                       ? packet->id
                       : NULL,
                   packet->id_len},
    };
}

struct rtcio__event_copy *rtcio__event_copy_packet(rtcio_socket *socket,
                                                   struct rtcio__packet_out *out)
{
    size_t text_len = rtcio__packet_measure(out), size = text_len + 1;

    for (size_t i = 0; i < out->n_attachments; i++)
        size += out->attachments[i].len;
    struct rtcio__event_copy *copy = malloc(sizeof *copy + size);
    if (copy == NULL)
        return NULL;
    rtcio__packet_write(out, copy->text);
    char *at = copy->text + text_len + 1;
    for (size_t i = 0; i < out->n_attachments; i++) {
        if (out->attachments[i].len > 0)
            memcpy(at, out->attachments[i].data, out->attachments[i].len);
        copy->attachments[i] = (rtcio_slice){at, out->attachments[i].len};
        at += out->attachments[i].len;
    }
    /* Behind the Engine.IO type. */
    if (rtcio__sio_decode(copy->text + 1, text_len - 1, RTCIO__JSON_MAX_DEPTH, &copy->packet) !=
        NULL) {
        free(copy);
        return NULL;
    }
    copy->event = rtcio__event_of(socket, &copy->packet, copy->attachments);
    return copy;
}

struct rtcio__event_copy *rtcio__event_copy(const rtcio_event *ev)
{
    struct rtcio__packet_out out = {
        .type = RTCIO__SIO_EVENT,
        .nsp = ev->socket->nsp,
        .id = ev->ack_id,
        .event = {ev->name, ev->name_len},
        .args = &ev->args,
        .n_args = 1,
        .attachments = ev->attachments,
        .n_attachments = ev->n_attachments,
    };
    return rtcio__event_copy_packet(ev->socket, &out);
}

void rtcio__event_copy_free(struct rtcio__event_copy *copy)
{
    if (copy == NULL)
        return;
    rtcio__event_fini(&copy->event);
    free(copy);
}
