/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */

/* Operators: building the target, then emitting, joining, leaving, disconnecting. */

#include "socketio/adapter.h"
#include "socketio/recovery.h"

#include <stdlib.h>
#include <string.h>

#define BROADCAST_ACK_TIMEOUT_MS 5000

rtcio_operator rtcio_socket_operator(rtcio_socket *socket)
{
    /* What rtcio_namespace_socket() gives for a client that has gone. */
    if (socket == NULL)
        return (rtcio_operator){.error = RTCIO_E_CLOSED};
    return (rtcio_operator){.nsp = socket->nsp, .self = socket};
}

rtcio_operator rtcio_namespace_operator(rtcio_namespace *nsp)
{
    return (rtcio_operator){.nsp = nsp, .error = nsp != NULL ? 0 : RTCIO_E_INVALID};
}

rtcio_operator rtcio_server_operator(rtcio_server *server)
{
    return rtcio_namespace_operator(server != NULL ? server->main : NULL);
}

static void misuse(rtcio_operator *op, int error)
{
    if (op->error == 0)
        op->error = (int8_t)error;
}

rtcio_operator rtcio_operator_broadcast(rtcio_operator op)
{
    op.flags |= RTCIO__OP_BROADCAST;
    return op;
}

/* One more name in one of the operator's two short lists. */
static void add_name(rtcio_operator *op, const char *list[], uint8_t *n, const char *room)
{
    op->flags |= RTCIO__OP_BROADCAST;
    if (room == NULL)
        misuse(op, RTCIO_E_INVALID);
    else if (*n == RTCIO_OPERATOR_ROOMS)
        misuse(op, RTCIO_E_LIMIT);
    else
        list[(*n)++] = room;
}

rtcio_operator rtcio_operator_to(rtcio_operator op, const char *room)
{
    add_name(&op, op.to, &op.n_to, room);
    return op;
}

rtcio_operator rtcio_operator_to_list(rtcio_operator op, const char *const *rooms, size_t n)
{
    op.flags |= RTCIO__OP_BROADCAST;
    if (op.list != NULL)
        misuse(&op, RTCIO_E_LIMIT);
    op.list = rooms;
    op.n_list = n;
    return op;
}

rtcio_operator rtcio_operator_except(rtcio_operator op, const char *room)
{
    add_name(&op, op.except, &op.n_except, room);
    return op;
}

rtcio_operator rtcio_operator_except_socket(rtcio_operator op, rtcio_socket *socket)
{
    if (socket == NULL)
        return op; /* nobody to leave out */
    /* By the object where there is room for it: it need not be in the room of its own id. */
    if (op.self == NULL) {
        op.flags |= RTCIO__OP_BROADCAST;
        op.self = socket;
        return op;
    }
    return rtcio_operator_except(op, socket->id);
}

rtcio_operator rtcio_operator_local(rtcio_operator op)
{
    op.flags |= RTCIO__OP_BROADCAST | RTCIO__OP_LOCAL;
    return op;
}

rtcio_operator rtcio_operator_volatile(rtcio_operator op)
{
    op.flags |= RTCIO__OP_VOLATILE;
    return op;
}

rtcio_operator rtcio_operator_compress(rtcio_operator op, bool on)
{
    if (on)
        op.flags &= (uint8_t)~RTCIO__OP_UNCOMPRESSED;
    else
        op.flags |= RTCIO__OP_UNCOMPRESSED;
    return op;
}

rtcio_operator rtcio_operator_rooms_only(rtcio_operator op)
{
    op.flags |= RTCIO__OP_ROOMS_ONLY;
    return op;
}

rtcio_operator rtcio_operator_timeout(rtcio_operator op, uint32_t ms)
{
    op.flags |= RTCIO__OP_TIMEOUT;
    op.timeout_ms = ms;
    return op;
}

static bool single(const rtcio_operator *op)
{
    return op->self != NULL && (op->flags & RTCIO__OP_BROADCAST) == 0;
}

static int check(const rtcio_operator *op, const rtcio_message *m)
{
    if (op->error != 0)
        return op->error;
    if (m->event == NULL || (m->n_args > 0 && m->args == NULL) ||
        (m->n_attachments > 0 && m->attachments == NULL))
        return RTCIO_E_INVALID;
    if (rtcio__sio_reserved(m->event, strlen(m->event)))
        return RTCIO_E_RESERVED;
    if (m->n_attachments > RTCIO__SIO_MAX_ATTACHMENTS)
        return RTCIO_E_LIMIT;
    return 0;
}

static struct rtcio__packet_out packet_of(const rtcio_operator *op, const rtcio_message *m)
{
    return (struct rtcio__packet_out){
        .type = RTCIO__SIO_EVENT,
        .nsp = op->nsp,
        .event = {m->event, strlen(m->event)},
        .args = m->args,
        .n_args = m->n_args,
        .attachments = m->attachments,
        .n_attachments = m->n_attachments,
    };
}

static int emit_single(const rtcio_operator *op, struct rtcio__packet_out *out)
{
    rtcio_socket *socket = op->self;
    char text[RTCIO__OFFSET_MAX];

    if (rtcio__hooked(op->nsp, RTCIO__ON_ANY_OUTGOING))
        rtcio__tell_outgoing(op, out);
    if (socket->state == RTCIO__SOCKET_GONE)
        return RTCIO_E_CLOSED;
    if ((op->flags & RTCIO__OP_VOLATILE) != 0 && !rtcio__session_writable(socket->session)) {
        rtcio__counter_add(&socket->nsp->server->n_volatile_dropped, 1);
        return RTCIO_E_DROPPED;
    }
    if (socket->resume == NULL)
        return rtcio__packet_send(out, socket->session);
    out->offset.data = text;
    if (rtcio__recovery_offset(op, out, &out->offset) == 0)
        return rtcio__packet_send(out, socket->session);
    int error = rtcio__send_logged(op, out);
    return error == 0 && rtcio__session_busy(socket->session) ? RTCIO_BUSY : error;
}

/* Polling asks the engine while it queues. */
static int emit_uncompressed(const rtcio_operator *op, struct rtcio__packet_out *out)
{
    struct rtcio__engine *engine = &op->nsp->server->engine;

    engine->uncompressed = true;
    int error = single(op) ? emit_single(op, out) : rtcio__broadcast(op, out, NULL);
    engine->uncompressed = false;
    return error;
}

int rtcio_operator_emit_message(rtcio_operator op, const rtcio_message *message)
{
    int error = check(&op, message);
    if (error != 0)
        return error;
    struct rtcio__packet_out out = packet_of(&op, message);
    if ((op.flags & RTCIO__OP_UNCOMPRESSED) != 0)
        return emit_uncompressed(&op, &out);
    return single(&op) ? emit_single(&op, &out) : rtcio__broadcast(&op, &out, NULL);
}

int rtcio_operator_emit_message_with_ack(rtcio_operator op, const rtcio_message *message,
                                         rtcio_response_fn fn, void *user)
{
    int error = fn != NULL ? check(&op, message) : RTCIO_E_INVALID;
    if (error != 0)
        return error;
    if (op.nsp->server->destroying)
        return RTCIO_E_CLOSED; /* or a completion that asks again would never let it end */
    struct rtcio__request *request = rtcio__request_create(op.nsp, fn, user);
    if (request == NULL)
        return RTCIO_E_NO_MEMORY;
    struct rtcio__packet_out out = packet_of(&op, message);
    out.id = rtcio__request_id(request);
    int64_t timeout = single(&op) ? -1 : BROADCAST_ACK_TIMEOUT_MS;
    if ((op.flags & RTCIO__OP_TIMEOUT) != 0)
        timeout = op.timeout_ms;
    else
        op.timeout_ms = BROADCAST_ACK_TIMEOUT_MS;
    if (single(&op)) {
        error = RTCIO_E_CLOSED;
        if (op.self->state != RTCIO__SOCKET_GONE)
            error = rtcio__request_expect(request, op.self) ? emit_single(&op, &out)
                                                            : RTCIO_E_NO_MEMORY;
    } else {
        error = rtcio__broadcast(&op, &out, request);
    }
    if (error < 0) {
        rtcio__request_cancel(request);
        return error;
    }
    rtcio__request_start(request, single(&op), timeout);
    return error;
}

/* The arguments of a format as a message. *text is to be freed. */
static int pack(const char *event, const char *format, va_list ap, rtcio_message *message,
                rtcio_slice *args, char **text)
{
    *args = (rtcio_slice){"", 0};
    *text = NULL;
    *message = (rtcio_message){.event = event, .args = args, .n_args = 1};
    if (format == NULL)
        return 0;
    *text = rtcio__pack_args(format, ap, args);
    return *text != NULL ? 0 : RTCIO_E_FORMAT;
}

int rtcio_operator_emit(rtcio_operator op, const char *event, const char *format, ...)
{
    rtcio_message message;
    rtcio_slice args;
    char *text;
    va_list ap;

    va_start(ap, format);
    int error = pack(event, format, ap, &message, &args, &text);
    va_end(ap);
    if (error == 0)
        error = rtcio_operator_emit_message(op, &message);
    free(text);
    return error;
}

int rtcio_operator_emit_with_ack(rtcio_operator op, const char *event, rtcio_response_fn fn,
                                 void *user, const char *format, ...)
{
    rtcio_message message;
    rtcio_slice args;
    char *text;
    va_list ap;

    va_start(ap, format);
    int error = pack(event, format, ap, &message, &args, &text);
    va_end(ap);
    if (error == 0)
        error = rtcio_operator_emit_message_with_ack(op, &message, fn, user);
    free(text);
    return error;
}

static void gather(rtcio_socket *socket, void *user)
{
    struct rtcio__targets *g = user;

    if (g->n == g->cap) {
        size_t cap = g->cap == 0 ? 16 : g->cap * 2;
        rtcio_socket **grown = realloc(g->list, cap * sizeof(rtcio_socket *));
        if (grown == NULL)
            return;
        g->list = grown;
        g->cap = cap;
    }
    g->list[g->n++] = socket;
}

struct rtcio__targets rtcio__gather(const rtcio_operator *op)
{
    struct rtcio__targets g = {0};

    if (op->error == 0)
        rtcio__select(op, gather, &g);
    return g;
}

void rtcio_operator_each(rtcio_operator op, rtcio_socket_fn fn, void *user)
{
    struct rtcio__targets g = rtcio__gather(&op);

    /* Sockets outlive the turn, so that fn may disconnect any of them. */
    for (size_t i = 0; i < g.n; i++)
        if (g.list[i]->state == RTCIO__SOCKET_CONNECTED && !fn(g.list[i], user))
            break;
    free(g.list);
}

void rtcio__change_here(const rtcio_operator *op, enum rtcio__change what, const char *room,
                        bool close)
{
    struct rtcio__targets g = rtcio__gather(op);

    for (size_t i = 0; i < g.n; i++) {
        if (what == RTCIO__CHANGE_JOIN)
            rtcio_socket_join(g.list[i], room);
        else if (what == RTCIO__CHANGE_LEAVE)
            rtcio_socket_leave(g.list[i], room);
        else
            rtcio_socket_disconnect(g.list[i], close);
    }
    free(g.list);
}

static void change(const rtcio_operator *op, enum rtcio__change what, const char *room, bool close)
{
    if (op->error != 0 || op->nsp->is_parent)
        return; /* a parent has no sockets, on any node */
    /* What is done to one socket of ours is nothing to others. */
    if (!single(op) && rtcio__reaches_others(op)) {
        struct rtcio__adapter *adapter = op->nsp->server->adapter;
        if (adapter->ops->change(adapter, op, what, room, close) != 0)
            return;
    }
    rtcio__change_here(op, what, room, close);
}

void rtcio_operator_join(rtcio_operator op, const char *room)
{
    if (room != NULL && *room != '\0')
        change(&op, RTCIO__CHANGE_JOIN, room, false);
}

void rtcio_operator_leave(rtcio_operator op, const char *room)
{
    if (room != NULL && *room != '\0')
        change(&op, RTCIO__CHANGE_LEAVE, room, false);
}

void rtcio_operator_disconnect(rtcio_operator op, bool close)
{
    change(&op, RTCIO__CHANGE_DISCONNECT, NULL, close);
}
