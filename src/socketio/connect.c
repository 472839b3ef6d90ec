/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */

/* CONNECT: from the packet through the middlewares to the `connection` handlers (Socket.IO
 * spec 5.3). */

#include "base/buf.h"
#include "socketio/recovery.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

struct rtcio_next {
    struct rtcio__list link;   /* in server.nexts */
    struct rtcio__timer timer; /* nobody decides: the attempt ends */
    rtcio_server *server;
    rtcio_socket *socket; /* NULL once gone */
    bool own;             /* the parent's middlewares are through */
    uint32_t index;       /* of the middleware that decides */
};

void rtcio__next_detach(rtcio_next *next)
{
    rtcio__timer_stop(&next->server->engine.loop.timers, &next->timer);
    next->socket->deciding = NULL;
    next->socket = NULL;
}

static void free_next(rtcio_next *next)
{
    if (next->socket != NULL)
        rtcio__next_detach(next);
    rtcio__list_remove(&next->link);
    free(next);
}

void rtcio__nexts_free(rtcio_server *server)
{
    while (!rtcio__list_empty(&server->nexts))
        free_next(rtcio__container_of(server->nexts.next, rtcio_next, link));
}

rtcio_socket *rtcio_next_socket(const rtcio_next *next)
{
    return next->socket;
}

static int send_refusal(struct rtcio__session *s, const char *nsp, size_t nsp_len,
                        const char *message, const char *data)
{
    struct rtcio__buf b = {0};
    int error = rtcio__buf_append_str(&b, "{\"message\":");

    if (error == 0)
        error = rtcio__buf_append_json_string(&b, message, strlen(message));
    if (error == 0 && data != NULL)
        error = rtcio__buf_printf(&b, ",\"data\":%s", data);
    if (error == 0)
        error = rtcio__buf_append_byte(&b, '}');
    if (error == 0)
        error = rtcio__packet_send_json(s, RTCIO__SIO_CONNECT_ERROR, nsp, nsp_len, b.data, b.len);
    rtcio__buf_fini(&b);
    return error;
}

void rtcio__connect_refuse(struct rtcio__session *s, const char *nsp, size_t nsp_len,
                           const char *message)
{
    send_refusal(s, nsp, nsp_len, message, NULL);
}

/* What a middleware says. */
static int send_verdict(struct rtcio__session *s, const rtcio_namespace *nsp, const char *message,
                        const char *data)
{
    return s->eio3 ? rtcio__client3_refuse(s, nsp, message, data)
                   : send_refusal(s, nsp->name, nsp->name_len, message, data);
}

static void send_reply(const rtcio_socket *socket)
{
    const rtcio_namespace *nsp = socket->nsp;
    char reply[80];

    if (socket->session->eio3) { /* its id is known to it */
        rtcio__packet_send_json(socket->session, RTCIO__SIO_CONNECT, nsp->name, nsp->name_len, NULL,
                                0);
        return;
    }
    char *at = stpcpy(stpcpy(reply, "{\"sid\":\""), socket->id);

    if (socket->resume != NULL && socket->resume->pid[0] != '\0')
        at = stpcpy(stpcpy(at, "\",\"pid\":\""), socket->resume->pid);
    at = stpcpy(at, "\"}");
    rtcio__packet_send_json(socket->session, RTCIO__SIO_CONNECT, nsp->name, nsp->name_len, reply,
                            (size_t)(at - reply));
}

static void admitted(rtcio_socket *socket)
{
    rtcio_namespace *nsp = socket->nsp;
    struct rtcio__session *s = socket->session;

    if (rtcio__hash_insert(&nsp->sockets, &socket->node, socket->id_len) != 0) {
        rtcio__socket_abandon(socket);
        return;
    }
    socket->state = RTCIO__SOCKET_CONNECTED;
    socket->own_room = true;
    rtcio__counter_add(&nsp->server->n_sockets, 1);
    /* "They are written before the CONNECT reply" (spec 8): the client takes them as its own. */
    if (rtcio_socket_recovered(socket) && !rtcio__resume_replay(socket)) {
        rtcio__client_close(s);
        return;
    }
    if (socket->own_room && rtcio__hooked(nsp, RTCIO__ON_ROOM)) {
        rtcio__own_room_told(socket, true);
        if (socket->state != RTCIO__SOCKET_CONNECTED)
            return;
    }
    send_reply(socket);
    rtcio__session_joined(s);
    rtcio__tell(socket, RTCIO__ON_CONNECTION, "connection", NULL);
    if (rtcio_socket_recovered(socket))
        rtcio__resume_settle(socket);
    if (!s->engine->opt.retain_handshake) {
        rtcio__auth_free(socket);
        socket->auth_released = true;
        if (s->state == RTCIO__SESSION_OPEN)
            rtcio__session_release_head(s);
    }
}

static const struct rtcio__handler *next_middleware(rtcio_next *next)
{
    const rtcio_namespace *nsp = next->socket->nsp;

    if (!next->own) {
        const struct rtcio__handler_list *list =
            nsp->parent != NULL ? nsp->parent->on[RTCIO__ON_MIDDLEWARE].list : NULL;
        if (list != NULL && next->index < list->n)
            return &list->item[next->index];
        next->own = true;
        next->index = 0;
    }
    const struct rtcio__handler_list *list = nsp->on[RTCIO__ON_MIDDLEWARE].list;
    return list != NULL && next->index < list->n ? &list->item[next->index] : NULL;
}

/* Asks the next middleware, or lets the client in. */
static void proceed(rtcio_next *next)
{
    rtcio_socket *socket = next->socket;

    /* "If the conn closed meanwhile: silently dropped" (spec 5.3) */
    if (socket->session->state != RTCIO__SESSION_OPEN) {
        free_next(next);
        rtcio__socket_abandon(socket);
        return;
    }
    const struct rtcio__handler *m = next_middleware(next);
    if (m != NULL) {
        ((rtcio_middleware_fn)m->fn)(socket, next, m->user);
        return;
    }
    free_next(next);
    admitted(socket);
}

void rtcio_next_accept(rtcio_next *next)
{
    if (next->socket == NULL) {
        free_next(next);
        return;
    }
    next->index++;
    proceed(next);
}

/* One value of jansson's pack format as text, owned by the caller. */
static char *pack_value(const char *format, va_list ap)
{
    json_error_t error;
    json_t *tree = json_vpack_ex(&error, 0, format, ap);
    char *text = tree != NULL ? json_dumps(tree, JSON_COMPACT | JSON_ENCODE_ANY) : NULL;

    json_decref(tree);
    return text;
}

int rtcio_next_refuse(rtcio_next *next, const char *message, const char *data_format, ...)
{
    rtcio_socket *socket = next->socket;
    char *data = NULL;
    int result = 0;

    if (data_format != NULL) {
        va_list ap;
        va_start(ap, data_format);
        data = pack_value(data_format, ap);
        va_end(ap);
        if (data == NULL)
            result = RTCIO_E_FORMAT;
    }
    free_next(next);
    if (socket != NULL) {
        struct rtcio__session *s = socket->session;
        rtcio__socket_abandon(socket);
        send_verdict(s, socket->nsp, message, data);
    }
    free(data);
    return result;
}

static void on_undecided(struct rtcio__timer *timer)
{
    rtcio_next *next = rtcio__container_of(timer, rtcio_next, timer);
    rtcio_socket *socket = next->socket;

    rtcio__socket_abandon(socket); /* detaches next, which is still the caller's */
    send_verdict(socket->session, socket->nsp, "connect timeout", NULL);
}

static rtcio_socket *create(struct rtcio__session *s, rtcio_namespace *nsp,
                            const struct rtcio__sio_packet *packet)
{
    rtcio_socket *socket =
        s->eio3 ? rtcio__client3_create(s, nsp) : rtcio__pool_alloc(&nsp->server->socket_pool);
    struct rtcio__client *client = rtcio__client_of(s);

    if (socket == NULL)
        return NULL;
    if (packet->data_len > 0) {
        socket->auth = malloc(sizeof *socket->auth + packet->data_len);
        if (socket->auth != NULL) {
            socket->auth->tree = NULL;
            socket->auth->len = packet->data_len;
            memcpy(socket->auth->text, packet->data, packet->data_len);
        }
    }
    if ((packet->data_len > 0 && socket->auth == NULL) ||
        (!s->eio3 && rtcio__id_next(&s->engine->ids, socket->id) != 0)) {
        free(socket->auth);
        rtcio__socket_free_memory(nsp->server, socket);
        return NULL;
    }
    if (!s->eio3)
        socket->id_len = RTCIO__ID_LEN;
    socket->nsp = nsp;
    rtcio__namespace_hold(nsp);
    socket->session = s;
    socket->next = client->sockets;
    client->sockets = socket;
    return socket;
}

void rtcio__connect(struct rtcio__session *s, const struct rtcio__sio_packet *packet)
{
    rtcio_server *server = rtcio__server_of(s);
    rtcio_namespace *nsp = rtcio__namespace_find(server, packet->nsp, packet->nsp_len);

    if (rtcio__resume_elsewhere(s, packet))
        return;
    if (nsp != NULL)
        rtcio__connect_to(s, nsp, packet);
    else
        rtcio__match(s, packet);
}

/* As many as max_namespaces at most; nearly everybody has one. */
static unsigned count_sockets(const struct rtcio__client *client)
{
    unsigned n = 0;

    for (const rtcio_socket *socket = client->sockets; socket != NULL; socket = socket->next)
        n++;
    return n;
}

void rtcio__connect_to(struct rtcio__session *s, rtcio_namespace *nsp,
                       const struct rtcio__sio_packet *packet)
{
    rtcio_server *server = nsp->server;

    if (count_sockets(rtcio__client_of(s)) >= s->engine->opt.max_namespaces) {
        send_refusal(s, packet->nsp, packet->nsp_len, "too many namespaces", NULL);
        return;
    }
    /* While its parents were asked, the client may have asked once more. */
    if (rtcio__client_socket(s, nsp->name, nsp->name_len) != NULL) {
        rtcio__client_close(s);
        return;
    }
    if (s->eio3 && !rtcio__client3_may_join(s, nsp)) {
        rtcio__connect_refuse(s, packet->nsp, packet->nsp_len, "Invalid namespace");
        return;
    }
    rtcio_socket *socket = create(s, nsp, packet);
    if (socket == NULL) {
        rtcio__client_close(s);
        return;
    }
    if (nsp->log != NULL && !s->eio3 && !rtcio__resume_begin(socket, packet)) {
        if (socket->state == RTCIO__SOCKET_CONNECTING)
            rtcio__socket_abandon(socket);
        return;
    }
    bool trusted = rtcio_socket_recovered(socket) && s->engine->opt.recovery_skip_middlewares;
    if (trusted || !rtcio__hooked(nsp, RTCIO__ON_MIDDLEWARE)) {
        admitted(socket);
        return;
    }
    rtcio_next *next = calloc(1, sizeof *next);
    if (next == NULL) {
        rtcio__socket_abandon(socket);
        rtcio__client_close(s);
        return;
    }
    next->server = server;
    next->socket = socket;
    socket->deciding = next;
    /* The first namespace of a session has the session's own deadline, which is earlier. */
    rtcio__timer_init(&next->timer, on_undecided);
    rtcio__timer_set(&server->engine.loop.timers, &next->timer,
                     rtcio__loop_now(&server->engine.loop) + s->engine->opt.connect_timeout_ms);
    rtcio__list_init(&next->link);
    rtcio__list_append(&server->nexts, &next->link);
    proceed(next);
}
