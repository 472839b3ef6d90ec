/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */

/* Long-polling: messages wait in order until a GET takes them all; a POST brings the client's. */

#include "engine/polling.h"

#include "base/base64.h"
#include "base/utf8.h"
#include "codec/eio3.h"
#include "engine/compress.h"
#include "engine/http_conn.h"
#include "engine/jsonp.h"
#include "engine/move.h"
#include "engine/rate.h"
#include "engine/websocket.h"

#include <stdlib.h>
#include <string.h>

#define POLL_TYPE            "text/plain; charset=UTF-8"
#define BYTES_TYPE           "application/octet-stream"
#define POST_TYPE            "text/html"
#define NO_STORE             "cache-control: no-store\r\n"
#define NO_STORE_OLD_BROWSER "cache-control: no-store\r\nX-XSS-Protection: 0\r\n"

struct queued {
    struct rtcio__blob *message;
    bool binary;
    bool plain; /* not worth compressing, says who sent it */
};

struct rtcio__polling {
    struct rtcio__session *session;
    struct rtcio__deferred flush;  /* answers the pending GET at the end of the turn */
    struct rtcio__http_conn *get;  /* pending */
    struct rtcio__http_conn *post; /* its body is on its way, or is served with pauses: */
    char *body;                    /* what has come of it, in memory of `post` */
    size_t body_len, body_at;      /* … and how much of that was served */
    struct queued *queue;
    uint32_t n, cap;
    size_t bytes; /* as they are counted against max_queue_bytes */
    bool jsonp;
    bool takes_bytes; /* Engine.IO 3: payloads may have the binary form */
    bool octets;      /* Engine.IO 3: the POST on its way has it */
    char index[16];   /* digits of the JSONP index */
};

static const char *headers(const struct rtcio__http_conn *hc)
{
    return hc->old_browser ? NO_STORE_OLD_BROWSER : NO_STORE;
}

/* How the packets of a payload are written (spec 1.5, 1.14). */
enum form { VERSION_4, VERSION_3, VERSION_3_BINARY };

static enum form form_of(const struct rtcio__polling *p)
{
    if (!p->session->eio3)
        return VERSION_4;
    for (uint32_t i = 0; p->takes_bytes && i < p->n; i++)
        if (p->queue[i].binary)
            return VERSION_3_BINARY;
    return VERSION_3;
}

static struct rtcio__eio3_out out3(const struct queued *q)
{
    return (struct rtcio__eio3_out){rtcio__message_data(q->message),
                                    q->message->len - RTCIO__MESSAGE_ROOM, q->binary};
}

/* Length of a queued packet in a payload. */
static size_t packet_len(const struct queued *q, enum form form)
{
    size_t len = q->message->len - RTCIO__MESSAGE_ROOM;

    if (form != VERSION_4) {
        const struct rtcio__eio3_out out = out3(q);
        return rtcio__eio3_measure(&out, form == VERSION_3_BINARY);
    }
    return q->binary ? 1 + rtcio__base64_encoded_len(len) : len;
}

static char *write_packet(char *at, const struct queued *q, enum form form)
{
    const char *data = rtcio__message_data(q->message);
    size_t len = q->message->len - RTCIO__MESSAGE_ROOM;

    if (form != VERSION_4) {
        const struct rtcio__eio3_out out = out3(q);
        return rtcio__eio3_write(at, &out, form == VERSION_3_BINARY);
    }
    if (q->binary) {
        *at++ = RTCIO__EIO_BINARY;
        return at + rtcio__base64_encode(at, data, len);
    }
    memcpy(at, data, len);
    return at + len;
}

/* The whole queue. */
static char *write_queue(char *at, const struct rtcio__polling *p, enum form form)
{
    for (uint32_t i = 0; i < p->n; i++) {
        if (i > 0 && form == VERSION_4)
            *at++ = RTCIO__EIO_SEPARATOR;
        at = write_packet(at, &p->queue[i], form);
    }
    return at;
}

/* Answers a GET with the whole body; `compress`: if the client likes that, and it is long enough.
 */
static void respond(struct rtcio__http_conn *hc, const char *type, const char *body, size_t len,
                    bool compress)
{
    const rtcio_server_options *opt = &hc->engine->opt;
    struct rtcio__buf b = {0};

    if (compress && opt->http_compression && hc->encoding != RTCIO__IDENTITY &&
        len >= opt->http_compression_threshold &&
        rtcio__compress(&b, hc->encoding, body, len) == 0 &&
        rtcio__buf_printf(&hc->extra, "Content-Encoding: %s\r\n",
                          rtcio__encoding_name(hc->encoding)) == 0) {
        body = b.data;
        len = b.len;
    }
    rtcio__http_answer(hc, 200, type, headers(hc), body, len);
    rtcio__buf_fini(&b);
}

static void answer_jsonp(struct rtcio__polling *p, struct rtcio__http_conn *hc, const char *body,
                         size_t len, bool compress)
{
    struct rtcio__buf b = {0};

    rtcio__jsonp_wrap(&b, p->index, body, len);
    respond(hc, POLL_TYPE, b.data, b.len, compress);
    rtcio__buf_fini(&b);
}

/* Answers a GET with a payload that is ready. */
static void answer(struct rtcio__polling *p, struct rtcio__http_conn *hc, const char *body,
                   size_t len)
{
    if (p->jsonp)
        answer_jsonp(p, hc, body, len, true);
    else
        respond(hc, POLL_TYPE, body, len, true);
}

/* Answers a GET with packets that have nothing but a type. */
static void answer_types(struct rtcio__polling *p, struct rtcio__http_conn *hc, const char *types)
{
    char body[16], *at = body;

    for (; *types != '\0'; types++) {
        const struct rtcio__eio3_out out = {types, 1, false};
        if (p->session->eio3) {
            at = rtcio__eio3_write(at, &out, false);
            continue;
        }
        if (at > body)
            *at++ = RTCIO__EIO_SEPARATOR;
        *at++ = *types;
    }
    answer(p, hc, body, (size_t)(at - body));
}

static void clear_queue(struct rtcio__polling *p)
{
    for (uint32_t i = 0; i < p->n; i++)
        rtcio__blob_unref(p->queue[i].message);
    rtcio__counter_sub(&p->session->engine->loop.queued_bytes, p->bytes);
    p->n = 0;
    p->bytes = 0;
    /* An idle session holds no queue. */
    free(p->queue);
    p->queue = NULL;
    p->cap = 0;
}

/* What was to be answered is lost for want of memory, and the session with it. */
static void lose(struct rtcio__polling *p, struct rtcio__http_conn *hc)
{
    rtcio__http_drop(hc);
    rtcio__session_doom(p->session);
}

/* Answers a GET with everything queued. */
static void answer_queue(struct rtcio__polling *p, struct rtcio__http_conn *hc)
{
    const rtcio_server_options *opt = &hc->engine->opt;
    enum form form = form_of(p);
    const char *type = form == VERSION_3_BINARY ? BYTES_TYPE : POLL_TYPE;
    size_t len = form == VERSION_4 ? p->n - 1 : 0; /* the separators */
    bool compress = false;

    for (uint32_t i = 0; i < p->n; i++) {
        len += packet_len(&p->queue[i], form);
        compress |= !p->queue[i].plain;
    }
    if (p->jsonp ||
        (compress && hc->encoding != RTCIO__IDENTITY && len >= opt->http_compression_threshold)) {
        char *body = malloc(len);
        if (body != NULL)
            write_queue(body, p, form);
        clear_queue(p);
        if (body == NULL)
            lose(p, hc);
        else if (p->jsonp)
            answer_jsonp(p, hc, body, len, compress);
        else
            respond(hc, type, body, len, compress);
        free(body);
        return;
    }
    rtcio__http_begin(hc, 200, type, headers(hc), len);
    char *at = rtcio__conn_reserve(hc->conn, len);
    if (at != NULL)
        write_queue(at, p, form);
    clear_queue(p);
    if (at == NULL)
        lose(p, hc);
    else
        rtcio__http_done(hc);
}

/* The pending GET, which is pending no longer. */
static struct rtcio__http_conn *take_get(struct rtcio__polling *p)
{
    struct rtcio__http_conn *hc = p->get;

    p->get = NULL;
    hc->session = NULL;
    return hc;
}

static void run_flush(struct rtcio__deferred *deferred)
{
    struct rtcio__polling *p = rtcio__container_of(deferred, struct rtcio__polling, flush);

    if (p->get != NULL && p->n > 0)
        answer_queue(p, take_get(p));
}

int rtcio__polling_attach(struct rtcio__session *s, const char *jsonp)
{
    struct rtcio__polling *p = calloc(1, sizeof *p);

    if (p == NULL)
        return RTCIO_E_NO_MEMORY;
    p->session = s;
    rtcio__list_init(&p->flush.link);
    p->flush.run = run_flush;
    if (jsonp != NULL) {
        size_t n = 0;
        p->jsonp = true;
        for (; *jsonp != '\0' && n < sizeof p->index - 1; jsonp++)
            if (*jsonp >= '0' && *jsonp <= '9')
                p->index[n++] = *jsonp;
    }
    p->takes_bytes = s->eio3 && !p->jsonp && !s->text_only;
    s->polling = p;
    rtcio__counter_add(&s->engine->n_polling, 1);
    return 0;
}

void rtcio__polling_detach(struct rtcio__session *s)
{
    struct rtcio__polling *p = s->polling;

    if (p->get != NULL)
        answer_types(p, take_get(p), "1");
    if (p->post != NULL)
        rtcio__http_drop(p->post);
    clear_queue(p);
    rtcio__list_remove(&p->flush.link);
    s->polling = NULL;
    rtcio__counter_sub(&s->engine->n_polling, 1);
    free(p);
}

bool rtcio__polling_leave(struct rtcio__session *s)
{
    struct rtcio__polling *p = s->polling;

    /* The client asks again, and where that leads it finds what comes next. */
    if (p->get != NULL && p->n > 0)
        answer_queue(p, take_get(p));
    else if (p->get != NULL)
        answer_types(p, take_get(p), "6");
    if (s->doomed)
        return false;
    rtcio__list_remove(&p->flush.link);
    rtcio__counter_sub(&s->engine->loop.queued_bytes, p->bytes);
    rtcio__counter_sub(&s->engine->n_polling, 1);
    return true;
}

void rtcio__polling_arrive(struct rtcio__session *s)
{
    s->polling->session = s;
    rtcio__counter_add(&s->engine->loop.queued_bytes, s->polling->bytes);
    rtcio__counter_add(&s->engine->n_polling, 1);
}

void rtcio__polling_free(struct rtcio__polling *p)
{
    if (p == NULL)
        return;
    for (uint32_t i = 0; i < p->n; i++)
        rtcio__blob_unref(p->queue[i].message);
    free(p->queue);
    free(p);
}

/* Appends a packet to a payload: `text`, and what stands in front of it. */
static int append_packet(struct rtcio__buf *b, const char *text, size_t len, bool eio3)
{
    const struct rtcio__eio3_out out = {text, len, false};

    if (!eio3)
        return (b->len > 0 ? rtcio__buf_append_byte(b, RTCIO__EIO_SEPARATOR) : 0) != 0
                   ? RTCIO_E_NO_MEMORY
                   : rtcio__buf_append(b, text, len);
    size_t n = rtcio__eio3_measure(&out, false);
    int error = rtcio__buf_reserve(b, n);
    if (error == 0) {
        rtcio__eio3_write(b->data + b->len, &out, false);
        b->len += n;
    }
    return error;
}

void rtcio__polling_handshake(struct rtcio__session *s, struct rtcio__http_conn *hc)
{
    char packet[RTCIO__OPEN_PACKET_MAX];
    const char *initial = s->engine->opt.initial_packet;
    size_t len = rtcio__session_open_packet(s, false, packet);

    if (initial == NULL && !s->eio3) {
        answer(s->polling, hc, packet, len);
        return;
    }
    struct rtcio__buf b = {0}, message = {0};
    int error = append_packet(&b, packet, len, s->eio3);
    if (error == 0 && initial != NULL)
        error = rtcio__buf_printf(&message, "%c%s", RTCIO__EIO_MESSAGE, initial);
    if (error == 0 && initial != NULL)
        error = append_packet(&b, message.data, message.len, s->eio3);
    if (error == 0)
        answer(s->polling, hc, b.data, b.len);
    else
        lose(s->polling, hc);
    rtcio__buf_fini(&message);
    rtcio__buf_fini(&b);
}

void rtcio__polling_get(struct rtcio__session *s, struct rtcio__http_conn *hc)
{
    struct rtcio__polling *p = s->polling;

    if (p->get != NULL) {
        /* "overlap from client" (spec 1.6) */
        rtcio__http_answer(hc, 400, NULL, NULL, NULL, 0);
        rtcio__session_end(s, RTCIO__REASON_TRANSPORT_ERROR);
    } else if (p->n > 0) {
        answer_queue(p, hc);
    } else if (s->state == RTCIO__SESSION_CLOSING) {
        answer_types(p, hc, "61");
        rtcio__session_end(s, RTCIO__REASON_FORCED_CLOSE);
    } else {
        p->get = hc;
        hc->session = s;
        hc->state = RTCIO__HTTP_HELD;
    }
}

bool rtcio__polling_post_begin(struct rtcio__session *s, struct rtcio__http_conn *hc,
                               bool octet_stream)
{
    struct rtcio__polling *p = s->polling;

    if (p->post == NULL && (!octet_stream || s->eio3)) {
        p->post = hc;
        p->octets = octet_stream && !p->jsonp;
        hc->session = s;
        return true;
    }
    /* "data request overlap from client", "invalid content" (spec 1.7) */
    hc->keep_alive = false;
    rtcio__http_answer(hc, 400, NULL, NULL, NULL, 0);
    rtcio__session_end(s, RTCIO__REASON_TRANSPORT_ERROR);
    return false;
}

/* Serves the packets of the body from where it stands, until the session is over or has to pause,
 * if it may; true then. */
static bool serve_body(struct rtcio__session *s, char *body, size_t len, size_t *at, bool octets,
                       bool may_pause)
{
    struct rtcio__eio_packet packet;
    int got = 0;

    rtcio__rate_fill(s);
    s->rushed = !may_pause;
    while (s->state == RTCIO__SESSION_OPEN) {
        if (s->held && may_pause)
            return *at <= len;
        size_t before = *at;
        got = s->eio3 ? rtcio__eio3_payload_next(body, len, octets, at, &packet)
                      : rtcio__eio_payload_next(body, len, at, &packet);
        if (got != 1)
            break;
        rtcio__rate_take(s, 1, *at - before);
        if (s->state == RTCIO__SESSION_OPEN)
            rtcio__session_packet(s, &packet);
        if (rtcio__session_is_moving(s)) {
            s->rushed = false;
            rtcio__move(s, packet.data, packet.len, body + *at, *at < len ? len - *at : 0);
            return false;
        }
    }
    if (s->state == RTCIO__SESSION_OPEN && got < 0) {
        rtcio__counter_add(&s->engine->n_parse_errors, 1);
        rtcio__session_end(s, RTCIO__REASON_PARSE_ERROR);
    }
    s->rushed = false;
    return false;
}

static bool is_text(struct rtcio__session *s, const char *body, size_t len)
{
    if (rtcio__utf8_valid(body, len))
        return true;
    rtcio__counter_add(&s->engine->n_parse_errors, 1);
    rtcio__session_end(s, RTCIO__REASON_PARSE_ERROR);
    return false;
}

void rtcio__polling_packets(struct rtcio__session *s, char *body, size_t len, bool octets)
{
    size_t at = 0;

    if (octets || is_text(s, body, len))
        serve_body(s, body, len, &at, octets, false);
}

static void serve_post(struct rtcio__session *s, struct rtcio__http_conn *hc, char *body,
                       size_t len, size_t at)
{
    /* Whatever happens to the session, this request is answered "ok" (spec 1.7). */
    s->polling->post = NULL;
    hc->session = NULL;
    /* An empty body is not memory of the request, and nothing of it could wait. */
    if (serve_body(s, body, len, &at, s->polling->octets, len > 0) && s->polling != NULL) {
        struct rtcio__polling *p = s->polling;
        p->post = hc;
        p->body = body;
        p->body_len = len;
        p->body_at = at;
        hc->session = s;
        hc->state = RTCIO__HTTP_HELD;
        return;
    }
    if (hc->state != RTCIO__HTTP_OVER)
        rtcio__http_answer(hc, 200, POST_TYPE, headers(hc), "ok", 2);
}

void rtcio__polling_post(struct rtcio__session *s, struct rtcio__http_conn *hc, char *body,
                         size_t len)
{
    long n = s->polling->jsonp ? rtcio__jsonp_field(body, len) : (long)len;

    s->polling->post = NULL;
    hc->session = NULL;
    /* A form without its field has nothing to serve. */
    if (n < 0 || (!s->polling->octets && !is_text(s, body, (size_t)n))) {
        if (hc->state != RTCIO__HTTP_OVER)
            rtcio__http_answer(hc, 200, POST_TYPE, headers(hc), "ok", 2);
        return;
    }
    serve_post(s, hc, body, (size_t)n, 0);
}

void rtcio__polling_resume(struct rtcio__session *s)
{
    struct rtcio__polling *p = s->polling;

    if (p->body == NULL || p->post == NULL)
        return;
    char *body = p->body;
    p->body = NULL;
    serve_post(s, p->post, body, p->body_len, p->body_at);
}

void rtcio__polling_lost(struct rtcio__session *s, struct rtcio__http_conn *hc)
{
    if (s->polling == NULL)
        return;
    if (s->polling->get == hc)
        s->polling->get = NULL;
    if (s->polling->post == hc) {
        s->polling->post = NULL;
        s->polling->body = NULL;
    }
}

int rtcio__polling_queue(struct rtcio__session *s, struct rtcio__blob *message, bool binary)
{
    struct rtcio__polling *p = s->polling;

    if (p->n == p->cap) {
        uint32_t cap = p->cap == 0 ? 4 : p->cap * 2;
        struct queued *grown = realloc(p->queue, cap * sizeof *grown);
        if (grown == NULL)
            return RTCIO_E_NO_MEMORY;
        p->queue = grown;
        p->cap = cap;
    }
    p->queue[p->n++] = (struct queued){
        .message = rtcio__blob_ref(message), .binary = binary, .plain = s->engine->uncompressed};
    /* The entry counts too: what is limited is the memory held. */
    p->bytes += message->len + sizeof *p->queue;
    rtcio__counter_add(&s->engine->loop.queued_bytes, message->len + sizeof *p->queue);
    if (p->get != NULL)
        rtcio__loop_defer(&s->engine->loop, &p->flush);
    return 0;
}

size_t rtcio__polling_queued(const struct rtcio__session *s)
{
    return s->polling->bytes;
}

bool rtcio__polling_writable(const struct rtcio__session *s)
{
    return s->polling->get != NULL && s->polling->n == 0;
}

void rtcio__polling_noop(struct rtcio__session *s)
{
    struct rtcio__polling *p = s->polling;

    if (p->get != NULL && p->n == 0)
        answer_types(p, take_get(p), "6");
}

void rtcio__polling_move(struct rtcio__session *s)
{
    struct rtcio__polling *p = s->polling;

    /* A client that waited for the answer to its POST would not be here, but nothing is lost of one
     * that did not. */
    if (p->body != NULL) {
        char *body = p->body;
        p->body = NULL;
        serve_body(s, body, p->body_len, &p->body_at, p->octets, false);
        if (s->polling == NULL)
            return;
    }
    struct queued *queue = p->queue;
    uint32_t n = p->n;

    /* The queue outlives its transport. */
    rtcio__counter_sub(&s->engine->loop.queued_bytes, p->bytes);
    p->queue = NULL;
    p->n = 0;
    p->bytes = 0;
    rtcio__polling_detach(s);
    for (uint32_t i = 0; i < n; i++) {
        struct rtcio__blob *m = queue[i].message;
        rtcio__session_carry(s, m, queue[i].binary);
        rtcio__blob_unref(m);
    }
    free(queue);
}

bool rtcio__polling_close(struct rtcio__session *s)
{
    struct rtcio__polling *p = s->polling;

    if (p->get == NULL)
        return false;
    if (p->n > 0) {
        /* What was emitted in this turn goes first; the close follows with the next GET. */
        answer_queue(p, take_get(p));
        return false;
    }
    return true;
}

void rtcio__polling_closed_by_client(struct rtcio__session *s)
{
    struct rtcio__polling *p = s->polling;

    if (p->get != NULL)
        answer_types(p, take_get(p), "6");
    rtcio__session_end(s, RTCIO__REASON_TRANSPORT_CLOSE);
}
