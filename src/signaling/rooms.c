/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */

/* Who is where: peers, their seats, and the rooms that stand as long as somebody has a seat.
 * Sends nothing. */

#include "signaling/signaling.h"

#include <search.h>
#include <stdlib.h>
#include <string.h>

/* The tree's keys are pointers to a room's `name`, and, when looking up, to a name. */
static int compare_names(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* A balanced tree rather than a hash table: names come from clients, and there is nothing in a
 * tree that chosen names could slow down. */
rtcio__signaling_room *rtcio__signaling_room_find(const rtcio_signaling *s, const char *name)
{
    void *node = tfind(&name, (void *const *)&s->rooms, compare_names);
    return node != NULL ? *(rtcio__signaling_room **)node : NULL;
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
    room->name = memcpy(room + 1, name, len);
    if (tsearch(room, &s->rooms, compare_names) == NULL) {
        free(room);
        return NULL;
    }
    s->stats.n_rooms++;
    return room;
}

static void room_close_if_empty(rtcio_signaling *s, rtcio__signaling_room *room)
{
    if (room->n_seats > 0)
        return;
    tdelete(room, &s->rooms, compare_names);
    s->stats.n_rooms--;
    free(room);
}

static void peer_free(void *data)
{
    rtcio__signaling_peer *peer = data;
    while (peer->n_seats > 0)
        rtcio__signaling_seat_leave(peer, peer->seats[peer->n_seats - 1].room->name);
    if (peer->seats != &peer->one)
        free(peer->seats);
    free(peer->name);
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
    peer = calloc(1, sizeof *peer);
    if (peer == NULL)
        return NULL;
    peer->signaling = s;
    peer->seats = &peer->one;
    peer->seats_cap = 1;
    if (rtcio_socket_set_data(socket, s, peer, peer_free) != 0) {
        free(peer);
        return NULL;
    }
    return peer;
}

int rtcio__signaling_peer_set_name(rtcio__signaling_peer *peer, rtcio_slice json)
{
    char *name = NULL;
    if (json.len > 0) {
        name = malloc(json.len + 1);
        if (name == NULL)
            return RTCIO_E_NO_MEMORY;
        memcpy(name, json.data, json.len);
        name[json.len] = '\0';
    }
    free(peer->name);
    peer->name = name;
    return 0;
}

rtcio_slice rtcio__signaling_peer_name(const rtcio__signaling_peer *peer)
{
    return peer != NULL && peer->name != NULL ? rtcio__signaling_text(peer->name)
                                              : RTCIO__LITERAL("\"\"");
}

static rtcio__signaling_seat *seat_of(rtcio__signaling_peer *peer, const char *room)
{
    for (size_t i = 0; i < peer->n_seats; i++) {
        if (strcmp(peer->seats[i].room->name, room) == 0)
            return &peer->seats[i];
    }
    return NULL;
}

rtcio__signaling_seat *rtcio__signaling_seat_find(const rtcio_signaling *s,
                                                  const rtcio_socket *socket, const char *room)
{
    rtcio__signaling_peer *peer = rtcio__signaling_peer_of(s, socket);
    if (peer == NULL || !rtcio_socket_in_room(socket, room))
        return NULL;
    return seat_of(peer, room);
}

static bool add_seats(rtcio__signaling_peer *peer)
{
    bool first = peer->seats == &peer->one;
    uint32_t cap = peer->seats_cap * 2;
    rtcio__signaling_seat *seats = realloc(first ? NULL : peer->seats, cap * sizeof *seats);
    if (seats == NULL)
        return false;
    if (first)
        seats[0] = peer->one;
    peer->seats = seats;
    peer->seats_cap = cap;
    return true;
}

rtcio__signaling_seat *rtcio__signaling_seat_take(rtcio__signaling_peer *peer,
                                                  const char *room_name)
{
    rtcio__signaling_seat *seat = seat_of(peer, room_name);
    if (seat != NULL)
        return seat;
    if (peer->n_seats == peer->seats_cap && !add_seats(peer))
        return NULL;
    rtcio__signaling_room *room = room_open(peer->signaling, room_name);
    if (room == NULL)
        return NULL;
    room->n_seats++;
    seat = &peer->seats[peer->n_seats++];
    *seat = (rtcio__signaling_seat){.room = room};
    return seat;
}

void rtcio__signaling_seat_leave(rtcio__signaling_peer *peer, const char *room_name)
{
    rtcio__signaling_seat *seat = seat_of(peer, room_name);
    if (seat == NULL)
        return;
    rtcio__signaling_room *room = seat->room;
    *seat = peer->seats[--peer->n_seats];
    room->n_seats--;
    room_close_if_empty(peer->signaling, room);
}
