/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */
#ifndef RTCIO_ENGINE_SESSION_H
#define RTCIO_ENGINE_SESSION_H

/* An Engine.IO session: identity, heartbeat, and the transport it is on now (Socket.IO spec 1-3).
 */

#include "base/blob.h"
#include "codec/eio.h"
#include "codec/ws.h"
#include "engine/deflate.h"
#include "engine/engine.h"
#include "net/conn.h"

enum rtcio__session_state {
    RTCIO__SESSION_OPEN,
    RTCIO__SESSION_CLOSING, /* on polling: told with the client's next GET (spec 1.13) */
    RTCIO__SESSION_CLOSED,
};

struct rtcio__http_conn;
struct rtcio__moved;
struct rtcio__polling;
struct rtcio__probe;

/* What a WebSocket keeps between two frames; most keep nothing. */
struct rtcio__ws_kept {
    struct rtcio__ws parser;          /* of an unfinished message */
    struct rtcio__contexts *contexts; /* of compression, NULL: none */
};

struct rtcio__session {
    union {
        struct rtcio__hash_node node; /* in engine.sessions while not closed */
        struct rtcio__corpse corpse;
    };
    struct rtcio__engine *engine;
    /* For the earliest of the two below. The link of a doomed session is in engine.doomed. */
    struct rtcio__timer timer;
    uint64_t heartbeat_due;         /* the next ping, or the end of the wait for a pong; 0: none */
    uint64_t connect_due;           /* a namespace must have been joined; 0: one was */
    struct rtcio__conn *ws;         /* the WebSocket, NULL on polling */
    struct rtcio__ws_kept *kept;    /* NULL: nothing */
    struct rtcio__polling *polling; /* NULL on WebSocket */
    struct rtcio__probe *probe;     /* an upgrade in progress */
    struct rtcio__moved *moved;     /* to another engine, or from one (move.h); NULL: neither */
    struct rtcio__blob *head;       /* the first request's head, parsed on demand; NULL: released */
    int64_t issued_ms;
    uint32_t rate_at;                /* when the buckets (rate.c) were filled; 0: never */
    int32_t events_left, bytes_left; /* of them; events in thousandths */
    uint32_t behind_since;           /* since when it is read from with pauses; 0: never was */
    uint32_t resume_at;              /* the end of the pause, of the last one if !held */
    struct rtcio__address address;
    uint8_t state : 4;
    uint8_t deflate_bits : 4; /* of the window that its WebSocket has, 0: no compression */
    bool doomed : 1;          /* to be ended when the turn ends */
    bool on_websocket : 1;    /* also when the session is over and has no transport any more */
    bool last_to_go : 1; /* the sockets go first: what frees their data may ask about the session */
    bool held : 1;       /* not read from: it has sent too much */
    bool rushed : 1;  /* … and served all the same, for what it has sent cannot wait any more */
    bool counted : 1; /* in the engine's crowd */
    bool awaiting_pong : 1;
    bool pong_rearmed : 1; /* the wait was prolonged by another packet, once per ping (spec 3.1) */
    bool xdomain : 1;
    bool secure : 1;    /* the first request came over TLS */
    bool text_only : 1; /* the client takes no binary frames (b64, spec 1.2) */
    bool eio3 : 1;      /* it speaks Engine.IO 3 and Socket.IO 4 (allow_eio3, spec 1.14) */
};

/* What its WebSocket agreed upon. */
static inline struct rtcio__agreement rtcio__session_agreement(const struct rtcio__session *s)
{
    return (struct rtcio__agreement){s->deflate_bits, s->kept != NULL ? s->kept->contexts : NULL};
}

/* Where the room above keeps its own. */
static inline void *rtcio__session_upper(struct rtcio__session *s)
{
    return s + 1;
}

/* The identifier: behind that, NUL-terminated. */
static inline char *rtcio__session_sid(const struct rtcio__session *s)
{
    return (char *)(uintptr_t)(s + 1) + s->engine->ops->upper_size;
}
/* Up to RTCIO_MAX_SID_LEN characters that need no encoding, neither in JSON nor in a URL. */
bool rtcio__sid_is_valid(const char *sid);

/* Reasons of the end of a session (spec 6.1). */
#define RTCIO__REASON_TRANSPORT_ERROR "transport error"
#define RTCIO__REASON_TRANSPORT_CLOSE "transport close"
#define RTCIO__REASON_FORCED_CLOSE    "forced close"
#define RTCIO__REASON_PING_TIMEOUT    "ping timeout"
#define RTCIO__REASON_PARSE_ERROR     "parse error"
#define RTCIO__REASON_RATE_LIMIT      "rate limit" /* ours */

#define RTCIO__RATE_UNIT 1000 /* of events_left: one message */

struct rtcio__http_head;

/* A new session from the head of its first request. sid: its identifier, which no session has;
 * NULL: one is made. NULL: memory, or no random numbers. */
struct rtcio__session *rtcio__session_create(struct rtcio__engine *engine,
                                             const struct rtcio__http_head *head,
                                             const struct rtcio__address *address, bool secure,
                                             const char *sid);
struct rtcio__session *rtcio__session_find(const struct rtcio__engine *engine, const char *sid,
                                           size_t len);
/* The open packet's text, "0{...}". Returns its length. */
#define RTCIO__OPEN_PACKET_MAX 256
size_t rtcio__session_open_packet(const struct rtcio__session *s, bool websocket,
                                  char out[RTCIO__OPEN_PACKET_MAX]);

/* For the room above. */

/* A namespace has been joined: the connect deadline is off. */
void rtcio__session_joined(struct rtcio__session *s);
/* Closes as socket.io's conn.close() does: what is queued is delivered first. The session may
 * still be CLOSING afterwards (polling). */
void rtcio__session_close(struct rtcio__session *s);
/* Closes at once; what is queued on polling is lost. */
void rtcio__session_discard(struct rtcio__session *s);
/* Frees the request head. */
void rtcio__session_release_head(struct rtcio__session *s);
/* Has the session go on at sibling `to`, for good, beginning with the message that is being served
 * now, which is to be served there. Nothing of the room above may depend on it yet. False: it
 * stays, because it has moved before, or output waits that its client does not take. */
bool rtcio__session_move(struct rtcio__session *s, unsigned to);

/* Sending. A text message is `4` and the packet; the caller gets the room for exactly len bytes and
 * fills them before anything else, then commits them. NULL: see *error (RTCIO_E_CLOSED,
 * RTCIO_E_QUEUE_FULL, RTCIO_E_NO_MEMORY). When the queue is full the session ends with the turn. */
char *rtcio__session_begin_text(struct rtcio__session *s, size_t len, int *error);
int rtcio__session_send_draft(struct rtcio__session *s);
/* 0 or the same errors, of what can be sent only now that it is known: what is compressed. */
static inline int rtcio__session_commit(struct rtcio__session *s)
{
    return s->deflate_bits == 0 ? 0 : rtcio__session_send_draft(s);
}
int rtcio__session_send_binary(struct rtcio__session *s, const void *data, size_t len);

/* A message encoded once for many sessions: a blob with room for a frame header in front. */
#define RTCIO__MESSAGE_ROOM RTCIO__WS_MAX_HEADER
struct rtcio__blob *rtcio__message_create(size_t len, bool binary);
static inline char *rtcio__message_data(struct rtcio__blob *message)
{
    return message->data + RTCIO__MESSAGE_ROOM;
}
int rtcio__session_send_message(struct rtcio__session *s, struct rtcio__blob *message, bool binary);
/* The same for what has been admitted before and changes its transport. */
int rtcio__session_carry(struct rtcio__session *s, struct rtcio__blob *message, bool binary);

/* Nothing queued and the transport free: what volatile events ask (spec 2.3, 7.3). */
bool rtcio__session_writable(const struct rtcio__session *s);
/* More than half of the queue's limit waits. */
bool rtcio__session_busy(const struct rtcio__session *s);
const char *rtcio__session_transport(const struct rtcio__session *s);

/* For the transports. */

/* May `len` more bytes wait for this client? 0 or an error; when the queue is full the session ends
 * with the turn. */
int rtcio__session_admit(struct rtcio__session *s, size_t len);
/* Below this, copying behind what already waits is cheaper than one more piece to send. */
#define RTCIO__COPY_BELOW 1024

/* A packet has come on the current transport. */
void rtcio__session_packet(struct rtcio__session *s, struct rtcio__eio_packet *packet);
/* The end: the transport's own farewell has been said. */
void rtcio__session_end(struct rtcio__session *s, const char *reason);
/* Ends the session with "transport error" when the current turn is over: for failures met inside a
 * caller's send. */
void rtcio__session_doom(struct rtcio__session *s);
/* Runs those ends (engine.doom). */
void rtcio__session_run_doomed(struct rtcio__deferred *deferred);
/* Sets the session's timer to the earliest of what it waits for. */
void rtcio__session_arm(struct rtcio__session *s);
/* Starts heartbeat and deadlines, once the session can send. */
void rtcio__session_start(struct rtcio__session *s);

/* For move.c. */

/* Ends it here, where nobody is told: it goes on elsewhere. */
void rtcio__session_leave(struct rtcio__session *s);
/* Makes it again from the facts it had, with its deadlines; of its transports only `polling` is
 * taken over. NULL: out of memory. */
struct rtcio__session *rtcio__session_arrive(struct rtcio__engine *engine,
                                             const struct rtcio__session *facts, const char *sid);

#endif
