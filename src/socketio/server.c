/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */

/* The server object: creation, turning, closing, counters. */

#include "engine/hooks.h"
#include "engine/quota.h"
#include "socketio/adapter.h"
#include "socketio/recovery.h"

#include <stdlib.h>
#include <string.h>

static const struct rtcio__engine_ops ops = {
    .opened = rtcio__client3_opened,
    .message = rtcio__client_message,
    .closed = rtcio__client_closed,
    .http = rtcio__routes_answer,
    .upper_size = sizeof(struct rtcio__client),
};

rtcio_server *rtcio_server_create(const rtcio_server_options *opt)
{
    rtcio_server_options defaults;

    if (opt == NULL) {
        rtcio_server_options_init(&defaults);
        opt = &defaults;
    }
    if (rtcio_server_options_check(opt, NULL, 0) != 0)
        return NULL;
    rtcio_server *server = calloc(1, sizeof *server);
    if (server == NULL)
        return NULL;
    rtcio__pool_init(&server->socket_pool, RTCIO__SOCKET_SIZE);
    rtcio__pool_init(&server->member_pool, sizeof(struct rtcio__member));
    rtcio__pool_init(&server->data_pool, sizeof(struct rtcio__data));
    rtcio__list_init(&server->nexts);
    rtcio__lost_init(server);
    rtcio__list_init(&server->event_nexts);
    rtcio__list_init(&server->matches);
    rtcio__list_init(&server->acks);
    rtcio__list_init(&server->requests);
    rtcio__list_init(&server->fetches);
    rtcio__awaited_init(&server->awaited);
    rtcio__shared_init(&server->own_shared);
    server->shared = &server->own_shared;
    rtcio__list_init(&server->timers);
    if (rtcio__engine_init(&server->engine, opt, &ops, server) != 0) {
        rtcio__shared_fini(&server->own_shared);
        free(server);
        return NULL;
    }
    rtcio__hash_init(&server->namespaces,
                     offsetof(rtcio_namespace, name) - offsetof(rtcio_namespace, node), 1);
    if (rtcio__recovery_init(server) == 0)
        server->main = rtcio_of(server, "/");
    /* Without random numbers there is no session: better to say so now. */
    char id[RTCIO__ID_LEN + 1];
    if (server->main == NULL || rtcio__random(id, 1) != 0) {
        rtcio_server_destroy(server);
        return NULL;
    }
    return server;
}

void rtcio_server_destroy(rtcio_server *server)
{
    struct rtcio__hash_node *node;

    if (server == NULL)
        return;
    server->destroying = true;
    rtcio__engine_close(&server->engine);
    rtcio__requests_drop(server);
    rtcio__fetches_drop(server);
    rtcio__nexts_free(server);
    rtcio__event_nexts_free(server);
    rtcio__matches_free(server);
    rtcio__recovery_fini(server);
    rtcio__acks_free(server);
    rtcio__engine_fini(&server->engine);
    /* What frees a namespace's data may still look at any namespace. */
    for (node = rtcio__hash_next(&server->namespaces, NULL); node != NULL;
         node = rtcio__hash_next(&server->namespaces, node))
        rtcio__data_free(server, &rtcio__container_of(node, rtcio_namespace, node)->data);
    while ((node = rtcio__hash_next(&server->namespaces, NULL)) != NULL) {
        rtcio__hash_remove(&server->namespaces, node);
        rtcio__namespace_free(rtcio__container_of(node, rtcio_namespace, node));
    }
    rtcio__pool_fini(&server->data_pool);
    rtcio__pool_fini(&server->member_pool);
    rtcio__pool_fini(&server->socket_pool);
    rtcio__hash_fini(&server->namespaces);
    rtcio__hash_fini(&server->awaited);
    rtcio__parents_free(server);
    rtcio__user_timers_free(server);
    rtcio__handlers_fini(&server->on_namespace);
    rtcio__routes_free(server);
    rtcio__shared_fini(&server->own_shared);
    if (server->adapter != NULL)
        server->adapter->ops->close(server->adapter);
    free(server->recovery);
    free(server);
}

void rtcio_listen_options_init_sized(rtcio_listen_options *opt, size_t size)
{
    const rtcio_listen_options defaults = {.size = sizeof defaults, .unix_mode = 0660, .fd = -1};

    memset(opt, 0, size);
    memcpy(opt, &defaults, size < sizeof defaults ? size : sizeof defaults);
    opt->size = size;
}

int rtcio__listen_options_read(const rtcio_listen_options *opt, rtcio_listen_options *all)
{
    if (opt == NULL || opt->size < offsetof(rtcio_listen_options, site) ||
        opt->size > sizeof *all || opt->port < 0 || opt->port > 65535)
        return RTCIO_E_INVALID;
    rtcio_listen_options_init(all);
    memcpy(all, opt, opt->size);
    return 0;
}

int rtcio_server_listen_with(rtcio_server *server, const rtcio_listen_options *opt)
{
    rtcio_listen_options all;

    if (server == NULL || rtcio__listen_options_read(opt, &all) != 0)
        return RTCIO_E_INVALID;
    int port = all.port;
    int error = rtcio__engine_listen(&server->engine, &all, &port, RTCIO__PORT_ALONE);
    return error != 0 ? error : port;
}

int rtcio_server_listen(rtcio_server *server, const char *host, int port)
{
    rtcio_listen_options opt;

    rtcio_listen_options_init(&opt);
    opt.host = host;
    opt.port = port;
    return rtcio_server_listen_with(server, &opt);
}

const char *rtcio_server_path(const rtcio_server *server)
{
    return server->engine.opt.path;
}

int rtcio_server_use_http(rtcio_server *server, rtcio_http_middleware_fn fn, void *user)
{
    if (server == NULL || fn == NULL)
        return RTCIO_E_INVALID;
    return rtcio__hooks_add(&server->engine, fn, user);
}

int rtcio_server_fd(const rtcio_server *server)
{
    return server->engine.loop.poller;
}

bool rtcio__server_finished(const rtcio_server *server)
{
    return server->closing && rtcio__counter_get(&server->engine.loop.n_conns) == 0;
}

int rtcio_server_timeout(rtcio_server *server)
{
    /* A finished server has nothing to wait for; its next turn says so. */
    return rtcio__server_finished(server) ? 0 : rtcio__loop_timeout(&server->engine.loop, -1);
}

int rtcio_server_turn(rtcio_server *server)
{
    rtcio__loop_turn(&server->engine.loop, 0);
    return rtcio__server_finished(server) ? 0 : 1;
}

int rtcio_server_run(rtcio_server *server)
{
    while (!rtcio__server_finished(server)) {
        int error = rtcio__loop_turn(&server->engine.loop, -1);
        if (error != 0)
            return error;
    }
    return 0;
}

static bool shut_down(rtcio_socket *socket, void *user)
{
    (void)user;
    rtcio__socket_close(socket, "server shutting down");
    return true;
}

void rtcio_server_close(rtcio_server *server)
{
    struct rtcio__hash_node *node = NULL;

    if (server->closing)
        return;
    server->closing = true;
    /* No DISCONNECT is sent: clients shall come back (spec 6.1). */
    while ((node = rtcio__hash_next(&server->namespaces, node)) != NULL) {
        rtcio_namespace *nsp = rtcio__container_of(node, rtcio_namespace, node);
        rtcio_namespace_each(nsp, shut_down, NULL);
    }
    rtcio__engine_close(&server->engine);
}

struct posted {
    void (*fn)(rtcio_server *, void *);
    void *user;
};

static void run_posted(void *a, void *b)
{
    struct posted *p = b;

    p->fn(a, p->user);
}

int rtcio_server_post(rtcio_server *server, void (*fn)(rtcio_server *, void *), void *user)
{
    struct posted *p = malloc(sizeof *p);

    if (p == NULL)
        return RTCIO_E_NO_MEMORY;
    *p = (struct posted){fn, user};
    int error = rtcio__loop_post(&server->engine.loop, run_posted, server, p);
    if (error != 0)
        free(p);
    return error;
}

const rtcio_server_options *rtcio_server_get_options(const rtcio_server *server)
{
    return &server->engine.opt;
}

int rtcio_server_set_limits(rtcio_server *server, const rtcio_server_options *opt)
{
    if (server == NULL || opt == NULL || rtcio_server_options_check(opt, NULL, 0) != 0)
        return RTCIO_E_INVALID;
    rtcio__quota_set(&server->engine, opt);
    return 0;
}

void rtcio_server_get_stats(const rtcio_server *server, rtcio_server_stats *stats)
{
    const struct rtcio__engine *e = &server->engine;
    const struct rtcio__recovery *recovery = server->recovery;
    rtcio_server_stats all = {
        .size = stats->size,
        .n_connections = rtcio__counter_get(&e->loop.n_conns),
        .n_sessions = rtcio__counter_get(&e->n_sessions),
        .n_polling = rtcio__counter_get(&e->n_polling),
        .n_sockets = rtcio__counter_get(&server->n_sockets),
        .n_queued_bytes = rtcio__counter_get(&e->loop.queued_bytes),
        .sessions = rtcio__counter_get(&e->n_sessions_ever),
        .upgrades = rtcio__counter_get(&e->n_upgrades),
        .messages_in = rtcio__counter_get(&e->n_messages_in),
        .messages_out = rtcio__counter_get(&e->n_messages_out),
        .bytes_in = rtcio__counter_get(&e->loop.bytes_in),
        .bytes_out = rtcio__counter_get(&e->loop.bytes_out),
        .refused = rtcio__counter_get(&e->n_refused),
        .parse_errors = rtcio__counter_get(&e->n_parse_errors),
        .slow_closed = rtcio__counter_get(&e->n_slow_closed),
        .volatile_dropped = rtcio__counter_get(&server->n_volatile_dropped),
        .ping_timeouts = rtcio__counter_get(&e->n_ping_timeouts),
        .tls_handshakes = rtcio__counter_get(&e->loop.n_tls_handshakes),
        .tls_failures = rtcio__counter_get(&e->loop.n_tls_failures),
        .n_recoverable = recovery != NULL ? rtcio__counter_get(&recovery->n_gone) : 0,
        .n_logged = recovery != NULL ? rtcio__counter_get(&recovery->logs.n) : 0,
        .n_logged_bytes = recovery != NULL ? rtcio__counter_get(&recovery->logs.bytes) +
                                                 rtcio__counter_get(&recovery->gone_bytes)
                                           : 0,
        .recoveries = recovery != NULL ? rtcio__counter_get(&recovery->n_done) : 0,
        .recovery_failures = recovery != NULL ? rtcio__counter_get(&recovery->n_failed) : 0,
        .turns = rtcio__counter_get(&e->loop.turns.n),
        .turns_timed = rtcio__counter_get(&e->loop.turns.n_timed),
        .turns_timed_us = rtcio__counter_get(&e->loop.turns.us),
        .refused_sessions = rtcio__counter_get(&e->n_refused_sessions),
        .refused_handshakes = rtcio__counter_get(&e->n_refused_handshakes),
        .delayed = rtcio__counter_get(&e->n_delayed),
        .delayed_closed = rtcio__counter_get(&e->n_rate_closed),
    };
    const struct rtcio__deflate *deflate = e->deflate;

    if (deflate != NULL) {
        all.n_deflate_bytes = rtcio__counter_get(&deflate->held);
        all.deflated_in = rtcio__counter_get(&deflate->n_in);
        all.deflated_out = rtcio__counter_get(&deflate->n_out);
        all.deflate_refused = rtcio__counter_get(&deflate->n_without_context);
    }

    size_t inbox_bytes;
    rtcio__loop_posted((struct rtcio__loop *)(uintptr_t)&e->loop, &inbox_bytes, &all.inbox_refused);
    all.n_inbox_bytes = inbox_bytes;
    _Static_assert(RTCIO_TURN_BUCKETS == RTCIO__TURN_BUCKETS, "one histogram");
    for (size_t i = 0; i < RTCIO_TURN_BUCKETS; i++)
        all.turn_buckets[i] = rtcio__counter_get(&e->loop.turns.buckets[i]);

    memcpy(stats, &all, stats->size < sizeof all ? stats->size : sizeof all);
}
