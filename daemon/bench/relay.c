/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */

/* #rtcio:message from one client to another: envelopes built before the run, numbered on
 * sending and checked byte by byte on arrival. Knows no workload. */

#include "bench/relay.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define EVENT  "[\"#rtcio:message\",{"
#define SOURCE "\"source\":\""
#define TARGET "\"target\":\""
#define DATA   "\"data\":"

/* Bytes of a whole packet; a call's mean is 930. */
static const size_t packet_len[BENCH_KINDS] = {4600, 3200, 336};
#define SMALL_LEN 200

static void build(struct bench_template *t, enum bench_kind kind, size_t len, size_t id_len)
{
    static const char head[] = "42" EVENT SOURCE;
    t->source_at = sizeof(head) - 1;
    t->target_at = t->source_at + id_len + strlen("\"," TARGET);
    t->data_at = t->target_at + id_len + strlen("\"," DATA);
    t->data_len = len - t->data_at - strlen("}]");

    char data[BENCH_DATA_MAX];
    rtcio__bench_traffic_data(data, kind, t->data_len);
    t->data_len = strlen(data);

    char blank[BENCH_ID_MAX + 1] = {0};
    memset(blank, '-', id_len);
    size_t room = len + BENCH_DATA_MAX;
    t->text = rtcio__bench_alloc(1, room);
    int n = snprintf(t->text, room, "%s%s\"," TARGET "%s\"," DATA "%s}]", head, blank, blank, data);
    t->text_len = (size_t)n;
    char *stamp = strstr(t->text + t->data_at, BENCH_STAMP);
    t->stamp_at[0] = (size_t)(stamp - t->text) - t->data_at;
    stamp = strstr(stamp + 1, BENCH_STAMP);
    t->stamp_at[1] = (size_t)(stamp - t->text) - t->data_at;

    t->frame = rtcio__bench_alloc(1, t->text_len + BENCH_FRAME_HEAD_MAX);
    t->head_len = rtcio__bench_frame_head(t->frame, BENCH_WS_TEXT, t->text_len);
    rtcio__bench_frame_mask(t->frame + t->head_len, 0, t->text, t->text_len);
    t->frame_len = t->head_len + t->text_len;
}

void rtcio__bench_relay_init(struct bench_relay *r, struct bench_run *run, size_t id_len,
                             uint32_t n_streams, bool small)
{
    r->run = run;
    r->id_len = id_len;
    for (int kind = 0; kind < BENCH_KINDS; kind++) {
        size_t len = small ? SMALL_LEN : packet_len[kind];
        if (!small || kind == BENCH_CANDIDATE)
            build(&r->templates[kind], (enum bench_kind)kind, len, id_len);
    }
    r->n_streams = n_streams;
    r->streams = rtcio__bench_alloc(n_streams, sizeof(*r->streams));
    for (uint32_t i = 0; i < n_streams; i++) {
        char label[16];
        snprintf(label, sizeof(label), "%0*u", BENCH_LABEL_LEN, i);
        memcpy(r->streams[i].label, label, BENCH_LABEL_LEN);
    }
}

void rtcio__bench_relay_fini(struct bench_relay *r)
{
    for (int kind = 0; kind < BENCH_KINDS; kind++) {
        free(r->templates[kind].text);
        free(r->templates[kind].frame);
    }
    free(r->streams);
}

void rtcio__bench_stream_link(struct bench_stream *s, struct bench_client *from,
                              struct bench_client *to)
{
    s->from = from;
    s->to = to;
    s->from_id = from->id;
    s->to_id = to->id;
}

/* Takes the next number; the stamp is what the message shall carry. */
static void number(struct bench_relay *r, struct bench_stream *s, enum bench_kind kind,
                   char stamp[BENCH_STAMP_LEN])
{
    memcpy(stamp, s->label, BENCH_LABEL_LEN);
    uint32_t seq = s->sent++;
    s->kind[seq % BENCH_RING] = (uint8_t)kind;
    s->sent_at_ns[seq % BENCH_RING] = r->run->net.now_ns;
    for (int i = BENCH_STAMP_LEN - 1; i >= BENCH_LABEL_LEN; i--, seq /= 10)
        stamp[i] = (char)('0' + seq % 10);
    r->run->tally.sent++;
}

void rtcio__bench_relay_send(struct bench_relay *r, struct bench_stream *s, enum bench_kind kind)
{
    const struct bench_template *t = &r->templates[kind];
    char stamp[BENCH_STAMP_LEN];
    number(r, s, kind, stamp);
    uint8_t *frame = rtcio__bench_net_reserve(&r->run->net, &s->from->conn, t->frame_len);
    memcpy(frame, t->frame, t->frame_len);
    uint8_t *payload = frame + t->head_len;
    rtcio__bench_frame_mask(payload, t->source_at, s->from_id, r->id_len);
    rtcio__bench_frame_mask(payload, t->target_at, s->to_id, r->id_len);
    for (int i = 0; i < 2; i++)
        rtcio__bench_frame_mask(payload, t->data_at + t->stamp_at[i], stamp, BENCH_STAMP_LEN);
}

size_t rtcio__bench_relay_text(struct bench_relay *r, struct bench_stream *s, enum bench_kind kind,
                               char *dst)
{
    const struct bench_template *t = &r->templates[kind];
    char stamp[BENCH_STAMP_LEN];
    number(r, s, kind, stamp);
    memcpy(dst, t->text, t->text_len);
    memcpy(dst + t->source_at, s->from_id, r->id_len);
    memcpy(dst + t->target_at, s->to_id, r->id_len);
    for (int i = 0; i < 2; i++)
        memcpy(dst + t->data_at + t->stamp_at[i], stamp, BENCH_STAMP_LEN);
    return t->text_len;
}

struct envelope {
    const char *source, *target, *data;
    enum bench_kind kind;
};

static bool starts(const char *p, const char *end, const char *with)
{
    size_t n = strlen(with);
    return (size_t)(end - p) > n && memcmp(p, with, n) == 0;
}

/* The kind shows in the first bytes: {"description":{"type":"offer" … or {"candidate": … */
static enum bench_kind kind_of(const char *data, const char *end)
{
    if (starts(data, end, "{\"description\":{\"type\":\"o"))
        return BENCH_OFFER;
    return starts(data, end, "{\"d") ? BENCH_ANSWER : BENCH_CANDIDATE;
}

/* The keys may come in any order (a server that stamps `source` may append it), and arguments
 * may follow the envelope (connection state recovery adds one). */
static bool open_envelope(const struct bench_relay *r, const char *p, const char *end,
                          struct envelope *e)
{
    for (;;) {
        const char **id = starts(p, end, SOURCE)   ? &e->source
                          : starts(p, end, TARGET) ? &e->target
                                                   : NULL;
        if (id != NULL && *id == NULL) {
            *id = p + strlen(SOURCE);
            p = *id + r->id_len + 1;
            if (p >= end || p[-1] != '"')
                return false;
        } else if (starts(p, end, DATA) && e->data == NULL) {
            e->data = p + strlen(DATA);
            e->kind = kind_of(e->data, end);
            size_t n = r->templates[e->kind].data_len;
            if (n == 0 || (size_t)(end - e->data) <= n)
                return false;
            p = e->data + n;
        } else {
            return false;
        }
        if (*p == '}')
            return e->source != NULL && e->target != NULL && e->data != NULL && end[-1] == ']' &&
                   (p + 2 == end || p[1] == ',');
        if (*p++ != ',')
            return false;
    }
}

static int64_t decimal(const char *p, size_t len)
{
    int64_t n = 0;
    for (size_t i = 0; i < len; i++) {
        if (p[i] < '0' || p[i] > '9')
            return -1;
        n = n * 10 + (p[i] - '0');
    }
    return n;
}

/* Everything but the stamps is as it was sent, and the stamps agree. */
static bool sound(const struct bench_template *t, const char *data)
{
    const char *made = t->text + t->data_at;
    size_t first_end = t->stamp_at[0] + BENCH_STAMP_LEN;
    size_t second_end = t->stamp_at[1] + BENCH_STAMP_LEN;
    return memcmp(data, made, t->stamp_at[0]) == 0 &&
           memcmp(data + first_end, made + first_end, t->stamp_at[1] - first_end) == 0 &&
           memcmp(data + second_end, made + second_end, t->data_len - second_end) == 0 &&
           memcmp(data + t->stamp_at[0], data + t->stamp_at[1], BENCH_STAMP_LEN) == 0;
}

/* Moves the window on by n numbers, 1 to BENCH_RING + 1. */
static void advance(struct bench_stream *s, uint32_t n)
{
    s->forgotten += (uint32_t)__builtin_popcountll(s->missing >> (64 - n));
    s->missing <<= n;
    s->next += n;
}

/* Notes that number seq has come. Returns false when it had come before. */
static bool arrive(struct bench_stream *s, uint32_t seq, struct bench_tally *tally)
{
    if (seq >= s->next) {
        /* At most BENCH_RING are under way, so the gap fits. */
        uint32_t gap = seq - s->next;
        advance(s, gap + 1);
        s->missing |= (((uint64_t)1 << gap) - 1) << 1;
        return true;
    }
    uint32_t back = s->next - 1 - seq;
    if (back < 64 ? (s->missing >> back & 1) != 0 : s->forgotten > 0) {
        if (back < 64)
            s->missing &= ~((uint64_t)1 << back);
        else
            s->forgotten--;
        tally->reordered++;
        return true;
    }
    tally->duplicated++;
    return false;
}

static struct bench_stream *corrupted(struct bench_relay *r, const char *what, const char *json,
                                      size_t len)
{
    r->run->tally.corrupted++;
    rtcio__bench_blame(r->run, "a message came back %s: %.*s", what, len > 160 ? 160 : (int)len,
                       json);
    return NULL;
}

bool rtcio__bench_relay_is(const char *json, size_t len)
{
    return starts(json, json + len, EVENT);
}

struct bench_stream *rtcio__bench_relay_take(struct bench_relay *r, const char *to_id,
                                             const char *json, size_t len, enum bench_kind *kind)
{
    struct envelope e = {0};
    if (!open_envelope(r, json + strlen(EVENT), json + len, &e) ||
        !sound(&r->templates[e.kind], e.data))
        return corrupted(r, "changed", json, len);

    const char *stamp = e.data + r->templates[e.kind].stamp_at[0];
    int64_t label = decimal(stamp, BENCH_LABEL_LEN);
    int64_t seq = decimal(stamp + BENCH_LABEL_LEN, BENCH_SEQ_LEN);
    if (label < 0 || label >= r->n_streams || seq < 0)
        return corrupted(r, "with a changed number", json, len);
    struct bench_stream *s = &r->streams[label];
    if (s->to_id == NULL || memcmp(s->to_id, to_id, r->id_len) != 0 ||
        memcmp(e.target, to_id, r->id_len) != 0)
        return corrupted(r, "at the wrong client", json, len);
    if (memcmp(e.source, s->from_id, r->id_len) != 0)
        return corrupted(r, "with a wrong source", json, len);
    if (seq >= s->sent)
        return corrupted(r, "that was never sent", json, len);
    if (!arrive(s, (uint32_t)seq, &r->run->tally))
        return NULL;
    /* Of a message that others have overtaken by far nothing more is known. */
    if (s->sent - (uint32_t)seq <= BENCH_RING) {
        uint32_t slot = (uint32_t)seq % BENCH_RING;
        if (s->kind[slot] != (uint8_t)e.kind)
            return corrupted(r, "as another kind", json, len);
        rtcio__bench_hist_add(&r->run->latency, r->run->net.now_ns - s->sent_at_ns[slot]);
    }
    *kind = e.kind;
    r->run->tally.received++;
    return s;
}
