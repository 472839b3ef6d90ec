/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */

/* HTTP connections: cutting requests out of the stream, their deadlines, writing answers. What a
 * request means is decided in route.c. */

#include "engine/http_conn.h"

#include "engine/polling.h"
#include "engine/query.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LINGER_MS     2000  /* for the peer to take the last answer of a connection */
#define MAX_UNREAD    65536 /* bytes of answers that a client leaves behind before it is read on */
#define MAX_PIPELINED 65536 /* bytes kept behind a request that is not answered yet */

static void free_hc(struct rtcio__corpse *corpse)
{
    struct rtcio__http_conn *hc = rtcio__container_of(corpse, struct rtcio__http_conn, corpse);

    rtcio__http_body_destroy(hc->body);
    rtcio__buf_fini(&hc->extra);
    rtcio__contexts_destroy(hc->agreement.contexts);
    free(hc);
}

/* The connection is no longer HTTP; its TCP connection has been closed or given away. */
static void over(struct rtcio__http_conn *hc)
{
    hc->state = RTCIO__HTTP_OVER;
    if (hc->task != NULL)
        rtcio__http_task_lost(hc);
    rtcio__timer_stop(&hc->engine->loop.timers, &hc->timer);
    rtcio__loop_bury(&hc->engine->loop, &hc->corpse, free_hc);
}

static void set_deadline(struct rtcio__http_conn *hc, uint32_t ms)
{
    struct rtcio__loop *loop = &hc->engine->loop;
    rtcio__timer_set(&loop->timers, &hc->timer, rtcio__loop_now(loop) + ms);
}

struct rtcio__conn *rtcio__http_take_conn(struct rtcio__http_conn *hc)
{
    over(hc);
    return hc->conn;
}

void rtcio__http_drop(struct rtcio__http_conn *hc)
{
    if (hc->state == RTCIO__HTTP_OVER)
        return;
    rtcio__conn_close(hc->conn);
    over(hc);
}

void rtcio__http_finish_raw(struct rtcio__http_conn *hc, const char *data, size_t len)
{
    rtcio__conn_write(hc->conn, data, len);
    if (hc->state == RTCIO__HTTP_OVER)
        return; /* the server was closed by whom the refusal was told */
    over(hc);
    rtcio__conn_finish(hc->conn, LINGER_MS);
}

/* Status and reason phrase, as they stand in the status line. */
static const char *status_line(int status, char unknown[16])
{
    static const struct {
        int status;
        const char *text;
    } known[] = {{200, "200 OK"},
                 {202, "202 Accepted"},
                 {400, "400 Bad Request"},
                 {204, "204 No Content"},
                 {301, "301 Moved Permanently"},
                 {304, "304 Not Modified"},
                 {403, "403 Forbidden"},
                 {404, "404 Not Found"},
                 {405, "405 Method Not Allowed"},
                 {401, "401 Unauthorized"},
                 {408, "408 Request Timeout"},
                 {409, "409 Conflict"},
                 {413, "413 Payload Too Large"},
                 {415, "415 Unsupported Media Type"},
                 {429, "429 Too Many Requests"},
                 {431, "431 Request Header Fields Too Large"},
                 {500, "500 Internal Server Error"},
                 {501, "501 Not Implemented"},
                 {503, "503 Service Unavailable"},
                 {504, "504 Gateway Timeout"},
                 {505, "505 HTTP Version Not Supported"}};

    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        if (known[i].status == status)
            return known[i].text;
    snprintf(unknown, 16, "%d Status", status);
    return unknown;
}

static const char *decimal(size_t n, char out[24])
{
    char *at = out + 23;

    *at = '\0';
    do
        *--at = (char)('0' + n % 10);
    while ((n /= 10) > 0);
    return at;
}

struct piece {
    const char *text;
    size_t len;
};

static struct piece piece(const char *text)
{
    return (struct piece){text, text != NULL ? strlen(text) : 0};
}

/* The whole head takes one place in the queue. */
static void write_pieces(struct rtcio__conn *conn, const struct piece *pieces, size_t n)
{
    size_t len = 0;

    for (size_t i = 0; i < n; i++)
        len += pieces[i].len;
    char *at = rtcio__conn_reserve(conn, len);
    for (size_t i = 0; at != NULL && i < n; i++) {
        if (pieces[i].len > 0)
            memcpy(at, pieces[i].text, pieces[i].len);
        at += pieces[i].len;
    }
}

#define TEXT(literal)               \
    {                               \
        literal, sizeof literal - 1 \
    }

void rtcio__http_begin(struct rtcio__http_conn *hc, int status, const char *content_type,
                       const char *headers, size_t body_len)
{
    static const struct piece keep_alive = TEXT("\r\nConnection: keep-alive\r\n"),
                              close_it = TEXT("\r\nConnection: close\r\n");
    char number[24], unknown[16];
    bool typed = content_type != NULL, sized = status != 204 && status != 304;
    const struct piece pieces[] = {
        TEXT("HTTP/1.1 "),
        piece(status_line(status, unknown)),
        TEXT("\r\nDate: "),
        piece(rtcio__engine_date(hc->engine)),
        hc->keep_alive ? keep_alive : close_it,
        {hc->extra.data, hc->extra.len},
        piece(typed ? "Content-Type: " : NULL),
        piece(content_type),
        piece(typed ? "\r\n" : NULL),
        piece(sized ? "Content-Length: " : NULL),
        piece(sized ? decimal(body_len, number) : NULL),
        piece(sized ? "\r\n" : NULL),
        piece(headers),
        TEXT("\r\n"),
    };

    write_pieces(hc->conn, pieces, sizeof pieces / sizeof pieces[0]);
}

void rtcio__http_done(struct rtcio__http_conn *hc)
{
    if (hc->state == RTCIO__HTTP_OVER)
        return;
    hc->session = NULL;
    hc->extra.len = 0;
    if (!hc->keep_alive) {
        over(hc);
        rtcio__conn_finish(hc->conn, LINGER_MS);
        return;
    }
    rtcio__http_body_destroy(hc->body);
    hc->body = NULL;
    hc->seen = 0;
    hc->untaken = SIZE_MAX;
    hc->state = RTCIO__HTTP_HEAD_WAIT;
    set_deadline(hc, hc->engine->opt.keep_alive_timeout_ms);
    /* Requests that came meanwhile. */
    rtcio__conn_resume(hc->conn);
}

/* RFC 9112 6.3: a 204 or 304 ends with its head, and so does every answer to HEAD. */
static bool has_body(const struct rtcio__http_conn *hc, int status)
{
    return !hc->is_head && status != 204 && status != 304;
}

void rtcio__http_answer(struct rtcio__http_conn *hc, int status, const char *content_type,
                        const char *headers, const char *body, size_t body_len)
{
    rtcio__http_begin(hc, status, content_type, headers, body_len);
    if (has_body(hc, status))
        rtcio__conn_write(hc->conn, body, body_len);
    rtcio__http_done(hc);
}

void rtcio__http_answer_blob(struct rtcio__http_conn *hc, int status, const char *content_type,
                             const char *headers, struct rtcio__blob *body)
{
    rtcio__http_begin(hc, status, content_type, headers, body->len);
    if (has_body(hc, status) && body->len > 0)
        rtcio__conn_write_blob(hc->conn, body, 0, body->len);
    rtcio__http_done(hc);
}

/* The stream cannot be understood any further. */
static void bad_request(struct rtcio__http_conn *hc, int status)
{
    hc->keep_alive = false;
    hc->is_head = false;
    rtcio__counter_add(&hc->engine->n_refused, 1);
    rtcio__http_answer(hc, status, NULL, NULL, NULL, 0);
}

static size_t take_head(struct rtcio__http_conn *hc, char *data, size_t len)
{
    struct rtcio__http_head head;
    struct rtcio__query query;
    const char *value;
    size_t value_len;
    size_t head_len = rtcio__http_head_len(data, len, hc->seen);

    if (head_len == 0 && len <= hc->engine->opt.max_head_bytes) {
        if (hc->seen == 0)
            set_deadline(hc, hc->engine->opt.request_timeout_ms);
        hc->seen = len;
        return 0;
    }
    if (head_len == 0 || head_len > hc->engine->opt.max_head_bytes) {
        bad_request(hc, 431);
        return len;
    }
    hc->seen = 0;
    int status = rtcio__http_parse_head(data, head_len, &head);
    if (status != 0) {
        bad_request(hc, status);
        return len;
    }
    /* Only the usual site has the endpoint. */
    const struct rtcio__query *q =
        hc->site == NULL && rtcio__query_parse(hc->engine, &head, &query) ? &query : NULL;
    switch (rtcio__handover(hc, q, data, len)) {
    case RTCIO__HANDOVER_NO:
        break;
    case RTCIO__HANDOVER_LATER:
        rtcio__conn_pause(hc->conn); /* on_drained() comes back to it */
        return 0;
    case RTCIO__HANDOVER_DONE:
        return len;
    }
    hc->keep_alive = head.keep_alive && !hc->engine->closing;
    hc->is_head = head.method == RTCIO__HTTP_HEAD;
    hc->old_browser = rtcio__http_find(&head, "user-agent", &value, &value_len) != NULL &&
                      (memmem(value, value_len, ";MSIE", 5) != NULL ||
                       memmem(value, value_len, "Trident/", 8) != NULL);
    rtcio__timer_stop(&hc->engine->loop.timers, &hc->timer);
    rtcio__route(hc, &head, q);
    /* A body that nobody asked for cannot be told from the next request, unless it is read: the
     * connection ends with the answer (route.c set keep_alive so). */
    return head_len;
}

static void body_complete(struct rtcio__http_conn *hc)
{
    struct rtcio__session *s = hc->session;
    size_t len;

    if (hc->task != NULL) {
        rtcio__http_task_body(hc);
        return;
    }
    char *body = rtcio__http_body_data(hc->body, &len);
    rtcio__timer_stop(&hc->engine->loop.timers, &hc->timer);
    rtcio__polling_post(s, hc, body, len);
}

static size_t take_body(struct rtcio__http_conn *hc, char *data, size_t len)
{
    size_t used = len;

    switch (rtcio__http_body_feed(hc->body, data, len, &used)) {
    case RTCIO__HTTP_BODY_MORE:
        break;
    case RTCIO__HTTP_BODY_DONE:
        body_complete(hc);
        break;
    case RTCIO__HTTP_BODY_TOO_LARGE: {
        /* The session stays open (spec 1.7); only this request is refused. */
        struct rtcio__session *s = hc->session;
        hc->session = NULL;
        if (s != NULL)
            rtcio__polling_lost(s, hc);
        bad_request(hc, 413);
        return len;
    }
    case RTCIO__HTTP_BODY_BAD: {
        struct rtcio__session *s = hc->session;
        bad_request(hc, 400);
        if (s != NULL)
            rtcio__session_end(s, RTCIO__REASON_TRANSPORT_ERROR);
        return len;
    }
    }
    return used;
}

static size_t on_data(struct rtcio__conn *conn, char *data, size_t len, size_t *need)
{
    struct rtcio__http_conn *hc = conn->owner;
    size_t used = 0;
    (void)need;

    while (used < len && hc->state != RTCIO__HTTP_OVER) {
        size_t n = 0;
        if (hc->state == RTCIO__HTTP_HEAD_WAIT && rtcio__conn_queued(conn) > MAX_UNREAD)
            rtcio__conn_pause(conn);
        else if (hc->state == RTCIO__HTTP_HEAD_WAIT)
            n = take_head(hc, data + used, len - used);
        else if (hc->state == RTCIO__HTTP_BODY_WAIT)
            n = take_body(hc, data + used, len - used);
        else if (len - used > MAX_PIPELINED)
            rtcio__conn_pause(conn);
        if (n == 0)
            break;
        used += n;
    }
    return used;
}

static void on_drained(struct rtcio__conn *conn)
{
    const struct rtcio__http_conn *hc = conn->owner;

    if (hc->state == RTCIO__HTTP_HEAD_WAIT)
        rtcio__conn_resume(conn);
}

static void on_ended(struct rtcio__conn *conn, enum rtcio__conn_end how)
{
    struct rtcio__http_conn *hc = conn->owner;
    struct rtcio__session *s = hc->session;
    (void)how;

    over(hc);
    if (hc->admission != NULL)
        rtcio__admission_detach(hc->admission);
    if (s != NULL) {
        /* "poll connection closed prematurely", "data request connection closed prematurely" */
        hc->session = NULL;
        rtcio__polling_lost(s, hc);
        rtcio__session_end(s, RTCIO__REASON_TRANSPORT_ERROR);
    }
}

void rtcio__http_ignore(struct rtcio__http_conn *hc)
{
    hc->state = RTCIO__HTTP_HELD;
    hc->extra.len = 0;
    if (hc->engine->opt.destroy_upgrade)
        set_deadline(hc, hc->engine->opt.destroy_upgrade_timeout_ms);
}

/* Held, but by nobody: an upgrade that was ignored. */
static bool is_ignored(const struct rtcio__http_conn *hc)
{
    return hc->state == RTCIO__HTTP_HELD && hc->session == NULL && hc->admission == NULL &&
           hc->task == NULL;
}

static void finish(struct rtcio__http_conn *hc)
{
    over(hc);
    rtcio__conn_finish(hc->conn, LINGER_MS);
}

static void on_deadline(struct rtcio__timer *timer)
{
    struct rtcio__http_conn *hc = rtcio__container_of(timer, struct rtcio__http_conn, timer);

    if (hc->admission != NULL) {
        rtcio__admission_expire(hc->admission);
        return;
    }
    if (hc->task != NULL) {
        rtcio__http_task_expire(hc);
        return;
    }
    if (is_ignored(hc)) {
        finish(hc);
        return;
    }
    if (hc->state == RTCIO__HTTP_HEAD_WAIT && hc->seen == 0) {
        size_t untaken = rtcio__conn_untaken(hc->conn);
        if (untaken > 0 && untaken < hc->untaken) {
            /* Not idle: a slow client is taking the last answer. */
            hc->untaken = untaken;
            set_deadline(hc, hc->engine->opt.keep_alive_timeout_ms);
            return;
        }
        rtcio__http_drop(hc);
        return;
    }
    struct rtcio__session *s = hc->session;
    bad_request(hc, 408);
    if (s != NULL) {
        rtcio__polling_lost(s, hc);
        rtcio__session_end(s, RTCIO__REASON_TRANSPORT_ERROR);
    }
}

static const struct rtcio__conn_ops ops = {
    .data = on_data, .ended = on_ended, .drained = on_drained};

static void begin(struct rtcio__engine *engine, struct rtcio__http_conn *hc,
                  struct rtcio__conn *conn, const struct rtcio__address *address)
{
    hc->conn = conn;
    hc->engine = engine;
    hc->peer = hc->address = *address;
    rtcio__timer_init(&hc->timer, on_deadline);
    set_deadline(hc, engine->opt.request_timeout_ms);
}

void rtcio__http_accept(void *user, int fd, const struct sockaddr_storage *peer)
{
    struct rtcio__address address;

    rtcio__address_set(&address, peer);
    rtcio__http_accept_from(user, fd, &address);
}

void rtcio__http_accept_from(const struct rtcio__endpoint *endpoint, int fd,
                             const struct rtcio__address *peer)
{
    struct rtcio__engine *engine = endpoint->engine;
    struct rtcio__http_conn *hc = calloc(1, sizeof *hc);
    struct rtcio__conn *conn = rtcio__conn_create(&engine->loop, fd, endpoint->tls, &ops, hc);

    if (hc == NULL || conn == NULL) {
        if (conn != NULL)
            rtcio__conn_close(conn);
        free(hc);
        return;
    }
    hc->site = endpoint->site;
    begin(engine, hc, conn, peer);
    rtcio__conn_read_now(conn);
}

void rtcio__http_adopt(struct rtcio__engine *engine, struct rtcio__conn_parts *parts,
                       const struct rtcio__address *address, const char *data, size_t len)
{
    struct rtcio__http_conn *hc = calloc(1, sizeof *hc);
    struct rtcio__conn *conn =
        hc != NULL ? rtcio__conn_join_with(&engine->loop, parts, data, len, &ops, hc) : NULL;

    if (conn == NULL) {
        if (hc == NULL)
            rtcio__conn_parts_drop(parts);
        free(hc);
        return;
    }
    begin(engine, hc, conn, address);
}

void rtcio__http_close_idle(struct rtcio__engine *engine)
{
    struct rtcio__list *link = engine->loop.conns.next, *next;

    for (; link != &engine->loop.conns; link = next) {
        struct rtcio__conn *conn = rtcio__container_of(link, struct rtcio__conn, link);
        next = link->next;
        if (conn->ops != &ops)
            continue;
        struct rtcio__http_conn *hc = conn->owner;
        hc->keep_alive = false;
        if (hc->state == RTCIO__HTTP_HEAD_WAIT || is_ignored(hc))
            finish(hc);
    }
}
