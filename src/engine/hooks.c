/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */

/* Middlewares of the endpoint, and the headers that callers add. */

#include "engine/hooks.h"

#include "engine/http_request.h"

#include <stdlib.h>

struct rtcio__middleware {
    struct rtcio__middleware *next;
    rtcio_http_middleware_fn fn;
    void *user;
};

int rtcio__hooks_add(struct rtcio__engine *engine, rtcio_http_middleware_fn fn, void *user)
{
    struct rtcio__middleware *m = malloc(sizeof *m), **end = &engine->middlewares;

    if (m == NULL)
        return RTCIO_E_NO_MEMORY;
    *m = (struct rtcio__middleware){.fn = fn, .user = user};
    while (*end != NULL)
        end = &(*end)->next;
    *end = m;
    return 0;
}

void rtcio__hooks_free(struct rtcio__engine *engine)
{
    while (engine->middlewares != NULL) {
        struct rtcio__middleware *m = engine->middlewares;
        engine->middlewares = m->next;
        free(m);
    }
}

enum rtcio__passage rtcio__hooks_pass(struct rtcio__http_conn *hc,
                                      const struct rtcio__http_head *head)
{
    struct rtcio_http_request request = {.hc = hc, .head = head};

    for (const struct rtcio__middleware *m = hc->engine->middlewares; m != NULL; m = m->next) {
        int result = m->fn(&request, m->user);
        if (request.answered || hc->state == RTCIO__HTTP_OVER)
            return RTCIO__ANSWERED;
        if (result != 0)
            return RTCIO__FAILED;
    }
    return RTCIO__PASSED;
}

void rtcio__hooks_headers(struct rtcio__http_conn *hc, const struct rtcio__http_head *head,
                          bool first)
{
    const rtcio_server_options *opt = &hc->engine->opt;
    struct rtcio_http_request request = {.hc = hc, .head = head};

    if (first && opt->on_initial_headers != NULL)
        opt->on_initial_headers(&request, opt->user);
    if (opt->on_headers != NULL)
        opt->on_headers(&request, opt->user);
}
