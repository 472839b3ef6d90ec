/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */
#ifndef RTCIO_ENGINE_POLLING_H
#define RTCIO_ENGINE_POLLING_H

/* The polling transport of a session (Socket.IO spec 1.6, 1.7, 1.12, 1.13). */

#include "engine/session.h"

struct rtcio__http_conn;

/* Gives the session a polling transport. jsonp: the index as decimal digits, NULL: none. */
int rtcio__polling_attach(struct rtcio__session *s, const char *jsonp);
/* Frees it; a pending GET is answered `1`, a POST on its way is cut off. */
void rtcio__polling_detach(struct rtcio__session *s);

void rtcio__polling_handshake(struct rtcio__session *s, struct rtcio__http_conn *hc);
void rtcio__polling_get(struct rtcio__session *s, struct rtcio__http_conn *hc);
/* Before the body is read. false: refused, the answer is given. */
bool rtcio__polling_post_begin(struct rtcio__session *s, struct rtcio__http_conn *hc,
                               bool octet_stream);
/* Serves the packets of a payload until the session is over; body[len] is writable. octets: it has
 * the binary form (Engine.IO 3). */
void rtcio__polling_packets(struct rtcio__session *s, char *body, size_t len, bool octets);
/* The whole body; body[len] is writable. */
void rtcio__polling_post(struct rtcio__session *s, struct rtcio__http_conn *hc, char *body,
                         size_t len);
/* A POST that had to pause goes on. */
void rtcio__polling_resume(struct rtcio__session *s);
/* The connection of the pending GET or of the POST on its way is gone. */
void rtcio__polling_lost(struct rtcio__session *s, struct rtcio__http_conn *hc);

/* Queues a message (a reference is taken). The size was checked. */
int rtcio__polling_queue(struct rtcio__session *s, struct rtcio__blob *message, bool binary);
size_t rtcio__polling_queued(const struct rtcio__session *s);
bool rtcio__polling_writable(const struct rtcio__session *s);
/* Answers the pending GET with a noop, if there is one and nothing better. */
void rtcio__polling_noop(struct rtcio__session *s);
/* Moves what is queued to the session's WebSocket, when the rest of a POST has been served. */
void rtcio__polling_move(struct rtcio__session *s);
/* Server's close: true if it could be told now; otherwise with the next GET (spec 1.13). */
bool rtcio__polling_close(struct rtcio__session *s);
/* The session goes to another engine with this transport, whose pending GET is answered. False: it
 * cannot, and is doomed. */
bool rtcio__polling_leave(struct rtcio__session *s);
/* It has come. */
void rtcio__polling_arrive(struct rtcio__session *s);
/* Frees one that belongs to no loop. NULL is fine. */
void rtcio__polling_free(struct rtcio__polling *p);
/* The client's packet `1`. */
void rtcio__polling_closed_by_client(struct rtcio__session *s);

#endif
