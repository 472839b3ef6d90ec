/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */

/* A Socket.IO client over WebSocket, from the TCP connection to events of the main namespace.
 * Answers pings. Knows no event by name. */

#include "bench/client.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum state { UPGRADING, OPENING, CONNECTING, READY };

static void send_frame(struct bench_client *c, enum bench_opcode opcode, const void *bytes,
                       size_t len)
{
    uint8_t head[BENCH_FRAME_HEAD_MAX];
    size_t head_len = rtcio__bench_frame_head(head, opcode, len);
    uint8_t *dst = rtcio__bench_net_reserve(&c->run->net, &c->conn, head_len + len);
    memcpy(dst, head, head_len);
    rtcio__bench_frame_mask(dst + head_len, 0, bytes, len);
}

void rtcio__bench_client_send(struct bench_client *c, const char *packet, size_t len)
{
    send_frame(c, BENCH_WS_TEXT, packet, len);
}

void rtcio__bench_client_sendf(struct bench_client *c, const char *format, ...)
{
    char packet[512];
    va_list args;
    va_start(args, format);
    int n = vsnprintf(packet, sizeof(packet), format, args);
    va_end(args);
    send_frame(c, BENCH_WS_TEXT, packet, (size_t)n < sizeof(packet) ? (size_t)n : 0);
}

void rtcio__bench_client_leave(struct bench_client *c)
{
    c->leaving = true;
    send_frame(c, BENCH_WS_CLOSE, "\x03\xe8", 2);
}

static void give_up(struct bench_client *c, const char *why)
{
    rtcio__bench_net_close(&c->run->net, &c->conn);
    c->ops->closed(c, why);
}

/* The answer to the upgrade request. Returns its length, 0 when incomplete or refused. */
static size_t take_answer(struct bench_client *c, const char *text, size_t len)
{
    const char *end = memmem(text, len, "\r\n\r\n", 4);
    if (end == NULL)
        return 0;
    size_t head_len = (size_t)(end - text) + 4;
    if (head_len < 12 || memcmp(text, "HTTP/1.1 101", 12) != 0) {
        const char *line_end = memchr(text, '\r', len);
        rtcio__bench_blame(c->run, "no WebSocket at %s: the server answered \"%.*s\"",
                           c->run->opt->url, (int)(line_end - text), text);
        give_up(c, "the server refused the WebSocket");
        return 0;
    }
    if (memmem(text, head_len, BENCH_WS_ACCEPT, strlen(BENCH_WS_ACCEPT)) == NULL) {
        give_up(c, "the server's Sec-WebSocket-Accept is wrong");
        return 0;
    }
    c->state = OPENING;
    return head_len;
}

static void send_connect(struct bench_client *c)
{
    const char *token = c->run->opt->token;
    char packet[BENCH_TOKEN_MAX + 32];
    int n = token == NULL ? snprintf(packet, sizeof(packet), "40")
                          : snprintf(packet, sizeof(packet), "40{\"token\":\"%s\"}", token);
    rtcio__bench_client_send(c, packet, (size_t)n);
}

static void take_connect(struct bench_client *c, const char *json, size_t len)
{
    size_t n;
    const char *id = rtcio__bench_json_string(json, len, "sid", &n);
    if (c->state != CONNECTING || id == NULL || n == 0 || n > BENCH_ID_MAX) {
        give_up(c, "the server's answer to CONNECT has no usable sid");
        return;
    }
    memcpy(c->id, id, n);
    c->id[n] = '\0';
    c->id_len = (uint8_t)n;
    c->state = READY;
    c->ops->ready(c);
}

static void take_packet(struct bench_client *c, const char *p, size_t len)
{
    if (len >= 2 && p[0] == '4' && p[1] == '2') {
        c->ops->event(c, p + 2, len - 2);
    } else if (len >= 2 && p[0] == '4' && p[1] == '0') {
        take_connect(c, p + 2, len - 2);
    } else if (len == 1 && p[0] == '2') {
        c->run->n_pings++;
        rtcio__bench_client_send(c, "3", 1);
    } else if (p[0] == '0' && c->state == OPENING) {
        c->state = CONNECTING;
        send_connect(c);
    } else if (len >= 2 && p[0] == '4' && (p[1] == '4' || p[1] == '1')) {
        rtcio__bench_blame(c->run, "the server refused the main namespace: %.*s",
                           len > 120 ? 120 : (int)len, p);
        give_up(c, "the server refused the namespace");
    }
}

static void take_frame(struct bench_client *c, const struct bench_frame *f)
{
    switch (f->opcode) {
    case BENCH_WS_TEXT:
        if (f->len > 0)
            take_packet(c, (const char *)f->payload, f->len);
        break;
    case BENCH_WS_PING:
        send_frame(c, BENCH_WS_PONG, f->payload, f->len);
        break;
    case BENCH_WS_CLOSE:
        /* RFC 6455 section 7.1.1: the server closes the TCP connection first. Only a close of
         * the server's own wish needs an answer. */
        if (!c->leaving)
            send_frame(c, BENCH_WS_CLOSE, f->payload, f->len);
        break;
    default:
        break;
    }
}

static size_t on_data(struct bench_net *net, struct bench_conn *conn, const uint8_t *bytes,
                      size_t len)
{
    (void)net;
    struct bench_client *c = (struct bench_client *)conn;
    size_t used = 0;
    if (c->state == UPGRADING) {
        used = take_answer(c, (const char *)bytes, len);
        if (used == 0)
            return 0;
    }
    uint32_t generation = conn->generation;
    struct bench_frame frame;
    while (used < len) {
        int got = rtcio__bench_frame_read(bytes + used, len - used, &frame);
        if (got == 0)
            break;
        if (got < 0) {
            give_up(c, "the server sent a fragmented, masked or extended frame");
            break;
        }
        take_frame(c, &frame);
        if (conn->generation != generation)
            break;
        used += frame.total;
    }
    return used;
}

static void on_closed(struct bench_net *net, struct bench_conn *conn, const char *why)
{
    (void)net;
    struct bench_client *c = (struct bench_client *)conn;
    c->ops->closed(c, why);
}

static const struct bench_handler handler = {on_data, on_closed};

void rtcio__bench_client_init(struct bench_client *c, struct bench_run *run, uint32_t index,
                              const struct bench_client_ops *ops)
{
    memset(c, 0, sizeof(*c));
    rtcio__bench_conn_init(&c->conn, &handler);
    c->run = run;
    c->index = index;
    c->ops = ops;
}

int rtcio__bench_client_open(struct bench_client *c)
{
    struct bench_run *run = c->run;
    c->state = UPGRADING;
    c->leaving = false;
    c->since_ns = rtcio__bench_now_ns();
    int err = rtcio__bench_net_open(&run->net, &c->conn);
    if (err != 0) {
        rtcio__bench_blame(run, "cannot connect to %s: %s", run->opt->url, strerror(err));
        run->tally.failed++;
        return -1;
    }
    memcpy(rtcio__bench_net_reserve(&run->net, &c->conn, run->upgrade_len), run->upgrade,
           run->upgrade_len);
    return 0;
}
