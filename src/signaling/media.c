/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */

/* `media-state`, cached for those who come later, and `stopScreenShare` (rtc.io spec 4.3, 4.8). */

#include "signaling/signaling.h"

#include <stdio.h>
#include <string.h>

static bool read_bool(rtcio_slice json, bool *value)
{
    *value = json.len == 4 && memcmp(json.data, "true", 4) == 0;
    return *value || (json.len == 5 && memcmp(json.data, "false", 5) == 0);
}

/* S7: `id` is stamped. */
static void pass_with_id(rtcio_signaling *s, rtcio_socket *socket, const rtcio_event *ev,
                         const rtcio__signaling_room_event *in)
{
    char member[RTCIO_MAX_SOCKET_ID_LEN + 16];
    int n = snprintf(member, sizeof member, "\"id\":\"%s\"", rtcio_socket_id(socket));
    rtcio__signaling_room_event_pass(s, socket, ev, in, "id", (rtcio_slice){member, (size_t)n});
}

void rtcio__signaling_on_media_state(rtcio_socket *socket, const rtcio_event *ev, void *user)
{
    rtcio_signaling *s = user;
    rtcio__signaling_room_event in;
    bool mic, cam;
    if (!rtcio__signaling_room_event_read(s, socket, ev, &in))
        return;
    if (!read_bool(rtcio_event_member(ev, "mic"), &mic) ||
        !read_bool(rtcio_event_member(ev, "cam"), &cam)) {
        rtcio__signaling_drop(s, socket, in.room, RTCIO_MEDIA_STATE, &s->stats.dropped_event,
                              "not-booleans");
        return;
    }
    rtcio__signaling_seat *seat = rtcio__signaling_seat_find(s, socket, in.room);
    /* Kept and told as one: who joins meanwhile learns of it in one way only. */
    rtcio__signaling_lock(s);
    seat->media_known = true;
    seat->mic = mic;
    seat->cam = cam;
    pass_with_id(s, socket, ev, &in);
    rtcio__signaling_unlock(s);
    rtcio__signaling_count(&s->stats.media_states);
}

void rtcio__signaling_on_stop_screen_share(rtcio_socket *socket, const rtcio_event *ev, void *user)
{
    rtcio_signaling *s = user;
    rtcio__signaling_room_event in;
    if (!rtcio__signaling_room_event_read(s, socket, ev, &in))
        return;
    pass_with_id(s, socket, ev, &in);
    rtcio__signaling_count(&s->stats.screen_stops);
}
