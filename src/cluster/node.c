/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */

/* A worker as others see it: the adapter of its server. */

#include "cluster/group.h"

#include <string.h>

static struct rtcio__node *node_of(struct rtcio__adapter *adapter)
{
    return rtcio__container_of(adapter, struct rtcio__node, adapter);
}

static struct rtcio__loop *loop_of(struct rtcio__node *node)
{
    return &node->server->engine.loop;
}

static void wake(struct rtcio__deferred *deferred)
{
    struct rtcio__node *node = rtcio__container_of(deferred, struct rtcio__node, wake);
    rtcio__worker_set to = node->to_wake;

    node->to_wake = 0;
    for (unsigned i = 0; to != 0; i++, to >>= 1)
        if ((to & 1) != 0)
            rtcio__loop_wake(loop_of(&node->group->nodes[i]));
}

void rtcio__node_init(struct rtcio__node *node, rtcio_workers *group, unsigned index)
{
    node->adapter.ops = &rtcio__node_ops;
    node->group = group;
    node->index = index;
    rtcio__list_init(&node->wake.link);
    node->wake.run = wake;
}

void rtcio__node_send(struct rtcio__node *from, struct rtcio__node *to, struct rtcio__post *post)
{
    rtcio__loop_send_quietly(loop_of(to), post);
    from->to_wake |= UINT64_C(1) << to->index;
    rtcio__loop_defer(loop_of(from), &from->wake);
}

bool rtcio__node_offer(struct rtcio__node *from, struct rtcio__node *to, struct rtcio__post *post)
{
    if (!rtcio__loop_offer_quietly(loop_of(to), post))
        return false;
    from->to_wake |= UINT64_C(1) << to->index;
    rtcio__loop_defer(loop_of(from), &from->wake);
    return true;
}

static rtcio__worker_set all_others(const struct rtcio__node *node)
{
    unsigned n = node->group->n;
    return (UINT64_MAX >> (64 - n)) & ~(UINT64_C(1) << node->index);
}

/* Whom a name stands for: a room's members, and the socket with this id, whether it is there or
 * not. */
static rtcio__worker_set named(const struct rtcio__node *node, const rtcio_operator *op,
                               const char *name)
{
    const rtcio_workers *group = node->group;
    rtcio__worker_set set = rtcio__spaces_find(&group->spaces, op->nsp, name);

    if ((op->flags & RTCIO__OP_ROOMS_ONLY) == 0) {
        int32_t sequence = rtcio__id_sequence(name, strlen(name));
        if (sequence >= 0)
            set |= UINT64_C(1) << (unsigned)sequence % group->n;
    }
    return set;
}

/* The other workers that an operator reaches. With group->order held. */
static rtcio__worker_set reached(const struct rtcio__node *node, const rtcio_operator *op)
{
    rtcio__worker_set set = 0;

    /* Rooms are known by their namespaces, which a parent's children are. While somebody is told to
     * join, who will be a member is not known: what is sent then arrives behind that. */
    if (op->n_to + op->n_list == 0 || op->nsp->is_parent ||
        __atomic_load_n(&node->group->n_joins, __ATOMIC_ACQUIRE) > 0)
        return all_others(node);
    for (size_t i = 0; i < op->n_to; i++)
        set |= named(node, op, op->to[i]);
    for (size_t i = 0; i < op->n_list; i++)
        set |= named(node, op, op->list[i]);
    return set & all_others(node);
}

static rtcio__worker_set look_up(struct rtcio__node *node, const rtcio_operator *op)
{
    pthread_mutex_lock(&node->group->order);
    rtcio__worker_set set = reached(node, op);
    pthread_mutex_unlock(&node->group->order);
    return set;
}

/* Posts the letter, then serves what others sent before: theirs comes first everywhere, also
 * here, where ours is served next. Returns whom it went to; nobody: it is freed. */
static void post(struct rtcio__node *node, const rtcio_operator *op, struct rtcio__letter *letter,
                 rtcio__worker_set to)
{
    struct rtcio__loop *loop = loop_of(node);

    pthread_mutex_lock(&node->group->order);
    rtcio__loop_collect(loop);
    /* Members that came meanwhile; never fewer, for answers of all in `to` are awaited. */
    if (op != NULL && letter->number == 0)
        to |= reached(node, op);
    rtcio__letter_send(letter, to);
    pthread_mutex_unlock(&node->group->order);
    rtcio__loop_catch_up(loop);
}

static int broadcast(struct rtcio__adapter *adapter, const rtcio_operator *op,
                     struct rtcio__cast *cast, struct rtcio__request *request)
{
    struct rtcio__node *node = node_of(adapter);
    rtcio__worker_set to = look_up(node, op);

    enum rtcio__letter_kind kind = op->nsp->is_parent ? RTCIO__LETTER_CAST_TO_CHILDREN
                                   : request != NULL  ? RTCIO__LETTER_CAST_WITH_ACK
                                                      : RTCIO__LETTER_CAST;
    if (to == 0)
        return 0;
    struct rtcio__letter *letter = rtcio__letter_create(
        node, kind, op->nsp, op, kind != RTCIO__LETTER_CAST ? cast->out : NULL, NULL);
    if (letter == NULL)
        return RTCIO_E_NO_MEMORY;
    if (request != NULL) {
        for (int i = __builtin_popcountll(to); i > 0; i--)
            rtcio__request_await(request);
        letter->number = rtcio__request_number(request);
    } else if (kind == RTCIO__LETTER_CAST) {
        if (rtcio__cast_encode(cast) != 0) {
            rtcio__letter_free(letter);
            return RTCIO_E_NO_MEMORY;
        }
        letter->cast.text = rtcio__blob_ref(cast->text);
        for (; letter->cast.n_attachments < cast->n_attachments; letter->cast.n_attachments++)
            letter->cast.attachment[letter->cast.n_attachments] =
                rtcio__blob_ref(cast->attachment[letter->cast.n_attachments]);
    }
    post(node, op, letter, to);
    return 0;
}

static int change(struct rtcio__adapter *adapter, const rtcio_operator *op, enum rtcio__change what,
                  const char *room, bool close)
{
    struct rtcio__node *node = node_of(adapter);
    rtcio__worker_set to = look_up(node, op);

    if (to == 0)
        return 0;
    struct rtcio__letter *letter =
        rtcio__letter_create(node, RTCIO__LETTER_CHANGE, op->nsp, op, NULL, room);
    if (letter == NULL)
        return RTCIO_E_NO_MEMORY;
    letter->what = what;
    letter->close = close;
    post(node, op, letter, to);
    return 0;
}

static int fetch(struct rtcio__adapter *adapter, const rtcio_operator *op,
                 struct rtcio__fetch *fetch)
{
    struct rtcio__node *node = node_of(adapter);
    rtcio__worker_set to = look_up(node, op);

    if (to == 0)
        return 0;
    struct rtcio__letter *letter =
        rtcio__letter_create(node, RTCIO__LETTER_FETCH, op->nsp, op, NULL, NULL);
    if (letter == NULL)
        return RTCIO_E_NO_MEMORY;
    for (int i = __builtin_popcountll(to); i > 0; i--)
        rtcio__fetch_await(fetch);
    letter->number = rtcio__fetch_number(fetch);
    post(node, op, letter, to);
    return 0;
}

static int server_side_emit(struct rtcio__adapter *adapter, const rtcio_namespace *nsp,
                            rtcio_slice event, rtcio_slice args, struct rtcio__request *request)
{
    struct rtcio__node *node = node_of(adapter);
    rtcio__worker_set to = all_others(node);
    struct rtcio__packet_out parts = {.event = event, .args = &args, .n_args = 1};
    struct rtcio__letter *letter =
        rtcio__letter_create(node, RTCIO__LETTER_SERVER_SIDE, nsp, NULL, &parts, NULL);

    if (letter == NULL)
        return RTCIO_E_NO_MEMORY;
    if (request != NULL) {
        for (int i = __builtin_popcountll(to); i > 0; i--)
            rtcio__request_await_one(request);
        letter->number = rtcio__request_number(request);
    }
    post(node, NULL, letter, to);
    return 0;
}

static int room_created(struct rtcio__adapter *adapter, const struct rtcio__room *room)
{
    struct rtcio__node *node = node_of(adapter);

    pthread_mutex_lock(&node->group->order);
    int error = rtcio__spaces_enter(&node->group->spaces, room, node->index);
    pthread_mutex_unlock(&node->group->order);
    return error;
}

static void room_deleted(struct rtcio__adapter *adapter, const struct rtcio__room *room)
{
    struct rtcio__node *node = node_of(adapter);

    pthread_mutex_lock(&node->group->order);
    rtcio__spaces_leave(&node->group->spaces, room, node->index);
    pthread_mutex_unlock(&node->group->order);
}

static void close_node(struct rtcio__adapter *adapter)
{
    (void)adapter; /* the group goes after its servers */
}

const struct rtcio__adapter_ops rtcio__node_ops = {
    .broadcast = broadcast,
    .change = change,
    .fetch = fetch,
    .server_side_emit = server_side_emit,
    .room_created = room_created,
    .room_deleted = room_deleted,
    .close = close_node,
};
