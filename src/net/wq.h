/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */
#ifndef RTCIO_NET_WQ_H
#define RTCIO_NET_WQ_H

/* The write queue of a connection: what waits to be sent, as pieces of blobs. Part of conn. */

#include "net/conn.h"

/* Puts the connection on the loop's list of those to be flushed. */
void rtcio__wq_mark(struct rtcio__conn *conn);
/* Sends as much as the kernel takes, in as few calls as possible. Sets conn->broken on an error. */
void rtcio__wq_send(struct rtcio__conn *conn);
/* The kernel takes no more: to be told when it does again, or not. */
void rtcio__wq_set_blocked(struct rtcio__conn *conn, bool blocked);
/* Drops everything. */
void rtcio__wq_drop(struct rtcio__conn *conn);

#endif
