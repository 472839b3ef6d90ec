/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */
#ifndef RTCIO_NET_TLS_H
#define RTCIO_NET_TLS_H

/* TLS of a connection: stands between its bytes (conn.c), its write queue (wq.c) and the kernel.
 * Nothing above net notices. A plain connection has none of this and pays one branch. */

#include "net/conn.h"
#include "net/tls_context.h"

/* The most that one record carries (RFC 8446 section 5.1). */
#define RTCIO__TLS_RECORD 16384

/* A connection with TLS is this; rtcio__conn.tls says so. */
struct rtcio__tls_conn {
    struct rtcio__conn conn;
    SSL *ssl;
    bool ready;       /* the handshake is done */
    bool ended;       /* the peer has closed its direction */
    bool failed;      /* nothing can be sent or received any more */
    bool wants_write; /* a read goes on once the kernel takes more output */
};

/* What connections with TLS share on a loop: room for what comes and for what goes. */
struct rtcio__tls_room {
    BIO_METHOD *method;
    size_t in_at, in_len; /* received, not decrypted yet: within one readiness only */
    bool in_over;         /* the peer has closed TCP, or reset it */
    char in[RTCIO__READ_SIZE];
    char out[RTCIO__TLS_RECORD];
};

/* Makes a connection of that kind one. 0 or RTCIO_E_NO_MEMORY. */
int rtcio__tls_start(struct rtcio__conn *conn, rtcio_tls *tls);
/* Says goodbye if nothing waits to be sent, and frees. */
void rtcio__tls_stop(struct rtcio__conn *conn);
/* Tells the peer that nothing will follow, once. */
void rtcio__tls_say_goodbye(struct rtcio__conn *conn);

/* Takes from the kernel what one call gives; then rtcio__tls_recv() until it has no more. */
void rtcio__tls_fetch(struct rtcio__conn *conn);
/* As recv(): EAGAIN when what was fetched is used up. Carries the handshake on, too. */
ssize_t rtcio__tls_recv(struct rtcio__conn *conn, void *data, size_t room);
/* As send(), at most RTCIO__TLS_RECORD bytes a call. After EAGAIN the same bytes must come again,
 * and may have become more. */
ssize_t rtcio__tls_send(struct rtcio__conn *conn, const void *data, size_t len);
/* Output can be sent. */
bool rtcio__tls_ready(const struct rtcio__conn *conn);
/* A read waits for the kernel to take output. */
bool rtcio__tls_wants_write(const struct rtcio__conn *conn);
/* Between two loops. Takes the state out of a connection. */
void rtcio__tls_release(struct rtcio__conn *conn, struct rtcio__conn_parts *parts);
/* Puts it into another one. 0 or RTCIO_E_NO_MEMORY: the parts still have it. */
int rtcio__tls_join(struct rtcio__conn *conn, struct rtcio__conn_parts *parts);
void rtcio__tls_parts_drop(struct rtcio__conn_parts *parts);
void rtcio__tls_free_room(struct rtcio__loop *loop);

#endif
