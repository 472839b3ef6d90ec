/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */
#ifndef RTCIO_DAEMON_ICE_TURN_H
#define RTCIO_DAEMON_ICE_TURN_H

/* One real allocation at a TURN server, and its end: what a browser would do. Blocks, for ten
 * seconds at most; for commands, not for servers. */

#include <stdbool.h>
#include <stddef.h>

typedef struct rtcio__turn_account {
    const char *username, *credential;
} rtcio__turn_account;

/**
 * @param tcp    over TCP, else over UDP
 * @param result receives one line: the relay's address, or what went wrong and what to look at
 * @return 0 or -1
 */
int rtcio__turn_check(const char *host, const char *port, bool tcp,
                      const rtcio__turn_account *account, char *result, size_t size);

#endif
