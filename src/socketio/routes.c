/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */

/* Who answers HTTP requests outside the engine's path. */

#include "engine/http_request.h"
#include "socketio/internal.h"

#include <stdlib.h>
#include <string.h>

#define MAX_BODY_BYTES (1u << 30)

/* The handler of exactly this path, or else the one of the longest prefix. Newer ones come first
 * in the list. */
static const struct rtcio__route *find(const rtcio_server *server, const char *site,
                                       const char *path, size_t len)
{
    const struct rtcio__route *best = NULL;

    for (const struct rtcio__route *r = server->routes; r != NULL; r = r->next) {
        if ((site != NULL) != (r->site != NULL) || (site != NULL && strcmp(site, r->site) != 0))
            continue;
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
    const struct rtcio__route *route =
        find(engine->owner, rtcio_http_site(request), target.data, len);
    bool body_is_there = request->task != NULL;

    if (route == NULL)
        return;
    if (route->on_head != NULL && !body_is_there)
        route->on_head(request, route->user);
    if (request->answered || request->moved)
        return;
    if (route->max_body_bytes > 0 && request->head->has_body && !body_is_there)
        rtcio__http_read_body(request, route->max_body_bytes);
    else
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

void rtcio_http_route_init_sized(rtcio_http_route *route, size_t size)
{
    memset(route, 0, size);
    route->size = size;
}

/* A caller compiled against an older header has a shorter struct; a longer one is refused, unless
 * it asks for nothing new. */
static bool read_route(const rtcio_http_route *given, rtcio_http_route *route)
{
    const char *bytes = (const char *)given;

    memset(route, 0, sizeof *route);
    memcpy(route, given, given->size < sizeof *route ? given->size : sizeof *route);
    for (size_t i = sizeof *route; i < given->size; i++)
        if (bytes[i] != 0)
            return false;
    return route->path != NULL && route->path[0] == '/' && route->fn != NULL &&
           (!route->prefix || route->path[strlen(route->path) - 1] == '/') &&
           route->max_body_bytes <= MAX_BODY_BYTES;
}

int rtcio_server_add_route(rtcio_server *server, const rtcio_http_route *given)
{
    rtcio_http_route opt;

    if (server == NULL || given == NULL || !read_route(given, &opt))
        return RTCIO_E_INVALID;
    size_t len = strlen(opt.path), site_size = opt.site != NULL ? strlen(opt.site) + 1 : 0;
    struct rtcio__route *route = malloc(sizeof *route + len + 1 + site_size);
    if (route == NULL)
        return RTCIO_E_NO_MEMORY;
    *route = (struct rtcio__route){.next = server->routes,
                                   .on_head = opt.on_head,
                                   .fn = opt.fn,
                                   .user = opt.user,
                                   .len = len,
                                   .max_body_bytes = opt.max_body_bytes,
                                   .prefix = opt.prefix};
    memcpy(route->path, opt.path, len + 1);
    if (opt.site != NULL)
        route->site = memcpy(route->path + len + 1, opt.site, site_size);
    server->routes = route;
    return 0;
}

static int add(rtcio_server *server, const char *path, bool prefix, rtcio_http_fn fn, void *user)
{
    rtcio_http_route route;

    rtcio_http_route_init(&route);
    route.path = path;
    route.prefix = prefix;
    route.fn = fn;
    route.user = user;
    return rtcio_server_add_route(server, &route);
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
