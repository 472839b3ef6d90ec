/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */
#ifndef RTCIO_BENCH_LOAD_H
#define RTCIO_BENCH_LOAD_H

/* The workloads. Each returns 0, or -1 when it could not be run; what was counted is in run. */

#include "bench/run.h"

int rtcio__bench_load_relay(struct bench_run *run);
int rtcio__bench_load_mesh(struct bench_run *run);
int rtcio__bench_load_bcast(struct bench_run *run);
int rtcio__bench_load_polling(struct bench_run *run);
int rtcio__bench_load_churn(struct bench_run *run);
int rtcio__bench_load_connect(struct bench_run *run);
int rtcio__bench_load_idle(struct bench_run *run);

#endif
