/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */

/* Rooms: who is where, in the order of joining. The room of a socket's own id has no object; it is
 * the socket. */

#include "socketio/adapter.h"

#include <stdlib.h>
#include <string.h>

#define MAX_NAME 65535

struct rtcio__room *rtcio__room_find(const rtcio_namespace *nsp, const char *name, size_t len)
{
    struct rtcio__hash_node *node = rtcio__hash_find(&nsp->rooms, name, len);
    return node != NULL ? rtcio__container_of(node, struct rtcio__room, node) : NULL;
}

rtcio_socket *rtcio__own_room(const rtcio_namespace *nsp, const char *name, size_t len)
{
    rtcio_socket *socket = rtcio_namespace_find(nsp, (rtcio_slice){name, len});
    return socket != NULL && socket->own_room ? socket : NULL;
}

static struct rtcio__room *room_of(rtcio_namespace *nsp, const char *name, size_t len)
{
    struct rtcio__room *room = rtcio__room_find(nsp, name, len);

    if (room != NULL)
        return room;
    room = calloc(1, offsetof(struct rtcio__room, name) + len + 1);
    if (room == NULL)
        return NULL;
    room->nsp = nsp;
    memcpy(room->name, name, len);
    if (rtcio__hash_insert(&nsp->rooms, &room->node, len) != 0) {
        free(room);
        return NULL;
    }
    struct rtcio__adapter *adapter = nsp->server->adapter;
    if (adapter != NULL && adapter->ops->room_created(adapter, room) != 0) {
        rtcio__hash_remove(&nsp->rooms, &room->node);
        free(room);
        return NULL;
    }
    return room;
}

static void call_room_handlers(const struct rtcio__handlers *h, const rtcio_room_event *event)
{
    struct rtcio__handler_list *list = h->list;

    if (list == NULL)
        return;
    list->refs++;
    for (uint32_t i = 0; i < list->n; i++)
        ((rtcio_room_event_fn)list->item[i].fn)(event, list->item[i].user);
    rtcio__handlers_release(list);
}

static void tell(rtcio_namespace *nsp, enum rtcio_room_change change, const char *room,
                 rtcio_socket *socket)
{
    const rtcio_room_event event = {change, nsp, room, socket};

    if (nsp->parent != NULL)
        call_room_handlers(&nsp->parent->on[RTCIO__ON_ROOM], &event);
    call_room_handlers(&nsp->on[RTCIO__ON_ROOM], &event);
}

void rtcio__own_room_told(rtcio_socket *socket, bool joined)
{
    rtcio_namespace *nsp = socket->nsp;

    if (joined)
        tell(nsp, RTCIO_ROOM_CREATED, socket->id, NULL);
    tell(nsp, joined ? RTCIO_ROOM_JOINED : RTCIO_ROOM_LEFT, socket->id, socket);
    if (!joined)
        tell(nsp, RTCIO_ROOM_DELETED, socket->id, NULL);
}

static void set_own_room(rtcio_socket *socket, bool in)
{
    if (socket->own_room == in)
        return;
    socket->own_room = in;
    rtcio__own_room_told(socket, in);
}

static void free_if_empty(struct rtcio__room *room)
{
    if (room->n_members > 0 || room->busy > 0)
        return;
    if (room->n_held > 0) {
        if (!room->told)
            return;
        /* To the program it is gone. Others go on sending what is for those who may come back. */
        room->told = false;
        room->busy++;
        tell(room->nsp, RTCIO_ROOM_DELETED, room->name, NULL);
        room->busy--;
        free_if_empty(room);
        return;
    }
    struct rtcio__adapter *adapter = room->nsp->server->adapter;
    rtcio__hash_remove(&room->nsp->rooms, &room->node);
    if (adapter != NULL)
        adapter->ops->room_deleted(adapter, room);
    if (room->told)
        tell(room->nsp, RTCIO_ROOM_DELETED, room->name, NULL);
    free(room);
}

void rtcio__room_unhold(rtcio_namespace *nsp, const char *name)
{
    struct rtcio__room *room = rtcio__room_find(nsp, name, strlen(name));

    if (room == NULL)
        return;
    room->n_held--;
    free_if_empty(room);
}

/* The room stays meanwhile, whatever the handlers do. */
static void tell_member(struct rtcio__room *room, enum rtcio_room_change change,
                        rtcio_socket *socket)
{
    room->busy++;
    if (!room->told) {
        room->told = true;
        tell(room->nsp, RTCIO_ROOM_CREATED, room->name, NULL);
    }
    tell(room->nsp, change, room->name, socket);
    room->busy--;
}

/* Where the socket's membership hangs, or the end of its list. */
static struct rtcio__member **find_member(rtcio_socket *socket, const struct rtcio__room *room)
{
    struct rtcio__member **at = &socket->rooms;

    while (*at != NULL && (*at)->room != room)
        at = &(*at)->next_in_socket;
    return at;
}

static int join(rtcio_socket *socket, const char *name, uint32_t joined, bool before_id)
{
    size_t len = name != NULL ? strlen(name) : 0;

    if (len == 0 || len > MAX_NAME)
        return RTCIO_E_INVALID;
    if (socket->state == RTCIO__SOCKET_GONE || socket->leaving)
        return RTCIO_E_CLOSED;
    if (rtcio__is_id(socket, name, len)) {
        set_own_room(socket, true);
        return 0;
    }
    struct rtcio__room *room = room_of(socket->nsp, name, len);
    if (room == NULL)
        return RTCIO_E_NO_MEMORY;
    struct rtcio__member **at = find_member(socket, room);
    if (*at != NULL)
        return 0;
    struct rtcio__member *m = rtcio__pool_alloc(&room->nsp->server->member_pool);
    if (m == NULL) {
        free_if_empty(room);
        return RTCIO_E_NO_MEMORY;
    }
    *m = (struct rtcio__member){
        .prev_in_room = room->last,
        .socket = socket,
        .room = room,
        .joined = joined,
        .before_id = before_id,
    };
    *(room->last != NULL ? &room->last->next_in_room : &room->first) = m;
    room->last = m;
    room->n_members++;
    *at = m;
    if (rtcio__hooked(room->nsp, RTCIO__ON_ROOM)) {
        tell_member(room, RTCIO_ROOM_JOINED, socket);
        free_if_empty(room);
    }
    return 0;
}

int rtcio_socket_join(rtcio_socket *socket, const char *name)
{
    return join(socket, name, (uint32_t)rtcio_namespace_position(socket->nsp) + 1,
                socket->state == RTCIO__SOCKET_CONNECTING);
}

void rtcio__room_restore(rtcio_socket *socket, const char *name, uint32_t joined, bool before_id)
{
    join(socket, name, joined, before_id);
}

/* Takes the membership out of its room and frees it, and the room if it was the last. */
static void drop_member(struct rtcio__member *m)
{
    struct rtcio__room *room = m->room;
    rtcio_socket *socket = m->socket;

    *(m->prev_in_room != NULL ? &m->prev_in_room->next_in_room : &room->first) = m->next_in_room;
    *(m->next_in_room != NULL ? &m->next_in_room->prev_in_room : &room->last) = m->prev_in_room;
    room->n_members--;
    rtcio__pool_free(&room->nsp->server->member_pool, m);
    if (rtcio__hooked(room->nsp, RTCIO__ON_ROOM))
        tell_member(room, RTCIO_ROOM_LEFT, socket);
    free_if_empty(room);
}

int rtcio_socket_leave(rtcio_socket *socket, const char *name)
{
    size_t len = name != NULL ? strlen(name) : 0;

    if (socket->own_room && rtcio__is_id(socket, name, len)) {
        set_own_room(socket, false);
        return 0;
    }
    struct rtcio__room *room = rtcio__room_find(socket->nsp, name, len);
    struct rtcio__member **at = room != NULL ? find_member(socket, room) : NULL;
    if (at == NULL || *at == NULL)
        return RTCIO_E_NOT_FOUND;
    struct rtcio__member *m = *at;
    *at = m->next_in_socket;
    drop_member(m);
    return 0;
}

void rtcio__rooms_leave_all(rtcio_socket *socket)
{
    bool told = socket->own_room && rtcio__hooked(socket->nsp, RTCIO__ON_ROOM);

    socket->own_room = false;
    socket->leaving = true;
    while (socket->rooms != NULL) {
        struct rtcio__member *m = socket->rooms;
        /* "leave order = join order" (spec 7.7): rooms joined in a middleware precede the own id.
         */
        if (told && !m->before_id) {
            told = false;
            rtcio__own_room_told(socket, false);
            continue;
        }
        socket->rooms = m->next_in_socket;
        drop_member(m);
    }
    if (told)
        rtcio__own_room_told(socket, false);
}

/* Walks the socket's rooms and the room's members at once: who is in thousands of rooms is seldom
 * there with thousands. */
static bool is_member(const rtcio_socket *socket, const struct rtcio__room *room)
{
    const struct rtcio__member *m = socket->rooms, *n = room->first;

    for (; m != NULL && n != NULL; m = m->next_in_socket, n = n->next_in_room)
        if (m->room == room || n->socket == socket)
            return true;
    return false;
}

bool rtcio_socket_in_room(const rtcio_socket *socket, const char *name)
{
    size_t len = strlen(name);

    if (socket->own_room && rtcio__is_id(socket, name, len))
        return true;
    const struct rtcio__room *room = rtcio__room_find(socket->nsp, name, len);
    return room != NULL && is_member(socket, room);
}

bool rtcio_sockets_share_room(const rtcio_socket *a, const rtcio_socket *b)
{
    for (const struct rtcio__member *m = a->rooms; m != NULL; m = m->next_in_socket)
        if (is_member(b, m->room))
            return true;
    return false;
}

/* Visits a copy of the names: fn may join and leave. */
static void each_name(rtcio_socket *socket, rtcio_room_fn fn, void *user)
{
    size_t n = 0, size = 0, i = 0;
    bool own_told = !socket->own_room;

    for (const struct rtcio__member *m = socket->rooms; m != NULL; m = m->next_in_socket) {
        n++;
        size += strlen(m->room->name) + 2;
    }
    char *names = malloc(size + 1), *at = names;
    if (names == NULL)
        return;
    for (const struct rtcio__member *m = socket->rooms; m != NULL; m = m->next_in_socket) {
        size_t len = strlen(m->room->name) + 1;
        *at++ = m->before_id ? 1 : 0;
        memcpy(at, m->room->name, len);
        at += len;
    }
    bool go_on = true;
    for (at = names; go_on && i < n; i++, at += strlen(at) + 1) {
        if (*at++ == 0 && !own_told) {
            own_told = true;
            go_on = fn(socket->id, user);
        }
        go_on = go_on && fn(at, user);
    }
    if (go_on && !own_told)
        fn(socket->id, user);
    free(names);
}

void rtcio_socket_each_room(rtcio_socket *socket, rtcio_room_fn fn, void *user)
{
    each_name(socket, fn, user);
}

int rtcio_on_room_event(rtcio_namespace *nsp, rtcio_room_event_fn fn, void *user)
{
    return nsp != NULL ? rtcio__handlers_add(&nsp->on[RTCIO__ON_ROOM], (rtcio__fn)fn, user, 0)
                       : RTCIO_E_INVALID;
}

void rtcio_namespace_each_room(rtcio_namespace *nsp, rtcio_room_fn fn, void *user)
{
    struct rtcio__hash_node *node = NULL;
    size_t size = 0;

    while ((node = rtcio__hash_next(&nsp->rooms, node)) != NULL)
        size += node->key_len + 1; /* of more than are visited */
    char *names = malloc(size + 1), *at = names;
    if (names == NULL)
        return;
    while ((node = rtcio__hash_next(&nsp->rooms, node)) != NULL) {
        const struct rtcio__room *room = rtcio__container_of(node, struct rtcio__room, node);
        if (room->n_members == 0)
            continue; /* held for those who may come back */
        memcpy(at, room->name, node->key_len + 1);
        at += node->key_len + 1;
    }
    /* A copy: fn may join and leave. */
    for (const char *name = names; name < at; name += strlen(name) + 1)
        if (!fn(name, user))
            break;
    free(names);
}

size_t rtcio_room_size(const rtcio_namespace *nsp, const char *name)
{
    const struct rtcio__room *room = rtcio__room_find(nsp, name, strlen(name));
    return room != NULL ? room->n_members : 0;
}

void rtcio_room_each(rtcio_namespace *nsp, const char *name, rtcio_socket_fn fn, void *user)
{
    const struct rtcio__room *room = rtcio__room_find(nsp, name, strlen(name));
    rtcio_socket *few[32], **all = few;
    size_t n = 0;

    if (room == NULL)
        return;
    if (room->n_members > sizeof few / sizeof few[0])
        all = malloc(room->n_members * sizeof(rtcio_socket *));
    if (all == NULL)
        return;
    for (const struct rtcio__member *m = room->first; m != NULL; m = m->next_in_room)
        all[n++] = m->socket;
    /* Sockets outlive the turn, so that fn may disconnect any of them. */
    for (size_t i = 0; i < n; i++)
        if (all[i]->state == RTCIO__SOCKET_CONNECTED && !fn(all[i], user))
            break;
    if (all != few)
        free(all);
}
