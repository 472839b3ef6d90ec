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
/* Frees an unfinished message. */
void rtcio__websocket_free_fragments(struct rtcio__session *s);
/* The session's WebSocket from now on. */
void rtcio__websocket_attach(struct rtcio__session *s, struct rtcio__conn *conn);
/* Ends a WebSocket that belongs to nobody any more: a Close frame (code 0: with an empty body),
 * then the peer's Close is awaited for close_timeout_ms. */
void rtcio__websocket_goodbye(struct rtcio__engine *engine, struct rtcio__conn *conn,
                              uint16_t code);
/* The server closes: peers that have not answered our Close get FIN. */
void rtcio__websocket_hasten(struct rtcio__engine *engine);
/* Ends it after the peer's Close frame, whose body is echoed. */
void rtcio__websocket_echo_close(struct rtcio__conn *conn, const void *body, size_t len);

/* Upgrade of a polling session (upgrade.c): the connection is accepted, the probe is awaited. */
void rtcio__probe_start(struct rtcio__session *s, struct rtcio__conn *conn);
/* The session ends or the upgrade is over: closes the probing connection. */
void rtcio__probe_cancel(struct rtcio__session *s);

#endif
