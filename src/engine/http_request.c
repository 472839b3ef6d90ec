/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */

/* The public functions on a request. */

#include "engine/http_request.h"

#include <string.h>

const char *rtcio_http_method(const rtcio_http_request *request)
{
    return request->head->method_name;
}

rtcio_slice rtcio_http_target(const rtcio_http_request *request)
{
    return (rtcio_slice){request->head->target, request->head->target_len};
}

rtcio_slice rtcio_http_header(const rtcio_http_request *request, const char *name)
{
    rtcio_slice value = {NULL, 0};

    rtcio__http_find(request->head, name, &value.data, &value.len);
    return value;
}

const char *rtcio_http_address(const rtcio_http_request *request)
{
    struct rtcio__http_conn *hc = request->hc;
    return hc != NULL ? rtcio__address_text(&hc->address, hc->engine->address_text) : "";
}

const char *rtcio_http_site(const rtcio_http_request *request)
{
    return request->hc != NULL ? request->hc->site : NULL;
}

rtcio_slice rtcio_http_body(const rtcio_http_request *request)
{
    rtcio_slice body = {"", 0};

    if (request->task != NULL && request->task->body != NULL)
        body.data = rtcio__http_body_data(request->task->body, &body.len);
    return body;
}

bool rtcio_http_secure(const rtcio_http_request *request)
{
    return request->hc != NULL && request->hc->secure;
}

int rtcio_http_query(const rtcio_http_request *request, const char *key, char *buf, size_t size)
{
    int n = rtcio__http_query(request->head->target, request->head->target_len, key, buf, size);

    return n >= 0 ? n : RTCIO_E_NOT_FOUND;
}

/* "field-name = token", and a value without line ends or other controls (RFC 9110 section 5) */
static bool is_header(const char *name, const char *value)
{
    static const char token[] = "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyz"
                                "ABCDEFGHIJKLMNOPQRSTUVWXYZ";

    if (*name == '\0' || name[strspn(name, token)] != '\0')
        return false;
    for (; *value != '\0'; value++)
        if (((unsigned char)*value < ' ' && *value != '\t') || *value == 0x7f)
            return false;
    return true;
}

int rtcio_http_add_header(rtcio_http_request *request, const char *name, const char *value)
{
    if (request->answered || request->moved || !is_header(name, value))
        return RTCIO_E_INVALID;
    if (request->hc == NULL)
        return 0; /* the answer, too, will go nowhere */
    struct rtcio__buf *b = &request->hc->extra;
    size_t before = b->len;
    if (rtcio__buf_printf(b, "%s: %s\r\n", name, value) == 0)
        return 0;
    b->len = before; /* no half lines */
    return RTCIO_E_NO_MEMORY;
}

int rtcio_http_respond(rtcio_http_request *request, int status, const char *content_type,
                       const char *headers, rtcio_slice body)
{
    int error;
    struct rtcio__http_conn *hc = rtcio__http_begin_answer(request, status, &error);

    if (hc != NULL)
        rtcio__http_answer(hc, status, content_type, headers, body.data, body.len);
    if (error != RTCIO_E_INVALID)
        rtcio__http_end_answer(request);
    return error;
}

rtcio_blob *rtcio_blob_create(const void *data, size_t len)
{
    struct rtcio__blob *blob = rtcio__blob_create(len);

    if (blob == NULL)
        return NULL;
    if (len > 0)
        memcpy(blob->data, data, len);
    blob->len = (uint32_t)len;
    rtcio__blob_share(blob); /* several workers may send it */
    return (rtcio_blob *)blob;
}

void rtcio_blob_destroy(rtcio_blob *blob)
{
    rtcio__blob_unref((struct rtcio__blob *)blob);
}

rtcio_slice rtcio_blob_bytes(const rtcio_blob *blob)
{
    const struct rtcio__blob *bytes = (const struct rtcio__blob *)blob;
    return (rtcio_slice){bytes->data, bytes->len};
}

int rtcio_http_respond_blob(rtcio_http_request *request, int status, const char *content_type,
                            const char *headers, rtcio_blob *body)
{
    int error;
    struct rtcio__http_conn *hc = rtcio__http_begin_answer(request, status, &error);

    if (hc != NULL)
        rtcio__http_answer_blob(hc, status, content_type, headers, (struct rtcio__blob *)body);
    if (error != RTCIO_E_INVALID)
        rtcio__http_end_answer(request);
    return error;
}
