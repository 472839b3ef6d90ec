/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */

/* Requests that outlive their turn: those whose body is awaited, and those that are answered later.
 * The head is copied only for them. */

#include "engine/http_request.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_TIMEOUT_MS 86400000

#define TEXT "text/plain; charset=utf-8"

struct rtcio__http_head *rtcio__http_keep_head(const struct rtcio__http_head *head)
{
    struct rtcio__http_head *kept = malloc(sizeof *kept + head->len);

    if (kept == NULL)
        return NULL;
    char *text = (char *)(kept + 1);
    memcpy(text, head->text, head->len);
    if (rtcio__http_parse_head(text, head->len, kept) == 0)
        return kept;
    free(kept);
    return NULL;
}

static struct rtcio__http_task *create(struct rtcio_http_request *request)
{
    struct rtcio__http_conn *hc = request->hc;
    struct rtcio__http_task *task = calloc(1, sizeof *task);

    if (task == NULL || (task->head = rtcio__http_keep_head(request->head)) == NULL) {
        free(task);
        return NULL;
    }
    task->request = (struct rtcio_http_request){.hc = hc, .head = task->head, .task = task};
    rtcio__list_append(&hc->engine->tasks, &task->link);
    hc->task = task;
    request->moved = true;
    return task;
}

static void free_task(struct rtcio__http_task *task)
{
    rtcio__list_remove(&task->link);
    rtcio__http_body_destroy(task->body);
    free(task->head);
    free(task);
}

void rtcio__http_tasks_free(struct rtcio__engine *engine)
{
    while (!rtcio__list_empty(&engine->tasks))
        free_task(rtcio__container_of(engine->tasks.next, struct rtcio__http_task, link));
}

static void detach(struct rtcio__http_task *task)
{
    task->request.hc->task = NULL;
    task->request.hc = NULL;
}

static void set_deadline(struct rtcio__http_conn *hc, uint32_t ms)
{
    struct rtcio__loop *loop = &hc->engine->loop;
    rtcio__timer_set(&loop->timers, &hc->timer, rtcio__loop_now(loop) + ms);
}

static void refuse_large(struct rtcio__http_conn *hc, size_t max_len)
{
    char text[80];
    int n = snprintf(text, sizeof text, "request body too large: at most %zu bytes\n", max_len);

    hc->keep_alive = false;
    rtcio__http_answer(hc, 413, TEXT, NULL, text, (size_t)n);
}

void rtcio__http_read_body(struct rtcio_http_request *request, size_t max_len)
{
    struct rtcio__http_conn *hc = request->hc;
    const struct rtcio__http_head *head = request->head;

    if (!head->chunked && head->content_length > max_len) {
        request->answered = true;
        refuse_large(hc, max_len);
        return;
    }
    hc->body = rtcio__http_body_create(head, max_len);
    if (hc->body == NULL || create(request) == NULL) {
        request->answered = true;
        hc->keep_alive = false;
        rtcio__http_answer(hc, 503, TEXT, NULL, "out of memory\n", 14);
        return;
    }
    hc->keep_alive = head->keep_alive && !hc->engine->closing;
    if (head->expect_continue)
        rtcio__conn_write(hc->conn, "HTTP/1.1 100 Continue\r\n\r\n", 25);
    hc->state = RTCIO__HTTP_BODY_WAIT;
    set_deadline(hc, hc->engine->opt.request_timeout_ms);
}

void rtcio__http_task_body(struct rtcio__http_conn *hc)
{
    struct rtcio__http_task *task = hc->task;

    rtcio__timer_stop(&hc->engine->loop.timers, &hc->timer);
    task->body = hc->body;
    hc->body = NULL;
    hc->state = RTCIO__HTTP_HELD;
    task->calling = true;
    hc->engine->ops->http(hc->engine, &task->request);
    task->calling = false;
    if (task->taken && !task->request.answered)
        return;
    if (!task->request.answered && task->request.hc != NULL) {
        detach(task);
        rtcio__http_answer(hc, 404, NULL, NULL, NULL, 0);
    }
    free_task(task);
}

void rtcio__http_task_expire(struct rtcio__http_conn *hc)
{
    if (hc->task->taken) {
        detach(hc->task); /* it stays its owner's */
        rtcio__http_answer(hc, 504, TEXT, NULL, "no answer in time\n", 18);
        return;
    }
    rtcio__http_task_lost(hc);
    hc->keep_alive = false;
    rtcio__http_answer(hc, 408, TEXT, NULL, "request body not there in time\n", 31);
}

void rtcio__http_task_lost(struct rtcio__http_conn *hc)
{
    struct rtcio__http_task *task = hc->task;

    detach(task);
    if (!task->taken && !task->calling)
        free_task(task);
}

rtcio_http_request *rtcio_http_take(rtcio_http_request *request, uint32_t timeout_ms)
{
    struct rtcio__http_conn *hc = request->hc;
    struct rtcio__http_task *task = request->task;

    if (request->answered || request->moved || (task != NULL && task->taken) || timeout_ms == 0 ||
        timeout_ms > MAX_TIMEOUT_MS || (task == NULL && (task = create(request)) == NULL))
        return NULL;
    task->taken = true;
    if (hc != NULL) {
        hc->state = RTCIO__HTTP_HELD;
        set_deadline(hc, timeout_ms);
    }
    return &task->request;
}

bool rtcio_http_gone(const rtcio_http_request *request)
{
    return request->hc == NULL;
}

struct rtcio__http_conn *rtcio__http_begin_answer(struct rtcio_http_request *request, int status,
                                                  int *error)
{
    struct rtcio__http_conn *hc = request->hc;

    *error = RTCIO_E_INVALID;
    if (request->answered || request->moved || status < 200 || status > 599)
        return NULL;
    request->answered = true;
    *error = hc != NULL ? 0 : RTCIO_E_CLOSED;
    if (hc != NULL && request->task != NULL) {
        rtcio__timer_stop(&hc->engine->loop.timers, &hc->timer);
        detach(request->task);
    }
    return hc;
}

void rtcio__http_end_answer(struct rtcio_http_request *request)
{
    if (request->task != NULL && request->answered && !request->task->calling)
        free_task(request->task);
}
