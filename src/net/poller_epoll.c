/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */

/* The poller by Linux's epoll. */

#include "net/poller.h"

#include <rtcio/errors.h>

#include <errno.h>
#include <sys/epoll.h>

int rtcio__poller_create(void)
{
    int fd = epoll_create1(EPOLL_CLOEXEC);
    return fd >= 0 ? fd : RTCIO_E_SYSTEM;
}

static int control(int poller, int op, int fd, struct rtcio__source *source, uint32_t events)
{
    struct epoll_event ev = {.events = events, .data.ptr = source};
    return epoll_ctl(poller, op, fd, &ev) == 0 ? 0 : RTCIO_E_SYSTEM;
}

int rtcio__poller_add(int poller, int fd, struct rtcio__source *source)
{
    return control(poller, EPOLL_CTL_ADD, fd, source, EPOLLIN);
}

int rtcio__poller_want(int poller, int fd, struct rtcio__source *source, bool read, bool write,
                       bool patient)
{
    uint32_t events = (read ? (uint32_t)EPOLLIN : 0) | (write ? (uint32_t)EPOLLOUT : 0);
    /* A reader learns of the FIN by reading 0; who does not read must be told. */
    if (!read && !patient)
        events |= (uint32_t)EPOLLRDHUP;
    return control(poller, EPOLL_CTL_MOD, fd, source, events);
}

void rtcio__poller_del(int poller, int fd)
{
    struct epoll_event unused = {0};
    epoll_ctl(poller, EPOLL_CTL_DEL, fd, &unused);
}

int rtcio__poller_wait(int poller, int timeout_ms, struct rtcio__ready ready[RTCIO__READY_MAX])
{
    struct epoll_event events[RTCIO__READY_MAX];
    int n = epoll_wait(poller, events, RTCIO__READY_MAX, timeout_ms);

    if (n < 0)
        return errno == EINTR ? 0 : RTCIO_E_SYSTEM;
    for (int i = 0; i < n; i++) {
        uint32_t got = events[i].events;
        ready[i].source = events[i].data.ptr;
        ready[i].events = (got & EPOLLIN ? (unsigned)RTCIO__READABLE : 0) |
                          (got & EPOLLOUT ? (unsigned)RTCIO__WRITABLE : 0) |
                          (got & (EPOLLHUP | EPOLLERR | EPOLLRDHUP) ? (unsigned)RTCIO__HANGUP : 0);
    }
    return n;
}
