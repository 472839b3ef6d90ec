/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */

/* Many outgoing TCP connections on one epoll set: what is written while one readable socket is
 * handled leaves in one joined send. Knows no protocol. */

#include "bench/net.h"

#include "bench/measure.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#define SCRATCH_LEN    (1u << 20)
#define PARTIAL_MAX    (SCRATCH_LEN / 2)
#define EVENTS_A_TURN  256
#define PORTS_A_SOURCE 1000 /* of the usual 28,000: the kernel finds a free one at once */
#define SOURCES_MAX    200

void *rtcio__bench_alloc(size_t n, size_t size)
{
    void *p = calloc(n, size);
    if (p == NULL) {
        fprintf(stderr, "rtcio bench: out of memory\n");
        exit(1);
    }
    return p;
}

const char *rtcio__bench_net_init(struct bench_net *net, const char *host, const char *port)
{
    memset(net, 0, sizeof(*net));
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM};
    struct addrinfo *found;
    int err = getaddrinfo(host, port, &hints, &found);
    if (err != 0)
        return gai_strerror(err);
    memcpy(&net->peer, found->ai_addr, found->ai_addrlen);
    net->peer_len = found->ai_addrlen;
    freeaddrinfo(found);

    net->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    if (net->epoll_fd < 0)
        return strerror(errno);
    net->events_a_turn = EVENTS_A_TURN;
    net->scratch = rtcio__bench_alloc(1, SCRATCH_LEN);
    net->now_ns = rtcio__bench_now_ns();
    return NULL;
}

void rtcio__bench_net_fini(struct bench_net *net)
{
    while (net->free_bufs != NULL) {
        struct bench_buf *b = net->free_bufs;
        net->free_bufs = b->next;
        free(b->data);
        free(b);
    }
    free(net->scratch);
    close(net->epoll_fd);
}

void rtcio__bench_net_spread(struct bench_net *net, uint64_t n)
{
    const struct sockaddr_in *peer = (const struct sockaddr_in *)&net->peer;
    if (peer->sin_family != AF_INET || ntohl(peer->sin_addr.s_addr) >> 24 != 127)
        return;
    uint64_t sources = n / PORTS_A_SOURCE + 1;
    if (sources > SOURCES_MAX)
        sources = SOURCES_MAX;
    net->n_sources = sources > 1 ? (unsigned)sources : 0;
}

static struct bench_buf *buf_take(struct bench_net *net)
{
    struct bench_buf *b = net->free_bufs;
    if (b == NULL)
        return rtcio__bench_alloc(1, sizeof(*b));
    net->free_bufs = b->next;
    b->len = b->off = 0;
    return b;
}

static void buf_return(struct bench_net *net, struct bench_buf **slot)
{
    if (*slot == NULL)
        return;
    (*slot)->next = net->free_bufs;
    net->free_bufs = *slot;
    *slot = NULL;
}

static uint8_t *buf_extend(struct bench_buf *b, size_t n)
{
    if (b->cap - b->len < n) {
        size_t cap = b->cap < 4096 ? 4096 : b->cap;
        while (cap - b->len < n)
            cap *= 2;
        uint8_t *data = realloc(b->data, cap);
        if (data == NULL) {
            fprintf(stderr, "rtcio bench: out of memory\n");
            exit(1);
        }
        b->data = data;
        b->cap = cap;
    }
    b->len += n;
    return b->data + b->len - n;
}

void rtcio__bench_conn_init(struct bench_conn *c, const struct bench_handler *handler)
{
    memset(c, 0, sizeof(*c));
    c->handler = handler;
    c->fd = -1;
}

static void bind_source(struct bench_net *net, int fd)
{
    struct sockaddr_in from = {.sin_family = AF_INET};
    from.sin_addr.s_addr = htonl(INADDR_LOOPBACK + net->next_source++ % net->n_sources);
    int on = 1;
    /* The port is chosen at connect, when the whole four-tuple is known. A failure here only
     * means that the kernel chooses the address too. */
    setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof(on));
    (void)bind(fd, (const struct sockaddr *)&from, sizeof(from));
}

int rtcio__bench_net_open(struct bench_net *net, struct bench_conn *c)
{
    int fd = socket(net->peer.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return errno;
    int on = 1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    if (net->n_sources > 0)
        bind_source(net, fd);

    struct epoll_event ev = {.events = EPOLLIN, .data.ptr = c};
    bool failed = connect(fd, (const struct sockaddr *)&net->peer, net->peer_len) != 0 &&
                  errno != EINPROGRESS;
    if (failed || epoll_ctl(net->epoll_fd, EPOLL_CTL_ADD, fd, &ev) != 0) {
        int err = errno;
        close(fd);
        return err;
    }
    c->fd = fd;
    c->error = 0;
    c->wants_write = false;
    net->n_open++;
    return 0;
}

void rtcio__bench_net_close(struct bench_net *net, struct bench_conn *c)
{
    if (c->fd < 0)
        return;
    close(c->fd);
    c->fd = -1;
    net->n_open--;
    c->generation++;
    buf_return(net, &c->in);
    buf_return(net, &c->out);
}

uint8_t *rtcio__bench_net_reserve(struct bench_net *net, struct bench_conn *c, size_t n)
{
    if (c->out == NULL)
        c->out = buf_take(net);
    if (!c->dirty) {
        c->dirty = true;
        c->next_dirty = net->dirty;
        net->dirty = c;
    }
    return buf_extend(c->out, n);
}

static void want_write(struct bench_net *net, struct bench_conn *c, bool on)
{
    if (c->wants_write == on)
        return;
    struct epoll_event ev = {.events = on ? EPOLLIN | EPOLLOUT : EPOLLIN, .data.ptr = c};
    epoll_ctl(net->epoll_fd, EPOLL_CTL_MOD, c->fd, &ev);
    c->wants_write = on;
}

static void flush(struct bench_net *net, struct bench_conn *c)
{
    struct bench_buf *b = c->out;
    if (b == NULL || c->fd < 0)
        return;
    ssize_t n = send(c->fd, b->data + b->off, b->len - b->off, MSG_NOSIGNAL);
    if (n > 0)
        b->off += (size_t)n;
    /* A connection still being made also says EAGAIN: there is no state for it here. */
    if (b->off < b->len && (n >= 0 || errno == EAGAIN)) {
        want_write(net, c, true);
        return;
    }
    /* Sent, or broken: then the socket's own event tells the handler. */
    if (b->off < b->len)
        c->error = errno;
    buf_return(net, &c->out);
    want_write(net, c, false);
}

static void flush_dirty(struct bench_net *net)
{
    while (net->dirty != NULL) {
        struct bench_conn *c = net->dirty;
        net->dirty = c->next_dirty;
        c->dirty = false;
        flush(net, c);
    }
}

static void ended(struct bench_net *net, struct bench_conn *c, const char *why)
{
    rtcio__bench_net_close(net, c);
    c->handler->closed(net, c, why);
}

static void receive(struct bench_net *net, struct bench_conn *c)
{
    size_t kept = c->in == NULL ? 0 : c->in->len;
    ssize_t n = recv(c->fd, net->scratch + kept, SCRATCH_LEN - kept, 0);
    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    net->now_ns = rtcio__bench_now_ns();
    net->n_reads++;
    if (n <= 0) {
        int err = n < 0 ? errno : c->error;
        ended(net, c, err == 0 ? "the server closed the connection" : strerror(err));
        return;
    }
    if (kept > 0)
        memcpy(net->scratch, c->in->data, kept);
    buf_return(net, &c->in);

    size_t len = kept + (size_t)n;
    uint32_t generation = c->generation;
    size_t used = c->handler->data(net, c, net->scratch, len);
    if (c->generation != generation || used == len)
        return;
    if (len - used > PARTIAL_MAX) {
        ended(net, c, "the server sent a message of more than 512 KB");
        return;
    }
    c->in = buf_take(net);
    memcpy(buf_extend(c->in, len - used), net->scratch + used, len - used);
}

void rtcio__bench_net_turn(struct bench_net *net, int timeout_ms)
{
    struct epoll_event events[EVENTS_A_TURN];
    flush_dirty(net);
    int n = epoll_wait(net->epoll_fd, events, net->events_a_turn, timeout_ms);
    if (n <= 0)
        net->now_ns = rtcio__bench_now_ns();
    for (int i = 0; i < n; i++) {
        struct bench_conn *c = events[i].data.ptr;
        if ((events[i].events & EPOLLOUT) != 0)
            flush(net, c);
        if ((events[i].events & ~(uint32_t)EPOLLOUT) != 0)
            receive(net, c);
        flush_dirty(net);
    }
}
