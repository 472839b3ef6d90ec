/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */

/* The hammer's dice, and a system that behaves badly by them: memory that runs out, calls that do
 * less than asked, and a clock that jumps. Linked in with the linker's --wrap; clients use
 * __real_*. */

#ifndef RTCIO_TESTS_REGRESS_HAMMER_SYSTEM_H
#define RTCIO_TESTS_REGRESS_HAMMER_SYSTEM_H

#include "support.h"

/* Memory that runs out: one in `scarcity` allocations of ours fails, 0: none. */
static unsigned scarcity;
static uint64_t dice = 1;

static uint32_t roll(uint32_t sides)
{
    dice ^= dice << 13;
    dice ^= dice >> 7;
    dice ^= dice << 17;
    return (uint32_t)(dice >> 33) % sides;
}

/* What the library asks of the system is answered by these: memory that runs out, calls that do
 * less than asked, and a clock that is ours. */
void *__real_malloc(size_t size);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *old, size_t size);
ssize_t __real_send(int fd, const void *data, size_t len, int flags);
ssize_t __real_sendmsg(int fd, const struct msghdr *msg, int flags);
ssize_t __real_recv(int fd, void *data, size_t len, int flags);
int __real_accept4(int fd, struct sockaddr *from, socklen_t *len, int flags);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *old, size_t size);
ssize_t __wrap_send(int fd, const void *data, size_t len, int flags);
ssize_t __wrap_sendmsg(int fd, const struct msghdr *msg, int flags);
ssize_t __wrap_recv(int fd, void *data, size_t len, int flags);
int __wrap_accept4(int fd, struct sockaddr *from, socklen_t *len, int flags);
int __wrap_clock_gettime(clockid_t clock, struct timespec *ts);

void *__wrap_malloc(size_t size)
{
    return scarcity != 0 && roll(scarcity) == 0 ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t n, size_t size)
{
    return scarcity != 0 && roll(scarcity) == 0 ? NULL : __real_calloc(n, size);
}

void *__wrap_realloc(void *old, size_t size)
{
    return scarcity != 0 && roll(scarcity) == 0 ? NULL : __real_realloc(old, size);
}

/* True if a call fails, with an errno that means "later". */
static bool later(uint32_t odds, int error)
{
    if (roll(odds) != 0)
        return false;
    errno = error;
    return true;
}

ssize_t __wrap_send(int fd, const void *data, size_t len, int flags)
{
    if (later(8, roll(3) ? EAGAIN : EINTR))
        return -1;
    return __real_send(fd, data, roll(4) ? len : 1 + roll((uint32_t)len), flags);
}

ssize_t __wrap_sendmsg(int fd, const struct msghdr *msg, int flags)
{
    struct msghdr less = *msg;

    if (later(8, EAGAIN))
        return -1;
    if (roll(3) == 0)
        less.msg_iovlen = 1;
    return __real_sendmsg(fd, &less, flags);
}

ssize_t __wrap_recv(int fd, void *data, size_t len, int flags)
{
    if (later(20, roll(2) ? EAGAIN : EINTR))
        return -1;
    return __real_recv(
        fd, data, roll(4) || len == 0 ? len : 1 + roll(len < 200 ? (uint32_t)len : 200), flags);
}

int __wrap_accept4(int fd, struct sockaddr *from, socklen_t *len, int flags)
{
    if (later(30, roll(2) ? EMFILE : ECONNABORTED))
        return -1;
    return __real_accept4(fd, from, len, flags);
}

static uint64_t clock_now_ms = 1000000;

int __wrap_clock_gettime(clockid_t clock, struct timespec *ts)
{
    (void)clock;
    ts->tv_sec = (time_t)(clock_now_ms / 1000);
    ts->tv_nsec = (long)(clock_now_ms % 1000) * 1000000;
    return 0;
}

#endif
