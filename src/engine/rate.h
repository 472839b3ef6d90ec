/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */
#ifndef RTCIO_ENGINE_RATE_H
#define RTCIO_ENGINE_RATE_H

/* How much a session may send: token buckets of messages and of bytes. Who has used up a bucket is
 * not read from until there is something in it again. Nothing of what it sent is lost or changes
 * its order, and nothing of it is held but what one read brought: the rest waits with the kernel
 * and with the client. Who stays behind for longer than max_delay_ms is cut off. */

#include "engine/session.h"

/* What is read of the session is about to be served. */
void rtcio__rate_fill(struct rtcio__session *s);
/* A bucket is empty. */
void rtcio__rate_spent(struct rtcio__session *s);
/* Nothing is read for `ms`, for more than `value` of `what` a second; may end the session. */
void rtcio__rate_hold(struct rtcio__session *s, uint32_t ms, enum rtcio_limit limit, uint32_t value,
                      const char *what);
/* The time has come: s->resume_at. */
void rtcio__rate_resume(struct rtcio__session *s);

/* Is it, or was it a moment ago, behind with what it sends? Its pong may wait behind the rest. */
bool rtcio__rate_is_behind(const struct rtcio__session *s);

/* A message is served next (or, n_events 0, a part of one was taken), `bytes` on the wire. It may
 * take more than is there: what is too large for a bucket has to be paid off, not to wait for
 * ever. */
static inline void rtcio__rate_take(struct rtcio__session *s, int n_events, size_t bytes)
{
    if (!s->engine->rated)
        return;
    /* A large body that is served at once has more of them than can be counted. */
    if (s->events_left > INT32_MIN / 2)
        s->events_left -= n_events * RTCIO__RATE_UNIT;
    s->bytes_left -= (int32_t)bytes;
    if (s->events_left < RTCIO__RATE_UNIT || s->bytes_left <= 0)
        rtcio__rate_spent(s);
}

#endif
