/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */

/* The upgrade of a polling session to WebSocket (Socket.IO spec 2.5): until its `5` arrives the
 * WebSocket is a guest that may fail without any harm to the session. */

#include "engine/polling.h"
#include "engine/websocket.h"

#include <stdlib.h>
#include <string.h>

#define NOOP_EVERY_MS 100
#define FRAME_MAX     128   /* "2probe" and "5" are all that is expected */
#define PONGS_MAX     65536 /* bytes of pongs that a guest may leave unread */

struct rtcio__probe {
    struct rtcio__corpse corpse;
    struct rtcio__timer timeout;
    struct rtcio__timer noop; /* releases the client's GET while it changes over */
    struct rtcio__session *session;
    struct rtcio__conn *conn;
    struct rtcio__ws parser;
    struct rtcio__agreement agreement;
};

static void free_probe(struct rtcio__corpse *corpse)
{
    struct rtcio__probe *p = rtcio__container_of(corpse, struct rtcio__probe, corpse);

    rtcio__ws_fini(&p->parser);
    rtcio__contexts_destroy(p->agreement.contexts);
    free(p);
}

/* The probe is over, whatever becomes of its connection. */
static void detach(struct rtcio__probe *p)
{
    struct rtcio__loop *loop = &p->session->engine->loop;

    p->session->probe = NULL;
    rtcio__timer_stop(&loop->timers, &p->timeout);
    rtcio__timer_stop(&loop->timers, &p->noop);
    rtcio__loop_bury(loop, &p->corpse, free_probe);
}

static void refuse(struct rtcio__probe *p, uint16_t code)
{
    struct rtcio__engine *engine = p->session->engine;

    detach(p);
    rtcio__websocket_goodbye(engine, p->conn, code);
}

void rtcio__probe_cancel(struct rtcio__session *s)
{
    if (s->probe != NULL)
        refuse(s->probe, 0);
}

static void on_timeout(struct rtcio__timer *timer)
{
    refuse(rtcio__container_of(timer, struct rtcio__probe, timeout), 0);
}

static void on_noop(struct rtcio__timer *timer)
{
    struct rtcio__probe *p = rtcio__container_of(timer, struct rtcio__probe, noop);
    struct rtcio__loop *loop = &p->session->engine->loop;

    rtcio__timer_set(&loop->timers, timer, loop->timers.now + NOOP_EVERY_MS);
    rtcio__polling_noop(p->session);
}

static void complete(struct rtcio__probe *p)
{
    struct rtcio__session *s = p->session;
    struct rtcio__conn *conn = p->conn;
    struct rtcio__agreement agreement = p->agreement;

    p->agreement.contexts = NULL;
    detach(p);
    rtcio__counter_add(&s->engine->n_upgrades, 1);
    rtcio__websocket_attach(s, conn, agreement);
    rtcio__polling_move(s);
    if (s->state == RTCIO__SESSION_CLOSING)
        rtcio__session_end(s, RTCIO__REASON_FORCED_CLOSE);
}

static void on_packet(struct rtcio__probe *p, const char *data, size_t len)
{
    struct rtcio__loop *loop = &p->session->engine->loop;

    if (len == 6 && memcmp(data, "2probe", 6) == 0) {
        rtcio__websocket_send(p->conn, RTCIO__WS_TEXT, "3probe", 6);
        if (!rtcio__timer_active(&p->noop))
            rtcio__timer_set(&loop->timers, &p->noop, rtcio__loop_now(loop) + NOOP_EVERY_MS);
    } else if (len == 1 && data[0] == RTCIO__EIO_UPGRADE) {
        complete(p);
    } else {
        refuse(p, 0);
    }
}

/* A client with a context compresses even these few bytes. False: it is refused. */
static bool decompress(struct rtcio__probe *p, struct rtcio__ws_event *event)
{
    uint16_t code =
        rtcio__deflate_receive(p->session->engine, p->agreement.contexts, FRAME_MAX, event);

    if (code != 0)
        refuse(p, code);
    return code == 0;
}

static size_t on_data(struct rtcio__conn *conn, char *data, size_t len, size_t *need)
{
    struct rtcio__probe *p = conn->owner;
    const struct rtcio__conn_ops *mine = conn->ops;
    size_t used = 0;

    while (used < len && conn->ops == mine && conn->fd >= 0) {
        struct rtcio__ws_event event;
        size_t n = 0;
        enum rtcio__ws_kind kind =
            rtcio__ws_next(&p->parser, (uint8_t *)data + used, len - used, FRAME_MAX, &n, &event);
        used += n;
        if (kind == RTCIO__WS_MORE) {
            *need = event.need;
            break;
        }
        if (kind == RTCIO__WS_ERROR) {
            refuse(p, event.close_code);
            return len;
        }
        if (kind != RTCIO__WS_EVENT)
            continue;
        if (event.compressed && !decompress(p, &event))
            return len;
        if (event.opcode == RTCIO__WS_TEXT) {
            on_packet(p, (const char *)event.data, event.len);
        } else if (event.opcode == RTCIO__WS_PING) {
            if (rtcio__conn_queued(conn) > PONGS_MAX)
                refuse(p, 0);
            else
                rtcio__websocket_send(conn, RTCIO__WS_PONG, event.data, event.len);
        } else if (event.opcode == RTCIO__WS_CLOSE) {
            detach(p);
            rtcio__websocket_echo_close(conn, event.data, event.len);
        } else if (event.opcode == RTCIO__WS_BINARY) {
            refuse(p, 0);
        }
    }
    return used;
}

static void on_ended(struct rtcio__conn *conn, enum rtcio__conn_end how)
{
    (void)how;
    detach(conn->owner);
}

static const struct rtcio__conn_ops ops = {.data = on_data, .ended = on_ended};

/* A guest of the session, whose connection is to come. NULL: out of memory. */
static struct rtcio__probe *create(struct rtcio__session *s)
{
    struct rtcio__probe *p = calloc(1, sizeof *p);

    if (p == NULL)
        return NULL;
    p->session = s;
    rtcio__timer_init(&p->timeout, on_timeout);
    rtcio__timer_init(&p->noop, on_noop);
    return p;
}

static void begin(struct rtcio__probe *p, struct rtcio__conn *conn)
{
    struct rtcio__session *s = p->session;

    p->conn = conn;
    rtcio__timer_set(&s->engine->loop.timers, &p->timeout,
                     rtcio__loop_now(&s->engine->loop) + s->engine->opt.upgrade_timeout_ms);
    s->probe = p;
}

void rtcio__probe_start(struct rtcio__session *s, struct rtcio__conn *conn,
                        struct rtcio__agreement agreement)
{
    struct rtcio__probe *p = create(s);

    if (p == NULL) {
        rtcio__contexts_destroy(agreement.contexts);
        rtcio__websocket_goodbye(s->engine, conn, 0);
        return;
    }
    p->agreement = agreement;
    p->parser.compression = agreement.bits != 0;
    begin(p, conn);
    rtcio__conn_adopt(conn, &ops, p);
}

struct rtcio__conn *rtcio__probe_conn(const struct rtcio__session *s)
{
    return s->probe->conn;
}

struct rtcio__probe_parts rtcio__probe_leave(struct rtcio__session *s)
{
    struct rtcio__probe *p = s->probe;
    struct rtcio__probe_parts parts = {
        .parser = p->parser,
        .agreement = rtcio__agreement_leave(&p->agreement),
        .input = p->conn->stash,
        .changing = rtcio__timer_active(&p->noop),
    };

    p->conn->stash = NULL;
    parts.conn = rtcio__conn_release(p->conn);
    memset(&p->parser, 0, sizeof p->parser);
    detach(p);
    return parts;
}

void rtcio__probe_arrive(struct rtcio__session *s, struct rtcio__probe_parts *parts)
{
    struct rtcio__loop *loop = &s->engine->loop;
    struct rtcio__probe *p = create(s);

    if (p == NULL) {
        rtcio__probe_drop(parts);
        return;
    }
    p->parser = parts->parser;
    p->agreement = rtcio__agreement_arrive(s->engine, &parts->agreement);
    const struct rtcio__blob *input = parts->input;
    struct rtcio__conn *conn =
        rtcio__conn_join_with(loop, &parts->conn, input != NULL ? input->data : NULL,
                              input != NULL ? input->len : 0, &ops, p);
    rtcio__blob_unref(parts->input);
    if (conn == NULL) {
        free_probe(&p->corpse);
        return;
    }
    begin(p, conn);
    if (parts->changing)
        rtcio__timer_set(&loop->timers, &p->noop, rtcio__loop_now(loop) + NOOP_EVERY_MS);
}

void rtcio__probe_drop(struct rtcio__probe_parts *parts)
{
    rtcio__conn_parts_drop(&parts->conn);
    rtcio__ws_fini(&parts->parser);
    rtcio__contexts_destroy(parts->agreement.contexts);
    rtcio__blob_unref(parts->input);
}
