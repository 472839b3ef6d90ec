/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */

/* The relay of `#rtcio:message`: SDP, candidates, stream metadata, from one socket to one other.
 * The hot path of the whole server: one pass over the envelope, no allocation, and not a byte of
 * `data` touched. Knows nothing of what it carries. */

#include "signaling/object.h"
#include "signaling/restamp.h"
#include "signaling/signaling.h"

#include <stdio.h>
#include <string.h>

/* Room for `"source":"<id>"`. Nothing in an id needs to be escaped. */
typedef char source_text[RTCIO_MAX_SOCKET_ID_LEN + 16];

typedef struct envelope {
    rtcio_slice target, data;     /* of duplicates the last, as in JavaScript */
    rtcio_slice source;           /* the last one's value */
    rtcio__signaling_stamp stamp; /* every place where `source` stands */
} envelope;

/* @return NULL or the rule it breaks */
static const char *read_envelope(envelope *e, const rtcio_event *ev, rtcio_slice payload,
                                 bool need_data)
{
    rtcio__signaling_members walk;
    rtcio__signaling_member m;
    e->target = e->data = e->source = (rtcio_slice){NULL, 0};
    rtcio__signaling_stamp_begin(&e->stamp, payload);
    if (!rtcio__signaling_members_of(&walk, ev))
        return "not-an-object";
    while (rtcio__signaling_members_next(&walk, &m)) {
        if (rtcio__signaling_key_is(m.key, "data")) {
            e->data = m.value;
        } else if (rtcio__signaling_key_is(m.key, "target")) {
            e->target = m.value;
        } else if (rtcio__signaling_key_is(m.key, "source")) {
            e->source = m.value;
            if (!rtcio__signaling_stamp_found(&e->stamp, m.whole))
                return "malformed";
        }
    }
    /* S3: one target per message: arrays are refused. S2: it is a string. */
    if (!rtcio__signaling_is_string(e->target))
        return "no-target";
    /* rtc.io spec 1.3: `data` is an object. */
    if (need_data && (e->data.len == 0 || e->data.data[0] != '{'))
        return "no-data";
    return NULL;
}

/* S2: equal to a live socket id of the same namespace: the id's text, in place or decoded. */
static bool read_target(rtcio_slice json, char *buf, size_t size, rtcio_slice *id)
{
    *id = (rtcio_slice){json.data + 1, json.len - 2};
    if (memchr(id->data, '\\', id->len) == NULL)
        return true;
    int len = rtcio__signaling_string_decode(json, buf, size);
    *id = (rtcio_slice){buf, len > 0 ? (size_t)len : 0};
    return len > 0;
}

/* S5: `source` is stamped with the sender's id, whatever the client wrote. */
static void stamp_source(envelope *e, rtcio_slice payload, const char *id, source_text text)
{
    size_t len = strlen(id);
    if (e->stamp.n_found == 1 && e->source.len == len + 2 && e->source.data[0] == '"' &&
        memcmp(e->source.data + 1, id, len) == 0) {
        /* Every honest client's message: it said who it is, and goes on as it came. */
        e->stamp.pieces[0] = payload;
        e->stamp.n_pieces = 1;
        return;
    }
    int n = snprintf(text, sizeof(source_text), "\"source\":\"%s\"", id);
    rtcio__signaling_stamp_finish(&e->stamp, (rtcio_slice){text, (size_t)n});
}

/* How an event of this kind is passed on. */
typedef struct rules {
    const char *event;
    size_t max_bytes;
    bool any_room, need_data;
    uint64_t *counter;
} rules;

static void drop(rtcio_signaling *s, rtcio_socket *socket, const rules *r, uint64_t *counter,
                 const char *why)
{
    rtcio__signaling_drop(s, socket, "", r->event, counter, why);
}

static void unknown_target(rtcio_signaling *s, rtcio_socket *socket, const rules *r)
{
    drop(s, socket, r, &s->stats.dropped_target, "unknown-target");
}

/* On this worker there is no such socket. */
static void send_away(rtcio_signaling *s, rtcio_socket *socket, const rules *r, envelope *e,
                      rtcio_slice id)
{
    const rtcio__signaling_delivery delivery = {.event = r->event,
                                                .target = id,
                                                .pieces = e->stamp.pieces,
                                                .n_pieces = e->stamp.n_pieces,
                                                .any_room = r->any_room};
    rtcio__signaling_fate fate = rtcio__signaling_parcel_send(s, socket, &delivery);
    if (fate == RTCIO__PARCEL_UNKNOWN)
        unknown_target(s, socket, r);
    else if (fate == RTCIO__PARCEL_REFUSED)
        drop(s, socket, r, &s->stats.dropped_target, "worker-overloaded");
}

/* An acknowledgement, if the client asked for one, is never given, as in the original. Arguments
 * after the first are not passed on. */
__attribute__((always_inline)) static inline void pass(rtcio_signaling *s, rtcio_socket *socket,
                                                       const rtcio_event *ev, const rules *r)
{
    const char *why;
    rtcio_slice payload = rtcio__signaling_argument(s, ev, &why);
    if (why == NULL && payload.len > r->max_bytes)
        why = "too-large";
    if (why != NULL) {
        drop(s, socket, r,
             rtcio_event_attachments(ev) > 0 ? &s->stats.dropped_invalid : &s->stats.dropped_size,
             why);
        return;
    }
    envelope e;
    why = read_envelope(&e, ev, payload, r->need_data);
    if (why != NULL) {
        drop(s, socket, r, &s->stats.dropped_invalid, why);
        return;
    }
    rtcio_slice id;
    char decoded[RTCIO_MAX_SOCKET_ID_LEN + 1];
    if (!read_target(e.target, decoded, sizeof decoded, &id)) {
        unknown_target(s, socket, r);
        return;
    }
    rtcio_socket *target = rtcio_namespace_find(s->nsp, id);
    source_text text;
    if (target == NULL) {
        stamp_source(&e, payload, rtcio_socket_id(socket), text);
        send_away(s, socket, r, &e, id);
        return;
    }
    /* The sender is nobody's target: the original excludes it from its broadcast. */
    if (target == socket) {
        unknown_target(s, socket, r);
        return;
    }
    /* S6: sender and target must share a room. */
    if (!r->any_room && !rtcio_sockets_share_room(socket, target)) {
        drop(s, socket, r, &s->stats.dropped_scope, "no-shared-room");
        return;
    }
    stamp_source(&e, payload, rtcio_socket_id(socket), text);
    rtcio_message message = {.event = r->event, .args = e.stamp.pieces, .n_args = e.stamp.n_pieces};
    if (rtcio_emit_message(target, &message) >= 0)
        rtcio__signaling_count(r->counter);
}

void rtcio__signaling_on_message(rtcio_socket *socket, const rtcio_event *ev, void *user)
{
    rtcio_signaling *s = user;
    const rules r = {.event = RTCIO_MESSAGE,
                     .max_bytes = SIZE_MAX,
                     .any_room = s->opt.relay_scope == RTCIO_RELAY_ANY,
                     .need_data = true,
                     .counter = &s->stats.relayed};
    pass(s, socket, ev, &r);
}

void rtcio__signaling_relay_custom(rtcio_signaling *s, rtcio_socket *socket, const rtcio_event *ev,
                                   const rtcio_relay_event *event)
{
    const rules r = {.event = event->name,
                     .max_bytes = event->max_bytes != 0 ? event->max_bytes : SIZE_MAX,
                     .any_room = event->any_room || s->opt.relay_scope == RTCIO_RELAY_ANY,
                     .counter = &s->stats.relayed_events};
    pass(s, socket, ev, &r);
}
