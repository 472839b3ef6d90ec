/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */
#ifndef RTCIO_BENCH_RELAY_H
#define RTCIO_BENCH_RELAY_H

/* #rtcio:message from one client to another: envelopes built before the run, numbered on
 * sending and checked byte by byte on arrival. Knows no workload. */

#include "bench/client.h"
#include "bench/traffic.h"

#define BENCH_RING        16 /* messages of one stream that may be under way at once */
#define BENCH_STREAMS_MAX 999999

/* The messages from one client to one other. */
struct bench_stream {
    struct bench_client *from, *to; /* may be NULL where no WebSocket carries the stream */
    const char *from_id, *to_id;
    uint32_t sent;      /* number of the next message to send */
    uint32_t next;      /* number of the next message to arrive */
    uint64_t missing;   /* bit i: number next-1-i has not come yet */
    uint32_t forgotten; /* missing ones too old for a bit; they may still come */
    char label[BENCH_LABEL_LEN];
    uint8_t kind[BENCH_RING];
    uint64_t sent_at_ns[BENCH_RING];
};

struct bench_template {
    char *text; /* 42["#rtcio:message",… */
    size_t text_len;
    uint8_t *frame; /* the same as a masked frame */
    size_t frame_len, head_len;
    size_t source_at, target_at; /* offsets in the text */
    size_t data_at, data_len;
    size_t stamp_at[2]; /* offsets in the data */
};

struct bench_relay {
    struct bench_run *run;
    size_t id_len;
    struct bench_template templates[BENCH_KINDS];
    struct bench_stream *streams;
    uint32_t n_streams;
};

/* id_len is the length of all socket ids. small: candidates of 200 bytes instead of 336. */
void rtcio__bench_relay_init(struct bench_relay *r, struct bench_run *run, size_t id_len,
                             uint32_t n_streams, bool small);
void rtcio__bench_relay_fini(struct bench_relay *r);

void rtcio__bench_stream_link(struct bench_stream *s, struct bench_client *from,
                              struct bench_client *to);

/* Numbers a message and queues it at s->from. */
void rtcio__bench_relay_send(struct bench_relay *r, struct bench_stream *s, enum bench_kind kind);

/* Numbers a message and writes its packet (without a frame) to dst; returns its length. */
size_t rtcio__bench_relay_text(struct bench_relay *r, struct bench_stream *s, enum bench_kind kind,
                               char *dst);

/* Checks a message that came for the socket to_id. Returns its stream, and its kind, when it is
 * sound and new; otherwise counts what is wrong and returns NULL. */
struct bench_stream *rtcio__bench_relay_take(struct bench_relay *r, const char *to_id,
                                             const char *json, size_t len, enum bench_kind *kind);

bool rtcio__bench_relay_is(const char *json, size_t len);

#endif
