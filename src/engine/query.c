/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */

/* The query of a request to the endpoint, read once for everybody who asks. */

#include "engine/query.h"

#include <string.h>

static unsigned transport_of(const char *value, int len)
{
    if (len == 7 && memcmp(value, "polling", 7) == 0)
        return RTCIO_POLLING;
    return len == 9 && memcmp(value, "websocket", 9) == 0 ? RTCIO_WEBSOCKET : 0;
}

bool rtcio__query_parse(const struct rtcio__engine *engine, const struct rtcio__http_head *head,
                        struct rtcio__query *q)
{
    struct rtcio__http_params params;
    struct rtcio__http_param param;
    char value[32];
    int n;

    /* The comparison is of raw bytes (spec 1.1). */
    if (head->target_len < engine->prefix_len ||
        memcmp(head->target, engine->prefix, engine->prefix_len) != 0)
        return false;
    memset(q, 0, sizeof *q);
    q->upgrade = head->upgrade && (engine->opt.transports & RTCIO_WEBSOCKET) != 0;
    /* Of a parameter that comes twice the last one counts. */
    params = rtcio__http_params(head->target, head->target_len);
    while (rtcio__http_params_next(&params, &param)) {
        if (rtcio__http_param_is(&param, "sid")) {
            q->sid_len = rtcio__http_param_value(&param, q->sid, sizeof q->sid);
        } else if (rtcio__http_param_is(&param, "transport")) {
            n = rtcio__http_param_value(&param, value, sizeof value);
            q->transport = transport_of(value, n);
        } else if (rtcio__http_param_is(&param, "EIO")) {
            n = rtcio__http_param_value(&param, value, sizeof value);
            q->version_4 = n == 1 && value[0] == '4';
        } else if (rtcio__http_param_is(&param, "b64")) {
            q->b64 = param.value_len > 0;
        } else if (rtcio__http_param_is(&param, "j")) {
            q->jsonp = true;
            rtcio__http_param_value(&param, q->j, sizeof q->j);
        }
    }
    return true;
}
