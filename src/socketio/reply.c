/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */

/* Acknowledgements to clients: at once, or later through a handle. */

#include "socketio/internal.h"

#include <stdlib.h>
#include <string.h>

struct rtcio_ack {
    struct rtcio__list link; /* in server.acks */
    rtcio_namespace *nsp;
    uint8_t id_len;
    char id[20];
    char socket_id[RTCIO__ID_LEN + 1]; /* not a pointer: the client may be gone by then */
};

static rtcio_event *own(const rtcio_event *ev)
{
    return (rtcio_event *)(uintptr_t)ev;
}

static int send_ack(rtcio_socket *socket, rtcio_slice id, rtcio_slice args,
                    const rtcio_slice *attachments, size_t n_attachments)
{
    struct rtcio__packet_out out = {
        .type = RTCIO__SIO_ACK,
        .nsp = socket->nsp,
        .id = id,
        .args = &args,
        .n_args = 1,
        .attachments = attachments,
        .n_attachments = n_attachments,
    };

    if (n_attachments > RTCIO__SIO_MAX_ATTACHMENTS)
        return RTCIO_E_LIMIT;
    if (socket->state == RTCIO__SOCKET_GONE)
        return RTCIO_E_CLOSED;
    return rtcio__packet_send(&out, socket->session);
}

static int send_packed(rtcio_socket *socket, rtcio_slice id, const char *format, va_list ap)
{
    rtcio_slice args = {"", 0};
    char *text = NULL;

    if (format != NULL) {
        text = rtcio__pack_args(format, ap, &args);
        if (text == NULL)
            return RTCIO_E_FORMAT;
    }
    int result = send_ack(socket, id, args, NULL, 0);
    free(text);
    return result;
}

bool rtcio_event_wants_ack(const rtcio_event *ev)
{
    return ev->ack_id.data != NULL;
}

int rtcio_reply(const rtcio_event *ev, const char *format, ...)
{
    va_list ap;

    if (ev->ack_id.data == NULL)
        return RTCIO_E_NOT_FOUND;
    va_start(ap, format);
    int result = send_packed(ev->socket, ev->ack_id, format, ap);
    va_end(ap);
    if (result >= 0)
        own(ev)->ack_id = (rtcio_slice){NULL, 0};
    return result;
}

int rtcio_reply_json(const rtcio_event *ev, rtcio_slice args, const rtcio_slice *attachments,
                     size_t n_attachments)
{
    if (ev->ack_id.data == NULL)
        return RTCIO_E_NOT_FOUND;
    int result = send_ack(ev->socket, ev->ack_id, args, attachments, n_attachments);
    if (result >= 0)
        own(ev)->ack_id = (rtcio_slice){NULL, 0};
    return result;
}

rtcio_ack *rtcio_event_take_ack(const rtcio_event *ev)
{
    if (ev->ack_id.data == NULL || ev->ack_id.len > sizeof((rtcio_ack *)0)->id)
        return NULL;
    rtcio_ack *ack = malloc(sizeof *ack);
    if (ack == NULL)
        return NULL;
    ack->nsp = ev->socket->nsp;
    rtcio__namespace_hold(ack->nsp);
    memcpy(ack->socket_id, ev->socket->id, sizeof ack->socket_id);
    ack->id_len = (uint8_t)ev->ack_id.len;
    memcpy(ack->id, ev->ack_id.data, ev->ack_id.len);
    rtcio__list_init(&ack->link);
    rtcio__list_append(&ack->nsp->server->acks, &ack->link);
    own(ev)->ack_id = (rtcio_slice){NULL, 0};
    return ack;
}

rtcio_socket *rtcio_ack_socket(const rtcio_ack *ack)
{
    if (ack == NULL)
        return NULL;
    return rtcio_namespace_socket(ack->nsp, ack->socket_id);
}

void rtcio_ack_discard(rtcio_ack *ack)
{
    if (ack == NULL)
        return;
    rtcio__list_remove(&ack->link);
    rtcio__namespace_release(ack->nsp);
    free(ack);
}

int rtcio_ack_reply(rtcio_ack *ack, const char *format, ...)
{
    if (ack == NULL)
        return RTCIO_E_NOT_FOUND;
    rtcio_socket *socket = rtcio_ack_socket(ack);
    int result = RTCIO_E_CLOSED;

    if (socket != NULL) {
        va_list ap;
        va_start(ap, format);
        result = send_packed(socket, (rtcio_slice){ack->id, ack->id_len}, format, ap);
        va_end(ap);
    }
    rtcio_ack_discard(ack);
    return result;
}

int rtcio_ack_reply_json(rtcio_ack *ack, rtcio_slice args, const rtcio_slice *attachments,
                         size_t n_attachments)
{
    if (ack == NULL)
        return RTCIO_E_NOT_FOUND;
    rtcio_socket *socket = rtcio_ack_socket(ack);
    int result = RTCIO_E_CLOSED;

    if (socket != NULL)
        result =
            send_ack(socket, (rtcio_slice){ack->id, ack->id_len}, args, attachments, n_attachments);
    rtcio_ack_discard(ack);
    return result;
}

void rtcio__acks_free(rtcio_server *server)
{
    while (!rtcio__list_empty(&server->acks))
        rtcio_ack_discard(rtcio__container_of(server->acks.next, rtcio_ack, link));
}
