/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */

/* What programs do with workers that run: listening, posting, asking. */

#include "cluster/group.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct listening {
    struct rtcio__post post;
    struct rtcio__node *node;
    const rtcio_listen_options *opt;
    int port, result, saved_errno;
    enum rtcio__port_sharing sharing;
    bool over; /* under group->lock */
};

static void report(struct listening *l, int result)
{
    rtcio_workers *group = l->node->group;

    pthread_mutex_lock(&group->lock);
    l->result = result;
    l->saved_errno = errno;
    l->over = true;
    pthread_cond_broadcast(&group->changed);
    pthread_mutex_unlock(&group->lock);
}

static void listen_now(struct rtcio__post *post)
{
    struct listening *l = rtcio__container_of(post, struct listening, post);
    report(l, rtcio__engine_listen(&l->node->server->engine, l->opt, &l->port, l->sharing));
}

static void listen_never(struct rtcio__post *post)
{
    report(rtcio__container_of(post, struct listening, post), RTCIO_E_CLOSED);
}

/* Has a worker listen, and waits until it does, or has ended. */
static int listen_with(struct rtcio__node *node, const rtcio_listen_options *opt, int *port,
                       enum rtcio__port_sharing sharing)
{
    rtcio_workers *group = node->group;
    struct rtcio__loop *loop = &node->server->engine.loop;
    struct listening l = {
        .post = {.run = listen_now, .drop = listen_never},
        .node = node,
        .opt = opt,
        .port = *port,
        .sharing = sharing,
    };

    rtcio__loop_send(loop, &l.post);
    pthread_mutex_lock(&group->lock);
    while (!l.over && !node->ended)
        pthread_cond_wait(&group->changed, &group->lock);
    bool over = l.over;
    pthread_mutex_unlock(&group->lock);
    if (!over) /* nobody will look into this inbox again */
        rtcio__loop_drop_posts(loop);
    *port = l.port;
    errno = l.saved_errno;
    return l.result;
}

/* A socket that listens already: each worker has a descriptor of it, and whoever wakes first
 * accepts.
 */
static int listen_shared(rtcio_workers *group, const rtcio_listen_options *opt, int fd)
{
    int port = 0, error = 0;

    for (unsigned i = 0; error == 0 && i < group->n; i++) {
        rtcio_listen_options each = *opt;
        each.unix_path = NULL;
        each.fd = fcntl(fd, F_DUPFD_CLOEXEC, 0);
        error = each.fd >= 0 ? listen_with(&group->nodes[i], &each, &port, RTCIO__PORT_ALONE)
                             : RTCIO_E_SYSTEM;
    }
    close(fd);
    return error != 0 ? error : port;
}

int rtcio_workers_listen_with(rtcio_workers *group, const rtcio_listen_options *given)
{
    rtcio_listen_options all, *opt = &all;

    if (group == NULL || rtcio__listen_options_read(given, &all) != 0 ||
        rtcio__node_current() != NULL)
        return RTCIO_E_INVALID;
    if (opt->unix_path != NULL || opt->fd >= 0) {
        int fd =
            opt->unix_path != NULL ? rtcio__listen_unix(opt->unix_path, opt->unix_mode) : opt->fd;
        return fd < 0 ? fd : listen_shared(group, opt, fd);
    }
    enum rtcio__port_sharing sharing = group->n > 1 ? RTCIO__PORT_FIRST : RTCIO__PORT_ALONE;
    int port = opt->port;
    for (unsigned i = 0; i < group->n; i++) {
        int error = listen_with(&group->nodes[i], opt, &port, sharing);
        if (error != 0)
            return error;
        sharing = RTCIO__PORT_JOINING;
    }
    return port;
}

int rtcio_workers_listen(rtcio_workers *group, const char *host, int port)
{
    rtcio_listen_options opt;

    rtcio_listen_options_init(&opt);
    opt.host = host;
    opt.port = port;
    return rtcio_workers_listen_with(group, &opt);
}

unsigned rtcio_workers_count(const rtcio_workers *group)
{
    return group->n;
}

rtcio_server *rtcio_workers_server(const rtcio_workers *group, unsigned index)
{
    return index < group->n ? group->nodes[index].server : NULL;
}

/* A call for several workers. */
struct call {
    struct rtcio__post post;
    rtcio_server *server;
    void (*fn)(rtcio_server *, void *);
    void (*drop)(void *);
    void *data;
};

static void run_call(struct rtcio__post *post)
{
    struct call *call = rtcio__container_of(post, struct call, post);

    call->fn(call->server, call->data);
    free(call);
}

static void drop_call(struct rtcio__post *post)
{
    struct call *call = rtcio__container_of(post, struct call, post);

    if (call->drop != NULL)
        call->drop(call->data);
    free(call);
}

static struct call *create_call(rtcio_server *server, void (*fn)(rtcio_server *, void *),
                                void (*drop)(void *), void *data)
{
    struct call *call = malloc(sizeof *call);

    if (call != NULL)
        *call = (struct call){{.run = run_call, .drop = drop_call}, server, fn, drop, data};
    return call;
}

int rtcio_workers_post(rtcio_workers *group, void (*fn)(rtcio_server *, void *), void *user)
{
    struct call *calls[RTCIO_WORKERS_MAX];

    for (unsigned i = 0; i < group->n; i++) {
        calls[i] = create_call(group->nodes[i].server, fn, NULL, user);
        if (calls[i] != NULL)
            continue;
        while (i > 0)
            free(calls[--i]);
        return RTCIO_E_NO_MEMORY;
    }
    for (unsigned i = 0; i < group->n; i++)
        rtcio__loop_send(&group->nodes[i].server->engine.loop, &calls[i]->post);
    return 0;
}

/* From worker to worker a burst costs one wakeup. False: it is full. */
static bool send_call(rtcio_server *server, struct call *call, bool may_be_refused)
{
    struct rtcio__node *here = rtcio__node_current();
    struct rtcio__loop *loop = &server->engine.loop;

    if (here != NULL && here->group == server->workers && here->server != server) {
        struct rtcio__node *to = &here->group->nodes[server->engine.index];
        if (may_be_refused)
            return rtcio__node_offer(here, to, &call->post);
        rtcio__node_send(here, to, &call->post);
        return true;
    }
    if (may_be_refused && !rtcio__loop_offer_quietly(loop, &call->post))
        return false;
    if (!may_be_refused)
        rtcio__loop_send_quietly(loop, &call->post);
    rtcio__loop_wake(loop);
    return true;
}

int rtcio_server_post_take(rtcio_server *server, void (*fn)(rtcio_server *, void *),
                           void (*drop)(void *data), void *data)
{
    struct call *call = create_call(server, fn, drop, data);

    if (call == NULL)
        return RTCIO_E_NO_MEMORY;
    (void)send_call(server, call, false);
    return 0;
}

int rtcio_server_post_bounded(rtcio_server *server, void (*fn)(rtcio_server *, void *),
                              void (*drop)(void *data), void *data, size_t bytes)
{
    struct call *call = create_call(server, fn, drop, data);

    if (call == NULL)
        return RTCIO_E_NO_MEMORY;
    bytes += sizeof *call;
    call->post.bytes = bytes < UINT32_MAX ? (uint32_t)bytes : UINT32_MAX;
    if (send_call(server, call, true))
        return 0;
    free(call);
    return RTCIO_E_QUEUE_FULL;
}

static void close_one(rtcio_server *server, void *user)
{
    (void)user;
    rtcio_server_close(server);
}

void rtcio_workers_close(rtcio_workers *group)
{
    /* Closing is what must work when nothing else does: each gets its own try. */
    for (unsigned i = 0; i < group->n; i++)
        (void)rtcio_server_post(group->nodes[i].server, close_one, NULL);
}

void rtcio_workers_get_stats(const rtcio_workers *group, rtcio_server_stats *stats)
{
    rtcio_server_stats sum = {.size = sizeof sum};

    for (unsigned i = 0; i < group->n; i++) {
        rtcio_server_stats one = {.size = sizeof one};
        rtcio_server_get_stats(group->nodes[i].server, &one);
        /* All fields behind the size are counters. */
        uint64_t *to = &sum.n_connections;
        const uint64_t *from = &one.n_connections;
        size_t n = (sizeof sum - offsetof(rtcio_server_stats, n_connections)) / sizeof *to;
        for (size_t k = 0; k < n; k++)
            to[k] += from[k];
    }
    sum.size = stats->size;
    memcpy(stats, &sum, stats->size < sizeof sum ? stats->size : sizeof sum);
}

rtcio_workers *rtcio_server_workers(const rtcio_server *server)
{
    return server->workers;
}

unsigned rtcio_server_worker(const rtcio_server *server)
{
    return server->engine.index;
}

rtcio_server *rtcio_server_owner(const rtcio_server *server, rtcio_slice id)
{
    int owner = rtcio__engine_owner(&server->engine, id.data, id.len);
    return owner >= 0 ? server->engine.siblings[owner]->owner : NULL;
}

void rtcio_server_catch_up(rtcio_server *server)
{
    struct rtcio__loop *loop = &server->engine.loop;

    if (server->adapter == NULL)
        return;
    rtcio__loop_collect(loop);
    rtcio__loop_catch_up(loop);
}
