/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */

/* Another site beside the usual one, with the option site=NAME: bodies, and answers that come
 * later. It is listened to on a port of its own, which a note tells. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <rtcio/timer.h>

#include "server.h"

#define TEXT "text/plain"

static void respond(rtcio_http_request *request, int status, const char *text)
{
    rtcio_http_respond(request, status, TEXT, NULL, (rtcio_slice){text, strlen(text)});
}

static uint32_t number(const rtcio_http_request *request, const char *key, uint32_t otherwise)
{
    char text[16];
    return rtcio_http_query(request, key, text, sizeof(text)) > 0
               ? (uint32_t)strtoul(text, NULL, 10)
               : otherwise;
}

/* Method and body again. */
static void on_echo(rtcio_http_request *request, void *user)
{
    (void)user;
    rtcio_slice body = rtcio_http_body(request);
    char text[2048];
    int n = snprintf(text, sizeof(text), "%s %.*s", rtcio_http_method(request), (int)body.len,
                     body.data);
    rtcio_http_respond(request, 200, TEXT, NULL, (rtcio_slice){text, (size_t)n});
}

/* What waits in /later. */
struct late {
    rtcio_http_request *request;
    bool blob;
};

static void answer_late(rtcio_timer *timer, void *user)
{
    struct late *late = user;
    rtcio_http_request *request = late->request;
    rtcio_slice body = rtcio_http_body(request), target = rtcio_http_target(request);
    char text[256];
    int n = snprintf(text, sizeof(text), "%.*s with %.*s", (int)target.len, target.data,
                     (int)body.len, body.data);
    bool gone = rtcio_http_gone(request);
    int odd = rtcio_http_respond(request, 99, NULL, NULL, (rtcio_slice){NULL, 0});
    int added = rtcio_http_add_header(request, "X-Late", "yes");
    int result;
    if (late->blob) {
        rtcio_blob *blob = rtcio_blob_create(text, (size_t)n);
        result = rtcio_http_respond_blob(request, 200, TEXT, NULL, blob);
        rtcio_blob_destroy(blob);
    } else {
        result = rtcio_http_respond(request, 200, TEXT, NULL, (rtcio_slice){text, (size_t)n});
    }
    note(json_pack("{s:s, s:i, s:i, s:i, s:b}", "note", "late", "result", result, "odd", odd,
                   "added", added, "gone", gone));
    free(late);
    rtcio_timer_destroy(timer);
}

/* ?ms: when it is answered, 0: inside the callback; ?within: until when it may be. */
static void on_later(rtcio_http_request *request, void *user)
{
    rtcio_server *server = user;
    struct late *late = calloc(1, sizeof(*late));
    uint32_t ms = number(request, "ms", 20);
    if (rtcio_http_take(request, 0) != NULL)
        abort();
    late->blob = number(request, "blob", 0) != 0;
    late->request = rtcio_http_take(request, number(request, "within", 5000));
    if (late->request == NULL || rtcio_http_take(late->request, 1000) != NULL)
        abort();
    rtcio_timer *timer = rtcio_timer_create(server, answer_late, late);
    if (ms == 0)
        answer_late(timer, late);
    else
        rtcio_timer_start(timer, ms);
    if (late->request != request && ms > 0 &&
        rtcio_http_respond(request, 200, TEXT, NULL, (rtcio_slice){"twice", 5}) == 0)
        abort(); /* what was taken is answered by its new self only */
}

static void on_head(rtcio_http_request *request, void *user)
{
    (void)user;
    rtcio_slice key = rtcio_http_header(request, "X-Key");
    note(json_pack("{s:s, s:s, s:i}", "note", "head", "site", rtcio_http_site(request), "body",
                   (int)rtcio_http_body(request).len));
    if (key.len != 6 || memcmp(key.data, "sesame", 6) != 0)
        respond(request, 401, "closed");
}

static void on_nothing(rtcio_http_request *request, void *user)
{
    (void)request;
    (void)user;
}

int sites_install(rtcio_server *server, const char *site)
{
    const rtcio_http_route routes[] = {
        {.path = "/echo", .max_body_bytes = 1000, .fn = on_echo},
        {.path = "/bare", .fn = on_echo},
        {.path = "/gated", .max_body_bytes = 1000, .on_head = on_head, .fn = on_echo},
        {.path = "/later", .max_body_bytes = 1000, .fn = on_later, .user = server},
        {.path = "/bare-later", .fn = on_later, .user = server},
        {.path = "/nothing", .max_body_bytes = 1000, .fn = on_nothing},
        {.path = "/below/", .prefix = true, .fn = on_echo},
    };
    rtcio_http_route wrong;
    rtcio_http_route_init(&wrong);
    wrong.path = "/x";
    if (rtcio_server_add_route(server, &wrong) != RTCIO_E_INVALID)
        return RTCIO_E_INVALID;
    for (size_t i = 0; i < sizeof(routes) / sizeof(routes[0]); i++) {
        rtcio_http_route route = routes[i];
        route.size = sizeof(route);
        route.site = site;
        int error = rtcio_server_add_route(server, &route);
        if (error != 0)
            return error;
    }
    return 0;
}
