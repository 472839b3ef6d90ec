/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */
#ifndef RTCIO_NET_LISTENER_H
#define RTCIO_NET_LISTENER_H

/* Listening sockets. */

#include "net/loop.h"

#include <sys/socket.h>

/* A connection was accepted: the callee owns fd. */
typedef void (*rtcio__accept_fn)(void *user, int fd, const struct sockaddr_storage *peer);

struct rtcio__listener;

/* How several loops listen on one port (SO_REUSEPORT): the system spreads connections. */
enum rtcio__port_sharing {
    RTCIO__PORT_ALONE,
    RTCIO__PORT_FIRST,   /* as alone nobody else may have the port; afterwards others may join */
    RTCIO__PORT_JOINING, /* one of the others */
};

/* Listens on every address of host (NULL: all). On success *port is the port (chosen by the system
 * for 0) and *list has the new listeners in front. 0, RTCIO_E_ADDRESS, RTCIO_E_SYSTEM,
 * RTCIO_E_NO_MEMORY. */
int rtcio__listen(struct rtcio__loop *loop, const char *host, int *port,
                  enum rtcio__port_sharing sharing, rtcio__accept_fn accepted, void *user,
                  struct rtcio__listener **list);
/* A socket that listens at a path, or under an abstract name that begins with "@". The descriptor,
 * or RTCIO_E_ADDRESS. */
int rtcio__listen_unix(const char *path, unsigned mode);
/* Listens with a descriptor that does already, and is taken over, also on failure. *port is its
 * port, 0 when it has none. 0, RTCIO_E_INVALID (it does not listen), RTCIO_E_SYSTEM,
 * RTCIO_E_NO_MEMORY. */
int rtcio__listen_fd(struct rtcio__loop *loop, int fd, int *port, rtcio__accept_fn accepted,
                     void *user, struct rtcio__listener **list);
/* Closes all listeners of the list. */
void rtcio__listeners_close(struct rtcio__loop *loop, struct rtcio__listener **list);

#endif
