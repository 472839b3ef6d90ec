/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */

/* The namespace /guarded: middlewares that accept and refuse at once, from a timer of the program's
 * loop, and when another client says so. auth.mode says which. */

#include <stdlib.h>
#include <string.h>

#include "server.h"

static const char passed; /* its address names the slot */

/* Those who wait, by worker. */
static struct waiting {
    rtcio_next **list;
    size_t n;
} waiting[RTCIO_WORKERS_MAX];

static void wait_for_decision(rtcio_server *server, rtcio_next *next)
{
    struct waiting *w = &waiting[rtcio_server_worker(server)];
    rtcio_next **more = realloc(w->list, (w->n + 1) * sizeof(*more));
    if (!more)
        abort();
    w->list = more;
    w->list[w->n++] = next;
}

void guarded_decide(rtcio_server *server, void *accept)
{
    struct waiting *w = &waiting[rtcio_server_worker(server)];
    rtcio_next **list = w->list;
    size_t n = w->n;
    *w = (struct waiting){NULL, 0};
    for (size_t i = 0; i < n; i++) {
        if (accept)
            rtcio_next_accept(list[i]);
        else
            rtcio_next_refuse(list[i], "decided against", NULL);
    }
    free(list);
}

static void accept_late(void *next)
{
    rtcio_next_accept(next);
}

static void refuse_late(void *next)
{
    rtcio_next_refuse(next, "too late", NULL);
}

static void first(rtcio_socket *socket, rtcio_next *next, void *user)
{
    (void)user;
    rtcio_socket_set_data(socket, &passed, (void *)1, NULL);
    rtcio_next_accept(next);
}

static void second(rtcio_socket *socket, rtcio_next *next, void *user)
{
    (void)user;
    const char *mode = "";
    rtcio_handshake_auth_unpack(socket, "{s:s}", "mode", &mode);
    if (strcmp(mode, "refuse") == 0) {
        rtcio_next_refuse(next, "no entry", "{s:i, s:[i,i]}", "code", 401, "list", 1, 2);
    } else if (strcmp(mode, "plain") == 0) {
        rtcio_next_refuse(next, "no data", NULL);
    } else if (strcmp(mode, "empty") == 0) {
        rtcio_next_refuse(next, "", NULL);
    } else if (strcmp(mode, "state") == 0) {
        rtcio_next_refuse(next, rtcio_socket_connected(socket) ? "connected" : "not yet", NULL);
    } else if (strcmp(mode, "timer") == 0) {
        timer_start(30, accept_late, next);
    } else if (strcmp(mode, "timer-refuse") == 0) {
        timer_start(30, refuse_late, next);
    } else if (strcmp(mode, "wait") == 0) {
        wait_for_decision(rtcio_socket_server(socket), next);
    } else if (strcmp(mode, "room") == 0) {
        rtcio_socket_join(socket, "hall");
        rtcio_next_accept(next);
    } else if (strcmp(mode, "room-refuse") == 0) {
        rtcio_socket_join(socket, "hall");
        rtcio_next_refuse(next, "not this room", NULL);
    } else if (strcmp(mode, "early") == 0) {
        rtcio_emit(socket, "early", "i", 1);
        rtcio_next_accept(next);
    } else {
        rtcio_next_accept(next);
    }
}

static void third(rtcio_socket *socket, rtcio_next *next, void *user)
{
    (void)user;
    if (rtcio_socket_data(socket, &passed))
        rtcio_next_accept(next);
    else
        rtcio_next_refuse(next, "out of order", NULL);
}

void guarded_install(rtcio_namespace *nsp)
{
    rtcio_use(nsp, first, NULL);
    rtcio_use(nsp, second, NULL);
    rtcio_use(nsp, third, NULL);
}
