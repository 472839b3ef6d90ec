/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */

/* From a request to its function: the key, the path, the method, the body. */

#include "call.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

static const struct route {
    const char *method, *path;
    rtcio__call_fn fn;
} routes[] = {
#define ROUTE(method, path, fn) {method, path, fn},
#include "control/routes.def"
#undef ROUTE
};

#define N_ROUTES (sizeof routes / sizeof *routes)

static int hex(char c)
{
    return c >= '0' && c <= '9'   ? c - '0'
           : c >= 'a' && c <= 'f' ? c - 'a' + 10
           : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                  : -1;
}

/* Percent-decodes one piece of a path. False when it does not fit, or has a NUL. */
static bool decode(const char *text, size_t len, char *out, size_t size)
{
    size_t n = 0;

    for (size_t i = 0; i < len; i++) {
        char c = text[i];
        if (c == '%' && i + 2 < len && hex(text[i + 1]) >= 0 && hex(text[i + 2]) >= 0) {
            c = (char)(hex(text[i + 1]) << 4 | hex(text[i + 2]));
            i += 2;
        }
        if (c == '\0' || n + 1 >= size)
            return false;
        out[n++] = c;
    }
    out[n] = '\0';
    return n > 0;
}

/* The pieces of {…} go to `call`, when it is given. */
static bool path_fits(const char *pattern, const char *path, size_t len, rtcio__call *call)
{
    const char *end = path + len;
    size_t n = 0;

    while (*pattern != '\0') {
        if (*pattern != '{') {
            if (path == end || *path++ != *pattern++)
                return false;
            continue;
        }
        const char *slash = memchr(path, '/', (size_t)(end - path));
        size_t piece = slash != NULL ? (size_t)(slash - path) : (size_t)(end - path);
        char ignored[RTCIO__CALL_ARG_SIZE];
        if (n == RTCIO__CALL_ARGS ||
            !decode(path, piece, call != NULL ? call->arg[n] : ignored, RTCIO__CALL_ARG_SIZE))
            return false;
        n++;
        path += piece;
        pattern = strchr(pattern, '}') + 1;
    }
    return path == end;
}

/* HEAD is GET without the body, which the library leaves out. */
static bool method_fits(const struct route *route, const char *method)
{
    return strcmp(route->method, method) == 0 ||
           (strcmp(method, "HEAD") == 0 && strcmp(route->method, "GET") == 0);
}

/* NULL: answered. */
static const struct route *find(rtcio_http_request *request, rtcio__call *call)
{
    rtcio_slice target = rtcio_http_target(request);
    const char *query = memchr(target.data, '?', target.len), *method = rtcio_http_method(request);
    size_t len = query != NULL ? (size_t)(query - target.data) : target.len;
    char allow[64] = "";

    for (size_t i = 0; i < N_ROUTES; i++) {
        const struct route *route = &routes[i];
        if (!path_fits(route->path, target.data, len, call))
            continue;
        if (method_fits(route, method))
            return route;
        size_t n = strlen(allow);
        snprintf(allow + n, sizeof allow - n, "%s%s", n > 0 ? ", " : "", route->method);
    }
    if (allow[0] != '\0') {
        rtcio_http_add_header(request, "Allow", allow);
        rtcio__answer_error(request, 405, "method_not_allowed", "%s is not for this path, %s is",
                            method, allow);
    } else {
        rtcio__answer_error(request, 404, "no_such_path",
                            "nothing is at this path, see docs/openapi.yaml");
    }
    return NULL;
}

static int64_t monotonic_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* "Authorization: Bearer KEY" (RFC 6750). False: answered. */
static bool has_key(rtcio_http_request *request, rtcio__control_worker *worker)
{
    rtcio__key_failures *failures = &worker->control->failures;
    rtcio_slice value = rtcio_http_header(request, "Authorization");
    const char *address = rtcio_http_address(request);
    int64_t now = monotonic_ms(), wait = rtcio__key_failures_wait(failures, address, now);
    char seconds[24];

    if (wait > 0) {
        snprintf(seconds, sizeof seconds, "%lld", (long long)(wait + 999) / 1000);
        rtcio_http_add_header(request, "Retry-After", seconds);
        rtcio__answer_error(request, 429, "too_many_wrong_keys",
                            "too many wrong keys from this address, wait %s s", seconds);
        return false;
    }
    bool bearer = value.len > 7 && strncasecmp(value.data, "Bearer ", 7) == 0;
    if (bearer && rtcio__keys_have(&worker->keys, value.data + 7, value.len - 7))
        return true;
    rtcio_http_add_header(request, "WWW-Authenticate", "Bearer realm=\"rtcio\"");
    if (!bearer) {
        rtcio__answer_error(request, 401, "no_key",
                            "send the control key: Authorization: Bearer KEY");
        return false;
    }
    rtcio__key_failures_add(failures, address, now);
    rtcio__log_line(worker->control->log, RTCIO__LOG_WARN, "control.refuse",
                    RTCIO__TEXT_FIELD("address", rtcio_http_address(request)),
                    RTCIO__TEXT_FIELD("reason", "wrong key"));
    rtcio__answer_error(request, 401, "wrong_key", "the control key is not this one");
    return false;
}

/* GET /metrics, and nobody is asked for a key there. */
static bool is_open(const rtcio_http_request *request, const rtcio__control *control)
{
    rtcio_slice target = rtcio_http_target(request);
    return control->open_metrics && target.len == 8 && memcmp(target.data, "/metrics", 8) == 0;
}

void rtcio__control_head(rtcio_http_request *request, void *user)
{
    rtcio__control_worker *worker = user;

    if (worker->keys.n == 0 || is_open(request, worker->control) || has_key(request, worker))
        find(request, NULL);
}

/* What changes something is logged. */
static void tell(const rtcio__call *call, const struct route *route)
{
    rtcio_slice target = rtcio_http_target(call->request);
    char path[200];
    const char *query = memchr(target.data, '?', target.len);
    size_t len = query != NULL ? (size_t)(query - target.data) : target.len;

    if (strcmp(route->method, "GET") == 0)
        return;
    snprintf(path, sizeof path, "%.*s", (int)(len < sizeof path ? len : sizeof path - 1),
             target.data);
    rtcio__log_line(call->worker->control->log, RTCIO__LOG_INFO, "control.call",
                    RTCIO__TEXT_FIELD("method", route->method), RTCIO__TEXT_FIELD("path", path),
                    RTCIO__TEXT_FIELD("address", rtcio_http_address(call->request)));
}

void rtcio__control_request(rtcio_http_request *request, void *user)
{
    rtcio__call call = {.request = request, .worker = user};
    rtcio_slice body = rtcio_http_body(request);
    const struct route *route = find(request, &call);
    json_error_t error;

    if (route == NULL)
        return;
    if (body.len > 0) {
        call.body = json_loadb(body.data, body.len, JSON_REJECT_DUPLICATES, &error);
        if (!json_is_object(call.body)) {
            if (call.body != NULL)
                rtcio__answer_error(request, 400, "bad_json", "the body has to be a JSON object");
            else
                rtcio__answer_error(request, 400, "bad_json", "the body is no JSON: line %d: %s",
                                    error.line, error.text);
            json_decref(call.body);
            return;
        }
    }
    tell(&call, route);
    route->fn(&call);
    json_decref(call.body);
}
