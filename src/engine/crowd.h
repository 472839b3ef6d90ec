/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */
#ifndef RTCIO_ENGINE_CROWD_H
#define RTCIO_ENGINE_CROWD_H

/* How many sessions each address has, and how fast it opens them: one table for all engines that
 * serve a port, taken once or twice for a handshake and once for a session's end. An IPv6 host
 * has a whole /64 to choose its address from, so that is what is counted. */

#include "engine/address.h"

struct rtcio__crowd;

/* NULL: out of memory. */
struct rtcio__crowd *rtcio__crowd_create(void);
struct rtcio__crowd *rtcio__crowd_ref(struct rtcio__crowd *crowd);
/* Frees it with the last reference. NULL is fine. */
void rtcio__crowd_unref(struct rtcio__crowd *crowd);

enum rtcio__crowd_verdict {
    RTCIO__CROWD_WELCOME,
    RTCIO__CROWD_FULL, /* it has its sessions */
    RTCIO__CROWD_FAST, /* it opens them too fast */
};

/* May the address open one more session? Takes a handshake off its bucket if it may. A limit of 0
 * is none. When memory is short it may. */
enum rtcio__crowd_verdict rtcio__crowd_ask(struct rtcio__crowd *crowd,
                                           const struct rtcio__address *address,
                                           uint32_t max_sessions, uint32_t per_s, uint64_t now_ms);

/* One session more. False: memory is short, and it is not counted. */
bool rtcio__crowd_enter(struct rtcio__crowd *crowd, const struct rtcio__address *address);
/* One that was counted is over. */
void rtcio__crowd_leave(struct rtcio__crowd *crowd, const struct rtcio__address *address);

/* Addresses in the table, for the tests. */
size_t rtcio__crowd_size(struct rtcio__crowd *crowd);

/* A bucket of handshakes holds so many seconds' worth: what an office brings when a server has
 * been restarted. */
#define RTCIO__CROWD_BURST_S 20

#endif
