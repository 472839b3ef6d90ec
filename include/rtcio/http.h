/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */
#ifndef RTCIO_HTTP_H
#define RTCIO_HTTP_H

/**
 * @file
 * Answers to HTTP requests outside the Socket.IO path, such as /health: at once or later, with the
 * request's body or without, and for each site (listen.h) others.
 */

#include <rtcio/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/** A request. Valid in its callback, or from rtcio_http_take() to its answer. */
typedef struct rtcio_http_request rtcio_http_request;

/** Answers with rtcio_http_respond() before it returns, or takes the request with
 *  rtcio_http_take(); otherwise the client gets 404. */
typedef void (*rtcio_http_fn)(rtcio_http_request *request, void *user);

/** "GET", "HEAD", … */
RTCIO_API const char *rtcio_http_method(const rtcio_http_request *request);
/** Raw request target with its query. */
RTCIO_API rtcio_slice rtcio_http_target(const rtcio_http_request *request);
/** Value of a header, by name without regard to case; {NULL, 0} when absent. */
RTCIO_API rtcio_slice rtcio_http_header(const rtcio_http_request *request, const char *name);
/** The peer's IP address; "" once the client is gone. */
RTCIO_API const char *rtcio_http_address(const rtcio_http_request *request);
/** The site of the listener it came by (rtcio_listen_options.site); NULL: the usual one. */
RTCIO_API const char *rtcio_http_site(const rtcio_http_request *request);
/** True for TLS. */
RTCIO_API bool rtcio_http_secure(const rtcio_http_request *request);
/**
 * Decoded value of a query parameter; of several, the last.
 * @return its length without NUL (the buffer holds as much of it as fits, terminated), or
 *         ::RTCIO_E_NOT_FOUND
 */
RTCIO_API int rtcio_http_query(const rtcio_http_request *request, const char *key, char *buf,
                               size_t size);

/** The whole body, if the route asked for it (rtcio_http_route.max_body_bytes); "" otherwise. */
RTCIO_API rtcio_slice rtcio_http_body(const rtcio_http_request *request);

/** Adds a header to the response, behind those that are there. @return 0, ::RTCIO_E_INVALID (not a
 *  name, or control characters in the value; or the request is answered), ::RTCIO_E_NO_MEMORY */
RTCIO_API int rtcio_http_add_header(rtcio_http_request *request, const char *name,
                                    const char *value);

/**
 * Answers. Content-Length is added; for HEAD the body stays out.
 * @param headers  further header lines, each ended by CRLF, or NULL
 * @return 0, or ::RTCIO_E_INVALID when answered before or `status` is not 200 .. 599; of a request
 *         that was taken also ::RTCIO_E_CLOSED, see rtcio_http_take()
 */
RTCIO_API int rtcio_http_respond(rtcio_http_request *request, int status, const char *content_type,
                                 const char *headers, rtcio_slice body);

/**
 * Keeps the request beyond the callback, to be answered later by exactly one rtcio_http_respond()
 * or rtcio_http_respond_blob(), on the server's thread and before the server is destroyed. That
 * call frees it, also when it returns ::RTCIO_E_CLOSED: the client had gone, or got 504 because the
 * time was over. Only ::RTCIO_E_INVALID leaves it as it was. Nothing else of the connection is
 * served meanwhile.
 * @param timeout_ms  1 .. 86400000
 * @return the request to go on with, in place of `request`; NULL when that is answered already,
 *         `timeout_ms` is out of range, or memory is short (`request` is as it was)
 */
RTCIO_API rtcio_http_request *rtcio_http_take(rtcio_http_request *request, uint32_t timeout_ms);
/** True if a taken request has nobody any more to answer to. It is still to be answered. */
RTCIO_API bool rtcio_http_gone(const rtcio_http_request *request);

/** Bytes that many answers share, such as a file: a client that reads slowly holds on to them, not
 *  to a copy. Belongs to the thread of the server that sends it. */
typedef struct rtcio_blob rtcio_blob;

/** Copies `len` bytes (up to 2 GiB - 1). @return NULL when memory is short or `len` is too much */
RTCIO_API rtcio_blob *rtcio_blob_create(const void *data, size_t len);
/** Lets go of it; answers on their way keep theirs. NULL is fine. */
RTCIO_API void rtcio_blob_destroy(rtcio_blob *blob);
/** Its bytes, as long as the blob is held. */
RTCIO_API rtcio_slice rtcio_blob_bytes(const rtcio_blob *blob);

/** rtcio_http_respond() with a body that is not copied. */
RTCIO_API int rtcio_http_respond_blob(rtcio_http_request *request, int status,
                                      const char *content_type, const char *headers,
                                      rtcio_blob *body);

/**
 * Looks at every request to the Socket.IO endpoint, polls, POSTs and upgrades included, before it
 * is checked: socket.io's `engine.use()`. It may add headers; it may answer the request with
 * rtcio_http_respond(), which ends it; and with another result than 0 the request is refused
 * ("MIDDLEWARE_FAILURE"). For decisions that take time there is allow_request.
 */
typedef int (*rtcio_http_middleware_fn)(rtcio_http_request *request, void *user);
/** Adds such a middleware; they run in the order added, after CORS.
 *  @return 0, ::RTCIO_E_INVALID, ::RTCIO_E_NO_MEMORY */
RTCIO_API int rtcio_server_use_http(rtcio_server *server, rtcio_http_middleware_fn fn, void *user);

/** Lets `fn` answer requests whose path (without query) is exactly `path`.
 *  Of several handlers of a path the latest answers.
 *  @return 0, ::RTCIO_E_INVALID (no handler, or a path without leading "/"), ::RTCIO_E_NO_MEMORY */
RTCIO_API int rtcio_server_on_http(rtcio_server *server, const char *path, rtcio_http_fn fn,
                                   void *user);

/** Who answers what. Fill with rtcio_http_route_init(), then set `path` and `fn`. */
typedef struct rtcio_http_route {
    size_t size;      /**< sizeof(rtcio_http_route), set by the init function */
    const char *path; /**< as for rtcio_server_on_http(), copied */
    /** The path is what paths start with, as for rtcio_server_on_http_prefix() (false). */
    bool prefix;
    /** The site whose requests these are, copied; NULL: the usual one (NULL). */
    const char *site;
    /** Most bytes of a request's body, 0 .. 1 GiB. `fn` is called when the whole body is there, for
     *  which request_timeout_ms is the time; a larger one gets 413. 0: bodies are not looked at,
     *  and the connection ends with the answer (0). */
    size_t max_body_bytes;
    /** Called first, before a byte of the body is waited for; it may answer and so refuse, and may
     *  not take the request. NULL: nobody (NULL). */
    rtcio_http_fn on_head;
    rtcio_http_fn fn;
    void *user; /**< for both */
} rtcio_http_route;

/** Fills `route` with the defaults; use rtcio_http_route_init(). */
RTCIO_API void rtcio_http_route_init_sized(rtcio_http_route *route, size_t size);
#define rtcio_http_route_init(route) rtcio_http_route_init_sized((route), sizeof(*(route)))

/** Adds a route; which one answers is said at rtcio_server_on_http() and
 *  rtcio_server_on_http_prefix(). @return 0, ::RTCIO_E_INVALID, ::RTCIO_E_NO_MEMORY */
RTCIO_API int rtcio_server_add_route(rtcio_server *server, const rtcio_http_route *route);

/** Lets `fn` answer requests whose path starts with `prefix`, which starts and ends with "/" ("/"
 *  is every path). rtcio_server_on_http() of an exact path goes before; of several prefixes the
 *  longest answers, of several handlers of one prefix the latest.
 *  @return 0, ::RTCIO_E_INVALID (no handler, or not a prefix), ::RTCIO_E_NO_MEMORY */
RTCIO_API int rtcio_server_on_http_prefix(rtcio_server *server, const char *prefix,
                                          rtcio_http_fn fn, void *user);

#ifdef __cplusplus
}
#endif

#endif
