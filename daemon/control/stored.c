/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */

/* GET /v1/rooms/{room}/history, GET /v1/reports: what the store keeps. */

#include "call.h"
#include "store/store.h"

#include <stdlib.h>
#include <string.h>

#define TIMEOUT_MS        10000
#define MAX_HISTORY       10000
#define MAX_HISTORY_BYTES (4u << 20)
#define MAX_REPORTS       1000

/* What the store gives is JSON already: it is put into an object, and not read. */
static void answer(rtcio_http_request *request, const char *head, int result, rtcio_slice list)
{
    if (result != 0) {
        rtcio__answer_error(request, 503, "store_failed",
                            "what is stored cannot be read now, see store.fail in the log");
        return;
    }
    static const char tail[] = "}\n";
    size_t head_len = strlen(head), len = head_len + list.len + sizeof tail - 1;
    char *text = malloc(len);
    if (text == NULL) {
        rtcio__answer(request, 503, NULL);
        return;
    }
    memcpy(text, head, head_len);
    memcpy(text + head_len, list.data, list.len);
    memcpy(text + head_len + list.len, tail, sizeof tail - 1);
    rtcio_http_respond(request, 200, "application/json", "Cache-Control: no-store\r\n",
                       (rtcio_slice){text, len});
    free(text);
}

static void on_history(rtcio_server *server, int result, rtcio_slice json, void *request)
{
    (void)server;
    answer(request, "{\"messages\":", result, json);
}

static void on_reports(rtcio_server *server, int result, rtcio_slice json, void *request)
{
    (void)server;
    answer(request, "{\"reports\":", result, json);
}

static void refuse(rtcio_http_request *request, int result)
{
    if (result == RTCIO_E_UNSUPPORTED)
        rtcio__answer_error(request, 404, "no_history", "nothing is kept: history.path is not set");
    else
        rtcio__answer_error(request, 503, "store_busy", "the store takes nothing now: %s",
                            rtcio_strerror(result));
}

/* If the server goes first, its requests go with it: there is nothing to free. */
void rtcio__control_get_history(rtcio__call *call)
{
    uint64_t limit;
    if (!rtcio__call_number(call, "limit", 1, MAX_HISTORY, 50, &limit))
        return;
    rtcio_http_request *request = rtcio_http_take(call->request, TIMEOUT_MS);
    if (request == NULL) {
        rtcio__answer(call->request, 503, NULL);
        return;
    }
    int rc = rtcio__store_history(call->worker->control->store, call->worker->server, call->arg[0],
                                  (unsigned)limit, MAX_HISTORY_BYTES, on_history, NULL, request);
    if (rc != 0)
        refuse(request, rc);
}

void rtcio__control_list_reports(rtcio__call *call)
{
    uint64_t limit, before;
    if (!rtcio__call_number(call, "limit", 1, MAX_REPORTS, 100, &limit) ||
        !rtcio__call_number(call, "before", 1, INT64_MAX, 0, &before))
        return;
    rtcio_http_request *request = rtcio_http_take(call->request, TIMEOUT_MS);
    if (request == NULL) {
        rtcio__answer(call->request, 503, NULL);
        return;
    }
    int rc = rtcio__store_reports(call->worker->control->store, call->worker->server,
                                  (int64_t)before, (unsigned)limit, on_reports, NULL, request);
    if (rc != 0)
        refuse(request, rc);
}
