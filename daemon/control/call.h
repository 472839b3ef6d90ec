/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */
#ifndef RTCIO_DAEMON_CONTROL_CALL_H
#define RTCIO_DAEMON_CONTROL_CALL_H

/* What the functions behind routes.def are given, and how they answer. A new one is a function
 * here, its row in routes.def, and its description in docs/openapi.yaml. */

#include <jansson.h>

#include "control/control.h"

#define RTCIO__CALL_ARGS     2
#define RTCIO__CALL_ARG_SIZE 513 /* a longer name is not found */

/* What a worker has of the control API. */
typedef struct rtcio__control_worker {
    rtcio__control *control;
    rtcio_server *server;
    rtcio_namespace *nsp; /* "/" */
    rtcio__attached attached;
    rtcio__keys keys;
} rtcio__control_worker;

/* That of a worker; on its thread. */
rtcio__control_worker *rtcio__control_worker_of(rtcio_server *server);

/* One request. Valid until the function returns; who answers later takes `request`. */
typedef struct rtcio__call {
    rtcio_http_request *request;
    rtcio__control_worker *worker;
    char arg[RTCIO__CALL_ARGS][RTCIO__CALL_ARG_SIZE]; /* what stands for {…} in the path, decoded */
    json_t *body;                                     /* an object; NULL: the request had no body */
} rtcio__call;

/* Answers, or takes the request with rtcio_http_take() and answers on the same thread later. */
typedef void (*rtcio__call_fn)(rtcio__call *call);

/* Answers with JSON; takes `what` (NULL: out of memory). */
void rtcio__answer(rtcio_http_request *request, int status, json_t *what);
/* Answers {"error":{"code":…,"message":…}}. `code` is a word for programs. */
__attribute__((format(printf, 4, 5))) void rtcio__answer_error(rtcio_http_request *request,
                                                               int status, const char *code,
                                                               const char *format, ...);

/* A number of the query, `otherwise` without. False when it is none or out of range: answered. */
bool rtcio__call_number(rtcio__call *call, const char *key, uint64_t min, uint64_t max,
                        uint64_t otherwise, uint64_t *number);
/* A text of the query into `buf`, "" without. False when it does not fit, or is no UTF-8: answered.
 */
bool rtcio__call_text(rtcio__call *call, const char *key, char *buf, size_t size);
/* Refuses bodies with other members than these: `names` ends with NULL. False: answered. */
bool rtcio__call_only(rtcio__call *call, const char *const *names);

/* router.c: a request of the site, with its key checked. */
void rtcio__control_head(rtcio_http_request *request, void *worker);
void rtcio__control_request(rtcio_http_request *request, void *worker);

/* The functions. */
#define ROUTE(method, path, fn) void fn(rtcio__call *call);
#include "control/routes.def"
#undef ROUTE

#endif
