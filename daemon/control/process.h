/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */
#ifndef RTCIO_DAEMON_CONTROL_PROCESS_H
#define RTCIO_DAEMON_CONTROL_PROCESS_H

/* What the system says of this process. */

#include <stdint.h>

typedef struct rtcio__process {
    double cpu_s; /* of all threads */
    uint64_t resident_bytes, virtual_bytes;
    uint64_t max_fds;
    int64_t open_fds; /* -1: nobody has counted them */
    unsigned threads;
} rtcio__process;

/* `n_connections`: where the system has to look at each descriptor, it is asked up to ten thousand
 * connections only. */
void rtcio__process_read(rtcio__process *process, uint64_t n_connections);

#endif
