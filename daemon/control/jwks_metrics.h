/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */
#ifndef RTCIO_DAEMON_CONTROL_JWKS_METRICS_H
#define RTCIO_DAEMON_CONTROL_JWKS_METRICS_H

#include "jwks.h"

#include <stdio.h>

/* Writes the numbers of auth.jwks_url as Prometheus reads them; nothing for NULL. */
void rtcio__control_put_jwks(FILE *out, const rtcio__jwks *jwks);

#endif
