/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */

/* Coming back: a socket that recovered is announced to its rooms again, and hears of the newcomers
 * it has missed (rtc.io spec 4.8). What else it missed, the recovery has sent. */

#include "signaling/signaling.h"

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

/* "On recovery compute missed newcomers and send fresh init-offers": the one of the newcomer's
 * arrival carries no offset, and so is never replayed. */
static bool offer_newcomer(rtcio_socket *member, void *user)
{
    const comeback *ctx = user;
    const rtcio__signaling_seat *seat = rtcio__signaling_seat_find(ctx->s, member, ctx->room);

    if (member == ctx->socket || seat == NULL ||
        seat->announced < rtcio_socket_missed_from(ctx->socket))
        return true;
    rtcio_emit(ctx->socket, RTCIO_INIT_OFFER, "{s:s}", "source", rtcio_socket_id(member));
    return rtcio_socket_connected(ctx->socket);
}

static bool come_back(const char *room, void *user)
{
    comeback *ctx = user;
    rtcio_signaling *s = ctx->s;

    ctx->room = room;
    rtcio__signaling_lock(s);
    const rtcio__signaling_seat *seat = rtcio__signaling_seat_find(s, ctx->socket, room);
    if (seat != NULL) {
        announce(ctx, seat);
        rtcio_room_each(s->nsp, room, offer_newcomer, ctx);
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
    if (rtcio_socket_recovered(socket))
        rtcio_socket_each_room(socket, come_back, &ctx);
}
