/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */

/* Who is where: peers, their seats, and the rooms that stand as long as somebody has a seat, of
 * all workers. Sends nothing. */

#include "signaling/signaling.h"

#include <search.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

/* The tree's keys are the names themselves: a room's `name`, and, when looking up, any. */
static int compare_names(const void *a, const void *b)
{
    return strcmp(a, b);
}

/* A balanced tree rather than a hash table: names come from clients, and there is nothing in a
 * tree that chosen names could slow down. */
rtcio__signaling_room *rtcio__signaling_room_find(const rtcio_signaling *s, const char *name)
{
    void *node = tfind(name, (void *const *)&s->table->rooms, compare_names);
    if (node == NULL)
        return NULL;
    char *key = *(char **)node;
    return (rtcio__signaling_room *)(void *)(key - offsetof(rtcio__signaling_room, name));
}

static rtcio__signaling_room *room_open(rtcio_signaling *s, const char *name)
{
    rtcio__signaling_room *room = rtcio__signaling_room_find(s, name);
    if (room != NULL)
        return room;
    size_t len = strlen(name) + 1;
    room = calloc(1, sizeof *room + len);
    if (room == NULL)
        return NULL;
    memcpy(room->name, name, len);
    if (tsearch(room->name, &s->table->rooms, compare_names) == NULL) {
        free(room);
        return NULL;
    }
    s->table->n_rooms++;
    return room;
}

static void room_close_if_empty(rtcio_signaling *s, rtcio__signaling_room *room)
{
    if (room->first != NULL)
        return;
    tdelete(room->name, &s->table->rooms, compare_names);
    s->table->n_rooms--;
    free(room->password);
    free(room);
}

int rtcio__signaling_room_set_password(rtcio_signaling *s, rtcio__signaling_room *room,
                                       rtcio_slice text)
{
    free(room->password);
    room->password = NULL;
    if (text.len == 0)
        return 0;
    rtcio__signaling_password *password = calloc(1, sizeof *password);
    if (password == NULL)
        return RTCIO_E_NO_MEMORY;
    int rc = rtcio__signaling_password_set(password, &s->table->key, room->name, text);
    if (rc == 0)
        room->password = password;
    else
        free(password);
    return rc;
}

/* In the room's list, as the last. */
static void seat_link(rtcio__signaling_seat *seat)
{
    rtcio__signaling_room *room = seat->room;
    seat->next = NULL;
    seat->prev = room->last;
    *(room->last != NULL ? &room->last->next : &room->first) = seat;
    room->last = seat;
}

static void seat_unlink(rtcio__signaling_seat *seat)
{
    *(seat->prev != NULL ? &seat->prev->next : &seat->room->first) = seat->next;
    *(seat->next != NULL ? &seat->next->prev : &seat->room->last) = seat->prev;
}

static rtcio__signaling_seat *first_seat(rtcio__signaling_peer *peer)
{
    return peer->one.room != NULL ? &peer->one : peer->one.next_of_peer;
}

static void seat_free(rtcio__signaling_peer *peer, rtcio__signaling_seat *seat)
{
    rtcio__signaling_room *room = seat->room;
    seat_unlink(seat);
    peer->n_seats--;
    if (seat == &peer->one) {
        seat->room = NULL;
    } else {
        rtcio__signaling_seat **at = &peer->one.next_of_peer;
        while (*at != seat)
            at = &(*at)->next_of_peer;
        *at = seat->next_of_peer;
        free(seat);
    }
    room_close_if_empty(peer->signaling, room);
}

static void name_free(rtcio__signaling_name *name)
{
    if (name->is_long)
        free(name->more);
}

static void peer_free(void *data)
{
    rtcio__signaling_peer *peer = data;
    pthread_mutex_lock(&peer->signaling->table->lock);
    for (rtcio__signaling_seat *seat; (seat = first_seat(peer)) != NULL;)
        seat_free(peer, seat);
    pthread_mutex_unlock(&peer->signaling->table->lock);
    name_free(&peer->name);
    free(peer);
}

rtcio__signaling_peer *rtcio__signaling_peer_of(const rtcio_signaling *s,
                                                const rtcio_socket *socket)
{
    return rtcio_socket_data(socket, s);
}

rtcio__signaling_peer *rtcio__signaling_peer_make(rtcio_signaling *s, rtcio_socket *socket)
{
    rtcio__signaling_peer *peer = rtcio__signaling_peer_of(s, socket);
    if (peer != NULL)
        return peer;
    const char *id = rtcio_socket_id(socket);
    size_t id_size = strlen(id) + 1;
    peer = calloc(1, offsetof(rtcio__signaling_peer, id) + id_size);
    if (peer == NULL)
        return NULL;
    peer->signaling = s;
    memcpy(peer->id, id, id_size);
    if (rtcio_socket_set_data(socket, s, peer, peer_free) != 0) {
        free(peer);
        return NULL;
    }
    return peer;
}

int rtcio__signaling_peer_set_name(rtcio__signaling_peer *peer, rtcio_slice json)
{
    rtcio__signaling_name name = {0};
    char *at = name.text;
    if (json.len >= sizeof name.text) {
        at = name.more = malloc(json.len + 1);
        if (at == NULL)
            return RTCIO_E_NO_MEMORY;
        name.is_long = true;
    }
    if (json.len > 0)
        memcpy(at, json.data, json.len);
    at[json.len] = '\0';
    name_free(&peer->name);
    peer->name = name;
    return 0;
}

rtcio_slice rtcio__signaling_peer_name(const rtcio__signaling_peer *peer)
{
    if (peer == NULL || (!peer->name.is_long && peer->name.text[0] == '\0'))
        return RTCIO__LITERAL("\"\"");
    return rtcio__signaling_text(peer->name.is_long ? peer->name.more : peer->name.text);
}

/* The peer's seat in the room. Who is in thousands of rooms is seldom there with thousands, so both
 * lists are walked at once: going through all rooms of a peer stays linear. */
static rtcio__signaling_seat *seat_of(rtcio__signaling_peer *peer, const char *name)
{
    const rtcio__signaling_room *room = rtcio__signaling_room_find(peer->signaling, name);
    rtcio__signaling_seat *in_room = room != NULL ? room->first : NULL;
    rtcio__signaling_seat *of_peer = first_seat(peer);
    while (in_room != NULL && of_peer != NULL) {
        if (in_room->peer == peer)
            return in_room;
        if (of_peer->room == room)
            return of_peer;
        in_room = in_room->next;
        of_peer = of_peer->next_of_peer;
    }
    return NULL;
}

rtcio__signaling_seat *rtcio__signaling_seat_find(const rtcio_signaling *s,
                                                  const rtcio_socket *socket, const char *room)
{
    rtcio__signaling_peer *peer = rtcio__signaling_peer_of(s, socket);
    if (peer == NULL || !rtcio_socket_in_room(socket, room))
        return NULL;
    rtcio__signaling_seat *seat = first_seat(peer);
    while (seat != NULL && strcmp(seat->room->name, room) != 0)
        seat = seat->next_of_peer;
    return seat;
}

rtcio__signaling_seat *rtcio__signaling_seat_find_locked(const rtcio_signaling *s,
                                                         const rtcio_socket *socket,
                                                         const char *room)
{
    rtcio__signaling_peer *peer = rtcio__signaling_peer_of(s, socket);
    return peer != NULL && rtcio_socket_in_room(socket, room) ? seat_of(peer, room) : NULL;
}

bool rtcio__signaling_seat_stands(const rtcio_signaling *s, const rtcio__signaling_seat *seat)
{
    if (seat->away || seat->peer->signaling != s)
        return !seat->away;
    const rtcio_socket *socket = rtcio_namespace_socket(s->nsp, seat->peer->id);
    return socket != NULL && rtcio_socket_in_room(socket, seat->room->name);
}

size_t rtcio__signaling_room_size(const rtcio_signaling *s, const char *name)
{
    bool look = s->recovers || rtcio_server_workers(s->server) != NULL;
    size_t n = s->recovers ? 0 : rtcio_room_size(s->nsp, name);
    const rtcio__signaling_room *room = look ? rtcio__signaling_room_find(s, name) : NULL;
    for (const rtcio__signaling_seat *seat = room != NULL ? room->first : NULL; seat != NULL;
         seat = seat->next)
        n += s->recovers || seat->peer->signaling != s;
    return n;
}

/* Memory for one more, at the end of the peer's list. */
static rtcio__signaling_seat *seat_new(rtcio__signaling_peer *peer)
{
    if (peer->one.room == NULL)
        return &peer->one;
    rtcio__signaling_seat **at = &peer->one.next_of_peer;
    while (*at != NULL)
        at = &(*at)->next_of_peer;
    return *at = calloc(1, sizeof **at);
}

rtcio__signaling_seat *rtcio__signaling_seat_take(rtcio__signaling_peer *peer,
                                                  const char *room_name)
{
    rtcio__signaling_seat *seat = seat_of(peer, room_name);
    if (seat != NULL) {
        /* One that was held lost its socket's membership: who comes back comes last. */
        seat_unlink(seat);
    } else {
        rtcio__signaling_room *room = room_open(peer->signaling, room_name);
        if (room == NULL)
            return NULL;
        seat = seat_new(peer);
        if (seat == NULL) {
            room_close_if_empty(peer->signaling, room);
            return NULL;
        }
        seat->room = room;
        seat->peer = peer;
        peer->n_seats++;
    }
    seat->media_known = seat->mic = seat->cam = seat->away = false;
    seat_link(seat);
    return seat;
}

bool rtcio__signaling_is_away(rtcio__signaling_peer *peer, const char *room)
{
    const rtcio__signaling_seat *seat = peer != NULL ? seat_of(peer, room) : NULL;
    return seat != NULL && seat->away;
}

void rtcio__signaling_seat_leave(rtcio__signaling_peer *peer, const char *room_name)
{
    rtcio__signaling_seat *seat = peer != NULL ? seat_of(peer, room_name) : NULL;
    if (seat != NULL)
        seat_free(peer, seat);
}
