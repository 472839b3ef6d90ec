/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */

/* Events of the clients' own that are passed on as they are, to a room or to one socket: what the
 * operator names in `relay_events`. */

#include "signaling/signaling.h"

#include <rtcio/history.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NAME_MAX_LEN 64

typedef struct rtcio__signaling_custom {
    rtcio_signaling *signaling;
    unsigned kind; /* of rtcio__signaling_pace() */
    rtcio_relay_event event;
    char name[];
} custom;

void rtcio__signaling_customs_free(rtcio_signaling *s)
{
    for (unsigned i = 0; i < s->n_customs; i++)
        free(s->customs[i]);
    s->n_customs = 0;
}

static void to_room(rtcio_signaling *s, const custom *c, rtcio_socket *socket,
                    const rtcio_event *ev)
{
    rtcio__signaling_room_event in;
    char member[RTCIO_MAX_SOCKET_ID_LEN + 16];
    if (c->event.max_bytes != 0 && rtcio_event_arg(ev, 0).len > c->event.max_bytes) {
        rtcio__signaling_drop(s, socket, "", c->name, &s->stats.dropped_size, "too-large");
        return;
    }
    if (!rtcio__signaling_room_event_read(s, socket, ev, &in))
        return;
    int n = snprintf(member, sizeof member, "\"from\":\"%s\"", rtcio_socket_id(socket));
    rtcio__signaling_room_event_pass(s, socket, ev, &in, "from", (rtcio_slice){member, (size_t)n});
    rtcio__signaling_count(&s->stats.relayed_events);
}

static void on_event(rtcio_socket *socket, const rtcio_event *ev, void *user)
{
    const custom *c = user;
    rtcio_signaling *s = c->signaling;
    if (c->event.to == RTCIO_RELAY_TO_ROOM)
        to_room(s, c, socket, ev);
    else
        rtcio__signaling_relay_custom(s, socket, ev, &c->event);
    rtcio__signaling_pace(s, socket, c->kind, c->event.per_s, c->name);
}

/* Names that mean something already, to us or to the client's library (rtc.io spec 1.2, Socket.IO
 * spec 5.5). */
static bool is_taken(const char *name)
{
    static const char *const taken[] = {
        "connect",
        "connect_error",
        "disconnect",
        "disconnecting",
        "newListener",
        "removeListener",
        "error",
        "ask-ice",
        "token-expiring",
        "refresh-token",
        RTCIO_JOIN_ROOM,
        RTCIO_JOIN_OK,
        RTCIO_JOIN_ERROR,
        RTCIO_CHECK_ROOM,
        RTCIO_ROOM_CHECK_OK,
        RTCIO_LEAVE_ROOM,
        RTCIO_MEDIA_STATE,
        RTCIO_USER_CONNECTED,
        RTCIO_USER_DISCONNECTED,
        RTCIO_CHAT_MESSAGE,
        RTCIO_STOP_SCREEN_SHARE,
        RTCIO_ROOM_REMOVED,
        RTCIO_CHAT_HISTORY,
        RTCIO_REPORT,
        "server-draining",
        "ice-servers",
    };
    for (size_t i = 0; i < sizeof taken / sizeof *taken; i++) {
        if (strcmp(taken[i], name) == 0)
            return true;
    }
    return strncmp(name, "#rtcio:", 7) == 0;
}

bool rtcio_relay_event_is_valid(const rtcio_relay_event *event)
{
    size_t len = event->name != NULL ? strlen(event->name) : 0;
    return len > 0 && len <= NAME_MAX_LEN && !is_taken(event->name) && event->per_s <= 100000 &&
           (event->to == RTCIO_RELAY_TO_ROOM || event->to == RTCIO_RELAY_TO_TARGET);
}

static bool is_new(const rtcio_signaling *s, const rtcio_relay_event *event)
{
    for (unsigned i = 0; i < s->n_customs; i++) {
        if (strcmp(s->customs[i]->name, event->name) == 0)
            return false;
    }
    return true;
}

int rtcio_signaling_relay_event(rtcio_signaling *s, const rtcio_relay_event *event)
{
    if (s == NULL || event == NULL || !rtcio_relay_event_is_valid(event) || !is_new(s, event))
        return RTCIO_E_INVALID;
    /* A peer's buckets are as many as there were events when it was first paced. */
    if (rtcio_namespace_size(s->nsp) > 0)
        return RTCIO_E_INVALID;
    if (s->n_customs == RTCIO_RELAY_EVENTS_MAX)
        return RTCIO_E_LIMIT;
    size_t size = strlen(event->name) + 1;
    custom *c = malloc(sizeof *c + size);
    if (c == NULL)
        return RTCIO_E_NO_MEMORY;
    c->signaling = s;
    c->kind = s->n_customs + 1;
    c->event = *event;
    c->event.name = memcpy(c->name, event->name, size);
    int rc = rtcio_on(s->nsp, c->name, on_event, c);
    if (rc != 0) {
        free(c);
        return rc;
    }
    s->customs[s->n_customs++] = c;
    return 0;
}
