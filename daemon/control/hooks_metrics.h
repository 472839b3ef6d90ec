/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */
#ifndef RTCIO_DAEMON_CONTROL_HOOKS_METRICS_H
#define RTCIO_DAEMON_CONTROL_HOOKS_METRICS_H

#include "hooks/hooks.h"

#include <stdio.h>

/* Writes the hooks' numbers as Prometheus reads them; nothing for NULL. */
void rtcio__control_put_hooks(FILE *out, const rtcio__webhooks *hooks);

#endif
