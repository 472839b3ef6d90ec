/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */
#ifndef RTCIO_DAEMON_SANDBOX_H
#define RTCIO_DAEMON_SANDBOX_H

/* What the process gives up before it reads a client's first byte: the files that no setting names
 * (Landlock), system calls that a server has no use for (seccomp), and the rights of root (`user`).
 */

#include "config/config.h"

/* Whether the setting's user is there. 0, or the exit status with a line in `why`. */
int rtcio__privileges_check(const rtcio__config *config, char *why, size_t why_size);
/* Becomes the user that the setting names, and keeps the right to listen on ports below 1024. 0, or
 * -1 with a line in `why`. Before other threads are there. */
int rtcio__privileges_drop(const rtcio__config *config, char *why, size_t why_size);

typedef struct rtcio__sandbox {
    int landlock; /* its version, 0: not in use */
    bool seccomp;
} rtcio__sandbox;

/* Enters the sandbox, as far as the system has one and the setting wants it. The threads that are
 * started later are in it, too.
 * @param read  what will be read though no setting names it: paths, "" for none, NULL at the end */
rtcio__sandbox rtcio__sandbox_enter(const rtcio__config *config, const char *const *read);
/* For the log. */
const char *rtcio__sandbox_name(rtcio__sandbox sandbox);

/* The version of Landlock in use, 0: none (landlock.c). */
int rtcio__landlock_enter(const rtcio__config *config, const char *const *read);
/* seccomp.c. False: the system has none. */
bool rtcio__seccomp_enter(void);

#endif
