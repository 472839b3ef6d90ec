/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */
#ifndef RTCIO_ENGINE_WEBSOCKET_H
#define RTCIO_ENGINE_WEBSOCKET_H

/* The WebSocket transport of a session, and what a WebSocket is before and after it belongs to one.
 */

#include "engine/session.h"

/* Queues one frame with its payload copied. 0 or an error. */
int rtcio__websocket_send(struct rtcio__conn *conn, enum rtcio__ws_opcode opcode, const void *data,
                          size_t len);
/* Frees what is held between two frames. */
void rtcio__websocket_free_kept(struct rtcio__session *s);
/* The session's WebSocket from now on; takes the agreement over. */
void rtcio__websocket_attach(struct rtcio__session *s, struct rtcio__conn *conn,
                             struct rtcio__agreement agreement);
/* The WebSocket of a session that has come from another engine, with input that came with it; takes
 * the parts over. Without memory the session ends. */
void rtcio__websocket_arrive(struct rtcio__session *s, struct rtcio__conn_parts *parts,
                             struct rtcio__agreement *agreement, const char *data, size_t len);
/* What it agreed upon, which goes along; what is held else is freed. */
struct rtcio__agreement rtcio__websocket_leave(struct rtcio__session *s);
/* Ends a WebSocket that belongs to nobody any more: a Close frame (code 0: with an empty body),
 * then the peer's Close is awaited for close_timeout_ms. */
void rtcio__websocket_goodbye(struct rtcio__engine *engine, struct rtcio__conn *conn,
                              uint16_t code);
/* The same for a peer that is not listened to any more: it is told why, up to 123 bytes. */
void rtcio__websocket_dismiss(struct rtcio__conn *conn, uint16_t code, const char *why);
/* The server closes: peers that have not answered our Close get FIN. */
void rtcio__websocket_hasten(struct rtcio__engine *engine);
/* Ends it after the peer's Close frame, whose body is echoed. */
void rtcio__websocket_echo_close(struct rtcio__conn *conn, const void *body, size_t len);

/* Upgrade of a polling session (upgrade.c): the connection is accepted, the probe is awaited. Takes
 * the agreement over. */
void rtcio__probe_start(struct rtcio__session *s, struct rtcio__conn *conn,
                        struct rtcio__agreement agreement);
/* The session ends or the upgrade is over: closes the probing connection. */
void rtcio__probe_cancel(struct rtcio__session *s);

/* An upgrade in progress between two engines. */
struct rtcio__probe_parts {
    struct rtcio__conn_parts conn;
    struct rtcio__ws parser;
    struct rtcio__agreement agreement;
    struct rtcio__blob *input; /* not consumed, NULL: none */
    bool changing;             /* the client has been answered, and changes over */
};
struct rtcio__conn *rtcio__probe_conn(const struct rtcio__session *s);
/* Takes it out of its loop; the session has none any more. */
struct rtcio__probe_parts rtcio__probe_leave(struct rtcio__session *s);
/* Takes the parts over. Without memory there is no upgrade, which the session survives. */
void rtcio__probe_arrive(struct rtcio__session *s, struct rtcio__probe_parts *parts);
void rtcio__probe_drop(struct rtcio__probe_parts *parts);

#endif
