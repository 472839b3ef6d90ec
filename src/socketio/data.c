/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */

/* Callers' data on sockets and namespaces: a short list, since few callers attach something. */

#include "socketio/internal.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#define MAX_JSON_DEPTH 64

static const char json_slot; /* its address names the slot of a socket's JSON */

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

/* A socket's JSON */

static int keep_json(rtcio_socket *socket, rtcio_slice json)
{
    json_error_t error;

    if (json.data == NULL)
        return rtcio_socket_set_data(socket, &json_slot, NULL, NULL);
    char *copy = malloc(json.len + 1);
    if (copy == NULL)
        return RTCIO_E_NO_MEMORY;
    memcpy(copy, json.data, json.len);
    copy[json.len] = '\0';
    struct rtcio__json_index index;
    json_t *tree = json_loadb(copy, json.len, JSON_ALLOW_NUL, &error);
    bool object = json_is_object(tree) &&
                  rtcio__json_object(copy, copy + json.len, MAX_JSON_DEPTH, NULL, &index);
    json_decref(tree);
    int result = object ? rtcio_socket_set_data(socket, &json_slot, copy, free) : RTCIO_E_FORMAT;
    if (result != 0)
        free(copy);
    return result;
}

static void call_json_handlers(const struct rtcio__handlers *h, rtcio_socket *socket)
{
    struct rtcio__handler_list *list = h->list;

    if (list == NULL)
        return;
    list->refs++;
    for (uint32_t i = 0; i < list->n && rtcio_socket_connected(socket); i++)
        ((rtcio_socket_json_fn)list->item[i].fn)(socket, list->item[i].user);
    rtcio__handlers_release(list);
}

int rtcio_socket_set_json(rtcio_socket *socket, rtcio_slice json)
{
    rtcio_namespace *nsp = socket->nsp;
    int result = keep_json(socket, json);

    if (result != 0 || !rtcio__hooked(nsp, RTCIO__ON_JSON))
        return result;
    if (nsp->parent != NULL)
        call_json_handlers(&nsp->parent->on[RTCIO__ON_JSON], socket);
    call_json_handlers(&nsp->on[RTCIO__ON_JSON], socket);
    return 0;
}

rtcio_slice rtcio_socket_json(const rtcio_socket *socket)
{
    const char *json = rtcio_socket_data(socket, &json_slot);
    return json != NULL ? (rtcio_slice){json, strlen(json)} : (rtcio_slice){"{}", 2};
}

int rtcio_on_socket_json(rtcio_namespace *nsp, rtcio_socket_json_fn fn, void *user)
{
    return nsp != NULL && fn != NULL
               ? rtcio__handlers_add(&nsp->on[RTCIO__ON_JSON], (rtcio__fn)fn, user, 0)
               : RTCIO_E_INVALID;
}
