/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */

/* Selecting the targets of an operator, and sending one encoded packet to all of them. */

#include "socketio/adapter.h"
#include "socketio/recovery.h"

#include <stdlib.h>
#include <string.h>

/* How the current selection recognises sockets it must not serve (again). */
struct selection {
    const rtcio_operator *op;
    rtcio__target_fn fn;
    void *user;
    const rtcio_socket *excluded;
    bool marks; /* nsp.stamp marks sockets that are excluded or served */
};

static void serve(const struct selection *sel, rtcio_socket *socket)
{
    if (socket == sel->excluded || socket->state != RTCIO__SOCKET_CONNECTED)
        return;
    if (sel->marks) {
        if (socket->mark == socket->nsp->stamp)
            return;
        socket->mark = socket->nsp->stamp;
    }
    sel->fn(socket, sel->user);
}

static void serve_room(const struct selection *sel, const char *name)
{
    const rtcio_namespace *nsp = sel->op->nsp;
    size_t len = strlen(name);
    const struct rtcio__room *room = rtcio__room_find(nsp, name, len);

    if (room != NULL)
        for (const struct rtcio__member *m = room->first; m != NULL; m = m->next_in_room)
            serve(sel, m->socket);
    if ((sel->op->flags & RTCIO__OP_ROOMS_ONLY) == 0) {
        rtcio_socket *own = rtcio__own_room(nsp, name, len);
        if (own != NULL)
            serve(sel, own);
    }
}

static void exclude_room(const rtcio_operator *op, const char *name)
{
    const rtcio_namespace *nsp = op->nsp;
    size_t len = strlen(name);
    const struct rtcio__room *room = rtcio__room_find(nsp, name, len);

    if (room != NULL)
        for (const struct rtcio__member *m = room->first; m != NULL; m = m->next_in_room)
            m->socket->mark = nsp->stamp;
    if ((op->flags & RTCIO__OP_ROOMS_ONLY) == 0) {
        rtcio_socket *own = rtcio__own_room(nsp, name, len);
        if (own != NULL)
            own->mark = nsp->stamp;
    }
}

/* A new stamp that no socket carries. */
static void new_stamp(rtcio_namespace *nsp)
{
    if (++nsp->stamp != 0)
        return;
    struct rtcio__hash_node *node = NULL;
    while ((node = rtcio__hash_next(&nsp->sockets, node)) != NULL)
        rtcio__container_of(node, rtcio_socket, node)->mark = 0;
    nsp->stamp = 1;
}

void rtcio__select(const rtcio_operator *op, rtcio__target_fn fn, void *user)
{
    struct selection sel = {.op = op, .fn = fn, .user = user, .excluded = op->self};

    if (op->self != NULL && (op->flags & RTCIO__OP_BROADCAST) == 0) {
        sel.excluded = NULL;
        serve(&sel, op->self);
        return;
    }
    /* One room may still overlap with a socket's own id. */
    sel.marks = op->n_except > 0 || op->n_to + op->n_list > 1 ||
                (op->n_to + op->n_list == 1 && (op->flags & RTCIO__OP_ROOMS_ONLY) == 0);
    if (sel.marks)
        new_stamp(op->nsp);
    for (unsigned i = 0; i < op->n_except; i++)
        exclude_room(op, op->except[i]);
    for (unsigned i = 0; i < op->n_to; i++)
        serve_room(&sel, op->to[i]);
    for (size_t i = 0; i < op->n_list; i++)
        serve_room(&sel, op->list[i]);
    if (op->n_to + op->n_list == 0) {
        struct rtcio__hash_node *node = NULL;
        while ((node = rtcio__hash_next(&op->nsp->sockets, node)) != NULL)
            serve(&sel, rtcio__container_of(node, rtcio_socket, node));
    }
}

int rtcio__cast_encode(struct rtcio__cast *cast)
{
    if (cast->text != NULL)
        return 0;
    cast->text = rtcio__message_create(rtcio__packet_measure(cast->out), false);
    if (cast->text == NULL)
        return RTCIO_E_NO_MEMORY;
    rtcio__packet_write(cast->out, rtcio__message_data(cast->text));
    for (; cast->n_attachments < cast->out->n_attachments; cast->n_attachments++) {
        rtcio_slice bytes = cast->out->attachments[cast->n_attachments];
        struct rtcio__blob *blob = rtcio__message_create(bytes.len, true);
        if (blob == NULL) {
            rtcio__cast_release(cast);
            return RTCIO_E_NO_MEMORY;
        }
        if (bytes.len > 0)
            memcpy(rtcio__message_data(blob), bytes.data, bytes.len);
        cast->attachment[cast->n_attachments] = blob;
    }
    return 0;
}

void rtcio__cast_release(struct rtcio__cast *cast)
{
    rtcio__blob_unref(cast->text);
    rtcio__blob_unref(cast->plain);
    cast->text = cast->plain = NULL;
    while (cast->n_attachments > 0)
        rtcio__blob_unref(cast->attachment[--cast->n_attachments]);
}

/* One packet for many. */
struct delivery {
    struct rtcio__cast *cast;
    struct rtcio__request *request;
    bool is_volatile;
    uint64_t number; /* in the log, 0: not there */
    int error;
};

/* Clients that cannot be recovered do not expect a string behind the arguments. */
static int make_plain(struct rtcio__cast *cast)
{
    size_t len = cast->text->len - RTCIO__MESSAGE_ROOM - cast->offset_len - 1;

    if (cast->plain != NULL)
        return 0;
    cast->plain = rtcio__message_create(len, false);
    if (cast->plain == NULL)
        return RTCIO_E_NO_MEMORY;
    char *at = rtcio__message_data(cast->plain);
    memcpy(at, rtcio__message_data(cast->text), len - 1);
    at[len - 1] = ']';
    return 0;
}

static int hand_over(struct rtcio__cast *cast, struct rtcio__session *s)
{
    bool plain = cast->offset_len > 0 && s->eio3;
    int error = plain ? make_plain(cast) : 0;

    if (error == 0)
        error = rtcio__session_send_message(s, plain ? cast->plain : cast->text, false);

    for (size_t i = 0; error == 0 && i < cast->n_attachments; i++)
        error = rtcio__session_send_message(s, cast->attachment[i], true);
    return error;
}

static void deliver(rtcio_socket *socket, void *user)
{
    struct delivery *d = user;
    struct rtcio__session *s = socket->session;

    if (d->error != 0)
        return;
    if (d->is_volatile && !rtcio__session_writable(s)) {
        rtcio__counter_add(&socket->nsp->server->n_volatile_dropped, 1);
        return;
    }
    if ((d->error = rtcio__cast_encode(d->cast)) != 0)
        return;
    if (d->request != NULL && !rtcio__request_expect(d->request, socket)) {
        d->error = RTCIO_E_NO_MEMORY;
        return;
    }
    if (d->number != 0 && socket->resume != NULL)
        socket->resume->last = d->number;
    /* A receiver that cannot take it is dealt with by its session; the others must not suffer. */
    (void)hand_over(d->cast, s);
}

/* Puts the offset behind the arguments. */
static int add_offset(struct rtcio__cast *cast, rtcio_slice offset)
{
    if (cast->text == NULL) {
        cast->out->offset = offset;
        return rtcio__cast_encode(cast);
    }
    /* It is encoded already, for other nodes, which have offsets of their own. */
    size_t len = cast->text->len - RTCIO__MESSAGE_ROOM;
    struct rtcio__blob *text = rtcio__message_create(len + 1 + offset.len, false);
    if (text == NULL)
        return RTCIO_E_NO_MEMORY;
    char *at = rtcio__message_data(text);
    memcpy(at, rtcio__message_data(cast->text), len - 1);
    at[len - 1] = ',';
    memcpy(at + len, offset.data, offset.len);
    at[len + offset.len] = ']';
    rtcio__blob_unref(cast->text);
    cast->text = text;
    return 0;
}

/* Gives an event its offset, if it is to have one, and keeps it for those who come back. */
static int keep(const rtcio_operator *op, struct rtcio__cast *cast, uint64_t *number)
{
    char text[RTCIO__OFFSET_MAX];
    rtcio_slice offset = {text, 0};

    *number = cast->out != NULL ? rtcio__recovery_offset(op, cast->out, &offset)
                                : rtcio__recovery_offset_encoded(op, cast->text, &offset);
    bool unsent = *number != 0 && offset.len == 0;
    int error = offset.len > 0 ? add_offset(cast, offset) : unsent ? rtcio__cast_encode(cast) : 0;
    cast->offset_len = offset.len;
    if (error == 0 && *number != 0)
        rtcio__recovery_log(op, unsent, cast->text, cast->attachment, cast->n_attachments);
    if (unsent)
        *number = 0; /* what clients do not know by a number */
    return error;
}

int rtcio__send_logged(const rtcio_operator *op, struct rtcio__packet_out *out)
{
    struct rtcio__cast cast = {.out = out};
    int error = rtcio__cast_encode(&cast);

    if (error == 0) {
        bool unsent = out->offset.len == 0;
        if (!unsent)
            op->self->resume->last = op->nsp->log->next;
        rtcio__recovery_log(op, unsent, cast.text, cast.attachment, cast.n_attachments);
        error = hand_over(&cast, op->self->session);
    }
    rtcio__cast_release(&cast);
    return error;
}

int rtcio__broadcast_here(const rtcio_operator *op, struct rtcio__cast *cast,
                          struct rtcio__request *request)
{
    struct delivery d = {
        .cast = cast,
        .request = request,
        .is_volatile = (op->flags & RTCIO__OP_VOLATILE) != 0,
    };

    if (op->nsp->log != NULL && request == NULL)
        d.error = keep(op, cast, &d.number);
    if (d.error == 0)
        rtcio__select(op, deliver, &d);
    return d.error;
}

/* A parent has no sockets; what is sent to it goes to its children (spec 7.2). */
static int broadcast_to_children(const rtcio_operator *op, struct rtcio__packet_out *out)
{
    struct rtcio__adapter *adapter = rtcio__reaches_others(op) ? op->nsp->server->adapter : NULL;
    struct rtcio__cast cast = {.out = out};
    rtcio_namespace **list;
    size_t n = rtcio__children(op->nsp, &list);
    int error = list != NULL ? 0 : RTCIO_E_NO_MEMORY;

    if (error == 0 && adapter != NULL)
        error = adapter->ops->broadcast(adapter, op, &cast, NULL);

    for (size_t i = 0; i < n && error == 0; i++) {
        rtcio_operator to_child = *op;
        to_child.nsp = list[i];
        to_child.flags |= RTCIO__OP_LOCAL; /* other nodes serve theirs */
        out->nsp = list[i];
        error = rtcio__broadcast(&to_child, out, NULL);
    }
    free(list);
    return error;
}

int rtcio__broadcast(const rtcio_operator *op, struct rtcio__packet_out *out,
                     struct rtcio__request *request)
{
    if (op->nsp->is_parent)
        return request == NULL ? broadcast_to_children(op, out) : RTCIO_E_UNSUPPORTED;
    struct rtcio__adapter *adapter = rtcio__reaches_others(op) ? op->nsp->server->adapter : NULL;
    struct rtcio__cast cast = {.out = out};

    if (rtcio__hooked(op->nsp, RTCIO__ON_ANY_OUTGOING))
        rtcio__tell_outgoing(op, out);
    int error = adapter != NULL ? adapter->ops->broadcast(adapter, op, &cast, request) : 0;
    if (error == 0)
        error = rtcio__broadcast_here(op, &cast, request);
    rtcio__cast_release(&cast);
    return error;
}
