/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */

/* `chat-message`, from a member to the others of a room (rtc.io spec 4.3, 4.8). */

#include "signaling/object.h"
#include "signaling/signaling.h"

#include <stdio.h>
#include <time.h>

/* "Text limit 1000 UTF-16 units if `text` is present" (4.8). */
#define TEXT_UNITS_MAX 1000

static long long unix_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (long long)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

void rtcio__signaling_on_chat_message(rtcio_socket *socket, const rtcio_event *ev, void *user)
{
    rtcio_signaling *s = user;
    rtcio__signaling_room_event in;
    if (!rtcio__signaling_room_event_read(s, socket, ev, &in))
        return;
    rtcio_slice text = rtcio_event_member(ev, "text");
    if (text.data != NULL && (!rtcio__signaling_is_string(text) ||
                              rtcio__signaling_string_units(text) > TEXT_UNITS_MAX)) {
        rtcio__signaling_drop(s, socket, in.room, RTCIO_CHAT_MESSAGE, &s->stats.dropped_event,
                              "bad-text");
        return;
    }
    /* S7: `from` is stamped; a time that the sender gave is kept. */
    char member[96];
    int n = snprintf(member, sizeof member, "\"from\":\"%s\"", rtcio_socket_id(socket));
    if (rtcio_event_member(ev, "at").data == NULL)
        n += snprintf(member + n, sizeof member - (size_t)n, ",\"at\":%lld", unix_ms());
    rtcio__signaling_room_event_pass(s, socket, ev, &in, "from", (rtcio_slice){member, (size_t)n});
}
