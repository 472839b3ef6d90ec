/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */
#ifndef RTCIO_NET_POLLER_H
#define RTCIO_NET_POLLER_H

/* Readiness of descriptors: the one place that knows the kernel's interface. Level-triggered;
 * another system fits behind the same five functions. */

#include <stdbool.h>

/* What a descriptor's owner embeds; `ready` is called from rtcio__poller_turn(). */
struct rtcio__source {
    void (*ready)(struct rtcio__source *source, unsigned events);
};

enum {
    RTCIO__READABLE = 1u << 0,
    RTCIO__WRITABLE = 1u << 1,
    RTCIO__HANGUP = 1u << 2, /* the peer sent FIN, or both directions are gone */
};

/* All return 0 or RTCIO_E_SYSTEM. A poller is a descriptor that is readable when a turn has work.
 */
int rtcio__poller_create(void);
int rtcio__poller_add(int poller, int fd, struct rtcio__source *source);
/* Changes what is asked for. Hangups are always told. */
int rtcio__poller_want(int poller, int fd, struct rtcio__source *source, bool read, bool write);
void rtcio__poller_del(int poller, int fd);
/* Waits at most timeout_ms (-1: for ever) and serves at most 256 events. Returns how many. Between
 * two events `between` is called, so that what piled up can be flushed early. */
int rtcio__poller_turn(int poller, int timeout_ms, void (*between)(void *user), void *user);

#endif
