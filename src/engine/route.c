/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */

/* What becomes of a request: the checks of the Socket.IO spec 1.9 in their order, then a transport.
 */

#include "engine/http_conn.h"
#include "engine/http_request.h"
#include "engine/polling.h"

#include <rtcio/server.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define JSON_TYPE "application/json"

/* The query parameters that matter (spec 1.2). */
struct query {
    unsigned transport; /* RTCIO_POLLING, RTCIO_WEBSOCKET or 0 */
    bool version_4;
    bool b64;
    bool jsonp;
    char j[32];
    char sid[64];
    int sid_len; /* 0: none; larger than any identifier when it does not fit */
};

struct verdict {
    int code; /* enum rtcio_refusal_code, -1: go on */
    const char *context;
    int status; /* 0: 400 */
};

static const struct verdict go_on = {-1, "", 0};

static const char *const code_text[] = {
    "Transport unknown", "Session ID unknown", "Bad handshake method",
    "Bad request",       "Forbidden",          "Unsupported protocol version",
};

static void parse_query(const struct rtcio__http_head *head, struct query *q)
{
    char value[32];
    int n = rtcio__http_query(head->target, head->target_len, "transport", value, sizeof value);

    memset(q, 0, sizeof *q);
    if (n == 7 && strcmp(value, "polling") == 0)
        q->transport = RTCIO_POLLING;
    else if (n == 9 && strcmp(value, "websocket") == 0)
        q->transport = RTCIO_WEBSOCKET;
    n = rtcio__http_query(head->target, head->target_len, "EIO", value, sizeof value);
    q->version_4 = n == 1 && value[0] == '4';
    q->b64 = rtcio__http_query(head->target, head->target_len, "b64", value, sizeof value) > 0;
    q->jsonp = rtcio__http_query(head->target, head->target_len, "j", q->j, sizeof q->j) >= 0;
    q->sid_len = rtcio__http_query(head->target, head->target_len, "sid", q->sid, sizeof q->sid);
    if (q->sid_len < 0)
        q->sid_len = 0;
}

/* Control characters have no place in an Origin. */
static bool origin_is_sane(const struct rtcio__http_head *head)
{
    const char *origin;
    size_t len;

    if (rtcio__http_find(head, "origin", &origin, &len) == NULL)
        return true;
    for (size_t i = 0; i < len; i++) {
        unsigned char c = (unsigned char)origin[i];
        if ((c < 0x20 && c != '\t') || c == 0x7f)
            return false;
    }
    return true;
}

static struct verdict verify_known(const struct query *q, struct rtcio__session *s, bool upgrade)
{
    unsigned current = s->polling != NULL ? RTCIO_POLLING : RTCIO_WEBSOCKET;

    if (!upgrade && q->transport != current)
        return (struct verdict){RTCIO_REFUSED_BAD_REQUEST, "TRANSPORT_MISMATCH", 0};
    if (!q->version_4)
        return (struct verdict){RTCIO_REFUSED_BAD_REQUEST, "PROTOCOL_MISMATCH", 0};
    return go_on;
}

static struct verdict verify_new(struct rtcio__engine *engine, const struct query *q,
                                 const struct rtcio__http_head *head, bool upgrade)
{
    if (head->method != RTCIO__HTTP_GET)
        return (struct verdict){RTCIO_REFUSED_BAD_HANDSHAKE_METHOD, head->method_name, 0};
    if (q->transport == RTCIO_WEBSOCKET && !upgrade)
        return (struct verdict){RTCIO_REFUSED_BAD_REQUEST, "TRANSPORT_HANDSHAKE_ERROR", 0};
    if (!q->version_4)
        return (struct verdict){RTCIO_REFUSED_UNSUPPORTED_PROTOCOL, "EIO is not 4", 0};
    if (engine->closing)
        return (struct verdict){RTCIO_REFUSED_FORBIDDEN, "server is closing", 503};
    if (upgrade && engine->opt.check_origin && !rtcio__cors_allows(engine, head))
        return (struct verdict){RTCIO_REFUSED_FORBIDDEN, "origin not allowed", 0};
    if (engine->opt.max_sessions != 0 &&
        __atomic_load_n(engine->n_sessions_all, __ATOMIC_RELAXED) >= engine->opt.max_sessions)
        return (struct verdict){RTCIO_REFUSED_FORBIDDEN, "max_sessions reached", 503};
    return go_on;
}

/* The checks of spec 1.9, in that order. *session is the one the request belongs to, if any. */
static struct verdict verify(struct rtcio__engine *engine, const struct query *q,
                             const struct rtcio__http_head *head, bool upgrade,
                             struct rtcio__session **session)
{
    *session = NULL;
    if ((q->transport & engine->opt.transports) == 0)
        return (struct verdict){RTCIO_REFUSED_UNKNOWN_TRANSPORT, "not in `transports`", 0};
    if (!origin_is_sane(head))
        return (struct verdict){RTCIO_REFUSED_BAD_REQUEST, "INVALID_ORIGIN", 0};
    if (q->sid_len == 0)
        return verify_new(engine, q, head, upgrade);
    if ((size_t)q->sid_len < sizeof q->sid)
        *session = rtcio__session_find(engine, q->sid, (size_t)q->sid_len);
    if (*session == NULL)
        return (struct verdict){RTCIO_REFUSED_UNKNOWN_SID, "unknown or expired sid", 0};
    return verify_known(q, *session, upgrade);
}

static void tell_refusal(struct rtcio__http_conn *hc, const struct query *q, struct verdict v)
{
    struct rtcio__engine *engine = hc->engine;

    rtcio__counter_add(&engine->n_refused, 1);
    if (engine->opt.on_refused == NULL)
        return;
    rtcio_refusal refusal = {
        .code = (rtcio_refusal_code)v.code,
        .message = code_text[v.code],
        .context = v.context,
        .address = rtcio__address_text(&hc->address, engine->address_text),
        .transport = q->transport == RTCIO_POLLING     ? "polling"
                     : q->transport == RTCIO_WEBSOCKET ? "websocket"
                                                       : "",
    };
    engine->opt.on_refused(&refusal, engine->opt.user);
}

static void refuse(struct rtcio__http_conn *hc, const struct query *q, struct verdict v)
{
    char body[96];
    int n = snprintf(body, sizeof body, "{\"code\":%d,\"message\":\"%s\"}", v.code,
                     v.code == RTCIO_REFUSED_FORBIDDEN ? v.context : code_text[v.code]);

    tell_refusal(hc, q, v);
    rtcio__http_answer(hc, v.status != 0 ? v.status : 400, JSON_TYPE, NULL, body, (size_t)n);
}

/* Refusals of upgrades are plain text (spec 2.2). */
static void refuse_upgrade(struct rtcio__http_conn *hc, const struct query *q, struct verdict v)
{
    char block[256];
    const char *text = v.code == RTCIO_REFUSED_FORBIDDEN ? v.context : code_text[v.code];
    int n = snprintf(block, sizeof block,
                     "HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-type: text/html\r\n"
                     "Content-Length: %zu\r\n\r\n%s",
                     strlen(text), text);

    tell_refusal(hc, q, v);
    rtcio__http_finish_raw(hc, block, (size_t)n);
}

static void upgrade(struct rtcio__http_conn *hc, const struct rtcio__http_head *head,
                    const struct query *q)
{
    struct rtcio__session *s;
    struct verdict v = verify(hc->engine, q, head, true, &s);

    if (v.code == RTCIO_REFUSED_UNSUPPORTED_PROTOCOL) {
        /* Detected after the 101, as the original does (spec 2.2). */
        if (rtcio__websocket_switch(hc, head))
            refuse_upgrade(hc, q, v);
        return;
    }
    /* "The method of the request MUST be GET" (RFC 6455 section 4.1), also with a sid. */
    if (v.code < 0 && head->method != RTCIO__HTTP_GET)
        v = (struct verdict){RTCIO_REFUSED_BAD_HANDSHAKE_METHOD, head->method_name, 0};
    if (v.code >= 0) {
        refuse_upgrade(hc, q, v);
        return;
    }
    if (!rtcio__websocket_switch(hc, head))
        return;
    bool wrong =
        q->transport != RTCIO_WEBSOCKET ||
        (s != NULL && (s->polling == NULL || s->probe != NULL || s->state != RTCIO__SESSION_OPEN));
    rtcio__websocket_start(hc, head, s, q->b64, wrong);
}

static void handshake(struct rtcio__http_conn *hc, const struct rtcio__http_head *head,
                      const struct query *q)
{
    struct rtcio__session *s = rtcio__session_create(hc->engine, head, &hc->address, hc->conn->tls);

    if (s == NULL || rtcio__polling_attach(s, q->jsonp ? q->j : NULL) != 0) {
        if (s != NULL)
            rtcio__session_end(s, RTCIO__REASON_TRANSPORT_ERROR);
        rtcio__http_answer(hc, 500, NULL, NULL, NULL, 0);
        return;
    }
    rtcio__session_start(s);
    rtcio__polling_handshake(s, hc);
}

static void post(struct rtcio__http_conn *hc, const struct rtcio__http_head *head,
                 struct rtcio__session *s)
{
    const char *type;
    size_t len;
    bool octets = rtcio__http_find(head, "content-type", &type, &len) != NULL && len == 24 &&
                  memcmp(type, "application/octet-stream", 24) == 0;

    if (!head->chunked && head->content_length > hc->engine->opt.max_payload_bytes) {
        hc->keep_alive = false;
        rtcio__http_answer(hc, 413, NULL, NULL, NULL, 0);
        return;
    }
    if (!rtcio__polling_post_begin(s, hc, octets))
        return;
    if (!head->has_body) {
        char empty[1] = {0};
        rtcio__polling_post(s, hc, empty, 0);
        return;
    }
    hc->body = rtcio__http_body_create(head, hc->engine->opt.max_payload_bytes);
    if (hc->body == NULL) {
        rtcio__polling_lost(s, hc);
        rtcio__http_drop(hc);
        rtcio__session_end(s, RTCIO__REASON_TRANSPORT_ERROR);
        return;
    }
    if (head->expect_continue)
        rtcio__conn_write(hc->conn, "HTTP/1.1 100 Continue\r\n\r\n", 25);
    hc->state = RTCIO__HTTP_BODY_WAIT;
    rtcio__timer_set(&hc->engine->loop.timers, &hc->timer,
                     rtcio__loop_now(&hc->engine->loop) + hc->engine->opt.request_timeout_ms);
}

static void engine_request(struct rtcio__http_conn *hc, const struct rtcio__http_head *head,
                           bool keep_alive)
{
    struct query q;
    struct rtcio__session *s;

    if (rtcio__cors(hc, head))
        return;
    parse_query(head, &q);
    if (head->upgrade && (hc->engine->opt.transports & RTCIO_WEBSOCKET) != 0) {
        upgrade(hc, head, &q);
        return;
    }
    if (head->method == RTCIO__HTTP_HEAD && q.sid_len == 0 && hc->engine->opt.answer_head) {
        rtcio__http_answer(hc, 200, "text/plain; charset=UTF-8", "cache-control: no-store\r\n",
                           NULL, 0);
        return;
    }
    struct verdict v = verify(hc->engine, &q, head, false, &s);
    if (v.code >= 0) {
        refuse(hc, &q, v);
    } else if (s == NULL) {
        handshake(hc, head, &q);
    } else if (s->polling == NULL) {
        rtcio__http_answer(hc, 400, NULL, NULL, NULL, 0);
    } else if (head->method == RTCIO__HTTP_GET) {
        rtcio__polling_get(s, hc);
    } else if (head->method == RTCIO__HTTP_POST) {
        hc->keep_alive = keep_alive;
        post(hc, head, s);
    } else {
        rtcio__http_answer(hc, 500, NULL, NULL, NULL, 0);
    }
}

static void other_request(struct rtcio__http_conn *hc, const struct rtcio__http_head *head)
{
    struct rtcio_http_request request = {.hc = hc, .head = head};

    hc->engine->ops->http(hc->engine, &request);
    if (!request.answered)
        rtcio__http_answer(hc, 404, NULL, NULL, NULL, 0);
}

void rtcio__route(struct rtcio__http_conn *hc, const struct rtcio__http_head *head)
{
    const struct rtcio__engine *engine = hc->engine;
    bool keep_alive = hc->keep_alive;

    /* Until somebody wants the body, the connection ends with the answer. The same for an upgrade.
     */
    if (head->has_body || head->upgrade)
        hc->keep_alive = false;
    /* The comparison is of raw bytes (spec 1.1). */
    if (head->target_len >= engine->prefix_len &&
        memcmp(head->target, engine->prefix, engine->prefix_len) == 0)
        engine_request(hc, head, keep_alive);
    else
        other_request(hc, head);
}
