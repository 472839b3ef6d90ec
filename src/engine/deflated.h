/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */
#ifndef RTCIO_ENGINE_DEFLATED_H
#define RTCIO_ENGINE_DEFLATED_H

/* Sending on a WebSocket with permessage-deflate; part of the session. */

#include "engine/session.h"

/* As rtcio__session_begin_text(), which asks this for what is worth it. */
char *rtcio__deflated_begin(struct rtcio__session *s, size_t len, int *error);
/* Sends a message that may be that of many. admit: the queue's limit is asked. */
int rtcio__deflated_message(struct rtcio__session *s, struct rtcio__blob *message, bool binary,
                            bool admit);

#endif
