/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */

/* Acknowledgements from clients: who owes an answer to which emit, the answers, the deadline. */

#include "socketio/adapter.h"

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
    struct rtcio__list link;      /* in server.requests */
    struct rtcio__hash_node node; /* in server.awaited, if it has a number */
    uint64_t number;              /* 0: no other node has part in it */
    struct rtcio__timer timer;
    struct rtcio__wait *waits; /* answers still owed */
    rtcio_namespace *nsp;
    rtcio_response_fn fn;
    void *user;
    struct rtcio_responses responses;
    struct rtcio__sink *sink; /* takes the answers, NULL: they are kept */
    size_t expected, n_answers;
    size_t n_nodes; /* that have not told yet how many they have asked */
    int status;     /* to be told when the timer fires */
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

/* Late answers find nobody waiting. */
static void take_out(struct rtcio__request *r)
{
    rtcio_server *server = r->nsp->server;

    while (r->waits != NULL)
        unlink_wait(r->waits);
    rtcio__list_remove(&r->link);
    if (r->number != 0)
        rtcio__hash_remove(&server->awaited, &r->node);
    r->number = 0;
    rtcio__timer_stop(&server->engine.loop.timers, &r->timer);
}

static void free_request(struct rtcio__request *r)
{
    take_out(r);
    for (size_t i = 0; i < r->responses.n; i++)
        rtcio__event_copy_free(r->responses.list[i]);
    free(r->responses.list);
    rtcio__namespace_release(r->nsp);
    free(r);
}

static void complete(struct rtcio__request *r, int status)
{
    take_out(r);
    if (r->sink != NULL)
        r->sink->done(r->sink);
    else
        r->fn(status, &r->responses, r->user);
    free_request(r);
}

static bool all_answered(const struct rtcio__request *r)
{
    return r->n_nodes == 0 && r->n_answers >= r->expected;
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

struct rtcio__request *rtcio__request_create_for(rtcio_namespace *nsp, struct rtcio__sink *sink)
{
    struct rtcio__request *r = rtcio__request_create(nsp, NULL, NULL);

    if (r != NULL)
        r->sink = sink;
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

size_t rtcio__request_expected(const struct rtcio__request *r)
{
    return r->expected;
}

void rtcio__request_start(struct rtcio__request *r, bool single, int64_t timeout_ms)
{
    struct rtcio__loop *loop = &r->nsp->server->engine.loop;

    r->single = single;
    if (all_answered(r)) {
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

/* Takes the answer over; NULL: there was no memory for it. */
static void answered(struct rtcio__request *r, struct rtcio__event_copy *answer)
{
    r->n_answers++;
    if (r->sink != NULL && answer != NULL) {
        answer->event.socket = NULL;
        r->sink->answer(r->sink, answer);
    } else if (!add_response(r, answer)) {
        complete(r, RTCIO_E_NO_MEMORY);
        return;
    }
    if (all_answered(r))
        complete(r, 0);
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
    answered(request, keep(socket, packet, attachments));
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

/* Requests that other nodes have part in */

/* Gives the request its number. It can be missing when memory is short: then the answers of others
 * do not find it, and it ends by its timeout. */
static void enroll(struct rtcio__request *r)
{
    rtcio_server *server = r->nsp->server;

    if (r->number != 0)
        return;
    r->number = ++server->next_number;
    if (rtcio__hash_insert(&server->awaited, &r->node, sizeof r->number) != 0)
        r->number = 0;
}

uint64_t rtcio__request_number(const struct rtcio__request *r)
{
    return r->number;
}

void rtcio__request_await(struct rtcio__request *r)
{
    enroll(r);
    r->n_nodes++;
}

void rtcio__request_await_one(struct rtcio__request *r)
{
    enroll(r);
    r->expected++;
}

static struct rtcio__request *find(const rtcio_server *server, uint64_t number)
{
    struct rtcio__hash_node *node = rtcio__hash_find(&server->awaited, &number, sizeof number);
    return node != NULL ? rtcio__container_of(node, struct rtcio__request, node) : NULL;
}

void rtcio__request_counted(rtcio_server *server, uint64_t number, size_t n_clients)
{
    struct rtcio__request *r = find(server, number);

    if (r == NULL || r->n_nodes == 0)
        return;
    r->n_nodes--;
    r->expected += n_clients;
    if (all_answered(r))
        complete(r, 0);
}

void rtcio__request_answered(rtcio_server *server, uint64_t number,
                             struct rtcio__event_copy *answer)
{
    struct rtcio__request *r = find(server, number);

    if (r != NULL)
        answered(r, answer);
    else
        rtcio__event_copy_free(answer);
}

void rtcio__awaited_init(struct rtcio__hash *awaited)
{
    rtcio__hash_init(
        awaited, offsetof(struct rtcio__request, number) - offsetof(struct rtcio__request, node),
        1);
}
