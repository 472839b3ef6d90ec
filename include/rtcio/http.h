/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */
#ifndef RTCIO_HTTP_H
#define RTCIO_HTTP_H

/**
 * @file
 * Answers to HTTP requests outside the Socket.IO path, such as /health.
 */

#include <rtcio/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/** A request without body handling: GET and HEAD are what it is made for. */
typedef struct rtcio_http_request rtcio_http_request;

/** Answers with rtcio_http_respond() before it returns; otherwise the client gets 404. */
typedef void (*rtcio_http_fn)(rtcio_http_request *request, void *user);

/** "GET", "HEAD", … */
RTCIO_API const char *rtcio_http_method(const rtcio_http_request *request);
/** Raw request target with its query. */
RTCIO_API rtcio_slice rtcio_http_target(const rtcio_http_request *request);
/** Value of a header, by name without regard to case; {NULL, 0} when absent. */
RTCIO_API rtcio_slice rtcio_http_header(const rtcio_http_request *request, const char *name);
/** The peer's IP address. */
RTCIO_API const char *rtcio_http_address(const rtcio_http_request *request);

/**
 * Answers. Content-Length is added; for HEAD the body stays out.
 * @param headers  further header lines, each ended by CRLF, or NULL
 * @return 0, or ::RTCIO_E_INVALID when answered before or `status` is not 200 .. 599
 */
RTCIO_API int rtcio_http_respond(rtcio_http_request *request, int status, const char *content_type,
                                 const char *headers, rtcio_slice body);

/** Lets `fn` answer requests whose path (without query) is exactly `path`.
 *  Of several handlers of a path the latest answers.
 *  @return 0, ::RTCIO_E_INVALID (no handler, or a path without leading "/"), ::RTCIO_E_NO_MEMORY */
RTCIO_API int rtcio_server_on_http(rtcio_server *server, const char *path, rtcio_http_fn fn,
                                   void *user);

#ifdef __cplusplus
}
#endif

#endif
