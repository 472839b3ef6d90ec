/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */

/* The rooms of a socket that is gone: for each a head, the name and its NUL. With them it is known
 * whom an event was for. With several workers they keep the worker among those that are sent what
 * the room gets: it must be in the log when the client comes back. */

#include "socketio/recovery.h"

#include <stdlib.h>
#include <string.h>

struct room_head {
    uint32_t joined; /* member.joined */
    bool before_id;
};

/* The next room; *at is NULL to begin with. */
static const char *next_room(const struct rtcio__resume *r, const char **at, struct room_head *head)
{
    *at = *at == NULL ? r->rooms : *at + strlen(*at) + 1;
    if (*at == NULL || *at >= r->rooms + r->rooms_len)
        return NULL;
    memcpy(head, *at, sizeof *head);
    *at += sizeof *head;
    return *at;
}

static bool among_workers(const struct rtcio__resume *r)
{
    return r->nsp->server->engine.n_siblings > 1;
}

void rtcio__resume_free_rooms(struct rtcio__resume *r)
{
    struct room_head head;
    const char *at = NULL, *name;

    while (among_workers(r) && (name = next_room(r, &at, &head)) != NULL)
        rtcio__room_unhold(r->nsp, name);
    free(r->rooms);
    r->rooms = NULL;
    r->rooms_len = 0;
}

bool rtcio__resume_keep_rooms(struct rtcio__resume *r, const rtcio_socket *socket)
{
    size_t len = 0;

    rtcio__resume_free_rooms(r);
    for (const struct rtcio__member *m = socket->rooms; m != NULL; m = m->next_in_socket)
        len += sizeof(struct room_head) + m->room->node.key_len + 1;
    if (len > socket->session->engine->opt.recovery_max_session_bytes)
        return false;
    char *at = r->rooms = malloc(len + 1);
    if (at == NULL)
        return false;
    r->rooms_len = (uint32_t)len;
    for (const struct rtcio__member *m = socket->rooms; m != NULL; m = m->next_in_socket) {
        const struct room_head head = {m->joined, m->before_id};
        memcpy(at, &head, sizeof head);
        memcpy(at + sizeof head, m->room->name, m->room->node.key_len + 1);
        at += sizeof head + m->room->node.key_len + 1;
        if (among_workers(r))
            m->room->n_held++;
    }
    return true;
}

void rtcio__resume_restore_rooms(const struct rtcio__resume *r, rtcio_socket *socket)
{
    struct room_head head;
    const char *at = NULL;

    while (next_room(r, &at, &head) != NULL)
        rtcio__room_restore(socket, at, head.joined, head.before_id);
}

/* Was it in the room when event `number` was sent? */
static bool was_in(const struct rtcio__resume *r, const char *room, uint64_t number,
                   bool rooms_only)
{
    struct room_head head;
    const char *at = NULL;

    if (!rooms_only && r->own_room && strcmp(room, r->sid) == 0)
        return true;
    while (next_room(r, &at, &head) != NULL)
        if (strcmp(at, room) == 0)
            return (int32_t)((uint32_t)number - head.joined) >= 0;
    return false;
}

bool rtcio__resume_was_for(const struct rtcio__resume *r, const struct rtcio__logged *e,
                           uint64_t number)
{
    const char *name = (const char *)e + e->names;
    bool rooms_only = e->flags != 0, meant = e->n_to == 0 && number >= r->start;

    if (e->to_one)
        return strcmp(name, r->sid) == 0;
    if (strcmp(e->excluded, r->sid) == 0)
        return false;
    for (uint32_t i = 0; i < e->n_to; i++, name += strlen(name) + 1)
        meant = meant || was_in(r, name, number, rooms_only);
    for (unsigned i = 0; meant && i < e->n_except; i++, name += strlen(name) + 1)
        meant = !was_in(r, name, number, rooms_only);
    return meant;
}
