/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */

/* `chat-message`, from a member to the others of a room and into the history (rtc.io spec 4.3,
 * 4.8). */

#include "signaling/history.h"
#include "signaling/object.h"
#include "signaling/restamp.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

/* "Text limit 1000 UTF-16 units if `text` is present" (4.8). */
#define TEXT_UNITS_MAX 1000

/* Room for the members that are stamped; a program's own ids of sockets are longer than ours. */
#define MEMBER_MAX (512 + RTCIO__MESSAGE_ID_SIZE)

static long long unix_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (long long)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void refuse(rtcio_signaling *s, rtcio_socket *socket, const rtcio_event *ev,
                   const char *room, const char *why)
{
    rtcio__signaling_drop(s, socket, room, RTCIO_CHAT_MESSAGE, &s->stats.dropped_event, why);
    if (rtcio_event_wants_ack(ev))
        rtcio_reply(ev, "{s:b, s:s}", "ok", 0, "code", why);
}

static void answer_unkept(const rtcio_signaling *s, const rtcio_event *ev)
{
    if (s->history.append == NULL)
        rtcio_reply(ev, "{s:b}", "ok", 1);
    else
        rtcio_reply(ev, "{s:b, s:s, s:s}", "ok", 0, "code", "not-kept", "message",
                    "a room with a password keeps nothing");
}

/* Whoever comes into an empty room makes its rules, and would be sent what was said under another's
 * password: a room that has one keeps nothing. Nobody changes it while the sender is in there. */
static bool is_kept(rtcio_signaling *s, const rtcio_socket *socket, const char *room)
{
    if (s->history.append == NULL)
        return false;
    const rtcio__signaling_seat *seat = rtcio__signaling_seat_find(s, socket, room);
    return seat != NULL && seat->room->password == NULL;
}

/* S7: `from` is stamped; a time that the sender gave is kept, and so is an id, which only the
 * history needs. Gives the message's id as JSON, in `buf` when it is ours. */
static rtcio_slice make_member(rtcio_signaling *s, bool kept, const rtcio_socket *socket,
                               const rtcio_event *ev, char *buf, size_t size, size_t *len)
{
    rtcio_slice id = rtcio_event_member(ev, "id");
    int n = snprintf(buf, size, "\"from\":\"%s\"", rtcio_socket_id(socket));
    if (rtcio_event_member(ev, "at").data == NULL)
        n += snprintf(buf + n, size - (size_t)n, ",\"at\":%lld", unix_ms());
    if (kept && id.data == NULL) {
        static const char key[] = ",\"id\":\"";
        char *at = buf + n;
        memcpy(at, key, sizeof key - 1);
        size_t id_len = rtcio__signaling_history_id(s, at + sizeof key - 1);
        at[sizeof key - 1 + id_len] = '"';
        id = (rtcio_slice){at + sizeof key - 2, id_len + 2}; /* with its quotes */
        n += (int)(sizeof key + id_len);
    }
    *len = (size_t)n;
    return id;
}

void rtcio__signaling_on_chat_message(rtcio_socket *socket, const rtcio_event *ev, void *user)
{
    rtcio_signaling *s = user;
    rtcio__signaling_room_event in;
    if (!rtcio__signaling_room_event_read(s, socket, ev, &in)) {
        if (rtcio_event_wants_ack(ev))
            rtcio_reply(ev, "{s:b, s:s}", "ok", 0, "code", in.why);
        return;
    }
    rtcio_slice text = rtcio_event_member(ev, "text");
    if (text.data != NULL && (!rtcio__signaling_is_string(text) ||
                              rtcio__signaling_string_units(text) > TEXT_UNITS_MAX)) {
        refuse(s, socket, ev, in.room, "bad-text");
        return;
    }
    char member[MEMBER_MAX];
    size_t len;
    bool kept = is_kept(s, socket, in.room);
    rtcio_slice id = make_member(s, kept, socket, ev, member, sizeof member, &len);
    rtcio__signaling_stamp stamp;
    if (rtcio__signaling_restamp(&stamp, in.payload, "from", (rtcio_slice){member, len}) != 0) {
        refuse(s, socket, ev, in.room, "malformed");
        return;
    }
    rtcio__signaling_count(&s->stats.chats);
    /* First into the history, then to the others: who joins in between finds it there. */
    if (kept)
        rtcio__signaling_history_append(s, socket, ev, in.room, id, stamp.pieces, stamp.n_pieces);
    rtcio__signaling_send_pieces(rtcio__signaling_others(socket, in.room), RTCIO_CHAT_MESSAGE,
                                 stamp.pieces, stamp.n_pieces);
    if (!kept && rtcio_event_wants_ack(ev))
        answer_unkept(s, ev);
    rtcio__signaling_pace(s, socket, 0, s->opt.max_chat_per_s, "chat messages");
}
