/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */
#ifndef RTCIO_ENGINE_HTTP_REQUEST_H
#define RTCIO_ENGINE_HTTP_REQUEST_H

/* A request as public handlers see it. */

#include "engine/http_conn.h"

struct rtcio_http_request {
    struct rtcio__http_conn *hc;
    const struct rtcio__http_head *head;
    bool answered;
};

#endif
