/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */

/* Callers' data on sockets and namespaces: a short list, since few callers attach something. */

#include "socketio/internal.h"

int rtcio__data_set(rtcio_server *server, struct rtcio__data **list, const void *key, void *data,
                    void (*free_fn)(void *data))
{
    struct rtcio__data **at = list;

    while (*at != NULL && (*at)->key != key)
        at = &(*at)->next;
    struct rtcio__data *slot = *at;
    if (slot == NULL) {
        if (data == NULL)
            return 0;
        slot = rtcio__pool_alloc(&server->data_pool);
        if (slot == NULL)
            return RTCIO_E_NO_MEMORY;
        *slot = (struct rtcio__data){NULL, key, data, free_fn};
        *at = slot;
        return 0;
    }
    void *old = slot->data;
    void (*old_free)(void *) = slot->free_fn;
    if (data == NULL) {
        *at = slot->next;
        rtcio__pool_free(&server->data_pool, slot);
    } else {
        slot->data = data;
        slot->free_fn = free_fn;
    }
    if (old != data && old_free != NULL)
        old_free(old);
    return 0;
}

void *rtcio__data_get(const struct rtcio__data *list, const void *key)
{
    for (; list != NULL; list = list->next)
        if (list->key == key)
            return list->data;
    return NULL;
}

void rtcio__data_free(rtcio_server *server, struct rtcio__data **list)
{
    while (*list != NULL) {
        struct rtcio__data *slot = *list;
        *list = slot->next;
        if (slot->free_fn != NULL)
            slot->free_fn(slot->data);
        rtcio__pool_free(&server->data_pool, slot);
    }
}
