/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */
#ifndef RTCIO_DAEMON_NEAREST_H
#define RTCIO_DAEMON_NEAREST_H

/* "Did you mean …?" */

#include <stddef.h>

/* The best of the names offered so far. Zeroed but for `word`. */
typedef struct rtcio__nearest {
    const char *word;
    const char *best; /* NULL while nothing is near */
    size_t distance;
} rtcio__nearest;

void rtcio__nearest_offer(rtcio__nearest *nearest, const char *name);

#endif
