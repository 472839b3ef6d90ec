/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */
#ifndef RTCIO_SOCKETIO_INTERNAL_H
#define RTCIO_SOCKETIO_INTERNAL_H

/* The objects of Socket.IO and who holds whom: a server has namespaces; a session (a client) has
 * sockets, one in each namespace it joined; a namespace has connected sockets and rooms; a
 * membership ties a socket to a room. Everything lives on the server's thread. */

#include "base/hash.h"
#include "base/list.h"
#include "codec/sio.h"
#include "engine/session.h"
#include "socketio/shared.h"

#include <rtcio/cluster.h>
#include <rtcio/server.h>
#include <rtcio/workers.h>

#include <stdarg.h>
#include <string.h>

/* Data that callers attach under a key of their own. */
struct rtcio__data {
    struct rtcio__data *next;
    const void *key;
    void *data;
    void (*free_fn)(void *data);
};

int rtcio__data_set(rtcio_server *server, struct rtcio__data **list, const void *key, void *data,
                    void (*free_fn)(void *data));
void *rtcio__data_get(const struct rtcio__data *list, const void *key);
void rtcio__data_free(rtcio_server *server, struct rtcio__data **list);

/* Handlers in the order in which they are called. A list that is being called is shared and does
 * not change: whoever adds or removes meanwhile makes a new one, as Node's emitters do. */
typedef void (*rtcio__fn)(void); /* of the type that belongs to the list */

struct rtcio__handler {
    rtcio__fn fn;
    void *user;
    bool once;
};

struct rtcio__handler_list {
    uint32_t refs, n, cap;
    struct rtcio__handler item[];
};

struct rtcio__handlers {
    struct rtcio__handler_list *list; /* NULL: none */
};

/* What a namespace calls, events of a name apart. */
enum rtcio__hook {
    RTCIO__ON_ANY,
    RTCIO__ON_ANY_OUTGOING,
    RTCIO__ON_CONNECTION,
    RTCIO__ON_DISCONNECTING,
    RTCIO__ON_DISCONNECT,
    RTCIO__ON_ERROR,
    RTCIO__ON_MIDDLEWARE,       /* rtcio_middleware_fn */
    RTCIO__ON_EVENT_MIDDLEWARE, /* rtcio_event_middleware_fn */
    RTCIO__ON_ROOM,             /* rtcio_room_event_fn */
    RTCIO__ON_JSON,             /* rtcio_socket_json_fn */
    RTCIO__N_HOOKS,
};

struct rtcio__route {
    struct rtcio__route *next;
    rtcio_http_fn on_head, fn;
    void *user;
    size_t len, max_body_bytes;
    const char *site; /* behind the path; NULL: the usual one */
    bool prefix;      /* path is where the paths begin, not all of one */
    char path[];
};

struct rtcio_server {
    struct rtcio__engine engine;
    struct rtcio__hash namespaces; /* rtcio_namespace.node by name */
    rtcio_namespace *main;         /* "/" */
    struct rtcio__route *routes;
    struct rtcio__list nexts;   /* rtcio_next.link: undecided connection attempts */
    struct rtcio__list matches; /* rtcio_match.link: names that parents are asked about */
    struct rtcio__parent *parents;
    struct rtcio__handlers on_namespace; /* rtcio_namespace_fn */
    struct rtcio__recovery *recovery;    /* NULL: off */
    struct rtcio__list event_nexts;      /* rtcio_event_next.link: undecided events */
    struct rtcio__list acks;             /* rtcio_ack.link: handles out at callers */
    struct rtcio__list requests;         /* struct rtcio__request.link: acknowledgements awaited */
    struct rtcio__list fetches;          /* struct rtcio__fetch.link: sockets asked for */
    struct rtcio__hash awaited;     /* of the requests: those that other nodes answer, by number */
    uint64_t next_number;           /* of requests and fetches */
    struct rtcio__adapter *adapter; /* NULL: alone */
    rtcio_workers *workers;         /* it is one of these, NULL: of none */
    struct rtcio__shared *shared;   /* theirs, or its own: */
    struct rtcio__shared own_shared;
    struct rtcio__pool socket_pool; /* memory of sockets */
    struct rtcio__pool member_pool; /* of struct rtcio__member */
    struct rtcio__pool data_pool;   /* of struct rtcio__data */
    struct rtcio__counter n_sockets, n_volatile_dropped;
    struct rtcio__list timers; /* rtcio_timer.link */
    bool closing, destroying;
    struct rtcio__deferred overflow; /* tells that its clients were cut off (lost.c) */
};

struct rtcio_namespace {
    union {
        struct rtcio__hash_node node; /* in server.namespaces, unless it is a parent */
        struct rtcio__corpse corpse;
    };
    rtcio_server *server;
    struct rtcio__hash sockets;       /* rtcio_socket.node by id: connected ones */
    struct rtcio__hash rooms;         /* struct rtcio__room.node by name */
    struct rtcio__hash events;        /* struct rtcio__event_entry.node by event name */
    struct rtcio__hash server_events; /* the same, from the programs of other nodes */
    struct rtcio__handlers on[RTCIO__N_HOOKS];
    rtcio_namespace *parent; /* whose hooks and events are this one's too; NULL: none */
    struct rtcio__log *log;  /* what was sent, NULL: recovery is off */
    struct rtcio__data *data;
    size_t n_holds;       /* what points here: sockets, acknowledgements, events */
    bool is_parent;       /* made by rtcio_of_pattern() or rtcio_of_match() */
    bool may_go;          /* a child that no caller has asked for by name */
    uint64_t next_ack_id; /* one counter for all sockets and broadcasts (spec 5.5) */
    uint32_t stamp;       /* of the latest broadcast that had to mark sockets */
    uint32_t name_len;
    char name[];
};

/* Handlers of one event name. */
struct rtcio__event_entry {
    struct rtcio__hash_node node;
    struct rtcio__handlers handlers;
    char name[];
};

struct rtcio__room {
    struct rtcio__hash_node node;
    rtcio_namespace *nsp;
    struct rtcio__member *first, *last; /* in the order joined */
    uint32_t n_members;
    uint32_t n_held; /* sockets that are gone and may come back into it, see resume_rooms.c */
    uint16_t busy;   /* handlers are being told of it, within one another: it is not freed */
    bool told;       /* handlers know of it */
    char name[];     /* right behind: nothing is lost in between */
};

/* A socket in a room; in the lists of both. */
struct rtcio__member {
    struct rtcio__member *next_in_room, *prev_in_room;
    struct rtcio__member *next_in_socket;
    rtcio_socket *socket;
    struct rtcio__room *room;
    uint32_t joined; /* number in the log, its low half, of the first event that is for it */
    bool before_id;  /* joined in a middleware: comes before the own id in the list of rooms */
};

enum rtcio__socket_state {
    RTCIO__SOCKET_CONNECTING, /* middlewares are deciding */
    RTCIO__SOCKET_CONNECTED,
    RTCIO__SOCKET_GONE,
};

struct rtcio_socket {
    union {
        struct rtcio__hash_node node; /* in nsp.sockets while connected */
        struct rtcio__corpse corpse;
    };
    rtcio_namespace *nsp;
    struct rtcio__session *session; /* over, but readable, in the turn in which it ended */
    rtcio_socket *next;             /* of the same session */
    struct rtcio__member *rooms;
    struct rtcio__data *data;
    struct rtcio__wait *waits;    /* acknowledgements this client owes */
    struct rtcio__resume *resume; /* what it can come back with, NULL: nothing */
    rtcio_next *deciding;         /* while connecting */
    struct rtcio__auth *auth;     /* NULL: none was sent, or it was released */
    uint32_t mark; /* == nsp.stamp: already served or excluded by the current broadcast */
    uint8_t state;
    bool own_room;      /* still in the room of its own id */
    bool has_listeners; /* of its own, see rtcio_socket_on() */
    uint8_t recovery;   /* enum rtcio__recovery_result */
    uint8_t id_len;     /* RTCIO__ID_LEN, but for clients of Engine.IO 3 */
    bool auth_released : 1;
    bool closing : 1; /* `disconnecting` is being told */
    bool leaving : 1; /* it is being taken out of its rooms, and joins no more */
    char id[];        /* and its NUL */
};

/* Memory of a socket whose id has the usual length; longer ones are not of the pool. */
#define RTCIO__SOCKET_SIZE (offsetof(rtcio_socket, id) + RTCIO__ID_LEN + 1)

/* Is that the socket's own id? */
static inline bool rtcio__is_id(const rtcio_socket *socket, const char *text, size_t len)
{
    return len == socket->id_len && memcmp(text, socket->id, len) == 0;
}

/* What a client sent with CONNECT. */
struct rtcio__auth {
    struct json_t *tree; /* made on demand, NULL: not yet */
    size_t len;
    char text[]; /* JSON */
};

/* Per session: the room above the engine. */
struct rtcio__client {
    rtcio_socket *sockets;
    struct rtcio__pending *pending; /* a binary packet that waits for attachments */
};

static inline struct rtcio__client *rtcio__client_of(struct rtcio__session *s)
{
    return rtcio__session_upper(s);
}

static inline rtcio_server *rtcio__server_of(const struct rtcio__session *s)
{
    return s->engine->owner;
}

/* An event on its way through the handlers. */
struct rtcio_event {
    rtcio_socket *socket;
    const char *name;
    size_t name_len; /* a hostile name may contain NUL */
    const char *reason;
    rtcio_slice args, first;
    const struct rtcio__json_index *index; /* of the first argument, if it is an object */
    size_t n_args;
    unsigned depth;
    const rtcio_slice *attachments;
    size_t n_attachments;
    rtcio_slice ack_id; /* {NULL, 0}: none, or given */
    /* Of an event from another node, which has no socket: */
    rtcio_namespace *nsp;
    struct rtcio__sink *sink; /* takes the answer; NULL: none is wanted, or it was given */
    struct json_t *tree;
};

/* event.c */
void rtcio__event_fini(rtcio_event *ev);
/* Text of arguments made by jansson's pack format, owned by the caller (free). NULL: does not
 * match. */
char *rtcio__pack_args(const char *format, va_list ap, rtcio_slice *args);

/* handlers.c */
enum {
    RTCIO__PREPEND = 1u << 0, /* before those that are there */
    RTCIO__ONCE = 1u << 1,    /* removed when it is called */
};
int rtcio__handlers_add(struct rtcio__handlers *h, rtcio__fn fn, void *user, unsigned flags);
/* The first of this function and this user. 0, RTCIO_E_NOT_FOUND, RTCIO_E_NO_MEMORY. */
int rtcio__handlers_remove(struct rtcio__handlers *h, rtcio__fn fn, void *user);
/* Calls all of a list of rtcio_event_fn; with `only_connected` stops once the socket is gone. */
void rtcio__handlers_call(struct rtcio__handlers *h, rtcio_socket *socket, const rtcio_event *ev,
                          bool only_connected);
void rtcio__handlers_release(struct rtcio__handler_list *list);
void rtcio__handlers_fini(struct rtcio__handlers *h);
/* Tables: struct rtcio__event_entry.node by event name. */
void rtcio__events_init(struct rtcio__hash *events);
void rtcio__events_fini(struct rtcio__hash *events);
struct rtcio__handlers *rtcio__events_find(const struct rtcio__hash *events, const char *name,
                                           size_t len);
int rtcio__events_add(struct rtcio__hash *events, const char *name, rtcio_event_fn fn, void *user,
                      unsigned flags);
int rtcio__events_remove(const struct rtcio__hash *events, const char *name, rtcio_event_fn fn,
                         void *user);

/* hooks.c */
bool rtcio__hooked(const rtcio_namespace *nsp, enum rtcio__hook hook);
void rtcio__run_hooks(rtcio_socket *socket, enum rtcio__hook hook, const rtcio_event *ev,
                      bool only_connected);
/* Runs hooks with an event that has nothing but a name and a reason. */
void rtcio__tell(rtcio_socket *socket, enum rtcio__hook hook, const char *name, const char *reason);
/* onAny, the middlewares, then the event's own handlers. */
void rtcio__dispatch(rtcio_socket *socket, const rtcio_event *ev);
/* The event's own handlers. */
void rtcio__deliver_event(rtcio_socket *socket, const rtcio_event *ev);

/* Takes away what rtcio_socket_on() has added. */
void rtcio__listeners_free(rtcio_socket *socket);

/* event_copy.c */
struct rtcio__event_copy {
    rtcio_event event;
    struct rtcio__sio_packet packet;
    rtcio_slice attachments[RTCIO__SIO_MAX_ATTACHMENTS];
    char text[];
};
struct rtcio__packet_out;
/* The event that a decoded packet is; it borrows from both. */
rtcio_event rtcio__event_of(rtcio_socket *socket, const struct rtcio__sio_packet *packet,
                            const rtcio_slice *attachments);
/* NULL: out of memory, or not valid (what callers gave as raw JSON). */
struct rtcio__event_copy *rtcio__event_copy(const rtcio_event *ev);
struct rtcio__event_copy *rtcio__event_copy_packet(rtcio_socket *socket,
                                                   struct rtcio__packet_out *out);
void rtcio__event_copy_free(struct rtcio__event_copy *copy);

/* event_middleware.c */
/* Asks the middlewares, then delivers. */
void rtcio__event_middleware(rtcio_socket *socket, const rtcio_event *ev);
void rtcio__event_nexts_free(rtcio_server *server);

/* lost.c */
void rtcio__lost_init(rtcio_server *server);

/* server.c */
/* Closed, and the last connection is gone. */
bool rtcio__server_finished(const rtcio_server *server);

/* namespace.c */
rtcio_namespace *rtcio__namespace_find(const rtcio_server *server, const char *name, size_t len);
/* One that is not in the server's table yet. */
rtcio_namespace *rtcio__namespace_create(rtcio_server *server, const char *name, size_t len);
/* Creates one and tells new_namespace handlers; parent NULL: none. */
rtcio_namespace *rtcio__namespace_add(rtcio_server *server, const char *name, size_t len,
                                      rtcio_namespace *parent);
/* While held, it is not removed when it is empty. */
void rtcio__namespace_hold(rtcio_namespace *nsp);
void rtcio__namespace_release(rtcio_namespace *nsp);
void rtcio__namespace_free(rtcio_namespace *nsp);

/* Reads options of a caller who may have been compiled with an older header. 0 or RTCIO_E_INVALID.
 */
int rtcio__listen_options_read(const rtcio_listen_options *opt, rtcio_listen_options *all);

/* routes.c: requests outside the engine's path */
void rtcio__routes_answer(struct rtcio__engine *engine, rtcio_http_request *request);
void rtcio__routes_free(rtcio_server *server);

/* client.c: what comes from the engine */
/* A packet whose socket has been looked for; NULL: there is none. */
void rtcio__client_route(struct rtcio__session *s, rtcio_socket *socket,
                         const struct rtcio__sio_packet *packet, const rtcio_slice *attachments);
void rtcio__client_message(struct rtcio__session *s, char *data, size_t len, bool binary);
void rtcio__client_closed(struct rtcio__session *s, const char *reason);
/* Closes the session for something the client must not do (spec 5.4). */
void rtcio__client_close(struct rtcio__session *s);
rtcio_socket *rtcio__client_socket(struct rtcio__session *s, const char *nsp, size_t len);

/* client3.c: clients of Engine.IO 3 */
void rtcio__client3_opened(struct rtcio__session *s);
/* A packet whose namespace is not joined under the name that it has. */
void rtcio__client3_route(struct rtcio__session *s, const struct rtcio__sio_packet *packet,
                          const rtcio_slice *attachments);
/* False: the socket's id would not be one. */
bool rtcio__client3_may_join(const struct rtcio__session *s, const rtcio_namespace *nsp);
/* A socket with its id; NULL: out of memory, or the id is taken. */
rtcio_socket *rtcio__client3_create(const struct rtcio__session *s, const rtcio_namespace *nsp);
/* CONNECT_ERROR of a middleware. data: JSON or NULL. */
int rtcio__client3_refuse(struct rtcio__session *s, const rtcio_namespace *nsp, const char *message,
                          const char *data);

/* parent.c */
/* Asks the parents about a name that is not there, and goes on from their answer. */
void rtcio__match(struct rtcio__session *s, const struct rtcio__sio_packet *packet);
/* A CONNECT of this session is being asked about. */
bool rtcio__matching(const rtcio_server *server, const struct rtcio__session *s);
/* The parent whose pattern takes the name, NULL: none. */
rtcio_namespace *rtcio__parent_of_name(const rtcio_server *server, const char *name);
/* The parent of this name, which only the server itself gives. */
rtcio_namespace *rtcio__parent_find(const rtcio_server *server, const char *name);
/* A parent's children now; *list is to be freed. */
size_t rtcio__children(const rtcio_namespace *parent, rtcio_namespace ***list);
void rtcio__matches_free(rtcio_server *server);
void rtcio__parents_free(rtcio_server *server);

/* connect.c */
void rtcio__connect(struct rtcio__session *s, const struct rtcio__sio_packet *packet);
void rtcio__connect_to(struct rtcio__session *s, rtcio_namespace *nsp,
                       const struct rtcio__sio_packet *packet);
void rtcio__connect_refuse(struct rtcio__session *s, const char *nsp, size_t nsp_len,
                           const char *message);
/* The client is gone while a middleware decides. */
void rtcio__next_detach(rtcio_next *next);
/* Frees what callers have not decided on. */
void rtcio__nexts_free(rtcio_server *server);

/* socket.c */
void rtcio__socket_free_memory(rtcio_server *server, rtcio_socket *socket);
void rtcio__auth_free(rtcio_socket *socket);
/* Ends a socket that was connected: handlers, rooms, acknowledgements (spec 6.2). */
void rtcio__socket_close(rtcio_socket *socket, const char *reason);
/* Ends a socket that never connected. */
void rtcio__socket_abandon(rtcio_socket *socket);

/* room.c */
struct rtcio__room *rtcio__room_find(const rtcio_namespace *nsp, const char *name, size_t len);
void rtcio__rooms_leave_all(rtcio_socket *socket);
/* Joins as if it had never left. */
void rtcio__room_restore(rtcio_socket *socket, const char *name, uint32_t joined, bool before_id);
/* One socket less that is gone and may come back into the room. */
void rtcio__room_unhold(rtcio_namespace *nsp, const char *name);
/* Tells of the room of the socket's own id, which has no object. */
void rtcio__own_room_told(rtcio_socket *socket, bool joined);
/* The connected socket whose own-id room this is, or NULL. */
rtcio_socket *rtcio__own_room(const rtcio_namespace *nsp, const char *name, size_t len);

/* packet.c: packets to be sent */
struct rtcio__packet_out {
    enum rtcio__sio_type type; /* the non-binary one; made binary by attachments */
    const rtcio_namespace *nsp;
    rtcio_slice id;    /* {NULL, 0}: none */
    rtcio_slice event; /* {NULL, 0}: none (ACK) */
    const rtcio_slice *args;
    size_t n_args;
    const rtcio_slice *attachments;
    size_t n_attachments;
    rtcio_slice offset; /* JSON, behind the arguments; {NULL, 0}: none */
    size_t args_len;    /* computed */
    size_t event_json_len;
};

/* Completes the computed fields; returns the length of the text with the Engine.IO type. */
size_t rtcio__packet_measure(struct rtcio__packet_out *out);
/* Writes exactly that many bytes. */
void rtcio__packet_write(const struct rtcio__packet_out *out, char *at);
/* Sends to one session. 0, RTCIO_BUSY or an error. */
int rtcio__packet_send(struct rtcio__packet_out *out, struct rtcio__session *s);
/* Sends a packet whose payload is ready, such as CONNECT. */
int rtcio__packet_send_json(struct rtcio__session *s, enum rtcio__sio_type type, const char *nsp,
                            size_t nsp_len, const char *json, size_t json_len);

/* broadcast.c */
enum {
    RTCIO__OP_BROADCAST = 1u << 0, /* self is excluded, not the target */
    RTCIO__OP_VOLATILE = 1u << 1,
    RTCIO__OP_ROOMS_ONLY = 1u << 2,
    RTCIO__OP_LOCAL = 1u << 3,
    RTCIO__OP_UNCOMPRESSED = 1u << 5,
    RTCIO__OP_TIMEOUT = 1u << 4, /* timeout_ms was given, and may be 0 */
};

typedef void (*rtcio__target_fn)(rtcio_socket *socket, void *user);
/* Calls fn for every target once. fn must not run callers' code. */
void rtcio__select(const rtcio_operator *op, rtcio__target_fn fn, void *user);
/* Targets gathered before anything is done to them: the doing changes rooms, or runs callers' code.
 * The list is to be freed. */
struct rtcio__targets {
    rtcio_socket **list;
    size_t n, cap;
};
struct rtcio__targets rtcio__gather(const rtcio_operator *op);
/* Sends to all targets, also on other nodes; request: whose answers are awaited, NULL: none. */
struct rtcio__request;
struct rtcio__cast;
/* The same on this node. */
int rtcio__broadcast_here(const rtcio_operator *op, struct rtcio__cast *cast,
                          struct rtcio__request *request);
int rtcio__broadcast(const rtcio_operator *op, struct rtcio__packet_out *out,
                     struct rtcio__request *request);

/* Sends to the one socket of the operator what recovery keeps; out has its offset. */
int rtcio__send_logged(const rtcio_operator *op, struct rtcio__packet_out *out);

/* outgoing.c */
/* Tells onAnyOutgoing what each target is about to be sent. */
void rtcio__tell_outgoing(const rtcio_operator *op, struct rtcio__packet_out *out);

/* ack.c: answers from clients */
struct rtcio__wait;
void rtcio__ack_received(rtcio_socket *socket, const struct rtcio__sio_packet *packet,
                         const rtcio_slice *attachments);
struct rtcio__request *rtcio__request_create(rtcio_namespace *nsp, rtcio_response_fn fn,
                                             void *user);
rtcio_slice rtcio__request_id(const struct rtcio__request *request);
/* One more receiver owes an answer. false: out of memory. */
bool rtcio__request_expect(struct rtcio__request *request, rtcio_socket *socket);
size_t rtcio__request_expected(const struct rtcio__request *request);
/* Answers go there instead of being kept, and `done` is the completion. */
struct rtcio__sink;
struct rtcio__request *rtcio__request_create_for(rtcio_namespace *nsp, struct rtcio__sink *sink);
/* All receivers are known: starts the clock. `single`: completes when its socket goes. timeout_ms
 * -1: none. */
void rtcio__request_start(struct rtcio__request *request, bool single, int64_t timeout_ms);
/* Nothing was sent: forgets it without a completion. */
void rtcio__request_cancel(struct rtcio__request *request);
/* The socket is gone: single requests complete with RTCIO_E_CLOSED. */
void rtcio__waits_drop(rtcio_socket *socket);
/* The server goes: completes all with RTCIO_E_CLOSED. */
void rtcio__requests_drop(rtcio_server *server);
/* An empty server.awaited. */
void rtcio__awaited_init(struct rtcio__hash *awaited);

/* fetch.c */
struct rtcio__fetch;
void rtcio__fetches_drop(rtcio_server *server);

/* handshake.c */
/* The handshake as JSON text, to be freed; NULL: out of memory. */
char *rtcio__handshake_json(const rtcio_socket *socket);

/* timer.c */
void rtcio__user_timers_free(rtcio_server *server);

/* reply.c */
void rtcio__acks_free(rtcio_server *server);

#endif
