/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */

/* The hammer's clients: they keep to the protocol as far as they know what became of them, until
 * they do not. Knows nothing of the server but its port. */

#ifndef RTCIO_TESTS_REGRESS_HAMMER_CLIENT_H
#define RTCIO_TESTS_REGRESS_HAMMER_CLIENT_H

#include "hammer_system.h"

#define JSONP_HANDSHAKE                                                   \
    "GET /socket.io/?EIO=4&transport=polling&j=1 HTTP/1.1\r\nHost: x\r\n" \
    "User-Agent: Trident/7\r\n\r\n"

/* The connections of a client. */
enum { GET, POST, WEBSOCKET, N_FDS };

struct client {
    int fd[N_FDS];
    bool awaiting[N_FDS]; /* an answer */
    bool upgraded;        /* or a WebSocket from the start */
    unsigned joined;      /* namespaces, one bit each */
    unsigned owed;        /* attachments announced */
    char sid[21];
};

static void hang_up(struct client *c, int which)
{
    if (c->fd[which] >= 0 && roll(3) == 0) {
        struct linger reset = {1, 0};
        setsockopt(c->fd[which], SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
    }
    if (c->fd[which] >= 0)
        close(c->fd[which]);
    c->fd[which] = -1;
    c->awaiting[which] = false;
}

static void forget_session(struct client *c)
{
    c->upgraded = false;
    c->joined = c->owed = 0;
    c->sid[0] = '\0';
}

static void drop_client(struct client *c)
{
    for (int i = 0; i < N_FDS; i++)
        hang_up(c, i);
    forget_session(c);
}

static void say(struct client *c, int which, const void *data, size_t len)
{
    /* Sometimes not all of it. */
    if (roll(400) == 0)
        len = roll((uint32_t)len + 1);
    if (c->fd[which] >= 0 &&
        __real_send(c->fd[which], data, len, MSG_DONTWAIT | MSG_NOSIGNAL) < 0 && errno != EAGAIN)
        hang_up(c, which);
}

static void listen_to(struct client *c, int which)
{
    char data[16385];
    ssize_t n =
        c->fd[which] >= 0 ? __real_recv(c->fd[which], data, sizeof data - 1, MSG_DONTWAIT) : -1;

    if (n == 0) {
        hang_up(c, which);
        if (which == WEBSOCKET && c->upgraded)
            forget_session(c);
    }
    if (n <= 0)
        return;
    data[n] = '\0';
    c->awaiting[which] = false;
    if (strstr(data, "HTTP/1.1 400") != NULL)
        forget_session(c);
    /* Of an open packet; in JSONP its quotes are escaped. */
    const char *sid = strstr(data, "upgrades") != NULL ? strstr(data, "sid") : NULL;
    if (sid != NULL) {
        sid += 3 + strspn(sid + 3, "\\\":");
        snprintf(c->sid, sizeof c->sid, "%.20s", sid);
    }
}

/* Type, whether an id may follow the namespace, and JSON. */
static const struct {
    const char *type, *json;
    bool id;
    unsigned attachments;
} packets[] = {
    {"2", "[\"a\",{\"k\":1}]", true, 0},
    {"2", "[\"b\",{\"k\\u0031\":[1,2]},\"x\"]", true, 0},
    {"2", "", true, 0},
    {"3", "[{\"k\":1}]", true, 0},
    {"3", "", true, 0},
    {"51-", "[\"a\",{\"_placeholder\":true,\"num\":0}]", true, 1},
    {"52-", "[\"a\",{\"k\":{\"_placeholder\":true,\"num\":1}}]", true, 2},
    {"61-", "[{\"_placeholder\":true,\"num\":0}]", true, 1},
    {"1", "", false, 0},
};
static const char *const violations[] = {
    "1",     "2",    "",     "7",       "44{}", "42[\"connect\"]", "42[\"a\"", "450-[]",
    "4499-", "\xff", "40[]", "bAQIDBA", "4",    "40/none,",        "5",
};

static size_t packet(struct client *c, char *out, size_t size)
{
    static const char *const prefix[] = {"", "/adm,", "/late,"};
    unsigned nsp = roll(5) ? 0 : 1 + roll(2), kind = roll(sizeof packets / sizeof packets[0]);
    char id[8] = "";

    if (roll(200) == 0)
        return (size_t)snprintf(out, size, "%s", violations[roll(15)]);
    if (roll(6) == 0)
        return (size_t)snprintf(out, size, "3");
    if ((c->joined >> nsp & 1) == 0) {
        c->joined |= 1u << nsp;
        return (size_t)snprintf(out, size, "40%s%s", prefix[nsp], roll(2) ? "" : "{\"k\":\"v\"}");
    }
    if (packets[kind].type[0] == '1') {
        if (roll(4) != 0)
            return (size_t)snprintf(out, size, "6");
        c->joined &= ~(1u << nsp);
    }
    if (packets[kind].id && roll(2))
        snprintf(id, sizeof id, "%u", roll(60));
    c->owed = packets[kind].attachments;
    return (size_t)snprintf(out, size, "4%s%s%s%s", packets[kind].type, prefix[nsp], id,
                            packets[kind].json);
}

static void say_frame(struct client *c, unsigned opcode, const char *text, size_t len)
{
    unsigned char frame[5000] = {(unsigned char)((roll(200) ? 0x80 : 0) | opcode)};
    size_t n = 2;

    frame[1] = (unsigned char)(0x80 | (len < 126 ? len : 126));
    if (len >= 126) {
        frame[2] = (unsigned char)(len >> 8);
        frame[3] = (unsigned char)len;
        n = 4;
    }
    memset(frame + n, 0, 4);
    memcpy(frame + n + 4, text, len);
    say(c, WEBSOCKET, frame, n + 4 + len);
}

static void speak_websocket(struct client *c)
{
    static const char zeros[4500] = {0};
    char text[128];

    if (c->awaiting[WEBSOCKET])
        return;
    switch (roll(200)) {
    case 0:
        say_frame(c, 8, "\x03\xe8", roll(2) * 2);
        return;
    case 1:
        say_frame(c, roll(16), "x", 1);
        return;
    case 2:
        say_frame(c, 2, zeros, 4000 + roll(400));
        return;
    case 3:
        hang_up(c, WEBSOCKET);
        forget_session(c);
        return;
    default:
        break;
    }
    if (roll(10) == 0) {
        say_frame(c, 9 + roll(2), "ping", 4);
    } else if (c->owed > 0 && roll(50) != 0) {
        c->owed--;
        say_frame(c, 2, zeros, roll(300));
    } else {
        size_t len = packet(c, text, sizeof text);
        say_frame(c, 1, text, len);
    }
}

static void speak_nonsense(struct client *c, int port)
{
    static const char zeros[2000] = {0};
    char request[512];
    int n = 0;

    if (c->fd[POST] < 0)
        c->fd[POST] = dial(port);
    switch (roll(9)) {
    case 0:
        n = snprintf(request, sizeof request, "\r\nnonsense %u\r\n\r\n", roll(1000));
        break;
    case 1:
        n = snprintf(request, sizeof request,
                     "OPTIONS /socket.io/?sid=%s HTTP/1.1\r\nHost: x\r\nOrigin: o\r\n\r\n", c->sid);
        break;
    case 2:
        n = snprintf(request, sizeof request,
                     "GET /socket.io/?EIO=%u&transport=websocket&sid=unknown HTTP/1.1\r\n" UPGRADE,
                     3 + roll(2));
        break;
    case 3:
        n = snprintf(request, sizeof request,
                     "POST /socket.io/?EIO=4&transport=polling&sid=%s HTTP/1.1\r\nHost: x\r\n"
                     "Transfer-Encoding: chunked\r\n\r\n%s\r\n3\r\n",
                     c->sid,
                     roll(2)   ? "1"
                     : roll(2) ? "fffff"
                               : "x");
        break;
    case 4:
        n = snprintf(
            request, sizeof request,
            "POST /socket.io/?EIO=4&transport=polling&sid=%s HTTP/1.1\r\nHost: x\r\n%s\r\n\r\n",
            c->sid, roll(2) ? "Content-Length: 5000" : "Content-Type: application/octet-stream");
        break;
    case 5:
        say(c, POST, zeros, sizeof zeros);
        break;
    case 6:
        /* Many requests at once, and nobody reads the answers. */
        n = snprintf(request, sizeof request, "GET /health HTTP/1.1\r\nHost: x\r\n\r\n");
        for (int i = 0; i < 20; i++)
            say(c, POST, request, (size_t)n);
        break;
    default:
        n = snprintf(request, sizeof request,
                     "%s %s HTTP/1.1\r\nHost: x\r\nContent-Length: %u\r\n\r\nabc",
                     roll(2) ? "GET" : "HEAD", roll(2) ? "/health" : "/else", roll(4));
        break;
    }
    say(c, POST, request, (size_t)n);
}

static void poll_for(struct client *c, int port)
{
    char request[256];

    if (c->fd[GET] < 0)
        c->fd[GET] = dial(port);
    if (c->awaiting[GET] && roll(300) != 0)
        return; /* otherwise two at once, which is a violation */
    c->awaiting[GET] = true;
    int n = snprintf(request, sizeof request,
                     "GET /socket.io/?EIO=4&transport=polling&sid=%s HTTP/1.1\r\nHost: x\r\n\r\n",
                     c->sid);
    say(c, GET, request, (size_t)n);
}

static void push(struct client *c, int port)
{
    char body[512], request[900];
    size_t len = 0;

    if (c->fd[POST] < 0)
        c->fd[POST] = dial(port);
    if (c->awaiting[POST] && roll(300) != 0)
        return;
    c->awaiting[POST] = true;
    for (uint32_t i = roll(4) + 1; i > 0 && len < 300; i--) {
        if (len > 0)
            body[len++] = '\x1e';
        if (c->owed > 0 && roll(50) != 0) {
            c->owed--;
            memcpy(body + len, "bAQIDBA==", 9);
            len += 9;
        } else {
            len += packet(c, body + len, 128);
        }
    }
    int n = snprintf(request, sizeof request,
                     "POST /socket.io/?EIO=4&transport=polling&sid=%s HTTP/1.1\r\nHost: x\r\n"
                     "%sContent-Length: %zu\r\n\r\n%.*s",
                     c->sid, roll(8) ? "" : "Expect: 100-continue\r\n", len + (roll(200) == 0),
                     (int)len, body);
    say(c, POST, request, (size_t)n);
}

static void upgrade(struct client *c, int port)
{
    char request[400];

    if (c->fd[WEBSOCKET] < 0) {
        c->fd[WEBSOCKET] = dial(port);
        c->awaiting[WEBSOCKET] = true;
        int n = snprintf(request, sizeof request,
                         "GET /socket.io/?EIO=4&transport=websocket%s&sid=%s HTTP/1.1\r\n" UPGRADE,
                         roll(3) ? "" : "&b64=1", c->sid);
        say(c, WEBSOCKET, request, (size_t)n);
    } else if (!c->awaiting[WEBSOCKET] && roll(20) != 0) {
        say_frame(c, 1, "2probe", 6);
        c->awaiting[WEBSOCKET] = true;
    } else if (!c->awaiting[WEBSOCKET]) {
        say_frame(c, 1, roll(30) ? "5" : "4", 1);
        c->upgraded = true;
    }
}

static void live(struct client *c, int port)
{
    for (int i = 0; i < N_FDS; i++)
        if (roll(3) != 0)
            listen_to(c, i);
    if (roll(400) == 0)
        drop_client(c);
    else if (roll(400) == 0)
        hang_up(c, (int)roll(N_FDS));
    else if (roll(400) == 0 && c->fd[POST] >= 0)
        shutdown(c->fd[POST], SHUT_WR);
    else if (roll(60) == 0)
        speak_nonsense(c, port);
    else if (c->upgraded && c->fd[WEBSOCKET] < 0)
        forget_session(c);
    else if (c->upgraded)
        speak_websocket(c);
    else if (c->sid[0] != '\0' && roll(4) == 0)
        upgrade(c, port);
    else if (c->sid[0] != '\0' && roll(2))
        push(c, port);
    else if (c->sid[0] != '\0')
        poll_for(c, port);
    else if (c->fd[GET] < 0)
        c->fd[GET] = dial(port);
    else if (roll(2) && c->fd[WEBSOCKET] < 0) {
        c->fd[WEBSOCKET] = dial(port);
        c->upgraded = c->awaiting[WEBSOCKET] = true;
        say(c, WEBSOCKET, OPEN_WEBSOCKET, strlen(OPEN_WEBSOCKET));
    } else if (!c->awaiting[GET]) {
        const char *hello = roll(8) ? HANDSHAKE : JSONP_HANDSHAKE;
        c->awaiting[GET] = true;
        say(c, GET, hello, strlen(hello));
    }
}

#endif
