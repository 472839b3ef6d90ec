/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */
#ifndef RTCIO_SIGNALING_SIGNALING_H
#define RTCIO_SIGNALING_SIGNALING_H

/* What the files of this room share: the attached object, who is where, sending, dropping.
 * The rooms themselves are plain Socket.IO rooms; kept here is what Socket.IO does not know of
 * them: passwords, names, media states. Several workers share one table of it, so that joins have
 * one order (docs/decisions/0004-workers.md). */

#include <rtcio/server.h>
#include <rtcio/signaling.h>
#include <rtcio/workers.h>

#include <pthread.h>

#include "signaling/limits.h"
#include "signaling/password.h"

/* rtc.io spec 4.8: roomId 1 .. 128 bytes, name and password up to 128. */
#define RTCIO__TEXT_MAX 128

/* A room as long as somebody has a seat in it. */
typedef struct rtcio__signaling_room {
    struct rtcio__signaling_seat *first, *last; /* in the order joined */
    rtcio__signaling_password *password;        /* NULL: it is open, as most are */
    char name[]; /* and its NUL; the tree of rooms is a tree of pointers to it */
} rtcio__signaling_room;

/* A socket in a room that it joined by `join-room`. Its worker changes it, with the table's lock
 * held, and reads it without. */
typedef struct rtcio__signaling_seat {
    struct rtcio__signaling_seat *next, *prev;  /* in the room */
    struct rtcio__signaling_seat *next_of_peer; /* oldest first, but for `one` */
    rtcio__signaling_room *room;
    struct rtcio__signaling_peer *peer;
    bool media_known, mic, cam; /* the last media-state */
    bool away;                  /* its socket is gone, and may come back */
} rtcio__signaling_seat;

/* A name as JSON, as it came; most are short. Zeroed memory is the empty string. */
typedef union rtcio__signaling_name {
    struct {
        char text[15]; /* empty: the empty string, without its quotes */
        bool is_long;  /* it stands in `more` */
    };
    char *more;
} rtcio__signaling_name;

/* What is kept of a socket, from its first join or check on. Of each client there is one: members
 * stand so that nothing is lost between them. */
typedef struct rtcio__signaling_peer {
    rtcio_signaling *signaling; /* its worker's */
    rtcio__signaling_name name;
    rtcio__signaling_bucket joins; /* its worker's alone */
    rtcio__signaling_seat one;     /* heads the list of its seats, for nearly everybody is in one
                                    * room only; room NULL: it is free, others may follow */
    uint16_t n_seats;              /* max_rooms_per_socket is at most 4096 */
    char id[];                     /* of the socket, and its NUL */
} rtcio__signaling_peer;

/* What the workers share for one namespace. */
typedef struct rtcio__signaling_table {
    /* Taken by joins, leaves and media states, never by relays. Handlers of outgoing events and of
     * rooms run under it and may come back: it is recursive. */
    pthread_mutex_t lock;
    void *rooms; /* tsearch() tree of rtcio__signaling_room */
    uint64_t n_rooms;
    rtcio__signaling_password_key key;
    rtcio__signaling_failures *guesses;
    rtcio__signaling_failures *reporters;         /* NULL: nobody stores reports */
    rtcio_signaling *attached[RTCIO_WORKERS_MAX]; /* by worker; atomic */
} rtcio__signaling_table;

struct rtcio_signaling {
    rtcio_signaling_options opt;
    rtcio_signaling_stats stats; /* changed on its thread by rtcio__signaling_count() */
    rtcio_namespace *nsp;
    rtcio_server *server;
    rtcio__signaling_table *table;
    bool recovers;                   /* sockets may come back, and keep their seats meanwhile */
    rtcio_history history;           /* opt.history; without functions when there is none */
    rtcio_history_request *requests; /* that have not been answered */
    char id_start[24];               /* of the ids of messages */
    unsigned id_len;                 /* of id_start; 0: none has needed one yet */
    uint64_t n_messages;             /* that were given one */
    struct rtcio__signaling_custom *customs[RTCIO_RELAY_EVENTS_MAX]; /* custom.c */
    unsigned n_customs;
};

/* One more. Any thread may read the counter. */
static inline void rtcio__signaling_count(uint64_t *counter)
{
    __atomic_store_n(counter, *counter + 1, __ATOMIC_RELAXED);
}

/* Takes the table's lock, and learns what the other workers have told so far: from here on the
 * table says all that this worker's sockets have not been told. */
void rtcio__signaling_lock(rtcio_signaling *s);
void rtcio__signaling_unlock(rtcio_signaling *s);

/* A worker's signaling, NULL: it has none (yet). */
static inline rtcio_signaling *rtcio__signaling_of_worker(const rtcio_signaling *s, unsigned worker)
{
    return __atomic_load_n(&s->table->attached[worker], __ATOMIC_ACQUIRE);
}

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

/* With the lock held, all that follow but rtcio__signaling_seat_find(): */

/* NULL if nobody has a seat there. */
rtcio__signaling_room *rtcio__signaling_room_find(const rtcio_signaling *s, const char *name);
/* Members of the room, on all workers: sockets that are in it here, and seats elsewhere. With
 * recovery also those who may come back: the room keeps its password for them. */
size_t rtcio__signaling_room_size(const rtcio_signaling *s, const char *name);
/* Makes `text` its password, empty: opens it. 0, RTCIO_E_NO_MEMORY or RTCIO_E_SYSTEM; then the room
 * is open. */
int rtcio__signaling_room_set_password(rtcio_signaling *s, rtcio__signaling_room *room,
                                       rtcio_slice text);
/* True if a seat's socket is there, and still a member: of other workers always the latter, they
 * take care of theirs. */
bool rtcio__signaling_seat_stands(const rtcio_signaling *s, const rtcio__signaling_seat *seat);
/* The socket's seat in a room that it is still a member of (a program may take sockets out of
 * rooms behind our back), or NULL. Valid until seats are taken or given up. */
rtcio__signaling_seat *rtcio__signaling_seat_find(const rtcio_signaling *s,
                                                  const rtcio_socket *socket, const char *room);
/* The same. Looks among the members of the room too, and takes no longer than the fewer of both:
 * for what is done with each of a socket's rooms. */
rtcio__signaling_seat *rtcio__signaling_seat_find_locked(const rtcio_signaling *s,
                                                         const rtcio_socket *socket,
                                                         const char *room);
/* True if the peer's seat in the room is held for a socket that is gone. `peer` may be NULL. */
bool rtcio__signaling_is_away(rtcio__signaling_peer *peer, const char *room);
/* Takes a seat, the last, opening the room if need be. NULL when memory is short. */
rtcio__signaling_seat *rtcio__signaling_seat_take(rtcio__signaling_peer *peer, const char *room);
/* Gives it up, if held; the room closes behind the last. `peer` may be NULL. */
void rtcio__signaling_seat_leave(rtcio__signaling_peer *peer, const char *room);

/* --- parcel.c: a relayed message on its way to another worker --------------------------------- */

typedef enum rtcio__signaling_fate {
    RTCIO__PARCEL_SENT,    /* on its way; what becomes of it is counted and told later */
    RTCIO__PARCEL_UNKNOWN, /* no worker can have made this id */
    RTCIO__PARCEL_REFUSED, /* too much waits for its worker */
} rtcio__signaling_fate;
/* What is sent, and to whom. */
typedef struct rtcio__signaling_delivery {
    const char *event;
    rtcio_slice target; /* a socket's id */
    const rtcio_slice *pieces;
    size_t n_pieces;
    bool any_room; /* they need not share one */
} rtcio__signaling_delivery;
rtcio__signaling_fate rtcio__signaling_parcel_send(rtcio_signaling *s, rtcio_socket *sender,
                                                   const rtcio__signaling_delivery *d);

/* --- relay.c: one target --------------------------------------------------------------------- */

/* Passes an event of the operator's on to its target, with `source` set to the sender's id. */
void rtcio__signaling_relay_custom(rtcio_signaling *s, rtcio_socket *socket, const rtcio_event *ev,
                                   const rtcio_relay_event *event);

/* --- pace.c ---------------------------------------------------------------------------------- */

/* Counts a message of a kind (0: chat, then the relayed events) and lets its sender wait if it has
 * sent too many. */
void rtcio__signaling_pace(rtcio_signaling *s, rtcio_socket *socket, unsigned kind, unsigned per_s,
                           const char *what);

/* --- custom.c -------------------------------------------------------------------------------- */

void rtcio__signaling_customs_free(rtcio_signaling *s);

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

/* Not with the lock held: it is the program that is told. */
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
    const char *why; /* it is dropped; NULL: it is not */
} rtcio__signaling_room_event;

/* Rule S7. False when the event breaks it, or another rule; it is dropped and counted then. */
bool rtcio__signaling_room_event_read(rtcio_signaling *s, rtcio_socket *socket,
                                      const rtcio_event *ev, rtcio__signaling_room_event *out);
/* Passes the event on with the stamp `member` in the place of `key`. */
void rtcio__signaling_room_event_pass(rtcio_signaling *s, rtcio_socket *socket,
                                      const rtcio_event *ev, const rtcio__signaling_room_event *in,
                                      const char *key, rtcio_slice member);

/* --- access.c, history.c: what the program is asked ---------------------------------------------
 */

/* The socket waits no longer to come into the room; NULL: into any. */
void rtcio__signaling_access_cancel(rtcio_socket *socket, const char *room);
/* False when it is out of range, or has fields that this library does not know. */
bool rtcio__signaling_history_copy(rtcio_history *to, const rtcio_history *from);
/* Sends a new member the room's history. */
void rtcio__signaling_history_send(rtcio_signaling *s, rtcio_socket *socket, const char *room);

/* --- the handlers; `user` is the rtcio_signaling -----------------------------------------------
 */

void rtcio__signaling_on_message(rtcio_socket *socket, const rtcio_event *ev, void *user);
void rtcio__signaling_on_join_room(rtcio_socket *socket, const rtcio_event *ev, void *user);
void rtcio__signaling_on_check_room(rtcio_socket *socket, const rtcio_event *ev, void *user);
void rtcio__signaling_on_leave_room(rtcio_socket *socket, const rtcio_event *ev, void *user);
void rtcio__signaling_on_connection(rtcio_socket *socket, const rtcio_event *ev, void *user);
void rtcio__signaling_on_disconnecting(rtcio_socket *socket, const rtcio_event *ev, void *user);
void rtcio__signaling_on_room_event(const rtcio_room_event *event, void *user);
void rtcio__signaling_on_media_state(rtcio_socket *socket, const rtcio_event *ev, void *user);
void rtcio__signaling_on_stop_screen_share(rtcio_socket *socket, const rtcio_event *ev, void *user);
void rtcio__signaling_on_chat_message(rtcio_socket *socket, const rtcio_event *ev, void *user);
void rtcio__signaling_on_report(rtcio_socket *socket, const rtcio_event *ev, void *user);

#endif
