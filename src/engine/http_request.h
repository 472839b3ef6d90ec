/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */
#ifndef RTCIO_ENGINE_HTTP_REQUEST_H
#define RTCIO_ENGINE_HTTP_REQUEST_H

/* A request as public handlers see it. */

#include "engine/http_conn.h"

struct rtcio_http_request {
    struct rtcio__http_conn *hc; /* of a task NULL when nobody is there to be answered */
    const struct rtcio__http_head *head;
    struct rtcio__http_task *task; /* it outlives its turn; NULL: it does not */
    bool answered;
    bool moved; /* the task is the request now, this one is done with */
};

/* A request with a life of its own: from the head to the whole body, from the handler to the
 * answer that comes later, or both (http_task.c). */
struct rtcio__http_task {
    struct rtcio_http_request request;
    struct rtcio__list link;       /* in engine.tasks */
    struct rtcio__http_head *head; /* with its text, in one piece */
    struct rtcio__http_body *body; /* the whole one; NULL: none, or on its way (hc->body) */
    bool taken;                    /* its owner answers it */
    bool calling;                  /* the handler is running */
};

/* A head and its text in one piece of memory, or NULL. */
struct rtcio__http_head *rtcio__http_keep_head(const struct rtcio__http_head *head);

/* Before an answer: the connection to write to. NULL: see *error. */
struct rtcio__http_conn *rtcio__http_begin_answer(struct rtcio_http_request *request, int status,
                                                  int *error);
/* After it, or when there was nobody to be answered; may free the request. */
void rtcio__http_end_answer(struct rtcio_http_request *request);

/* Frees what owners have not answered. */
void rtcio__http_tasks_free(struct rtcio__engine *engine);

#endif
