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
static void mark(rtcio_socket *socket)
{
    const char *transport = rtcio_socket_transport(socket);
    rtcio_slice json = rtcio_socket_json(socket);
    json_t *data = json_loadb(json.data, json.len, 0, NULL);
    char client_id[RTCIO_CLIENT_ID_SIZE];

    rtcio_socket_client_id(socket, client_id);
    if (data == NULL)
        data = json_object();
    json_object_set_new(data, "_admin",
                        json_pack("{s:s, s:s}", "clientId", client_id, "transport", transport));
    char *text = json_dumps(data, JSON_COMPACT);
    if (text != NULL)
        rtcio_socket_set_json(socket, (rtcio_slice){text, strlen(text)});
    free(text);
    json_decref(data);
    rtcio_socket_set_data(socket, &transport_slot, (void *)(uintptr_t)transport, NULL);
}

struct arrival {
    rtcio_admin *admin;
    rtcio_namespace *nsp;
};

static void arrived(int status, const rtcio_remote_sockets *sockets, void *user)
{
    struct arrival *arrival = user;
    const rtcio_remote_socket *socket = rtcio_remote_sockets_at(sockets, 0);

    (void)status;
    if (socket != NULL)
        rtcio__admin_emit(rtcio_op(arrival->admin->nsp), "socket_connected",
                          json_pack("[o, o]", rtcio__admin_socket(arrival->nsp, socket),
                                    rtcio__admin_timestamp()));
    free(arrival);
}

static void on_connection(rtcio_socket *socket, const rtcio_event *ev, void *user)
{
    struct arrival *arrival = malloc(sizeof *arrival);

    (void)ev;
    mark(socket);
    if (arrival == NULL)
        return;
    *arrival = (struct arrival){user, rtcio_socket_namespace(socket)};
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
    /* "not for the admin namespace itself" (spec 10) */
    if (error == 0 && nsp != admin->nsp)
        error = rtcio_on_any(nsp, on_received, admin);
    if (error == 0 && nsp != admin->nsp)
        error = rtcio_on_any_outgoing(nsp, on_sent, admin);
    return error;
}

static bool tell_upgrade(rtcio_socket *socket, void *user)
{
    const rtcio_admin *admin = user;
    const char *known = rtcio_socket_data(socket, &transport_slot);
    const char *now = rtcio_socket_transport(socket);

    if (known == NULL || strcmp(known, now) == 0)
        return true;
    mark(socket);
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
