/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */

/* allow_request: a handshake waits for somebody's decision (Socket.IO spec 1.9). The request's head
 * is copied only when the decision does not come at once. */

#include "engine/http_request.h"
#include "engine/query.h"
#include "engine/session.h"

#include <stdlib.h>
#include <string.h>

enum decision { UNDECIDED, ACCEPTED, REFUSED };

struct rtcio_admission {
    struct rtcio__list link; /* in engine.admissions */
    struct rtcio_http_request request;
    struct rtcio__query query;
    struct rtcio__http_head *kept; /* the request's head when the callback has returned */
    enum decision decision;
    bool asking;   /* the callback is running */
    char *message; /* of a refusal, NULL: none */
    char sid[RTCIO_MAX_SID_LEN + 1];
};

static void free_admission(rtcio_admission *a)
{
    rtcio__list_remove(&a->link);
    free(a->kept);
    free(a->message);
    free(a);
}

void rtcio__admissions_free(struct rtcio__engine *engine)
{
    while (!rtcio__list_empty(&engine->admissions))
        free_admission(rtcio__container_of(engine->admissions.next, rtcio_admission, link));
}

void rtcio__admission_detach(rtcio_admission *a)
{
    a->request.hc->admission = NULL;
    a->request.hc = NULL;
}

/* Goes on with the request. */
static void settle(rtcio_admission *a)
{
    struct rtcio__http_conn *hc = a->request.hc;

    if (hc == NULL) {
        free_admission(a);
        return;
    }
    struct rtcio__conn *conn = hc->conn;
    bool late = a->kept != NULL;
    rtcio__admission_detach(a);
    rtcio__timer_stop(&hc->engine->loop.timers, &hc->timer);
    hc->state = RTCIO__HTTP_HEAD_WAIT;
    if (a->decision == ACCEPTED)
        rtcio__route_admitted(hc, a->request.head, &a->query, a->sid[0] != '\0' ? a->sid : NULL);
    else
        rtcio__route_forbidden(hc, a->request.head, &a->query, a->message, 403);
    free_admission(a);
    /* What came behind an upgrade waits for its new owner. */
    if (late)
        rtcio__conn_resume(conn);
}

static void decide(rtcio_admission *a, enum decision decision)
{
    a->decision = decision;
    if (!a->asking)
        settle(a);
}

const rtcio_http_request *rtcio_admission_request(const rtcio_admission *admission)
{
    return admission->request.hc != NULL ? &admission->request : NULL;
}

void rtcio_admission_accept(rtcio_admission *admission)
{
    decide(admission, ACCEPTED);
}

int rtcio_admission_accept_as(rtcio_admission *admission, const char *sid)
{
    struct rtcio__engine *engine =
        admission->request.hc != NULL ? admission->request.hc->engine : NULL;

    if (!rtcio__sid_is_valid(sid))
        return RTCIO_E_INVALID;
    if (engine != NULL && engine->n_siblings > 1)
        return RTCIO_E_UNSUPPORTED;
    if (engine != NULL && rtcio__session_find(engine, sid, strlen(sid)) != NULL)
        return RTCIO_E_INVALID;
    memcpy(admission->sid, sid, strlen(sid) + 1);
    decide(admission, ACCEPTED);
    return 0;
}

void rtcio_admission_refuse(rtcio_admission *admission, const char *message)
{
    /* Without memory for it the text is the table's. */
    admission->message = message != NULL ? strdup(message) : NULL;
    decide(admission, REFUSED);
}

void rtcio__admission_expire(rtcio_admission *a)
{
    struct rtcio__http_conn *hc = a->request.hc;
    struct rtcio__query query = a->query;

    /* The handle stays its owner's. */
    rtcio__admission_detach(a);
    hc->state = RTCIO__HTTP_HEAD_WAIT;
    rtcio__route_forbidden(hc, a->request.head, &query, "allow_request did not decide in time",
                           503);
}

void rtcio__admission_ask(struct rtcio__http_conn *hc, const struct rtcio__http_head *head,
                          const struct rtcio__query *q)
{
    struct rtcio__engine *engine = hc->engine;
    const rtcio_server_options *opt = &engine->opt;
    rtcio_admission *a = calloc(1, sizeof *a);

    if (a == NULL) {
        rtcio__http_drop(hc);
        return;
    }
    a->request = (struct rtcio_http_request){.hc = hc, .head = head};
    a->query = *q;
    rtcio__list_append(&engine->admissions, &a->link);
    hc->admission = a;
    hc->state = RTCIO__HTTP_HELD;
    a->asking = true;
    opt->allow_request(&a->request, a, opt->user);
    a->asking = false;
    if (a->decision != UNDECIDED) {
        settle(a);
        return;
    }
    a->kept = rtcio__http_keep_head(head);
    if (a->kept == NULL) {
        rtcio__admission_detach(a);
        rtcio__http_drop(hc);
        return;
    }
    a->request.head = a->kept;
    rtcio__timer_set(&engine->loop.timers, &hc->timer,
                     rtcio__loop_now(&engine->loop) + opt->request_timeout_ms);
}
