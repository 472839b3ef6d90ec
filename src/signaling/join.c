/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */

/* Coming in: `join-room` and `check-room` (rtc.io spec 4.4 and 4.8), their limits and refusals.
 * Knows nothing of what members do once they are in. */

#include "signaling/join.h"
#include "signaling/object.h"

#include <openssl/crypto.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

typedef rtcio__signaling_request request;

bool rtcio__signaling_refuse_for(request *r, const char *reason, const char *message)
{
    r->reason = reason;
    r->message = message;
    return false;
}

/* A limit, which the message names. */
__attribute__((format(printf, 4, 5))) static bool refuse_over(request *r, const char *reason,
                                                              uint64_t *counter, const char *format,
                                                              ...)
{
    va_list args;
    va_start(args, format);
    vsnprintf(r->text, sizeof r->text, format, args);
    va_end(args);
    r->counter = counter;
    return rtcio__signaling_refuse_for(r, reason, r->text);
}

/* "… and `error {code, message, roomId}` for forbidden / room-full / join-failed, so both client
 * generations react" (4.8); the same for the reasons that came later. */
static bool is_known_to_first_clients(const char *reason)
{
    return strcmp(reason, "invalid-room") == 0 || strcmp(reason, "wrong-password") == 0 ||
           strcmp(reason, "password-required") == 0;
}

void rtcio__signaling_refuse(rtcio_signaling *s, rtcio_socket *socket, const request *r)
{
    rtcio_slice reason = rtcio__signaling_text(r->reason),
                message = rtcio__signaling_text(r->message);
    rtcio_slice key = r->room_json.len > 0 ? RTCIO__LITERAL(",\"roomId\":") : RTCIO__LITERAL("");
    rtcio__signaling_count(&s->stats.refused_joins);
    rtcio__signaling_count(r->counter != NULL ? r->counter : &s->stats.refused_other);
    rtcio__signaling_send(rtcio_op(socket), RTCIO_JOIN_ERROR, RTCIO__LITERAL("{\"reason\":\""),
                          reason, RTCIO__LITERAL("\",\"code\":\""), reason,
                          RTCIO__LITERAL("\",\"message\":\""), message, RTCIO__LITERAL("\""), key,
                          r->room_json, RTCIO__LITERAL("}"));
    if (!is_known_to_first_clients(r->reason))
        rtcio__signaling_send(rtcio_op(socket), "error", RTCIO__LITERAL("{\"code\":\""), reason,
                              RTCIO__LITERAL("\",\"message\":\""), message, RTCIO__LITERAL("\""),
                              key, r->room_json, RTCIO__LITERAL("}"));
    rtcio__signaling_note(s, RTCIO_SIGNALING_REFUSED, socket, r->room, r->event, r->reason);
}

/* "`roomId` missing / not a string / empty → `invalid-room`. `password` = trimmed string,
 * otherwise `""`" (4.4, step 1). */
static bool read_request(request *r, const rtcio_event *ev)
{
    rtcio_slice room = rtcio_event_member(ev, "roomId");
    if (rtcio__signaling_is_string(room) && room.len <= RTCIO__ECHO_MAX)
        r->room_json = room;
    if (!rtcio__signaling_room_name(room, r->room))
        return rtcio__signaling_refuse_for(r, "invalid-room",
                                           "roomId must be a string of 1 to 128 bytes");

    rtcio_slice name = rtcio_event_member(ev, "name");
    if (rtcio__signaling_is_string(name)) {
        char buf[RTCIO__TEXT_MAX + 1];
        if (rtcio__signaling_string_decode(name, buf, sizeof buf) < 0)
            return rtcio__signaling_refuse_for(r, "join-failed", "name is longer than 128 bytes");
        r->name_json = name;
    }
    int len = rtcio__signaling_string_decode(rtcio_event_member(ev, "password"), r->secret,
                                             sizeof r->secret);
    if (len == RTCIO_E_LIMIT)
        return rtcio__signaling_refuse_for(r, "join-failed", "password is longer than 128 bytes");
    if (len > 0)
        r->password = rtcio__signaling_trim((rtcio_slice){r->secret, (size_t)len});
    return true;
}

/* "Refusal = `error {code: "forbidden", roomId}`" (4.5). */
static bool is_allowed(rtcio_signaling *s, request *r, rtcio_socket *socket)
{
    if (s->opt.may_join == NULL || s->opt.may_join(socket, r->room, s->opt.may_join_user))
        return true;
    r->counter = &s->stats.refused_forbidden;
    return rtcio__signaling_refuse_for(r, "forbidden", "you may not join this room");
}

static bool may_ask_now(rtcio_signaling *s, request *r, rtcio__signaling_peer *peer)
{
    double per_s = s->opt.max_joins_per_s;
    if (rtcio__signaling_bucket_take(&peer->joins, per_s / 1000, per_s * 4,
                                     rtcio__signaling_now_ms()))
        return true;
    return refuse_over(r, "rate-limited", &s->stats.refused_rate,
                       "more than %u requests per second, try again in a few seconds",
                       s->opt.max_joins_per_s);
}

/* "Room occupied and has a stored password and supplied ≠ stored → `wrong-password` if something
 * was supplied, else `password-required`" (4.4, step 2). */
static bool may_enter(rtcio_signaling *s, request *r, const rtcio_socket *socket,
                      const rtcio__signaling_room *room, size_t n_members)
{
    if (room == NULL || n_members == 0 || room->password == NULL)
        return true;
    if (r->password.len == 0) {
        r->counter = &s->stats.refused_password;
        return rtcio__signaling_refuse_for(r, "password-required", "this room needs a password");
    }
    /* S8: who has guessed too often learns no more, not even from the right password. */
    const char *address = rtcio_handshake_address(socket);
    int64_t now_ms = rtcio__signaling_now_ms();
    if (rtcio__signaling_failures_spent(s->table->guesses, address, now_ms))
        return refuse_over(r, "rate-limited", &s->stats.refused_rate,
                           "more than %u wrong passwords per minute, try again in a minute",
                           s->opt.max_password_failures);
    if (rtcio__signaling_password_is(room->password, &s->table->key, r->room, r->password))
        return true;
    rtcio__signaling_failures_add(s->table->guesses, address, now_ms);
    r->counter = &s->stats.refused_password;
    return rtcio__signaling_refuse_for(r, "wrong-password", "wrong password");
}

/* "To the joiner, per existing member in join order: `user-connected {name, id}`, followed by
 * `media-state` if cached" (4.4, step 5). */
static void tell_of_member(rtcio_socket *joiner, const request *r,
                           const rtcio__signaling_seat *seat)
{
    rtcio_slice id = rtcio__signaling_text(seat->peer->id);
    rtcio__signaling_send(rtcio_op(joiner), RTCIO_USER_CONNECTED, RTCIO__LITERAL("{\"id\":\""), id,
                          RTCIO__LITERAL("\",\"name\":"), rtcio__signaling_peer_name(seat->peer),
                          RTCIO__LITERAL("}"));
    if (seat->media_known)
        rtcio__signaling_send(
            rtcio_op(joiner), RTCIO_MEDIA_STATE, RTCIO__LITERAL("{\"id\":\""), id,
            RTCIO__LITERAL("\",\"roomId\":"), r->room_json, RTCIO__LITERAL(",\"mic\":"),
            seat->mic ? RTCIO__LITERAL("true") : RTCIO__LITERAL("false"),
            RTCIO__LITERAL(",\"cam\":"),
            seat->cam ? RTCIO__LITERAL("true") : RTCIO__LITERAL("false"), RTCIO__LITERAL("}"));
}

/* Steps 5 and 6: the roster, then `join-ok`. */
static void welcome(rtcio_signaling *s, rtcio_socket *socket, const request *r)
{
    const rtcio__signaling_room *room = rtcio__signaling_room_find(s, r->room);
    const rtcio__signaling_seat *next;
    for (const rtcio__signaling_seat *seat = room != NULL ? room->first : NULL; seat != NULL;
         seat = next) {
        next = seat->next;
        /* A slow joiner may be cut off by what we tell it. */
        if (!rtcio_socket_connected(socket))
            break;
        if (strcmp(seat->peer->id, rtcio_socket_id(socket)) != 0 &&
            rtcio__signaling_seat_stands(s, seat))
            tell_of_member(socket, r, seat);
    }
    rtcio__signaling_send(rtcio_op(socket), RTCIO_JOIN_OK, RTCIO__LITERAL("{\"roomId\":"),
                          r->room_json, RTCIO__LITERAL("}"));
}

/* "To room others `user-connected {name, id}`, then `#rtcio:init-offer {source}`" (step 7): the
 * tile exists before its media. */
static void announce(rtcio_socket *socket, const request *r)
{
    rtcio_slice id = rtcio__signaling_text(rtcio_socket_id(socket));
    rtcio_slice name = r->name_json.len > 0 ? r->name_json : RTCIO__LITERAL("\"\"");
    rtcio__signaling_send(rtcio__signaling_others(socket, r->room), RTCIO_USER_CONNECTED,
                          RTCIO__LITERAL("{\"id\":\""), id, RTCIO__LITERAL("\",\"name\":"), name,
                          RTCIO__LITERAL("}"));
    rtcio__signaling_send(rtcio__signaling_others(socket, r->room), RTCIO_INIT_OFFER,
                          RTCIO__LITERAL("{\"source\":\""), id, RTCIO__LITERAL("\"}"));
}

/* "Room empty: supplied non-empty → becomes the room password; otherwise any stale one is
 * deleted (open room). An occupied open room ignores passwords" (step 3). */
static int seed_password(rtcio_signaling *s, const request *r, rtcio__signaling_room *room,
                         size_t n_members)
{
    return n_members > 0 ? 0 : rtcio__signaling_room_set_password(s, room, r->password);
}

/* Takes the seat and joins the Socket.IO room, or undoes both. */
static bool enter(rtcio_signaling *s, request *r, rtcio_socket *socket, rtcio__signaling_peer *peer,
                  size_t n_members)
{
    if (peer->n_seats >= s->opt.max_rooms_per_socket)
        return refuse_over(r, "join-failed", &s->stats.refused_rooms,
                           "in %u rooms, the most there are; leave one first",
                           s->opt.max_rooms_per_socket);
    rtcio__signaling_seat *seat = rtcio__signaling_seat_take(peer, r->room);
    if (seat != NULL) {
        seat->media_known = false;
        if (seed_password(s, r, seat->room, n_members) == 0 &&
            rtcio__signaling_peer_set_name(peer, r->name_json) == 0 &&
            rtcio_socket_join(socket, r->room) == 0)
            return true;
        rtcio__signaling_seat_leave(peer, r->room);
    }
    return rtcio__signaling_refuse_for(r, "join-failed", "the server cannot take you in right now");
}

/* What a join or a check is decided on, with the table's lock held: roster read, seat taken,
 * announcements on their way to every worker before the next may look. */
typedef bool decision(rtcio_signaling *s, request *r, rtcio_socket *socket,
                      rtcio__signaling_peer *peer);

static bool join(rtcio_signaling *s, request *r, rtcio_socket *socket, rtcio__signaling_peer *peer)
{
    /* S4: the room of one's own id is nobody's meeting place; Socket.IO has everybody in it. */
    if (strcmp(r->room, rtcio_socket_id(socket)) == 0)
        return rtcio__signaling_refuse_for(r, "invalid-room", "roomId is your own id");
    /* "A member re-joining gets roster + `join-ok` again but no re-announcement and no
     * init-offer" (4.8): both would tear down everybody's connection to it. */
    if (rtcio__signaling_seat_find_locked(s, socket, r->room) != NULL) {
        if (rtcio__signaling_peer_set_name(peer, r->name_json) != 0)
            return rtcio__signaling_refuse_for(r, "join-failed",
                                               "the server cannot take you in right now");
        welcome(s, socket, r);
        return true;
    }
    size_t n_members = rtcio__signaling_room_size(s, r->room);
    if (!may_enter(s, r, socket, rtcio__signaling_room_find(s, r->room), n_members))
        return false;
    if (s->opt.max_peers_per_room != 0 && n_members >= s->opt.max_peers_per_room)
        return refuse_over(r, "room-full", &s->stats.refused_full,
                           "the room is full, it has its %u members", s->opt.max_peers_per_room);
    if (!enter(s, r, socket, peer, n_members))
        return false;
    r->joined = true;
    welcome(s, socket, r);
    if (rtcio_socket_connected(socket))
        announce(socket, r);
    return true;
}

static bool check(rtcio_signaling *s, request *r, rtcio_socket *socket, rtcio__signaling_peer *peer)
{
    (void)peer;
    const rtcio__signaling_room *room = rtcio__signaling_room_find(s, r->room);
    size_t n_members = rtcio__signaling_room_size(s, r->room);
    if (!may_enter(s, r, socket, room, n_members))
        return false;
    /* "`passwordRequired` = room occupied and has a password, true even when the supplied one
     * was right" (4.3). */
    bool required = room != NULL && n_members > 0 && room->password != NULL;
    rtcio__signaling_send(rtcio_op(socket), RTCIO_ROOM_CHECK_OK, RTCIO__LITERAL("{\"roomId\":"),
                          r->room_json, RTCIO__LITERAL(",\"passwordRequired\":"),
                          required ? RTCIO__LITERAL("true}") : RTCIO__LITERAL("false}"));
    return true;
}

static bool is_join(const request *r)
{
    return strcmp(r->event, RTCIO_JOIN_ROOM) == 0;
}

void rtcio__signaling_go_on(rtcio_signaling *s, rtcio_socket *socket, request *r)
{
    rtcio__signaling_peer *peer = rtcio__signaling_peer_of(s, socket);
    decision *take = is_join(r) ? join : check;
    rtcio__signaling_lock(s);
    bool granted = take(s, r, socket, peer);
    rtcio__signaling_unlock(s);
    if (!granted) {
        rtcio__signaling_refuse(s, socket, r);
    } else if (r->joined) {
        rtcio__signaling_count(&s->stats.joins);
        rtcio__signaling_note(s, RTCIO_SIGNALING_JOINED, socket, r->room, r->event, "");
        rtcio__signaling_history_send(s, socket, r->room);
    }
}

static bool is_readable(rtcio_signaling *s, request *r, rtcio_socket *socket, const rtcio_event *ev)
{
    rtcio__signaling_peer *peer = rtcio__signaling_peer_make(s, socket);
    if (peer == NULL)
        return rtcio__signaling_refuse_for(r, "join-failed",
                                           "the server cannot take you in right now");
    bool readable = read_request(r, ev);
    return may_ask_now(s, r, peer) && readable;
}

/* Does the program have a say in it? A member that joins again changes nothing, and the room of
 * one's own id is refused anyway. */
static bool is_to_be_asked(const rtcio_signaling *s, const request *r, const rtcio_socket *socket)
{
    return !is_join(r) || (strcmp(r->room, rtcio_socket_id(socket)) != 0 &&
                           rtcio__signaling_seat_find(s, socket, r->room) == NULL);
}

static bool decide(rtcio_signaling *s, request *r, rtcio_socket *socket, const rtcio_event *ev)
{
    if (!is_readable(s, r, socket, ev))
        return false;
    if (is_to_be_asked(s, r, socket)) {
        if (!is_allowed(s, r, socket))
            return false;
        if (s->opt.on_access != NULL)
            return rtcio__signaling_access_ask(s, socket, r);
    }
    rtcio__signaling_go_on(s, socket, r);
    return true;
}

static void answer(rtcio_socket *socket, const rtcio_event *ev, rtcio_signaling *s,
                   const char *event)
{
    const char *why;
    request r = {.event = event};
    rtcio__signaling_argument(s, ev, &why);
    if (why != NULL) {
        rtcio__signaling_drop(s, socket, "", r.event, &s->stats.dropped_event, why);
        return;
    }
    if (!decide(s, &r, socket, ev))
        rtcio__signaling_refuse(s, socket, &r);
    OPENSSL_cleanse(r.secret, sizeof r.secret);
}

void rtcio__signaling_on_join_room(rtcio_socket *socket, const rtcio_event *ev, void *user)
{
    answer(socket, ev, user, RTCIO_JOIN_ROOM);
}

void rtcio__signaling_on_check_room(rtcio_socket *socket, const rtcio_event *ev, void *user)
{
    rtcio_signaling *s = user;
    rtcio__signaling_count(&s->stats.checks);
    answer(socket, ev, s, RTCIO_CHECK_ROOM);
}
