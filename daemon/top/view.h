/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */
#ifndef RTCIO_DAEMON_TOP_VIEW_H
#define RTCIO_DAEMON_TOP_VIEW_H

/* A server's numbers as lines for a terminal. */

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>

#include "top/sample.h"

typedef struct rtcio__view {
    const char *place;
    const json_t *info;  /* /v1/info */
    const json_t *rooms; /* /v1/rooms?sort=members */
    const rtcio__sample *now, *before;
    bool ansi; /* ends lines with "erase to the end" */
    unsigned rows, columns;
} rtcio__view;

/* At most `rows` lines of at most `columns` characters. */
void rtcio__view_print(const rtcio__view *view, FILE *out);

#endif
