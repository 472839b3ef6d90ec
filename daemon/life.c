/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */

/* Tells the log what happens to clients and rooms. What a client can cause at will (refused
 * requests, dropped messages, broken packets) is told a few times a second, then counted. Never
 * logged: passwords, auth, payloads. */

#include "life.h"

#include <rtcio/workers.h>

#include <time.h>

#define T RTCIO__TEXT_FIELD
#define N RTCIO__NUMBER_FIELD

static int64_t unix_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void on_connection(rtcio_socket *socket, const rtcio_event *ev, void *user)
{
    (void)ev;
    rtcio__life *life = user;
    rtcio__log_line(life->log, RTCIO__LOG_INFO, "client.connect", T("id", rtcio_socket_id(socket)),
                    T("address", rtcio_handshake_address(socket)),
                    T("transport", rtcio_socket_transport(socket)));
    rtcio__webhooks_tell(life->hooks,
                         &(rtcio__webhook){.kind = RTCIO__HOOK_CONNECT, .socket = socket});
}

static void on_disconnect(rtcio_socket *socket, const rtcio_event *ev, void *user)
{
    rtcio__life *life = user;
    rtcio__log_line(life->log, RTCIO__LOG_INFO, "client.disconnect",
                    T("id", rtcio_socket_id(socket)), T("reason", rtcio_event_reason(ev)),
                    N("duration_ms", unix_ms() - rtcio_handshake_issued_ms(socket)));
    rtcio__webhooks_tell(life->hooks, &(rtcio__webhook){.kind = RTCIO__HOOK_DISCONNECT,
                                                        .socket = socket,
                                                        .reason = rtcio_event_reason(ev)});
}

static void on_error(rtcio_socket *socket, const rtcio_event *ev, void *user)
{
    rtcio__life *life = user;
    uint64_t suppressed;
    if (rtcio__log_gate_pass(&life->errors, unix_ms(), &suppressed))
        rtcio__log_line(life->log, RTCIO__LOG_WARN, "client.error",
                        T("id", rtcio_socket_id(socket)), T("reason", rtcio_event_reason(ev)),
                        N("suppressed", suppressed));
}

static void tell_room(const rtcio__life *life, rtcio__webhook_kind kind,
                      const rtcio_signaling_note *note)
{
    rtcio__webhooks_tell(life->hooks, &(rtcio__webhook){.kind = kind,
                                                        .socket = note->socket,
                                                        .room = note->room,
                                                        .members = note->members});
}

static void on_note(const rtcio_signaling_note *note, void *user)
{
    rtcio__life *life = user;
    const char *id = rtcio_socket_id(note->socket);
    uint64_t suppressed;
    switch (note->kind) {
    case RTCIO_SIGNALING_JOINED:
        tell_room(life, RTCIO__HOOK_JOIN, note);
        rtcio__log_line(life->log, RTCIO__LOG_INFO, "room.join", T("id", id), T("room", note->room),
                        N("members", note->members));
        break;
    case RTCIO_SIGNALING_LEFT:
        tell_room(life, RTCIO__HOOK_LEAVE, note);
        rtcio__log_line(life->log, RTCIO__LOG_INFO, "room.leave", T("id", id),
                        T("room", note->room), N("members", note->members));
        break;
    case RTCIO_SIGNALING_REFUSED:
        if (rtcio__log_gate_pass(&life->refusals, unix_ms(), &suppressed))
            rtcio__log_line(life->log, RTCIO__LOG_WARN, "room.refuse", T("id", id),
                            T("room", note->room), T("request", note->event),
                            T("reason", note->reason), N("suppressed", suppressed));
        break;
    case RTCIO_SIGNALING_DROPPED:
        if (rtcio__log_gate_pass(&life->drops, unix_ms(), &suppressed))
            rtcio__log_line(life->log, RTCIO__LOG_WARN, "message.drop", T("id", id),
                            T("message", note->event), T("room", note->room),
                            T("reason", note->reason), N("suppressed", suppressed));
        break;
    }
}

static void on_refused(const rtcio_refusal *refusal, void *user)
{
    rtcio__life *life = user;
    uint64_t suppressed;
    __atomic_add_fetch(&life->refused[refusal->code], 1, __ATOMIC_RELAXED);
    /* An id that is unknown here may be known to another server. */
    const char *asked = refusal->code == RTCIO_REFUSED_UNKNOWN_SID ? "" : refusal->asked;
    if (rtcio__log_gate_pass(&life->requests, unix_ms(), &suppressed))
        rtcio__log_line(life->log, RTCIO__LOG_WARN, "request.refuse", N("code", refusal->code),
                        T("reason", refusal->message), T("context", refusal->context),
                        T("address", refusal->address), T("transport", refusal->transport),
                        T("asked", asked), N("suppressed", suppressed));
}

static void on_overflow(rtcio_server *server, void *user)
{
    const rtcio__life *life = user;
    rtcio_server_stats stats = {.size = sizeof stats};

    rtcio_server_get_stats(server, &stats);
    rtcio__log_line(life->log, RTCIO__LOG_ERROR, "worker.overflow",
                    N("worker", rtcio_server_worker(server)), N("refused", stats.inbox_refused));
}

static void on_limit(const rtcio_limit_note *note, void *user)
{
    rtcio__life *life = user;
    uint64_t suppressed;
    if (rtcio__log_gate_pass(&life->limits, unix_ms(), &suppressed))
        rtcio__log_line(life->log, RTCIO__LOG_WARN, note->closed ? "client.cut" : "client.delay",
                        T("address", note->address), T("reason", note->text),
                        N("suppressed", suppressed));
}

void rtcio__life_prepare(rtcio__life *life, rtcio__log *log, rtcio_server_options *server,
                         rtcio_signaling_options *signaling)
{
    life->log = log;
    rtcio__log_gate_init(&life->drops);
    rtcio__log_gate_init(&life->refusals);
    rtcio__log_gate_init(&life->requests);
    rtcio__log_gate_init(&life->errors);
    rtcio__log_gate_init(&life->limits);
    server->on_refused = on_refused;
    server->on_inbox_overflow = on_overflow;
    server->on_limit = on_limit;
    server->user = life;
    signaling->on_note = on_note;
    signaling->user = life;
}

int rtcio__life_watch(rtcio__life *life, rtcio_namespace *nsp)
{
    int rc = rtcio_on_connection(nsp, on_connection, life);
    if (rc == 0)
        rc = rtcio_on_disconnect(nsp, on_disconnect, life);
    if (rc == 0)
        rc = rtcio_on_error(nsp, on_error, life);
    return rc;
}
