/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */

/* Lists of handlers, and the tables that give each event name its own. */

#include "socketio/internal.h"

#include <stdlib.h>
#include <string.h>

/* A list that nobody but `h` holds and that has room for one more item. NULL: out of memory. */
static struct rtcio__handler_list *to_be_changed(struct rtcio__handlers *h)
{
    struct rtcio__handler_list *old = h->list, *list;
    uint32_t n = old != NULL ? old->n : 0;

    if (old != NULL && old->refs == 1 && n < old->cap)
        return old;
    uint32_t cap = n < 2 ? 2 : n * 2;
    size_t size = sizeof *list + cap * sizeof list->item[0];
    if (old == NULL || old->refs > 1) {
        list = malloc(size);
        if (list == NULL)
            return NULL;
        list->n = n;
        if (old != NULL) {
            memcpy(list->item, old->item, n * sizeof list->item[0]);
            old->refs--;
        }
    } else {
        list = realloc(old, size);
        if (list == NULL)
            return NULL;
    }
    list->refs = 1;
    list->cap = cap;
    h->list = list;
    return list;
}

int rtcio__handlers_add(struct rtcio__handlers *h, rtcio__fn fn, void *user, unsigned flags)
{
    if (fn == NULL)
        return RTCIO_E_INVALID;
    struct rtcio__handler_list *list = to_be_changed(h);
    if (list == NULL)
        return RTCIO_E_NO_MEMORY;
    uint32_t at = list->n;
    if ((flags & RTCIO__PREPEND) != 0) {
        at = 0;
        memmove(list->item + 1, list->item, list->n * sizeof list->item[0]);
    }
    list->item[at] = (struct rtcio__handler){fn, user, (flags & RTCIO__ONCE) != 0};
    list->n++;
    return 0;
}

int rtcio__handlers_remove(struct rtcio__handlers *h, rtcio__fn fn, void *user)
{
    const struct rtcio__handler_list *now = h->list;
    uint32_t at = 0;

    while (now != NULL && at < now->n && (now->item[at].fn != fn || now->item[at].user != user))
        at++;
    if (now == NULL || at == now->n)
        return RTCIO_E_NOT_FOUND;
    struct rtcio__handler_list *list = to_be_changed(h);
    if (list == NULL)
        return RTCIO_E_NO_MEMORY;
    list->n--;
    memmove(list->item + at, list->item + at + 1, (list->n - at) * sizeof list->item[0]);
    return 0;
}

void rtcio__handlers_fini(struct rtcio__handlers *h)
{
    rtcio__handlers_release(h->list);
    h->list = NULL;
}

void rtcio__handlers_release(struct rtcio__handler_list *list)
{
    if (list != NULL && --list->refs == 0)
        free(list);
}

void rtcio__handlers_call(struct rtcio__handlers *h, rtcio_socket *socket, const rtcio_event *ev,
                          bool only_connected)
{
    struct rtcio__handler_list *list = h->list;

    if (list == NULL)
        return;
    list->refs++;
    for (uint32_t i = 0; i < list->n; i++) {
        if (only_connected && socket->state != RTCIO__SOCKET_CONNECTED)
            break;
        struct rtcio__handler item = list->item[i];
        /* Of two calls one inside the other, the inner one has taken it. */
        if (item.once && rtcio__handlers_remove(h, item.fn, item.user) == RTCIO_E_NOT_FOUND)
            continue;
        ((rtcio_event_fn)item.fn)(socket, ev, item.user);
    }
    rtcio__handlers_release(list);
}

/* Tables of events */

void rtcio__events_init(struct rtcio__hash *events)
{
    rtcio__hash_init(
        events,
        offsetof(struct rtcio__event_entry, name) - offsetof(struct rtcio__event_entry, node), 1);
}

void rtcio__events_fini(struct rtcio__hash *events)
{
    struct rtcio__hash_node *node;

    while ((node = rtcio__hash_next(events, NULL)) != NULL) {
        struct rtcio__event_entry *entry =
            rtcio__container_of(node, struct rtcio__event_entry, node);
        rtcio__hash_remove(events, node);
        rtcio__handlers_fini(&entry->handlers);
        free(entry);
    }
    rtcio__hash_fini(events);
}

struct rtcio__handlers *rtcio__events_find(const struct rtcio__hash *events, const char *name,
                                           size_t len)
{
    struct rtcio__hash_node *node = rtcio__hash_find(events, name, len);
    return node != NULL ? &rtcio__container_of(node, struct rtcio__event_entry, node)->handlers
                        : NULL;
}

int rtcio__events_add(struct rtcio__hash *events, const char *name, rtcio_event_fn fn, void *user,
                      unsigned flags)
{
    size_t len = strlen(name);

    if (rtcio__sio_reserved(name, len))
        return RTCIO_E_RESERVED;
    struct rtcio__handlers *known = rtcio__events_find(events, name, len);
    if (known != NULL)
        return rtcio__handlers_add(known, (rtcio__fn)fn, user, flags);
    struct rtcio__event_entry *entry = calloc(1, sizeof *entry + len + 1);
    if (entry == NULL)
        return RTCIO_E_NO_MEMORY;
    memcpy(entry->name, name, len + 1);
    int error = rtcio__handlers_add(&entry->handlers, (rtcio__fn)fn, user, flags);
    if (error == 0)
        error = rtcio__hash_insert(events, &entry->node, len);
    if (error != 0) {
        rtcio__handlers_fini(&entry->handlers);
        free(entry);
    }
    return error;
}

int rtcio__events_remove(const struct rtcio__hash *events, const char *name, rtcio_event_fn fn,
                         void *user)
{
    struct rtcio__handlers *known = rtcio__events_find(events, name, strlen(name));
    return known != NULL ? rtcio__handlers_remove(known, (rtcio__fn)fn, user) : RTCIO_E_NOT_FOUND;
}
