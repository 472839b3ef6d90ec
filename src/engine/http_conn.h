/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */
#ifndef RTCIO_ENGINE_HTTP_CONN_H
#define RTCIO_ENGINE_HTTP_CONN_H

/* An HTTP connection: requests one after the other, each with its deadline, until it closes or
 * becomes a WebSocket. */

#include "base/buf.h"
#include "codec/http.h"
#include "engine/session.h"

enum rtcio__http_state {
    RTCIO__HTTP_HEAD_WAIT, /* for a request */
    RTCIO__HTTP_BODY_WAIT, /* for the rest of a body */
    RTCIO__HTTP_HELD,      /* the answer will be given later: a pending GET */
    RTCIO__HTTP_OVER,      /* given away or closed */
};

struct rtcio__http_conn {
    union {
        struct rtcio__list unused;
        struct rtcio__corpse corpse;
    };
    struct rtcio__conn *conn;
    struct rtcio__engine *engine;
    struct rtcio__timer timer;
    struct rtcio__http_body *body;     /* on its way */
    struct rtcio_admission *admission; /* it waits for allow_request */
    struct rtcio__http_task *task;     /* the request that waits for its body, or for its answer */
    const char *site;                  /* of the listener; NULL: the usual one */
    struct rtcio__session *session;    /* whose GET is held, or whose POST is on its way */
    struct rtcio__buf extra;           /* header lines of the answer: CORS */
    struct rtcio__agreement agreement; /* of the WebSocket that it becomes */
    size_t seen;                   /* bytes of the incomplete head that were searched for its end */
    size_t untaken;                /* of the last answer, when its progress was looked at */
    struct rtcio__address peer;    /* of the TCP connection, or as a load balancer said */
    struct rtcio__address address; /* of the client of this request: the peer, or behind it */
    uint8_t state;
    uint8_t encoding; /* enum rtcio__encoding: that a poll's answer may have */
    bool secure;      /* this request came over TLS, or a trusted proxy says that it did */
    bool keep_alive;
    bool is_head;
    bool old_browser; /* its user agent wants X-XSS-Protection (spec 1.8) */
};

/* Takes an accepted socket. */
void rtcio__http_accept(void *endpoint, int fd, const struct sockaddr_storage *peer);

/* Takes a connection of another engine with what was read of it: the head of a request at least. */
void rtcio__http_adopt(struct rtcio__engine *engine, struct rtcio__conn_parts *parts,
                       const struct rtcio__address *address, const char *data, size_t len);

/* The same when the client's address is known. */
void rtcio__http_accept_from(const struct rtcio__endpoint *endpoint, int fd,
                             const struct rtcio__address *peer);

/* An answer in two steps: the head, after which exactly body_len bytes are written to hc->conn
 * (none for HEAD), then rtcio__http_done(). content_type may be NULL. */
void rtcio__http_begin(struct rtcio__http_conn *hc, int status, const char *content_type,
                       const char *headers, size_t body_len);
void rtcio__http_done(struct rtcio__http_conn *hc);
/* The same in one. */
void rtcio__http_answer(struct rtcio__http_conn *hc, int status, const char *content_type,
                        const char *headers, const char *body, size_t body_len);
/* The same, sharing the body. */
void rtcio__http_answer_blob(struct rtcio__http_conn *hc, int status, const char *content_type,
                             const char *headers, struct rtcio__blob *body);
/* Lets the connection go without an answer. */
void rtcio__http_drop(struct rtcio__http_conn *hc);
/* Takes the TCP connection out, for a WebSocket; hc is over. */
struct rtcio__conn *rtcio__http_take_conn(struct rtcio__http_conn *hc);
/* Writes raw bytes, then FIN: refusals of upgrades. */
void rtcio__http_finish_raw(struct rtcio__http_conn *hc, const char *data, size_t len);

/* The request's body is to be read (http_task.c); the handler is called again when it is there. */
void rtcio__http_read_body(struct rtcio_http_request *request, size_t max_len);
/* For http_conn.c: the body is there; its time, or that of the answer, is over; nobody is there to
 * be answered any more. */
void rtcio__http_task_body(struct rtcio__http_conn *hc);
void rtcio__http_task_expire(struct rtcio__http_conn *hc);
void rtcio__http_task_lost(struct rtcio__http_conn *hc);

/* An upgrade that nobody answers: ends without a byte when its time has come (spec 1.1). */
void rtcio__http_ignore(struct rtcio__http_conn *hc);

struct rtcio__query;

/* Serves one request (route.c); q: to the endpoint, NULL: to another path. Afterwards the request
 * is answered, held, waits for its body, or the connection is no longer HTTP. */
void rtcio__route(struct rtcio__http_conn *hc, const struct rtcio__http_head *head,
                  const struct rtcio__query *q);

/* A request for a session of another engine (handover.c). */
enum rtcio__handover {
    RTCIO__HANDOVER_NO,    /* it is for this one */
    RTCIO__HANDOVER_LATER, /* when the answers before it are gone */
    RTCIO__HANDOVER_DONE,  /* hc is over */
};
enum rtcio__handover rtcio__handover(struct rtcio__http_conn *hc, const struct rtcio__query *q,
                                     const char *data, size_t len);

/* CORS (cors.c): appends header lines; true if the request is a preflight and was answered. */
bool rtcio__cors(struct rtcio__http_conn *hc, const struct rtcio__http_head *head);

/* May a page of this request's origin connect? True without an Origin header. */
bool rtcio__cors_allows(const struct rtcio__engine *engine, const struct rtcio__http_head *head);

/* What opening handshakes share (handshake.c). 0 or an error. */
int rtcio__websocket_init(struct rtcio__engine *engine);
void rtcio__websocket_fini(struct rtcio__engine *engine);
/* The opening handshake (handshake.c): writes the 101, or refuses and returns false. */
bool rtcio__websocket_switch(struct rtcio__http_conn *hc, const struct rtcio__http_head *head);
/* After the 101: a new session with an identifier (NULL: one is made); the upgrade of one; an empty
 * Close. */
void rtcio__websocket_open(struct rtcio__http_conn *hc, const struct rtcio__http_head *head,
                           const char *sid, bool text_only, bool eio3);
void rtcio__websocket_upgrade(struct rtcio__http_conn *hc, struct rtcio__session *s,
                              bool text_only);
void rtcio__websocket_reject(struct rtcio__http_conn *hc);
/* Closes connections between two requests; the others close with their answer. */
void rtcio__http_close_idle(struct rtcio__engine *engine);

#endif
