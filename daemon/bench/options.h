/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */
#ifndef RTCIO_BENCH_OPTIONS_H
#define RTCIO_BENCH_OPTIONS_H

/* The command line of `rtcio bench` and the table of workloads. */

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>

struct bench_run;
struct bench_options;

/* Which of the counting options a workload takes. */
enum bench_takes {
    BENCH_TAKES_PAIRS = 1,
    BENCH_TAKES_CLIENTS = 2,
    BENCH_TAKES_ROOMS_OF = 4,
    BENCH_TAKES_IN_FLIGHT = 8,
    BENCH_TAKES_TIME = 16, /* --warmup and --messages; the others measure something that ends */
    BENCH_TAKES_RATE = 32
};

struct bench_workload {
    const char *name;
    int (*run)(struct bench_run *run);
    unsigned takes;
    const char *unit;
    const char *latency_of;
    const char *text;
    uint32_t pairs, clients, rooms_of, in_flight;
    bool variant; /* small, burst: the same code in its other form */
};

#define BENCH_TOKEN_MAX 4096

struct bench_options {
    const struct bench_workload *workload;
    const char *url;
    char host[256];
    char port[8];
    char authority[300]; /* as the Host header wants it */
    char path[256];
    uint32_t pairs, clients, rooms_of, in_flight;
    double seconds, warmup;
    double rate; /* messages a second, 0: as fast as they are answered */
    uint64_t messages;
    const char *token; /* NULL: none */
    pid_t pid;
    bool json;
};

/* Returns 0 to go on; otherwise the program ends with *status (after --help or an error). */
int rtcio__bench_options_parse(struct bench_options *opt, int argc, char **argv, int *status);

#endif
