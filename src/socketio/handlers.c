/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */

/* Handlers: adding them and calling them in order. */

#include "socketio/internal.h"

#include <stdlib.h>
#include <string.h>

int rtcio__handlers_add(struct rtcio__handlers *h, rtcio_event_fn fn, void *user)
{
    if (fn == NULL)
        return RTCIO_E_INVALID;
    if (h->n == h->cap) {
        uint32_t cap = h->cap == 0 ? 2 : h->cap * 2;
        struct rtcio__handler *grown = realloc(h->list, cap * sizeof *grown);
        if (grown == NULL)
            return RTCIO_E_NO_MEMORY;
        h->list = grown;
        h->cap = cap;
    }
    h->list[h->n++] = (struct rtcio__handler){fn, user};
    return 0;
}

void rtcio__handlers_call(const struct rtcio__handlers *h, rtcio_socket *socket,
                          const rtcio_event *ev, bool only_connected)
{
    /* Handlers that a handler adds take part from the next event on. */
    for (uint32_t i = 0, n = h->n; i < n; i++) {
        if (only_connected && socket->state != RTCIO__SOCKET_CONNECTED)
            return;
        h->list[i].fn(socket, ev, h->list[i].user);
    }
}

void rtcio__handlers_tell(const struct rtcio__handlers *h, rtcio_socket *socket, const char *name,
                          const char *reason)
{
    rtcio_event ev = {.socket = socket, .name = name, .reason = reason, .args = {"", 0}};

    rtcio__handlers_call(h, socket, &ev, false);
    rtcio__event_fini(&ev);
}

void rtcio__dispatch(rtcio_socket *socket, const rtcio_event *ev)
{
    const rtcio_namespace *nsp = socket->nsp;

    rtcio__handlers_call(&nsp->any, socket, ev, true);
    struct rtcio__hash_node *node = rtcio__hash_find(&nsp->events, ev->name, ev->name_len);
    if (node != NULL)
        rtcio__handlers_call(&rtcio__container_of(node, struct rtcio__event_entry, node)->handlers,
                             socket, ev, true);
}

static struct rtcio__event_entry *entry_of(rtcio_namespace *nsp, const char *event)
{
    size_t len = strlen(event);
    struct rtcio__hash_node *node = rtcio__hash_find(&nsp->events, event, len);

    if (node != NULL)
        return rtcio__container_of(node, struct rtcio__event_entry, node);
    struct rtcio__event_entry *entry = calloc(1, sizeof *entry + len + 1);
    if (entry == NULL)
        return NULL;
    memcpy(entry->name, event, len + 1);
    if (rtcio__hash_insert(&nsp->events, &entry->node, len) != 0) {
        free(entry);
        return NULL;
    }
    return entry;
}

int rtcio_on(rtcio_namespace *nsp, const char *event, rtcio_event_fn fn, void *user)
{
    if (nsp == NULL || event == NULL)
        return RTCIO_E_INVALID;
    if (rtcio__sio_reserved(event, strlen(event)))
        return RTCIO_E_RESERVED;
    struct rtcio__event_entry *entry = entry_of(nsp, event);
    return entry != NULL ? rtcio__handlers_add(&entry->handlers, fn, user) : RTCIO_E_NO_MEMORY;
}

int rtcio_on_any(rtcio_namespace *nsp, rtcio_event_fn fn, void *user)
{
    return nsp != NULL ? rtcio__handlers_add(&nsp->any, fn, user) : RTCIO_E_INVALID;
}

int rtcio_on_connection(rtcio_namespace *nsp, rtcio_event_fn fn, void *user)
{
    return nsp != NULL ? rtcio__handlers_add(&nsp->connection, fn, user) : RTCIO_E_INVALID;
}

int rtcio_on_disconnecting(rtcio_namespace *nsp, rtcio_event_fn fn, void *user)
{
    return nsp != NULL ? rtcio__handlers_add(&nsp->disconnecting, fn, user) : RTCIO_E_INVALID;
}

int rtcio_on_disconnect(rtcio_namespace *nsp, rtcio_event_fn fn, void *user)
{
    return nsp != NULL ? rtcio__handlers_add(&nsp->disconnect, fn, user) : RTCIO_E_INVALID;
}

int rtcio_on_error(rtcio_namespace *nsp, rtcio_event_fn fn, void *user)
{
    return nsp != NULL ? rtcio__handlers_add(&nsp->error, fn, user) : RTCIO_E_INVALID;
}
