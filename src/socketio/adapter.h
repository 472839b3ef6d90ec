/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */
#ifndef RTCIO_SOCKETIO_ADAPTER_H
#define RTCIO_SOCKETIO_ADAPTER_H

/* The contract between a server and whatever joins it with others: threads of one process, Redis.
 *
 * An operator says what an adapter needs to know: namespace, rooms, exceptions, flags. The server
 * does its own half; the adapter is asked in addition, before it, unless the operator is local.
 * Everything happens on the server's thread, in both directions: what comes from other nodes enters
 * through the functions at the end, which are the local half again. */

#include "base/blob.h"
#include "socketio/internal.h"

/* An emit on its way: encoded once, when the first receiver is found. */
struct rtcio__cast {
    struct rtcio__packet_out *out; /* NULL when it came encoded */
    struct rtcio__blob *text;      /* NULL: not encoded yet */
    struct rtcio__blob *plain;     /* without the offset, for who cannot use it; made on demand */
    size_t offset_len;             /* of the offset in `text`, 0: there is none */
    struct rtcio__blob *attachment[RTCIO__SIO_MAX_ATTACHMENTS];
    size_t n_attachments;
};

/* 0 or RTCIO_E_NO_MEMORY. */
int rtcio__cast_encode(struct rtcio__cast *cast);
void rtcio__cast_release(struct rtcio__cast *cast);

enum rtcio__change {
    RTCIO__CHANGE_JOIN,
    RTCIO__CHANGE_LEAVE,
    RTCIO__CHANGE_DISCONNECT,
};

/* What an operator does to this node's sockets (operator.c). */
void rtcio__change_here(const rtcio_operator *op, enum rtcio__change what, const char *room,
                        bool close);

struct rtcio__adapter {
    const struct rtcio__adapter_ops *ops;
};

/* Each returns 0 or an error; after an error nothing was sent, and the local half is not done. The
 * operator's `self` is a socket of this server; others need not know it. */
struct rtcio__adapter_ops {
    /* op->nsp may be a parent: then each node serves its own children, and `cast` cannot be
     * encoded. request: other nodes are to ask their clients for answers, within op->timeout_ms.
     * For each node that will tell how many those are, rtcio__request_await() is called once. NULL:
     * no answers. */
    int (*broadcast)(struct rtcio__adapter *adapter, const rtcio_operator *op,
                     struct rtcio__cast *cast, struct rtcio__request *request);
    /* room: for join and leave; close: for disconnect. */
    int (*change)(struct rtcio__adapter *adapter, const rtcio_operator *op, enum rtcio__change what,
                  const char *room, bool close);
    /* rtcio__fetch_await() is called once for each node that will answer. */
    int (*fetch)(struct rtcio__adapter *adapter, const rtcio_operator *op,
                 struct rtcio__fetch *fetch);
    /* args: JSON without brackets. request: rtcio__request_await_one() once for each node that will
     * answer; NULL: no answers. */
    int (*server_side_emit)(struct rtcio__adapter *adapter, const rtcio_namespace *nsp,
                            rtcio_slice event, rtcio_slice args, struct rtcio__request *request);
    /* The first member of a room has come, the last one has gone. Rooms that are a socket's own id
     * are not told. */
    int (*room_created)(struct rtcio__adapter *adapter, const struct rtcio__room *room);
    void (*room_deleted)(struct rtcio__adapter *adapter, const struct rtcio__room *room);
    /* The server is destroyed; its objects are gone. */
    void (*close)(struct rtcio__adapter *adapter);
};

/* True if `op` reaches other nodes. */
static inline bool rtcio__reaches_others(const rtcio_operator *op)
{
    return op->nsp->server->adapter != NULL && (op->flags & RTCIO__OP_LOCAL) == 0;
}

/* --- requests that other nodes answer ---------------------------------------------------------
 * A number stands for a request; one that is over is no longer found, and its answers are dropped.
 */

uint64_t rtcio__request_number(const struct rtcio__request *request);
/* One more node owes the number of its clients. */
void rtcio__request_await(struct rtcio__request *request);
/* One more node owes one answer. */
void rtcio__request_await_one(struct rtcio__request *request);
/* A node has asked that many clients. */
void rtcio__request_counted(rtcio_server *server, uint64_t number, size_t n_clients);
/* An answer, which is taken over; its `socket` is NULL. */
void rtcio__request_answered(rtcio_server *server, uint64_t number,
                             struct rtcio__event_copy *answer);

uint64_t rtcio__fetch_number(const struct rtcio__fetch *fetch);
void rtcio__fetch_await(struct rtcio__fetch *fetch);
/* A node's sockets, which are taken over; the list itself is not. */
void rtcio__fetch_answered(rtcio_server *server, uint64_t number, rtcio_remote_socket **sockets,
                           size_t n_sockets);

/* --- what comes from other nodes ------------------------------------------------------------- */

/* Where the answers to something from another node go. Each answer is handed over; `done` is the
 * last call. */
struct rtcio__sink {
    void (*asked)(struct rtcio__sink *sink, size_t n_clients);
    void (*answer)(struct rtcio__sink *sink, struct rtcio__event_copy *answer);
    void (*done)(struct rtcio__sink *sink);
};

/* cast is encoded. */
void rtcio__deliver(const rtcio_operator *op, struct rtcio__cast *cast);
/* The same for a parent, by the parts of the packet. op is local. */
void rtcio__deliver_to_children(const rtcio_operator *op, struct rtcio__packet_out *out);
/* Asks the clients for answers within op->timeout_ms; out has no id. The sink is always done in the
 * end. */
void rtcio__deliver_with_ack(const rtcio_operator *op, struct rtcio__packet_out *out,
                             struct rtcio__sink *sink);
void rtcio__deliver_change(const rtcio_operator *op, enum rtcio__change what, const char *room,
                           bool close);
/* Snapshots of the targets; the list and what is in it are the caller's. NULL: out of memory. */
rtcio_remote_socket **rtcio__snapshots(const rtcio_operator *op, size_t *n);
/* Something for clients of this node was lost: they are all cut off, and do not recover. Runs none
 * of the program's code: that is told when the turn ends. */
void rtcio__server_lost(rtcio_server *server);
void rtcio__remote_socket_free(rtcio_remote_socket *socket);
/* An event for the program. sink: where its answer goes; NULL: none is wanted. */
void rtcio__deliver_server_side(rtcio_namespace *nsp, rtcio_slice event, rtcio_slice args,
                                struct rtcio__sink *sink);

/* One socket, wherever it was, as JSON texts. */
struct rtcio_remote_socket {
    char *handshake, *data;
    size_t n_rooms;
    const char **rooms;
    const char *id;
};

#endif
