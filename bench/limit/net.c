/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */

/* The limit's system calls: level-triggered epoll, one recv and one joined send per ready socket
 * and turn. Knows no protocol but the three bytes of a ping. */

#include "limit.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define EVENTS_A_TURN    256
#define FLUSH_AT         64 /* more would fall out of the cache before they are sent */
#define ACCEPTS_A_TURN   64
#define SCRATCH_LEN      (256u << 10)
#define BUF_LEN          (8u << 10)
#define PING_INTERVAL_MS 25000
#define LISTENER         LIMIT_NONE

struct limit_conn limit_conns[LIMIT_CONNS];

static int epoll_fd, listen_fd;
static uint32_t n_conns; /* ever used */
static uint32_t first_free = LIMIT_NONE;
static uint32_t first_ping = LIMIT_NONE, last_ping = LIMIT_NONE;
static struct limit_buf *pool;
static uint32_t dirty[FLUSH_AT];
static unsigned n_dirty;
static uint8_t scratch[SCRATCH_LEN];

static void die(const char *what)
{
    perror(what);
    exit(1);
}

static struct limit_buf *buf_take(void)
{
    struct limit_buf *b = pool;
    if (b == NULL) {
        b = malloc(BUF_LEN);
        if (b == NULL)
            die("limit");
        b->cap = BUF_LEN - sizeof(*b);
    } else {
        pool = b->next;
    }
    b->len = b->off = 0;
    return b;
}

static void buf_return(struct limit_buf **slot)
{
    if (*slot == NULL)
        return;
    (*slot)->next = pool;
    pool = *slot;
    *slot = NULL;
}

static uint8_t *buf_extend(struct limit_buf **slot, size_t n)
{
    struct limit_buf *b = *slot;
    if (b->cap - b->len < n) {
        size_t size = (b->cap + sizeof(*b) + n) * 2;
        b = realloc(b, size);
        if (b == NULL)
            die("limit");
        b->cap = (uint32_t)(size - sizeof(*b));
        *slot = b;
    }
    b->len += (uint32_t)n;
    return b->data + b->len - n;
}

static void ping_unlink(struct limit_conn *c)
{
    *(c->prev_ping == LIMIT_NONE ? &first_ping : &limit_conns[c->prev_ping].next_ping) =
        c->next_ping;
    *(c->next_ping == LIMIT_NONE ? &last_ping : &limit_conns[c->next_ping].prev_ping) =
        c->prev_ping;
}

static void ping_append(struct limit_conn *c, uint32_t at_ms)
{
    uint32_t index = limit_index(c);
    c->ping_at_ms = at_ms;
    c->next_ping = LIMIT_NONE;
    c->prev_ping = last_ping;
    *(last_ping == LIMIT_NONE ? &first_ping : &limit_conns[last_ping].next_ping) = index;
    last_ping = index;
}

static uint32_t now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC_COARSE, &t);
    return (uint32_t)((uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000);
}

/* The connection is in no room any more. */
static void conn_close(struct limit_conn *c)
{
    if (c->speaks == LIMIT_WEBSOCKET)
        ping_unlink(c);
    close(c->fd);
    c->fd = -1;
    c->dirty = false;
    buf_return(&c->out);
    buf_return(&c->in);
    c->next_member = first_free;
    first_free = limit_index(c);
}

static void want_write(struct limit_conn *c, bool on)
{
    if (c->wants_write == on)
        return;
    struct epoll_event ev = {.events = on ? EPOLLIN | EPOLLOUT : EPOLLIN};
    ev.data.u32 = limit_index(c);
    epoll_ctl(epoll_fd, EPOLL_CTL_MOD, c->fd, &ev);
    c->wants_write = on;
}

static void flush(struct limit_conn *c)
{
    c->dirty = false;
    struct limit_buf *b = c->out;
    if (b == NULL || (c->speaks == LIMIT_POLLING && !c->polled))
        return;
    if (c->speaks == LIMIT_POLLING && b->off == 0)
        limit_talk_poll_head(b);
    ssize_t n = send(c->fd, b->data + b->off, b->len - b->off, MSG_NOSIGNAL);
    if (n > 0)
        b->off += (uint32_t)n;
    if (b->off < b->len && (n > 0 || errno == EAGAIN)) {
        want_write(c, true);
        return;
    }
    /* Sent, or broken: then the socket's own event ends it. */
    buf_return(&c->out);
    want_write(c, false);
    c->polled = false;
    if (c->closing)
        conn_close(c);
}

static void flush_dirty(void)
{
    /* A connection closed meanwhile is not dirty, even if its index is in use again. */
    for (unsigned i = 0; i < n_dirty; i++) {
        if (limit_conns[dirty[i]].dirty)
            flush(&limit_conns[dirty[i]]);
    }
    n_dirty = 0;
}

static void mark(struct limit_conn *c)
{
    if (c->dirty)
        return;
    if (n_dirty == FLUSH_AT)
        flush_dirty();
    c->dirty = true;
    dirty[n_dirty++] = limit_index(c);
}

uint8_t *limit_net_reserve(struct limit_conn *c, size_t n)
{
    mark(c);
    if (c->out == NULL) {
        c->out = buf_take();
        if (c->speaks == LIMIT_POLLING)
            c->out->len = LIMIT_POLL_HEAD;
    }
    return buf_extend(&c->out, n);
}

void limit_net_write(struct limit_conn *c, const void *bytes, size_t n)
{
    send(c->fd, bytes, n, MSG_NOSIGNAL);
}

void limit_net_close_after(struct limit_conn *c)
{
    c->closing = true;
    mark(c);
}

void limit_net_heartbeat(struct limit_conn *c)
{
    ping_append(c, now_ms() + PING_INTERVAL_MS);
}

/* No buffer for three bytes: one for each of many connections would be memory to touch. */
static void ping(struct limit_conn *c)
{
    static const uint8_t frame[] = {0x81, 1, '2'};
    if (c->out != NULL || send(c->fd, frame, sizeof(frame), MSG_NOSIGNAL) < 0)
        memcpy(limit_net_reserve(c, sizeof(frame)), frame, sizeof(frame));
}

static void ping_due(uint32_t now)
{
    for (int i = 0; i < EVENTS_A_TURN && first_ping != LIMIT_NONE; i++) {
        struct limit_conn *c = &limit_conns[first_ping];
        if ((int32_t)(c->ping_at_ms - now) > 0)
            return;
        ping_unlink(c);
        ping_append(c, now + PING_INTERVAL_MS);
        ping(c);
    }
}

static void receive(struct limit_conn *c)
{
    size_t kept = c->in == NULL ? 0 : c->in->len;
    ssize_t n = recv(c->fd, scratch + kept, SCRATCH_LEN - kept, 0);
    if (n <= 0) {
        if (n == 0 || errno != EAGAIN) {
            limit_rooms_leave(c);
            conn_close(c);
        }
        return;
    }
    if (kept > 0) {
        memcpy(scratch, c->in->data, kept);
        buf_return(&c->in);
    }
    size_t len = kept + (size_t)n;
    size_t used = limit_talk(c, scratch, len);
    if (used < len) {
        c->in = buf_take();
        memcpy(buf_extend(&c->in, len - used), scratch + used, len - used);
    }
}

static void accept_some(void)
{
    for (int i = 0; i < ACCEPTS_A_TURN; i++) {
        int fd = accept4(listen_fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd < 0)
            return;
        uint32_t index = first_free;
        if (index != LIMIT_NONE)
            first_free = limit_conns[index].next_member;
        else if (n_conns < LIMIT_CONNS)
            index = n_conns++;
        else
            die("limit: too many connections");
        limit_conns[index] = (struct limit_conn){.fd = fd, .room = LIMIT_NONE};
        struct epoll_event ev = {.events = EPOLLIN};
        ev.data.u32 = index;
        if (epoll_ctl(epoll_fd, EPOLL_CTL_ADD, fd, &ev) != 0)
            die("limit: epoll_ctl");
        /* A client that is near has sent its request by now: a wait is spared. */
        receive(&limit_conns[index]);
    }
}

int limit_net_listen(uint16_t port)
{
    struct sockaddr_in addr = {.sin_family = AF_INET, .sin_port = htons(port)};
    addr.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t len = sizeof(addr);
    int on = 1;
    listen_fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    setsockopt(listen_fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
    /* Accepted sockets inherit it. */
    setsockopt(listen_fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    struct epoll_event ev = {.events = EPOLLIN};
    ev.data.u32 = LISTENER;
    if (bind(listen_fd, (struct sockaddr *)&addr, len) != 0 || listen(listen_fd, 4096) != 0 ||
        epoll_ctl(epoll_fd, EPOLL_CTL_ADD, listen_fd, &ev) != 0 ||
        getsockname(listen_fd, (struct sockaddr *)&addr, &len) != 0)
        return -1;
    return ntohs(addr.sin_port);
}

void limit_net_turn(void)
{
    static struct epoll_event events[EVENTS_A_TURN];
    int timeout_ms = -1;
    if (first_ping != LIMIT_NONE) {
        timeout_ms = (int)(limit_conns[first_ping].ping_at_ms - now_ms());
        if (timeout_ms < 0)
            timeout_ms = 0;
    }
    int n = epoll_wait(epoll_fd, events, EVENTS_A_TURN, timeout_ms);
    for (int i = 0; i < n; i++) {
        uint32_t index = events[i].data.u32;
        if (index == LISTENER) {
            accept_some();
            continue;
        }
        struct limit_conn *c = &limit_conns[index];
        if ((events[i].events & EPOLLOUT) != 0)
            flush(c);
        if ((events[i].events & ~(uint32_t)EPOLLOUT) != 0 && c->fd >= 0)
            receive(c);
    }
    ping_due(now_ms());
    flush_dirty();
}
