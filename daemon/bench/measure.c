/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */

/* Clocks, a latency histogram, and what the kernel tells about a process. Knows nothing of
 * sockets or workloads. */

#include "bench/measure.h"

#include <dirent.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define STEP_BITS 6

void rtcio__bench_hist_clear(struct bench_hist *h)
{
    memset(h, 0, sizeof(*h));
}

void rtcio__bench_hist_add(struct bench_hist *h, uint64_t ns)
{
    unsigned index = (unsigned)ns;
    if (ns >= BENCH_HIST_STEPS) {
        unsigned shift = 63u - (unsigned)__builtin_clzll(ns) - STEP_BITS;
        index = shift * BENCH_HIST_STEPS + (unsigned)(ns >> shift);
    }
    h->count[index]++;
    h->total++;
    if (ns > h->max_ns)
        h->max_ns = ns;
}

static uint64_t middle_of(unsigned index)
{
    if (index < 2 * BENCH_HIST_STEPS)
        return index;
    unsigned shift = index / BENCH_HIST_STEPS - 1;
    uint64_t low = (uint64_t)(index % BENCH_HIST_STEPS + BENCH_HIST_STEPS) << shift;
    return low + ((uint64_t)1 << shift) / 2;
}

uint64_t rtcio__bench_hist_at(const struct bench_hist *h, double share)
{
    uint64_t wanted = (uint64_t)((double)h->total * share);
    uint64_t seen = 0;
    for (unsigned i = 0; i < BENCH_HIST_BUCKETS; i++) {
        seen += h->count[i];
        if (seen > wanted) {
            uint64_t ns = middle_of(i);
            return ns < h->max_ns ? ns : h->max_ns;
        }
    }
    return h->max_ns;
}

uint64_t rtcio__bench_clock_ns(clockid_t clock)
{
    struct timespec t = {0};
    clock_gettime(clock, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

uint64_t rtcio__bench_now_ns(void)
{
    return rtcio__bench_clock_ns(CLOCK_MONOTONIC);
}

int rtcio__bench_cpu_clock(pid_t pid, clockid_t *clock)
{
    return clock_getcpuclockid(pid, clock);
}

static uint64_t kilobytes_in(const char *path, const char *key)
{
    FILE *f = fopen(path, "re");
    if (f == NULL)
        return 0;
    char line[256];
    uint64_t kb = 0;
    while (kb == 0 && fgets(line, sizeof(line), f) != NULL) {
        if (strncmp(line, key, strlen(key)) == 0)
            (void)sscanf(line + strlen(key), " %" SCNu64, &kb);
    }
    fclose(f);
    return kb;
}

uint64_t rtcio__bench_rss_bytes(pid_t pid)
{
    /* smaps_rollup walks the page tables; VmRSS comes from counters that lag by up to some
     * hundred kilobytes, which is a hundred bytes a connection at some thousands. */
    char path[64];
    snprintf(path, sizeof(path), "/proc/%ld/smaps_rollup", (long)pid);
    uint64_t kb = kilobytes_in(path, "Rss:");
    if (kb == 0) {
        snprintf(path, sizeof(path), "/proc/%ld/status", (long)pid);
        kb = kilobytes_in(path, "VmRSS:");
    }
    return kb * 1024;
}

unsigned rtcio__bench_descriptors(pid_t pid)
{
    char path[64];
    snprintf(path, sizeof(path), "/proc/%ld/fd", (long)pid);
    DIR *folder = opendir(path);
    unsigned n = 0;
    if (folder == NULL)
        return 0;
    for (const struct dirent *entry; (entry = readdir(folder)) != NULL;)
        n += entry->d_name[0] != '.';
    closedir(folder);
    return n;
}
