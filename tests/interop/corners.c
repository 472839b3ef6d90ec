/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */

/* Commands of the interop test server for the corners of the API: several emits in one callback,
 * lists of rooms, the value of an operator, names that may not be emitted, names of namespaces. */

#include <stdlib.h>
#include <string.h>

#include "server.h"

static const char bytes[] = {1, 2, 3};

/* Emits {from, to, except, broadcast, volatile, event, args}; with `binary` three bytes are the
 * last argument. */
static void emit_spec(rtcio_socket *socket, const json_t *spec)
{
    bool binary = json_is_true(json_object_get(spec, "binary"));
    json_t *args = json_deep_copy(json_object_get(spec, "args"));
    if (binary)
        json_array_append_new(args, json_pack("{s:b, s:i}", "_placeholder", 1, "num", 0));
    char *text = json_dumps(args, JSON_COMPACT);
    if (!text)
        abort();
    rtcio_slice list = {text + 1, strlen(text) - 2}, blob = {bytes, sizeof(bytes)};
    rtcio_emit_message(emits_target(socket, spec),
                       &((rtcio_message){.event = json_string_value(json_object_get(spec, "event")),
                                         .args = &list,
                                         .n_args = list.len > 0,
                                         .attachments = &blob,
                                         .n_attachments = binary}));
    free(text);
    json_decref(args);
}

static void on_burst(rtcio_socket *socket, const rtcio_event *ev, void *user)
{
    (void)user;
    size_t i;
    json_t *spec;
    json_array_foreach(json_array_get(rtcio_event_json(ev), 0), i, spec)
    {
        emit_spec(socket, spec);
    }
    rtcio_reply(ev, NULL);
}

/* To a list of rooms, which may be empty. */
static void on_say_list(rtcio_socket *socket, const rtcio_event *ev, void *user)
{
    (void)user;
    const char *rooms[8];
    const json_t *list = json_array_get(rtcio_event_json(ev), 0);
    size_t n = json_array_size(list) < 8 ? json_array_size(list) : 8;
    for (size_t i = 0; i < n; i++)
        rooms[i] = json_string_value(json_array_get(list, i));
    rtcio_emit(rtcio_to_list(rtcio_socket_namespace(socket), rooms, n), "listed", NULL);
    rtcio_reply(ev, NULL);
}

/* Operators made from another one leave that one as it was. */
static void on_branch(rtcio_socket *socket, const rtcio_event *ev, void *user)
{
    (void)user;
    const char *a, *b;
    if (rtcio_event_unpack(ev, "s s", &a, &b) != 0)
        return;
    rtcio_operator base = rtcio_to(rtcio_socket_namespace(socket), a);
    rtcio_emit(rtcio_to(base, b), "both", NULL);
    rtcio_emit(rtcio_except(base, b), "only", NULL);
    rtcio_emit(base, "base", NULL);
    rtcio_reply(ev, NULL);
}

static void on_may_emit(rtcio_socket *socket, const rtcio_event *ev, void *user)
{
    (void)user;
    const char *event;
    if (rtcio_event_unpack(ev, "s", &event) == 0)
        rtcio_reply(ev, "[b, b]", rtcio_emit(socket, event, NULL) >= 0,
                    rtcio_emit(rtcio_socket_namespace(socket), event, NULL) >= 0);
}

static void on_name_of(rtcio_socket *socket, const rtcio_event *ev, void *user)
{
    (void)user;
    const char *name;
    if (rtcio_event_unpack(ev, "s", &name) == 0)
        rtcio_reply(ev, "s", rtcio_namespace_name(rtcio_of(rtcio_socket_server(socket), name)));
}

static void on_within(int status, const rtcio_responses *responses, void *ack)
{
    const rtcio_event *answer = rtcio_responses_at(responses, 0);
    json_t *value = answer ? json_array_get(rtcio_event_json(answer), 0) : NULL;
    rtcio_ack_reply(ack, "[s, O?]", status == RTCIO_E_TIMEOUT ? "timeout" : "ok", value);
}

/* Asks within a time, which may be 0; the answer goes back as [status, value]. */
static void on_ask_within(rtcio_socket *socket, const rtcio_event *ev, void *user)
{
    (void)user;
    const char *event;
    int ms;
    if (rtcio_event_unpack(ev, "s i", &event, &ms) != 0)
        return;
    rtcio_ack *ack = rtcio_event_take_ack(ev);
    if (rtcio_emit_with_ack(rtcio_timeout(socket, (uint32_t)ms), event, on_within, ack, NULL) < 0)
        rtcio_ack_discard(ack);
}

/* A server that never listened can be closed, and has nothing left to do then. */
static void on_close_unheard(rtcio_socket *socket, const rtcio_event *ev, void *user)
{
    (void)socket, (void)user;
    rtcio_server_options opt;
    rtcio_server_options_init(&opt);
    rtcio_server *other = rtcio_server_create(&opt);
    int turns = 0;
    rtcio_server_close(other);
    while (turns < 10 && rtcio_server_turn(other))
        turns++;
    rtcio_server_destroy(other);
    rtcio_reply(ev, "b", turns < 10);
}

void corners_install(rtcio_namespace *nsp)
{
    rtcio_on(nsp, "burst", on_burst, NULL);
    rtcio_on(nsp, "say-list", on_say_list, NULL);
    rtcio_on(nsp, "branch", on_branch, NULL);
    rtcio_on(nsp, "may-emit", on_may_emit, NULL);
    rtcio_on(nsp, "ask-within", on_ask_within, NULL);
    rtcio_on(nsp, "close-unheard", on_close_unheard, NULL);
    rtcio_on(nsp, "name-of", on_name_of, NULL);
}
