/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */

/* Asks the program's storage to keep and to give messages, and passes its answers on. A handle has
 * two holders, us and the program, and is freed by the later one: the server may go first. */

#include "signaling/history.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

struct rtcio_history_request {
    unsigned n_holders;                /* atomic */
    rtcio_history_request *next, **at; /* in signaling.requests; `at` NULL: no longer */
    rtcio_server *server;
    rtcio_signaling *s;
    rtcio__history_kind kind;
    rtcio_ack *ack;     /* the server frees it when it goes before the answer comes */
    const char *socket; /* its id, behind the detail */
    char detail[];      /* with its NUL */
};

static const rtcio_history defaults = {
    .size = sizeof defaults,
    .max_messages = 50,
    .max_bytes = 262144,
    .max_reports = 5,
};

void rtcio_history_init_sized(rtcio_history *history, size_t size)
{
    memset(history, 0, size);
    memcpy(history, &defaults, size < sizeof defaults ? size : sizeof defaults);
    history->size = size;
}

/* False when a newer caller set a field that this library does not know, or one is out of range. */
bool rtcio__signaling_history_copy(rtcio_history *to, const rtcio_history *from)
{
    *to = defaults;
    if (from->size < sizeof from->size)
        return false;
    for (size_t i = sizeof *to; i < from->size; i++) {
        if (((const char *)from)[i] != 0)
            return false;
    }
    memcpy(to, from, from->size < sizeof *to ? from->size : sizeof *to);
    return to->max_messages >= 1 && to->max_messages <= 10000 && to->max_bytes >= 1024 &&
           to->max_bytes <= UINT64_C(1) << 30 && to->max_reports >= 1 && to->max_reports <= 100000;
}

static void release(rtcio_history_request *request)
{
    if (__atomic_sub_fetch(&request->n_holders, 1, __ATOMIC_ACQ_REL) == 0)
        free(request);
}

static void forget(rtcio_history_request *request)
{
    *request->at = request->next;
    if (request->next != NULL)
        request->next->at = request->at;
    request->at = NULL;
    release(request);
}

void rtcio__signaling_history_forget(rtcio_signaling *s)
{
    while (s->requests != NULL)
        forget(s->requests);
}

rtcio_history_request *rtcio__signaling_history_request(rtcio_signaling *s, rtcio_socket *socket,
                                                        rtcio__history_kind kind,
                                                        const rtcio_event *ev, rtcio_slice detail)
{
    const char *id = rtcio_socket_id(socket);
    size_t id_size = strlen(id) + 1;
    rtcio_history_request *request = calloc(1, sizeof *request + detail.len + 1 + id_size);
    if (request == NULL)
        return NULL;
    request->n_holders = 2;
    request->server = s->server;
    request->s = s;
    request->kind = kind;
    request->ack = ev != NULL ? rtcio_event_take_ack(ev) : NULL;
    memcpy(request->detail, detail.data, detail.len);
    request->socket = memcpy(request->detail + detail.len + 1, id, id_size);
    request->next = s->requests;
    request->at = &s->requests;
    if (request->next != NULL)
        request->next->at = &request->next;
    s->requests = request;
    return request;
}

bool rtcio__signaling_history_stands(const rtcio_history_request *request)
{
    return request->at != NULL;
}

size_t rtcio__signaling_history_id(rtcio_signaling *s, char out[RTCIO__MESSAGE_ID_SIZE])
{
    /* The start of the process, which is in all of them, is written once. */
    if (s->id_len == 0) {
        struct timespec now;
        clock_gettime(CLOCK_REALTIME, &now);
        long long born_ms = (long long)now.tv_sec * 1000 + now.tv_nsec / 1000000;
        s->id_len = (unsigned)snprintf(s->id_start, sizeof s->id_start, "%llx-%x-", born_ms,
                                       rtcio_server_worker(s->server));
    }
    char digits[16];
    size_t n = 0;
    for (uint64_t rest = ++s->n_messages; rest > 0; rest >>= 4)
        digits[n++] = "0123456789abcdef"[rest & 15];
    memcpy(out, s->id_start, s->id_len);
    for (size_t i = 0; i < n; i++)
        out[s->id_len + i] = digits[n - 1 - i];
    return s->id_len + n;
}

void rtcio__signaling_history_append(rtcio_signaling *s, rtcio_socket *socket,
                                     const rtcio_event *ev, const char *room, rtcio_slice id,
                                     const rtcio_slice *pieces, size_t n_pieces)
{
    char few[1024], *message = few; /* most are short */
    size_t len = 0;
    for (size_t i = 0; i < n_pieces; i++)
        len += pieces[i].len;
    if (len > sizeof few)
        message = malloc(len);
    rtcio_history_request *request =
        message != NULL ? rtcio__signaling_history_request(s, socket, RTCIO__HISTORY_APPEND, ev, id)
                        : NULL;
    if (request == NULL) {
        rtcio__signaling_count(&s->stats.not_stored);
        rtcio_reply(ev, "{s:b, s:s, s:s}", "ok", 0, "code", "not-stored", "message",
                    "the server has no memory for it");
    } else {
        char *p = message;
        for (size_t i = 0; i < n_pieces; i++) {
            memcpy(p, pieces[i].data, pieces[i].len);
            p += pieces[i].len;
        }
        s->history.append(request, room, (rtcio_slice){message, len}, s->history.user);
    }
    if (message != few)
        free(message);
}

void rtcio__signaling_history_send(rtcio_signaling *s, rtcio_socket *socket, const char *room)
{
    if (s->history.fetch == NULL || !rtcio_socket_connected(socket))
        return;
    rtcio_history_request *request = rtcio__signaling_history_request(
        s, socket, RTCIO__HISTORY_FETCH, NULL, rtcio__signaling_text(room));
    if (request == NULL)
        rtcio__signaling_count(&s->stats.history_failures);
    else
        s->history.fetch(request, room, s->history.max_messages, s->history.max_bytes,
                         s->history.user);
}

/* --- answers ---------------------------------------------------------------------------------- */

/* Who has gone meanwhile, or left the room, is told nothing. */
static void deliver(rtcio_signaling *s, const rtcio_history_request *request, int result,
                    rtcio_slice json)
{
    if (result != 0)
        rtcio__signaling_count(&s->stats.history_failures);
    rtcio_socket *socket = rtcio_namespace_socket(s->nsp, request->socket);
    if (result != 0 || json.len <= 2 || socket == NULL ||
        !rtcio_socket_in_room(socket, request->detail))
        return;
    rtcio__signaling_count(&s->stats.histories);
    rtcio__signaling_send(rtcio_op(socket), RTCIO_CHAT_HISTORY, json);
}

/* The last that is done with the signaling: the acknowledgement may have been what held it. */
static void acknowledge(rtcio_signaling *s, rtcio_history_request *request, int result)
{
    bool chat = request->kind == RTCIO__HISTORY_APPEND;
    rtcio_ack *ack = request->ack;
    rtcio__signaling_count(chat          ? result == 0 ? &s->stats.stored : &s->stats.not_stored
                           : result == 0 ? &s->stats.reports
                                         : &s->stats.report_failures);
    if (ack == NULL)
        return;
    if (result != 0) {
        rtcio_ack_reply(ack, "{s:b, s:s, s:s}", "ok", 0, "code", "not-stored", "message",
                        "it could not be stored");
        return;
    }
    const rtcio_slice args[] = {RTCIO__LITERAL("{\"ok\":true}"),
                                RTCIO__LITERAL("{\"ok\":true,\"id\":")};
    if (!chat) {
        rtcio_ack_reply_json(ack, args[0], NULL, 0);
        return;
    }
    char *text = NULL;
    int len = asprintf(&text, "%.*s%s}", (int)args[1].len, args[1].data, request->detail);
    if (len < 0)
        rtcio_ack_discard(ack);
    else
        rtcio_ack_reply_json(ack, (rtcio_slice){text, (size_t)len}, NULL, 0);
    free(text);
}

void rtcio_history_done(rtcio_history_request *request, int result, rtcio_slice json)
{
    if (request->at != NULL) {
        forget(request);
        if (request->kind == RTCIO__HISTORY_FETCH)
            deliver(request->s, request, result, json);
        else
            acknowledge(request->s, request, result);
    }
    release(request);
}

rtcio_server *rtcio_history_server(const rtcio_history_request *request)
{
    return request->server;
}

void rtcio_history_discard(rtcio_history_request *request)
{
    if (request != NULL)
        release(request);
}
