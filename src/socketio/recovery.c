/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */

/* Who may go on as whom: records of sockets, from CONNECT over the disconnect to the CONNECT that
 * takes one over, or to the end of its time. */

#include "socketio/recovery.h"

#include <stdlib.h>
#include <string.h>

static void forget(struct rtcio__resume *r)
{
    struct rtcio__recovery *recovery = r->nsp->server->recovery;

    rtcio__hash_remove(&recovery->resumes, &r->node);
    if (!rtcio__list_empty(&r->link)) {
        rtcio__list_remove(&r->link);
        rtcio__counter_sub(&recovery->n_gone, 1);
        rtcio__counter_sub(&recovery->gone_bytes, sizeof *r + r->rooms_len);
    }
    rtcio__data_free(r->nsp->server, &r->data);
    rtcio__resume_free_rooms(r);
    rtcio__namespace_release(r->nsp);
    free(r);
}

static struct rtcio__resume *oldest(const struct rtcio__recovery *recovery)
{
    return rtcio__list_empty(&recovery->gone)
               ? NULL
               : rtcio__container_of(recovery->gone.next, struct rtcio__resume, link);
}

/* Everything that is held has an end; one timer waits for the first. */
static void arm(rtcio_server *server)
{
    struct rtcio__recovery *recovery = server->recovery;
    const struct rtcio__list *entries = &recovery->logs.entries;
    const struct rtcio__resume *first = oldest(recovery);
    uint64_t since = UINT64_MAX;

    if (first != NULL)
        since = first->gone_ms;
    if (!rtcio__list_empty(entries)) {
        uint64_t at = rtcio__container_of(entries->next, struct rtcio__logged, link)->at_ms;
        since = at < since ? at : since;
    }
    if (since != UINT64_MAX)
        rtcio__timer_set(&server->engine.loop.timers, &recovery->timer,
                         since + recovery->logs.max_ms);
}

static void on_timer(struct rtcio__timer *timer)
{
    struct rtcio__recovery *recovery = rtcio__container_of(timer, struct rtcio__recovery, timer);
    rtcio_server *server = recovery->server;
    uint64_t now = rtcio__loop_now(&server->engine.loop);
    struct rtcio__resume *r;

    while ((r = oldest(recovery)) != NULL && r->gone_ms + recovery->logs.max_ms <= now)
        forget(r);
    rtcio__log_trim(&recovery->logs, now);
    arm(server);
}

int rtcio__recovery_init(rtcio_server *server)
{
    const rtcio_server_options *opt = &server->engine.opt;
    static const char digits[] = "0123456789abcdefghijklmnopqrstuvwxyz";
    uint8_t random[4];

    if (opt->recovery_max_ms == 0)
        return 0;
    struct rtcio__recovery *recovery = calloc(1, sizeof *recovery);
    if (recovery == NULL)
        return RTCIO_E_NO_MEMORY;
    recovery->server = server;
    rtcio__list_init(&recovery->gone);
    rtcio__list_init(&recovery->logs.entries);
    recovery->logs.max_ms = opt->recovery_max_ms;
    recovery->logs.max_n = opt->recovery_max_packets;
    recovery->logs.max_bytes = opt->recovery_max_bytes;
    recovery->max_gone = opt->recovery_max_sessions;
    rtcio__timer_init(&recovery->timer, on_timer);
    rtcio__hash_init(&recovery->resumes,
                     offsetof(struct rtcio__resume, pid) - offsetof(struct rtcio__resume, node), 1);
    server->recovery = recovery;
    if (rtcio__random(random, sizeof random) != 0)
        return RTCIO_E_SYSTEM;
    for (size_t i = 0; i < sizeof random; i++)
        recovery->logs.epoch[i] = digits[random[i] % (sizeof digits - 1)];
    return 0;
}

/* Rounded up, so that nothing becomes nothing. */
static size_t part(size_t whole, unsigned n)
{
    return (whole - 1) / n + 1;
}

void rtcio__recovery_share(rtcio_server *server, unsigned n)
{
    struct rtcio__recovery *recovery = server->recovery;

    if (recovery == NULL)
        return;
    recovery->logs.max_n = part(recovery->logs.max_n, n);
    recovery->logs.max_bytes = part(recovery->logs.max_bytes, n);
    recovery->max_gone = part(recovery->max_gone, n);
}

void rtcio__recovery_fini(rtcio_server *server)
{
    struct rtcio__recovery *recovery = server->recovery;
    struct rtcio__hash_node *node;

    if (recovery == NULL)
        return;
    while ((node = rtcio__hash_next(&recovery->resumes, NULL)) != NULL)
        forget(rtcio__container_of(node, struct rtcio__resume, node));
    rtcio__timer_stop(&server->engine.loop.timers, &recovery->timer);
    rtcio__hash_fini(&recovery->resumes);
}

/* Sending */

/* A JSON value that ends in a quotation mark is a string. */
static bool ends_in_string(const struct rtcio__packet_out *out)
{
    for (size_t i = out->n_args; i > 0; i--) {
        rtcio_slice piece = out->args[i - 1];
        while (piece.len > 0 && strchr(" \t\r\n", piece.data[piece.len - 1]) != NULL)
            piece.len--;
        if (piece.len > 0)
            return piece.data[piece.len - 1] == '"';
    }
    return false;
}

static uint64_t offset_of(const rtcio_operator *op, rtcio_slice event, bool string_last,
                          rtcio_slice *offset)
{
    const struct rtcio__log *log = op->nsp->log;
    const struct rtcio__logs *logs = &op->nsp->server->recovery->logs;
    bool is_volatile = (op->flags & RTCIO__OP_VOLATILE) != 0;
    uint64_t number = is_volatile ? log->next - 1 : log->next;

    offset->len = 0;
    /* Stock clients take the last argument of any event for an offset if it is a string: a volatile
     * one gets the true one, or the client could not recover any more. */
    if (rtcio__log_takes(log, event) && (!is_volatile || string_last))
        offset->len = rtcio__log_offset(logs, number, (char *)(uintptr_t)offset->data);
    return is_volatile ? 0 : number;
}

uint64_t rtcio__recovery_offset(const rtcio_operator *op, const struct rtcio__packet_out *out,
                                rtcio_slice *offset)
{
    /* "EVENT packets without ack id and not volatile" (spec 8) */
    if (out->id.data == NULL)
        return offset_of(op, out->event, ends_in_string(out), offset);
    offset->len = 0;
    return 0;
}

uint64_t rtcio__recovery_offset_encoded(const rtcio_operator *op, struct rtcio__blob *text,
                                        rtcio_slice *offset)
{
    const char *start = rtcio__message_data(text) + 1, *p = start;
    const char *end = text->data + text->len;

    /* Type, attachments, namespace; then the name as JSON, whose escapes do not matter: no name
     * that is exempt has any. */
    if (*p == '0' + RTCIO__SIO_BINARY_EVENT)
        p = memchr(p, '-', (size_t)(end - p));
    p = p != NULL ? p + 1 : end;
    p += op->nsp->name_len > 1 ? op->nsp->name_len + 1 : 0;
    const char *name_end = p + 2 < end && *p == '[' ? rtcio__json_value(p + 1, end, 1, NULL) : NULL;
    if (name_end == NULL || name_end < p + 3) {
        offset->len = 0;
        return 0;
    }
    const rtcio_slice event = {p + 2, (size_t)(name_end - p) - 3};
    return offset_of(op, event, *name_end == ',' && end[-2] == '"', offset);
}

void rtcio__recovery_log(const rtcio_operator *op, bool unsent, struct rtcio__blob *text,
                         struct rtcio__blob *const *attachments, size_t n_attachments)
{
    rtcio_server *server = op->nsp->server;
    struct rtcio__logs *logs = &server->recovery->logs;
    bool first = rtcio__counter_get(&logs->n) == 0;

    rtcio__log_append(logs, op->nsp->log, rtcio__loop_now(&server->engine.loop), op, unsent, text,
                      attachments, n_attachments);
    if (first)
        arm(server);
}

/* Coming */

static bool string_member(const struct rtcio__sio_packet *packet, const char *key, rtcio_slice *out)
{
    struct rtcio__json_member m;

    if (packet->data_len == 0 ||
        !rtcio__json_find(packet->data, packet->data_len, key, strlen(key), &m) ||
        m.value_len < 2 || *m.value != '"')
        return false;
    *out = (rtcio_slice){m.value + 1, m.value_len - 2};
    return true;
}

static struct rtcio__resume *find(const rtcio_namespace *nsp, rtcio_slice pid)
{
    struct rtcio__hash_node *node =
        rtcio__hash_find(&nsp->server->recovery->resumes, pid.data, pid.len);
    struct rtcio__resume *r =
        node != NULL ? rtcio__container_of(node, struct rtcio__resume, node) : NULL;
    return r != NULL && r->nsp == nsp ? r : NULL;
}

/* What it missed must be there, and not too much. */
static enum rtcio__recovery_result check_missed(const struct rtcio__resume *r)
{
    const rtcio_server_options *opt = &r->nsp->server->engine.opt;
    const struct rtcio__log *log = r->nsp->log;
    size_t n = 0, bytes = 0;

    if (r->from < log->first)
        return RTCIO__RECOVERY_LOG_TOO_SHORT;
    for (uint64_t number = r->from; number < log->next; number++) {
        const struct rtcio__logged *e = rtcio__log_at(log, number);
        if (e->unsent || !rtcio__resume_was_for(r, e, number))
            continue;
        n++;
        bytes += e->bytes;
        if (n > opt->recovery_max_session_packets || bytes > opt->recovery_max_session_bytes ||
            bytes > opt->max_queue_bytes / 2)
            return RTCIO__RECOVERY_TOO_MUCH_MISSED;
    }
    return RTCIO__RECOVERY_DONE;
}

static enum rtcio__recovery_result check(struct rtcio__resume *r,
                                         const struct rtcio__sio_packet *packet)
{
    const rtcio_server *server = r->nsp->server;
    rtcio_slice offset;
    uint64_t number = 0;

    if (string_member(packet, "offset", &offset)) {
        if (!rtcio__log_number(&server->recovery->logs, offset.data, offset.len, &number) ||
            number >= r->nsp->log->next)
            return RTCIO__RECOVERY_UNKNOWN_OFFSET;
    } else if (!server->engine.opt.recovery_without_offset) {
        return RTCIO__RECOVERY_NO_OFFSET;
    }
    /* Who has all that was sent to it missed nothing before it went, however old that is. */
    r->from = r->gone;
    if (number < r->last)
        r->from = number + 1 > r->start ? number + 1 : r->start;
    return check_missed(r);
}

static void take_over(struct rtcio__resume *r, rtcio_socket *socket)
{
    struct rtcio__recovery *recovery = r->nsp->server->recovery;

    rtcio__list_remove(&r->link);
    rtcio__counter_sub(&recovery->n_gone, 1);
    rtcio__counter_sub(&recovery->gone_bytes, sizeof *r + r->rooms_len);
    r->socket = socket;
    socket->resume = r;
    memcpy(socket->id, r->sid, sizeof r->sid);
    socket->data = r->data;
    r->data = NULL;
    rtcio__resume_restore_rooms(r, socket);
    if (!r->nsp->server->engine.opt.recovery_rotate_pid)
        return;
    rtcio__hash_remove(&recovery->resumes, &r->node);
    if (rtcio__id_next(&r->nsp->server->engine.ids, r->pid) != 0 ||
        rtcio__hash_insert(&recovery->resumes, &r->node, RTCIO__ID_LEN) != 0)
        r->pid[0] = '\0'; /* nobody can come back with it */
}

static void begin_new(rtcio_socket *socket)
{
    rtcio_namespace *nsp = socket->nsp;
    struct rtcio__resume *r = calloc(1, sizeof *r);

    if (r == NULL)
        return; /* it gets no pid, and cannot be recovered */
    if (rtcio__id_next(&nsp->server->engine.ids, r->pid) != 0 ||
        rtcio__hash_insert(&nsp->server->recovery->resumes, &r->node, RTCIO__ID_LEN) != 0) {
        free(r);
        return;
    }
    rtcio__list_init(&r->link);
    rtcio__namespace_hold(nsp);
    r->nsp = nsp;
    r->socket = socket;
    r->start = nsp->log->next;
    memcpy(r->sid, socket->id, sizeof r->sid);
    socket->resume = r;
}

bool rtcio__resume_elsewhere(struct rtcio__session *s, const struct rtcio__sio_packet *packet)
{
    const rtcio_server *server = rtcio__server_of(s);
    const struct rtcio__client *client = rtcio__client_of(s);
    rtcio_slice pid;

    if (server->recovery == NULL || server->engine.n_siblings < 2 || s->eio3 ||
        !string_member(packet, "pid", &pid))
        return false;
    int owner = rtcio__engine_owner(&server->engine, pid.data, pid.len);
    return owner >= 0 && client->sockets == NULL && client->pending == NULL &&
           !rtcio__matching(server, s) && rtcio__session_move(s, (unsigned)owner);
}

bool rtcio__resume_begin(rtcio_socket *socket, const struct rtcio__sio_packet *packet)
{
    struct rtcio__session *s = socket->session;
    struct rtcio__recovery *recovery = socket->nsp->server->recovery;
    rtcio_slice pid;

    if (!string_member(packet, "pid", &pid)) {
        begin_new(socket);
        return true;
    }
    struct rtcio__resume *r = find(socket->nsp, pid);
    if (r != NULL && r->socket != NULL) {
        /* The client is here, so its old transport is dead, whatever we believed of it. */
        rtcio__session_discard(r->socket->session);
        if (s->state != RTCIO__SESSION_OPEN || socket->state == RTCIO__SOCKET_GONE)
            return false; /* by a handler of that end */
        r = find(socket->nsp, pid);
    }
    socket->recovery = RTCIO__RECOVERY_UNKNOWN_PID;
    if (r != NULL && r->socket == NULL)
        socket->recovery = (uint8_t)check(r, packet);
    else if (rtcio__engine_owner(s->engine, pid.data, pid.len) >= 0)
        socket->recovery = RTCIO__RECOVERY_ELSEWHERE;
    if (socket->recovery == RTCIO__RECOVERY_DONE) {
        take_over(r, socket);
        return true;
    }
    rtcio__counter_add(&recovery->n_failed, 1);
    begin_new(socket);
    return true;
}

bool rtcio__resume_replay(rtcio_socket *socket)
{
    struct rtcio__resume *r = socket->resume;
    const struct rtcio__log *log = r->nsp->log;

    if (r->from < log->first)
        return false; /* while the middlewares decided */
    for (uint64_t number = r->from; number < log->next; number++) {
        const struct rtcio__logged *e = rtcio__log_at(log, number);
        if (e->unsent || !rtcio__resume_was_for(r, e, number))
            continue;
        rtcio__session_send_message(socket->session, e->text, false);
        for (unsigned i = 0; i < e->n_attachments; i++)
            rtcio__session_send_message(socket->session, e->attachment[i], true);
        r->last = number;
    }
    socket->own_room = r->own_room;
    r->until = log->next;
    rtcio__counter_add(&r->nsp->server->recovery->n_done, 1);
    return true;
}

void rtcio__resume_settle(rtcio_socket *socket)
{
    if (socket->state == RTCIO__SOCKET_CONNECTED && !socket->closing && socket->resume != NULL)
        rtcio__resume_free_rooms(socket->resume);
}

/* Going */

/* "Not: client/server namespace disconnect, parse error" (spec 8); and with the server goes its
 * memory. */
static bool may_come_back(const rtcio_server *server, const char *reason)
{
    return !server->closing && !server->destroying &&
           strcmp(reason, "client namespace disconnect") != 0 &&
           strcmp(reason, "server namespace disconnect") != 0 &&
           strcmp(reason, RTCIO__REASON_PARSE_ERROR) != 0;
}

/* Without a socket from now on, at the end of the line. */
static void set_aside(struct rtcio__resume *r)
{
    rtcio_server *server = r->nsp->server;
    struct rtcio__recovery *recovery = server->recovery;
    struct rtcio__list *at = recovery->gone.prev;

    r->socket = NULL;
    /* One that a middleware refused goes back to its place. */
    while (at != &recovery->gone &&
           rtcio__container_of(at, struct rtcio__resume, link)->gone_ms > r->gone_ms)
        at = at->prev;
    rtcio__list_append(at->next, &r->link);
    rtcio__counter_add(&recovery->n_gone, 1);
    rtcio__counter_add(&recovery->gone_bytes, sizeof *r + r->rooms_len);
    while (rtcio__counter_get(&recovery->n_gone) > recovery->max_gone ||
           rtcio__counter_get(&recovery->gone_bytes) > recovery->logs.max_bytes) {
        bool itself = oldest(recovery) == r;
        forget(oldest(recovery));
        if (itself)
            break;
    }
    arm(server);
}

void rtcio__resume_keep(rtcio_socket *socket, const char *reason)
{
    struct rtcio__resume *r = socket->resume;
    rtcio_server *server = socket->nsp->server;

    if (!may_come_back(server, reason) || r->pid[0] == '\0' ||
        !rtcio__resume_keep_rooms(r, socket)) {
        socket->resume = NULL;
        forget(r);
        return;
    }
    r->own_room = socket->own_room;
    r->gone = socket->nsp->log->next;
    r->gone_ms = rtcio__loop_now(&server->engine.loop);
}

void rtcio__resume_let_go(rtcio_socket *socket)
{
    struct rtcio__resume *r = socket->resume;

    socket->resume = NULL;
    if (r->rooms == NULL) { /* a new one that was refused */
        forget(r);
        return;
    }
    /* A new socket gets its own listeners from its connection handlers. */
    rtcio__listeners_free(socket);
    r->data = socket->data;
    socket->data = NULL;
    set_aside(r);
}

/* The public view */

bool rtcio_socket_recovered(const rtcio_socket *socket)
{
    return socket->recovery == RTCIO__RECOVERY_DONE;
}

const char *rtcio_socket_recovery_failure(const rtcio_socket *socket)
{
    switch ((enum rtcio__recovery_result)socket->recovery) {
    case RTCIO__RECOVERY_UNKNOWN_PID:
        return "the pid is unknown or has expired";
    case RTCIO__RECOVERY_ELSEWHERE:
        return "another worker has the state, and the session could not go there any more";
    case RTCIO__RECOVERY_NO_OFFSET:
        return "no event had been received, and recovery_without_offset is off";
    case RTCIO__RECOVERY_UNKNOWN_OFFSET:
        return "the offset is not of this server";
    case RTCIO__RECOVERY_LOG_TOO_SHORT:
        return "what was missed is not in the log any more";
    case RTCIO__RECOVERY_TOO_MUCH_MISSED:
        return "more was missed than one session may get";
    case RTCIO__RECOVERY_NOT_ASKED:
    case RTCIO__RECOVERY_DONE:
        break;
    }
    return "";
}

uint64_t rtcio_socket_missed_from(const rtcio_socket *socket)
{
    return rtcio_socket_recovered(socket) && socket->resume != NULL ? socket->resume->from : 0;
}

uint64_t rtcio_namespace_position(const rtcio_namespace *nsp)
{
    return nsp->log != NULL ? nsp->log->next - 1 : 0;
}

int rtcio_recovery_exclude(rtcio_namespace *nsp, const char *event)
{
    if (nsp == NULL || event == NULL)
        return RTCIO_E_INVALID;
    return nsp->log != NULL ? rtcio__log_exclude(nsp->log, event) : 0;
}
