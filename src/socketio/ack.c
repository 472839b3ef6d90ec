/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */

/* Acknowledgements from clients: who owes an answer to which emit, the answers, the deadline. */

#include "socketio/internal.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct rtcio_responses {
    struct rtcio__event_copy **list;
    size_t n, cap;
};

/* An emit whose answers are awaited. */
struct rtcio__request {
    struct rtcio__list link; /* in server.requests */
    struct rtcio__timer timer;
    struct rtcio__wait *waits; /* answers still owed */
    rtcio_namespace *nsp;
    rtcio_response_fn fn;
    void *user;
    struct rtcio_responses responses;
    size_t expected;
    int status; /* to be told when the timer fires */
    bool single;
    uint8_t id_len;
    char id[21];
};

/* One answer that one client owes; in the lists of both. */
struct rtcio__wait {
    struct rtcio__wait *next_of_socket;
    struct rtcio__wait *next_of_request, **at_of_request; /* doubly linked: it may be long */
    rtcio_socket *socket;
    struct rtcio__request *request;
};

size_t rtcio_responses_count(const rtcio_responses *responses)
{
    return responses->n;
}

const rtcio_event *rtcio_responses_at(const rtcio_responses *responses, size_t index)
{
    return index < responses->n ? &responses->list[index]->event : NULL;
}

static void unlink_wait(struct rtcio__wait *wait)
{
    struct rtcio__wait **at = &wait->socket->waits;

    while (*at != wait)
        at = &(*at)->next_of_socket;
    *at = wait->next_of_socket;
    *wait->at_of_request = wait->next_of_request;
    if (wait->next_of_request != NULL)
        wait->next_of_request->at_of_request = wait->at_of_request;
    free(wait);
}

static void free_request(struct rtcio__request *r)
{
    while (r->waits != NULL)
        unlink_wait(r->waits);
    rtcio__list_remove(&r->link);
    rtcio__timer_stop(&r->nsp->server->engine.loop.timers, &r->timer);
    for (size_t i = 0; i < r->responses.n; i++)
        rtcio__event_copy_free(r->responses.list[i]);
    free(r->responses.list);
    rtcio__namespace_release(r->nsp);
    free(r);
}

static void complete(struct rtcio__request *r, int status)
{
    /* Late answers find nobody waiting. */
    while (r->waits != NULL)
        unlink_wait(r->waits);
    rtcio__timer_stop(&r->nsp->server->engine.loop.timers, &r->timer);
    rtcio__list_remove(&r->link);
    r->fn(status, &r->responses, r->user);
    free_request(r);
}

static void on_timer(struct rtcio__timer *timer)
{
    struct rtcio__request *r = rtcio__container_of(timer, struct rtcio__request, timer);
    complete(r, r->status);
}

struct rtcio__request *rtcio__request_create(rtcio_namespace *nsp, rtcio_response_fn fn, void *user)
{
    struct rtcio__request *r = calloc(1, sizeof *r);

    if (r == NULL)
        return NULL;
    r->nsp = nsp;
    rtcio__namespace_hold(nsp);
    r->fn = fn;
    r->user = user;
    r->status = RTCIO_E_TIMEOUT;
    r->id_len =
        (uint8_t)snprintf(r->id, sizeof r->id, "%llu", (unsigned long long)nsp->next_ack_id++);
    rtcio__timer_init(&r->timer, on_timer);
    rtcio__list_init(&r->link);
    rtcio__list_append(&nsp->server->requests, &r->link);
    return r;
}

rtcio_slice rtcio__request_id(const struct rtcio__request *r)
{
    return (rtcio_slice){r->id, r->id_len};
}

bool rtcio__request_expect(struct rtcio__request *r, rtcio_socket *socket)
{
    struct rtcio__wait *wait = malloc(sizeof *wait);

    if (wait == NULL)
        return false;
    *wait = (struct rtcio__wait){socket->waits, r->waits, &r->waits, socket, r};
    if (r->waits != NULL)
        r->waits->at_of_request = &wait->next_of_request;
    socket->waits = wait;
    r->waits = wait;
    r->expected++;
    return true;
}

void rtcio__request_start(struct rtcio__request *r, bool single, int64_t timeout_ms)
{
    struct rtcio__loop *loop = &r->nsp->server->engine.loop;

    r->single = single;
    if (r->expected == 0) {
        /* Nobody to wait for; told from the loop, never from inside the emit. */
        r->status = 0;
        rtcio__timer_set(&loop->timers, &r->timer, rtcio__loop_now(loop));
    } else if (timeout_ms >= 0) {
        /* Within no time no answer is in time, even one that comes before the timer runs. */
        while (timeout_ms == 0 && r->waits != NULL)
            unlink_wait(r->waits);
        rtcio__timer_set(&loop->timers, &r->timer, rtcio__loop_now(loop) + (uint64_t)timeout_ms);
    }
}

void rtcio__request_cancel(struct rtcio__request *r)
{
    free_request(r);
}

/* Copies an answer out of the read buffer. */
static struct rtcio__event_copy *keep(rtcio_socket *socket, const struct rtcio__sio_packet *packet,
                                      const rtcio_slice *attachments)
{
    rtcio_slice args = {packet->args, packet->args_len};
    struct rtcio__packet_out out = {
        .type = RTCIO__SIO_ACK,
        .nsp = socket->nsp,
        .id = {packet->id, packet->id_len},
        .args = &args,
        .n_args = 1,
        .attachments = attachments,
        .n_attachments = packet->n_attachments,
    };
    return rtcio__event_copy_packet(socket, &out);
}

static bool add_response(struct rtcio__request *request, struct rtcio__event_copy *response)
{
    struct rtcio_responses *all = &request->responses;

    if (response == NULL)
        return false;
    if (all->n == all->cap) {
        size_t cap = all->cap == 0 ? 4 : all->cap * 2;
        struct rtcio__event_copy **grown =
            realloc(all->list, cap * sizeof(struct rtcio__event_copy *));
        if (grown == NULL) {
            rtcio__event_copy_free(response);
            return false;
        }
        all->list = grown;
        all->cap = cap;
    }
    all->list[all->n++] = response;
    return true;
}

void rtcio__ack_received(rtcio_socket *socket, const struct rtcio__sio_packet *packet,
                         const rtcio_slice *attachments)
{
    struct rtcio__wait *wait = socket->waits;

    while (wait != NULL && !(packet->id != NULL && wait->request->id_len == packet->id_len &&
                             memcmp(wait->request->id, packet->id, packet->id_len) == 0))
        wait = wait->next_of_socket;
    if (wait == NULL)
        return; /* unknown or late: ignored (spec 5.2) */
    struct rtcio__request *request = wait->request;
    unlink_wait(wait);
    if (!add_response(request, keep(socket, packet, attachments)))
        complete(request, RTCIO_E_NO_MEMORY);
    else if (request->responses.n == request->expected)
        complete(request, 0);
}

void rtcio__waits_drop(rtcio_socket *socket)
{
    while (socket->waits != NULL) {
        struct rtcio__request *request = socket->waits->request;
        struct rtcio__loop *loop = &request->nsp->server->engine.loop;
        unlink_wait(socket->waits);
        /* A broadcast goes on waiting for the others, and ends by its timeout as in socket.io. */
        if (request->single) {
            request->status = RTCIO_E_CLOSED;
            rtcio__timer_set(&loop->timers, &request->timer, rtcio__loop_now(loop));
        }
    }
}

void rtcio__requests_drop(rtcio_server *server)
{
    while (!rtcio__list_empty(&server->requests))
        complete(rtcio__container_of(server->requests.next, struct rtcio__request, link),
                 RTCIO_E_CLOSED);
}
