/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */

/* Answers of one worker to another. */

#include "cluster/group.h"

#include <stdlib.h>

struct answer {
    struct rtcio__post post;
    struct rtcio__node *to;
    uint64_t number;
    size_t n; /* clients asked, or sockets in the list */
    struct rtcio__event_copy *event;
    rtcio_remote_socket **sockets;
};

static void drop(struct rtcio__post *post)
{
    struct answer *a = rtcio__container_of(post, struct answer, post);

    rtcio__event_copy_free(a->event);
    for (size_t i = 0; a->sockets != NULL && i < a->n; i++)
        rtcio__remote_socket_free(a->sockets[i]);
    free(a->sockets);
    free(a);
}

static void run_count(struct rtcio__post *post)
{
    struct answer *a = rtcio__container_of(post, struct answer, post);

    rtcio__request_counted(a->to->server, a->number, a->n);
    free(a);
}

static void run_event(struct rtcio__post *post)
{
    struct answer *a = rtcio__container_of(post, struct answer, post);

    rtcio__request_answered(a->to->server, a->number, a->event);
    free(a);
}

static void run_sockets(struct rtcio__post *post)
{
    struct answer *a = rtcio__container_of(post, struct answer, post);

    rtcio__fetch_answered(a->to->server, a->number, a->sockets, a->n);
    free(a->sockets);
    free(a);
}

/* Takes event and sockets over. Without memory there is no answer: the asker has its timeout. */
static void send_answer(struct rtcio__node *from, struct answer content,
                        void (*run)(struct rtcio__post *post))
{
    struct answer *a = malloc(sizeof *a);

    content.post = (struct rtcio__post){.run = run, .drop = drop};
    if (a != NULL) {
        *a = content;
        rtcio__node_send(from, a->to, &a->post);
        return;
    }
    rtcio__event_copy_free(content.event);
    for (size_t i = 0; content.sockets != NULL && i < content.n; i++)
        rtcio__remote_socket_free(content.sockets[i]);
    free(content.sockets);
}

void rtcio__answer_count(struct rtcio__node *from, struct rtcio__node *to, uint64_t number,
                         size_t n_clients)
{
    send_answer(from, (struct answer){.to = to, .number = number, .n = n_clients}, run_count);
}

void rtcio__answer_sockets(struct rtcio__node *from, struct rtcio__node *to, uint64_t number,
                           rtcio_remote_socket **sockets, size_t n)
{
    send_answer(from, (struct answer){.to = to, .number = number, .n = n, .sockets = sockets},
                run_sockets);
}

struct sink {
    struct rtcio__sink sink;
    struct rtcio__node *from, *to;
    uint64_t number;
};

static void on_asked(struct rtcio__sink *sink, size_t n_clients)
{
    const struct sink *s = rtcio__container_of(sink, struct sink, sink);
    rtcio__answer_count(s->from, s->to, s->number, n_clients);
}

static void on_answer(struct rtcio__sink *sink, struct rtcio__event_copy *answer)
{
    const struct sink *s = rtcio__container_of(sink, struct sink, sink);
    send_answer(s->from, (struct answer){.to = s->to, .number = s->number, .event = answer},
                run_event);
}

static void on_done(struct rtcio__sink *sink)
{
    free(rtcio__container_of(sink, struct sink, sink));
}

struct rtcio__sink *rtcio__sink_create(struct rtcio__node *from, struct rtcio__node *to,
                                       uint64_t number)
{
    struct sink *s = malloc(sizeof *s);

    if (s == NULL)
        return NULL;
    *s = (struct sink){{on_asked, on_answer, on_done}, from, to, number};
    return &s->sink;
}
