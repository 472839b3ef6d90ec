/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */

/* Accepting connections, also when descriptors run out. It knows nothing of what a connection is
 * for. */

#include "net/listener.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define BACKLOG        4096
#define ACCEPT_AT_ONCE 64  /* then others get their turn */
#define PAUSE_MS       100 /* when the process has no descriptor left */

struct rtcio__listener {
    struct rtcio__corpse corpse;
    struct rtcio__listener *next;
    struct rtcio__source source;
    struct rtcio__timer pause;
    struct rtcio__loop *loop;
    rtcio__accept_fn accepted;
    void *user;
    int fd;
};

static void free_listener(struct rtcio__corpse *corpse)
{
    free(rtcio__container_of(corpse, struct rtcio__listener, corpse));
}

static void resume(struct rtcio__timer *timer)
{
    struct rtcio__listener *l = rtcio__container_of(timer, struct rtcio__listener, pause);
    if (rtcio__poller_add(l->loop->poller, l->fd, &l->source) != 0)
        rtcio__timer_set(&l->loop->timers, timer, rtcio__loop_now(l->loop) + PAUSE_MS);
}

static void on_ready(struct rtcio__source *source, unsigned events)
{
    struct rtcio__listener *l = rtcio__container_of(source, struct rtcio__listener, source);
    (void)events;

    for (int i = 0; i < ACCEPT_AT_ONCE && l->fd >= 0; i++) {
        struct sockaddr_storage peer;
        socklen_t len = sizeof peer;
        int fd = accept4(l->fd, (struct sockaddr *)&peer, &len, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd < 0) {
            /* The connection stays in the backlog and would wake us at once again. */
            if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
                rtcio__poller_del(l->loop->poller, l->fd);
                rtcio__timer_set(&l->loop->timers, &l->pause, rtcio__loop_now(l->loop) + PAUSE_MS);
            }
            if (errno == ECONNABORTED || errno == EINTR)
                continue;
            return;
        }
        l->accepted(l->user, fd, &peer);
    }
}

static int open_socket(const struct addrinfo *ai, int port, enum rtcio__port_sharing sharing)
{
    struct sockaddr_storage address;
    int on = 1, off = 0;
    int fd = socket(ai->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

    if (fd < 0)
        return -1;
    memcpy(&address, ai->ai_addr, ai->ai_addrlen);
    if (ai->ai_family == AF_INET6) {
        ((struct sockaddr_in6 *)&address)->sin6_port = htons((uint16_t)port);
        /* "::" takes IPv4 too. */
        setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off);
    } else {
        ((struct sockaddr_in *)&address)->sin_port = htons((uint16_t)port);
    }
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    /* Linux: accepted sockets inherit it, which saves a system call for each. */
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (sharing == RTCIO__PORT_JOINING)
        setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof on);
    if (bind(fd, (struct sockaddr *)&address, ai->ai_addrlen) == 0) {
        /* Set before, it would let a second process take half of the connections unnoticed. */
        if (sharing == RTCIO__PORT_FIRST)
            setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof on);
        if (listen(fd, BACKLOG) == 0)
            return fd;
    }
    int saved = errno;
    close(fd);
    errno = saved;
    return -1;
}

static int bound_port(int fd)
{
    struct sockaddr_storage address;
    socklen_t len = sizeof address;

    if (getsockname(fd, (struct sockaddr *)&address, &len) != 0)
        return -1;
    if (address.ss_family != AF_INET && address.ss_family != AF_INET6)
        return 0;
    return ntohs(address.ss_family == AF_INET6 ? ((struct sockaddr_in6 *)&address)->sin6_port
                                               : ((struct sockaddr_in *)&address)->sin_port);
}

static int add_listener(struct rtcio__loop *loop, int fd, rtcio__accept_fn accepted, void *user,
                        struct rtcio__listener **list)
{
    struct rtcio__listener *l = calloc(1, sizeof *l);

    if (l == NULL) {
        close(fd);
        return RTCIO_E_NO_MEMORY;
    }
    l->source.ready = on_ready;
    rtcio__timer_init(&l->pause, resume);
    l->loop = loop;
    l->accepted = accepted;
    l->user = user;
    l->fd = fd;
    if (rtcio__poller_add(loop->poller, fd, &l->source) != 0) {
        close(fd);
        free(l);
        return RTCIO_E_SYSTEM;
    }
    l->next = *list;
    *list = l;
    return 0;
}

static int listen_on(struct rtcio__loop *loop, const char *host, int *port,
                     enum rtcio__port_sharing sharing, rtcio__accept_fn accepted, void *user,
                     struct rtcio__listener **list)
{
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE | AI_NUMERICSERV};
    struct addrinfo *all;
    struct rtcio__listener *added = NULL;
    int result = RTCIO_E_ADDRESS;

    if (getaddrinfo(host, "0", &hints, &all) != 0) {
        errno = 0; /* not a matter of the system: the name is unknown */
        return RTCIO_E_ADDRESS;
    }
    for (struct addrinfo *ai = all; ai != NULL; ai = ai->ai_next) {
        if (ai->ai_family != AF_INET && ai->ai_family != AF_INET6)
            continue;
        /* A name may have several addresses; the first one's port serves them all. */
        int fd = open_socket(ai, *port, sharing);
        if (fd < 0)
            continue;
        result = add_listener(loop, fd, accepted, user, &added);
        if (result != 0)
            break;
        *port = bound_port(fd);
    }
    int saved = errno;
    freeaddrinfo(all);
    errno = saved;
    if (result != 0) {
        rtcio__listeners_close(loop, &added);
        return result;
    }
    while (added != NULL) {
        struct rtcio__listener *next = added->next;
        added->next = *list;
        *list = added;
        added = next;
    }
    return 0;
}

int rtcio__listen(struct rtcio__loop *loop, const char *host, int *port,
                  enum rtcio__port_sharing sharing, rtcio__accept_fn accepted, void *user,
                  struct rtcio__listener **list)
{
    if (host != NULL)
        return listen_on(loop, host, port, sharing, accepted, user, list);
    int result = listen_on(loop, "::", port, sharing, accepted, user, list);
    /* No IPv6 on this system. */
    return result == 0 ? 0 : listen_on(loop, "0.0.0.0", port, sharing, accepted, user, list);
}

/* A file that nobody listens to any more is what a server of before has left. */
static void remove_stale(const struct sockaddr_un *address, socklen_t len)
{
    struct stat st;
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

    if (fd < 0)
        return;
    if (connect(fd, (const struct sockaddr *)address, len) != 0 && errno == ECONNREFUSED &&
        lstat(address->sun_path, &st) == 0 && S_ISSOCK(st.st_mode))
        unlink(address->sun_path);
    close(fd);
}

int rtcio__listen_unix(const char *path, unsigned mode)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    size_t len = strlen(path);
    bool abstract = path[0] == '@';

    if (len == 0 || len >= sizeof address.sun_path) {
        errno = len == 0 ? ENOENT : ENAMETOOLONG;
        return RTCIO_E_ADDRESS;
    }
    memcpy(address.sun_path, path, len);
    if (abstract)
        address.sun_path[0] = '\0';
    socklen_t size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len);
    if (!abstract)
        remove_stale(&address, ++size);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return RTCIO_E_ADDRESS;
    /* Nobody can connect before listen(): the mode is in time. */
    if (bind(fd, (struct sockaddr *)&address, size) == 0 &&
        (abstract || chmod(path, (mode_t)mode) == 0) && listen(fd, BACKLOG) == 0)
        return fd;
    int saved = errno;
    close(fd);
    errno = saved;
    return RTCIO_E_ADDRESS;
}

int rtcio__listen_fd(struct rtcio__loop *loop, int fd, int *port, rtcio__accept_fn accepted,
                     void *user, struct rtcio__listener **list)
{
    int listening = 0, type = 0, on = 1;
    socklen_t len = sizeof listening;
    int flags = fcntl(fd, F_GETFL);

    if (flags < 0)
        return RTCIO_E_INVALID; /* not open: nothing to close */
    if (getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listening, &len) != 0 || !listening ||
        getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &len) != 0 || type != SOCK_STREAM) {
        close(fd);
        return RTCIO_E_INVALID;
    }
    if (fcntl(fd, F_SETFL, flags | O_NONBLOCK) != 0 || fcntl(fd, F_SETFD, FD_CLOEXEC) != 0) {
        close(fd);
        return RTCIO_E_SYSTEM;
    }
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on); /* no matter if it is not TCP */
    *port = bound_port(fd);
    return add_listener(loop, fd, accepted, user, list);
}

void rtcio__listeners_close(struct rtcio__loop *loop, struct rtcio__listener **list)
{
    while (*list != NULL) {
        struct rtcio__listener *l = *list;
        *list = l->next;
        rtcio__timer_stop(&loop->timers, &l->pause);
        rtcio__poller_del(loop->poller, l->fd);
        close(l->fd);
        l->fd = -1;
        /* Its readiness may be among the events of this turn. */
        rtcio__loop_bury(loop, &l->corpse, free_listener);
    }
}
