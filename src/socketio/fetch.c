/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */

/* Sockets as snapshots: those of this node and those of others (Socket.IO spec 7.5). */

#include "socketio/adapter.h"

#include <stdlib.h>
#include <string.h>

#define FETCH_TIMEOUT_MS 5000

struct rtcio_remote_sockets {
    rtcio_remote_socket **list;
    size_t n;
};

/* Sockets asked for. */
struct rtcio__fetch {
    struct rtcio__list link; /* in server.fetches */
    struct rtcio__timer timer;
    rtcio_namespace *nsp;
    rtcio_fetch_fn fn;
    void *user;
    uint64_t number;
    size_t n_nodes; /* that have not answered */
    int status;     /* to be told when the timer fires */
    struct rtcio_remote_sockets found;
};

size_t rtcio_remote_sockets_count(const rtcio_remote_sockets *sockets)
{
    return sockets->n;
}

const rtcio_remote_socket *rtcio_remote_sockets_at(const rtcio_remote_sockets *sockets,
                                                   size_t index)
{
    return index < sockets->n ? sockets->list[index] : NULL;
}

const char *rtcio_remote_socket_id(const rtcio_remote_socket *socket)
{
    return socket->id;
}

const char *rtcio_remote_socket_handshake(const rtcio_remote_socket *socket)
{
    return socket->handshake;
}

const char *rtcio_remote_socket_json(const rtcio_remote_socket *socket)
{
    return socket->data;
}

size_t rtcio_remote_socket_room_count(const rtcio_remote_socket *socket)
{
    return socket->n_rooms;
}

const char *rtcio_remote_socket_room(const rtcio_remote_socket *socket, size_t index)
{
    return index < socket->n_rooms ? socket->rooms[index] : NULL;
}

/* Snapshots */

void rtcio__remote_socket_free(rtcio_remote_socket *socket)
{
    if (socket == NULL)
        return;
    free(socket->handshake);
    free(socket->data);
    free(socket);
}

struct rooms {
    size_t n, size;
    char *at; /* NULL: only measured */
    const char **list;
};

static bool note_room(const char *room, void *user)
{
    struct rooms *rooms = user;
    size_t len = strlen(room) + 1;

    if (rooms->at != NULL) {
        rooms->list[rooms->n] = memcpy(rooms->at, room, len);
        rooms->at += len;
    }
    rooms->n++;
    rooms->size += len;
    return true;
}

static rtcio_remote_socket *snapshot(rtcio_socket *socket)
{
    struct rooms rooms = {0};

    rtcio_socket_each_room(socket, note_room, &rooms);
    size_t list_size = rooms.n * sizeof(const char *);
    rtcio_remote_socket *remote =
        calloc(1, sizeof *remote + list_size + rooms.size + socket->id_len + 1);
    if (remote == NULL)
        return NULL;
    remote->rooms = (const char **)(remote + 1);
    rooms.list = remote->rooms;
    rooms.at = (char *)(remote + 1) + list_size;
    remote->n_rooms = rooms.n;
    rooms.n = 0;
    rtcio_socket_each_room(socket, note_room, &rooms);
    remote->id = memcpy(rooms.at, socket->id, socket->id_len + 1);
    remote->handshake = rtcio__handshake_json(socket);
    remote->data = strdup(rtcio_socket_json(socket).data);
    if (remote->handshake == NULL || remote->data == NULL) {
        rtcio__remote_socket_free(remote);
        return NULL;
    }
    return remote;
}

rtcio_remote_socket **rtcio__snapshots(const rtcio_operator *op, size_t *n)
{
    struct rtcio__targets targets = rtcio__gather(op);
    rtcio_remote_socket **list = malloc((targets.n + 1) * sizeof(rtcio_remote_socket *));

    *n = 0;
    for (size_t i = 0; list != NULL && i < targets.n; i++) {
        list[*n] = snapshot(targets.list[i]);
        if (list[*n] != NULL)
            ++*n;
    }
    free(targets.list);
    return list;
}

/* Fetching */

static void free_fetch(struct rtcio__fetch *f)
{
    rtcio__list_remove(&f->link);
    rtcio__timer_stop(&f->nsp->server->engine.loop.timers, &f->timer);
    for (size_t i = 0; i < f->found.n; i++)
        rtcio__remote_socket_free(f->found.list[i]);
    free(f->found.list);
    rtcio__namespace_release(f->nsp);
    free(f);
}

static void complete(struct rtcio__fetch *f, int status)
{
    rtcio__list_remove(&f->link);
    f->fn(status, &f->found, f->user);
    free_fetch(f);
}

static void on_timer(struct rtcio__timer *timer)
{
    struct rtcio__fetch *f = rtcio__container_of(timer, struct rtcio__fetch, timer);
    complete(f, f->status);
}

/* Takes over what is in the list; what does not fit is lost, and freed. */
static bool add(struct rtcio__fetch *f, rtcio_remote_socket **sockets, size_t n)
{
    struct rtcio_remote_sockets *found = &f->found;
    rtcio_remote_socket **grown =
        realloc(found->list, (found->n + n + 1) * sizeof(rtcio_remote_socket *));

    if (grown == NULL) {
        for (size_t i = 0; i < n; i++)
            rtcio__remote_socket_free(sockets[i]);
        return false;
    }
    found->list = grown;
    if (n > 0)
        memcpy(grown + found->n, sockets, n * sizeof(rtcio_remote_socket *));
    found->n += n;
    return true;
}

int rtcio_operator_fetch(rtcio_operator op, rtcio_fetch_fn fn, void *user)
{
    if (op.error != 0)
        return op.error;
    if (fn == NULL)
        return RTCIO_E_INVALID;
    if (op.nsp->is_parent)
        return RTCIO_E_UNSUPPORTED;
    rtcio_server *server = op.nsp->server;
    if (server->destroying)
        return RTCIO_E_CLOSED;
    struct rtcio__fetch *f = calloc(1, sizeof *f);
    if (f == NULL)
        return RTCIO_E_NO_MEMORY;
    f->nsp = op.nsp;
    f->fn = fn;
    f->user = user;
    f->number = ++server->next_number;
    rtcio__namespace_hold(f->nsp);
    rtcio__timer_init(&f->timer, on_timer);
    rtcio__list_init(&f->link);
    rtcio__list_append(&server->fetches, &f->link);

    bool one = op.self != NULL && (op.flags & RTCIO__OP_BROADCAST) == 0;
    int error = !one && rtcio__reaches_others(&op)
                    ? server->adapter->ops->fetch(server->adapter, &op, f)
                    : 0;
    size_t n;
    rtcio_remote_socket **own = error == 0 ? rtcio__snapshots(&op, &n) : NULL;
    if (error == 0 && (own == NULL || !add(f, own, n)))
        error = RTCIO_E_NO_MEMORY;
    free(own);
    if (error != 0) {
        free_fetch(f);
        return error;
    }
    f->status = f->n_nodes > 0 ? RTCIO_E_TIMEOUT : 0;
    rtcio__timer_set(&server->engine.loop.timers, &f->timer,
                     rtcio__loop_now(&server->engine.loop) +
                         (f->n_nodes > 0 ? FETCH_TIMEOUT_MS : 0));
    return 0;
}

uint64_t rtcio__fetch_number(const struct rtcio__fetch *f)
{
    return f->number;
}

void rtcio__fetch_await(struct rtcio__fetch *f)
{
    f->n_nodes++;
}

void rtcio__fetch_answered(rtcio_server *server, uint64_t number, rtcio_remote_socket **sockets,
                           size_t n_sockets)
{
    struct rtcio__list *link = server->fetches.next;

    while (link != &server->fetches &&
           rtcio__container_of(link, struct rtcio__fetch, link)->number != number)
        link = link->next;
    if (link == &server->fetches) {
        for (size_t i = 0; i < n_sockets; i++)
            rtcio__remote_socket_free(sockets[i]);
        return; /* too late */
    }
    struct rtcio__fetch *f = rtcio__container_of(link, struct rtcio__fetch, link);
    if (f->n_nodes > 0)
        f->n_nodes--;
    if (!add(f, sockets, n_sockets))
        complete(f, RTCIO_E_NO_MEMORY);
    else if (f->n_nodes == 0)
        complete(f, 0);
}

void rtcio__fetches_drop(rtcio_server *server)
{
    while (!rtcio__list_empty(&server->fetches))
        complete(rtcio__container_of(server->fetches.next, struct rtcio__fetch, link),
                 RTCIO_E_CLOSED);
}
