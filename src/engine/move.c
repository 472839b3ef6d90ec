/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */

/* Sessions that move to a sibling engine. */

#include "engine/move.h"

#include "engine/crowd.h"
#include "engine/polling.h"
#include "engine/websocket.h"

#include <stdlib.h>
#include <string.h>

/* A session between two engines. */
struct move {
    struct rtcio__post post;
    struct rtcio__engine *to;
    struct rtcio__session session;     /* its facts; what belongs to a loop is of no meaning */
    struct rtcio__conn_parts ws;       /* on WebSocket, */
    struct rtcio__agreement agreement; /* and what was agreed upon there */
    struct rtcio__probe_parts probe;
    size_t message_len, rest_len;
    char data[]; /* the message with a NUL, the rest with a NUL */
};

void rtcio__moves_init(struct rtcio__hash *moved)
{
    rtcio__hash_init(moved,
                     offsetof(struct rtcio__moved, sid) - offsetof(struct rtcio__moved, node), 1);
}

static void forget(struct rtcio__moved *moved)
{
    rtcio__hash_remove(&moved->home->moved, &moved->node);
    free(moved);
}

void rtcio__moves_fini(struct rtcio__hash *moved)
{
    struct rtcio__hash_node *node;

    while ((node = rtcio__hash_next(moved, NULL)) != NULL)
        forget(rtcio__container_of(node, struct rtcio__moved, node));
    rtcio__hash_fini(moved);
}

static void run_over(struct rtcio__post *post)
{
    forget(rtcio__container_of(post, struct rtcio__moved, over));
}

static void drop_over(struct rtcio__post *post)
{
    (void)post; /* it goes with its table */
}

void rtcio__moved_ended(struct rtcio__session *s)
{
    struct rtcio__moved *moved = s->moved;

    s->moved = NULL;
    if (moved->home == s->engine)
        forget(moved);
    else
        rtcio__loop_send(&moved->home->loop, &moved->over);
}

int rtcio__move_whereabouts(const struct rtcio__engine *engine, const char *sid, size_t len)
{
    int maker = rtcio__engine_owner(engine, sid, len);

    if (maker >= 0) /* it may have come here */
        return rtcio__session_find(engine, sid, len) != NULL ? -1 : maker;
    struct rtcio__hash_node *node =
        engine->moved.n_nodes > 0 ? rtcio__hash_find(&engine->moved, sid, len) : NULL;
    return node != NULL ? (int)rtcio__container_of(node, struct rtcio__moved, node)->to : -1;
}

bool rtcio__session_move(struct rtcio__session *s, unsigned to)
{
    struct rtcio__engine *engine = s->engine;

    if (engine->closing || to >= engine->n_siblings || to == engine->index ||
        s->state != RTCIO__SESSION_OPEN || s->doomed || s->moved != NULL)
        return false;
    /* At the end of an upgrade, while what a POST left waiting is served: that request, and what
     * came behind the upgrade, could not be taken along. */
    if (s->ws != NULL && s->polling != NULL)
        return false;
    /* A connection moves with nothing that waits to be sent. */
    if ((s->ws != NULL && !rtcio__conn_drain(s->ws)) ||
        (s->probe != NULL && !rtcio__conn_drain(rtcio__probe_conn(s))))
        return false;
    struct rtcio__moved *moved = calloc(1, sizeof *moved);
    if (moved == NULL)
        return false;
    moved->over = (struct rtcio__post){.run = run_over, .drop = drop_over};
    moved->home = engine;
    moved->to = to;
    memcpy(moved->sid, rtcio__session_sid(s), sizeof moved->sid);
    if (rtcio__hash_insert(&engine->moved, &moved->node, RTCIO__ID_LEN) != 0) {
        free(moved);
        return false;
    }
    s->moved = moved;
    return true;
}

/* Frees what a session has between two engines, cutting its connections. */
static void drop(struct rtcio__post *post)
{
    struct move *m = rtcio__container_of(post, struct move, post);

    if (m->session.on_websocket)
        rtcio__conn_parts_drop(&m->ws);
    rtcio__contexts_destroy(m->agreement.contexts);
    if (m->session.probe != NULL)
        rtcio__probe_drop(&m->probe);
    rtcio__polling_free(m->session.polling);
    rtcio__blob_unref(m->session.head);
    if (m->session.counted)
        rtcio__crowd_leave(m->to->crowd, &m->session.address);
    __atomic_sub_fetch(m->to->n_sessions_all, 1, __ATOMIC_RELAXED);
    free(m);
}

/* The session that came, with its transport; NULL: it could not be taken in. */
static struct rtcio__session *unpack(struct move *m)
{
    struct rtcio__session *s = rtcio__session_arrive(m->to, &m->session, m->session.moved->sid);

    if (s == NULL)
        return NULL;
    if (s->polling != NULL)
        rtcio__polling_arrive(s);
    if (m->session.probe != NULL)
        rtcio__probe_arrive(s, &m->probe);
    if (s->on_websocket)
        rtcio__websocket_arrive(s, &m->ws, &m->agreement, m->data + m->message_len + 1,
                                m->rest_len);
    return s;
}

static void run(struct rtcio__post *post)
{
    struct move *m = rtcio__container_of(post, struct move, post);
    struct rtcio__moved *moved = m->session.moved;
    struct rtcio__session *s = m->to->closing ? NULL : unpack(m);

    if (s == NULL) {
        drop(post);
        rtcio__loop_send(&moved->home->loop, &moved->over);
        return;
    }
    if (s->state == RTCIO__SESSION_OPEN)
        m->to->ops->message(s, m->data, m->message_len, false);
    if (s->polling != NULL && s->state == RTCIO__SESSION_OPEN && m->rest_len > 0)
        rtcio__polling_packets(s, m->data + m->message_len + 1, m->rest_len, false);
    free(m);
}

void rtcio__move(struct rtcio__session *s, const char *message, size_t message_len,
                 const char *rest, size_t rest_len)
{
    struct rtcio__engine *to = s->engine->siblings[s->moved->to];
    struct move *m = calloc(1, sizeof *m + message_len + rest_len + 2);

    if (m == NULL || (s->polling != NULL && !rtcio__polling_leave(s))) {
        free(m);
        rtcio__session_doom(s);
        return;
    }
    m->post = (struct rtcio__post){.run = run, .drop = drop};
    m->to = to;
    m->message_len = message_len;
    m->rest_len = rest_len;
    memcpy(m->data, message, message_len);
    if (rest_len > 0)
        memcpy(m->data + message_len + 1, rest, rest_len);
    m->session = *s;
    if (s->probe != NULL)
        m->probe = rtcio__probe_leave(s);
    m->agreement = rtcio__websocket_leave(s);
    if (s->ws != NULL)
        m->ws = rtcio__conn_release(s->ws);
    rtcio__session_leave(s);
    rtcio__loop_send(&to->loop, &m->post);
}
