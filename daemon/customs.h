/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */
#ifndef RTCIO_DAEMON_CUSTOMS_H
#define RTCIO_DAEMON_CUSTOMS_H

/* The setting `relay_events`: events that are passed on without a line of C. */

#include <rtcio/signaling.h>

#include "config/config.h"

typedef struct rtcio__customs {
    size_t n;
    rtcio_relay_event list[RTCIO_RELAY_EVENTS_MAX];
    char names[RTCIO_RELAY_EVENTS_MAX][65];
} rtcio__customs;

/* 0, or the exit status with one line in `why`. */
int rtcio__customs_read(rtcio__customs *customs, const rtcio__config *config, char *why,
                        size_t why_size);
/* 0 or an error of the library, with a line in `why`. */
int rtcio__customs_attach(const rtcio__customs *customs, rtcio_signaling *signaling, char *why,
                          size_t why_size);

#endif
