/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */

/* Namespaces: creation, look-up, iteration, middleware list, data. */

#include "socketio/internal.h"

#include <stdlib.h>
#include <string.h>

rtcio_namespace *rtcio__namespace_find(const rtcio_server *server, const char *name, size_t len)
{
    struct rtcio__hash_node *node = rtcio__hash_find(&server->namespaces, name, len);
    return node != NULL ? rtcio__container_of(node, rtcio_namespace, node) : NULL;
}

rtcio_namespace *rtcio_of(rtcio_server *server, const char *name)
{
    bool slash = name != NULL && name[0] == '/';
    size_t len = name != NULL ? strlen(name) : 0;

    /* A comma ends the namespace in a packet (spec 5.1). */
    if (server == NULL || (name != NULL && strchr(name, ',') != NULL) || len > 65535)
        return NULL;
    rtcio_namespace *nsp = calloc(1, sizeof *nsp + len + 2);
    if (nsp == NULL)
        return NULL;
    nsp->name[0] = '/';
    if (len > 0)
        memcpy(nsp->name + (slash ? 0 : 1), name, len);
    nsp->name_len = (uint32_t)strlen(nsp->name);
    rtcio_namespace *known = rtcio__namespace_find(server, nsp->name, nsp->name_len);
    if (known != NULL || rtcio__hash_insert(&server->namespaces, &nsp->node, nsp->name_len) != 0) {
        free(nsp);
        return known;
    }
    nsp->server = server;
    rtcio__hash_init(&nsp->sockets, offsetof(rtcio_socket, id) - offsetof(rtcio_socket, node), 1);
    rtcio__hash_init(&nsp->rooms,
                     offsetof(struct rtcio__room, name) - offsetof(struct rtcio__room, node), 1);
    rtcio__events_init(&nsp->events);
    return nsp;
}

void rtcio__namespace_free(rtcio_namespace *nsp)
{
    rtcio__data_free(&nsp->data);
    for (size_t i = 0; i < RTCIO__N_HOOKS; i++)
        rtcio__handlers_fini(&nsp->on[i]);
    rtcio__events_fini(&nsp->events);
    rtcio__hash_fini(&nsp->rooms);
    rtcio__hash_fini(&nsp->sockets);
    free(nsp);
}

const char *rtcio_namespace_name(const rtcio_namespace *nsp)
{
    return nsp->name;
}

rtcio_server *rtcio_namespace_server(const rtcio_namespace *nsp)
{
    return nsp->server;
}

size_t rtcio_namespace_size(const rtcio_namespace *nsp)
{
    return nsp->sockets.n_nodes;
}

rtcio_socket *rtcio_namespace_find(const rtcio_namespace *nsp, rtcio_slice id)
{
    struct rtcio__hash_node *node = rtcio__hash_find(&nsp->sockets, id.data, id.len);
    return node != NULL ? rtcio__container_of(node, rtcio_socket, node) : NULL;
}

rtcio_socket *rtcio_namespace_socket(const rtcio_namespace *nsp, const char *id)
{
    return rtcio_namespace_find(nsp, (rtcio_slice){id, strlen(id)});
}

void rtcio_namespace_each(rtcio_namespace *nsp, rtcio_socket_fn fn, void *user)
{
    size_t n = 0;
    struct rtcio__hash_node *node = NULL;

    if (nsp->sockets.n_nodes == 0)
        return;
    rtcio_socket **all = malloc(nsp->sockets.n_nodes * sizeof(rtcio_socket *));
    if (all == NULL)
        return;
    while ((node = rtcio__hash_next(&nsp->sockets, node)) != NULL)
        all[n++] = rtcio__container_of(node, rtcio_socket, node);
    /* Sockets outlive the turn, so that fn may disconnect any of them. */
    for (size_t i = 0; i < n; i++)
        if (all[i]->state == RTCIO__SOCKET_CONNECTED && !fn(all[i], user))
            break;
    free(all);
}

int rtcio_use(rtcio_namespace *nsp, rtcio_middleware_fn fn, void *user)
{
    return nsp != NULL ? rtcio__handlers_add(&nsp->on[RTCIO__ON_MIDDLEWARE], (rtcio__fn)fn, user, 0)
                       : RTCIO_E_INVALID;
}

void rtcio__namespace_hold(rtcio_namespace *nsp)
{
    nsp->n_holds++;
}

void rtcio__namespace_release(rtcio_namespace *nsp)
{
    nsp->n_holds--;
}

int rtcio_namespace_set_data(rtcio_namespace *nsp, const void *key, void *data,
                             void (*free_fn)(void *data))
{
    return rtcio__data_set(&nsp->data, key, data, free_fn);
}

void *rtcio_namespace_data(const rtcio_namespace *nsp, const void *key)
{
    return rtcio__data_get(nsp->data, key);
}
