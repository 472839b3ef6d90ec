/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */

/* The namespace /api: the server's own tools around events. Every callback writes into the log of
 * its socket, which the event `log` reads and empties. */

#include <stdlib.h>
#include <string.h>

#include "server.h"

static const char log_slot; /* its address names the slot */

static void free_log(void *log)
{
    json_decref(log);
}

static json_t *log_of(rtcio_socket *socket)
{
    json_t *log = rtcio_socket_data(socket, &log_slot);
    if (!log) {
        log = json_array();
        rtcio_socket_set_data(socket, &log_slot, log, free_log);
    }
    return log;
}

/* The tools of the test are not part of what it looks at. */
static bool is_tool(const char *event)
{
    return strncmp(event, "tool:", 5) == 0;
}

static void write_log(rtcio_socket *socket, const char *what, const rtcio_event *ev)
{
    json_t *line = json_pack("[s, s]", what, rtcio_event_name(ev));
    json_array_extend(line, rtcio_event_json(ev));
    json_array_append_new(log_of(socket), line);
}

/* `user` is the word for the log. */
static void on_logged(rtcio_socket *socket, const rtcio_event *ev, void *user)
{
    if (is_tool(rtcio_event_name(ev)))
        return;
    write_log(socket, user, ev);
    rtcio_reply(ev, "s", (const char *)user);
}

static void on_watched(rtcio_socket *socket, const rtcio_event *ev, void *user)
{
    if (!is_tool(rtcio_event_name(ev)))
        write_log(socket, user, ev);
}

static void on_error(rtcio_socket *socket, const rtcio_event *ev, void *user)
{
    (void)user;
    json_array_append_new(log_of(socket), json_pack("[s, s]", "error", rtcio_event_reason(ev)));
}

static void on_log(rtcio_socket *socket, const rtcio_event *ev, void *user)
{
    (void)user;
    json_t *log = log_of(socket);
    rtcio_reply(ev, "O", log);
    json_array_clear(log);
}

/* --- event middleware ------------------------------------------------------------------------- */

static void decide(rtcio_event_next *next)
{
    const char *event = rtcio_event_name(rtcio_event_next_event(next));
    if (strcmp(event, "refuse") == 0 || strcmp(event, "refuse-later") == 0) {
        rtcio_event_next_refuse(next, "not this one");
        return;
    }
    if (strcmp(event, "rewrite") == 0 || strcmp(event, "rewrite-later") == 0)
        rtcio_event_next_rewrite(next, "rewritten", "s i", "new", 2);
    rtcio_event_next_accept(next);
}

static void decide_later(void *next)
{
    if (rtcio_event_next_event(next) != NULL)
        decide(next);
}

static void middleware(rtcio_socket *socket, const rtcio_event *ev, rtcio_event_next *next,
                       void *user)
{
    const char *event = rtcio_event_name(ev);
    if (is_tool(event)) {
        rtcio_event_next_accept(next);
        return;
    }
    write_log(socket, user, ev);
    if (strcmp(user, "first") == 0 && strstr(event, "-later"))
        timer_start(10, decide_later, next);
    else if (strcmp(user, "first") == 0)
        decide(next);
    else
        rtcio_event_next_accept(next);
}

/* --- listeners that come and go --------------------------------------------------------------- */

static void on_listen(rtcio_socket *socket, const rtcio_event *ev, void *user)
{
    (void)user;
    const char *how, *event;
    if (rtcio_event_unpack(ev, "s s", &how, &event) != 0)
        return;
    if (strcmp(how, "on") == 0)
        rtcio_socket_on(socket, event, on_logged, "listener");
    else if (strcmp(how, "once") == 0)
        rtcio_socket_once(socket, event, on_logged, "listener");
    else
        rtcio_socket_off(socket, event, on_logged, "listener");
    rtcio_reply(ev, NULL);
}

static void on_any(rtcio_socket *socket, const rtcio_event *ev, void *user)
{
    (void)user;
    rtcio_namespace *nsp = rtcio_socket_namespace(socket);
    const char *how;
    if (rtcio_event_unpack(ev, "s", &how) != 0)
        return;
    if (strcmp(how, "add") == 0) {
        rtcio_on_any(nsp, on_watched, "any");
        rtcio_prepend_any(nsp, on_watched, "any before");
        rtcio_on_any_outgoing(nsp, on_watched, "outgoing");
        rtcio_prepend_any_outgoing(nsp, on_watched, "outgoing before");
    } else {
        rtcio_off_any(nsp, on_watched, "any");
        rtcio_off_any(nsp, on_watched, "any before");
        rtcio_off_any_outgoing(nsp, on_watched, "outgoing");
        rtcio_off_any_outgoing(nsp, on_watched, "outgoing before");
    }
    rtcio_reply(ev, NULL);
}

static void on_send(rtcio_socket *socket, const rtcio_event *ev, void *user)
{
    (void)user;
    rtcio_send(socket, "s", "sent");
    rtcio_write(socket, "s", "written");
    rtcio_send(rtcio_socket_namespace(socket), "s", "to all");
    rtcio_reply(ev, NULL);
}

static void on_binary(rtcio_socket *socket, const rtcio_event *ev, void *user)
{
    (void)user;
    rtcio_slice args = {"{\"_placeholder\":true,\"num\":0}", 29};
    rtcio_slice blob = {"\1\2", 2};
    rtcio_emit_message(
        rtcio_socket_namespace(socket),
        &((rtcio_message){
            .event = "bin", .args = &args, .n_args = 1, .attachments = &blob, .n_attachments = 1}));
    rtcio_reply(ev, NULL);
}

static void add_third(rtcio_socket *socket, const rtcio_event *ev, void *user)
{
    write_log(socket, user, ev);
    rtcio_off(rtcio_socket_namespace(socket), "changing", on_logged, "second");
    rtcio_on(rtcio_socket_namespace(socket), "changing", on_logged, "third");
}

void api_install(rtcio_namespace *nsp)
{
    rtcio_use_event(nsp, middleware, "first");
    rtcio_use_event(nsp, middleware, "second");
    rtcio_on_error(nsp, on_error, NULL);
    rtcio_on(nsp, "tool:log", on_log, NULL);
    rtcio_on(nsp, "tool:listen", on_listen, NULL);
    rtcio_on(nsp, "tool:any", on_any, NULL);
    rtcio_on(nsp, "tool:send", on_send, NULL);
    rtcio_on(nsp, "tool:binary", on_binary, NULL);
    const char *heard[] = {"pass", "refuse", "refuse-later", "rewrite", "pass-later", "rewritten"};
    for (size_t i = 0; i < sizeof(heard) / sizeof(heard[0]); i++)
        rtcio_on(nsp, heard[i], on_logged, "handler");
    rtcio_once(nsp, "once", on_logged, "handler");
    rtcio_once(nsp, "changing", add_third, "first");
    rtcio_on(nsp, "changing", on_logged, "second");
}
