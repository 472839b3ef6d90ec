/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */

/* Coming back: a socket that recovered is announced to its rooms again, and hears of the newcomers
 * it has missed (rtc.io spec 4.8). What else it missed, the recovery has sent. */

#include "signaling/object.h"
#include "signaling/signaling.h"

#include <stdlib.h>
#include <string.h>

typedef struct comeback {
    rtcio_signaling *s;
    rtcio_socket *socket;
    const char *room;
} comeback;

/* "To the others `user-connected` and cached `media-state`": they were told that it had gone. No
 * init-offer: what runs between the two peers may well have outlived the signaling. */
static void announce(const comeback *ctx, const rtcio__signaling_seat *seat)
{
    const char *id = rtcio_socket_id(ctx->socket);

    rtcio__signaling_send(rtcio__signaling_others(ctx->socket, ctx->room), RTCIO_USER_CONNECTED,
                          RTCIO__LITERAL("{\"id\":\""), rtcio__signaling_text(id),
                          RTCIO__LITERAL("\",\"name\":"),
                          rtcio__signaling_peer_name(rtcio__signaling_peer_of(ctx->s, ctx->socket)),
                          RTCIO__LITERAL("}"));
    if (seat->media_known)
        rtcio_emit(rtcio__signaling_others(ctx->socket, ctx->room), RTCIO_MEDIA_STATE,
                   "{s:s, s:s, s:b, s:b}", "id", id, "roomId", ctx->room, "mic", (int)seat->mic,
                   "cam", (int)seat->cam);
}

/* Newcomers that have got their offer, of those missed. */
typedef struct offers {
    const comeback *ctx;
    char (*id)[RTCIO_MAX_SOCKET_ID_LEN + 1]; /* as in a peer */
    size_t n;
} offers;

static bool is_member(const comeback *ctx, const char *room, const char *id)
{
    const rtcio__signaling_room *r = rtcio__signaling_room_find(ctx->s, room);
    for (const rtcio__signaling_seat *seat = r != NULL ? r->first : NULL; seat != NULL;
         seat = seat->next)
        if (strcmp(seat->peer->id, id) == 0)
            return rtcio__signaling_seat_stands(ctx->s, seat);
    return false;
}

typedef struct quest {
    const comeback *ctx;
    const char *id;
    bool found;
} quest;

static bool look_in(const char *room, void *user)
{
    quest *q = user;
    q->found = rtcio__signaling_seat_find_locked(q->ctx->s, q->ctx->socket, room) != NULL &&
               is_member(q->ctx, room, q->id);
    return !q->found;
}

/* "On recovery compute missed newcomers and send fresh init-offers": the one of the newcomer's
 * arrival carries no offset, and so is never replayed. One for each, and none from who has gone
 * again. */
static void offer_again(rtcio_socket *socket, const rtcio_event *ev, void *user)
{
    offers *done = user;
    char id[RTCIO_MAX_SOCKET_ID_LEN + 1];
    if (strcmp(rtcio_event_name(ev), RTCIO_INIT_OFFER) != 0 ||
        rtcio__signaling_string_decode(rtcio_event_member(ev, "source"), id, sizeof id) <= 0)
        return;
    for (size_t i = 0; i < done->n; i++)
        if (strcmp(done->id[i], id) == 0)
            return;
    quest q = {.ctx = done->ctx, .id = id};
    rtcio_socket_each_room(socket, look_in, &q);
    void *grown = q.found ? realloc(done->id, (done->n + 1) * sizeof *done->id) : NULL;
    if (grown == NULL)
        return;
    done->id = grown;
    memcpy(done->id[done->n++], id, sizeof id);
    rtcio_emit(socket, RTCIO_INIT_OFFER, "{s:s}", "source", id);
}

static void offer_newcomers(const comeback *ctx)
{
    offers done = {.ctx = ctx};
    rtcio__signaling_lock(ctx->s);
    rtcio_socket_each_exempt(ctx->socket, offer_again, &done);
    rtcio__signaling_unlock(ctx->s);
    free(done.id);
}

static bool come_back(const char *room, void *user)
{
    comeback *ctx = user;
    rtcio_signaling *s = ctx->s;

    ctx->room = room;
    rtcio__signaling_lock(s);
    rtcio__signaling_seat *seat = rtcio__signaling_seat_find_locked(s, ctx->socket, room);
    if (seat != NULL) {
        seat->away = false;
        announce(ctx, seat);
    }
    rtcio__signaling_unlock(s);
    if (seat != NULL)
        rtcio__signaling_note(s, RTCIO_SIGNALING_JOINED, ctx->socket, room, "connection",
                              "recovered");
    return rtcio_socket_connected(ctx->socket);
}

void rtcio__signaling_on_connection(rtcio_socket *socket, const rtcio_event *ev, void *user)
{
    comeback ctx = {.s = user, .socket = socket};

    (void)ev;
    if (!rtcio_socket_recovered(socket))
        return;
    rtcio_socket_each_room(socket, come_back, &ctx);
    if (rtcio_socket_connected(socket))
        offer_newcomers(&ctx);
}
