/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */
#ifndef RTCIO_ENGINE_QUERY_H
#define RTCIO_ENGINE_QUERY_H

/* The query parameters of a request to the endpoint (Socket.IO spec 1.2), and what becomes of the
 * request when somebody has decided on it. */

#include "engine/http_conn.h"

#include <rtcio/options.h>

struct rtcio__query {
    unsigned transport; /* RTCIO_POLLING, RTCIO_WEBSOCKET or 0 */
    bool version_4;
    bool b64;
    bool jsonp;
    char j[32];
    char sid[RTCIO_MAX_SID_LEN + 1];
    int sid_len;  /* 0: none; larger than any identifier when it does not fit */
    bool upgrade; /* a WebSocket is asked for */
};

/* Reads the query; false: the request is not to the endpoint. */
bool rtcio__query_parse(const struct rtcio__engine *engine, const struct rtcio__http_head *head,
                        struct rtcio__query *q);

/* allow_request (admission.c): asks, and goes on with one of the two below, now or later. */
void rtcio__admission_ask(struct rtcio__http_conn *hc, const struct rtcio__http_head *head,
                          const struct rtcio__query *q);
/* The connection is gone before the decision. */
void rtcio__admission_detach(struct rtcio_admission *admission);
/* Nobody has decided in time. */
void rtcio__admission_expire(struct rtcio_admission *admission);
/* Frees what callers have not decided on. */
void rtcio__admissions_free(struct rtcio__engine *engine);

/* For admission.c (route.c). sid: the session's, NULL: one is made. */
void rtcio__route_admitted(struct rtcio__http_conn *hc, const struct rtcio__http_head *head,
                           const struct rtcio__query *q, const char *sid);
void rtcio__route_forbidden(struct rtcio__http_conn *hc, const struct rtcio__http_head *head,
                            const struct rtcio__query *q, const char *message, int status);

#endif
