/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */

/* `report`, a client's complaint of another (rtc.io spec 4.3): who both are is added to what it
 * says, for ids of sockets mean nothing to whoever reads it later. The target's worker is asked who
 * the target is, and the report is stored from the reporter's. */

#include "signaling/history.h"
#include "signaling/object.h"

#include <stdlib.h>
#include <string.h>

#define TARGET_MAX   255
#define REASON_UNITS 1000
#define REASON_MAX   (REASON_UNITS * 3) /* of UTF-8, for a UTF-16 unit has three bytes at most */

typedef struct complaint {
    rtcio_signaling *s, *owner; /* the reporter's; the target's worker's */
    rtcio_history_request *request;
    char *from, *from_user, *target_user; /* the latter two may be NULL */
    char target[TARGET_MAX + 1], room[RTCIO__TEXT_MAX + 1];
    char reason[REASON_MAX + 1];
} complaint;

static void complaint_free(complaint *c)
{
    free(c->from);
    free(c->from_user);
    free(c->target_user);
    free(c);
}

static void drop(void *data)
{
    complaint *c = data;
    rtcio_history_discard(c->request);
    complaint_free(c);
}

static char *user_of(const rtcio_signaling *s, const rtcio_socket *socket)
{
    const char *user =
        s->history.user_of != NULL && socket != NULL ? s->history.user_of(socket) : NULL;
    return user != NULL ? strdup(user) : NULL;
}

static const char *given(const char *text)
{
    return text[0] != '\0' ? text : NULL;
}

static void store(rtcio_server *server, void *data)
{
    complaint *c = data;
    (void)server;
    if (!rtcio__signaling_history_stands(c->request)) {
        drop(c);
        return;
    }
    const rtcio_history *history = &c->s->history;
    const rtcio_report report = {c->from,        c->from_user, c->target,
                                 c->target_user, c->reason,    given(c->room)};
    history->report(c->request, &report, history->user);
    complaint_free(c);
}

/* On the target's worker. */
static void look_up(rtcio_server *server, void *data)
{
    complaint *c = data;
    (void)server;
    c->target_user = user_of(c->owner, rtcio_namespace_socket(c->owner->nsp, c->target));
    if (rtcio_server_post_take(rtcio_history_server(c->request), store, drop, c) != 0)
        drop(c);
}

static bool find_shared(const char *room_name, void *user)
{
    complaint *c = user;
    const rtcio__signaling_room *room = rtcio__signaling_room_find(c->s, room_name);
    for (const rtcio__signaling_seat *seat = room != NULL ? room->first : NULL; seat != NULL;
         seat = seat->next)
        if (strcmp(seat->peer->id, c->target) == 0) {
            memcpy(c->room, room->name, strlen(room->name) + 1);
            return false;
        }
    return true;
}

/* What cannot be written as UTF-8 or in a C string is replaced: lone surrogates, which the decoder
 * gives as ED A0 .. BF and one more byte, and NUL. */
static void mend(char *text, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        if (text[i] == '\0')
            text[i] = ' ';
        else if ((unsigned char)text[i] == 0xED && i + 2 < len &&
                 (unsigned char)text[i + 1] >= 0xA0)
            memcpy(text + i, "\xEF\xBF\xBD", 3);
    }
}

/* Why it is not one, or NULL. */
static const char *read_complaint(complaint *c, const rtcio_event *ev)
{
    rtcio_slice reason = rtcio_event_member(ev, "reason");
    int len = rtcio__signaling_string_decode(rtcio_event_member(ev, "peerId"), c->target,
                                             sizeof c->target);
    if (len <= 0 || memchr(c->target, '\0', (size_t)len) != NULL)
        return "bad-peer";
    mend(c->target, (size_t)len);
    if (reason.data == NULL)
        return NULL;
    if (!rtcio__signaling_is_string(reason) || rtcio__signaling_string_units(reason) > REASON_UNITS)
        return "bad-reason";
    len = rtcio__signaling_string_decode(reason, c->reason, sizeof c->reason);
    if (len < 0)
        return "bad-reason";
    mend(c->reason, (size_t)len);
    return NULL;
}

/* A bucket for each address, as for passwords: what it bounds is people's time. */
static bool may_report_now(rtcio_signaling *s, const rtcio_socket *socket)
{
    const char *address = rtcio_handshake_address(socket);
    int64_t now_ms = rtcio__signaling_now_ms();
    pthread_mutex_lock(&s->table->lock);
    bool may = !rtcio__signaling_failures_spent(s->table->reporters, address, now_ms);
    if (may)
        rtcio__signaling_failures_add(s->table->reporters, address, now_ms);
    pthread_mutex_unlock(&s->table->lock);
    return may;
}

static void refuse(rtcio_signaling *s, rtcio_socket *socket, const rtcio_event *ev, const char *why)
{
    rtcio__signaling_drop(s, socket, "", RTCIO_REPORT, &s->stats.dropped_reports, why);
    rtcio_reply(ev, "{s:b, s:s}", "ok", 0, "code", why);
}

static void begin(rtcio_signaling *s, rtcio_socket *socket, complaint *c)
{
    const rtcio_slice target = rtcio__signaling_text(c->target);
    c->from_user = user_of(s, socket);
    rtcio__signaling_lock(s);
    rtcio_socket_each_room(socket, find_shared, c);
    rtcio__signaling_unlock(s);
    rtcio_server *owner = rtcio_server_owner(s->server, target);
    c->owner = owner != NULL ? rtcio__signaling_of_worker(s, rtcio_server_worker(owner)) : NULL;
    if (c->owner != NULL && s->history.user_of != NULL) {
        if (rtcio_server_post_take(owner, look_up, drop, c) == 0)
            return;
    } else {
        c->target_user = user_of(s, rtcio_namespace_socket(s->nsp, c->target));
    }
    store(s->server, c);
}

void rtcio__signaling_on_report(rtcio_socket *socket, const rtcio_event *ev, void *user)
{
    rtcio_signaling *s = user;
    const char *why;
    rtcio__signaling_argument(s, ev, &why);
    complaint *c = why == NULL ? calloc(1, sizeof *c) : NULL;
    if (why == NULL)
        why = c != NULL ? read_complaint(c, ev) : "no-memory";
    if (why == NULL && !may_report_now(s, socket))
        why = "rate-limited";
    if (why == NULL) {
        c->s = s;
        c->from = strdup(rtcio_socket_id(socket));
        c->request = c->from == NULL
                         ? NULL
                         : rtcio__signaling_history_request(s, socket, RTCIO__HISTORY_REPORT, ev,
                                                            (rtcio_slice){"", 0});
        if (c->request == NULL)
            why = "no-memory";
    }
    if (why == NULL) {
        begin(s, socket, c);
    } else {
        refuse(s, socket, ev, why);
        if (c != NULL)
            complaint_free(c);
    }
}
