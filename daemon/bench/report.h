/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */
#ifndef RTCIO_BENCH_REPORT_H
#define RTCIO_BENCH_REPORT_H

/* What a run has found, for people and for programs. */

#include "bench/run.h"

#include <stdio.h>

void rtcio__bench_report_table(const struct bench_run *run, FILE *out);
void rtcio__bench_report_json(const struct bench_run *run, FILE *out);

/* Nothing failed, and every message came once, in order and unchanged. */
bool rtcio__bench_report_is_clean(const struct bench_run *run);

#endif
