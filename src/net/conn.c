/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */

/* A connection's life: reading, pausing, ending. What waits to be written is in wq.c. */

#include "net/conn.h"

#include "net/tls.h"
#include "net/wq.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FIRST_STASH 4096

static void give_back(struct rtcio__loop *loop, struct rtcio__conn *conn)
{
    if (conn == NULL)
        return;
    if (conn->tls)
        free(conn); /* with what TLS needs it is larger */
    else
        rtcio__pool_free(&loop->conn_pool, conn);
}

static void free_conn(struct rtcio__corpse *corpse)
{
    struct rtcio__conn *conn = rtcio__container_of(corpse, struct rtcio__conn, corpse);

    rtcio__blob_unref(conn->stash);
    give_back(conn->loop, conn);
}

/* Out of the loop; what it had is gone, its descriptor is the caller's. */
static int detach(struct rtcio__conn *conn)
{
    int fd = conn->fd;

    rtcio__poller_del(conn->loop->poller, fd);
    conn->fd = -1;
    rtcio__wq_drop(conn);
    if (conn->dirty) {
        /* The dirty list is short; a closed connection must not stay on it. */
        struct rtcio__conn **at = &conn->loop->dirty;
        while (*at != conn && *at != NULL)
            at = &(*at)->next_dirty;
        if (*at == conn) {
            *at = conn->next_dirty;
            conn->loop->n_dirty--;
        }
        conn->dirty = false;
    }
    rtcio__counter_sub(&conn->loop->n_conns, 1);
    rtcio__list_remove(&conn->link);
    /* The stash stays until the turn ends: its bytes may be on a caller's stack. */
    rtcio__loop_bury(conn->loop, &conn->corpse, free_conn);
    return fd;
}

void rtcio__conn_close(struct rtcio__conn *conn)
{
    if (conn->fd < 0)
        return;
    if (conn->tls)
        rtcio__tls_stop(conn);
    close(detach(conn));
}

struct rtcio__conn_parts rtcio__conn_release(struct rtcio__conn *conn)
{
    struct rtcio__conn_parts parts = {0};

    if (conn->tls)
        rtcio__tls_release(conn, &parts);
    parts.fd = detach(conn);
    return parts;
}

void rtcio__conn_parts_drop(struct rtcio__conn_parts *parts)
{
    rtcio__tls_parts_drop(parts);
    free(parts->more);
    close(parts->fd);
}

static void end(struct rtcio__conn *conn, enum rtcio__conn_end how)
{
    if (conn->fd < 0)
        return;
    rtcio__conn_close(conn);
    conn->ops->ended(conn, how);
}

/* Keeps what was not consumed, in a buffer that grows with what has come, not with what was
 * announced. */
static bool keep(struct rtcio__conn *conn, const char *data, size_t len, size_t need)
{
    size_t cap = len * 2 > FIRST_STASH ? len * 2 : FIRST_STASH;

    if (need > len && cap > need)
        cap = need > FIRST_STASH ? need : FIRST_STASH;
    struct rtcio__blob *stash = rtcio__blob_create(cap);
    if (stash == NULL)
        return false;
    memcpy(stash->data, data, len);
    stash->len = (uint32_t)len;
    rtcio__blob_unref(conn->stash);
    conn->stash = stash;
    return true;
}

int rtcio__conn_give(struct rtcio__conn *conn, const char *data, size_t len)
{
    if (!keep(conn, data, len, 0))
        return RTCIO_E_NO_MEMORY;
    rtcio__conn_resume(conn);
    return 0;
}

/* Offers bytes to the owner, and to a new owner what the old one left; data is the stash or the
 * loop's buffer. */
static void offer(struct rtcio__conn *conn, char *data, size_t len)
{
    struct rtcio__blob *stash = conn->stash;
    const struct rtcio__conn_ops *ops;
    size_t used = 0, need;

    do {
        ops = conn->ops;
        need = 0;
        used += ops->data(conn, data + used, len - used, &need);
    } while (conn->fd >= 0 && conn->ops != ops && used < len);

    if (conn->fd < 0)
        return;
    if (stash == NULL) {
        if (used < len && !keep(conn, data + used, len - used, need))
            end(conn, RTCIO__CONN_ERROR);
    } else if (used == len) {
        rtcio__blob_unref(stash);
        conn->stash = NULL;
    } else {
        if (used > 0)
            memmove(stash->data, stash->data + used, len - used);
        stash->len = (uint32_t)(len - used);
        if (stash->len == stash->cap && !keep(conn, stash->data, stash->len, need))
            end(conn, RTCIO__CONN_ERROR);
    }
}

/* True if there were bytes. */
static bool read_once(struct rtcio__conn *conn)
{
    struct rtcio__blob *stash = conn->stash;
    char *at = stash != NULL ? stash->data + stash->len : conn->loop->read_buffer;
    size_t room = stash != NULL ? stash->cap - stash->len : RTCIO__READ_SIZE;
    ssize_t n = conn->tls ? rtcio__tls_recv(conn, at, room) : recv(conn->fd, at, room, 0);

    if (n > 0) {
        rtcio__counter_add(&conn->loop->bytes_in, (uint64_t)n);
        if (stash != NULL) {
            stash->len += (uint32_t)n;
            offer(conn, stash->data, stash->len);
        } else {
            offer(conn, at, (size_t)n);
        }
    } else if (n == 0) {
        end(conn, RTCIO__CONN_EOF);
    } else if (errno != EAGAIN && errno != EINTR) {
        end(conn, RTCIO__CONN_ERROR);
    }
    return n > 0;
}

static void on_readable(struct rtcio__conn *conn)
{
    if (!conn->tls) {
        read_once(conn);
        return;
    }
    /* What OpenSSL has taken the poller does not see: all of it is decrypted now. */
    rtcio__tls_fetch(conn);
    while (conn->fd >= 0 && read_once(conn))
        ;
}

void rtcio__conn_read_now(struct rtcio__conn *conn)
{
    if (conn->fd >= 0 && !conn->paused)
        on_readable(conn);
}

static void on_ready(struct rtcio__source *source, unsigned events)
{
    struct rtcio__conn *conn = rtcio__container_of(source, struct rtcio__conn, source);

    if (conn->fd < 0)
        return;
    if (events & RTCIO__WRITABLE)
        rtcio__conn_flush(conn);
    bool read = (events & RTCIO__READABLE) && !conn->paused;
    if (conn->fd >= 0 && (read || (conn->tls && rtcio__tls_wants_write(conn))))
        on_readable(conn);
    else if (conn->fd >= 0 && (events & RTCIO__HANGUP))
        end(conn, RTCIO__CONN_EOF);
}

/* A connection without its TLS. NULL: out of memory. */
static struct rtcio__conn *create(struct rtcio__loop *loop, int fd, bool tls,
                                  const struct rtcio__conn_ops *ops, void *owner)
{
    struct rtcio__conn *conn =
        tls ? calloc(1, sizeof(struct rtcio__tls_conn)) : rtcio__pool_alloc(&loop->conn_pool);

    if (conn == NULL)
        return NULL;
    conn->source.ready = on_ready;
    conn->loop = loop;
    conn->fd = fd;
    conn->tls = tls;
    conn->ops = ops;
    conn->owner = owner;
    return conn;
}

static bool attach(struct rtcio__conn *conn)
{
    struct rtcio__loop *loop = conn->loop;

    if (rtcio__poller_add(loop->poller, conn->fd, &conn->source) != 0) {
        if (conn->tls)
            rtcio__tls_stop(conn);
        return false;
    }
    rtcio__list_append(&loop->conns, &conn->link);
    rtcio__counter_add(&loop->n_conns, 1);
    return true;
}

struct rtcio__conn *rtcio__conn_create(struct rtcio__loop *loop, int fd, rtcio_tls *tls,
                                       const struct rtcio__conn_ops *ops, void *owner)
{
    struct rtcio__conn *conn = create(loop, fd, tls != NULL, ops, owner);

    if (conn != NULL && (tls == NULL || rtcio__tls_start(conn, tls) == 0) && attach(conn))
        return conn;
    give_back(loop, conn);
    close(fd);
    return NULL;
}

struct rtcio__conn *rtcio__conn_join(struct rtcio__loop *loop, struct rtcio__conn_parts *parts,
                                     const struct rtcio__conn_ops *ops, void *owner)
{
    struct rtcio__conn *conn = create(loop, parts->fd, parts->ssl != NULL, ops, owner);

    if (conn == NULL || (conn->tls && rtcio__tls_join(conn, parts) != 0)) {
        rtcio__conn_parts_drop(parts);
        give_back(loop, conn);
        return NULL;
    }
    if (attach(conn))
        return conn;
    free(parts->more);
    close(parts->fd);
    give_back(loop, conn);
    return NULL;
}

struct rtcio__conn *rtcio__conn_join_with(struct rtcio__loop *loop, struct rtcio__conn_parts *parts,
                                          const char *data, size_t len,
                                          const struct rtcio__conn_ops *ops, void *owner)
{
    size_t n_more = parts->n_more;
    char *all = malloc(len + n_more + 1);

    if (all == NULL) {
        rtcio__conn_parts_drop(parts);
        return NULL;
    }
    if (len > 0)
        memcpy(all, data, len);
    if (n_more > 0)
        memcpy(all + len, parts->more, n_more);
    struct rtcio__conn *conn = rtcio__conn_join(loop, parts, ops, owner);
    if (conn != NULL) {
        free(parts->more);
        if (len + n_more > 0 && rtcio__conn_give(conn, all, len + n_more) != 0) {
            rtcio__conn_close(conn);
            conn = NULL;
        }
    }
    free(all);
    return conn;
}

bool rtcio__conn_drain(struct rtcio__conn *conn)
{
    if (conn->fd >= 0 && !conn->broken && rtcio__conn_queued(conn) > 0)
        rtcio__wq_send(conn);
    return conn->fd >= 0 && !conn->broken && rtcio__conn_queued(conn) == 0;
}

void rtcio__conn_adopt(struct rtcio__conn *conn, const struct rtcio__conn_ops *ops, void *owner)
{
    conn->ops = ops;
    conn->owner = owner;
}

void rtcio__conn_pause(struct rtcio__conn *conn)
{
    if (conn->fd < 0 || conn->paused)
        return;
    conn->paused = true;
    rtcio__poller_want(conn->loop->poller, conn->fd, &conn->source, false, conn->blocked,
                       conn->patient);
}

void rtcio__conn_wait(struct rtcio__conn *conn)
{
    conn->patient = true;
    rtcio__conn_pause(conn);
}

void rtcio__conn_resume(struct rtcio__conn *conn)
{
    if (conn->fd < 0)
        return;
    if (conn->paused) {
        conn->paused = conn->patient = false;
        rtcio__poller_want(conn->loop->poller, conn->fd, &conn->source, true, conn->blocked, false);
    }
    if (conn->stash != NULL) {
        conn->resumed = true;
        rtcio__wq_mark(conn);
    }
}

/* Called from the loop's flush: what could not be done inside a caller's call. */
void rtcio__conn_flush(struct rtcio__conn *conn)
{
    if (conn->fd < 0)
        return;
    if (!conn->broken)
        rtcio__wq_send(conn);
    if (conn->fd >= 0 && conn->broken) {
        end(conn, RTCIO__CONN_ERROR);
        return;
    }
    if (conn->fd >= 0 && conn->resumed) {
        conn->resumed = false;
        if (conn->stash != NULL)
            offer(conn, conn->stash->data, conn->stash->len);
    }
}

/* The end of a connection nobody owns any more. */
struct farewell {
    struct rtcio__timer timer;
    struct rtcio__conn *conn;
    uint32_t timeout_ms;
    size_t left; /* output not taken when the timer was set */
};

static size_t farewell_data(struct rtcio__conn *conn, char *data, size_t len, size_t *need)
{
    (void)conn, (void)data, (void)need;
    return len;
}

static void farewell_over(struct farewell *farewell)
{
    rtcio__timer_stop(&farewell->conn->loop->timers, &farewell->timer);
    rtcio__conn_close(farewell->conn);
    free(farewell);
}

static void farewell_timeout(struct rtcio__timer *timer)
{
    struct farewell *farewell = rtcio__container_of(timer, struct farewell, timer);
    struct rtcio__conn *conn = farewell->conn;
    size_t left = rtcio__conn_untaken(conn);

    /* A slow peer that takes its answer bit by bit may have it. */
    if (left > 0 && left < farewell->left) {
        farewell->left = left;
        rtcio__timer_set(&conn->loop->timers, timer,
                         rtcio__loop_now(conn->loop) + farewell->timeout_ms);
        return;
    }
    farewell_over(farewell);
}

static void farewell_ended(struct rtcio__conn *conn, enum rtcio__conn_end how)
{
    (void)how;
    farewell_over(conn->owner);
}

static const struct rtcio__conn_ops farewell_ops = {.data = farewell_data, .ended = farewell_ended};

void rtcio__conn_finish(struct rtcio__conn *conn, uint32_t timeout_ms)
{
    if (conn->fd < 0)
        return;
    struct farewell *farewell = malloc(sizeof *farewell);
    if (farewell == NULL) {
        rtcio__conn_close(conn);
        return;
    }
    rtcio__timer_init(&farewell->timer, farewell_timeout);
    farewell->conn = conn;
    farewell->timeout_ms = timeout_ms;
    farewell->left = rtcio__conn_untaken(conn);
    rtcio__timer_set(&conn->loop->timers, &farewell->timer,
                     rtcio__loop_now(conn->loop) + timeout_ms);
    rtcio__conn_adopt(conn, &farewell_ops, farewell);
    conn->finishing = true;
    conn->resumed = false;
    rtcio__wq_mark(conn);
    rtcio__conn_resume(conn);
}

void rtcio__conn_finish_now(struct rtcio__conn *conn, uint32_t timeout_ms)
{
    if (conn->fd < 0)
        return;
    rtcio__wq_send(conn);
    if (conn->broken || rtcio__conn_queued(conn) == 0)
        rtcio__conn_close(conn);
    else
        rtcio__conn_finish(conn, timeout_ms);
}
