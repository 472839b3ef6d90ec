/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */
#ifndef RTCIO_DAEMON_TOP_SAMPLE_H
#define RTCIO_DAEMON_TOP_SAMPLE_H

/* What /metrics said at one time. */

#include <stddef.h>

typedef struct rtcio__sample {
    double at_s; /* monotonic */
    char *text;  /* the exposition; its own */
} rtcio__sample;

void rtcio__sample_take(rtcio__sample *sample, char *text);
void rtcio__sample_free(rtcio__sample *sample);

/* The sum over all series of a name whose labels have this piece of text (NULL: any). */
double rtcio__sample_sum(const rtcio__sample *sample, const char *name, const char *label);
/* How much it grew a second since `before`; 0 when the server is another by now. */
double rtcio__sample_rate(const rtcio__sample *sample, const rtcio__sample *before,
                          const char *name, const char *label);
/* The bound in seconds under which this part (0 .. 1) of rtcio_turn_seconds since `before` lies; 0
 * without any, -1 when it is above all bounds. */
double rtcio__sample_turn(const rtcio__sample *sample, const rtcio__sample *before, double part);

#endif
