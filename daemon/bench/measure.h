/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */
#ifndef RTCIO_BENCH_MEASURE_H
#define RTCIO_BENCH_MEASURE_H

/* Clocks, a latency histogram, and what the kernel tells about a process. Knows nothing of
 * sockets or workloads. */

#include <stdint.h>
#include <sys/types.h>
#include <time.h>

/* Log-linear: 64 steps to each power of two, so a reading is off by less than 1.6 %. */
#define BENCH_HIST_STEPS   64
#define BENCH_HIST_BUCKETS (BENCH_HIST_STEPS * 59)

struct bench_hist {
    uint64_t count[BENCH_HIST_BUCKETS];
    uint64_t total;
    uint64_t max_ns;
};

void rtcio__bench_hist_clear(struct bench_hist *h);
void rtcio__bench_hist_add(struct bench_hist *h, uint64_t ns);
/* The value below which `share` (0..1) of the readings lie; 0 without readings. */
uint64_t rtcio__bench_hist_at(const struct bench_hist *h, double share);

uint64_t rtcio__bench_clock_ns(clockid_t clock);
uint64_t rtcio__bench_now_ns(void);

/* The clock of the CPU time of all threads of a process, user and kernel, in nanoseconds.
 * Returns 0, or an errno value. */
int rtcio__bench_cpu_clock(pid_t pid, clockid_t *clock);

/* Resident bytes of a process; 0 when the kernel does not tell. */
uint64_t rtcio__bench_rss_bytes(pid_t pid);
/* How many descriptors it has open; 0 when the kernel does not tell. */
unsigned rtcio__bench_descriptors(pid_t pid);

#endif
