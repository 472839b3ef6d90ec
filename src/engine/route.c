/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */

/* What becomes of a request: the checks of the Socket.IO spec 1.9 in their order, then a transport.
 */

#include "engine/compress.h"
#include "engine/cookie.h"
#include "engine/forwarded.h"
#include "engine/hooks.h"
#include "engine/http_request.h"
#include "engine/polling.h"
#include "engine/query.h"
#include "engine/quota.h"

#include <rtcio/server.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define JSON_TYPE "application/json"

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

static struct verdict verify_known(const struct rtcio__query *q, struct rtcio__session *s,
                                   bool upgrade)
{
    unsigned current = s->polling != NULL ? RTCIO_POLLING : RTCIO_WEBSOCKET;

    if (!upgrade && q->transport != current)
        return (struct verdict){RTCIO_REFUSED_BAD_REQUEST, "TRANSPORT_MISMATCH", 0};
    if (q->version_4 == s->eio3)
        return (struct verdict){RTCIO_REFUSED_BAD_REQUEST, "PROTOCOL_MISMATCH", 0};
    return go_on;
}

/* Is there a place for one more session? */
static struct verdict verify_place(struct rtcio__http_conn *hc)
{
    struct rtcio__engine *engine = hc->engine;
    const char *refusal;

    if (engine->closing)
        return (struct verdict){RTCIO_REFUSED_FORBIDDEN, "server is closing", 503};
    if (engine->opt.max_sessions != 0 &&
        __atomic_load_n(engine->n_sessions_all, __ATOMIC_RELAXED) >= engine->opt.max_sessions)
        return (struct verdict){RTCIO_REFUSED_FORBIDDEN, "max_sessions reached", 503};
    /* Others may have come while it was decided on. */
    if (engine->opt.allow_request != NULL &&
        (refusal = rtcio__quota_refusal(engine, &hc->address, true)) != NULL)
        return (struct verdict){RTCIO_REFUSED_FORBIDDEN, refusal, 429};
    return go_on;
}

static struct verdict verify_new(struct rtcio__engine *engine, const struct rtcio__query *q,
                                 const struct rtcio__http_head *head, bool upgrade)
{
    if (head->method != RTCIO__HTTP_GET)
        return (struct verdict){RTCIO_REFUSED_BAD_HANDSHAKE_METHOD, head->method_name, 0};
    if (q->transport == RTCIO_WEBSOCKET && !upgrade)
        return (struct verdict){RTCIO_REFUSED_BAD_REQUEST, "TRANSPORT_HANDSHAKE_ERROR", 0};
    if (upgrade && engine->opt.check_origin && !rtcio__cors_allows(engine, head))
        return (struct verdict){RTCIO_REFUSED_FORBIDDEN, "origin not allowed", 0};
    return go_on;
}

/* The checks of spec 1.9, in that order. *session is the one the request belongs to, if any. */
static struct verdict verify(struct rtcio__engine *engine, const struct rtcio__query *q,
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

/* What was wrong with the request, as far as it can be named. */
static const char *asked_for(const struct rtcio__http_head *head, struct verdict v, char out[101])
{
    const char *value, *parameter = NULL;
    size_t len;

    out[0] = '\0';
    if (v.code == RTCIO_REFUSED_UNKNOWN_TRANSPORT || strcmp(v.context, "TRANSPORT_MISMATCH") == 0)
        parameter = "transport";
    else if (v.code == RTCIO_REFUSED_UNKNOWN_SID)
        parameter = "sid";
    else if (v.code == RTCIO_REFUSED_UNSUPPORTED_PROTOCOL ||
             strcmp(v.context, "PROTOCOL_MISMATCH") == 0)
        parameter = "EIO";
    if (parameter != NULL)
        rtcio__http_query(head->target, head->target_len, parameter, out, 101);
    else if (v.code == RTCIO_REFUSED_BAD_HANDSHAKE_METHOD)
        return head->method_name;
    else if (strcmp(v.context, "INVALID_ORIGIN") == 0 &&
             rtcio__http_find(head, "origin", &value, &len) != NULL)
        snprintf(out, 101, "%.*s", (int)(len < 100 ? len : 100), value);
    return out;
}

static const char *expected_instead(const struct rtcio__query *q, struct verdict v)
{
    if (strcmp(v.context, "TRANSPORT_MISMATCH") == 0)
        return q->transport == RTCIO_POLLING ? "websocket" : "polling";
    if (strcmp(v.context, "PROTOCOL_MISMATCH") == 0)
        return q->version_4 ? "3" : "4";
    return "";
}

static void tell_refusal(struct rtcio__http_conn *hc, const struct rtcio__http_head *head,
                         const struct rtcio__query *q, struct verdict v)
{
    struct rtcio__engine *engine = hc->engine;
    const struct rtcio_http_request request = {.hc = hc, .head = head, .answered = true};
    char asked[101];

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
        .asked = asked_for(head, v, asked),
        .expected = expected_instead(q, v),
        .request = &request,
    };
    engine->opt.on_refused(&refusal, engine->opt.user);
}

static const char *text_of(struct verdict v)
{
    return v.code == RTCIO_REFUSED_FORBIDDEN ? v.context : code_text[v.code];
}

static void refuse_plain(struct rtcio__http_conn *hc, struct verdict v)
{
    struct rtcio__buf b = {0};

    if (rtcio__buf_printf(&b, "{\"code\":%d,\"message\":", v.code) != 0 ||
        rtcio__buf_append_json_string(&b, text_of(v), strlen(text_of(v))) != 0 ||
        rtcio__buf_append_byte(&b, '}') != 0)
        b.len = 0;
    rtcio__http_answer(hc, v.status != 0 ? v.status : 400, JSON_TYPE,
                       v.status == 429 ? "Retry-After: 1\r\n" : NULL, b.data, b.len);
    rtcio__buf_fini(&b);
}

/* Refusals of upgrades are plain text (spec 2.2). */
static void refuse_upgrade(struct rtcio__http_conn *hc, struct verdict v)
{
    struct rtcio__buf b = {0};
    const char *text = text_of(v);

    rtcio__buf_printf(&b,
                      "HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-type: text/html\r\n"
                      "Content-Length: %zu\r\n\r\n%s",
                      strlen(text), text);
    rtcio__http_finish_raw(hc, b.data, b.len);
    rtcio__buf_fini(&b);
}

static void refuse(struct rtcio__http_conn *hc, const struct rtcio__http_head *head,
                   const struct rtcio__query *q, struct verdict v)
{
    tell_refusal(hc, head, q, v);
    if (q->upgrade)
        refuse_upgrade(hc, v);
    else
        refuse_plain(hc, v);
}

void rtcio__route_forbidden(struct rtcio__http_conn *hc, const struct rtcio__http_head *head,
                            const struct rtcio__query *q, const char *message, int status)
{
    const char *text = message != NULL ? message : code_text[RTCIO_REFUSED_FORBIDDEN];

    refuse(hc, head, q, (struct verdict){RTCIO_REFUSED_FORBIDDEN, text, status});
}

/* The answer may come when the request's head is gone. */
static void note_encoding(struct rtcio__http_conn *hc, const struct rtcio__http_head *head)
{
    if (hc->engine->opt.http_compression)
        hc->encoding = (uint8_t)rtcio__accepted_encoding(head);
}

static void handshake(struct rtcio__http_conn *hc, const struct rtcio__http_head *head,
                      const struct rtcio__query *q, const char *sid)
{
    const rtcio_server_options *opt = &hc->engine->opt;
    struct rtcio__session *s =
        rtcio__session_create(hc->engine, head, &hc->address, hc->secure, sid);

    if (s != NULL && !q->version_4) {
        s->eio3 = true;
        s->text_only = q->b64;
    }
    if (s == NULL || rtcio__polling_attach(s, q->jsonp ? q->j : NULL) != 0) {
        if (s != NULL)
            rtcio__session_end(s, RTCIO__REASON_TRANSPORT_ERROR);
        rtcio__http_answer(hc, 500, NULL, NULL, NULL, 0);
        return;
    }
    if (opt->cookie_name != NULL)
        rtcio__cookie_append(&hc->extra, opt, rtcio__session_sid(s));
    rtcio__session_start(s);
    note_encoding(hc, head);
    rtcio__polling_handshake(s, hc);
    if (s->eio3)
        hc->engine->ops->opened(s);
}

/* The last checks, which the original makes when it has let the client in (spec 1.9). *sid is
 * replaced by one that the owner makes. */
static struct verdict verify_admitted(struct rtcio__http_conn *hc,
                                      const struct rtcio__http_head *head,
                                      const struct rtcio__query *q, const char **sid,
                                      char made[RTCIO_MAX_SID_LEN + 1])
{
    const rtcio_server_options *opt = &hc->engine->opt;
    const struct rtcio_http_request request = {.hc = hc, .head = head, .answered = true};

    if (!q->version_4 && !opt->allow_eio3)
        return (struct verdict){
            RTCIO_REFUSED_UNSUPPORTED_PROTOCOL,
            "the client speaks Engine.IO 3 (socket.io 1 or 2), the server 4 only: see allow_eio3",
            0};
    if (*sid != NULL || opt->generate_id == NULL)
        return go_on;
    made[0] = '\0';
    if (opt->generate_id(&request, made, opt->user) != 0 || !rtcio__sid_is_valid(made) ||
        rtcio__session_find(hc->engine, made, strlen(made)) != NULL)
        return (struct verdict){RTCIO_REFUSED_BAD_REQUEST, "ID_GENERATION_ERROR", 0};
    *sid = made;
    return go_on;
}

void rtcio__route_admitted(struct rtcio__http_conn *hc, const struct rtcio__http_head *head,
                           const struct rtcio__query *q, const char *sid)
{
    char made[RTCIO_MAX_SID_LEN + 1];
    struct verdict v = verify_place(hc);
    bool full = v.code >= 0;

    if (!full)
        v = verify_admitted(hc, head, q, &sid, made);
    if (v.code >= 0 && (full || !q->upgrade)) {
        refuse(hc, head, q, v);
        return;
    }
    rtcio__hooks_headers(hc, head, true);
    if (!q->upgrade) {
        handshake(hc, head, q, sid);
        return;
    }
    /* Refusals from here on come behind the 101, as the original's do (spec 2.2). */
    if (!rtcio__websocket_switch(hc, head))
        return;
    if (v.code >= 0)
        refuse(hc, head, q, v);
    else if (q->transport != RTCIO_WEBSOCKET)
        rtcio__websocket_reject(hc);
    else
        rtcio__websocket_open(hc, head, sid, q->b64, !q->version_4);
}

static void new_session(struct rtcio__http_conn *hc, const struct rtcio__http_head *head,
                        const struct rtcio__query *q)
{
    const char *refusal = rtcio__quota_refusal(hc->engine, &hc->address, false);

    if (refusal != NULL)
        refuse(hc, head, q, (struct verdict){RTCIO_REFUSED_FORBIDDEN, refusal, 429});
    else if (hc->engine->opt.allow_request != NULL)
        rtcio__admission_ask(hc, head, q);
    else
        rtcio__route_admitted(hc, head, q, NULL);
}

/* A WebSocket for a session that is on polling. */
static void upgrade(struct rtcio__http_conn *hc, const struct rtcio__http_head *head,
                    const struct rtcio__query *q, struct rtcio__session *s)
{
    rtcio__hooks_headers(hc, head, false);
    if (!rtcio__websocket_switch(hc, head))
        return;
    if (q->transport != RTCIO_WEBSOCKET || s->polling == NULL || s->probe != NULL ||
        s->state != RTCIO__SESSION_OPEN)
        rtcio__websocket_reject(hc);
    else
        rtcio__websocket_upgrade(hc, s, q->b64);
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

/* A request of a session on polling. */
static void session_request(struct rtcio__http_conn *hc, const struct rtcio__http_head *head,
                            struct rtcio__session *s, bool keep_alive)
{
    if (s->polling == NULL) {
        rtcio__http_answer(hc, 400, NULL, NULL, NULL, 0);
    } else if (head->method == RTCIO__HTTP_GET) {
        rtcio__hooks_headers(hc, head, false);
        note_encoding(hc, head);
        rtcio__polling_get(s, hc);
    } else if (head->method == RTCIO__HTTP_POST) {
        hc->keep_alive = keep_alive;
        rtcio__hooks_headers(hc, head, false);
        post(hc, head, s);
    } else {
        rtcio__http_answer(hc, 500, NULL, NULL, NULL, 0);
    }
}

/* CORS and the middlewares. True: go on. */
static bool enter(struct rtcio__http_conn *hc, const struct rtcio__http_head *head,
                  const struct rtcio__query *q)
{
    if (rtcio__cors(hc, head))
        return false;
    if (hc->engine->middlewares == NULL)
        return true;
    enum rtcio__passage passage = rtcio__hooks_pass(hc, head);
    if (passage == RTCIO__FAILED)
        refuse(hc, head, q, (struct verdict){RTCIO_REFUSED_BAD_REQUEST, "MIDDLEWARE_FAILURE", 0});
    return passage == RTCIO__PASSED;
}

static void engine_request(struct rtcio__http_conn *hc, const struct rtcio__http_head *head,
                           const struct rtcio__query *q, bool keep_alive)
{
    struct rtcio__session *s;

    if (!enter(hc, head, q))
        return;
    if (!q->upgrade && head->method == RTCIO__HTTP_HEAD && q->sid_len == 0 &&
        hc->engine->opt.answer_head) {
        rtcio__http_answer(hc, 200, "text/plain; charset=UTF-8", "cache-control: no-store\r\n",
                           NULL, 0);
        return;
    }
    struct verdict v = verify(hc->engine, q, head, q->upgrade, &s);
    /* "The method of the request MUST be GET" (RFC 6455 section 4.1), also with a sid. */
    if (v.code < 0 && q->upgrade && head->method != RTCIO__HTTP_GET)
        v = (struct verdict){RTCIO_REFUSED_BAD_HANDSHAKE_METHOD, head->method_name, 0};
    if (v.code >= 0)
        refuse(hc, head, q, v);
    else if (s == NULL)
        new_session(hc, head, q);
    else if (q->upgrade)
        upgrade(hc, head, q, s);
    else
        session_request(hc, head, s, keep_alive);
}

static void other_request(struct rtcio__http_conn *hc, const struct rtcio__http_head *head)
{
    struct rtcio_http_request request = {.hc = hc, .head = head};

    hc->engine->ops->http(hc->engine, &request);
    if (request.answered || request.moved)
        return;
    if (head->upgrade)
        rtcio__http_ignore(hc);
    else
        rtcio__http_answer(hc, 404, NULL, NULL, NULL, 0);
}

void rtcio__route(struct rtcio__http_conn *hc, const struct rtcio__http_head *head,
                  const struct rtcio__query *q)
{
    const struct rtcio__engine *engine = hc->engine;
    bool keep_alive = hc->keep_alive;

    hc->address = hc->peer;
    hc->secure = hc->conn->tls;
    if (engine->opt.trusted_proxies != NULL)
        rtcio__forwarded(&engine->trusted, engine->opt.forwarded_header, head, &hc->address,
                         &hc->secure);

    /* Until somebody wants the body, the connection ends with the answer. The same for an upgrade.
     */
    if (head->has_body || head->upgrade)
        hc->keep_alive = false;
    if (q != NULL)
        engine_request(hc, head, q, keep_alive);
    else
        other_request(hc, head);
}
