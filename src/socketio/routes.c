/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */

/* Who answers HTTP requests outside the engine's path. */

#include "socketio/internal.h"

#include <stdlib.h>
#include <string.h>

/* The handler of exactly this path, or else the one of the longest prefix. Newer ones come first
 * in the list. */
static const struct rtcio__route *find(const rtcio_server *server, const char *path, size_t len)
{
    const struct rtcio__route *best = NULL;

    for (const struct rtcio__route *r = server->routes; r != NULL; r = r->next) {
        if (r->len > len || memcmp(r->path, path, r->len) != 0)
            continue;
        if (!r->prefix && r->len == len)
            return r;
        if (r->prefix && (best == NULL || r->len > best->len))
            best = r;
    }
    return best;
}

void rtcio__routes_answer(struct rtcio__engine *engine, rtcio_http_request *request)
{
    rtcio_slice target = rtcio_http_target(request);
    const char *query = memchr(target.data, '?', target.len);
    size_t len = query != NULL ? (size_t)(query - target.data) : target.len;
    const struct rtcio__route *route = find(engine->owner, target.data, len);

    if (route != NULL)
        route->fn(request, route->user);
}

void rtcio__routes_free(rtcio_server *server)
{
    while (server->routes != NULL) {
        struct rtcio__route *route = server->routes;
        server->routes = route->next;
        free(route);
    }
}

static int add(rtcio_server *server, const char *path, bool prefix, rtcio_http_fn fn, void *user)
{
    if (server == NULL || path == NULL || path[0] != '/' || fn == NULL)
        return RTCIO_E_INVALID;
    size_t len = strlen(path);
    if (prefix && path[len - 1] != '/')
        return RTCIO_E_INVALID;
    struct rtcio__route *route = malloc(sizeof *route + len + 1);
    if (route == NULL)
        return RTCIO_E_NO_MEMORY;
    *route = (struct rtcio__route){
        .next = server->routes, .fn = fn, .user = user, .len = len, .prefix = prefix};
    memcpy(route->path, path, len + 1);
    server->routes = route;
    return 0;
}

int rtcio_server_on_http(rtcio_server *server, const char *path, rtcio_http_fn fn, void *user)
{
    return add(server, path, false, fn, user);
}

int rtcio_server_on_http_prefix(rtcio_server *server, const char *prefix, rtcio_http_fn fn,
                                void *user)
{
    return add(server, prefix, true, fn, user);
}
