/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */

/* Linux: getrusage(2) and proc(5). What cannot be read is 0. */

#include "process.h"

#include <dirent.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#define COUNT_UP_TO 10000

/* /proc/self/fd has their number as its size since Linux 6.2; before, they have to be listed. */
static int64_t count_fds(uint64_t n_connections)
{
    struct stat st;
    int64_t n = 0;

    if (stat("/proc/self/fd", &st) == 0 && st.st_size > 0)
        return st.st_size;
    if (n_connections > COUNT_UP_TO)
        return -1;
    DIR *list = opendir("/proc/self/fd");
    if (list == NULL)
        return -1;
    for (const struct dirent *entry; (entry = readdir(list)) != NULL;)
        n += entry->d_name[0] != '.';
    closedir(list);
    return n - 1; /* the list's own */
}

static void read_memory(rtcio__process *process)
{
    unsigned long pages = 0, resident = 0;
    uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);
    FILE *file = fopen("/proc/self/statm", "re");

    if (file == NULL)
        return;
    if (fscanf(file, "%lu %lu", &pages, &resident) == 2) {
        process->virtual_bytes = pages * page;
        process->resident_bytes = resident * page;
    }
    fclose(file);
}

static void read_threads(rtcio__process *process)
{
    char line[128];
    FILE *file = fopen("/proc/self/status", "re");

    if (file == NULL)
        return;
    while (fgets(line, sizeof line, file) != NULL)
        if (sscanf(line, "Threads: %u", &process->threads) == 1)
            break;
    fclose(file);
}

void rtcio__process_read(rtcio__process *process, uint64_t n_connections)
{
    struct rusage usage;
    struct rlimit limit;

    memset(process, 0, sizeof *process);
    if (getrusage(RUSAGE_SELF, &usage) == 0)
        process->cpu_s = (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
                         (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0)
        process->max_fds = limit.rlim_cur;
    read_memory(process);
    read_threads(process);
    process->open_fds = count_fds(n_connections);
}
