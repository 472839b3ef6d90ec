/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */

/* What a client sends: packets put together, checked against the state, and handed to their socket
 * (Socket.IO spec 5.2 - 5.5). */

#include "socketio/internal.h"

#include <stdlib.h>
#include <string.h>

/* A binary packet whose attachments are on their way. */
struct rtcio__pending {
    struct rtcio__timer timer; /* all of them must come in time */
    struct rtcio__session *session;
    struct rtcio__sio_packet packet; /* points into text */
    unsigned n;                      /* attachments that are there */
    rtcio_slice attachment[RTCIO__SIO_MAX_ATTACHMENTS];
    char text[];
};

static void free_pending(struct rtcio__pending *p)
{
    rtcio__timer_stop(&p->session->engine->loop.timers, &p->timer);
    for (unsigned i = 0; i < p->n; i++)
        free((char *)(uintptr_t)p->attachment[i].data);
    free(p);
}

static void drop_pending(struct rtcio__client *client)
{
    if (client->pending != NULL)
        free_pending(client->pending);
    client->pending = NULL;
}

rtcio_socket *rtcio__client_socket(struct rtcio__session *s, const char *nsp, size_t len)
{
    rtcio_socket *socket = rtcio__client_of(s)->sockets;

    while (socket != NULL &&
           !(socket->nsp->name_len == len && memcmp(socket->nsp->name, nsp, len) == 0))
        socket = socket->next;
    return socket;
}

/* Ends all sockets of the session. */
static void close_sockets(struct rtcio__session *s, const char *reason)
{
    struct rtcio__client *client = rtcio__client_of(s);
    rtcio_socket *socket = client->sockets;

    while (socket != NULL) {
        if (socket->closing) {
            socket = socket->next; /* its handlers are running further up the stack */
            continue;
        }
        if (socket->state == RTCIO__SOCKET_CONNECTED)
            rtcio__socket_close(socket, reason);
        else
            rtcio__socket_abandon(socket);
        socket = client->sockets;
    }
}

static void close_client(struct rtcio__session *s, const char *reason)
{
    rtcio__session_close(s);
    /* The engine could not tell the client yet, but its sockets are over (spec 5.4). */
    if (s->state != RTCIO__SESSION_CLOSED) {
        drop_pending(rtcio__client_of(s));
        close_sockets(s, reason);
    }
}

void rtcio__client_close(struct rtcio__session *s)
{
    close_client(s, "forced server close");
}

void rtcio__client_closed(struct rtcio__session *s, const char *reason)
{
    drop_pending(rtcio__client_of(s));
    close_sockets(s, reason);
}

/* A packet that cannot be decoded: every socket hears of it, then the session ends. */
static void decode_error(struct rtcio__session *s, const char *text)
{
    struct rtcio__client *client = rtcio__client_of(s);

    rtcio__counter_add(&s->engine->n_parse_errors, 1);
    for (rtcio_socket *socket = client->sockets; socket != NULL; socket = socket->next) {
        if (socket->state != RTCIO__SOCKET_CONNECTED || socket->closing)
            continue;
        rtcio__tell(socket, RTCIO__ON_ERROR, "error", text);
        if (socket->state == RTCIO__SOCKET_GONE)
            break; /* a handler disconnected it: the list has changed, and all end now anyway */
    }
    /* Spec 6.1 knows but one reason for it. */
    close_client(s, RTCIO__REASON_FORCED_CLOSE);
}

static void event(rtcio_socket *socket, const struct rtcio__sio_packet *packet,
                  const rtcio_slice *attachments)
{
    rtcio_event ev = rtcio__event_of(socket, packet, attachments);

    rtcio__dispatch(socket, &ev);
    rtcio__event_fini(&ev);
}

static inline void route_to(struct rtcio__session *s, rtcio_socket *socket,
                            const struct rtcio__sio_packet *packet, const rtcio_slice *attachments)
{
    if (packet->type == RTCIO__SIO_CONNECT && socket == NULL) {
        rtcio__connect(s, packet);
        return;
    }
    /* Everything else needs a namespace that was joined, and it is joined only once. */
    if (packet->type == RTCIO__SIO_CONNECT || packet->type == RTCIO__SIO_CONNECT_ERROR ||
        socket == NULL || socket->state != RTCIO__SOCKET_CONNECTED) {
        rtcio__client_close(s);
        return;
    }
    switch (packet->type) {
    case RTCIO__SIO_EVENT:
    case RTCIO__SIO_BINARY_EVENT:
        event(socket, packet, attachments);
        break;
    case RTCIO__SIO_ACK:
    case RTCIO__SIO_BINARY_ACK:
        rtcio__ack_received(socket, packet, attachments);
        break;
    default:
        rtcio__socket_close(socket, "client namespace disconnect");
        break;
    }
}

static void route(struct rtcio__session *s, const struct rtcio__sio_packet *packet,
                  const rtcio_slice *attachments)
{
    rtcio_socket *socket = rtcio__client_socket(s, packet->nsp, packet->nsp_len);

    if (socket == NULL && s->eio3)
        rtcio__client3_route(s, packet, attachments);
    else
        route_to(s, socket, packet, attachments);
}

void rtcio__client_route(struct rtcio__session *s, rtcio_socket *socket,
                         const struct rtcio__sio_packet *packet, const rtcio_slice *attachments)
{
    route_to(s, socket, packet, attachments);
}

static void on_late(struct rtcio__timer *timer)
{
    struct rtcio__pending *p = rtcio__container_of(timer, struct rtcio__pending, timer);
    decode_error(p->session, "attachments did not arrive in time");
}

/* Binary packets are decoded in memory of their own: the attachments come later. */
static void begin_binary(struct rtcio__session *s, const char *data, size_t len)
{
    struct rtcio__loop *loop = &s->engine->loop;
    struct rtcio__pending *p = calloc(1, sizeof *p + len + 1);

    if (p == NULL) {
        rtcio__client_close(s);
        return;
    }
    p->session = s;
    rtcio__timer_init(&p->timer, on_late);
    memcpy(p->text, data, len);
    const char *error = rtcio__sio_decode(p->text, len, s->engine->opt.max_json_depth, &p->packet);
    if (error != NULL) {
        free_pending(p);
        decode_error(s, error);
        return;
    }
    rtcio__timer_set(&loop->timers, &p->timer,
                     rtcio__loop_now(loop) + s->engine->opt.attachment_timeout_ms);
    rtcio__client_of(s)->pending = p;
}

static void add_attachment(struct rtcio__session *s, const char *data, size_t len)
{
    struct rtcio__client *client = rtcio__client_of(s);
    struct rtcio__pending *p = client->pending;

    if (p == NULL) {
        decode_error(s, "got binary data when not reconstructing a packet");
        return;
    }
    char *copy = malloc(len + 1);
    if (copy == NULL) {
        rtcio__client_close(s);
        return;
    }
    memcpy(copy, data, len);
    p->attachment[p->n++] = (rtcio_slice){copy, len};
    if (p->n < p->packet.n_attachments)
        return;
    /* The handlers may end the session, which frees what is pending: it is no longer. */
    client->pending = NULL;
    route(s, &p->packet, p->attachment);
    free_pending(p);
}

void rtcio__client_message(struct rtcio__session *s, char *data, size_t len, bool binary)
{
    struct rtcio__sio_packet packet;

    if (binary) {
        add_attachment(s, data, len);
        return;
    }
    if (rtcio__client_of(s)->pending != NULL) {
        decode_error(s, "got plaintext data when reconstructing a packet");
        return;
    }
    if (len > 0 &&
        (data[0] == '0' + RTCIO__SIO_BINARY_EVENT || data[0] == '0' + RTCIO__SIO_BINARY_ACK)) {
        begin_binary(s, data, len);
        return;
    }
    const char *error = rtcio__sio_decode(data, len, s->engine->opt.max_json_depth, &packet);
    if (error != NULL)
        decode_error(s, error);
    else
        route(s, &packet, NULL);
}
