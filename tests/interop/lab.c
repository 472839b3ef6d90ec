/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */

/* The namespace /lab: every kind of callback emits to its socket and to the others, and, where
 * auth.when names the callback, disconnects the socket from inside and goes on using it. */

#include <stdlib.h>
#include <string.h>

#include "server.h"

static const char left; /* its address names the slot */

struct wish {
    char when[32];
    bool close;
};

static struct wish *wish_of(rtcio_socket *socket)
{
    return rtcio_socket_data(socket, &left);
}

static void visit(rtcio_socket *socket, const char *where)
{
    rtcio_emit(socket, "saw", "s", where);
    rtcio_emit(rtcio_broadcast(socket), "peer-saw", "s", where);
    struct wish *wish = wish_of(socket);
    if (!wish || strcmp(wish->when, where) != 0)
        return;
    wish->when[0] = '\0';
    rtcio_socket_disconnect(socket, wish->close);
    rtcio_emit(socket, "saw", "s", "afterlife");
    rtcio_socket_join(socket, "afterlife");
}

static void middleware(rtcio_socket *socket, rtcio_next *next, void *user)
{
    (void)user;
    const char *when = "";
    int close = 0;
    rtcio_handshake_auth_unpack(socket, "{s?s, s?b}", "when", &when, "close", &close);
    struct wish *wish = calloc(1, sizeof(*wish));
    if (!wish)
        abort();
    strncpy(wish->when, when, sizeof(wish->when) - 1);
    wish->close = close != 0;
    rtcio_socket_set_data(socket, &left, wish, free);
    visit(socket, "middleware");
    rtcio_next_accept(next);
}

/* `user` is the name of the callback. */
static void on_life(rtcio_socket *socket, const rtcio_event *ev, void *user)
{
    (void)ev;
    visit(socket, user);
}

static void on_event(rtcio_socket *socket, const rtcio_event *ev, void *user)
{
    (void)user;
    visit(socket, "event");
    rtcio_reply(ev, "s", "done");
}

static void on_answer(int status, const rtcio_responses *responses, void *user)
{
    (void)responses;
    struct handle *handle = user;
    rtcio_socket *socket = handle_socket(handle);
    if (status == 0 && socket)
        visit(socket, "response");
    free(handle);
}

static void on_question(rtcio_socket *socket, const rtcio_event *ev, void *user)
{
    (void)ev, (void)user;
    struct handle *handle = handle_create(socket);
    if (rtcio_emit_with_ack(socket, "question", on_answer, handle, NULL) < 0)
        free(handle);
}

static void timer_over(void *arg)
{
    struct handle *handle = arg;
    rtcio_socket *socket = handle_socket(handle);
    if (socket)
        visit(socket, "timer");
    free(handle);
}

static void on_timer(rtcio_socket *socket, const rtcio_event *ev, void *user)
{
    (void)ev, (void)user;
    timer_start(10, timer_over, handle_create(socket));
}

static void posted(rtcio_server *server, void *arg)
{
    (void)server;
    struct handle *handle = arg;
    rtcio_socket *socket = handle_socket(handle);
    if (socket)
        visit(socket, "post");
    free(handle);
}

static void on_thread(rtcio_socket *socket, const rtcio_event *ev, void *user)
{
    (void)ev, (void)user;
    struct handle *handle = handle_create(socket);
    if (rtcio_server_post(rtcio_socket_server(socket), posted, handle) != 0)
        free(handle);
}

void lab_install(rtcio_namespace *nsp)
{
    rtcio_use(nsp, middleware, NULL);
    rtcio_on_connection(nsp, on_life, "connection");
    rtcio_on_any(nsp, on_life, "any");
    rtcio_on(nsp, "event", on_event, NULL);
    rtcio_on(nsp, "question", on_question, NULL);
    rtcio_on(nsp, "timer", on_timer, NULL);
    rtcio_on(nsp, "thread", on_thread, NULL);
    rtcio_on_disconnecting(nsp, on_life, "disconnecting");
    rtcio_on_disconnect(nsp, on_life, "disconnect");
}
