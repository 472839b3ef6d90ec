/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */

/* Posts to all workers; whoever is the last posts back to who asked. A worker that goes before it
 * was visited leaves the answer incomplete, which is then none. */

#include "gather.h"

#include <stdlib.h>
#include <string.h>

struct visit {
    rtcio__gather *gather;
    unsigned index;
};

struct rtcio__gather {
    const rtcio__gather_plan *plan;
    rtcio__control_worker *asker;
    rtcio_http_request *request;
    void *question;
    char *parts;
    unsigned n, n_left, n_missed; /* the latter two are atomic */
    struct visit visits[];
};

const void *rtcio__gather_question(const rtcio__gather *gather)
{
    return gather->question;
}

unsigned rtcio__gather_count(const rtcio__gather *gather)
{
    return gather->n;
}

void *rtcio__gather_part(const rtcio__gather *gather, unsigned i)
{
    return gather->parts + i * gather->plan->part_size;
}

static void free_gather(void *data)
{
    rtcio__gather *gather = data;

    for (unsigned i = 0; gather->plan->free_part != NULL && i < gather->n; i++)
        gather->plan->free_part(rtcio__gather_part(gather, i));
    if (gather->plan->free_question != NULL)
        gather->plan->free_question(gather->question);
    free(gather->question);
    free(gather->parts);
    free(gather);
}

static void finish(rtcio_server *server, void *data)
{
    rtcio__gather *gather = data;
    (void)server;

    if (gather->n_missed == 0)
        gather->plan->done(gather->asker, gather, gather->request);
    else
        rtcio__answer_error(gather->request, 503, "closing", "the server is closing");
    free_gather(gather);
}

static void visited(rtcio__gather *gather)
{
    if (__atomic_sub_fetch(&gather->n_left, 1, __ATOMIC_ACQ_REL) > 0)
        return;
    /* If the asker goes, its requests go with it. Without memory the client gets 504, and the
     * request is freed with the server. */
    if (rtcio_server_post_take(gather->asker->server, finish, free_gather, gather) != 0)
        free_gather(gather);
}

static void run(rtcio_server *server, void *data)
{
    struct visit *visit = data;
    rtcio__gather *gather = visit->gather;

    gather->plan->visit(rtcio__control_worker_of(server), gather->question,
                        rtcio__gather_part(gather, visit->index));
    visited(gather);
}

static void drop(void *data)
{
    const struct visit *visit = data;

    __atomic_add_fetch(&visit->gather->n_missed, 1, __ATOMIC_RELAXED);
    visited(visit->gather);
}

static rtcio__gather *create(rtcio__call *call, const rtcio__gather_plan *plan,
                             const void *question, size_t question_size)
{
    unsigned n = rtcio_workers_count(rtcio_server_workers(call->worker->server));
    rtcio__gather *gather = calloc(1, sizeof *gather + n * sizeof(struct visit));

    if (gather == NULL)
        return NULL;
    gather->plan = plan;
    gather->asker = call->worker;
    gather->question = malloc(question_size + 1);
    gather->parts = calloc(n, plan->part_size + 1);
    if (gather->question == NULL || gather->parts == NULL ||
        (gather->request = rtcio_http_take(call->request, RTCIO__GATHER_TIMEOUT_MS)) == NULL) {
        free(gather->question);
        free(gather->parts);
        free(gather);
        return NULL;
    }
    memcpy(gather->question, question, question_size);
    gather->n = gather->n_left = n;
    for (unsigned i = 0; i < n; i++)
        gather->visits[i] = (struct visit){gather, i};
    return gather;
}

void rtcio__gather_start(rtcio__call *call, const rtcio__gather_plan *plan, const void *question,
                         size_t question_size)
{
    rtcio_workers *workers = rtcio_server_workers(call->worker->server);
    rtcio__gather *gather = create(call, plan, question, question_size);

    if (gather == NULL) {
        if (plan->free_question != NULL)
            plan->free_question((void *)(uintptr_t)question);
        rtcio__answer(call->request, 503, NULL);
        return;
    }
    /* After the last post the gather may be gone. */
    for (unsigned i = 0, n = gather->n; i < n; i++) {
        struct visit *visit = &gather->visits[i];
        if (rtcio_server_post_take(rtcio_workers_server(workers, i), run, drop, visit) != 0)
            drop(visit);
    }
}
