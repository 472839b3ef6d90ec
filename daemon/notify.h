/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */
#ifndef RTCIO_DAEMON_NOTIFY_H
#define RTCIO_DAEMON_NOTIFY_H

/* What the service's manager is told (sd_notify(3)): nothing, when there is none. */

#include <stdint.h>

/* `state` has lines such as READY=1. */
void rtcio__notify(const char *state);
/* A reload has begun: what Type=notify-reload waits for. rtcio__notify("READY=1") ends it. */
void rtcio__notify_reloading(void);
/* How often WATCHDOG=1 is wanted, in ms: half of what the manager waits; 0: not at all. */
uint64_t rtcio__notify_watchdog_ms(void);

#endif
