/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */

/* What every handler of this room does: check the shape of an event, send JSON pieces, tell and
 * count what was ignored. */

#include "signaling/object.h"
#include "signaling/restamp.h"
#include "signaling/signaling.h"

#include <string.h>

rtcio_slice rtcio__signaling_text(const char *text)
{
    return (rtcio_slice){text, strlen(text)};
}

int rtcio__signaling_send_pieces(rtcio_operator to, const char *event, const rtcio_slice *pieces,
                                 size_t n)
{
    rtcio_message message = {.event = event, .args = pieces, .n_args = n};
    return rtcio_emit_message(to, &message);
}

rtcio_operator rtcio__signaling_others(rtcio_socket *socket, const char *room)
{
    return rtcio_rooms_only(rtcio_to(socket, room));
}

void rtcio__signaling_note(rtcio_signaling *s, rtcio_signaling_kind kind, rtcio_socket *socket,
                           const char *room, const char *event, const char *reason)
{
    if (s->opt.on_note == NULL)
        return;
    size_t members = 0;
    if (*room != '\0') {
        rtcio__signaling_lock(s);
        members = rtcio__signaling_room_size(s, room);
        rtcio__signaling_unlock(s);
    }
    /* Who disconnects is still in its rooms while it is told of. */
    if (kind == RTCIO_SIGNALING_LEFT && members > 0 && rtcio_socket_in_room(socket, room))
        members--;
    rtcio_signaling_note note = {
        .kind = kind,
        .socket = socket,
        .room = room,
        .event = event,
        .reason = reason,
        .members = members,
    };
    s->opt.on_note(&note, s->opt.user);
}

void rtcio__signaling_drop(rtcio_signaling *s, rtcio_socket *socket, const char *room,
                           const char *event, uint64_t *counter, const char *reason)
{
    rtcio__signaling_count(counter);
    rtcio__signaling_note(s, RTCIO_SIGNALING_DROPPED, socket, room, event, reason);
}

rtcio_slice rtcio__signaling_argument(const rtcio_signaling *s, const rtcio_event *ev,
                                      const char **why)
{
    const rtcio_slice none = {NULL, 0};
    *why = NULL;
    /* rtc.io spec 1.1: JSON only, never binary. */
    if (rtcio_event_attachments(ev) > 0) {
        *why = "attachments";
        return none;
    }
    rtcio_slice arg = rtcio_event_arg(ev, 0);
    if (arg.len > s->opt.max_message_bytes)
        *why = "too-large";
    else if (rtcio_event_depth(ev) > s->opt.max_depth)
        *why = "too-deep";
    return *why == NULL ? arg : none;
}

bool rtcio__signaling_room_name(rtcio_slice json, char *name)
{
    int len = rtcio__signaling_string_decode(json, name, RTCIO__TEXT_MAX + 1);
    if (len <= 0 || memchr(name, '\0', (size_t)len) != NULL) {
        name[0] = '\0';
        return false;
    }
    /* A lone surrogate, ED A0 .. BF in UTF-8's terms: not text that a room can be named by. */
    for (const char *p = name; (p = strchr(p, '\xED')) != NULL; p++) {
        if ((unsigned char)p[1] >= 0xA0) {
            name[0] = '\0';
            return false;
        }
    }
    return true;
}

bool rtcio__signaling_room_event_read(rtcio_signaling *s, rtcio_socket *socket,
                                      const rtcio_event *ev, rtcio__signaling_room_event *out)
{
    const char *why;
    out->room[0] = '\0';
    out->payload = rtcio__signaling_argument(s, ev, &why);
    if (why == NULL) {
        /* A member of something that is no object is {NULL, 0}, and no room's name. */
        if (!rtcio__signaling_room_name(rtcio_event_member(ev, "roomId"), out->room))
            why = "no-room";
        else if (rtcio__signaling_seat_find(s, socket, out->room) == NULL)
            why = "not-a-member";
    }
    if (why != NULL)
        rtcio__signaling_drop(s, socket, out->room, rtcio_event_name(ev), &s->stats.dropped_event,
                              why);
    out->why = why;
    return why == NULL;
}

void rtcio__signaling_room_event_pass(rtcio_signaling *s, rtcio_socket *socket,
                                      const rtcio_event *ev, const rtcio__signaling_room_event *in,
                                      const char *key, rtcio_slice member)
{
    rtcio__signaling_stamp stamp;
    if (rtcio__signaling_restamp(&stamp, in->payload, key, member) != 0)
        rtcio__signaling_drop(s, socket, in->room, rtcio_event_name(ev), &s->stats.dropped_event,
                              "malformed");
    else
        rtcio__signaling_send_pieces(rtcio__signaling_others(socket, in->room),
                                     rtcio_event_name(ev), stamp.pieces, stamp.n_pieces);
}
