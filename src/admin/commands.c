/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */

/* What the UI wants done: emit, join, leave, disconnect, for a namespace or for one room or socket
 * of it. What is malformed is ignored. */

#include "admin/internal.h"

#include <string.h>

struct search {
    const char *name;
    rtcio_namespace *found;
};

static void compare(rtcio_namespace *nsp, void *user)
{
    struct search *search = user;

    if (strcmp(rtcio_namespace_name(nsp), search->name) == 0)
        search->found = nsp;
}

/* The namespace of argument 0 and the filter of argument `filter`. The filter borrows from `ev`.
 * False: there is no such namespace (none is made: a mistyped name should not stay). */
static bool target(const rtcio_admin *admin, const rtcio_event *ev, size_t filter,
                   rtcio_operator *out)
{
    const json_t *args = rtcio_event_json(ev);
    const char *room = json_string_value(json_array_get(args, filter));
    struct search search = {json_string_value(json_array_get(args, 0)), NULL};

    if (search.name == NULL)
        return false;
    rtcio_server_each_namespace(admin->server, compare, &search);
    *out = rtcio_op(search.found);
    if (room != NULL)
        *out = rtcio_in(*out, room);
    return search.found != NULL;
}

static void on_emit(rtcio_socket *socket, const rtcio_event *ev, void *user)
{
    const char *event = json_string_value(json_array_get(rtcio_event_json(ev), 2));
    rtcio_slice all = rtcio_event_args(ev), args = rtcio_event_arg(ev, 3), blobs[10];
    size_t n = rtcio_event_attachments(ev);
    rtcio_operator to;

    (void)socket;
    if (event == NULL || n > 10 || !target(user, ev, 1, &to))
        return;
    if (args.data != NULL)
        args.len = (size_t)(all.data + all.len - args.data); /* and all behind it */
    for (size_t i = 0; i < n; i++)
        blobs[i] = rtcio_event_attachment(ev, i);
    rtcio_emit_message(
        to,
        &((rtcio_message){
            .event = event, .args = &args, .n_args = 1, .attachments = blobs, .n_attachments = n}));
}

static void move(const rtcio_admin *admin, const rtcio_event *ev, bool join)
{
    const char *room = json_string_value(json_array_get(rtcio_event_json(ev), 1));
    rtcio_operator to;

    if (room == NULL || !target(admin, ev, 2, &to))
        return;
    if (join)
        rtcio_sockets_join(to, room);
    else
        rtcio_sockets_leave(to, room);
}

static void on_join(rtcio_socket *socket, const rtcio_event *ev, void *user)
{
    (void)socket;
    move(user, ev, true);
}

static void on_leave(rtcio_socket *socket, const rtcio_event *ev, void *user)
{
    (void)socket;
    move(user, ev, false);
}

static void on_disconnect(rtcio_socket *socket, const rtcio_event *ev, void *user)
{
    bool close = json_is_true(json_array_get(rtcio_event_json(ev), 1));
    rtcio_operator to;

    (void)socket;
    if (target(user, ev, 2, &to))
        rtcio_disconnect_sockets(to, close);
}

int rtcio__admin_commands(rtcio_admin *admin)
{
    int error = rtcio_on(admin->nsp, "emit", on_emit, admin);

    if (error == 0)
        error = rtcio_on(admin->nsp, "join", on_join, admin);
    if (error == 0)
        error = rtcio_on(admin->nsp, "leave", on_leave, admin);
    if (error == 0)
        error = rtcio_on(admin->nsp, "_disconnect", on_disconnect, admin);
    return error;
}
