/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */
#ifndef RTCIO_SIGNALING_H
#define RTCIO_SIGNALING_H

/**
 * @file
 * rtc.io's signaling, attached to a namespace with one call: the `#rtcio:message` relay, rooms
 * with presence and passwords, media state, chat (rtc.io spec, sections 4 and 6.2). Made of the
 * public API only.
 */

#include <rtcio/access.h>
#include <rtcio/history.h>
#include <rtcio/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Names on the wire (rtc.io spec 1.2 and 4.3). */
#define RTCIO_MESSAGE           "#rtcio:message"
#define RTCIO_INIT_OFFER        "#rtcio:init-offer"
#define RTCIO_PEER_LEFT         "#rtcio:peer-left"
#define RTCIO_JOIN_ROOM         "join-room"
#define RTCIO_JOIN_OK           "join-ok"
#define RTCIO_JOIN_ERROR        "join-error"
#define RTCIO_CHECK_ROOM        "check-room"
#define RTCIO_ROOM_CHECK_OK     "room-check-ok"
#define RTCIO_LEAVE_ROOM        "leave-room"
#define RTCIO_USER_CONNECTED    "user-connected"
#define RTCIO_USER_DISCONNECTED "user-disconnected"
#define RTCIO_MEDIA_STATE       "media-state"
#define RTCIO_STOP_SCREEN_SHARE "stopScreenShare"
#define RTCIO_CHAT_MESSAGE      "chat-message"
/* Ours: to who was taken out of a room by rtcio_signaling_remove(). */
#define RTCIO_ROOM_REMOVED "room-removed"

/** Signaling attached to one namespace. Lives as long as the server. */
typedef struct rtcio_signaling rtcio_signaling;

/** Who may relay to whom. */
typedef enum rtcio_relay_scope {
    RTCIO_RELAY_ROOM, /**< sender and target share a room (rule S6) */
    RTCIO_RELAY_ANY,  /**< any two sockets of the namespace: a bare relay */
} rtcio_relay_scope;

/** What happened in a room; for logs and metrics. */
typedef enum rtcio_signaling_kind {
    RTCIO_SIGNALING_JOINED,
    RTCIO_SIGNALING_LEFT,
    RTCIO_SIGNALING_REFUSED, /**< `reason` says why: the join-error's */
    RTCIO_SIGNALING_DROPPED, /**< a message broke a rule; `reason` names the rule */
} rtcio_signaling_kind;

typedef struct rtcio_signaling_note {
    rtcio_signaling_kind kind;
    rtcio_socket *socket;
    const char *room;   /**< "" when none */
    const char *event;  /**< the event that led here */
    const char *reason; /**< "" when none. Never a password, never SDP. */
    size_t members;     /**< of the room, afterwards */
} rtcio_signaling_note;

typedef void (*rtcio_signaling_note_fn)(const rtcio_signaling_note *note, void *user);

typedef struct rtcio_signaling_options {
    size_t size;                   /**< sizeof(rtcio_signaling_options), set by the init function */
    rtcio_relay_scope relay_scope; /**< ::RTCIO_RELAY_ROOM */
    /** Largest argument of a relayed or room event in bytes, 262144 (1024 .. 1 GiB) (S15). */
    size_t max_message_bytes;
    /** Deepest JSON of a relayed or room event, 64 (4 .. 512) (S15). */
    unsigned max_depth;
    /** Most rooms one socket may be in, 32 (1 .. 4096). */
    unsigned max_rooms_per_socket;
    /** Wrong passwords one address may try per minute, 10 (1 .. 100000) (S8). */
    unsigned max_password_failures;
    /** Join and check requests per second of one socket, 5 (1 .. 100000); burst four times that. */
    unsigned max_joins_per_s;
    rtcio_signaling_note_fn on_note; /**< NULL: nobody is told */
    void *user;                      /**< for on_note */
    /** Most members of a room; one more is refused with `room-full`. 0, the default: no limit. */
    unsigned max_peers_per_room;
    /** Whether a socket may join or check a room; false refuses it with `forbidden`, before
     * anything is said about the room. rtcio_auth_may_join() is one. NULL: everybody may. */
    bool (*may_join)(rtcio_socket *socket, const char *room, void *user);
    void *may_join_user; /**< for may_join */
    /** The same, decided at once or later, of whom may_join lets pass: access.h. A member that
     * joins again is not asked about. NULL: nobody is asked. */
    void (*on_access)(rtcio_access *access, void *user);
    void *on_access_user;       /**< for on_access */
    uint32_t access_timeout_ms; /**< how long the answer may take, 10000 (1 .. 3600000) */
    /** Where chat and reports are kept: history.h. Copied. NULL: nowhere. */
    const rtcio_history *history;
    /** Chat messages per second of one socket, as many as come in two seconds at once; 0, the
     *  default: no limit (0 .. 100000). Who sends more is not read from for a while:
     *  rtcio_socket_hold(). */
    unsigned max_chat_per_s;
} rtcio_signaling_options;

/** Whom a relayed event is for. */
typedef enum rtcio_relay_to {
    /** The other members of the room that its member `roomId` names, from a member; `from` is set
     * to the sender's id, as in a chat message. */
    RTCIO_RELAY_TO_ROOM,
    /** The one socket whose id its member `target` is, if the sender may relay to it; `source` is
     *  set to the sender's id, as in `#rtcio:message`. */
    RTCIO_RELAY_TO_TARGET,
} rtcio_relay_to;

/** An event of the clients' own that is passed on without a handler of the program. Its argument is
 *  one JSON object; an acknowledgement is never given. */
typedef struct rtcio_relay_event {
    const char *name; /**< 1 .. 64 bytes, none of the names above; copied */
    rtcio_relay_to to;
    size_t max_bytes; /**< of the argument; 0: max_message_bytes, which is a limit too */
    unsigned per_s;   /**< of one socket, as max_chat_per_s; 0: no limit (0 .. 100000) */
    bool any_room;    /**< TO_TARGET: sender and target need not share a room (false: as
                         relay_scope says) */
} rtcio_relay_event;

/** Most events of this kind in one namespace. */
#define RTCIO_RELAY_EVENTS_MAX 64

/** Counters since the start. */
typedef struct rtcio_signaling_stats {
    size_t size;              /**< sizeof(rtcio_signaling_stats), set by the caller */
    uint64_t n_rooms;         /**< rooms with members now */
    uint64_t relayed;         /**< `#rtcio:message` passed on */
    uint64_t dropped_invalid; /**< … dropped: not an object, no string target, no object data */
    uint64_t dropped_target;  /**< … dropped: target unknown */
    uint64_t dropped_scope;   /**< … dropped: no shared room */
    uint64_t dropped_size;    /**< … dropped: too large or too deep */
    uint64_t dropped_event;   /**< other events dropped: malformed, or not a member */
    uint64_t joins, leaves, refused_joins;
    uint64_t access_asked;       /**< joins and checks that on_access was asked about */
    uint64_t access_expired;     /**< … that it did not answer in time */
    uint64_t chats;              /**< `chat-message` passed on */
    uint64_t stored, not_stored; /**< messages that the history has taken, and has not */
    uint64_t histories;          /**< `chat-history` sent */
    uint64_t history_failures;   /**< … that could not be fetched */
    uint64_t reports;            /**< `report` stored */
    uint64_t report_failures;    /**< … that the history has not taken */
    uint64_t dropped_reports;    /**< … malformed, or too many */
    uint64_t checks;             /**< `check-room` asked */
    uint64_t media_states;       /**< `media-state` passed on */
    uint64_t screen_stops;       /**< `stopScreenShare` passed on */
    uint64_t refused_password;   /**< refused_joins: wrong or no password */
    uint64_t refused_rate;       /**< … too many requests, or too many wrong passwords */
    uint64_t refused_full;       /**< … max_peers_per_room */
    uint64_t refused_rooms;      /**< … max_rooms_per_socket */
    uint64_t refused_forbidden;  /**< … may_join, or on_access but for `join-failed` */
    uint64_t chat_held;          /**< times that max_chat_per_s or a relayed event's per_s made a
                                    socket wait */
    uint64_t relayed_events;     /**< events of rtcio_signaling_relay_event() passed on */
    uint64_t refused_other;      /**< refused_joins: none of these: malformed, or no answer */
} rtcio_signaling_stats;

/** Fills `opt` with the defaults; use rtcio_signaling_options_init(). */
RTCIO_API void rtcio_signaling_options_init_sized(rtcio_signaling_options *opt, size_t size);
#define rtcio_signaling_options_init(opt) rtcio_signaling_options_init_sized((opt), sizeof(*(opt)))

/**
 * Attaches the signaling to a namespace, before clients connect.
 * @param opt  NULL for the defaults; copied
 * @return NULL when an option is out of range, the namespace has its signaling already, or
 *         memory is short
 */
RTCIO_API rtcio_signaling *rtcio_signaling_attach(rtcio_namespace *nsp,
                                                  const rtcio_signaling_options *opt);

/**
 * Takes a socket out of a room as if it had left: the others get `user-disconnected` and
 * `#rtcio:peer-left`, the socket itself `room-removed` with {roomId, reason}.
 * @param signaling  that of the socket's server
 * @param reason     for the client, UTF-8; may be ""
 * @return 0, ::RTCIO_E_NOT_FOUND (it is not in the room), ::RTCIO_E_INVALID (no UTF-8),
 *         ::RTCIO_E_NO_MEMORY
 */
RTCIO_API int rtcio_signaling_remove(rtcio_signaling *signaling, rtcio_socket *socket,
                                     const char *room, const char *reason);

/** False for a name that is too long, or means something already, and numbers out of range. */
RTCIO_API bool rtcio_relay_event_is_valid(const rtcio_relay_event *event);

/**
 * Has an event passed on. Before clients connect, on each worker.
 * @return 0, or ::RTCIO_E_INVALID (name, range, the event has been given before, or sockets are
 *         in the namespace already),
 *         ::RTCIO_E_LIMIT (::RTCIO_RELAY_EVENTS_MAX), ::RTCIO_E_NO_MEMORY
 */
RTCIO_API int rtcio_signaling_relay_event(rtcio_signaling *signaling,
                                          const rtcio_relay_event *event);

/**
 * Takes over the limits of `opt`, all that begin with max_. On the thread of the namespace, on each
 * worker. Nobody is disconnected, nobody leaves a room for it.
 * @return 0 or ::RTCIO_E_INVALID: nothing has changed
 */
RTCIO_API int rtcio_signaling_set_limits(rtcio_signaling *signaling,
                                         const rtcio_signaling_options *opt);

/** Reads the counters, those of all workers added up (workers.h). Any thread. */
RTCIO_API void rtcio_signaling_get_stats(const rtcio_signaling *signaling,
                                         rtcio_signaling_stats *stats);

#ifdef __cplusplus
}
#endif

#endif
