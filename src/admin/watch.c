/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */

/* What happens in the namespaces, told to the UI as it happens. */

#include "admin/internal.h"

#include <stdlib.h>
#include <string.h>

/* Its address names the slot where the transport is that the UI knows. */
static const char transport_slot;

static const char *nsp_name(const rtcio_socket *socket)
{
    return rtcio_namespace_name(rtcio_socket_namespace(socket));
}

/* `_admin` in the JSON that travels with a socket says what a snapshot would not (spec 10). */
static json_t *load(const rtcio_socket *socket)
{
    rtcio_slice json = rtcio_socket_json(socket);
    json_t *data = json_loadb(json.data, json.len, JSON_ALLOW_NUL, NULL);
    return data != NULL ? data : json_object();
}

static void mark(rtcio_admin *admin, rtcio_socket *socket)
{
    json_t *data = load(socket);
    char client_id[RTCIO_CLIENT_ID_SIZE];

    rtcio_socket_client_id(socket, client_id);
    json_object_set_new(data, "_admin",
                        json_pack("{s:s, s:s}", "clientId", client_id, "transport",
                                  rtcio_socket_transport(socket)));
    char *text = json_dumps(data, JSON_COMPACT);
    admin->marking = true;
    if (text != NULL)
        rtcio_socket_set_json(socket, (rtcio_slice){text, strlen(text)});
    admin->marking = false;
    free(text);
    json_decref(data);
}

static void note_transport(rtcio_socket *socket, const char *transport)
{
    rtcio_socket_set_data(socket, &transport_slot, (void *)(uintptr_t)transport, NULL);
}

static void tell_data(const rtcio_admin *admin, rtcio_socket *socket)
{
    json_t *data = load(socket);

    json_object_del(data, "_admin");
    rtcio__admin_emit(rtcio_op(admin->nsp), "socket_updated",
                      json_pack("[{s:s, s:s, s:o}]", "id", rtcio_socket_id(socket), "nsp",
                                nsp_name(socket), "data", data));
}

static void on_json(rtcio_socket *socket, void *user)
{
    rtcio_admin *admin = user;

    if (admin->marking)
        return;
    json_t *data = load(socket);
    bool marked = json_object_get(data, "_admin") != NULL;
    json_decref(data);
    if (!marked)
        mark(admin, socket);
    /* Before its `socket_connected` nobody knows the socket. */
    if (rtcio_socket_data(socket, &transport_slot) != NULL)
        tell_data(admin, socket);
}

struct arrival {
    rtcio_admin *admin;
    rtcio_namespace *nsp;
    const char *transport; /* that it was marked with */
};

static void arrived(int status, const rtcio_remote_sockets *sockets, void *user)
{
    struct arrival *arrival = user;
    const rtcio_remote_socket *shown = rtcio_remote_sockets_at(sockets, 0);
    rtcio_socket *socket =
        shown != NULL ? rtcio_namespace_socket(arrival->nsp, rtcio_remote_socket_id(shown)) : NULL;

    (void)status;
    if (shown != NULL)
        rtcio__admin_emit(rtcio_op(arrival->admin->nsp), "socket_connected",
                          json_pack("[o, o]", rtcio__admin_socket(arrival->nsp, shown),
                                    rtcio__admin_timestamp()));
    if (socket != NULL) {
        note_transport(socket, arrival->transport);
        /* The snapshot was made when it connected. */
        if (strcmp(rtcio_socket_json(socket).data, rtcio_remote_socket_json(shown)) != 0)
            tell_data(arrival->admin, socket);
    }
    free(arrival);
}

static void on_connection(rtcio_socket *socket, const rtcio_event *ev, void *user)
{
    struct arrival *arrival = malloc(sizeof *arrival);

    (void)ev;
    note_transport(socket, NULL); /* one that is recovered has an old one */
    mark(user, socket);
    if (arrival == NULL)
        return;
    *arrival =
        (struct arrival){user, rtcio_socket_namespace(socket), rtcio_socket_transport(socket)};
    rtcio_operator self = rtcio_local(rtcio_in(arrival->nsp, rtcio_socket_id(socket)));
    if (rtcio_fetch_sockets(self, arrived, arrival) != 0)
        free(arrival);
}

static void on_disconnect(rtcio_socket *socket, const rtcio_event *ev, void *user)
{
    const rtcio_admin *admin = user;

    rtcio__admin_emit(rtcio_op(admin->nsp), "socket_disconnected",
                      json_pack("[s, s, s, o]", nsp_name(socket), rtcio_socket_id(socket),
                                rtcio_event_reason(ev), rtcio__admin_timestamp()));
}

static void on_room(const rtcio_room_event *event, void *user)
{
    const rtcio_admin *admin = user;

    if (event->socket == NULL)
        return;
    rtcio__admin_emit(rtcio_op(admin->nsp),
                      event->change == RTCIO_ROOM_JOINED ? "room_joined" : "room_left",
                      json_pack("[s, s, s, o]", rtcio_namespace_name(event->nsp), event->room,
                                rtcio_socket_id(event->socket), rtcio__admin_timestamp()));
}

static void tell_event(const rtcio_admin *admin, const char *what, rtcio_socket *socket,
                       const rtcio_event *ev)
{
    json_t *args = json_pack("[s]", rtcio_event_name(ev));

    json_array_extend(args, rtcio_event_json(ev));
    rtcio__admin_emit(rtcio_op(admin->nsp), what,
                      json_pack("[s, s, o, o]", nsp_name(socket), rtcio_socket_id(socket), args,
                                rtcio__admin_timestamp()));
}

static void on_received(rtcio_socket *socket, const rtcio_event *ev, void *user)
{
    tell_event(user, "event_received", socket, ev);
}

static void on_sent(rtcio_socket *socket, const rtcio_event *ev, void *user)
{
    tell_event(user, "event_sent", socket, ev);
}

int rtcio__admin_watch(rtcio_admin *admin, rtcio_namespace *nsp)
{
    int error = rtcio_on_connection(nsp, on_connection, admin);

    if (error == 0)
        error = rtcio_on_disconnect(nsp, on_disconnect, admin);
    if (error == 0)
        error = rtcio_on_room_event(nsp, on_room, admin);
    if (error == 0)
        error = rtcio_on_socket_json(nsp, on_json, admin);
    /* "not for the admin namespace itself" (spec 10) */
    if (error == 0 && nsp != admin->nsp)
        error = rtcio_on_any(nsp, on_received, admin);
    if (error == 0 && nsp != admin->nsp)
        error = rtcio_on_any_outgoing(nsp, on_sent, admin);
    return error;
}

static bool tell_upgrade(rtcio_socket *socket, void *user)
{
    rtcio_admin *admin = user;
    const char *known = rtcio_socket_data(socket, &transport_slot);
    const char *now = rtcio_socket_transport(socket);

    if (known == NULL || strcmp(known, now) == 0)
        return true;
    note_transport(socket, now);
    mark(admin, socket);
    rtcio__admin_emit(rtcio_op(admin->nsp), "socket_updated",
                      json_pack("[{s:s, s:s, s:s}]", "id", rtcio_socket_id(socket), "nsp",
                                nsp_name(socket), "transport", now));
    return true;
}

static void tell_upgrades_of(rtcio_namespace *nsp, void *user)
{
    rtcio_namespace_each(nsp, tell_upgrade, user);
}

void rtcio__admin_tell_upgrades(rtcio_admin *admin)
{
    rtcio_server_each_namespace(admin->server, tell_upgrades_of, admin);
}
