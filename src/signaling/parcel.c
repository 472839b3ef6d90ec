/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */

/* A relayed message for a socket of another worker. It goes there with the sender's id and rooms:
 * whether the target exists and shares a room, only its own worker can tell. What was dropped comes
 * back, to be counted and told where it was sent. */

#include "signaling/signaling.h"

#include <stdlib.h>
#include <string.h>

typedef struct parcel {
    size_t size; /* all of it */
    rtcio_signaling *from, *to;
    const char *sender, *target; /* socket ids */
    const char *event;
    const char *rooms; /* the sender's, each with its NUL; an empty name ends the list */
    rtcio_slice args;
    bool any_room;
    bool unknown; /* why it comes back: no such target, or no shared room */
} parcel;

typedef struct packing {
    size_t size;
    char *at; /* NULL: only measured */
    const char *own;
} packing;

static bool pack_room(const char *room, void *user)
{
    packing *p = user;
    size_t len = strlen(room) + 1;
    /* S6: the room of one's own id is not shared with anybody. */
    if (strcmp(room, p->own) == 0)
        return true;
    if (p->at != NULL) {
        memcpy(p->at, room, len);
        p->at += len;
    }
    p->size += len;
    return true;
}

static const char *pack_text(packing *p, const char *text, size_t len)
{
    char *copy = p->at;
    memcpy(copy, text, len);
    copy[len] = '\0';
    p->at += len + 1;
    return copy;
}

static parcel *pack(rtcio_socket *sender, const rtcio__signaling_delivery *d)
{
    packing p = {.own = rtcio_socket_id(sender)};
    rtcio_socket_each_room(sender, pack_room, &p);
    size_t args_len = 0;
    for (size_t i = 0; i < d->n_pieces; i++)
        args_len += d->pieces[i].len;
    size_t size = sizeof(parcel) + p.size + 1 + strlen(p.own) + 1 + d->target.len + 1 +
                  strlen(d->event) + 1 + args_len + 1;
    parcel *all = malloc(size);
    if (all == NULL)
        return NULL;
    *all = (parcel){.size = size, .rooms = (char *)(all + 1), .any_room = d->any_room};
    p.at = (char *)(all + 1);
    rtcio_socket_each_room(sender, pack_room, &p);
    *p.at++ = '\0';
    all->sender = pack_text(&p, p.own, strlen(p.own));
    all->target = pack_text(&p, d->target.data, d->target.len);
    all->event = pack_text(&p, d->event, strlen(d->event));
    all->args = (rtcio_slice){p.at, args_len};
    for (size_t i = 0; i < d->n_pieces; i++) {
        memcpy(p.at, d->pieces[i].data, d->pieces[i].len);
        p.at += d->pieces[i].len;
    }
    return all;
}

/* On the sender's worker again. */
static void come_back(rtcio_server *server, void *data)
{
    parcel *p = data;
    rtcio_signaling *s = p->from;
    uint64_t *counter = p->unknown ? &s->stats.dropped_target : &s->stats.dropped_scope;
    rtcio_socket *sender = rtcio_namespace_socket(s->nsp, p->sender);
    (void)server;
    if (sender != NULL)
        rtcio__signaling_drop(s, sender, "", p->event, counter,
                              p->unknown ? "unknown-target" : "no-shared-room");
    else
        rtcio__signaling_count(counter);
    free(p);
}

static void send_back(parcel *p, bool unknown)
{
    p->unknown = unknown;
    if (rtcio_server_post_take(p->from->server, come_back, free, p) != 0)
        free(p);
}

static bool shares_room(const parcel *p, const rtcio_socket *target)
{
    for (const char *room = p->rooms; *room != '\0'; room += strlen(room) + 1) {
        /* A room of this name would be the target itself, not a room of two. */
        if (strcmp(room, p->target) != 0 && rtcio_socket_in_room(target, room))
            return true;
    }
    return false;
}

static void arrive(rtcio_server *server, void *data)
{
    parcel *p = data;
    rtcio_socket *target = rtcio_namespace_socket(p->to->nsp, p->target);
    (void)server;
    if (target == NULL) {
        send_back(p, true);
        return;
    }
    if (!p->any_room && !shares_room(p, target)) {
        send_back(p, false);
        return;
    }
    rtcio_message message = {.event = p->event, .args = &p->args, .n_args = 1};
    if (rtcio_emit_message(target, &message) >= 0)
        rtcio__signaling_count(strcmp(p->event, RTCIO_MESSAGE) == 0 ? &p->to->stats.relayed
                                                                    : &p->to->stats.relayed_events);
    free(p);
}

rtcio__signaling_fate rtcio__signaling_parcel_send(rtcio_signaling *s, rtcio_socket *sender,
                                                   const rtcio__signaling_delivery *d)
{
    rtcio_server *owner = rtcio_server_owner(s->server, d->target);
    rtcio_signaling *to =
        owner != NULL ? rtcio__signaling_of_worker(s, rtcio_server_worker(owner)) : NULL;
    if (to == NULL)
        return RTCIO__PARCEL_UNKNOWN;
    parcel *p = pack(sender, d);
    if (p == NULL)
        return RTCIO__PARCEL_SENT; /* lost, as one whose target has no memory for it */
    p->from = s;
    p->to = to;
    int error = rtcio_server_post_bounded(owner, arrive, free, p, p->size);
    if (error != 0)
        free(p);
    return error == RTCIO_E_QUEUE_FULL ? RTCIO__PARCEL_REFUSED : RTCIO__PARCEL_SENT;
}
