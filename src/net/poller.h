/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */
#ifndef RTCIO_NET_POLLER_H
#define RTCIO_NET_POLLER_H

/* Readiness of descriptors: the one place that knows the kernel's interface. Level-triggered;
 * another system fits behind the same five functions. */

#include <stdbool.h>

/* What a descriptor's owner embeds; the loop calls `ready`. */
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
/* Changes what is asked for. That both directions are gone is always told, and a FIN to who does
 * not read: unless `patient`, who will find it when it reads on. */
int rtcio__poller_want(int poller, int fd, struct rtcio__source *source, bool read, bool write,
                       bool patient);
void rtcio__poller_del(int poller, int fd);
/* A source and what it is ready for. */
struct rtcio__ready {
    struct rtcio__source *source;
    unsigned events;
};

/* More than this would let what a turn queues wait too long. */
#define RTCIO__READY_MAX 256

/* Waits at most timeout_ms (-1: for ever). Returns how many of `ready` are filled. */
int rtcio__poller_wait(int poller, int timeout_ms, struct rtcio__ready ready[RTCIO__READY_MAX]);

#endif
