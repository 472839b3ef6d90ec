/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */

/* Sessions: birth, heartbeat, sending, end. Which transport carries a packet is decided here, how
 * it does is not known here. */

#include "engine/session.h"

#include "base/base64.h"
#include "codec/http.h"
#include "engine/deflated.h"
#include "engine/move.h"
#include "engine/polling.h"
#include "engine/quota.h"
#include "engine/rate.h"
#include "engine/websocket.h"

#include <stdlib.h>
#include <string.h>

#define DOOMED_LINGER_MS 2000

static void free_session(struct rtcio__corpse *corpse)
{
    struct rtcio__session *s = rtcio__container_of(corpse, struct rtcio__session, corpse);

    if (!s->last_to_go) {
        s->last_to_go = true;
        rtcio__loop_bury(&s->engine->loop, &s->corpse, free_session);
        return;
    }
    rtcio__websocket_free_kept(s);
    rtcio__blob_unref(s->head);
    rtcio__pool_free(&s->engine->session_pool, s);
}

void rtcio__session_arm(struct rtcio__session *s)
{
    uint64_t due = s->heartbeat_due;

    if (s->doomed)
        return; /* its end is near, and the link in use */
    if (s->connect_due != 0 && (due == 0 || s->connect_due < due))
        due = s->connect_due;
    if (s->held && s->state == RTCIO__SESSION_OPEN) {
        uint64_t now = s->engine->loop.timers.now;
        int32_t left = (int32_t)(s->resume_at - (uint32_t)now);
        uint64_t resume = now + (left > 0 ? (uint32_t)left : 0);
        due = due == 0 || resume < due ? resume : due;
    }
    if (due == 0)
        rtcio__timer_stop(&s->engine->loop.timers, &s->timer);
    else
        rtcio__timer_set(&s->engine->loop.timers, &s->timer, due);
}

static void send_ping(struct rtcio__session *s)
{
    int error;
    char *at = rtcio__session_begin_text(s, 1, &error);

    if (at != NULL) {
        *at = RTCIO__EIO_PING;
        (void)rtcio__session_commit(s);
    }
    s->awaiting_pong = true;
    s->pong_rearmed = false;
    /* The wait starts when the ping is queued, even if no GET is there to carry it (spec 3.1). */
    s->heartbeat_due = s->engine->loop.timers.now + s->engine->opt.ping_timeout_ms;
}

/* The next ping; of clients of Engine.IO 3, which send them, the end of the wait for one (spec
 * 1.14). */
static uint64_t heartbeat_from(const struct rtcio__session *s, uint64_t now)
{
    const rtcio_server_options *opt = &s->engine->opt;

    return now + opt->ping_interval_ms + (s->eio3 ? opt->ping_timeout_ms : 0);
}

static void on_timer(struct rtcio__timer *timer)
{
    struct rtcio__session *s = rtcio__container_of(timer, struct rtcio__session, timer);
    uint64_t now = s->engine->loop.timers.now;

    if (s->state == RTCIO__SESSION_CLOSING) {
        rtcio__session_end(s, RTCIO__REASON_FORCED_CLOSE);
        return;
    }
    if (s->connect_due != 0 && now >= s->connect_due) {
        s->connect_due = 0;
        rtcio__session_close(s);
        return;
    }
    if (s->held && (int32_t)((uint32_t)now - s->resume_at) >= 0)
        rtcio__rate_resume(s);
    if (s->state != RTCIO__SESSION_OPEN)
        return; /* what has waited was the last of it */
    if (s->heartbeat_due != 0 && now >= s->heartbeat_due) {
        /* The heartbeat of who is behind may be among what waits. It needs pings, too. */
        bool behind = rtcio__rate_is_behind(s);
        if ((s->awaiting_pong || s->eio3) && !behind) {
            rtcio__counter_add(&s->engine->n_ping_timeouts, 1);
            rtcio__session_end(s, RTCIO__REASON_PING_TIMEOUT);
            return;
        }
        if (s->eio3)
            s->heartbeat_due = now + s->engine->opt.ping_timeout_ms;
        else
            send_ping(s);
    }
    rtcio__session_arm(s);
}

void rtcio__session_run_doomed(struct rtcio__deferred *deferred)
{
    struct rtcio__engine *engine = rtcio__container_of(deferred, struct rtcio__engine, doom);

    /* The end takes the session off the list. */
    while (!rtcio__list_empty(&engine->doomed))
        rtcio__session_end(
            rtcio__container_of(engine->doomed.next, struct rtcio__session, timer.link),
            RTCIO__REASON_TRANSPORT_ERROR);
}

void rtcio__session_doom(struct rtcio__session *s)
{
    struct rtcio__engine *engine = s->engine;

    if (s->state == RTCIO__SESSION_CLOSED || s->doomed)
        return;
    s->doomed = true;
    rtcio__timer_stop(&engine->loop.timers, &s->timer);
    rtcio__list_append(&engine->doomed, &s->timer.link);
    rtcio__loop_defer(&engine->loop, &engine->doom);
}

bool rtcio__sid_is_valid(const char *sid)
{
    size_t len = strspn(sid, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~");

    return len > 0 && len <= RTCIO_MAX_SID_LEN && sid[len] == '\0';
}

struct rtcio__session *rtcio__session_create(struct rtcio__engine *engine,
                                             const struct rtcio__http_head *head,
                                             const struct rtcio__address *address, bool secure,
                                             const char *sid)
{
    size_t sid_len = sid != NULL ? strlen(sid) : RTCIO__ID_LEN;
    struct rtcio__session *s = rtcio__pool_alloc(&engine->session_pool);
    const char *origin;
    size_t origin_len;
    struct timespec ts;

    if (s == NULL)
        return NULL;
    s->engine = engine;
    s->head = rtcio__blob_create(head->len);
    if (sid != NULL)
        memcpy(rtcio__session_sid(s), sid, sid_len);
    if (s->head == NULL ||
        (sid == NULL && rtcio__id_next(&engine->ids, rtcio__session_sid(s)) != 0) ||
        rtcio__hash_insert(&engine->sessions, &s->node, sid_len) != 0) {
        rtcio__blob_unref(s->head);
        rtcio__pool_free(&engine->session_pool, s);
        return NULL;
    }
    memcpy(s->head->data, head->text, head->len);
    s->head->len = (uint32_t)head->len;
    s->address = *address;
    s->secure = secure;
    s->xdomain = rtcio__http_find(head, "origin", &origin, &origin_len) != NULL;
    clock_gettime(CLOCK_REALTIME, &ts);
    s->issued_ms = (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
    rtcio__timer_init(&s->timer, on_timer);
    s->counted = rtcio__quota_counts(engine, address) && rtcio__crowd_enter(engine->crowd, address);
    rtcio__counter_add(&engine->n_sessions, 1);
    __atomic_add_fetch(engine->n_sessions_all, 1, __ATOMIC_RELAXED);
    rtcio__counter_add(&engine->n_sessions_ever, 1);
    return s;
}

void rtcio__session_start(struct rtcio__session *s)
{
    /* Not the wheel's time: it may stand still while a long turn is under way. */
    uint64_t now = rtcio__loop_now(&s->engine->loop);

    s->heartbeat_due = heartbeat_from(s, now);
    s->connect_due = now + s->engine->opt.connect_timeout_ms;
    rtcio__session_arm(s);
}

void rtcio__session_joined(struct rtcio__session *s)
{
    if (s->connect_due == 0 || s->state != RTCIO__SESSION_OPEN)
        return;
    s->connect_due = 0;
    rtcio__session_arm(s);
}

struct rtcio__session *rtcio__session_find(const struct rtcio__engine *engine, const char *sid,
                                           size_t len)
{
    struct rtcio__hash_node *node = rtcio__hash_find(&engine->sessions, sid, len);
    return node != NULL ? rtcio__container_of(node, struct rtcio__session, node) : NULL;
}

size_t rtcio__session_open_packet(const struct rtcio__session *s, bool websocket,
                                  char out[RTCIO__OPEN_PACKET_MAX])
{
    const rtcio_server_options *opt = &s->engine->opt;
    bool upgrade = !websocket && opt->allow_upgrades && (opt->transports & RTCIO_WEBSOCKET) != 0;
    char *at = stpcpy(out, "0{\"sid\":\"");

    at = stpcpy(at, rtcio__session_sid(s));
    at = stpcpy(at, upgrade ? "\",\"upgrades\":[\"websocket\"]" : "\",\"upgrades\":[]");
    return (size_t)(stpcpy(at, s->engine->facts) - out);
}

void rtcio__session_release_head(struct rtcio__session *s)
{
    rtcio__blob_unref(s->head);
    s->head = NULL;
}

/* Ending */

void rtcio__session_end(struct rtcio__session *s, const char *reason)
{
    if (s->state == RTCIO__SESSION_CLOSED)
        return;
    s->state = RTCIO__SESSION_CLOSED;
    rtcio__hash_remove(&s->engine->sessions, &s->node);
    rtcio__counter_sub(&s->engine->n_sessions, 1);
    __atomic_sub_fetch(s->engine->n_sessions_all, 1, __ATOMIC_RELAXED);
    if (s->counted)
        rtcio__crowd_leave(s->engine->crowd, &s->address);
    rtcio__timer_stop(&s->engine->loop.timers, &s->timer);
    rtcio__probe_cancel(s);
    if (s->polling != NULL)
        rtcio__polling_detach(s);
    if (s->ws != NULL) {
        struct rtcio__conn *conn = s->ws;
        s->ws = NULL;
        /* Who does not take what waits for it will not answer a Close either. */
        if (s->doomed)
            rtcio__conn_finish(conn, DOOMED_LINGER_MS);
        else
            rtcio__websocket_goodbye(s->engine, conn, 0);
    }
    s->engine->ops->closed(s, reason);
    if (s->moved != NULL)
        rtcio__moved_ended(s);
    rtcio__loop_bury(&s->engine->loop, &s->corpse, free_session);
}

void rtcio__session_leave(struct rtcio__session *s)
{
    s->state = RTCIO__SESSION_CLOSED;
    rtcio__hash_remove(&s->engine->sessions, &s->node);
    rtcio__counter_sub(&s->engine->n_sessions, 1);
    rtcio__timer_stop(&s->engine->loop.timers, &s->timer);
    s->ws = NULL;
    s->polling = NULL;
    s->moved = NULL;
    s->head = NULL;
    rtcio__loop_bury(&s->engine->loop, &s->corpse, free_session);
}

struct rtcio__session *rtcio__session_arrive(struct rtcio__engine *engine,
                                             const struct rtcio__session *facts, const char *sid)
{
    struct rtcio__session *s = rtcio__pool_alloc(&engine->session_pool);
    size_t sid_len = strlen(sid);

    if (s == NULL)
        return NULL;
    *s = *facts;
    s->engine = engine;
    s->ws = NULL;
    s->kept = NULL;
    s->probe = NULL;
    memcpy(rtcio__session_sid(s), sid, sid_len + 1);
    memset(&s->node, 0, sizeof s->node);
    if (rtcio__hash_insert(&engine->sessions, &s->node, sid_len) != 0) {
        rtcio__pool_free(&engine->session_pool, s);
        return NULL;
    }
    rtcio__timer_init(&s->timer, on_timer);
    rtcio__counter_add(&engine->n_sessions, 1);
    rtcio__session_arm(s);
    return s;
}

void rtcio__session_close(struct rtcio__session *s)
{
    if (s->state != RTCIO__SESSION_OPEN)
        return;
    if (s->polling != NULL && !rtcio__polling_close(s)) {
        /* The client learns of it with its next GET, if that comes in time (spec 1.13). */
        s->state = RTCIO__SESSION_CLOSING;
        s->connect_due = 0;
        s->heartbeat_due = rtcio__loop_now(&s->engine->loop) + s->engine->opt.close_timeout_ms;
        rtcio__session_arm(s);
        return;
    }
    rtcio__session_end(s, RTCIO__REASON_FORCED_CLOSE);
}

void rtcio__session_discard(struct rtcio__session *s)
{
    rtcio__session_end(s, RTCIO__REASON_FORCED_CLOSE);
}

/* Receiving */

/* A heartbeat in the direction of the session's protocol. */
static void heartbeat(struct rtcio__session *s)
{
    int error;
    char *at;

    s->awaiting_pong = false;
    if (s->state != RTCIO__SESSION_OPEN)
        return;
    s->heartbeat_due = heartbeat_from(s, rtcio__loop_now(&s->engine->loop));
    rtcio__session_arm(s);
    if (s->eio3 && (at = rtcio__session_begin_text(s, 1, &error)) != NULL) {
        *at = RTCIO__EIO_PONG; /* what the ping carries is not echoed */
        (void)rtcio__session_commit(s);
    }
}

void rtcio__session_packet(struct rtcio__session *s, struct rtcio__eio_packet *packet)
{
    char saved;

    if (packet->type == (s->eio3 ? RTCIO__EIO_PING : RTCIO__EIO_PONG)) {
        heartbeat(s);
        return;
    }
    if (s->awaiting_pong && !s->pong_rearmed && s->state == RTCIO__SESSION_OPEN) {
        s->pong_rearmed = true;
        s->heartbeat_due = rtcio__loop_now(&s->engine->loop) + s->engine->opt.ping_timeout_ms;
        rtcio__session_arm(s);
    }
    switch (packet->type) {
    case RTCIO__EIO_PING:
    case RTCIO__EIO_PONG:
        /* "invalid heartbeat direction" */
        rtcio__session_end(s, RTCIO__REASON_TRANSPORT_ERROR);
        break;
    case RTCIO__EIO_CLOSE:
        /* On a WebSocket it is ignored (spec 1.5). */
        if (s->polling != NULL)
            rtcio__polling_closed_by_client(s);
        break;
    case RTCIO__EIO_MESSAGE:
    case RTCIO__EIO_BINARY:
        if (s->state != RTCIO__SESSION_OPEN)
            break;
        rtcio__counter_add(&s->engine->n_messages_in, 1);
        saved = packet->data[packet->len];
        s->engine->ops->message(s, packet->data, packet->len, packet->type == RTCIO__EIO_BINARY);
        packet->data[packet->len] = saved;
        break;
    default:
        break;
    }
}

/* Sending */

static size_t queued(const struct rtcio__session *s)
{
    return s->polling != NULL ? rtcio__polling_queued(s) : rtcio__conn_queued(s->ws);
}

int rtcio__session_admit(struct rtcio__session *s, size_t len)
{
    if (s->state != RTCIO__SESSION_OPEN || s->doomed || (s->polling == NULL && s->ws == NULL))
        return RTCIO_E_CLOSED;
    if (queued(s) + len > s->engine->opt.max_queue_bytes) {
        rtcio__counter_add(&s->engine->n_slow_closed, 1);
        rtcio__session_doom(s);
        return RTCIO_E_QUEUE_FULL;
    }
    return 0;
}

struct rtcio__blob *rtcio__message_create(size_t len, bool binary)
{
    struct rtcio__blob *message = rtcio__blob_create(RTCIO__MESSAGE_ROOM + len);
    uint8_t header[RTCIO__WS_MAX_HEADER];

    if (message == NULL)
        return NULL;
    size_t n = rtcio__ws_header(header, binary ? RTCIO__WS_BINARY : RTCIO__WS_TEXT, len);
    memcpy(rtcio__message_data(message) - n, header, n);
    message->len = (uint32_t)(RTCIO__MESSAGE_ROOM + len);
    return message;
}

/* Is this message to be compressed? */
static bool deflates(const struct rtcio__session *s, size_t len, bool binary)
{
    /* At the end of an upgrade there are both: what is sent joins the queue of polling first. */
    return s->deflate_bits != 0 && s->polling == NULL && s->ws != NULL &&
           !(binary && (s->text_only || s->eio3)) && rtcio__deflate_wants(s->engine, len);
}

char *rtcio__session_begin_text(struct rtcio__session *s, size_t len, int *error)
{
    size_t header = rtcio__ws_header_len(len);

    if (deflates(s, len, false))
        return rtcio__deflated_begin(s, len, error);
    *error = rtcio__session_admit(s, header + len);
    if (*error != 0)
        return NULL;
    rtcio__counter_add(&s->engine->n_messages_out, 1);
    if (s->polling == NULL) {
        char *at = rtcio__conn_reserve(s->ws, header + len);
        if (at == NULL) {
            *error = RTCIO_E_CLOSED;
            return NULL;
        }
        uint8_t bytes[RTCIO__WS_MAX_HEADER];
        (void)rtcio__ws_header(bytes, RTCIO__WS_TEXT, len);
        memcpy(at, bytes, header);
        return at + header;
    }
    struct rtcio__blob *message = rtcio__message_create(len, false);
    if (message == NULL || rtcio__polling_queue(s, message, false) != 0) {
        rtcio__blob_unref(message);
        rtcio__session_doom(s);
        *error = RTCIO_E_NO_MEMORY;
        return NULL;
    }
    char *data = rtcio__message_data(message);
    rtcio__blob_unref(message); /* the queue holds it */
    return data;
}

/* `b` and base64 in a text frame, for clients that asked for it (spec 1.2). */
static int send_base64(struct rtcio__session *s, struct rtcio__blob *message)
{
    size_t len = message->len - RTCIO__MESSAGE_ROOM;
    size_t head = s->eio3 ? 2 : 1;
    size_t encoded = head + rtcio__base64_encoded_len(len);
    char *text = malloc(encoded);

    if (text == NULL)
        return RTCIO_E_NO_MEMORY;
    text[0] = RTCIO__EIO_BINARY;
    if (s->eio3)
        text[1] = RTCIO__EIO_MESSAGE;
    rtcio__base64_encode(text + head, rtcio__message_data(message), len);
    int error = rtcio__websocket_send(s->ws, RTCIO__WS_TEXT, text, encoded);
    free(text);
    return error;
}

/* Bytes for a client of Engine.IO 3: the packet's type is the first of them. The rest is the
 * blob's, whatever the others speak. */
static int send_typed(struct rtcio__session *s, struct rtcio__blob *message)
{
    uint32_t len = message->len - RTCIO__MESSAGE_ROOM;
    uint8_t head[RTCIO__WS_MAX_HEADER + 1];
    size_t n = rtcio__ws_header(head, RTCIO__WS_BINARY, (uint64_t)len + 1);

    head[n++] = RTCIO__EIO_MESSAGE - '0';
    int error = rtcio__conn_write(s->ws, head, n);
    if (error != 0 || len == 0)
        return error;
    if (len < RTCIO__COPY_BELOW)
        return rtcio__conn_write(s->ws, rtcio__message_data(message), len);
    return rtcio__conn_write_blob(s->ws, message, RTCIO__MESSAGE_ROOM, len);
}

int rtcio__session_carry(struct rtcio__session *s, struct rtcio__blob *message, bool binary)
{
    uint32_t len = message->len - RTCIO__MESSAGE_ROOM;
    uint32_t header = (uint32_t)rtcio__ws_header_len(len);

    if (s->polling != NULL)
        return rtcio__polling_queue(s, message, binary);
    if (binary && (s->text_only || s->eio3))
        return s->text_only ? send_base64(s, message) : send_typed(s, message);
    if (deflates(s, len, binary))
        return rtcio__deflated_message(s, message, binary, false);
    if (len < RTCIO__COPY_BELOW && rtcio__conn_queued(s->ws) > 0)
        return rtcio__conn_write(s->ws, rtcio__message_data(message) - header, header + len);
    return rtcio__conn_write_blob(s->ws, message, RTCIO__MESSAGE_ROOM - header, header + len);
}

int rtcio__session_send_message(struct rtcio__session *s, struct rtcio__blob *message, bool binary)
{
    uint32_t len = message->len - RTCIO__MESSAGE_ROOM;
    bool deflated = deflates(s, len, binary);
    int error = rtcio__session_admit(s, deflated ? 0 : rtcio__ws_header_len(len) + len);

    if (error != 0)
        return error;
    rtcio__counter_add(&s->engine->n_messages_out, 1);
    error = deflated ? rtcio__deflated_message(s, message, binary, true)
                     : rtcio__session_carry(s, message, binary);
    /* A client that misses one message must not go on as if it had it. */
    if (error != 0)
        rtcio__session_doom(s);
    return error;
}

int rtcio__session_send_binary(struct rtcio__session *s, const void *data, size_t len)
{
    struct rtcio__blob *message = rtcio__message_create(len, true);

    if (message == NULL) {
        rtcio__session_doom(s);
        return RTCIO_E_NO_MEMORY;
    }
    if (len > 0)
        memcpy(rtcio__message_data(message), data, len);
    int error = rtcio__session_send_message(s, message, true);
    rtcio__blob_unref(message);
    return error;
}

bool rtcio__session_writable(const struct rtcio__session *s)
{
    if (s->state != RTCIO__SESSION_OPEN)
        return false;
    if (s->polling != NULL)
        return rtcio__polling_writable(s);
    return s->ws != NULL && rtcio__conn_queued(s->ws) == 0;
}

bool rtcio__session_busy(const struct rtcio__session *s)
{
    return s->state == RTCIO__SESSION_OPEN && (s->polling != NULL || s->ws != NULL) &&
           queued(s) > s->engine->opt.max_queue_bytes / 2;
}

const char *rtcio__session_transport(const struct rtcio__session *s)
{
    return s->on_websocket ? "websocket" : "polling";
}
