/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */
#ifndef RTCIO_DAEMON_CONTROL_STORE_METRICS_H
#define RTCIO_DAEMON_CONTROL_STORE_METRICS_H

#include <stdio.h>

#include "store/store.h"

/* Writes the store's numbers as Prometheus reads them; nothing for NULL. */
void rtcio__control_put_store(FILE *out, const rtcio__store *store);

#endif
