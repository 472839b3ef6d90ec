/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */
#ifndef RTCIO_BENCH_CLIENT_H
#define RTCIO_BENCH_CLIENT_H

/* A Socket.IO client over WebSocket, from the TCP connection to events of the main namespace.
 * Answers pings. Knows no event by name. */

#include "bench/run.h"
#include "bench/wire.h"

#define BENCH_ID_MAX 63

struct bench_client;

struct bench_client_ops {
    void (*ready)(struct bench_client *c); /* the server answered CONNECT: c->id is known */
    /* json is the packet behind its type digit: ["name",… */
    void (*event)(struct bench_client *c, const char *json, size_t len);
    /* Ended, by a fault or after rtcio__bench_client_leave (then c->leaving). */
    void (*closed)(struct bench_client *c, const char *why);
};

struct bench_client {
    struct bench_conn conn; /* first: a connection is turned back into its client by a cast */
    struct bench_run *run;
    const struct bench_client_ops *ops;
    uint32_t index;
    uint8_t state;
    bool leaving;
    uint8_t id_len;
    char id[BENCH_ID_MAX + 1]; /* the socket id */
    uint64_t since_ns;         /* when the connection was begun */
};

void rtcio__bench_client_init(struct bench_client *c, struct bench_run *run, uint32_t index,
                              const struct bench_client_ops *ops);

/* Connects. A failure is told to ops->closed only if it comes later; returns 0 or -1. */
int rtcio__bench_client_open(struct bench_client *c);

/* Sends one Engine.IO packet as a text frame. */
void rtcio__bench_client_send(struct bench_client *c, const char *packet, size_t len);
void rtcio__bench_client_sendf(struct bench_client *c, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Sends a Close frame; ops->closed follows when the server has closed. */
void rtcio__bench_client_leave(struct bench_client *c);

#endif
