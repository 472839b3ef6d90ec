/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */
#ifndef RTCIO_BENCH_NET_H
#define RTCIO_BENCH_NET_H

/* Many outgoing TCP connections on one epoll set: what is written while one readable socket is
 * handled leaves in one joined send. Knows no protocol. */

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

struct bench_net;
struct bench_conn;

struct bench_handler {
    /* Bytes came; returns how many were used up. The rest comes again, with more behind it. */
    size_t (*data)(struct bench_net *net, struct bench_conn *c, const uint8_t *bytes, size_t len);
    /* The connection ended, not by rtcio__bench_net_close. It may be opened again at once. */
    void (*closed)(struct bench_net *net, struct bench_conn *c, const char *why);
};

/* Buffers wait in a free list and are lent to a connection only while it has bytes under way,
 * so an idle connection costs the generator next to nothing and hot buffers stay in the cache. */
struct bench_buf {
    struct bench_buf *next;
    uint8_t *data;
    size_t cap, len, off;
};

struct bench_conn {
    const struct bench_handler *handler;
    struct bench_buf *in;  /* the beginning of something not yet complete */
    struct bench_buf *out; /* not yet accepted by the kernel */
    struct bench_conn *next_dirty;
    int fd;
    int error; /* of a send: the kernel tells it once, and the end of the connection is seen later
                */
    uint32_t generation; /* changes with every close: a handler can tell that it happened */
    bool dirty, wants_write;
};

struct bench_net {
    struct sockaddr_storage peer;
    socklen_t peer_len;
    unsigned n_sources; /* 127.0.0.1 … 127.0.0.n as source addresses; 0 leaves it to the kernel */
    unsigned next_source;
    int epoll_fd;
    int events_a_turn; /* at most */
    uint8_t *scratch;
    struct bench_buf *free_bufs;
    struct bench_conn *dirty;
    uint64_t now_ns;  /* CLOCK_MONOTONIC at the last bytes received */
    uint64_t n_reads; /* rises with every sign of life */
    uint32_t n_open;
};

/* Looks the host up and makes the epoll set. Returns NULL, or what went wrong. */
const char *rtcio__bench_net_init(struct bench_net *net, const char *host, const char *port);
void rtcio__bench_net_fini(struct bench_net *net);

/* Source addresses for about n connections, living or in TIME_WAIT; only towards 127.0.0.0/8. */
void rtcio__bench_net_spread(struct bench_net *net, uint64_t n);

void rtcio__bench_conn_init(struct bench_conn *c, const struct bench_handler *handler);

/* Starts to connect. What is written next leaves when the connection stands. Returns 0 or an
 * errno value; a refusal by the peer is usually told to `closed` later. */
int rtcio__bench_net_open(struct bench_net *net, struct bench_conn *c);

/* Closes without telling the handler. Only for the connection whose handler is running, or
 * from outside rtcio__bench_net_turn. */
void rtcio__bench_net_close(struct bench_net *net, struct bench_conn *c);

/* Room for n bytes at the end of the connection's output, to be filled before returning. */
uint8_t *rtcio__bench_net_reserve(struct bench_net *net, struct bench_conn *c, size_t n);

/* One wait and what it brought. */
void rtcio__bench_net_turn(struct bench_net *net, int timeout_ms);

/* Memory, or the end of the program: a load generator without memory has nothing to tell. */
void *rtcio__bench_alloc(size_t n, size_t size);

#endif
