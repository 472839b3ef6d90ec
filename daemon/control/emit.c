/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */

/* Emits: to a socket, to a room, to everybody. To a socket its own worker emits: whoever has joined
 * a room with the name of its id gets nothing. Of the others each worker says how many there are,
 * then who was asked emits to all. */

#include "gather.h"

#include <stdlib.h>
#include <string.h>

struct emit {
    char room[RTCIO__CALL_ARG_SIZE]; /* "": everybody */
    char socket[RTCIO__CALL_ARG_SIZE];
    char *event;
    char *args; /* JSON without the brackets */
};

static void free_emit(void *question)
{
    struct emit *emit = question;

    free(emit->event);
    free(emit->args);
}

struct part {
    size_t n;
    int result; /* of the emit to the socket */
};

static int send_it(rtcio_operator to, const struct emit *emit)
{
    rtcio_slice args = {emit->args, strlen(emit->args)};

    return rtcio_emit_message(
        to, &((rtcio_message){.event = emit->event, .args = &args, .n_args = args.len > 0}));
}

static void visit(rtcio__control_worker *worker, const void *question, void *user)
{
    const struct emit *emit = question;
    struct part *part = user;

    if (emit->socket[0] != '\0') {
        rtcio_socket *socket = rtcio_namespace_socket(worker->nsp, emit->socket);
        part->n = socket != NULL;
        if (socket != NULL)
            part->result = send_it(rtcio_op(socket), emit);
        return;
    }
    part->n = emit->room[0] != '\0' ? rtcio_room_size(worker->nsp, emit->room)
                                    : rtcio_namespace_size(worker->nsp);
}

static void done(rtcio__control_worker *worker, const rtcio__gather *gather,
                 rtcio_http_request *request)
{
    const struct emit *emit = rtcio__gather_question(gather);
    size_t n = 0;
    int rc = 0;

    for (unsigned i = 0; i < rtcio__gather_count(gather); i++) {
        const struct part *part = rtcio__gather_part(gather, i);
        n += part->n;
        rc = part->result != 0 ? part->result : rc;
    }
    if (n == 0 && emit->socket[0] != '\0') {
        rtcio__answer_error(request, 404, "no_such_socket", "no socket has this id");
        return;
    }
    if (n == 0 && emit->room[0] != '\0') {
        rtcio__answer_error(request, 404, "no_such_room", "nobody is in this room");
        return;
    }
    if (emit->room[0] != '\0')
        rc = send_it(rtcio_rooms_only(rtcio_to(worker->nsp, emit->room)), emit);
    else if (emit->socket[0] == '\0')
        rc = send_it(rtcio_op(worker->nsp), emit);
    if (rc >= 0)
        rtcio__answer(request, 200, json_pack("{s:I}", "receivers", (json_int_t)n));
    else if (rc == RTCIO_E_RESERVED)
        rtcio__answer_error(request, 400, "reserved_event",
                            "\"%.60s\" is an event of the protocol itself", emit->event);
    else
        rtcio__answer_error(request, 503, "not_sent", "not sent: %s", rtcio_strerror(rc));
}

/* The event and its arguments out of the body. False: answered. */
static bool read_body(rtcio__call *call, struct emit *emit)
{
    static const char *const names[] = {"event", "args", NULL};
    const json_t *event = json_object_get(call->body, "event"),
                 *args = json_object_get(call->body, "args");

    if (!rtcio__call_only(call, names))
        return false;
    if (json_string_length(event) == 0 ||
        strlen(json_string_value(event)) != json_string_length(event) ||
        (args != NULL && !json_is_array(args))) {
        rtcio__answer_error(call->request, 400, "bad_body",
                            "the body has to be {\"event\":\"NAME\",\"args\":[…]}");
        return false;
    }
    char *text = args != NULL ? json_dumps(args, JSON_COMPACT) : strdup("[]");
    size_t len = text != NULL ? strlen(text) : 0;
    emit->event = strdup(json_string_value(event));
    emit->args = text != NULL ? strndup(text + 1, len - 2) : NULL;
    free(text);
    if (emit->event != NULL && emit->args != NULL)
        return true;
    free_emit(emit);
    rtcio__answer(call->request, 503, NULL);
    return false;
}

static void start(rtcio__call *call, const char *room, const char *socket)
{
    static const rtcio__gather_plan plan = {visit, done, NULL, free_emit, sizeof(struct part)};
    struct emit emit = {{0}, {0}, NULL, NULL};

    if (!read_body(call, &emit))
        return;
    memcpy(emit.room, room, strlen(room) + 1);
    memcpy(emit.socket, socket, strlen(socket) + 1);
    rtcio__gather_start(call, &plan, &emit, sizeof emit);
}

void rtcio__control_emit_to_room(rtcio__call *call)
{
    start(call, call->arg[0], "");
}

void rtcio__control_emit_to_socket(rtcio__call *call)
{
    start(call, "", call->arg[0]);
}

void rtcio__control_emit(rtcio__call *call)
{
    start(call, "", "");
}
