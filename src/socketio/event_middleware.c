/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */

/* Middleware of incoming events, socket.io's socket.use() (Socket.IO spec 7.4): one after the other
 * lets an event pass, changed or not, or refuses it; at once or later. */

#include "socketio/internal.h"

#include <stdlib.h>
#include <string.h>

struct rtcio_event_next {
    struct rtcio__list link; /* in server.event_nexts */
    rtcio_namespace *nsp;
    rtcio_socket *caller; /* while a middleware is being called; afterwards the id counts */
    const rtcio_event *ev;
    struct rtcio__event_copy *copy; /* NULL: ev is still the read buffer's */
    bool *decided;                  /* of the call that is under way */
    bool own;                       /* the parent's middlewares are through */
    uint32_t index;                 /* of the middleware that decides */
    char socket_id[];
};

static void free_next(rtcio_event_next *next)
{
    rtcio_namespace *nsp = next->nsp;

    if (next->decided != NULL)
        *next->decided = true;
    rtcio__list_remove(&next->link);
    rtcio__event_copy_free(next->copy);
    free(next);
    rtcio__namespace_release(nsp);
}

void rtcio__event_nexts_free(rtcio_server *server)
{
    while (!rtcio__list_empty(&server->event_nexts))
        free_next(rtcio__container_of(server->event_nexts.next, rtcio_event_next, link));
}

rtcio_socket *rtcio_event_next_socket(const rtcio_event_next *next)
{
    if (next->caller != NULL)
        return next->caller->state == RTCIO__SOCKET_CONNECTED ? next->caller : NULL;
    return rtcio_namespace_socket(next->nsp, next->socket_id);
}

const rtcio_event *rtcio_event_next_event(rtcio_event_next *next)
{
    if (next->copy != NULL) {
        rtcio_socket *socket = rtcio_event_next_socket(next);
        next->copy->event.socket = socket;
        if (socket == NULL) /* nobody is left who could be answered */
            next->copy->event.ack_id = (rtcio_slice){NULL, 0};
    }
    return next->ev;
}

/* Puts a copy in the place of the event; the right to answer it moves along. */
static void replace(rtcio_event_next *next, struct rtcio__event_copy *copy)
{
    ((rtcio_event *)(uintptr_t)next->ev)->ack_id = (rtcio_slice){NULL, 0};
    rtcio__event_copy_free(next->copy);
    next->copy = copy;
    next->ev = &copy->event;
}

static const struct rtcio__handler *next_middleware(rtcio_event_next *next)
{
    const rtcio_namespace *nsp = next->nsp;

    if (!next->own) {
        const struct rtcio__handler_list *list =
            nsp->parent != NULL ? nsp->parent->on[RTCIO__ON_EVENT_MIDDLEWARE].list : NULL;
        if (list != NULL && next->index < list->n)
            return &list->item[next->index];
        next->own = true;
        next->index = 0;
    }
    const struct rtcio__handler_list *list = nsp->on[RTCIO__ON_EVENT_MIDDLEWARE].list;
    return list != NULL && next->index < list->n ? &list->item[next->index] : NULL;
}

/* Asks the next middleware, or delivers. */
static void proceed(rtcio_event_next *next, rtcio_socket *socket)
{
    const struct rtcio__handler *m = next_middleware(next);
    bool decided = false;

    if (next->copy != NULL)
        next->copy->event.socket = socket;
    if (m == NULL) {
        struct rtcio__event_copy *copy = next->copy;
        const rtcio_event *ev = next->ev;
        next->copy = NULL;
        free_next(next);
        rtcio__deliver_event(socket, ev);
        rtcio__event_copy_free(copy);
        return;
    }
    next->caller = socket;
    next->decided = &decided;
    ((rtcio_event_middleware_fn)m->fn)(socket, next->ev, next, m->user);
    if (decided)
        return;
    next->caller = NULL;
    next->decided = NULL;
    if (next->copy != NULL)
        return;
    /* It decides later: the event must outlive the read buffer. */
    struct rtcio__event_copy *copy = rtcio__event_copy(next->ev);
    if (copy != NULL)
        replace(next, copy);
    else
        next->ev = NULL; /* out of memory: it is dropped whatever is decided */
}

void rtcio__event_middleware(rtcio_socket *socket, const rtcio_event *ev)
{
    rtcio_event_next *next = calloc(1, sizeof *next + socket->id_len + 1u);

    if (next == NULL)
        return; /* as if refused: nobody may see what was not looked at */
    next->nsp = socket->nsp;
    next->ev = ev;
    memcpy(next->socket_id, socket->id, socket->id_len + 1u);
    rtcio__namespace_hold(next->nsp);
    rtcio__list_init(&next->link);
    rtcio__list_append(&next->nsp->server->event_nexts, &next->link);
    proceed(next, socket);
}

/* The call that asked learns that there is a decision. */
static void decide(rtcio_event_next *next)
{
    if (next->decided != NULL)
        *next->decided = true;
    next->decided = NULL;
    next->caller = NULL;
}

void rtcio_event_next_accept(rtcio_event_next *next)
{
    rtcio_socket *socket = rtcio_event_next_socket(next);

    /* "Incoming event already dispatched to middlewares but not yet delivered: dropped" when the
     * socket has gone (spec 6.3). */
    if (socket == NULL || next->ev == NULL) {
        free_next(next);
        return;
    }
    decide(next);
    next->index++;
    proceed(next, socket);
}

void rtcio_event_next_refuse(rtcio_event_next *next, const char *message)
{
    rtcio_socket *socket = rtcio_event_next_socket(next);

    free_next(next);
    if (socket != NULL)
        rtcio__tell(socket, RTCIO__ON_ERROR, "error", message);
}

int rtcio_event_next_rewrite(rtcio_event_next *next, const char *event, const char *format, ...)
{
    const rtcio_event *old = next->ev;
    rtcio_slice args = {"", 0};
    char *text = NULL;

    if (old == NULL)
        return RTCIO_E_NO_MEMORY;
    if (rtcio__sio_reserved(event, strlen(event)))
        return RTCIO_E_RESERVED;
    if (format != NULL) {
        va_list ap;
        va_start(ap, format);
        text = rtcio__pack_args(format, ap, &args);
        va_end(ap);
        if (text == NULL)
            return RTCIO_E_FORMAT;
    }
    struct rtcio__packet_out out = {
        .type = RTCIO__SIO_EVENT,
        .nsp = next->nsp,
        .id = old->ack_id,
        .event = {event, strlen(event)},
        .args = &args,
        .n_args = 1,
        .attachments = old->attachments,
        .n_attachments = old->n_attachments,
    };
    struct rtcio__event_copy *copy = rtcio__event_copy_packet(old->socket, &out);
    free(text);
    if (copy == NULL)
        return RTCIO_E_NO_MEMORY;
    replace(next, copy);
    return 0;
}

int rtcio_use_event(rtcio_namespace *nsp, rtcio_event_middleware_fn fn, void *user)
{
    return nsp != NULL
               ? rtcio__handlers_add(&nsp->on[RTCIO__ON_EVENT_MIDDLEWARE], (rtcio__fn)fn, user, 0)
               : RTCIO_E_INVALID;
}
