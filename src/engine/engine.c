/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */

/* The engine as a whole: creation, listening, closing, addresses, the date. */

#include "engine/engine.h"

#include "engine/deflate.h"
#include "engine/hooks.h"
#include "engine/http_request.h"
#include "engine/move.h"
#include "engine/proxy.h"
#include "engine/query.h"
#include "engine/quota.h"
#include "engine/websocket.h"
#include "net/tls_context.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

static const size_t strings[] = {
    offsetof(rtcio_server_options, path),
    offsetof(rtcio_server_options, cors_origin),
    offsetof(rtcio_server_options, cors_methods),
    offsetof(rtcio_server_options, cors_allowed_headers),
    offsetof(rtcio_server_options, cors_exposed_headers),
    offsetof(rtcio_server_options, cookie_name),
    offsetof(rtcio_server_options, cookie_path),
    offsetof(rtcio_server_options, cookie_domain),
    offsetof(rtcio_server_options, cookie_priority),
    offsetof(rtcio_server_options, cookie_same_site),
    offsetof(rtcio_server_options, initial_packet),
    offsetof(rtcio_server_options, trusted_proxies),
    offsetof(rtcio_server_options, unlimited_addresses),
};

#define N_STRINGS (sizeof strings / sizeof strings[0])

static const char **string_at(rtcio_server_options *opt, size_t i)
{
    return (const char **)(void *)((char *)opt + strings[i]);
}

/* Replaces the options' strings by copies. */
static int copy_strings(rtcio_server_options *opt)
{
    int result = 0;

    for (size_t i = 0; i < N_STRINGS; i++) {
        const char **string = string_at(opt, i);
        if (*string == NULL)
            continue;
        *string = strdup(*string);
        if (*string == NULL)
            result = RTCIO_E_NO_MEMORY;
    }
    return result;
}

static void free_strings(rtcio_server_options *opt)
{
    for (size_t i = 0; i < N_STRINGS; i++)
        free((char *)(uintptr_t)*string_at(opt, i));
}

/* "strip one trailing `/` from path, then append `/` unless addTrailingSlash:false" (spec 1.1) */
static int make_prefix(struct rtcio__engine *engine)
{
    size_t len = strlen(engine->opt.path);

    if (len > 0 && engine->opt.path[len - 1] == '/')
        len--;
    engine->prefix = malloc(len + 2);
    if (engine->prefix == NULL)
        return RTCIO_E_NO_MEMORY;
    memcpy(engine->prefix, engine->opt.path, len);
    engine->prefix[len] = '\0';
    if (engine->opt.add_trailing_slash)
        memcpy(engine->prefix + len++, "/", 2);
    engine->prefix_len = len;
    return 0;
}

static void make_facts(struct rtcio__engine *engine)
{
    const rtcio_server_options *opt = &engine->opt;

    snprintf(engine->facts, sizeof engine->facts,
             ",\"pingInterval\":%u,\"pingTimeout\":%u,\"maxPayload\":%zu}", opt->ping_interval_ms,
             opt->ping_timeout_ms, opt->max_payload_bytes);
}

/* A session on polling needs no descriptor between two requests, but one while it is used. */
static size_t descriptor_limit(void)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY)
        return 0;
    return (size_t)limit.rlim_cur;
}

int rtcio__engine_init(struct rtcio__engine *engine, const rtcio_server_options *opt,
                       const struct rtcio__engine_ops *ops, void *owner)
{
    memset(engine, 0, sizeof *engine);
    int error = rtcio__loop_init(&engine->loop);
    if (error != 0)
        return error;
    engine->opt = *opt;
    if (engine->opt.max_sessions == 0)
        engine->opt.max_sessions = descriptor_limit();
    engine->loop.max_posted_bytes = opt->max_inbox_bytes;
    engine->n_sessions_all = &engine->n_sessions_own;
    engine->ops = ops;
    engine->owner = owner;
    /* The identifier stands behind what the room above keeps. */
    size_t sid_at = sizeof(struct rtcio__session) + ops->upper_size;
    bool any_sid = opt->generate_id != NULL || opt->allow_request != NULL;
    rtcio__hash_init(&engine->sessions, sid_at - offsetof(struct rtcio__session, node), 1);
    rtcio__moves_init(&engine->moved);
    rtcio__pool_init(&engine->session_pool,
                     sid_at + (any_sid ? RTCIO_MAX_SID_LEN : RTCIO__ID_LEN) + 1);
    rtcio__list_init(&engine->admissions);
    rtcio__list_init(&engine->tasks);
    rtcio__list_init(&engine->proxy_waits);
    rtcio__list_init(&engine->doom.link);
    rtcio__list_init(&engine->doomed);
    engine->doom.run = rtcio__session_run_doomed;
    error = copy_strings(&engine->opt);
    if (error == 0)
        error = make_prefix(engine);
    if (error == 0)
        error = rtcio__websocket_init(engine);
    if (error == 0)
        error = rtcio__quota_init(engine);
    if (error == 0)
        error = rtcio__deflate_init(engine);
    make_facts(engine);
    if (error == 0 && engine->opt.trusted_proxies != NULL)
        error = rtcio__networks_parse(&engine->trusted, engine->opt.trusted_proxies, NULL, NULL);
    if (error != 0)
        rtcio__engine_fini(engine);
    return error;
}

/* Ends every session. They are gathered first: taking the first one of a map again and again would
 * look through its empty part each time. */
static void discard_all(struct rtcio__engine *engine)
{
    size_t n = 0, all = engine->sessions.n_nodes;
    struct rtcio__session **list = malloc((all + 1) * sizeof(struct rtcio__session *));
    struct rtcio__hash_node *node = NULL;

    while (list != NULL && n < all && (node = rtcio__hash_next(&engine->sessions, node)) != NULL)
        list[n++] = rtcio__container_of(node, struct rtcio__session, node);
    for (size_t i = 0; i < n; i++)
        rtcio__session_discard(list[i]); /* one that has ended meanwhile stays ended */
    free(list);
    while ((node = rtcio__hash_next(&engine->sessions, NULL)) != NULL)
        rtcio__session_discard(rtcio__container_of(node, struct rtcio__session, node));
}

void rtcio__engine_fini(struct rtcio__engine *engine)
{
    struct rtcio__loop *loop = &engine->loop;

    rtcio__listeners_close(loop, &engine->listeners);
    discard_all(engine);
    rtcio__loop_flush(loop);
    while (!rtcio__list_empty(&loop->conns)) {
        struct rtcio__conn *conn = rtcio__container_of(loop->conns.next, struct rtcio__conn, link);
        const struct rtcio__conn_ops *ops = conn->ops;
        rtcio__conn_close(conn);
        ops->ended(conn, RTCIO__CONN_ERROR);
    }
    rtcio__proxy_close_all(engine);
    rtcio__networks_fini(&engine->trusted);
    rtcio__quota_fini(engine);
    rtcio__admissions_free(engine);
    rtcio__http_tasks_free(engine);
    rtcio__hooks_free(engine);
    rtcio__loop_fini(loop);
    rtcio__deflate_fini(engine);
    while (engine->endpoints != NULL) {
        struct rtcio__endpoint *endpoint = engine->endpoints;
        engine->endpoints = endpoint->next;
        rtcio_tls_destroy(endpoint->tls);
        free(endpoint->site);
        free(endpoint);
    }
    rtcio__pool_fini(&engine->session_pool);
    rtcio__hash_fini(&engine->sessions);
    rtcio__moves_fini(&engine->moved);
    rtcio__websocket_fini(engine);
    free(engine->prefix);
    free_strings(&engine->opt);
}

int rtcio__engine_listen(struct rtcio__engine *engine, const rtcio_listen_options *opt, int *port,
                         enum rtcio__port_sharing sharing)
{
    if (engine->closing)
        return RTCIO_E_CLOSED;
    struct rtcio__endpoint *endpoint = calloc(1, sizeof *endpoint);
    if (endpoint == NULL)
        return RTCIO_E_NO_MEMORY;
    *endpoint = (struct rtcio__endpoint){
        .next = engine->endpoints, .engine = engine, .tls = rtcio__tls_ref(opt->tls)};
    engine->endpoints = endpoint;
    if (opt->site != NULL && (endpoint->site = strdup(opt->site)) == NULL)
        return RTCIO_E_NO_MEMORY;
    /* An endpoint whose listeners do not come up costs nothing until the engine goes. */
    rtcio__accept_fn accept = opt->proxy_protocol ? rtcio__proxy_accept : rtcio__http_accept;
    int fd = opt->fd;
    if (opt->unix_path != NULL && (fd = rtcio__listen_unix(opt->unix_path, opt->unix_mode)) < 0)
        return fd;
    if (fd >= 0)
        return rtcio__listen_fd(&engine->loop, fd, port, accept, endpoint, &engine->listeners);
    return rtcio__listen(&engine->loop, opt->host, port, sharing, accept, endpoint,
                         &engine->listeners);
}

void rtcio__engine_close(struct rtcio__engine *engine)
{
    engine->closing = true;
    rtcio__listeners_close(&engine->loop, &engine->listeners);
    rtcio__proxy_close_all(engine);
    discard_all(engine);
    rtcio__http_close_idle(engine);
    rtcio__websocket_hasten(engine);
}

int rtcio__engine_owner(const struct rtcio__engine *engine, const char *id, size_t len)
{
    int32_t sequence = engine->n_siblings > 1 ? rtcio__id_sequence(id, len) : -1;
    int owner = sequence >= 0 ? sequence % (int32_t)engine->n_siblings : -1;

    return owner != (int)engine->index ? owner : -1;
}

const char *rtcio__engine_date(struct rtcio__engine *engine)
{
    time_t now = time(NULL);

    if (now != engine->date_s || engine->date[0] == '\0') {
        struct tm tm;
        gmtime_r(&now, &tm);
        strftime(engine->date, sizeof engine->date, "%a, %d %b %Y %H:%M:%S GMT", &tm);
        engine->date_s = now;
    }
    return engine->date;
}
