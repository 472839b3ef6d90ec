/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */

/* Encrypting and decrypting. Bytes come in through a room that all connections of the loop share,
 * so that one system call serves many records, and a connection that idles holds no buffer. */

#include "net/tls.h"

#include "net/wq.h"

#include <errno.h>
#include <openssl/err.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

static struct rtcio__tls_conn *tls_of(const struct rtcio__conn *conn)
{
    return rtcio__container_of(conn, struct rtcio__tls_conn, conn);
}

/* OpenSSL's own socket BIO would raise SIGPIPE, and ask the kernel twice for each record. */

static int bio_read(BIO *bio, char *data, int len)
{
    const struct rtcio__conn *conn = BIO_get_data(bio);
    struct rtcio__tls_room *room = conn->loop->tls_room;
    size_t n = room->in_len - room->in_at;

    BIO_clear_retry_flags(bio);
    if (n == 0) {
        if (room->in_over)
            return 0;
        BIO_set_retry_read(bio);
        return -1;
    }
    if (n > (size_t)len)
        n = (size_t)len;
    memcpy(data, room->in + room->in_at, n);
    room->in_at += n;
    return (int)n;
}

static int bio_write(BIO *bio, const char *data, int len)
{
    const struct rtcio__conn *conn = BIO_get_data(bio);
    ssize_t n;

    BIO_clear_retry_flags(bio);
    do
        n = send(conn->fd, data, (size_t)len, MSG_NOSIGNAL | MSG_DONTWAIT);
    while (n < 0 && errno == EINTR);
    if (n < 0 && errno == EAGAIN)
        BIO_set_retry_write(bio);
    return (int)n;
}

static long bio_ctrl(BIO *bio, int command, long num, void *ptr)
{
    const struct rtcio__conn *conn = BIO_get_data(bio);
    (void)num, (void)ptr;

    switch (command) {
    case BIO_CTRL_FLUSH:
        return 1;
    case BIO_CTRL_EOF:
        return conn->loop->tls_room->in_over;
    default:
        return 0;
    }
}

static struct rtcio__tls_room *get_room(struct rtcio__loop *loop)
{
    if (loop->tls_room != NULL)
        return loop->tls_room;
    struct rtcio__tls_room *room = malloc(sizeof *room);
    if (room == NULL)
        return NULL;
    room->in_at = room->in_len = 0;
    room->in_over = false;
    room->method = BIO_meth_new(BIO_TYPE_SOURCE_SINK, "rtcio connection");
    if (room->method == NULL || BIO_meth_set_read(room->method, bio_read) != 1 ||
        BIO_meth_set_write(room->method, bio_write) != 1 ||
        BIO_meth_set_ctrl(room->method, bio_ctrl) != 1) {
        BIO_meth_free(room->method);
        free(room);
        return NULL;
    }
    loop->tls_room = room;
    return room;
}

void rtcio__tls_free_room(struct rtcio__loop *loop)
{
    if (loop->tls_room == NULL)
        return;
    BIO_meth_free(loop->tls_room->method);
    free(loop->tls_room);
    loop->tls_room = NULL;
}

static BIO *create_bio(struct rtcio__conn *conn)
{
    struct rtcio__tls_room *room = get_room(conn->loop);
    BIO *bio = room != NULL ? BIO_new(room->method) : NULL;

    if (bio != NULL) {
        BIO_set_data(bio, conn);
        BIO_set_init(bio, 1);
    }
    return bio;
}

int rtcio__tls_start(struct rtcio__conn *conn, rtcio_tls *tls)
{
    struct rtcio__tls_conn *tc = tls_of(conn);
    BIO *bio = create_bio(conn);

    tc->ssl = bio != NULL ? rtcio__tls_new_ssl(tls) : NULL;
    if (tc->ssl == NULL) {
        BIO_free(bio);
        return RTCIO_E_NO_MEMORY;
    }
    SSL_set_bio(tc->ssl, bio, bio);
    SSL_set_accept_state(tc->ssl);
    return 0;
}

bool rtcio__tls_ready(const struct rtcio__conn *conn)
{
    return tls_of(conn)->ready;
}

bool rtcio__tls_wants_write(const struct rtcio__conn *conn)
{
    return tls_of(conn)->wants_write;
}

void rtcio__tls_say_goodbye(struct rtcio__conn *conn)
{
    struct rtcio__tls_conn *tc = tls_of(conn);

    if (!tc->ready || tc->failed || (SSL_get_shutdown(tc->ssl) & SSL_SENT_SHUTDOWN) != 0)
        return;
    ERR_clear_error();
    SSL_shutdown(tc->ssl); /* if the kernel does not take it now, FIN has to say it */
}

void rtcio__tls_stop(struct rtcio__conn *conn)
{
    struct rtcio__tls_conn *tc = tls_of(conn);

    if (!conn->broken && conn->wq == NULL)
        rtcio__tls_say_goodbye(conn);
    SSL_free(tc->ssl);
    tc->ssl = NULL;
}

void rtcio__tls_fetch(struct rtcio__conn *conn)
{
    struct rtcio__tls_room *room = conn->loop->tls_room;
    ssize_t n = recv(conn->fd, room->in, sizeof room->in, 0);

    room->in_at = 0;
    room->in_len = n > 0 ? (size_t)n : 0;
    room->in_over = n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR);
}

/* Somebody typed http:// in front of the name of an https:// server: worth a line. */
static void explain_plain_http(const struct rtcio__conn *conn)
{
    static const char text[] = "HTTP/1.1 400 Bad Request\r\nConnection: close\r\n"
                               "Content-Type: text/plain\r\nContent-Length: 47\r\n\r\n"
                               "This port speaks TLS: use https:// or wss:// .\n";

    ssize_t ignored = send(conn->fd, text, sizeof text - 1, MSG_NOSIGNAL | MSG_DONTWAIT);
    (void)ignored;
}

static void fail(struct rtcio__tls_conn *tc)
{
    if (!tc->ready) {
        rtcio__counter_add(&tc->conn.loop->n_tls_failures, 1);
        if (ERR_GET_REASON(ERR_peek_error()) == SSL_R_HTTP_REQUEST)
            explain_plain_http(&tc->conn);
    }
    tc->failed = true;
    ERR_clear_error();
}

/* Why OpenSSL gave nothing. */
static void note_state(struct rtcio__tls_conn *tc)
{
    switch (SSL_get_error(tc->ssl, 0)) {
    case SSL_ERROR_WANT_READ:
        break;
    case SSL_ERROR_WANT_WRITE:
        tc->wants_write = true;
        rtcio__wq_set_blocked(&tc->conn, true);
        break;
    case SSL_ERROR_ZERO_RETURN:
        tc->ended = true;
        break;
    case SSL_ERROR_SSL:
        /* FIN without a goodbye: whatever could be cut short here has lengths of its own. */
        if (ERR_GET_REASON(ERR_peek_error()) == SSL_R_UNEXPECTED_EOF_WHILE_READING)
            tc->ended = true;
        else
            fail(tc);
        break;
    default:
        fail(tc);
    }
}

ssize_t rtcio__tls_recv(struct rtcio__conn *conn, void *data, size_t room)
{
    struct rtcio__tls_conn *tc = tls_of(conn);
    size_t len = 0, n;

    if (tc->wants_write) {
        tc->wants_write = false;
        rtcio__wq_set_blocked(conn, false);
        if (conn->wq != NULL)
            rtcio__wq_mark(conn);
    }
    while (len < room && !tc->ended && !tc->failed) {
        ERR_clear_error();
        if (SSL_read_ex(tc->ssl, (char *)data + len, room - len, &n) != 1) {
            note_state(tc);
            break;
        }
        len += n;
    }
    if (!tc->ready && SSL_is_init_finished(tc->ssl)) {
        tc->ready = true;
        rtcio__counter_add(&conn->loop->n_tls_handshakes, 1);
        if (conn->wq != NULL)
            rtcio__wq_mark(conn); /* queued before it could be sent */
    }
    if (len > 0)
        return (ssize_t)len;
    if (tc->ended)
        return 0;
    errno = tc->failed ? EPROTO : EAGAIN;
    return -1;
}

ssize_t rtcio__tls_send(struct rtcio__conn *conn, const void *data, size_t len)
{
    struct rtcio__tls_conn *tc = tls_of(conn);
    size_t n;

    if (!tc->failed) {
        ERR_clear_error();
        if (SSL_write_ex(tc->ssl, data, len, &n) == 1)
            return (ssize_t)n;
        if (SSL_get_error(tc->ssl, 0) == SSL_ERROR_WANT_WRITE) {
            errno = EAGAIN;
            return -1;
        }
        fail(tc);
    }
    errno = EPROTO;
    return -1;
}

/* What was fetched belongs to this connection, and no other loop sees it: all of it is decrypted,
 * up to what OpenSSL keeps of an unfinished record. */
static bool decrypt_rest(struct rtcio__conn *conn, struct rtcio__conn_parts *parts)
{
    for (size_t cap = 0;;) {
        if (cap - parts->n_more < RTCIO__TLS_RECORD) {
            cap = cap * 2 + RTCIO__TLS_RECORD;
            char *grown = realloc(parts->more, cap);
            if (grown == NULL)
                return false;
            parts->more = grown;
        }
        ssize_t n = rtcio__tls_recv(conn, parts->more + parts->n_more, cap - parts->n_more);
        if (n <= 0)
            return n < 0 && errno == EAGAIN;
        parts->n_more += (size_t)n;
    }
}

void rtcio__tls_release(struct rtcio__conn *conn, struct rtcio__conn_parts *parts)
{
    struct rtcio__tls_conn *tc = tls_of(conn);

    parts->tls_over = !decrypt_rest(conn, parts) || tc->wants_write;
    SSL_set_bio(tc->ssl, NULL, NULL); /* it refers to this loop */
    parts->ssl = tc->ssl;
    tc->ssl = NULL;
}

int rtcio__tls_join(struct rtcio__conn *conn, struct rtcio__conn_parts *parts)
{
    struct rtcio__tls_conn *tc = tls_of(conn);
    BIO *bio = create_bio(conn);

    if (bio == NULL)
        return RTCIO_E_NO_MEMORY;
    tc->ssl = parts->ssl;
    tc->ready = true; /* a request was read */
    tc->ended = parts->tls_over;
    SSL_set_bio(tc->ssl, bio, bio);
    return 0;
}

void rtcio__tls_parts_drop(struct rtcio__conn_parts *parts)
{
    SSL_free(parts->ssl);
}
