/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */
#ifndef RTCIO_NET_CONN_H
#define RTCIO_NET_CONN_H

/* A TCP connection: one read per readiness, one joined write per turn, no buffer while idle.
 *
 * Input is handed to the owner where it lies in the loop's shared buffer; what the owner does not
 * consume is kept in a buffer of the connection's own until more has come. Output is collected and
 * sent when the turn ends, earlier if many connections have some. */

#include "base/blob.h"
#include "net/loop.h"

#include <rtcio/tls.h>
#include <sys/socket.h>

enum rtcio__conn_end {
    RTCIO__CONN_EOF,   /* the peer closed */
    RTCIO__CONN_ERROR, /* reset, or a failed write */
};

struct rtcio__conn_ops {
    /* Bytes have come; returns how many are consumed. data[len] is writable. `need` may be set to
     * the number of bytes (from data) without which there is no point in calling again. */
    size_t (*data)(struct rtcio__conn *conn, char *data, size_t len, size_t *need);
    /* The peer is gone; the connection is already closed and will be freed after the turn. Not
     * called when the owner closes. */
    void (*ended)(struct rtcio__conn *conn, enum rtcio__conn_end how);
    /* All output is with the kernel again, after it had been held up. May be NULL. */
    void (*drained)(struct rtcio__conn *conn);
};

struct rtcio__conn {
    union {
        struct rtcio__list link; /* in loop.conns while open */
        struct rtcio__corpse corpse;
    };
    struct rtcio__source source;
    struct rtcio__loop *loop;
    const struct rtcio__conn_ops *ops;
    void *owner;
    struct rtcio__wq *wq;      /* output waiting, NULL: none */
    struct rtcio__blob *stash; /* input not consumed, NULL: none */
    struct rtcio__conn *next_dirty;
    int fd; /* -1: closed */
    bool dirty;
    bool blocked;   /* the kernel's buffer is full: waiting for writability */
    bool paused;    /* not reading */
    bool patient;   /* … and not interested in the FIN before it reads on */
    bool broken;    /* a write failed: to be ended when no caller is in the way */
    bool resumed;   /* stash is to be offered again */
    bool finishing; /* FIN follows the last byte */
    bool tls;       /* this is a struct rtcio__tls_conn */
};

/* Takes the descriptor over, also on failure; tls: the server's certificate, NULL: plain TCP. NULL
 * when memory or the system is short. */
struct rtcio__conn *rtcio__conn_create(struct rtcio__loop *loop, int fd, rtcio_tls *tls,
                                       const struct rtcio__conn_ops *ops, void *owner);
/* Hands the connection to another owner, who gets the next data. */
void rtcio__conn_adopt(struct rtcio__conn *conn, const struct rtcio__conn_ops *ops, void *owner);
/* What a connection is between two loops: no buffers, nothing that waits. */
struct rtcio__conn_parts {
    int fd;
    void *ssl;     /* TLS, NULL: plain TCP */
    bool tls_over; /* its peer has closed, or cannot be understood */
    char *more;    /* input that was decrypted and not offered to anybody */
    size_t n_more;
};
/* Takes the connection out of its loop; nothing may be waiting to be sent. Input that the owner has
 * seen and not consumed is the owner's to take along. */
struct rtcio__conn_parts rtcio__conn_release(struct rtcio__conn *conn);
/* The connection again, on this loop; takes the parts over, also on failure (NULL), but for `more`
 * on success, which the caller gives and frees. */
struct rtcio__conn *rtcio__conn_join(struct rtcio__loop *loop, struct rtcio__conn_parts *parts,
                                     const struct rtcio__conn_ops *ops, void *owner);
void rtcio__conn_parts_drop(struct rtcio__conn_parts *parts);
/* Reads at once what has come already, without waiting for the poller to say so: a client that is
 * near has sent its request by the time it is accepted. */
void rtcio__conn_read_now(struct rtcio__conn *conn);
/* Puts input in front of what will be read, as if it had come. 0 or RTCIO_E_NO_MEMORY. */
int rtcio__conn_give(struct rtcio__conn *conn, const char *data, size_t len);
/* Sends what waits, before its time. False: something still waits, or it was in vain. */
bool rtcio__conn_drain(struct rtcio__conn *conn);
/* Takes parts from another loop as rtcio__conn_join() does, with input in front: what the former
 * owner had read and not consumed. NULL: out of memory, and all is gone. */
struct rtcio__conn *rtcio__conn_join_with(struct rtcio__loop *loop, struct rtcio__conn_parts *parts,
                                          const char *data, size_t len,
                                          const struct rtcio__conn_ops *ops, void *owner);
/* Closes now; output not sent is lost. */
void rtcio__conn_close(struct rtcio__conn *conn);
/* The owner lets go: the rest of the output is sent, then FIN, then everything that still comes is
 * read and dropped until the peer closes or timeout_ms have passed in which it took nothing (a
 * close with unread input would reset the connection and could destroy the answer on its way). */
void rtcio__conn_finish(struct rtcio__conn *conn, uint32_t timeout_ms);
/* The same for a peer that has said its last word: closes at once if the kernel takes the rest. */
void rtcio__conn_finish_now(struct rtcio__conn *conn, uint32_t timeout_ms);
/* Stops reading; hangups are still noticed. Resuming offers kept input again in this turn. */
void rtcio__conn_pause(struct rtcio__conn *conn);
/* The same where the FIN has to wait for its turn, behind what was sent before it. */
void rtcio__conn_wait(struct rtcio__conn *conn);
void rtcio__conn_resume(struct rtcio__conn *conn);

/* Room for exactly `len` bytes of output, to be filled before anything else happens on the
 * connection. NULL: closed or out of memory. */
char *rtcio__conn_reserve(struct rtcio__conn *conn, size_t len);
/* Queues bytes. 0, RTCIO_E_NO_MEMORY, RTCIO_E_CLOSED. */
int rtcio__conn_write(struct rtcio__conn *conn, const void *data, size_t len);
/* Queues [offset, offset + len) of a blob, sharing it. */
int rtcio__conn_write_blob(struct rtcio__conn *conn, struct rtcio__blob *blob, uint32_t offset,
                           uint32_t len);
/* Bytes waiting. */
size_t rtcio__conn_queued(const struct rtcio__conn *conn);
/* Those and what the kernel has taken, but the peer not acknowledged: goes down as long as the peer
 * takes something. A look at the queue alone would miss that, for the kernel asks for more only
 * when a third of its buffer, often a megabyte, is free. */
size_t rtcio__conn_untaken(const struct rtcio__conn *conn);

/* For the loop. */
void rtcio__conn_flush(struct rtcio__conn *conn);
void rtcio__wq_free_pool(struct rtcio__loop *loop);

#endif
