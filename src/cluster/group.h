/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */
#ifndef RTCIO_CLUSTER_GROUP_H
#define RTCIO_CLUSTER_GROUP_H

/* Workers: servers on threads of one process, joined by posts. What they share is here, and it is
 * little: who has members of which room, and one lock that gives broadcasts their order. */

#include "socketio/adapter.h"
#include "socketio/shared.h"

#include <rtcio/workers.h>

#include <pthread.h>

typedef uint64_t rtcio__worker_set; /* bit i: worker i */

/* One worker. */
struct rtcio__node {
    struct rtcio__adapter adapter; /* of its server */
    rtcio_workers *group;
    unsigned index;
    rtcio_server *server;
    pthread_t thread;
    bool started;
    bool ended;                  /* its loop has; under group->lock */
    int error;                   /* that ended its loop, or that its setup returned */
    struct rtcio__deferred wake; /* wakes those that were sent something in this turn: */
    rtcio__worker_set to_wake;
    struct rtcio__post lost; /* on its way while has_lost (overflow.c) */
    bool has_lost;           /* atomic */
};

struct rtcio_workers {
    unsigned n;
    struct rtcio__node *nodes;
    struct rtcio__engine **engines; /* theirs, for handing requests over */
    struct rtcio__shared shared;
    uint64_t n_sessions;       /* of all; atomic */
    uint64_t deflate_reserved; /* bytes of contexts of compression, of all; atomic */
    rtcio_setup_fn setup;
    void *user;
    bool quit;   /* atomic: loops end now */
    int done_fd; /* readable when all loops have ended */

    /* Order: whoever sends to several workers holds it while it does, so that two broadcasts arrive
     * everywhere in the same order. It also protects the tables. Nothing is waited for under it. */
    pthread_mutex_t order;
    struct rtcio__hash spaces; /* struct space.node by name of the namespace (rooms.c) */
    uint64_t n_joins; /* letters by which others join rooms, and which the tables do not show yet;
                         atomic */

    pthread_mutex_t lock; /* of what follows */
    pthread_cond_t changed;
    unsigned n_ready, n_running;
    bool go; /* the loops may run */
};

/* workers.c */
/* The worker whose thread this is, or NULL. */
struct rtcio__node *rtcio__node_current(void);

/* node.c */
extern const struct rtcio__adapter_ops rtcio__node_ops;
/* Sends a post from one worker to another; it wakes when the sender's turn ends. */
void rtcio__node_send(struct rtcio__node *from, struct rtcio__node *to, struct rtcio__post *post);
/* The same for what may be lost: false if too much waits there already. */
bool rtcio__node_offer(struct rtcio__node *from, struct rtcio__node *to, struct rtcio__post *post);
void rtcio__node_init(struct rtcio__node *node, rtcio_workers *group, unsigned index);

/* overflow.c: something for the clients of worker `to` was not taken. */
void rtcio__node_lost(struct rtcio__node *from, struct rtcio__node *to);

/* rooms.c; with group->order held. */
void rtcio__spaces_init(struct rtcio__hash *spaces);
void rtcio__spaces_fini(struct rtcio__hash *spaces);
int rtcio__spaces_enter(struct rtcio__hash *spaces, const struct rtcio__room *room, unsigned index);
void rtcio__spaces_leave(struct rtcio__hash *spaces, const struct rtcio__room *room,
                         unsigned index);
/* Those that have members of the room. */
rtcio__worker_set rtcio__spaces_find(const struct rtcio__hash *spaces, const rtcio_namespace *nsp,
                                     const char *room);

/* letter.c: something for several workers, copied once */
enum rtcio__letter_kind {
    RTCIO__LETTER_CAST,
    RTCIO__LETTER_CAST_WITH_ACK,
    RTCIO__LETTER_CAST_TO_CHILDREN, /* of a parent namespace */
    RTCIO__LETTER_CHANGE,
    RTCIO__LETTER_FETCH,
    RTCIO__LETTER_SERVER_SIDE,
};

struct rtcio__letter {
    uint64_t refs; /* atomic: workers that have not read it */
    enum rtcio__letter_kind kind;
    struct rtcio__node *from;
    uint64_t number; /* of the request that wants answers, 0: none */
    /* The operator. */
    uint8_t flags, n_except;
    uint32_t timeout_ms;
    const char **rooms;
    size_t n_rooms;
    const char *except[RTCIO_OPERATOR_ROOMS];
    const char *nsp;
    struct rtcio__cast cast; /* encoded, for a broadcast */
    /* The parts, for one with acknowledgements (a client's id differs) and for programs. */
    rtcio_slice event, args;
    rtcio_slice attachment[RTCIO__SIO_MAX_ATTACHMENTS];
    size_t n_attachments;
    /* A change. */
    enum rtcio__change what;
    const char *room;
    bool close;
    struct rtcio__copy {
        struct rtcio__post post;
        struct rtcio__letter *letter;
        struct rtcio__node *to;
    } copies[];
};

/* A letter with a copy for each worker, from an operator (of which `parts` are taken along) or,
 * with op NULL, for a namespace. NULL: out of memory. */
struct rtcio__letter *rtcio__letter_create(struct rtcio__node *from, enum rtcio__letter_kind kind,
                                           const rtcio_namespace *nsp, const rtcio_operator *op,
                                           const struct rtcio__packet_out *parts, const char *room);
/* Frees one that was not sent. */
void rtcio__letter_free(struct rtcio__letter *letter);
/* Sends it to these, of which there is at least one. With group->order held. */
void rtcio__letter_send(struct rtcio__letter *letter, rtcio__worker_set to);

/* answer.c: back to the worker that asked */
/* NULL: out of memory. */
struct rtcio__sink *rtcio__sink_create(struct rtcio__node *from, struct rtcio__node *to,
                                       uint64_t number);
void rtcio__answer_count(struct rtcio__node *from, struct rtcio__node *to, uint64_t number,
                         size_t n_clients);
/* Takes the list over. */
void rtcio__answer_sockets(struct rtcio__node *from, struct rtcio__node *to, uint64_t number,
                           rtcio_remote_socket **sockets, size_t n);

#endif
