/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */

/* Write queues. They come from a pool of the loop's and go back when empty, so that an idle
 * connection holds none, and the few in use stay in the cache. */

#include "net/wq.h"

#include "net/tls.h"

#include <errno.h>
#include <limits.h>
#include <linux/sockios.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/uio.h>

#define CHUNK           8192 /* own bytes are collected in blobs of this size */
#define POOL            64   /* a little more than may be dirty at once */
#define MAX_IOV         64
#define INLINE_SEGMENTS 4

struct segment {
    struct rtcio__blob *blob;
    uint32_t offset, len;
};

struct rtcio__wq {
    struct rtcio__wq *next; /* in the pool */
    struct rtcio__blob
        *tail; /* own blob that may be appended to: the one of the last segment, or spare */
    size_t bytes;
    struct segment *segment;
    uint32_t head, n, cap; /* segments [head, n) are waiting */
    struct segment few[INLINE_SEGMENTS];
};

void rtcio__wq_mark(struct rtcio__conn *conn)
{
    if (conn->dirty || conn->fd < 0)
        return;
    conn->dirty = true;
    conn->next_dirty = conn->loop->dirty;
    conn->loop->dirty = conn;
    conn->loop->n_dirty++;
}

static struct rtcio__wq *get_wq(struct rtcio__conn *conn)
{
    struct rtcio__loop *loop = conn->loop;
    struct rtcio__wq *wq = conn->wq;

    if (wq != NULL)
        return wq;
    wq = loop->free_wq;
    if (wq != NULL) {
        loop->free_wq = wq->next;
        loop->n_free_wq--;
    } else {
        wq = calloc(1, sizeof *wq);
        if (wq == NULL)
            return NULL;
        wq->segment = wq->few;
        wq->cap = INLINE_SEGMENTS;
    }
    conn->wq = wq;
    return wq;
}

static void free_wq(struct rtcio__wq *wq)
{
    rtcio__blob_unref(wq->tail);
    if (wq->segment != wq->few)
        free(wq->segment);
    free(wq);
}

/* Takes the queue, which is empty or to be emptied, from its connection. */
static void put_wq(struct rtcio__conn *conn)
{
    struct rtcio__loop *loop = conn->loop;
    struct rtcio__wq *wq = conn->wq;

    conn->wq = NULL;
    rtcio__counter_sub(&loop->queued_bytes, wq->bytes);
    for (uint32_t i = wq->head; i < wq->n; i++)
        rtcio__blob_unref(wq->segment[i].blob);
    wq->bytes = 0;
    wq->head = wq->n = 0;
    if (wq->tail != NULL && (wq->tail->cap != CHUNK || wq->tail->refs != 1)) {
        rtcio__blob_unref(wq->tail);
        wq->tail = NULL;
    }
    if (wq->tail != NULL)
        wq->tail->len = 0;
    if (loop->n_free_wq >= POOL || wq->segment != wq->few) {
        free_wq(wq);
        return;
    }
    wq->next = loop->free_wq;
    loop->free_wq = wq;
    loop->n_free_wq++;
}

void rtcio__wq_free_pool(struct rtcio__loop *loop)
{
    while (loop->free_wq != NULL) {
        struct rtcio__wq *wq = loop->free_wq;
        loop->free_wq = wq->next;
        free_wq(wq);
    }
    loop->n_free_wq = 0;
}

void rtcio__wq_drop(struct rtcio__conn *conn)
{
    if (conn->wq != NULL)
        put_wq(conn);
}

size_t rtcio__conn_queued(const struct rtcio__conn *conn)
{
    return conn->wq != NULL ? conn->wq->bytes : 0;
}

size_t rtcio__conn_untaken(const struct rtcio__conn *conn)
{
    int unacknowledged = 0;

    if (conn->fd < 0 || ioctl(conn->fd, SIOCOUTQ, &unacknowledged) != 0 || unacknowledged < 0)
        unacknowledged = 0;
    return rtcio__conn_queued(conn) + (size_t)unacknowledged;
}

static struct segment *push_segment(struct rtcio__wq *wq)
{
    if (wq->n == wq->cap && wq->head > 0) {
        memmove(wq->segment, wq->segment + wq->head, (wq->n - wq->head) * sizeof *wq->segment);
        wq->n -= wq->head;
        wq->head = 0;
    }
    if (wq->n == wq->cap) {
        struct segment *old = wq->segment == wq->few ? NULL : wq->segment;
        struct segment *grown = realloc(old, (size_t)wq->cap * 2 * sizeof *grown);
        if (grown == NULL)
            return NULL;
        if (old == NULL)
            memcpy(grown, wq->few, sizeof wq->few);
        wq->segment = grown;
        wq->cap *= 2;
    }
    return &wq->segment[wq->n++];
}

static void queued(struct rtcio__conn *conn, size_t len)
{
    conn->wq->bytes += len;
    rtcio__counter_add(&conn->loop->queued_bytes, len);
    /* A blocked connection is flushed when it becomes writable. */
    if (!conn->blocked)
        rtcio__wq_mark(conn);
}

/* A stream with a hole in it would be understood wrongly: the connection ends instead. */
static void give_up(struct rtcio__conn *conn)
{
    conn->broken = true;
    rtcio__wq_mark(conn);
}

char *rtcio__conn_reserve(struct rtcio__conn *conn, size_t len)
{
    if (conn->fd < 0 || conn->broken || len > UINT32_MAX / 4)
        return NULL;
    struct rtcio__wq *wq = get_wq(conn);
    if (wq == NULL)
        goto fail;

    struct rtcio__blob *tail = wq->tail;
    struct segment *last = wq->n > wq->head ? &wq->segment[wq->n - 1] : NULL;
    if (tail == NULL || tail->cap - tail->len < len) {
        rtcio__blob_unref(tail);
        wq->tail = tail = rtcio__blob_create(len > CHUNK ? len : CHUNK);
        last = NULL;
        if (tail == NULL)
            goto fail;
    }
    char *at = tail->data + tail->len;
    if (last != NULL && last->blob == tail && last->offset + last->len == tail->len) {
        last->len += (uint32_t)len;
    } else {
        struct segment *segment = push_segment(wq);
        if (segment == NULL)
            goto fail;
        *segment = (struct segment){rtcio__blob_ref(tail), tail->len, (uint32_t)len};
    }
    tail->len += (uint32_t)len;
    queued(conn, len);
    return at;
fail:
    give_up(conn);
    return NULL;
}

int rtcio__conn_write(struct rtcio__conn *conn, const void *data, size_t len)
{
    if (conn->fd < 0 || conn->broken)
        return RTCIO_E_CLOSED;
    if (len == 0)
        return 0;
    char *at = rtcio__conn_reserve(conn, len);
    if (at == NULL)
        return RTCIO_E_NO_MEMORY;
    memcpy(at, data, len);
    return 0;
}

int rtcio__conn_write_blob(struct rtcio__conn *conn, struct rtcio__blob *blob, uint32_t offset,
                           uint32_t len)
{
    if (conn->fd < 0 || conn->broken)
        return RTCIO_E_CLOSED;
    struct rtcio__wq *wq = get_wq(conn);
    struct segment *segment = wq != NULL ? push_segment(wq) : NULL;
    if (segment == NULL) {
        give_up(conn);
        return RTCIO_E_NO_MEMORY;
    }
    *segment = (struct segment){rtcio__blob_ref(blob), offset, len};
    queued(conn, len);
    return 0;
}

/* One record. Small pieces share it: each record costs its own header, tag and system call. */
static ssize_t send_record(struct rtcio__conn *conn)
{
    const struct rtcio__wq *wq = conn->wq;
    const struct segment *at = &wq->segment[wq->head];
    char *out = conn->loop->tls_room->out;
    size_t len = 0;

    if (wq->n - wq->head == 1 || at->len >= RTCIO__TLS_RECORD / 2)
        return rtcio__tls_send(conn, at->blob->data + at->offset,
                               at->len < RTCIO__TLS_RECORD ? at->len : RTCIO__TLS_RECORD);
    for (; at < &wq->segment[wq->n] && len < RTCIO__TLS_RECORD; at++) {
        size_t n = RTCIO__TLS_RECORD - len < at->len ? RTCIO__TLS_RECORD - len : at->len;
        memcpy(out + len, at->blob->data + at->offset, n);
        len += n;
    }
    return rtcio__tls_send(conn, out, len);
}

static ssize_t send_some(struct rtcio__conn *conn)
{
    struct rtcio__wq *wq = conn->wq;
    struct segment *first = &wq->segment[wq->head];

    if (conn->tls)
        return send_record(conn);
    if (wq->n - wq->head == 1)
        return send(conn->fd, first->blob->data + first->offset, first->len,
                    MSG_NOSIGNAL | MSG_DONTWAIT);

    struct iovec iov[MAX_IOV];
    uint32_t n = wq->n - wq->head < MAX_IOV ? wq->n - wq->head : MAX_IOV;
    for (uint32_t i = 0; i < n; i++) {
        iov[i].iov_base = first[i].blob->data + first[i].offset;
        iov[i].iov_len = first[i].len;
    }
    struct msghdr msg = {.msg_iov = iov, .msg_iovlen = n};
    return sendmsg(conn->fd, &msg, MSG_NOSIGNAL | MSG_DONTWAIT);
}

static void advance(struct rtcio__conn *conn, size_t sent)
{
    struct rtcio__wq *wq = conn->wq;

    wq->bytes -= sent;
    rtcio__counter_sub(&conn->loop->queued_bytes, sent);
    rtcio__counter_add(&conn->loop->bytes_out, sent);
    while (sent > 0) {
        struct segment *first = &wq->segment[wq->head];
        if (sent < first->len) {
            first->offset += (uint32_t)sent;
            first->len -= (uint32_t)sent;
            return;
        }
        sent -= first->len;
        rtcio__blob_unref(first->blob);
        wq->head++;
    }
}

void rtcio__wq_set_blocked(struct rtcio__conn *conn, bool blocked)
{
    if (conn->blocked == blocked)
        return;
    conn->blocked = blocked;
    rtcio__poller_want(conn->loop->poller, conn->fd, &conn->source, !conn->paused, blocked,
                       conn->patient);
}

void rtcio__wq_send(struct rtcio__conn *conn)
{
    /* What is queued before the handshake is done waits for it. */
    if (conn->tls && !rtcio__tls_ready(conn) && !conn->finishing)
        return;
    while (conn->wq != NULL && conn->wq->bytes > 0) {
        size_t before = conn->wq->bytes;
        ssize_t n = send_some(conn);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0 && errno != EAGAIN) {
            conn->broken = true;
            rtcio__wq_drop(conn);
            return;
        }
        if (n > 0)
            advance(conn, (size_t)n);
        /* A short write means that the kernel is full; asking again would only say so. */
        if (n < 0 ||
            (!conn->tls && (size_t)n < before && conn->wq->n - conn->wq->head <= MAX_IOV)) {
            rtcio__wq_set_blocked(conn, true);
            return;
        }
    }
    if (conn->wq != NULL)
        put_wq(conn);
    bool was_blocked = conn->blocked;
    rtcio__wq_set_blocked(conn, false);
    if (conn->finishing) {
        if (conn->tls)
            rtcio__tls_say_goodbye(conn);
        shutdown(conn->fd, SHUT_WR);
    } else if ((was_blocked || conn->paused) && conn->ops->drained != NULL)
        conn->ops->drained(conn);
}
