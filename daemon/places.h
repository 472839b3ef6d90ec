/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */
#ifndef RTCIO_DAEMON_PLACES_H
#define RTCIO_DAEMON_PLACES_H

/* Where `rtcio serve` listens: --listen, or what systemd passes, or --host and --port. */

#include <rtcio/listen.h>

#include "config/config.h"

#define RTCIO__MAX_PLACES 16

typedef struct rtcio__place {
    rtcio_listen_options opt; /* strings are the place's own */
    char host[256];           /* or the path of a Unix socket */
    char text[300];           /* as a person would write it */
} rtcio__place;

typedef struct rtcio__places {
    rtcio__place list[RTCIO__MAX_PLACES];
    size_t n;
} rtcio__places;

/* `tls` is the certificate of https places, NULL: there is none. 0, or the exit status with one
 * line in `why`. Takes $LISTEN_FDS out of the environment. */
int rtcio__places_read(rtcio__places *places, const rtcio__config *config, rtcio_tls *tls,
                       char *why, size_t why_size);

/* The place of the control API; *place is zeroed when there is none. As rtcio__places_read(). */
int rtcio__places_read_control(rtcio__place *place, const rtcio__config *config, rtcio_tls *tls,
                               char *why, size_t why_size);

/* What to type into a browser on this machine; "" for a place that no browser reaches. */
void rtcio__place_url(const rtcio__place *place, int port, char *url, size_t size);

#endif
