/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */
#ifndef RTCIO_TIMER_H
#define RTCIO_TIMER_H

/**
 * @file
 * Timers on a server's thread, with ticks of a millisecond. What is attached to a server (expiring
 * credentials, for one) needs no loop of its own.
 */

#include <rtcio/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/** A timer of a server. Belongs to the server's thread. */
typedef struct rtcio_timer rtcio_timer;

/** Called once for each start, on the server's thread; may start, stop or destroy the timer. */
typedef void (*rtcio_timer_fn)(rtcio_timer *timer, void *user);

/** Makes a timer that does not run. The server frees it when it is destroyed, unless
 *  rtcio_timer_destroy() did. @return NULL for want of memory */
RTCIO_API rtcio_timer *rtcio_timer_create(rtcio_server *server, rtcio_timer_fn fn, void *user);
/** Runs the timer once, `ms` from now (a timer that runs already is moved). A running timer does
 *  not keep rtcio_server_run() from returning. */
RTCIO_API void rtcio_timer_start(rtcio_timer *timer, uint32_t ms);
/** No call will come until the next start. */
RTCIO_API void rtcio_timer_stop(rtcio_timer *timer);
/** Stops and frees the timer. NULL is fine. */
RTCIO_API void rtcio_timer_destroy(rtcio_timer *timer);

#ifdef __cplusplus
}
#endif

#endif
