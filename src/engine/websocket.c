/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */

/* The WebSocket transport: frames of an established session, and the farewell of a connection that
 * belongs to nobody any more. */

#include "engine/websocket.h"

#include "codec/eio3.h"
#include "engine/move.h"
#include "engine/rate.h"

#include <stdlib.h>
#include <string.h>

#define LINGER_MS 2000 /* after our last frame, for the peer to close TCP */

int rtcio__websocket_send(struct rtcio__conn *conn, enum rtcio__ws_opcode opcode, const void *data,
                          size_t len)
{
    uint8_t header[RTCIO__WS_MAX_HEADER];
    size_t n = rtcio__ws_header(header, opcode, len);
    char *at = rtcio__conn_reserve(conn, n + len);

    if (at == NULL)
        return RTCIO_E_CLOSED;
    memcpy(at, header, n);
    if (len > 0)
        memcpy(at + n, data, len);
    return 0;
}

/* Ends the session for what its peer did; the peer is told `code` (0: an empty Close). */
static void fail(struct rtcio__session *s, uint16_t code, const char *reason)
{
    struct rtcio__conn *conn = s->ws;

    s->ws = NULL;
    rtcio__websocket_goodbye(s->engine, conn, code);
    rtcio__session_end(s, reason);
}

static void fail_to_parse(struct rtcio__session *s)
{
    rtcio__counter_add(&s->engine->n_parse_errors, 1);
    fail(s, 0, RTCIO__REASON_PARSE_ERROR);
}

static void on_text(struct rtcio__session *s, char *data, size_t len)
{
    struct rtcio__eio_packet packet;

    if (s->eio3 ? rtcio__eio3_parse(data, len, &packet) : rtcio__eio_parse(data, len, &packet))
        rtcio__session_packet(s, &packet);
    else
        fail_to_parse(s);
}

static void on_binary(struct rtcio__session *s, char *data, size_t len)
{
    struct rtcio__eio_packet packet = {RTCIO__EIO_BINARY, data, len};

    if (!s->eio3 || rtcio__eio3_parse_bytes(data, len, &packet))
        rtcio__session_packet(s, &packet);
    else
        fail_to_parse(s);
}

static void on_frame(struct rtcio__session *s, struct rtcio__conn *conn,
                     const struct rtcio__ws_event *event)
{
    switch (event->opcode) {
    case RTCIO__WS_TEXT:
        on_text(s, (char *)event->data, event->len);
        break;
    case RTCIO__WS_BINARY:
        on_binary(s, (char *)event->data, event->len);
        break;
    case RTCIO__WS_PING:
        /* Who sends pings and reads no pongs is a slow reader like any other. */
        if (rtcio__conn_queued(conn) + event->len > s->engine->opt.max_queue_bytes) {
            rtcio__counter_add(&s->engine->n_slow_closed, 1);
            rtcio__session_doom(s);
        } else {
            rtcio__websocket_send(conn, RTCIO__WS_PONG, event->data, event->len);
        }
        break;
    case RTCIO__WS_CLOSE:
        s->ws = NULL;
        rtcio__websocket_echo_close(conn, event->data, event->len);
        rtcio__session_end(s, RTCIO__REASON_TRANSPORT_CLOSE);
        break;
    default: /* a pong says nothing: only Engine.IO's count (spec 3.1) */
        break;
    }
}

void rtcio__websocket_free_kept(struct rtcio__session *s)
{
    if (s->kept == NULL)
        return;
    rtcio__contexts_destroy(s->kept->contexts);
    rtcio__ws_fini(&s->kept->parser);
    free(s->kept);
    s->kept = NULL;
}

/* The message that was in fragments has been read. */
static void free_fragments(struct rtcio__session *s)
{
    if (s->kept->contexts == NULL) {
        rtcio__websocket_free_kept(s);
        return;
    }
    rtcio__ws_fini(&s->kept->parser);
    s->kept->parser.compression = true;
}

/* Takes one frame. The parser's state matters only while a message is in fragments; only then does
 * the session have a parser of its own. */
static enum rtcio__ws_kind next_frame(struct rtcio__session *s, uint8_t *data, size_t len,
                                      size_t *used, struct rtcio__ws_event *event)
{
    struct rtcio__ws fresh = {.compression = s->deflate_bits != 0};
    struct rtcio__ws *ws = s->kept != NULL ? &s->kept->parser : &fresh;
    enum rtcio__ws_kind kind =
        rtcio__ws_next(ws, data, len, s->engine->opt.max_payload_bytes, used, event);

    if (ws == &fresh && kind == RTCIO__WS_ERROR)
        rtcio__ws_fini(&fresh);
    if (ws == &fresh && kind == RTCIO__WS_SKIPPED) {
        s->kept = malloc(sizeof *s->kept);
        if (s->kept == NULL) {
            rtcio__ws_fini(&fresh);
            event->close_code = 1011;
            return RTCIO__WS_ERROR;
        }
        *s->kept = (struct rtcio__ws_kept){.parser = fresh};
    }
    return kind;
}

/* Decompresses a message, to be released when it has been read; or the code to close with. */
static uint16_t decompress(struct rtcio__session *s, struct rtcio__ws_event *event)
{
    struct rtcio__contexts *contexts = s->kept != NULL ? s->kept->contexts : NULL;

    return rtcio__deflate_receive(s->engine, contexts, s->engine->opt.max_payload_bytes, event);
}

/* The session is over for what its peer sent. */
static void break_off(struct rtcio__session *s, uint16_t code)
{
    rtcio__counter_add(&s->engine->n_parse_errors, 1);
    fail(s, code, RTCIO__REASON_TRANSPORT_ERROR);
}

static size_t on_data(struct rtcio__conn *conn, char *data, size_t len, size_t *need)
{
    struct rtcio__session *s = conn->owner;
    struct rtcio__engine *engine = s->engine;
    size_t used = 0;

    rtcio__rate_fill(s);
    while (used < len && s->ws == conn && !s->held) {
        struct rtcio__ws_event event;
        size_t n = 0;
        enum rtcio__ws_kind kind = next_frame(s, (uint8_t *)data + used, len - used, &n, &event);
        used += n;
        if (kind == RTCIO__WS_EVENT) {
            rtcio__rate_take(s, 1, n);
            bool compressed = event.compressed;
            uint16_t code = compressed && s->ws == conn ? decompress(s, &event) : 0;
            if (compressed && code == 0 && event.len > n)
                rtcio__rate_take(s, 0, event.len - n); /* what it became is what it costs */
            if (code == 0 && s->ws == conn)
                on_frame(s, conn, &event);
            bool moving = rtcio__session_is_moving(s);
            if (moving) /* behind the Engine.IO type */
                rtcio__move(s, (const char *)event.data + 1, event.len - 1, data + used,
                            len - used);
            if (compressed)
                rtcio__deflate_release(engine);
            if (moving)
                return len;
            if (s->kept != NULL && s->kept->parser.delivered)
                free_fragments(s);
            if (code != 0) {
                break_off(s, code);
                return len;
            }
        } else if (kind == RTCIO__WS_SKIPPED) {
            rtcio__rate_take(s, 0, n);
        } else if (kind == RTCIO__WS_ERROR) {
            break_off(s, event.close_code);
            return len;
        } else if (kind == RTCIO__WS_MORE) {
            *need = event.need;
            break;
        }
    }
    if (s->held && s->ws == conn)
        rtcio__conn_wait(conn);
    return used;
}

static void on_ended(struct rtcio__conn *conn, enum rtcio__conn_end how)
{
    struct rtcio__session *s = conn->owner;
    (void)how; /* FIN and RST alike (spec 2.3) */

    s->ws = NULL;
    rtcio__session_end(s, RTCIO__REASON_TRANSPORT_CLOSE);
}

static const struct rtcio__conn_ops ops = {.data = on_data, .ended = on_ended};

/* What was agreed upon counts from now on. */
static void agree(struct rtcio__session *s, struct rtcio__agreement agreement)
{
    s->deflate_bits = agreement.bits & 0xfU; /* at most 15 */
    if (agreement.contexts == NULL)
        return;
    s->kept = calloc(1, sizeof *s->kept);
    if (s->kept == NULL) {
        /* It cannot be taken back any more. */
        rtcio__contexts_destroy(agreement.contexts);
        s->deflate_bits = 0;
        rtcio__session_doom(s);
        return;
    }
    s->kept->contexts = agreement.contexts;
    s->kept->parser.compression = true;
}

void rtcio__websocket_attach(struct rtcio__session *s, struct rtcio__conn *conn,
                             struct rtcio__agreement agreement)
{
    agree(s, agreement);
    s->ws = conn;
    s->on_websocket = true;
    rtcio__conn_adopt(conn, &ops, s);
}

void rtcio__websocket_arrive(struct rtcio__session *s, struct rtcio__conn_parts *parts,
                             struct rtcio__agreement *agreement, const char *data, size_t len)
{
    agree(s, rtcio__agreement_arrive(s->engine, agreement));
    s->ws = rtcio__conn_join_with(&s->engine->loop, parts, data, len, &ops, s);
    if (s->ws == NULL)
        rtcio__session_end(s, RTCIO__REASON_TRANSPORT_ERROR);
}

struct rtcio__agreement rtcio__websocket_leave(struct rtcio__session *s)
{
    struct rtcio__agreement agreement = rtcio__session_agreement(s);
    struct rtcio__agreement gone = rtcio__agreement_leave(&agreement);

    if (s->kept != NULL)
        s->kept->contexts = NULL;
    rtcio__websocket_free_kept(s);
    return gone;
}

/* Farewell: our Close frame is sent, the peer's is awaited. */
struct goodbye {
    struct rtcio__corpse corpse;
    struct rtcio__timer timer;
    struct rtcio__engine *engine;
    struct rtcio__conn *conn;
    struct rtcio__ws parser;
};

static void free_goodbye(struct rtcio__corpse *corpse)
{
    struct goodbye *g = rtcio__container_of(corpse, struct goodbye, corpse);

    rtcio__ws_fini(&g->parser);
    free(g);
}

static void goodbye_over(struct goodbye *g)
{
    rtcio__timer_stop(&g->engine->loop.timers, &g->timer);
    rtcio__loop_bury(&g->engine->loop, &g->corpse, free_goodbye);
}

static void goodbye_timeout(struct rtcio__timer *timer)
{
    struct goodbye *g = rtcio__container_of(timer, struct goodbye, timer);

    rtcio__conn_close(g->conn);
    goodbye_over(g);
}

static size_t goodbye_data(struct rtcio__conn *conn, char *data, size_t len, size_t *need)
{
    struct goodbye *g = conn->owner;
    size_t used = 0;

    while (used < len) {
        struct rtcio__ws_event event;
        size_t n = 0;
        enum rtcio__ws_kind kind = rtcio__ws_next(&g->parser, (uint8_t *)data + used, len - used,
                                                  g->engine->opt.max_payload_bytes, &n, &event);
        used += n;
        if (kind == RTCIO__WS_MORE) {
            *need = event.need;
            return used;
        }
        if (kind == RTCIO__WS_ERROR ||
            (kind == RTCIO__WS_EVENT && event.opcode == RTCIO__WS_CLOSE)) {
            goodbye_over(g);
            /* Who is in the middle of something would be cut off from our Close. */
            if (kind == RTCIO__WS_ERROR)
                rtcio__conn_finish(conn, LINGER_MS);
            else
                rtcio__conn_finish_now(conn, LINGER_MS);
            return len;
        }
    }
    return used;
}

static void goodbye_ended(struct rtcio__conn *conn, enum rtcio__conn_end how)
{
    (void)how;
    goodbye_over(conn->owner);
}

static const struct rtcio__conn_ops goodbye_ops = {.data = goodbye_data, .ended = goodbye_ended};

void rtcio__websocket_goodbye(struct rtcio__engine *engine, struct rtcio__conn *conn, uint16_t code)
{
    uint8_t body[2] = {(uint8_t)(code >> 8), (uint8_t)code};

    if (conn->fd < 0)
        return;
    rtcio__websocket_send(conn, RTCIO__WS_CLOSE, body, code == 0 ? 0 : sizeof body);
    struct goodbye *g = calloc(1, sizeof *g);
    /* After a protocol error the stream cannot be read any further, and a server that goes does not
     * wait for those who stay silent: only FIN makes sense. */
    if (code != 0 || engine->closing || g == NULL) {
        free(g);
        rtcio__conn_finish(conn, LINGER_MS);
        return;
    }
    g->engine = engine;
    g->conn = conn;
    g->parser.compression = true; /* whatever was agreed upon: nobody looks into it any more */
    rtcio__timer_init(&g->timer, goodbye_timeout);
    rtcio__timer_set(&engine->loop.timers, &g->timer,
                     rtcio__loop_now(&engine->loop) + engine->opt.close_timeout_ms);
    rtcio__conn_adopt(conn, &goodbye_ops, g);
    /* It may not have been read from. */
    rtcio__conn_resume(conn);
}

void rtcio__websocket_dismiss(struct rtcio__conn *conn, uint16_t code, const char *why)
{
    char body[125] = {(char)(code >> 8), (char)code};
    size_t len = strlen(why) < sizeof body - 2 ? strlen(why) : sizeof body - 2;

    if (conn->fd < 0)
        return;
    memcpy(body + 2, why, len);
    rtcio__websocket_send(conn, RTCIO__WS_CLOSE, body, 2 + len);
    rtcio__conn_finish(conn, LINGER_MS);
}

void rtcio__websocket_hasten(struct rtcio__engine *engine)
{
    struct rtcio__list *link = engine->loop.conns.next, *next;

    for (; link != &engine->loop.conns; link = next) {
        struct rtcio__conn *conn = rtcio__container_of(link, struct rtcio__conn, link);
        next = link->next;
        if (conn->ops == &goodbye_ops) {
            goodbye_over(conn->owner);
            rtcio__conn_finish(conn, LINGER_MS);
        }
    }
}

void rtcio__websocket_echo_close(struct rtcio__conn *conn, const void *body, size_t len)
{
    rtcio__websocket_send(conn, RTCIO__WS_CLOSE, body, len);
    rtcio__conn_finish_now(conn, LINGER_MS);
}
