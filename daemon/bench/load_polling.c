/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */

/* polling: sessions over HTTP long-polling alone, six requests on one kept-alive connection:
 *
 *   1 GET   handshake                     4 POST  join-room, and a message to the session before
 *   2 POST  CONNECT                       5 GET   what came meanwhile, the next session's message
 *   3 GET   the socket id                 6 POST  close
 *
 * Sessions follow each other in lanes: two share a room, the older waits before request 5 until
 * the younger's request 4 is answered, then leaves and makes place for the next. */

#include "bench/crowd.h"
#include "bench/load.h"
#include "bench/relay.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum step { HANDSHAKE, CONNECT, IDENTIFY, JOIN, WAIT, RECEIVE, CLOSE };

#define SOURCES_FOR 1000000

struct session {
    struct bench_conn conn; /* first */
    struct lane *lane;
    enum step step;
    bool first;                 /* of its lane: nobody to send to */
    char sid[BENCH_ID_MAX + 1]; /* of Engine.IO */
    char id[BENCH_ID_MAX + 1];  /* of Socket.IO */
};

struct lane {
    struct session sessions[2];
    uint32_t index;
    bool has_begun; /* somebody waits in the lane */
};

static struct {
    struct bench_run *run;
    struct bench_relay relay;
    struct lane *lanes;
} load;

static void begin(struct session *s);

static struct session *other(struct session *s)
{
    return &s->lane->sessions[s == &s->lane->sessions[0]];
}

static void request(struct session *s, const char *method, const char *body, size_t body_len)
{
    const struct bench_options *opt = load.run->opt;
    char head[1200];
    char length[64] = "";
    if (body != NULL)
        snprintf(length, sizeof(length),
                 "Content-Type: text/plain;charset=UTF-8\r\nContent-Length: %zu\r\n", body_len);
    int n = snprintf(head, sizeof(head),
                     "%s %s?EIO=4&transport=polling%s%s HTTP/1.1\r\nHost: %s\r\n%s\r\n", method,
                     opt->path, s->sid[0] != '\0' ? "&sid=" : "", s->sid, opt->authority, length);
    uint8_t *dst = rtcio__bench_net_reserve(&load.run->net, &s->conn, (size_t)n + body_len);
    memcpy(dst, head, (size_t)n);
    if (body != NULL)
        memcpy(dst + n, body, body_len);
}

static void fail(struct session *s, const char *why)
{
    static const char *const names[] = {"handshake", "CONNECT", "socket id", "join",
                                        "waiting",   "receive", "close"};
    rtcio__bench_blame(load.run, "a polling session failed at its %s: %s", names[s->step], why);
    load.run->tally.failed++;
    rtcio__bench_net_close(&load.run->net, &s->conn);
}

static void post_join(struct session *s)
{
    char body[BENCH_DATA_MAX];
    char room[BENCH_ROOM_NAME_MAX];
    rtcio__bench_room_name(load.run, s->lane->index, room);
    int n = snprintf(body, sizeof(body),
                     "42[\"join-room\",{\"roomId\":\"%s\",\"name\":\"client %" PRIu32 "\"}]", room,
                     s->lane->index);
    size_t len = (size_t)n;
    if (!s->first) {
        struct bench_stream *stream = &load.relay.streams[s->lane->index];
        stream->from_id = s->id;
        stream->to_id = other(s)->id;
        body[len++] = '\x1e';
        len += rtcio__bench_relay_text(&load.relay, stream, BENCH_CANDIDATE, body + len);
    }
    request(s, "POST", body, len);
}

static bool copy_id(char dst[BENCH_ID_MAX + 1], const char *body, size_t len)
{
    size_t n;
    const char *id = rtcio__bench_json_string(body, len, "sid", &n);
    if (id == NULL || n == 0 || n > BENCH_ID_MAX)
        return false;
    memcpy(dst, id, n);
    dst[n] = '\0';
    return true;
}

/* The server's answer to CONNECT. */
static bool identify(struct session *s, const char *body, size_t len)
{
    const char *packet = memmem(body, len, "40{", 3);
    if (packet == NULL || !copy_id(s->id, packet, len - (size_t)(packet - body)))
        return false;
    size_t id_len = strlen(s->id);
    if (load.relay.id_len == 0)
        rtcio__bench_relay_init(&load.relay, load.run, id_len, load.run->opt->clients, false);
    return id_len == load.relay.id_len;
}

/* Looks through one payload for the message. A ping may be in it, and what the room said. */
static bool receive(struct session *s, const char *body, size_t len)
{
    bool got = false;
    while (len > 0) {
        const char *end = memchr(body, '\x1e', len);
        size_t n = end == NULL ? len : (size_t)(end - body);
        enum bench_kind kind;
        if (n > 2 && rtcio__bench_relay_is(body + 2, n - 2) &&
            rtcio__bench_relay_take(&load.relay, s->id, body + 2, n - 2, &kind) != NULL)
            got = true;
        size_t used = end == NULL ? n : n + 1;
        body += used;
        len -= used;
    }
    return got;
}

static void joined(struct session *s)
{
    struct session *older = other(s);
    s->step = WAIT;
    if (!s->first) {
        older->step = RECEIVE;
        request(older, "GET", NULL, 0);
    } else if (!load.run->stopping) {
        begin(older);
    }
}

static void over(struct session *s)
{
    rtcio__bench_net_close(&load.run->net, &s->conn);
    load.run->work++;
    if (!load.run->stopping)
        begin(s);
}

/* One answered request leads to the next. */
static void proceed(struct session *s, const char *body, size_t len)
{
    switch (s->step) {
    case HANDSHAKE:
        if (!copy_id(s->sid, body, len)) {
            fail(s, "the answer has no sid");
            return;
        }
        s->step = CONNECT;
        request(s, "POST", "40", 2);
        break;
    case CONNECT:
        s->step = IDENTIFY;
        request(s, "GET", NULL, 0);
        break;
    case IDENTIFY:
        if (!identify(s, body, len)) {
            fail(s, "the answer has no usable socket id");
            return;
        }
        s->step = JOIN;
        post_join(s);
        break;
    case JOIN:
        joined(s);
        break;
    case WAIT:
        break;
    case RECEIVE:
        /* A server of several threads may not have it yet: then one request more. */
        if (!receive(s, body, len)) {
            request(s, "GET", NULL, 0);
            break;
        }
        s->step = CLOSE;
        request(s, "POST", "1", 1);
        break;
    case CLOSE:
        over(s);
        break;
    }
}

static size_t on_data(struct bench_net *net, struct bench_conn *conn, const uint8_t *bytes,
                      size_t len)
{
    (void)net;
    struct session *s = (struct session *)conn;
    const char *text = (const char *)bytes;
    const char *end = memmem(text, len, "\r\n\r\n", 4);
    if (end == NULL)
        return 0;
    size_t head_len = (size_t)(end - text) + 4;
    if (head_len < 12 || memcmp(text, "HTTP/1.1 200", 12) != 0) {
        char line[80];
        snprintf(line, sizeof(line), "the server answered \"%.*s\"",
                 (int)((const char *)memchr(text, '\r', len) - text), text);
        fail(s, line);
        return 0;
    }
    static const char field[] = "content-length:";
    size_t body_len = SIZE_MAX;
    for (const char *p = text; p + sizeof(field) < end; p++) {
        if (*p == '\n' && strncasecmp(p + 1, field, sizeof(field) - 1) == 0) {
            body_len = strtoul(p + sizeof(field), NULL, 10);
            break;
        }
    }
    if (body_len == SIZE_MAX) {
        fail(s, "the server answered without Content-Length");
        return 0;
    }
    if (len - head_len < body_len)
        return 0;
    proceed(s, text + head_len, body_len);
    return head_len + body_len;
}

static void on_closed(struct bench_net *net, struct bench_conn *conn, const char *why)
{
    (void)net;
    fail((struct session *)conn, why);
}

static const struct bench_handler handler = {on_data, on_closed};

static void begin(struct session *s)
{
    struct bench_run *run = load.run;
    s->step = HANDSHAKE;
    s->sid[0] = '\0';
    s->first = !s->lane->has_begun;
    s->lane->has_begun = true;
    if (rtcio__bench_net_open(&run->net, &s->conn) != 0) {
        fail(s, "cannot connect");
        return;
    }
    request(s, "GET", NULL, 0);
}

/* The last of each lane still waits; a server should not be left with it. */
static void dismiss(struct session *s)
{
    if (s->conn.fd >= 0 && s->step == WAIT) {
        s->step = CLOSE;
        request(s, "POST", "1", 1);
    }
}

int rtcio__bench_load_polling(struct bench_run *run)
{
    uint32_t n = run->opt->clients;
    load.run = run;
    load.lanes = rtcio__bench_alloc(n, sizeof(*load.lanes));
    rtcio__bench_net_spread(&run->net, SOURCES_FOR);
    for (uint32_t i = 0; i < n; i++) {
        struct lane *lane = &load.lanes[i];
        lane->index = i;
        for (int k = 0; k < 2; k++) {
            rtcio__bench_conn_init(&lane->sessions[k].conn, &handler);
            lane->sessions[k].lane = lane;
        }
        begin(&lane->sessions[0]);
    }
    int err = rtcio__bench_steady(run);
    for (uint32_t i = 0; i < n; i++) {
        dismiss(&load.lanes[i].sessions[0]);
        dismiss(&load.lanes[i].sessions[1]);
    }
    rtcio__bench_linger(run, 0.1);
    for (uint32_t i = 0; i < n; i++) {
        rtcio__bench_net_close(&run->net, &load.lanes[i].sessions[0].conn);
        rtcio__bench_net_close(&run->net, &load.lanes[i].sessions[1].conn);
    }
    free(load.lanes);
    rtcio__bench_relay_fini(&load.relay);
    return err;
}
