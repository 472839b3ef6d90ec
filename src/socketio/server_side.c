/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */

/* Events between the programs of several nodes: socket.io's serverSideEmit (Socket.IO spec 7.2). */

#include "socketio/adapter.h"

#include <stdlib.h>
#include <string.h>

#define ANSWER_TIMEOUT_MS 5000

/* What Node's namespaces tell of themselves. */
static bool reserved(const char *event)
{
    return strcmp(event, "connect") == 0 || strcmp(event, "connection") == 0 ||
           strcmp(event, "new_namespace") == 0;
}

int rtcio_on_server_event(rtcio_namespace *nsp, const char *event, rtcio_server_event_fn fn,
                          void *user)
{
    if (nsp == NULL || event == NULL || fn == NULL)
        return RTCIO_E_INVALID;
    if (reserved(event))
        return RTCIO_E_RESERVED;
    /* The table keeps functions of any type; they are called as what they are below. */
    return rtcio__events_add(&nsp->server_events, event, (rtcio_event_fn)(rtcio__fn)fn, user, 0);
}

void rtcio__deliver_server_side(rtcio_namespace *nsp, rtcio_slice event, rtcio_slice args,
                                struct rtcio__sink *sink)
{
    struct rtcio__packet_out out = {
        .type = RTCIO__SIO_EVENT, .nsp = nsp, .event = event, .args = &args, .n_args = 1};
    struct rtcio__handlers *h = rtcio__events_find(&nsp->server_events, event.data, event.len);
    struct rtcio__handler_list *list = h != NULL ? h->list : NULL;
    struct rtcio__event_copy *copy =
        list != NULL && list->n > 0 ? rtcio__event_copy_packet(NULL, &out) : NULL;

    if (copy == NULL) {
        if (sink != NULL)
            sink->done(sink);
        return;
    }
    copy->event.nsp = nsp;
    copy->event.sink = sink;
    list->refs++; /* handlers may be added meanwhile */
    for (uint32_t i = 0; i < list->n; i++)
        ((rtcio_server_event_fn)list->item[i].fn)(nsp, &copy->event, list->item[i].user);
    rtcio__handlers_release(list);
    if (copy->event.sink != NULL)
        copy->event.sink->done(copy->event.sink);
    rtcio__event_copy_free(copy);
}

static int emit(rtcio_namespace *nsp, const char *event, const char *format, va_list ap,
                struct rtcio__request *request)
{
    rtcio_slice args = {"", 0};
    char *text = NULL;
    struct rtcio__adapter *adapter = nsp->server->adapter;

    if (reserved(event))
        return RTCIO_E_RESERVED;
    if (format != NULL) {
        text = rtcio__pack_args(format, ap, &args);
        if (text == NULL)
            return RTCIO_E_FORMAT;
    }
    int error = 0;
    if (adapter != NULL)
        error = adapter->ops->server_side_emit(adapter, nsp, (rtcio_slice){event, strlen(event)},
                                               args, request);
    free(text);
    return error;
}

int rtcio_server_side_emit(rtcio_namespace *nsp, const char *event, const char *format, ...)
{
    va_list ap;

    if (nsp == NULL || event == NULL)
        return RTCIO_E_INVALID;
    va_start(ap, format);
    int error = emit(nsp, event, format, ap, NULL);
    va_end(ap);
    return error;
}

int rtcio_server_side_emit_with_ack(rtcio_namespace *nsp, const char *event, rtcio_response_fn fn,
                                    void *user, const char *format, ...)
{
    va_list ap;

    if (nsp == NULL || event == NULL || fn == NULL)
        return RTCIO_E_INVALID;
    if (nsp->server->destroying)
        return RTCIO_E_CLOSED;
    struct rtcio__request *request = rtcio__request_create(nsp, fn, user);
    if (request == NULL)
        return RTCIO_E_NO_MEMORY;
    va_start(ap, format);
    int error = emit(nsp, event, format, ap, request);
    va_end(ap);
    if (error != 0)
        rtcio__request_cancel(request);
    else
        rtcio__request_start(request, false, ANSWER_TIMEOUT_MS);
    return error;
}
