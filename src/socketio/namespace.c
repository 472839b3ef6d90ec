/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */

/* Namespaces: creation, look-up, iteration, middleware list, data. */

#include "socketio/recovery.h"

#include <stdlib.h>
#include <string.h>

rtcio_namespace *rtcio__namespace_find(const rtcio_server *server, const char *name, size_t len)
{
    struct rtcio__hash_node *node = rtcio__hash_find(&server->namespaces, name, len);
    return node != NULL ? rtcio__container_of(node, rtcio_namespace, node) : NULL;
}

rtcio_namespace *rtcio__namespace_create(rtcio_server *server, const char *name, size_t len)
{
    rtcio_namespace *nsp = calloc(1, sizeof *nsp + len + 1);

    if (nsp == NULL)
        return NULL;
    memcpy(nsp->name, name, len);
    nsp->name_len = (uint32_t)len;
    nsp->server = server;
    rtcio__hash_init(&nsp->sockets, offsetof(rtcio_socket, id) - offsetof(rtcio_socket, node), 1);
    rtcio__hash_init(&nsp->rooms,
                     offsetof(struct rtcio__room, name) - offsetof(struct rtcio__room, node), 1);
    rtcio__events_init(&nsp->events);
    rtcio__events_init(&nsp->server_events);
    if (server->recovery != NULL && (nsp->log = rtcio__log_create()) == NULL) {
        free(nsp);
        return NULL;
    }
    return nsp;
}

static void tell_namespace(rtcio_server *server, rtcio_namespace *nsp)
{
    struct rtcio__handler_list *list = server->on_namespace.list;

    if (list == NULL)
        return;
    list->refs++;
    for (uint32_t i = 0; i < list->n; i++)
        ((rtcio_namespace_fn)list->item[i].fn)(nsp, list->item[i].user);
    rtcio__handlers_release(list);
}

rtcio_namespace *rtcio__namespace_add(rtcio_server *server, const char *name, size_t len,
                                      rtcio_namespace *parent)
{
    rtcio_namespace *nsp = rtcio__namespace_create(server, name, len);

    if (nsp == NULL)
        return NULL;
    if (rtcio__hash_insert(&server->namespaces, &nsp->node, len) != 0) {
        rtcio__namespace_free(nsp);
        return NULL;
    }
    nsp->parent = parent;
    nsp->may_go = parent != NULL;
    rtcio__namespace_hold(nsp); /* a handler may let somebody in and out again */
    tell_namespace(server, nsp);
    nsp->n_holds--;
    return nsp;
}

rtcio_namespace *rtcio_of(rtcio_server *server, const char *name)
{
    bool slash = name != NULL && name[0] == '/';
    size_t len = name != NULL ? strlen(name) : 0;

    /* A comma ends the namespace in a packet (spec 5.1). */
    if (server == NULL || (name != NULL && strchr(name, ',') != NULL) || len > 65535)
        return NULL;
    char *full = malloc(len + 2);
    if (full == NULL)
        return NULL;
    full[0] = '/';
    memcpy(full + (slash ? 0 : 1), len > 0 ? name : "", len + 1);
    len = strlen(full);
    rtcio_namespace *nsp = rtcio__namespace_find(server, full, len);
    if (nsp == NULL)
        nsp = rtcio__namespace_add(server, full, len, rtcio__parent_of_name(server, full));
    if (nsp != NULL)
        nsp->may_go = false; /* the caller has a pointer to it */
    free(full);
    return nsp;
}

int rtcio_on_namespace(rtcio_server *server, rtcio_namespace_fn fn, void *user)
{
    return server != NULL ? rtcio__handlers_add(&server->on_namespace, (rtcio__fn)fn, user, 0)
                          : RTCIO_E_INVALID;
}

void rtcio_server_each_namespace(rtcio_server *server, rtcio_namespace_fn fn, void *user)
{
    const struct rtcio__hash *all = &server->namespaces;
    struct rtcio__hash_node *node = NULL;
    size_t n = 0;
    rtcio_namespace **list = malloc((all->n_nodes + 1) * sizeof(rtcio_namespace *));

    /* A copy: fn may create some. None is freed before the turn ends. */
    while (list != NULL && (node = rtcio__hash_next(all, node)) != NULL)
        list[n++] = rtcio__container_of(node, rtcio_namespace, node);
    for (size_t i = 0; i < n; i++)
        fn(list[i], user);
    free(list);
}

void rtcio__namespace_free(rtcio_namespace *nsp)
{
    rtcio__data_free(nsp->server, &nsp->data);
    if (nsp->log != NULL)
        rtcio__log_free(&nsp->server->recovery->logs, nsp->log);
    for (size_t i = 0; i < RTCIO__N_HOOKS; i++)
        rtcio__handlers_fini(&nsp->on[i]);
    rtcio__events_fini(&nsp->events);
    rtcio__events_fini(&nsp->server_events);
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

static void free_buried(struct rtcio__corpse *corpse)
{
    rtcio__namespace_free(rtcio__container_of(corpse, rtcio_namespace, corpse));
}

void rtcio__namespace_hold(rtcio_namespace *nsp)
{
    nsp->n_holds++;
}

void rtcio__namespace_release(rtcio_namespace *nsp)
{
    rtcio_server *server = nsp->server;

    if (--nsp->n_holds > 0 || !nsp->may_go || server->destroying ||
        !server->engine.opt.cleanup_empty_child_namespaces)
        return;
    rtcio__hash_remove(&server->namespaces, &nsp->node);
    rtcio__loop_bury(&server->engine.loop, &nsp->corpse, free_buried);
}

int rtcio_namespace_set_data(rtcio_namespace *nsp, const void *key, void *data,
                             void (*free_fn)(void *data))
{
    return rtcio__data_set(nsp->server, &nsp->data, key, data, free_fn);
}

void *rtcio_namespace_data(const rtcio_namespace *nsp, const void *key)
{
    return rtcio__data_get(nsp->data, key);
}
