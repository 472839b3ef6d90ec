/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */

/* What regression tests share: a server turned by hand and clients made of bare sockets, all in one
 * process and one thread. Knows the bytes on the wire and the public API, nothing inside. */

#ifndef RTCIO_TESTS_REGRESS_SUPPORT_H
#define RTCIO_TESTS_REGRESS_SUPPORT_H

#include <rtcio/server.h>

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#define PATIENCE_MS 5000
#define HANDSHAKE   "GET /socket.io/?EIO=4&transport=polling HTTP/1.1\r\nHost: x\r\n\r\n"
#define UPGRADE                                                \
    "Host: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n" \
    "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
#define OPEN_WEBSOCKET "GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\n" UPGRADE

static inline int64_t now_ms(void)
{
    struct timespec ts;
    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

/* Waits for the server's descriptor as a host's loop does, then turns it. */
static inline int turn(rtcio_server *server, int most_ms)
{
    int wait = rtcio_server_timeout(server);
    struct pollfd p = {.fd = rtcio_server_fd(server), .events = POLLIN};

    poll(&p, 1, wait < 0 || wait > most_ms ? most_ms : wait);
    return rtcio_server_turn(server);
}

/* Turns until `done` says so. */
static inline bool turn_until(rtcio_server *server, bool (*done)(void *user), void *user)
{
    for (int64_t end = now_ms() + PATIENCE_MS; !done(user);) {
        if (now_ms() > end)
            return false;
        turn(server, 5);
    }
    return true;
}

static inline rtcio_server *serve(const rtcio_server_options *opt, int *port)
{
    rtcio_server *server = rtcio_server_create(opt);
    assert_non_null(server);
    *port = rtcio_server_listen(server, "127.0.0.1", 0);
    assert_true(*port > 0);
    return server;
}

/* Connected at once: the kernel's backlog takes it. */
static inline int dial(int port)
{
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    assert_true(fd >= 0);
    assert_int_equal(connect(fd, (struct sockaddr *)&to, sizeof to), 0);
    fcntl(fd, F_SETFL, O_NONBLOCK);
    return fd;
}

static inline void put(int fd, const char *text)
{
    assert_int_equal(send(fd, text, strlen(text), MSG_NOSIGNAL), (ssize_t)strlen(text));
}

/* One masked frame; the key is zero, so the payload stands as it is. */
static inline void put_frame(int fd, int opcode, const char *text)
{
    unsigned char frame[256] = {(unsigned char)(0x80 | opcode)};
    size_t len = strlen(text);

    assert_true(len < 126);
    frame[1] = (unsigned char)(0x80 | len);
    memcpy(frame + 6, text, len);
    assert_int_equal(send(fd, frame, len + 6, MSG_NOSIGNAL), (ssize_t)(len + 6));
}

/* What a client has received so far. */
struct inbox {
    int fd;
    bool closed;
    const char *wanted; /* NULL: the end of the connection */
    size_t len;
    char data[65536];
};

static inline bool inbox_has(void *user)
{
    struct inbox *in = user;

    for (;;) {
        ssize_t n = recv(in->fd, in->data + in->len, sizeof in->data - in->len, MSG_DONTWAIT);
        if (n == 0 || (n < 0 && errno != EAGAIN))
            in->closed = true;
        if (n <= 0)
            break;
        in->len += (size_t)n;
    }
    if (in->wanted == NULL)
        return in->closed;
    return memmem(in->data, in->len, in->wanted, strlen(in->wanted)) != NULL;
}

/* Turns the server until the client has received `wanted` (NULL: until it is closed). */
static inline bool await(rtcio_server *server, struct inbox *in, const char *wanted)
{
    in->wanted = wanted;
    return turn_until(server, inbox_has, in);
}

static inline rtcio_server_stats stats_of(const rtcio_server *server)
{
    rtcio_server_stats stats = {.size = sizeof stats};
    rtcio_server_get_stats(server, &stats);
    return stats;
}

/* Opens a WebSocket session and joins "/". */
static inline void join(rtcio_server *server, struct inbox *in, int port)
{
    *in = (struct inbox){.fd = dial(port)};
    put(in->fd, OPEN_WEBSOCKET);
    assert_true(await(server, in, "pingInterval"));
    put_frame(in->fd, 1, "40");
    assert_true(await(server, in, "40{\"sid\""));
    in->len = 0;
}

#endif
