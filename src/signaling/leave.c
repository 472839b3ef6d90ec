/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */

/* Going: `leave-room`, and the rooms of a socket that disconnects. */

#include "signaling/signaling.h"

#include <jansson.h>
#include <stdlib.h>
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
    bool member = rtcio__signaling_room_event_read(s, socket, ev, &in);
    /* Whoever leaves while it waits to come in does not want to come in any more. */
    if (in.room[0] != '\0')
        rtcio__signaling_access_cancel(socket, in.room);
    if (!member)
        return;
    rtcio__signaling_lock(s);
    rtcio_socket_leave(socket, in.room);
    rtcio__signaling_seat_leave(rtcio__signaling_peer_of(s, socket), in.room);
    tell_user_gone(socket, in.room);
    tell_peer_left(socket, in.room);
    rtcio__signaling_unlock(s);
    rtcio__signaling_count(&s->stats.leaves);
    rtcio__signaling_note(s, RTCIO_SIGNALING_LEFT, socket, in.room, RTCIO_LEAVE_ROOM, "");
}

int rtcio_signaling_remove(rtcio_signaling *s, rtcio_socket *socket, const char *room,
                           const char *reason)
{
    if (!rtcio_socket_in_room(socket, room) || strcmp(room, rtcio_socket_id(socket)) == 0)
        return RTCIO_E_NOT_FOUND;
    json_t *what = json_pack("{s:s, s:s}", "roomId", room, "reason", reason);
    char *text = what != NULL ? json_dumps(what, JSON_COMPACT) : NULL;
    json_decref(what);
    if (text == NULL)
        return what == NULL ? RTCIO_E_INVALID : RTCIO_E_NO_MEMORY;
    rtcio__signaling_lock(s);
    bool seated = rtcio__signaling_seat_find_locked(s, socket, room) != NULL;
    rtcio_socket_leave(socket, room);
    rtcio__signaling_seat_leave(rtcio__signaling_peer_of(s, socket), room);
    if (seated)
        tell_user_gone(socket, room);
    tell_peer_left(socket, room);
    rtcio__signaling_unlock(s);
    rtcio__signaling_send(rtcio_op(socket), RTCIO_ROOM_REMOVED, rtcio__signaling_text(text));
    free(text);
    rtcio__signaling_count(&s->stats.leaves);
    rtcio__signaling_note(s, RTCIO_SIGNALING_LEFT, socket, room, RTCIO_ROOM_REMOVED, reason);
    return 0;
}

typedef struct departure {
    rtcio_signaling *s;
    rtcio_socket *socket;
    const rtcio_event *ev;
    bool may_come_back;
} departure;

static bool depart(const char *room, void *user)
{
    const departure *ctx = user;
    rtcio_socket *socket = ctx->socket;
    /* `user-disconnected` belongs to presence, so to rooms that were joined by `join-room`;
     * `#rtcio:peer-left` to the relay: the original sends it to every room of the socket. */
    rtcio__signaling_lock(ctx->s);
    bool seated = rtcio__signaling_seat_find_locked(ctx->s, socket, room) != NULL;
    if (seated)
        tell_user_gone(socket, room);
    if (seated || strcmp(room, rtcio_socket_id(socket)) != 0)
        tell_peer_left(socket, room);
    /* Looked for again: who was told may have taken it away. */
    rtcio__signaling_seat *seat =
        ctx->may_come_back ? rtcio__signaling_seat_find_locked(ctx->s, socket, room) : NULL;
    if (seat != NULL)
        seat->away = true;
    else
        rtcio__signaling_seat_leave(rtcio__signaling_peer_of(ctx->s, socket), room);
    rtcio__signaling_unlock(ctx->s);
    if (!seated)
        return true;
    rtcio__signaling_count(&ctx->s->stats.leaves);
    rtcio__signaling_note(ctx->s, RTCIO_SIGNALING_LEFT, socket, room, "disconnecting",
                          rtcio_event_reason(ctx->ev));
    return true;
}

void rtcio__signaling_on_disconnecting(rtcio_socket *socket, const rtcio_event *ev, void *user)
{
    departure ctx = {user, socket, ev, false};
    rtcio__signaling_access_cancel(socket, NULL);
    /* Who was disconnected on purpose, by either side, does not come back; others keep their seats
     * until their data is freed. */
    ctx.may_come_back =
        ctx.s->recovers && strstr(rtcio_event_reason(ev), "namespace disconnect") == NULL;
    rtcio_socket_each_room(socket, depart, &ctx);
}

/* With other workers about, a seat must not outlive the membership that a program took away: they
 * cannot look. */
void rtcio__signaling_on_room_event(const rtcio_room_event *event, void *user)
{
    rtcio_signaling *s = user;
    if (event->change != RTCIO_ROOM_LEFT)
        return;
    rtcio__signaling_lock(s);
    rtcio__signaling_peer *peer = rtcio__signaling_peer_of(s, event->socket);
    /* Who may come back keeps its seat. */
    if (!rtcio__signaling_is_away(peer, event->room))
        rtcio__signaling_seat_leave(peer, event->room);
    rtcio__signaling_unlock(s);
}
