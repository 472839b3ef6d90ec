/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors
 *
 * The server inside a program that has a loop of its own: here poll(), with a clock that ticks
 * to every client once a second and with standard input, whose lines are sent to every client.
 * The end of the input closes the server. Usage: in_your_loop [PORT] */
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <rtcio/server.h>
#include <rtcio/signaling.h>

#define TICK_MS 1000

static long long now_ms(void)
{
    struct timespec ts;
    clock_gettime(CLOCK_MONOTONIC, &ts);
    return ts.tv_sec * 1000LL + ts.tv_nsec / 1000000;
}

/* The earlier of the server's next deadline (-1: it has none) and ours. */
static int poll_timeout(rtcio_server *server, long long tick_at)
{
    int server_ms = rtcio_server_timeout(server);
    long long tick_ms = tick_at - now_ms();
    if (tick_ms < 0)
        tick_ms = 0;
    return server_ms >= 0 && server_ms < tick_ms ? server_ms : (int)tick_ms;
}

/* Sends what was typed, a line at a time, to everybody. False at the end of the input. */
static bool read_news(rtcio_server *server)
{
    char text[512];
    ssize_t n = read(STDIN_FILENO, text, sizeof(text) - 1);
    if (n <= 0)
        return false;
    text[n] = '\0';
    text[strcspn(text, "\r\n")] = '\0';
    rtcio_emit(server, "news", "s", text);
    return true;
}

static void loop(rtcio_server *server)
{
    struct pollfd fds[] = {
        {.fd = rtcio_server_fd(server), .events = POLLIN},
        {.fd = STDIN_FILENO, .events = POLLIN},
    };
    int ticks = 0;
    long long tick_at = now_ms() + TICK_MS;

    do {
        int n_ready = poll(fds, 2, poll_timeout(server, tick_at));

        if (now_ms() >= tick_at) {
            rtcio_emit(rtcio_volatile(server), "tick", "i", ++ticks);
            tick_at += TICK_MS;
        }
        if (n_ready > 0 && fds[1].revents && !read_news(server)) {
            fds[1].fd = -1; /* poll() passes over it from now on */
            rtcio_server_close(server);
        }
    } while (rtcio_server_turn(server)); /* until it is closed and its last byte is gone */
}

int main(int argc, char **argv)
{
    rtcio_server_options opt;
    rtcio_server_options_init(&opt);
    opt.cors_origin = "*";

    rtcio_server *server = rtcio_server_create(&opt);
    if (!server || !rtcio_signaling_attach(rtcio_of(server, "/"), NULL))
        return EXIT_FAILURE;

    int port = rtcio_server_listen(server, NULL, argc > 1 ? atoi(argv[1]) : 3001);
    if (port < 0) {
        fprintf(stderr, "cannot listen: %s\n", rtcio_strerror(port));
        return EXIT_FAILURE;
    }
    printf("listening on http://localhost:%d\n", port);
    fflush(stdout);

    loop(server);
    rtcio_server_destroy(server);
    return EXIT_SUCCESS;
}
