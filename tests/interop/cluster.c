/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */

/* What reaches all workers besides emits: sockets as snapshots, and events between programs. */

#include <stdlib.h>
#include <string.h>

#include "server.h"

static json_t *parsed(const char *text)
{
    return json_loads(text, 0, NULL);
}

/* [{id, rooms, handshake, data}, …] to who asked. */
static void on_fetched(int status, const rtcio_remote_sockets *sockets, void *ack)
{
    json_t *list = json_array();
    for (size_t i = 0; i < rtcio_remote_sockets_count(sockets); i++) {
        const rtcio_remote_socket *socket = rtcio_remote_sockets_at(sockets, i);
        json_t *rooms = json_array();
        for (size_t k = 0; k < rtcio_remote_socket_room_count(socket); k++)
            json_array_append_new(rooms, json_string(rtcio_remote_socket_room(socket, k)));
        json_array_append_new(
            list, json_pack("{s:s, s:o, s:o, s:o}", "id", rtcio_remote_socket_id(socket), "rooms",
                            rooms, "handshake", parsed(rtcio_remote_socket_handshake(socket)),
                            "data", parsed(rtcio_remote_socket_json(socket))));
    }
    rtcio_ack_reply(ack, "i O", status, list);
    json_decref(list);
}

/* `tool:fetch` room, or nothing for all. */
static void on_fetch(rtcio_socket *socket, const rtcio_event *ev, void *user)
{
    (void)user;
    const char *room;
    rtcio_operator op = rtcio_op(rtcio_socket_namespace(socket));
    if (rtcio_event_unpack(ev, "s", &room) == 0)
        op = rtcio_in(op, room);
    rtcio_ack *ack = rtcio_event_take_ack(ev);
    if (ack && rtcio_fetch_sockets(op, on_fetched, ack) != 0)
        rtcio_ack_discard(ack);
}

static void on_set_json(rtcio_socket *socket, const rtcio_event *ev, void *user)
{
    (void)user;
    rtcio_reply(ev, "i", rtcio_socket_set_json(socket, rtcio_event_arg(ev, 0)));
}

static void on_answers(int status, const rtcio_responses *responses, void *ack)
{
    json_t *list = json_array();
    for (size_t i = 0; i < rtcio_responses_count(responses); i++) {
        int worker, value;
        if (rtcio_event_unpack(rtcio_responses_at(responses, i), "i i", &worker, &value) == 0)
            json_array_append_new(list, json_pack("[i, i]", worker, value));
    }
    rtcio_ack_reply(ack, "i O", status, list);
    json_decref(list);
}

/* `tool:ask-programs` value: the other programs answer [worker, value + 1]. */
static void on_ask_programs(rtcio_socket *socket, const rtcio_event *ev, void *user)
{
    (void)user;
    int value = 0;
    rtcio_event_unpack(ev, "i", &value);
    rtcio_ack *ack = rtcio_event_take_ack(ev);
    if (ack && rtcio_server_side_emit_with_ack(rtcio_socket_namespace(socket), "add-one",
                                               on_answers, ack, "i", value) != 0)
        rtcio_ack_discard(ack);
}

static void answer_later(void *ack)
{
    rtcio_ack_reply(ack, "i i", (int)rtcio_server_worker(here), -1);
}

static void on_add_one(rtcio_namespace *nsp, const rtcio_event *ev, void *user)
{
    (void)user;
    int value;
    if (rtcio_event_unpack(ev, "i", &value) != 0)
        return;
    if (value < 0) { /* takes its time */
        timer_start(10, answer_later, rtcio_event_take_ack(ev));
        return;
    }
    rtcio_reply(ev, "i i", (int)rtcio_server_worker(rtcio_namespace_server(nsp)), value + 1);
}

/* `tool:tell-programs` text: the others' programs emit `told` with it to their own clients. */
static void on_tell_programs(rtcio_socket *socket, const rtcio_event *ev, void *user)
{
    (void)user;
    const char *text;
    if (rtcio_event_unpack(ev, "s", &text) == 0)
        rtcio_server_side_emit(rtcio_socket_namespace(socket), "tell", "s", text);
    rtcio_reply(ev, NULL);
}

static void on_tell(rtcio_namespace *nsp, const rtcio_event *ev, void *user)
{
    (void)user;
    const char *text;
    if (rtcio_event_unpack(ev, "s", &text) == 0)
        rtcio_emit(rtcio_local(nsp), "told", "s", text);
}

void json_install(rtcio_namespace *nsp)
{
    rtcio_on(nsp, "tool:set-json", on_set_json, NULL);
}

void cluster_install(rtcio_namespace *nsp)
{
    json_install(nsp);
    rtcio_on(nsp, "tool:fetch", on_fetch, NULL);
    rtcio_on(nsp, "tool:ask-programs", on_ask_programs, NULL);
    rtcio_on(nsp, "tool:tell-programs", on_tell_programs, NULL);
    rtcio_on_server_event(nsp, "add-one", on_add_one, NULL);
    rtcio_on_server_event(nsp, "tell", on_tell, NULL);
}
