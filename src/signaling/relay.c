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
static const char *read_envelope(envelope *e, const rtcio_event *ev, rtcio_slice payload)
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
    if (e->data.len == 0 || e->data.data[0] != '{')
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

static void unknown_target(rtcio_signaling *s, rtcio_socket *socket)
{
    rtcio__signaling_drop(s, socket, "", RTCIO_MESSAGE, &s->stats.dropped_target, "unknown-target");
}

/* An acknowledgement, if the client asked for one, is never given, as in the original. Arguments
 * after the first are not passed on. */
void rtcio__signaling_on_message(rtcio_socket *socket, const rtcio_event *ev, void *user)
{
    rtcio_signaling *s = user;
    const char *why;
    rtcio_slice payload = rtcio__signaling_argument(s, ev, &why);
    if (why != NULL) {
        uint64_t *counter =
            rtcio_event_attachments(ev) > 0 ? &s->stats.dropped_invalid : &s->stats.dropped_size;
        rtcio__signaling_drop(s, socket, "", RTCIO_MESSAGE, counter, why);
        return;
    }
    envelope e;
    why = read_envelope(&e, ev, payload);
    if (why != NULL) {
        rtcio__signaling_drop(s, socket, "", RTCIO_MESSAGE, &s->stats.dropped_invalid, why);
        return;
    }
    rtcio_slice id;
    char decoded[RTCIO_MAX_SOCKET_ID_LEN + 1];
    if (!read_target(e.target, decoded, sizeof decoded, &id)) {
        unknown_target(s, socket);
        return;
    }
    rtcio_socket *target = rtcio_namespace_find(s->nsp, id);
    source_text text;
    if (target == NULL) {
        stamp_source(&e, payload, rtcio_socket_id(socket), text);
        rtcio__signaling_fate fate =
            rtcio__signaling_parcel_send(s, socket, id, e.stamp.pieces, e.stamp.n_pieces);
        if (fate == RTCIO__PARCEL_UNKNOWN)
            unknown_target(s, socket);
        else if (fate == RTCIO__PARCEL_REFUSED)
            rtcio__signaling_drop(s, socket, "", RTCIO_MESSAGE, &s->stats.dropped_target,
                                  "worker-overloaded");
        return;
    }
    /* The sender is nobody's target: the original excludes it from its broadcast. */
    if (target == socket) {
        unknown_target(s, socket);
        return;
    }
    /* S6: sender and target must share a room. */
    if (s->opt.relay_scope == RTCIO_RELAY_ROOM && !rtcio_sockets_share_room(socket, target)) {
        rtcio__signaling_drop(s, socket, "", RTCIO_MESSAGE, &s->stats.dropped_scope,
                              "no-shared-room");
        return;
    }
    stamp_source(&e, payload, rtcio_socket_id(socket), text);
    rtcio_message message = {
        .event = RTCIO_MESSAGE, .args = e.stamp.pieces, .n_args = e.stamp.n_pieces};
    if (rtcio_emit_message(target, &message) >= 0)
        rtcio__signaling_count(&s->stats.relayed);
}
