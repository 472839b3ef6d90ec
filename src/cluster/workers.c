/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */

/* Workers: their threads from the start to the end. */

#include "cluster/group.h"

#include "engine/quota.h"
#include "socketio/recovery.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

static _Thread_local struct rtcio__node *current; /* the worker whose thread this is */

struct rtcio__node *rtcio__node_current(void)
{
    return current;
}

static bool must_quit(const rtcio_workers *group)
{
    return __atomic_load_n(&group->quit, __ATOMIC_ACQUIRE);
}

/* Tells that the setup is done, and waits for the others'. */
static void report_ready(struct rtcio__node *node)
{
    rtcio_workers *group = node->group;

    pthread_mutex_lock(&group->lock);
    group->n_ready++;
    pthread_cond_broadcast(&group->changed);
    while (!group->go)
        pthread_cond_wait(&group->changed, &group->lock);
    pthread_mutex_unlock(&group->lock);
}

static void report_end(struct rtcio__node *node)
{
    rtcio_workers *group = node->group;

    pthread_mutex_lock(&group->lock);
    node->ended = true;
    bool last = --group->n_running == 0;
    pthread_cond_broadcast(&group->changed);
    pthread_mutex_unlock(&group->lock);
    uint64_t one = 1;
    if (last && write(group->done_fd, &one, sizeof one) < 0)
        return; /* it is readable already */
}

static void *run_worker(void *user)
{
    struct rtcio__node *node = user;
    rtcio_workers *group = node->group;

    current = node;
    node->error = group->setup(node->server, group->user);
    report_ready(node);
    while (node->error == 0 && !must_quit(group) && !rtcio__server_finished(node->server))
        node->error = rtcio__loop_turn(&node->server->engine.loop, -1);
    report_end(node);
    return NULL;
}

static unsigned count_processors(void)
{
    cpu_set_t set;
    int n = sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set) : 1;

    return n < 1 ? 1 : n > RTCIO_WORKERS_MAX ? RTCIO_WORKERS_MAX : (unsigned)n;
}

/* Makes a server one of the group. */
static void join(rtcio_workers *group, unsigned i, rtcio_server *server)
{
    struct rtcio__node *node = &group->nodes[i];
    struct rtcio__engine *engine = &server->engine;

    rtcio__node_init(node, group, i);
    node->server = server;
    group->engines[i] = engine;
    server->workers = group;
    server->shared = &group->shared;
    engine->ids.sequence = engine->ids.first = i;
    engine->ids.stride = group->n;
    engine->siblings = group->engines;
    engine->n_siblings = group->n;
    engine->index = i;
    engine->n_sessions_all = &group->n_sessions;
    engine->deflate_reserved_all = &group->deflate_reserved;
    rtcio__recovery_share(server, group->n);
    rtcio__quota_join(engine, group->engines[0]);
    /* One alone has nobody to tell, and loses nothing. */
    if (group->n > 1)
        server->adapter = &node->adapter;
}

static rtcio_workers *create_group(unsigned n)
{
    rtcio_workers *group = calloc(1, sizeof *group);

    if (group == NULL)
        return NULL;
    group->n = n;
    group->nodes = calloc(n, sizeof *group->nodes);
    group->engines = calloc(n, sizeof(struct rtcio__engine *));
    group->done_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    rtcio__shared_init(&group->shared);
    rtcio__spaces_init(&group->spaces);
    pthread_mutex_init(&group->order, NULL);
    pthread_mutex_init(&group->lock, NULL);
    pthread_cond_init(&group->changed, NULL);
    if (group->nodes != NULL && group->engines != NULL && group->done_fd >= 0)
        return group;
    group->n = 0;
    rtcio_workers_destroy(group);
    return NULL;
}

static int create_servers(rtcio_workers *group, const rtcio_server_options *opt)
{
    for (unsigned i = 0; i < group->n; i++) {
        rtcio_server *server = rtcio_server_create(opt);
        if (server == NULL)
            return errno == ENOMEM ? RTCIO_E_NO_MEMORY : RTCIO_E_SYSTEM;
        join(group, i, server);
    }
    return 0;
}

static int start_threads(rtcio_workers *group)
{
    sigset_t all, before;
    int failed = 0;

    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    for (unsigned i = 0; i < group->n && failed == 0; i++) {
        struct rtcio__node *node = &group->nodes[i];
        pthread_mutex_lock(&group->lock);
        group->n_running++;
        pthread_mutex_unlock(&group->lock);
        failed = pthread_create(&node->thread, NULL, run_worker, node);
        node->started = failed == 0;
        if (failed != 0)
            report_end(node);
    }
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    errno = failed;
    return failed == 0 ? 0 : RTCIO_E_SYSTEM;
}

/* Waits for every setup; the first error of them. */
static int await_setup(rtcio_workers *group)
{
    int error = 0;

    pthread_mutex_lock(&group->lock);
    while (group->n_ready < group->n)
        pthread_cond_wait(&group->changed, &group->lock);
    for (unsigned i = 0; i < group->n && error == 0; i++)
        error = group->nodes[i].error;
    pthread_mutex_unlock(&group->lock);
    return error;
}

static void let_go(rtcio_workers *group)
{
    pthread_mutex_lock(&group->lock);
    group->go = true;
    pthread_cond_broadcast(&group->changed);
    pthread_mutex_unlock(&group->lock);
}

rtcio_workers *rtcio_workers_create(unsigned n, const rtcio_server_options *opt,
                                    rtcio_setup_fn setup, void *user, int *error)
{
    int ignored;

    if (error == NULL)
        error = &ignored;
    *error = RTCIO_E_INVALID;
    if (n > RTCIO_WORKERS_MAX || setup == NULL ||
        (opt != NULL &&
         (opt->generate_id != NULL || rtcio_server_options_check(opt, NULL, 0) != 0)))
        return NULL;
    rtcio_workers *group = create_group(n > 0 ? n : count_processors());
    if (group == NULL) {
        *error = RTCIO_E_NO_MEMORY;
        return NULL;
    }
    group->setup = setup;
    group->user = user;
    *error = create_servers(group, opt);
    if (*error == 0)
        *error = start_threads(group);
    if (*error == 0)
        *error = await_setup(group);
    if (*error != 0) {
        rtcio_workers_destroy(group);
        return NULL;
    }
    let_go(group);
    return group;
}

static void do_nothing(void *a, void *b)
{
    (void)a;
    (void)b;
}

void rtcio_workers_destroy(rtcio_workers *group)
{
    if (group == NULL)
        return;
    int saved = errno;
    __atomic_store_n(&group->quit, true, __ATOMIC_RELEASE);
    let_go(group);
    for (unsigned i = 0; i < group->n; i++)
        if (group->nodes[i].started) {
            /* Only to wake it; without memory it ends with its next event. */
            (void)rtcio__loop_post(&group->nodes[i].server->engine.loop, do_nothing, NULL, NULL);
        }
    for (unsigned i = 0; i < group->n; i++)
        if (group->nodes[i].started)
            pthread_join(group->nodes[i].thread, NULL);
    /* What one server's end sends to another is dropped with the other's posts: all end first. */
    for (unsigned i = 0; i < group->n; i++)
        if (group->nodes[i].server != NULL)
            rtcio_server_close(group->nodes[i].server);
    for (unsigned i = 0; i < group->n; i++)
        if (group->nodes[i].server != NULL)
            rtcio__loop_drop_posts(&group->nodes[i].server->engine.loop);
    for (unsigned i = 0; i < group->n; i++) {
        if (group->nodes[i].server != NULL)
            group->nodes[i].server->adapter = NULL;
        rtcio_server_destroy(group->nodes[i].server);
    }
    rtcio__shared_fini(&group->shared);
    rtcio__spaces_fini(&group->spaces);
    pthread_cond_destroy(&group->changed);
    pthread_mutex_destroy(&group->lock);
    pthread_mutex_destroy(&group->order);
    if (group->done_fd >= 0)
        close(group->done_fd);
    free(group->engines);
    free(group->nodes);
    free(group);
    errno = saved;
}

int rtcio_workers_run(rtcio_workers *group)
{
    int error = 0;

    pthread_mutex_lock(&group->lock);
    while (group->n_running > 0)
        pthread_cond_wait(&group->changed, &group->lock);
    for (unsigned i = 0; i < group->n && error == 0; i++)
        error = group->nodes[i].error;
    pthread_mutex_unlock(&group->lock);
    return error;
}

int rtcio_workers_fd(const rtcio_workers *group)
{
    return group->done_fd;
}
