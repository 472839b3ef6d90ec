/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */

/* What is hooked into a namespace, and in which order it is called. A child of a parent namespace
 * has its parent's hooks and then its own. */

#include "socketio/internal.h"

#include <stdlib.h>
#include <string.h>

static const char listeners_slot; /* its address names the slot of a socket's own listeners */

bool rtcio__hooked(const rtcio_namespace *nsp, enum rtcio__hook hook)
{
    const struct rtcio__handler_list *own = nsp->on[hook].list;

    if (own != NULL && own->n > 0)
        return true;
    return nsp->parent != NULL && rtcio__hooked(nsp->parent, hook);
}

void rtcio__run_hooks(rtcio_socket *socket, enum rtcio__hook hook, const rtcio_event *ev,
                      bool only_connected)
{
    rtcio_namespace *nsp = socket->nsp;

    if (nsp->parent != NULL)
        rtcio__handlers_call(&nsp->parent->on[hook], socket, ev, only_connected);
    rtcio__handlers_call(&nsp->on[hook], socket, ev, only_connected);
}

void rtcio__tell(rtcio_socket *socket, enum rtcio__hook hook, const char *name, const char *reason)
{
    rtcio_event ev = {.socket = socket, .name = name, .reason = reason, .args = {"", 0}};

    rtcio__run_hooks(socket, hook, &ev, false);
    rtcio__event_fini(&ev);
}

static void call_named(const struct rtcio__hash *events, rtcio_socket *socket,
                       const rtcio_event *ev)
{
    struct rtcio__handlers *h = rtcio__events_find(events, ev->name, ev->name_len);

    if (h != NULL)
        rtcio__handlers_call(h, socket, ev, true);
}

void rtcio__deliver_event(rtcio_socket *socket, const rtcio_event *ev)
{
    const rtcio_namespace *nsp = socket->nsp;

    if (nsp->parent != NULL)
        call_named(&nsp->parent->events, socket, ev);
    call_named(&nsp->events, socket, ev);
    if (socket->has_listeners)
        call_named(rtcio_socket_data(socket, &listeners_slot), socket, ev);
}

void rtcio__dispatch(rtcio_socket *socket, const rtcio_event *ev)
{
    rtcio__run_hooks(socket, RTCIO__ON_ANY, ev, true);
    if (rtcio__hooked(socket->nsp, RTCIO__ON_EVENT_MIDDLEWARE))
        rtcio__event_middleware(socket, ev);
    else
        rtcio__deliver_event(socket, ev);
}

/* Adding and removing */

static int hook(rtcio_namespace *nsp, enum rtcio__hook which, rtcio_event_fn fn, void *user,
                unsigned flags)
{
    return nsp != NULL ? rtcio__handlers_add(&nsp->on[which], (rtcio__fn)fn, user, flags)
                       : RTCIO_E_INVALID;
}

static int unhook(rtcio_namespace *nsp, enum rtcio__hook which, rtcio_event_fn fn, void *user)
{
    return nsp != NULL ? rtcio__handlers_remove(&nsp->on[which], (rtcio__fn)fn, user)
                       : RTCIO_E_INVALID;
}

int rtcio_on(rtcio_namespace *nsp, const char *event, rtcio_event_fn fn, void *user)
{
    return nsp != NULL && event != NULL ? rtcio__events_add(&nsp->events, event, fn, user, 0)
                                        : RTCIO_E_INVALID;
}

int rtcio_once(rtcio_namespace *nsp, const char *event, rtcio_event_fn fn, void *user)
{
    return nsp != NULL && event != NULL
               ? rtcio__events_add(&nsp->events, event, fn, user, RTCIO__ONCE)
               : RTCIO_E_INVALID;
}

int rtcio_off(rtcio_namespace *nsp, const char *event, rtcio_event_fn fn, void *user)
{
    return nsp != NULL && event != NULL ? rtcio__events_remove(&nsp->events, event, fn, user)
                                        : RTCIO_E_INVALID;
}

int rtcio_on_any(rtcio_namespace *nsp, rtcio_event_fn fn, void *user)
{
    return hook(nsp, RTCIO__ON_ANY, fn, user, 0);
}

int rtcio_prepend_any(rtcio_namespace *nsp, rtcio_event_fn fn, void *user)
{
    return hook(nsp, RTCIO__ON_ANY, fn, user, RTCIO__PREPEND);
}

int rtcio_off_any(rtcio_namespace *nsp, rtcio_event_fn fn, void *user)
{
    return unhook(nsp, RTCIO__ON_ANY, fn, user);
}

int rtcio_on_any_outgoing(rtcio_namespace *nsp, rtcio_event_fn fn, void *user)
{
    return hook(nsp, RTCIO__ON_ANY_OUTGOING, fn, user, 0);
}

int rtcio_prepend_any_outgoing(rtcio_namespace *nsp, rtcio_event_fn fn, void *user)
{
    return hook(nsp, RTCIO__ON_ANY_OUTGOING, fn, user, RTCIO__PREPEND);
}

int rtcio_off_any_outgoing(rtcio_namespace *nsp, rtcio_event_fn fn, void *user)
{
    return unhook(nsp, RTCIO__ON_ANY_OUTGOING, fn, user);
}

int rtcio_on_connection(rtcio_namespace *nsp, rtcio_event_fn fn, void *user)
{
    return hook(nsp, RTCIO__ON_CONNECTION, fn, user, 0);
}

int rtcio_on_disconnecting(rtcio_namespace *nsp, rtcio_event_fn fn, void *user)
{
    return hook(nsp, RTCIO__ON_DISCONNECTING, fn, user, 0);
}

int rtcio_on_disconnect(rtcio_namespace *nsp, rtcio_event_fn fn, void *user)
{
    return hook(nsp, RTCIO__ON_DISCONNECT, fn, user, 0);
}

int rtcio_on_error(rtcio_namespace *nsp, rtcio_event_fn fn, void *user)
{
    return hook(nsp, RTCIO__ON_ERROR, fn, user, 0);
}

/* Listeners of one socket: a table that only sockets with listeners have. */

static void free_listeners(void *data)
{
    rtcio__events_fini(data);
    free(data);
}

void rtcio__listeners_free(rtcio_socket *socket)
{
    rtcio_socket_set_data(socket, &listeners_slot, NULL, NULL);
    socket->has_listeners = false;
}

static int listen_for(rtcio_socket *socket, const char *event, rtcio_event_fn fn, void *user,
                      unsigned flags)
{
    if (socket == NULL || event == NULL || fn == NULL)
        return RTCIO_E_INVALID;
    if (rtcio__sio_reserved(event, strlen(event)))
        return RTCIO_E_RESERVED;
    if (!socket->has_listeners) {
        struct rtcio__hash *events = malloc(sizeof *events);
        if (events == NULL)
            return RTCIO_E_NO_MEMORY;
        rtcio__events_init(events);
        int error = rtcio_socket_set_data(socket, &listeners_slot, events, free_listeners);
        if (error != 0) {
            free_listeners(events);
            return error;
        }
        socket->has_listeners = true;
    }
    return rtcio__events_add(rtcio_socket_data(socket, &listeners_slot), event, fn, user, flags);
}

int rtcio_socket_on(rtcio_socket *socket, const char *event, rtcio_event_fn fn, void *user)
{
    return listen_for(socket, event, fn, user, 0);
}

int rtcio_socket_once(rtcio_socket *socket, const char *event, rtcio_event_fn fn, void *user)
{
    return listen_for(socket, event, fn, user, RTCIO__ONCE);
}

int rtcio_socket_off(rtcio_socket *socket, const char *event, rtcio_event_fn fn, void *user)
{
    if (socket == NULL || event == NULL)
        return RTCIO_E_INVALID;
    if (!socket->has_listeners)
        return RTCIO_E_NOT_FOUND;
    return rtcio__events_remove(rtcio_socket_data(socket, &listeners_slot), event, fn, user);
}
