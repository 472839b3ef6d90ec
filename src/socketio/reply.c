/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */

/* Acknowledgements to clients: at once, or later through a handle. */

#include "socketio/adapter.h"

#include <stdlib.h>
#include <string.h>

struct rtcio_ack {
    struct rtcio__list link; /* in server.acks */
    rtcio_namespace *nsp;
    struct rtcio__sink *sink; /* of an event from another node, which is what is answered */
    uint8_t id_len;
    char id[20];
    char socket_id[]; /* not a pointer: the client may be gone by then */
};

static rtcio_event *own(const rtcio_event *ev)
{
    return (rtcio_event *)(uintptr_t)ev;
}

/* Whom an answer goes to: a client that waits for `id`, or the program of another node. */
struct addressee {
    rtcio_namespace *nsp;
    rtcio_socket *socket; /* NULL: gone, or there is a sink */
    rtcio_slice id;
    struct rtcio__sink *sink;
};

static struct addressee asker(const rtcio_event *ev)
{
    return (struct addressee){ev->socket != NULL ? ev->socket->nsp : ev->nsp, ev->socket,
                              ev->ack_id, ev->sink};
}

static int send_ack(struct addressee to, rtcio_slice args, const rtcio_slice *attachments,
                    size_t n_attachments)
{
    struct rtcio__packet_out out = {
        .type = RTCIO__SIO_ACK,
        .nsp = to.nsp,
        .id = to.id,
        .args = &args,
        .n_args = 1,
        .attachments = attachments,
        .n_attachments = n_attachments,
    };

    if (n_attachments > (to.sink != NULL ? 0 : RTCIO__SIO_MAX_ATTACHMENTS))
        return RTCIO_E_LIMIT;
    if (to.sink != NULL) {
        out.id = (rtcio_slice){"0", 1}; /* an ACK has one */
        struct rtcio__event_copy *answer = rtcio__event_copy_packet(NULL, &out);
        if (answer == NULL)
            return RTCIO_E_NO_MEMORY;
        to.sink->answer(to.sink, answer);
        to.sink->done(to.sink);
        return 0;
    }
    if (to.socket == NULL || to.socket->state == RTCIO__SOCKET_GONE)
        return RTCIO_E_CLOSED;
    return rtcio__packet_send(&out, to.socket->session);
}

static int send_packed(struct addressee to, const char *format, va_list ap)
{
    rtcio_slice args = {"", 0};
    char *text = NULL;

    if (format != NULL) {
        text = rtcio__pack_args(format, ap, &args);
        if (text == NULL)
            return RTCIO_E_FORMAT;
    }
    int result = send_ack(to, args, NULL, 0);
    free(text);
    return result;
}

bool rtcio_event_wants_ack(const rtcio_event *ev)
{
    return ev->ack_id.data != NULL || ev->sink != NULL;
}

/* The right to answer is used up. */
static void given(const rtcio_event *ev)
{
    own(ev)->ack_id = (rtcio_slice){NULL, 0};
    own(ev)->sink = NULL;
}

int rtcio_reply(const rtcio_event *ev, const char *format, ...)
{
    va_list ap;

    if (!rtcio_event_wants_ack(ev))
        return RTCIO_E_NOT_FOUND;
    va_start(ap, format);
    int result = send_packed(asker(ev), format, ap);
    va_end(ap);
    if (result >= 0)
        given(ev);
    return result;
}

int rtcio_reply_json(const rtcio_event *ev, rtcio_slice args, const rtcio_slice *attachments,
                     size_t n_attachments)
{
    if (!rtcio_event_wants_ack(ev))
        return RTCIO_E_NOT_FOUND;
    int result = send_ack(asker(ev), args, attachments, n_attachments);
    if (result >= 0)
        given(ev);
    return result;
}

rtcio_ack *rtcio_event_take_ack(const rtcio_event *ev)
{
    struct addressee to = asker(ev);

    if (!rtcio_event_wants_ack(ev) || to.id.len > sizeof((rtcio_ack *)0)->id)
        return NULL;
    size_t id_size = to.sink == NULL ? to.socket->id_len + 1u : 0;
    rtcio_ack *ack = malloc(sizeof *ack + id_size);
    if (ack == NULL)
        return NULL;
    *ack = (rtcio_ack){.nsp = to.nsp, .sink = to.sink, .id_len = (uint8_t)to.id.len};
    rtcio__namespace_hold(ack->nsp);
    if (to.sink == NULL) {
        memcpy(ack->socket_id, to.socket->id, id_size);
        memcpy(ack->id, to.id.data, to.id.len);
    }
    rtcio__list_init(&ack->link);
    rtcio__list_append(&ack->nsp->server->acks, &ack->link);
    given(ev);
    return ack;
}

rtcio_socket *rtcio_ack_socket(const rtcio_ack *ack)
{
    if (ack == NULL || ack->sink != NULL)
        return NULL;
    return rtcio_namespace_socket(ack->nsp, ack->socket_id);
}

static void free_ack(rtcio_ack *ack)
{
    rtcio__list_remove(&ack->link);
    rtcio__namespace_release(ack->nsp);
    free(ack);
}

void rtcio_ack_discard(rtcio_ack *ack)
{
    if (ack == NULL)
        return;
    if (ack->sink != NULL)
        ack->sink->done(ack->sink);
    free_ack(ack);
}

static struct addressee owed(const rtcio_ack *ack)
{
    return (struct addressee){ack->nsp, rtcio_ack_socket(ack), {ack->id, ack->id_len}, ack->sink};
}

/* The handle has served; after an error its sink still waits for the end. */
static int settle(rtcio_ack *ack, int result)
{
    if (result >= 0)
        free_ack(ack);
    else
        rtcio_ack_discard(ack);
    return result;
}

int rtcio_ack_reply(rtcio_ack *ack, const char *format, ...)
{
    va_list ap;

    if (ack == NULL)
        return RTCIO_E_NOT_FOUND;
    va_start(ap, format);
    int result = send_packed(owed(ack), format, ap);
    va_end(ap);
    return settle(ack, result);
}

int rtcio_ack_reply_json(rtcio_ack *ack, rtcio_slice args, const rtcio_slice *attachments,
                         size_t n_attachments)
{
    if (ack == NULL)
        return RTCIO_E_NOT_FOUND;
    return settle(ack, send_ack(owed(ack), args, attachments, n_attachments));
}

void rtcio__acks_free(rtcio_server *server)
{
    while (!rtcio__list_empty(&server->acks))
        rtcio_ack_discard(rtcio__container_of(server->acks.next, rtcio_ack, link));
}
