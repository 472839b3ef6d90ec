/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */

/* What there is: the server's numbers every two seconds, and all sockets for an admin who comes. */

#include "admin/internal.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define TICK_MS 1000

static void add_count(rtcio_admin *admin, const char *type, uint64_t now, uint64_t before)
{
    if (now > before)
        json_array_append_new(admin->aggregated,
                              json_pack("{s:I, s:s, s:I}", "timestamp",
                                        (json_int_t)time(NULL) * 1000, "type", type, "count",
                                        (json_int_t)(now - before)));
}

/* "bucketed per second" (spec 10) */
static void aggregate(rtcio_admin *admin)
{
    rtcio_server_stats now = {.size = sizeof now};
    const rtcio_server_stats *last = &admin->last;

    rtcio_server_get_stats(admin->server, &now);
    add_count(admin, "rawConnection", now.sessions, last->sessions);
    add_count(admin, "rawDisconnection", now.sessions - now.n_sessions,
              last->sessions - last->n_sessions);
    add_count(admin, "packetsIn", now.messages_in, last->messages_in);
    add_count(admin, "packetsOut", now.messages_out, last->messages_out);
    add_count(admin, "bytesIn", now.bytes_in, last->bytes_in);
    add_count(admin, "bytesOut", now.bytes_out, last->bytes_out);
    admin->last = now;
}

static void add_namespace(rtcio_namespace *nsp, void *list)
{
    json_array_append_new(list, json_pack("{s:s, s:I}", "name", rtcio_namespace_name(nsp),
                                          "socketsCount", (json_int_t)rtcio_namespace_size(nsp)));
}

static void tell_stats(rtcio_admin *admin)
{
    char host[256] = "";
    json_t *namespaces = json_array();

    gethostname(host, sizeof host - 1);
    rtcio_server_each_namespace(admin->server, add_namespace, namespaces);
    rtcio__admin_emit(rtcio_op(admin->nsp), "server_stats",
                      json_pack("[{s:s, s:s, s:i, s:f, s:I, s:I, s:O, s:o}]", "serverId",
                                admin->server_id, "hostname", host, "pid", (int)getpid(), "uptime",
                                difftime(time(NULL), admin->started), "clientsCount",
                                (json_int_t)admin->last.n_sessions, "pollingClientsCount",
                                (json_int_t)admin->last.n_polling, "aggregatedEvents",
                                admin->aggregated, "namespaces", namespaces));
    json_array_clear(admin->aggregated);
}

static void on_tick(rtcio_timer *timer, void *user)
{
    rtcio_admin *admin = user;

    rtcio_timer_start(timer, TICK_MS);
    aggregate(admin);
    if (admin->n_ticks++ % 2 != 0)
        return;
    tell_stats(admin);
    if (!admin->production)
        rtcio__admin_tell_upgrades(admin);
}

int rtcio__admin_report_init(rtcio_admin *admin)
{
    admin->last.size = sizeof admin->last;
    rtcio_server_get_stats(admin->server, &admin->last);
    admin->aggregated = json_array();
    admin->timer = rtcio_timer_create(admin->server, on_tick, admin);
    if (admin->timer == NULL || admin->aggregated == NULL)
        return RTCIO_E_NO_MEMORY;
    rtcio_timer_start(admin->timer, TICK_MS);
    return 0;
}

void rtcio__admin_report_fini(rtcio_admin *admin)
{
    /* The timer is the server's, which frees it. */
    json_decref(admin->aggregated);
}

/* Sockets */

static json_t *load(const char *text)
{
    json_t *tree = json_loads(text, 0, NULL);
    return json_is_object(tree) ? tree : (json_decref(tree), json_object());
}

json_t *rtcio__admin_socket(const rtcio_namespace *nsp, const rtcio_remote_socket *socket)
{
    json_t *rooms = json_array(), *handshake = load(rtcio_remote_socket_handshake(socket));
    json_t *data = load(rtcio_remote_socket_json(socket));
    const char *id = rtcio_remote_socket_id(socket), *client_id = id, *transport = "websocket";
    json_t *headers = json_object_get(handshake, "headers");

    json_unpack(data, "{s:{s:s, s:s}}", "_admin", "clientId", &client_id, "transport", &transport);
    for (size_t i = 0; i < rtcio_remote_socket_room_count(socket); i++)
        json_array_append_new(rooms, json_string(rtcio_remote_socket_room(socket, i)));
    /* Secrets of clients are nobody's business. */
    json_object_del(handshake, "auth");
    json_object_del(headers, "authorization");
    json_object_del(headers, "cookie");
    json_t *result = json_pack("{s:s, s:s, s:s, s:s, s:O, s:o, s:o}", "id", id, "clientId",
                               client_id, "transport", transport, "nsp", rtcio_namespace_name(nsp),
                               "data", data, "handshake", handshake, "rooms", rooms);
    json_object_del(data, "_admin"); /* after the strings in it have been copied */
    json_decref(data);
    return result;
}

/* One admin waits for the sockets of all namespaces. */
struct census {
    rtcio_admin *admin;
    char id[RTCIO_MAX_SOCKET_ID_LEN + 1];
    json_t *list;
    size_t n_open; /* namespaces asked, and the asking itself */
};

struct part {
    struct census *census;
    rtcio_namespace *nsp;
};

static void finish(struct census *census)
{
    if (--census->n_open > 0)
        return;
    rtcio__admin_emit(rtcio_op(rtcio_namespace_socket(census->admin->nsp, census->id)),
                      "all_sockets", json_pack("[O]", census->list));
    json_decref(census->list);
    free(census);
}

static void on_part(int status, const rtcio_remote_sockets *sockets, void *user)
{
    struct part *part = user;

    (void)status;
    for (size_t i = 0; i < rtcio_remote_sockets_count(sockets); i++)
        json_array_append_new(part->census->list,
                              rtcio__admin_socket(part->nsp, rtcio_remote_sockets_at(sockets, i)));
    finish(part->census);
    free(part);
}

static void ask(rtcio_namespace *nsp, void *user)
{
    struct census *census = user;
    struct part *part = malloc(sizeof *part);

    if (part == NULL)
        return;
    *part = (struct part){census, nsp};
    census->n_open++;
    if (rtcio_fetch_sockets(nsp, on_part, part) != 0) {
        census->n_open--;
        free(part);
    }
}

void rtcio__admin_tell_all(rtcio_admin *admin, rtcio_socket *socket)
{
    struct census *census = calloc(1, sizeof *census);

    if (census == NULL)
        return;
    census->admin = admin;
    census->list = json_array();
    census->n_open = 1;
    strncpy(census->id, rtcio_socket_id(socket), sizeof census->id - 1);
    rtcio_server_each_namespace(admin->server, ask, census);
    finish(census);
}
