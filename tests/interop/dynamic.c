/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */

/* Namespaces that come and go: /dynamic-N by a pattern, /match-… by a function that looks at
 * auth.mode. Rooms of both are logged; the event `tool:rooms` reads and empties the log. */

#include <stdlib.h>
#include <string.h>

#include "server.h"

/* By worker. */
static json_t *rooms_logs[RTCIO_WORKERS_MAX];
static rtcio_namespace *patterns[RTCIO_WORKERS_MAX];

static json_t *log_of(rtcio_server *server)
{
    return rooms_logs[rtcio_server_worker(server)];
}

static const char *const changes[] = {"create-room", "join-room", "leave-room", "delete-room"};

static void on_room(const rtcio_room_event *event, void *user)
{
    (void)user;
    json_t *line = json_pack("[s, s]", changes[event->change], event->room);
    if (event->socket)
        json_array_append_new(line, json_string(rtcio_socket_id(event->socket)));
    json_array_append_new(log_of(rtcio_namespace_server(event->nsp)), line);
}

static void on_rooms(rtcio_socket *socket, const rtcio_event *ev, void *user)
{
    (void)user;
    json_t *log = log_of(rtcio_socket_server(socket));
    rtcio_reply(ev, "O", log);
    json_array_clear(log);
}

static void note_namespace(rtcio_namespace *nsp, void *user)
{
    (void)user;
    note(json_pack("{s:s, s:s}", "note", "namespace", "name", rtcio_namespace_name(nsp)));
}

static void add_name(rtcio_namespace *nsp, void *list)
{
    json_array_append_new(list, json_string(rtcio_namespace_name(nsp)));
}

static void on_namespaces(rtcio_socket *socket, const rtcio_event *ev, void *user)
{
    (void)user;
    json_t *list = json_array();
    rtcio_server_each_namespace(rtcio_socket_server(socket), add_name, list);
    rtcio_reply(ev, "O", list);
    json_decref(list);
}

static bool add_room(const char *room, void *list)
{
    json_array_append_new(list, json_string(room));
    return true;
}

static void on_all_rooms(rtcio_socket *socket, const rtcio_event *ev, void *user)
{
    (void)user;
    json_t *list = json_array();
    rtcio_namespace_each_room(rtcio_socket_namespace(socket), add_room, list);
    rtcio_reply(ev, "O", list);
    json_decref(list);
}

static bool add_id(rtcio_socket *socket, void *list)
{
    json_array_append_new(list, json_string(rtcio_socket_id(socket)));
    return true;
}

/* The sockets of some rooms, each once; and an option, as the server tells it. */
static void on_visit(rtcio_socket *socket, const rtcio_event *ev, void *user)
{
    (void)user;
    const char *a, *b;
    if (rtcio_event_unpack(ev, "s s", &a, &b) != 0)
        return;
    json_t *list = json_array();
    rtcio_each_socket(rtcio_in(rtcio_in(rtcio_socket_namespace(socket), a), b), add_id, list);
    rtcio_reply(ev, "O s", list, rtcio_server_get_options(rtcio_socket_server(socket))->path);
    json_decref(list);
}

/* Emits to all children of the pattern, or to a room of theirs. */
static void on_emit(rtcio_socket *socket, const rtcio_event *ev, void *user)
{
    (void)user;
    rtcio_namespace *by_pattern = patterns[rtcio_server_worker(rtcio_socket_server(socket))];
    const char *room;
    if (rtcio_event_unpack(ev, "s", &room) == 0)
        rtcio_emit(rtcio_to(by_pattern, room), "to children", "s", room);
    else
        rtcio_emit(by_pattern, "to children", NULL);
    rtcio_reply(ev, NULL);
}

static void on_of(rtcio_socket *socket, const rtcio_event *ev, void *user)
{
    (void)user;
    const char *name;
    if (rtcio_event_unpack(ev, "s", &name) == 0)
        rtcio_of(rtcio_socket_server(socket), name);
    rtcio_reply(ev, NULL);
}

static void refuse_some(rtcio_socket *socket, rtcio_next *next, void *user)
{
    (void)user;
    int refuse = 0;
    rtcio_handshake_auth_unpack(socket, "{s?b}", "refuse", &refuse);
    if (refuse)
        rtcio_next_refuse(next, "not here", NULL);
    else
        rtcio_next_accept(next);
}

static void accept_later(void *match)
{
    rtcio_match_answer(match, true);
}

static void refuse_later(void *match)
{
    rtcio_match_answer(match, false);
}

static void match(const char *name, rtcio_slice auth, rtcio_match *match, void *user)
{
    (void)user;
    json_t *tree = json_loadb(auth.data, auth.len, 0, NULL);
    const char *mode = json_string_value(json_object_get(tree, "mode"));
    if (strncmp(name, "/match-", 7) != 0 || !mode)
        rtcio_match_answer(match, false);
    else if (strcmp(mode, "later") == 0)
        timer_start(10, accept_later, match);
    else if (strcmp(mode, "refuse-later") == 0)
        timer_start(10, refuse_later, match);
    else
        rtcio_match_answer(match, strcmp(mode, "allow") == 0);
    json_decref(tree);
}

/* Its client hears what the JSON is now. */
static void on_json(rtcio_socket *socket, void *user)
{
    (void)user;
    rtcio_slice json = rtcio_socket_json(socket);
    const rtcio_message message = {.event = "json-is", .args = &json, .n_args = 1};
    rtcio_emit_message(socket, &message);
}

void dynamic_install(rtcio_server *server)
{
    unsigned worker = rtcio_server_worker(server);
    rtcio_namespace *by_pattern = rtcio_of_pattern(server, "^/dynamic-[0-9]+$");
    rooms_logs[worker] = json_array();
    patterns[worker] = by_pattern;
    rtcio_namespace *parents[] = {by_pattern, rtcio_of_match(server, match, NULL)};
    for (size_t i = 0; i < 2; i++) {
        rtcio_use(parents[i], refuse_some, NULL);
        commands_install(parents[i]);
        emits_install(parents[i]);
        rtcio_on_room_event(parents[i], on_room, NULL);
        json_install(parents[i]);
        rtcio_on_socket_json(parents[i], on_json, NULL);
        rtcio_on(parents[i], "tool:all-rooms", on_all_rooms, NULL);
        rtcio_on(parents[i], "tool:visit", on_visit, NULL);
    }
    rtcio_on(rtcio_of(server, "/"), "tool:rooms", on_rooms, NULL);
    rtcio_on(rtcio_of(server, "/"), "tool:namespaces", on_namespaces, NULL);
    rtcio_on(rtcio_of(server, "/"), "tool:emit-to-children", on_emit, NULL);
    rtcio_on(rtcio_of(server, "/"), "tool:of", on_of, NULL);
    rtcio_on_namespace(server, note_namespace, NULL);
}

void dynamic_finish(void)
{
    for (size_t i = 0; i < RTCIO_WORKERS_MAX; i++)
        json_decref(rooms_logs[i]);
}
