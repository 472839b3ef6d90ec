/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */
#ifndef RTCIO_ENGINE_HOOKS_H
#define RTCIO_ENGINE_HOOKS_H

/* What callers do with requests on their way in and responses on their way out (Socket.IO
 * spec 7.8). */

#include "engine/http_conn.h"

enum rtcio__passage {
    RTCIO__PASSED,
    RTCIO__ANSWERED, /* a middleware has answered; the request is over */
    RTCIO__FAILED,   /* a middleware wants it refused */
};

int rtcio__hooks_add(struct rtcio__engine *engine, rtcio_http_middleware_fn fn, void *user);
void rtcio__hooks_free(struct rtcio__engine *engine);
/* Runs the middlewares. */
enum rtcio__passage rtcio__hooks_pass(struct rtcio__http_conn *hc,
                                      const struct rtcio__http_head *head);
/* Collects the headers of a successful response in hc->extra. */
void rtcio__hooks_headers(struct rtcio__http_conn *hc, const struct rtcio__http_head *head,
                          bool first);

#endif
