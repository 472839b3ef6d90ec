/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */

/* Going: `leave-room`, and the rooms of a socket that disconnects. */

#include "signaling/signaling.h"

#include <string.h>

/* Old clients listen to `user-disconnected` for the tile; `#rtcio:peer-left` closes the
 * connection at once instead of by its watchdog (rtc.io spec 1.5, 4.8). */
static void tell_user_gone(rtcio_socket *socket, const char *room)
{
    rtcio__signaling_send(rtcio__signaling_others(socket, room), RTCIO_USER_DISCONNECTED,
                          RTCIO__LITERAL("{\"id\":\""),
                          rtcio__signaling_text(rtcio_socket_id(socket)), RTCIO__LITERAL("\"}"));
}

static void tell_peer_left(rtcio_socket *socket, const char *room)
{
    rtcio__signaling_send(rtcio__signaling_others(socket, room), RTCIO_PEER_LEFT,
                          RTCIO__LITERAL("{\"id\":\""),
                          rtcio__signaling_text(rtcio_socket_id(socket)), RTCIO__LITERAL("\"}"));
}

void rtcio__signaling_on_leave_room(rtcio_socket *socket, const rtcio_event *ev, void *user)
{
    rtcio_signaling *s = user;
    rtcio__signaling_room_event in;
    if (!rtcio__signaling_room_event_read(s, socket, ev, &in))
        return;
    rtcio_socket_leave(socket, in.room);
    rtcio__signaling_seat_leave(rtcio__signaling_peer_of(s, socket), in.room);
    s->stats.leaves++;
    tell_user_gone(socket, in.room);
    tell_peer_left(socket, in.room);
    rtcio__signaling_note(s, RTCIO_SIGNALING_LEFT, socket, in.room, RTCIO_LEAVE_ROOM, "");
}

typedef struct departure {
    rtcio_signaling *s;
    rtcio_socket *socket;
    const rtcio_event *ev;
} departure;

static bool depart(const char *room, void *user)
{
    const departure *ctx = user;
    rtcio_socket *socket = ctx->socket;
    bool seated = rtcio__signaling_seat_find(ctx->s, socket, room) != NULL;
    if (!seated && strcmp(room, rtcio_socket_id(socket)) == 0)
        return true;
    /* `user-disconnected` belongs to presence, so to rooms that were joined by `join-room`;
     * `#rtcio:peer-left` to the relay: the original sends it to every room of the socket. */
    if (seated) {
        tell_user_gone(socket, room);
        ctx->s->stats.leaves++;
    }
    tell_peer_left(socket, room);
    if (seated)
        rtcio__signaling_note(ctx->s, RTCIO_SIGNALING_LEFT, socket, room, "disconnecting",
                              rtcio_event_reason(ctx->ev));
    return true;
}

/* The seats are given up when the socket's data is freed, soon after. A room whose members are
 * all on the way out counts as empty meanwhile: its password does not outlive them. */
void rtcio__signaling_on_disconnecting(rtcio_socket *socket, const rtcio_event *ev, void *user)
{
    departure ctx = {user, socket, ev};
    rtcio_socket_each_room(socket, depart, &ctx);
}
