/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */
#ifndef RTCIO_DAEMON_TLS_H
#define RTCIO_DAEMON_TLS_H

/* The certificate that `rtcio serve` listens with: the operator's, or one for development. */

#include <rtcio/tls.h>

#include "certificate.h"
#include "config/config.h"
#include "log.h"

typedef struct rtcio__serve_tls {
    rtcio_tls *tls; /* NULL: http:// */
    bool dev;       /* nobody has signed it but itself */
    char dev_file[RTCIO__CERTIFICATE_PATH];
} rtcio__serve_tls;

/* Loads what the settings name; with none of them leaves `tls` NULL. 0, or the exit status with one
 * line in `why`. */
int rtcio__serve_tls_open(rtcio__serve_tls *st, const rtcio__config *config, char *why,
                          size_t why_size);
void rtcio__serve_tls_close(rtcio__serve_tls *st);

/* Log lines: which certificate there is (and a warning when it is near its end); what became of
 * reading its files again. Any thread. */
void rtcio__serve_tls_log(rtcio__serve_tls *st, rtcio__log *log);
void rtcio__serve_tls_reload(rtcio__serve_tls *st, rtcio__log *log);

/* For the newcomer: what to compare with what the browser shows. */
void rtcio__serve_tls_greet(const rtcio__serve_tls *st);

#endif
