/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */

/* Something for several workers: the operator and its packet in memory of their own, one copy of
 * the text for all readers. Reading one is the local half of what it says. */

#include "cluster/group.h"

#include <stdlib.h>
#include <string.h>

/* Copies pieces into the memory behind a letter. */
struct packer {
    char *at;
};

static const char *pack_bytes(struct packer *p, const void *data, size_t len)
{
    char *copy = p->at;

    if (len > 0)
        memcpy(copy, data, len);
    copy[len] = '\0';
    p->at += len + 1;
    return copy;
}

static const char *pack_text(struct packer *p, const char *text)
{
    return pack_bytes(p, text, strlen(text));
}

/* What all strings and bytes of a letter take. */
static size_t text_size(const rtcio_namespace *nsp, const rtcio_operator *op,
                        const struct rtcio__packet_out *parts, const char *room)
{
    size_t size = nsp->name_len + 1 + (room != NULL ? strlen(room) + 1 : 0);

    if (op != NULL) {
        for (size_t i = 0; i < op->n_to; i++)
            size += strlen(op->to[i]) + 1;
        for (size_t i = 0; i < op->n_list; i++)
            size += strlen(op->list[i]) + 1;
        for (size_t i = 0; i < op->n_except; i++)
            size += strlen(op->except[i]) + 1;
    }
    if (parts != NULL) {
        size += parts->event.len + 2;
        for (size_t i = 0; i < parts->n_args; i++)
            size += parts->args[i].len;
        for (size_t i = 0; i < parts->n_attachments; i++)
            size += parts->attachments[i].len + 1;
    }
    return size;
}

static void pack_operator(struct rtcio__letter *letter, struct packer *p, const rtcio_operator *op)
{
    letter->flags = op->flags & (RTCIO__OP_VOLATILE | RTCIO__OP_ROOMS_ONLY);
    letter->timeout_ms = op->timeout_ms;
    for (size_t i = 0; i < op->n_to; i++)
        letter->rooms[letter->n_rooms++] = pack_text(p, op->to[i]);
    for (size_t i = 0; i < op->n_list; i++)
        letter->rooms[letter->n_rooms++] = pack_text(p, op->list[i]);
    for (size_t i = 0; i < op->n_except; i++)
        letter->except[letter->n_except++] = pack_text(p, op->except[i]);
}

static void pack_parts(struct rtcio__letter *letter, struct packer *p,
                       const struct rtcio__packet_out *parts)
{
    letter->event =
        (rtcio_slice){pack_bytes(p, parts->event.data, parts->event.len), parts->event.len};
    letter->args.data = p->at;
    for (size_t i = 0; i < parts->n_args; i++) {
        if (parts->args[i].len > 0)
            memcpy(p->at, parts->args[i].data, parts->args[i].len);
        p->at += parts->args[i].len;
    }
    letter->args.len = (size_t)(p->at - letter->args.data);
    *p->at++ = '\0';
    for (size_t i = 0; i < parts->n_attachments; i++) {
        rtcio_slice bytes = parts->attachments[i];
        letter->attachment[letter->n_attachments++] =
            (rtcio_slice){pack_bytes(p, bytes.data, bytes.len), bytes.len};
    }
}

struct rtcio__letter *rtcio__letter_create(struct rtcio__node *from, enum rtcio__letter_kind kind,
                                           const rtcio_namespace *nsp, const rtcio_operator *op,
                                           const struct rtcio__packet_out *parts, const char *room)
{
    size_t n = from->group->n, n_rooms = op != NULL ? op->n_to + op->n_list : 0;
    size_t head = sizeof(struct rtcio__letter) + n * sizeof(struct rtcio__copy);
    struct rtcio__letter *letter =
        calloc(1, head + n_rooms * sizeof(char *) + text_size(nsp, op, parts, room));

    if (letter == NULL)
        return NULL;
    letter->kind = kind;
    letter->from = from;
    letter->rooms = (const char **)((char *)letter + head);
    struct packer p = {(char *)(letter->rooms + n_rooms)};
    letter->nsp = pack_text(&p, nsp->name);
    if (op != NULL)
        pack_operator(letter, &p, op);
    if (parts != NULL)
        pack_parts(letter, &p, parts);
    if (room != NULL)
        letter->room = pack_text(&p, room);
    return letter;
}

void rtcio__letter_free(struct rtcio__letter *letter)
{
    if (letter == NULL)
        return;
    rtcio__cast_release(&letter->cast);
    free(letter);
}

static bool joins_others(const struct rtcio__letter *letter)
{
    return letter->kind == RTCIO__LETTER_CHANGE && letter->what == RTCIO__CHANGE_JOIN;
}

static void unref(struct rtcio__letter *letter)
{
    if (__atomic_sub_fetch(&letter->refs, 1, __ATOMIC_ACQ_REL) != 0)
        return;
    if (joins_others(letter))
        __atomic_sub_fetch(&letter->from->group->n_joins, 1, __ATOMIC_RELEASE);
    rtcio__letter_free(letter);
}

static struct rtcio__packet_out packet_of(const struct rtcio__letter *letter,
                                          const rtcio_namespace *nsp)
{
    return (struct rtcio__packet_out){
        .type = RTCIO__SIO_EVENT,
        .nsp = nsp,
        .event = letter->event,
        .args = &letter->args,
        .n_args = 1,
        .attachments = letter->attachment,
        .n_attachments = letter->n_attachments,
    };
}

static void deliver_with_ack(const struct rtcio__letter *letter, struct rtcio__node *to,
                             const rtcio_operator *op)
{
    struct rtcio__sink *sink = rtcio__sink_create(to, letter->from, letter->number);
    struct rtcio__packet_out out = packet_of(letter, op->nsp);

    if (sink != NULL)
        rtcio__deliver_with_ack(op, &out, sink);
    else
        rtcio__answer_count(to, letter->from, letter->number, 0);
}

static void deliver_to_children(const struct rtcio__letter *letter, const rtcio_operator *op)
{
    struct rtcio__packet_out out = packet_of(letter, op->nsp);
    rtcio__deliver_to_children(op, &out);
}

static void fetch(const struct rtcio__letter *letter, struct rtcio__node *to,
                  const rtcio_operator *op)
{
    size_t n = 0;
    rtcio_remote_socket **sockets = op->nsp != NULL ? rtcio__snapshots(op, &n) : NULL;
    rtcio__answer_sockets(to, letter->from, letter->number, sockets, n);
}

static void server_side(const struct rtcio__letter *letter, struct rtcio__node *to,
                        rtcio_namespace *nsp)
{
    struct rtcio__sink *sink =
        letter->number != 0 ? rtcio__sink_create(to, letter->from, letter->number) : NULL;

    rtcio__deliver_server_side(nsp, letter->event, letter->args, sink);
}

/* With references of this worker's own: recovery puts another text in its place. */
static void deliver(const struct rtcio__letter *letter, const rtcio_operator *op)
{
    struct rtcio__cast cast = letter->cast;

    rtcio__blob_ref(cast.text);
    for (size_t i = 0; i < cast.n_attachments; i++)
        rtcio__blob_ref(cast.attachment[i]);
    rtcio__deliver(op, &cast);
    rtcio__cast_release(&cast);
}

static void read_letter(struct rtcio__letter *letter, struct rtcio__node *to)
{
    rtcio_operator op = {
        .nsp = letter->kind == RTCIO__LETTER_CAST_TO_CHILDREN
                   ? rtcio__parent_find(to->server, letter->nsp)
                   : rtcio__namespace_find(to->server, letter->nsp, strlen(letter->nsp)),
        .list = letter->rooms,
        .n_list = letter->n_rooms,
        .n_except = letter->n_except,
        .flags = letter->flags | RTCIO__OP_BROADCAST | RTCIO__OP_LOCAL,
        .timeout_ms = letter->timeout_ms,
    };
    memcpy(op.except, letter->except, sizeof op.except);

    if (letter->kind == RTCIO__LETTER_FETCH) {
        fetch(letter, to, &op);
    } else if (op.nsp == NULL) {
        /* A namespace that this worker does not have yet has no clients here. */
        if (letter->kind == RTCIO__LETTER_CAST_WITH_ACK)
            rtcio__answer_count(to, letter->from, letter->number, 0);
    } else if (letter->kind == RTCIO__LETTER_CAST) {
        deliver(letter, &op);
    } else if (letter->kind == RTCIO__LETTER_CAST_WITH_ACK) {
        deliver_with_ack(letter, to, &op);
    } else if (letter->kind == RTCIO__LETTER_CAST_TO_CHILDREN) {
        deliver_to_children(letter, &op);
    } else if (letter->kind == RTCIO__LETTER_CHANGE) {
        rtcio__deliver_change(&op, letter->what, letter->room, letter->close);
    } else {
        server_side(letter, to, op.nsp);
    }
}

static void run(struct rtcio__post *post)
{
    struct rtcio__copy *copy = rtcio__container_of(post, struct rtcio__copy, post);

    read_letter(copy->letter, copy->to);
    unref(copy->letter);
}

static void drop(struct rtcio__post *post)
{
    unref(rtcio__container_of(post, struct rtcio__copy, post)->letter);
}

/* What it holds for one worker that does not read it. */
static uint32_t bytes_of(const struct rtcio__letter *letter)
{
    size_t bytes = sizeof *letter + letter->args.len;

    if (letter->cast.text != NULL)
        bytes += letter->cast.text->len;
    for (size_t i = 0; i < letter->cast.n_attachments; i++)
        bytes += letter->cast.attachment[i]->len;
    for (size_t i = 0; i < letter->n_attachments; i++)
        bytes += letter->attachment[i].len;
    return bytes < UINT32_MAX ? (uint32_t)bytes : UINT32_MAX;
}

static bool may_be_lost(const struct rtcio__letter *letter)
{
    return letter->kind == RTCIO__LETTER_CAST || letter->kind == RTCIO__LETTER_CAST_WITH_ACK ||
           letter->kind == RTCIO__LETTER_CAST_TO_CHILDREN;
}

/* The inbox of `to` is full. The letter may be freed by this. */
static void lose(struct rtcio__letter *letter, struct rtcio__node *to)
{
    struct rtcio__node *from = letter->from;

    if ((letter->flags & RTCIO__OP_VOLATILE) != 0)
        rtcio__counter_add(&from->server->n_volatile_dropped, 1);
    else
        rtcio__node_lost(from, to);
    if (letter->kind == RTCIO__LETTER_CAST_WITH_ACK) /* nobody there was asked */
        rtcio__answer_count(from, from, letter->number, 0);
    unref(letter);
}

void rtcio__letter_send(struct rtcio__letter *letter, rtcio__worker_set to)
{
    rtcio_workers *group = letter->from->group;
    /* Disconnecting, and events for the program, run the program's code. */
    bool quick =
        letter->kind != RTCIO__LETTER_SERVER_SIDE &&
        !(letter->kind == RTCIO__LETTER_CHANGE && letter->what == RTCIO__CHANGE_DISCONNECT);

    const bool losable = may_be_lost(letter);
    const uint32_t bytes = bytes_of(letter);
    letter->refs = (uint64_t)__builtin_popcountll(to);
    if (joins_others(letter))
        __atomic_add_fetch(&group->n_joins, 1, __ATOMIC_RELAXED);
    if (letter->cast.text != NULL)
        rtcio__blob_share(letter->cast.text);
    for (size_t i = 0; i < letter->cast.n_attachments; i++)
        rtcio__blob_share(letter->cast.attachment[i]);
    for (unsigned i = 0; i < group->n; i++) {
        if ((to >> i & 1) == 0)
            continue;
        letter->copies[i] = (struct rtcio__copy){
            {.run = run, .drop = drop, .quick = quick, .bytes = bytes}, letter, &group->nodes[i]};
        if (!losable)
            rtcio__node_send(letter->from, &group->nodes[i], &letter->copies[i].post);
        else if (!rtcio__node_offer(letter->from, &group->nodes[i], &letter->copies[i].post))
            lose(letter, &group->nodes[i]);
    }
}
