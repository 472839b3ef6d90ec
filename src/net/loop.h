/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */
#ifndef RTCIO_NET_LOOP_H
#define RTCIO_NET_LOOP_H

/* One thread's loop: poller, clock, timers, the list of sockets with something to write, and the
 * grave of what was closed during the turn.
 *
 * Nothing is freed while it may still be on somebody's stack: closed objects are buried and freed
 * when the turn ends. */

#include "base/counter.h"
#include "base/pool.h"
#include "net/poller.h"
#include "net/timer.h"

#include <rtcio/errors.h>

#include <pthread.h>
#include <stddef.h>
#include <stdint.h>

#define RTCIO__READ_SIZE 65536 /* of the one read buffer that all connections share */

struct rtcio__conn;
struct rtcio__wq;
struct rtcio__tls_room;

/* Something to be freed when the turn is over; embedded, in place of links that a dead object no
 * longer needs. */
struct rtcio__corpse {
    struct rtcio__corpse *next;
    void (*free_fn)(struct rtcio__corpse *corpse);
};

/* A call to be made once at the end of the turn, when output of the turn is being completed. */
struct rtcio__deferred {
    struct rtcio__list link;
    void (*run)(struct rtcio__deferred *deferred);
};

/* Work from another thread, embedded in what it needs. Whoever runs or drops it owns it. */
struct rtcio__post {
    struct rtcio__post *next;
    void (*run)(struct rtcio__post *post);  /* on the loop's thread */
    void (*drop)(struct rtcio__post *post); /* instead, when the loop goes */
    bool quick; /* runs no caller's code: may be run inside a call, see rtcio__loop_catch_up() */
    uint32_t bytes; /* that it holds, as they count against max_posted_bytes */
};

struct rtcio__posts {
    struct rtcio__post *first, **end;
};

/* How long turns take. Every turn is counted, one of RTCIO__TURN_EVERY timed: the end of a turn
 * needs no clock otherwise. */
#define RTCIO__TURN_BUCKETS 12
#define RTCIO__TURN_EVERY   16

struct rtcio__turns {
    struct rtcio__counter n, n_timed, us;
    struct rtcio__counter buckets[RTCIO__TURN_BUCKETS];
};

struct rtcio__loop {
    int poller;
    uint64_t now_ms; /* monotonic, read once a turn */
    struct rtcio__timers timers;
    struct rtcio__conn *dirty; /* connections with output not yet offered to the kernel */
    unsigned n_dirty;
    struct rtcio__list deferred; /* struct rtcio__deferred.link */
    struct rtcio__list conns;    /* struct rtcio__conn.link: all open ones */
    struct rtcio__counter n_conns;
    struct rtcio__pool conn_pool; /* their memory */
    struct rtcio__corpse *grave;
    struct rtcio__wq *free_wq; /* write queues without an owner */
    unsigned n_free_wq;
    bool turning;
    struct rtcio__tls_room *tls_room; /* NULL: no connection had TLS yet */
    struct rtcio__turns turns;
    struct rtcio__counter bytes_in, bytes_out, queued_bytes, n_tls_handshakes, n_tls_failures;

    struct rtcio__source wakeup;
    int wakeup_fd;
    size_t max_posted_bytes;   /* SIZE_MAX: no limit */
    pthread_mutex_t post_lock; /* of the next four */
    struct rtcio__posts posts;
    size_t posted_bytes; /* of them */
    uint64_t n_posts_refused;
    bool woken;                /* the wakeup for all of them is written, or about to be */
    struct rtcio__posts inbox; /* taken over from posts, to be run */

    char *read_buffer; /* RTCIO__READ_SIZE and one more byte */
};

int rtcio__loop_init(struct rtcio__loop *loop);
/* Everything on the loop must be closed before. */
void rtcio__loop_fini(struct rtcio__loop *loop);

/* One turn. timeout_ms: how long to wait for events at most. 0 or RTCIO_E_SYSTEM; a turn inside a
 * turn is refused with RTCIO_E_INVALID. */
int rtcio__loop_turn(struct rtcio__loop *loop, int timeout_ms);
/* Time to the next timer, capped by `most` (-1: no cap). */
int rtcio__loop_timeout(struct rtcio__loop *loop, int most);
/* The time: that of the turn, or read from the clock between two turns. */
uint64_t rtcio__loop_now(struct rtcio__loop *loop);
/* Offers all pending output to the kernel. */
void rtcio__loop_flush(struct rtcio__loop *loop);

static inline void rtcio__loop_bury(struct rtcio__loop *loop, struct rtcio__corpse *corpse,
                                    void (*free_fn)(struct rtcio__corpse *corpse))
{
    corpse->free_fn = free_fn;
    corpse->next = loop->grave;
    loop->grave = corpse;
}

/* Arms `deferred`; twice is once. */
static inline void rtcio__loop_defer(struct rtcio__loop *loop, struct rtcio__deferred *deferred)
{
    if (rtcio__list_empty(&deferred->link))
        rtcio__list_append(&loop->deferred, &deferred->link);
}

/* Posts are run in the order sent. Any thread. */
void rtcio__loop_send(struct rtcio__loop *loop, struct rtcio__post *post);
/* The same without waking the loop, which the sender does after a last post: a burst costs one
 * wakeup. */
void rtcio__loop_send_quietly(struct rtcio__loop *loop, struct rtcio__post *post);
/* The same for a post that may be lost: false if the posts that nobody has looked at yet hold too
 * much. */
bool rtcio__loop_offer_quietly(struct rtcio__loop *loop, struct rtcio__post *post);
/* What is posted and not looked at, and how often something was refused. Any thread. */
void rtcio__loop_posted(struct rtcio__loop *loop, size_t *bytes, uint64_t *n_refused);
void rtcio__loop_wake(struct rtcio__loop *loop);
/* Runs fn on the loop's thread, then frees b, also if fn never ran. Any thread. 0 or
 * RTCIO_E_NO_MEMORY. */
int rtcio__loop_post(struct rtcio__loop *loop, void (*fn)(void *a, void *b), void *a, void *b);

/* The loop's own thread: takes over what has been sent so far; what is sent later comes later. */
void rtcio__loop_collect(struct rtcio__loop *loop);
/* Runs now what of it is quick, in the order sent; the rest keeps its order. */
void rtcio__loop_catch_up(struct rtcio__loop *loop);
/* Drops everything that was sent. */
void rtcio__loop_drop_posts(struct rtcio__loop *loop);

#endif
