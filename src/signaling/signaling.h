/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */
#ifndef RTCIO_SIGNALING_SIGNALING_H
#define RTCIO_SIGNALING_SIGNALING_H

/* What the files of this room share: the attached object, who is where, sending, dropping.
 * The rooms themselves are plain Socket.IO rooms; kept here is what Socket.IO does not know of
 * them: passwords, names, media states. */

#include <rtcio/server.h>
#include <rtcio/signaling.h>

#include "signaling/limits.h"
#include "signaling/password.h"

/* rtc.io spec 4.8: roomId 1 .. 128 bytes, name and password up to 128. */
#define RTCIO__TEXT_MAX 128

/* A room as long as somebody has a seat in it. Unlike Socket.IO's room it may be empty for the
 * moment in which its last member is on the way out. */
typedef struct rtcio__signaling_room {
    char *name; /* first: the tree of rooms is a tree of pointers to it */
    size_t n_seats;
    rtcio__signaling_password password;
} rtcio__signaling_room;

/* A socket in a room that it joined by `join-room`. */
typedef struct rtcio__signaling_seat {
    rtcio__signaling_room *room;
    bool media_known, mic, cam; /* the last media-state */
} rtcio__signaling_seat;

/* What is kept of a socket, from its first join or check on. */
typedef struct rtcio__signaling_peer {
    rtcio_signaling *signaling;
    char *name;                   /* as JSON, as it came; NULL: the empty string */
    rtcio__signaling_seat *seats; /* `one`, or allocated */
    uint32_t n_seats, seats_cap;
    rtcio__signaling_bucket joins;
    rtcio__signaling_seat one; /* nearly everybody is in one room only */
} rtcio__signaling_peer;

struct rtcio_signaling {
    rtcio_signaling_options opt;
    rtcio_signaling_stats stats;
    rtcio_namespace *nsp;
    void *rooms; /* tsearch() tree of rtcio__signaling_room */
    rtcio__signaling_password_key key;
    rtcio__signaling_failures *guesses;
};

/* --- rooms.c: peers, seats, rooms ----------------------------------------------------------- */

/* NULL if the socket has none yet. */
rtcio__signaling_peer *rtcio__signaling_peer_of(const rtcio_signaling *s,
                                                const rtcio_socket *socket);
/* Makes one on first use; NULL when memory is short. It lives as long as the socket. */
rtcio__signaling_peer *rtcio__signaling_peer_make(rtcio_signaling *s, rtcio_socket *socket);
/* Keeps `json` as the name. 0 or RTCIO_E_NO_MEMORY. */
int rtcio__signaling_peer_set_name(rtcio__signaling_peer *peer, rtcio_slice json);
/* The name as JSON, `""` without one. */
rtcio_slice rtcio__signaling_peer_name(const rtcio__signaling_peer *peer);

/* NULL if nobody has a seat there. */
rtcio__signaling_room *rtcio__signaling_room_find(const rtcio_signaling *s, const char *name);
/* The socket's seat in a room that it is still a member of (a program may take sockets out of
 * rooms behind our back), or NULL. Valid until seats are taken or given up. */
rtcio__signaling_seat *rtcio__signaling_seat_find(const rtcio_signaling *s,
                                                  const rtcio_socket *socket, const char *room);
/* Takes a seat, opening the room if need be; a seat held already is taken over. NULL when memory
 * is short. */
rtcio__signaling_seat *rtcio__signaling_seat_take(rtcio__signaling_peer *peer, const char *room);
/* Gives it up, if held; the room closes behind the last. */
void rtcio__signaling_seat_leave(rtcio__signaling_peer *peer, const char *room);

/* --- common.c: what every handler does ------------------------------------------------------ */

#define RTCIO__LITERAL(text) ((rtcio_slice){"" text, sizeof(text) - 1})
rtcio_slice rtcio__signaling_text(const char *text);

/* Emits one argument made of JSON pieces. */
int rtcio__signaling_send_pieces(rtcio_operator to, const char *event, const rtcio_slice *pieces,
                                 size_t n);
#define rtcio__signaling_send(to, event, ...)                                       \
    rtcio__signaling_send_pieces((to), (event), (const rtcio_slice[]){__VA_ARGS__}, \
                                 sizeof((const rtcio_slice[]){__VA_ARGS__}) / sizeof(rtcio_slice))

/* The other members of a room. Rule S4: never the room that is a socket's own id. */
rtcio_operator rtcio__signaling_others(rtcio_socket *socket, const char *room);

void rtcio__signaling_note(rtcio_signaling *s, rtcio_signaling_kind kind, rtcio_socket *socket,
                           const char *room, const char *event, const char *reason);
/* Counts and tells that an event was ignored (rule S1). */
void rtcio__signaling_drop(rtcio_signaling *s, rtcio_socket *socket, const char *room,
                           const char *event, uint64_t *counter, const char *reason);

/* Rule S15 and the shape of every event we take: JSON only, not too large, not too deep.
 * @return the first argument; with `data` NULL and `why` set when it must be dropped */
rtcio_slice rtcio__signaling_argument(const rtcio_signaling *s, const rtcio_event *ev,
                                      const char **why);

/* Reads a room's name out of JSON into a buffer of RTCIO__TEXT_MAX + 1 bytes. */
bool rtcio__signaling_room_name(rtcio_slice json, char *name);

/* An event from a member to the others of a room. */
typedef struct rtcio__signaling_room_event {
    rtcio_slice payload; /* a JSON object */
    char room[RTCIO__TEXT_MAX + 1];
} rtcio__signaling_room_event;

/* Rule S7. False when the event breaks it, or another rule; it is dropped and counted then. */
bool rtcio__signaling_room_event_read(rtcio_signaling *s, rtcio_socket *socket,
                                      const rtcio_event *ev, rtcio__signaling_room_event *out);
/* Passes the event on with the stamp `member` in the place of `key`. */
void rtcio__signaling_room_event_pass(rtcio_signaling *s, rtcio_socket *socket,
                                      const rtcio_event *ev, const rtcio__signaling_room_event *in,
                                      const char *key, rtcio_slice member);

/* --- the handlers; `user` is the rtcio_signaling -----------------------------------------------
 */

void rtcio__signaling_on_message(rtcio_socket *socket, const rtcio_event *ev, void *user);
void rtcio__signaling_on_join_room(rtcio_socket *socket, const rtcio_event *ev, void *user);
void rtcio__signaling_on_check_room(rtcio_socket *socket, const rtcio_event *ev, void *user);
void rtcio__signaling_on_leave_room(rtcio_socket *socket, const rtcio_event *ev, void *user);
void rtcio__signaling_on_disconnecting(rtcio_socket *socket, const rtcio_event *ev, void *user);
void rtcio__signaling_on_media_state(rtcio_socket *socket, const rtcio_event *ev, void *user);
void rtcio__signaling_on_stop_screen_share(rtcio_socket *socket, const rtcio_event *ev, void *user);
void rtcio__signaling_on_chat_message(rtcio_socket *socket, const rtcio_event *ev, void *user);

#endif
