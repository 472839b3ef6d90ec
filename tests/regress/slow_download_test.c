/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */

/* Many clients that download one file slowly, or not at all: the file is in memory once, and who
 * takes nothing is let go. */

#include "support.h"

#include <rtcio/files.h>

#include <malloc.h>
#include <netinet/tcp.h>
#include <sys/stat.h>

#define N_CLIENTS 64
#define FILE_SIZE ((size_t)8 << 20)
#define IDLE_MS   500

static const char request[] = "GET /f/big.bin HTTP/1.1\r\nHost: x\r\n\r\n";
static char folder[64], path[80];

static int write_file(void **state)
{
    static char block[4096];
    (void)state;

    snprintf(folder, sizeof folder, "/tmp/rtcio-slow-XXXXXX");
    if (mkdtemp(folder) == NULL)
        return -1;
    snprintf(path, sizeof path, "%s/big.bin", folder);
    FILE *file = fopen(path, "wb");
    for (size_t n = 0; file != NULL && n < FILE_SIZE; n += sizeof block) {
        memset(block, (int)(n / sizeof block), sizeof block);
        fwrite(block, 1, sizeof block, file);
    }
    return file != NULL && fclose(file) == 0 ? 0 : -1;
}

static int remove_file(void **state)
{
    (void)state;
    return unlink(path) != 0 || rmdir(folder) != 0;
}

static rtcio_server *serve_folder(int *port)
{
    rtcio_server_options opt;

    rtcio_server_options_init(&opt);
    opt.keep_alive_timeout_ms = IDLE_MS;
    rtcio_server *server = serve(&opt, port);
    assert_int_equal(rtcio_server_serve_files(server, "/f/", folder, NULL, NULL, 0), 0);
    return server;
}

/* A client, with room for so many bytes that it has not read. */
static int ask(int port, int room)
{
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    /* Segments as they are outside of this machine, so that little is acknowledged, too. */
    setsockopt(fd, IPPROTO_TCP, TCP_MAXSEG, &(int){1440}, sizeof(int));
    setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &room, sizeof room);
    assert_int_equal(connect(fd, (struct sockaddr *)&to, sizeof to), 0);
    fcntl(fd, F_SETFL, O_NONBLOCK);
    put(fd, request);
    return fd;
}

static bool all_queued(void *user)
{
    /* Each answer is longer than what the kernel takes, so something is queued for each. */
    return stats_of(user).n_queued_bytes > 0 && stats_of(user).n_connections == N_CLIENTS &&
           stats_of(user).bytes_in == N_CLIENTS * (sizeof request - 1);
}

static bool all_gone(void *user)
{
    return stats_of(user).n_connections == 0;
}

static void a_body_is_held_once(void **state)
{
    int port, fd[N_CLIENTS];
    rtcio_server *server = serve_folder(&port);
    (void)state;

    size_t before = mallinfo2().uordblks + mallinfo2().hblkhd;
    for (int i = 0; i < N_CLIENTS; i++)
        fd[i] = ask(port, 4096);
    assert_true(turn_until(server, all_queued, server));
    size_t held = mallinfo2().uordblks + mallinfo2().hblkhd - before;
    assert_true(stats_of(server).n_queued_bytes > FILE_SIZE);
    assert_true(held < N_CLIENTS * (size_t)16384);

    /* None of them reads: none of them stays. */
    assert_true(turn_until(server, all_gone, server));
    assert_int_equal(stats_of(server).n_queued_bytes, 0);
    for (int i = 0; i < N_CLIENTS; i++)
        close(fd[i]);
    rtcio_server_destroy(server);
}

/* Slowly at first, for several times the idle time: so little is taken that the kernel asks for
 * no more of the file. The client is not idle for that: it gets the whole, on a connection that can
 * be used again. */
static void a_slow_reader_gets_all(void **state)
{
    int port;
    rtcio_server *server = serve_folder(&port);
    int fd = ask(port, 16384);
    static char bytes[16384];
    size_t got = 0, head = 0, slow = 4 * IDLE_MS / 10;
    int64_t begun = now_ms(), next = begun;
    (void)state;

    while (got < FILE_SIZE + head && now_ms() < begun + 6 * PATIENCE_MS) {
        turn(server, now_ms() < next ? 2 : 0);
        if (now_ms() < next)
            continue;
        ssize_t n = recv(fd, bytes, slow > 0 ? 4096 : sizeof bytes, 0);
        assert_true(n != 0);
        if (n < 0)
            continue;
        if (head == 0)
            head = (size_t)((char *)memmem(bytes, (size_t)n, "\r\n\r\n", 4) + 4 - bytes);
        got += (size_t)n;
        if (slow > 0 && slow-- > 0)
            next = now_ms() + 10;
    }
    assert_int_equal(got, FILE_SIZE + head);
    assert_true(now_ms() - begun > IDLE_MS);
    put(fd, request);
    while (recv(fd, bytes, sizeof bytes, 0) < 0 && now_ms() < begun + 7 * PATIENCE_MS)
        turn(server, 2);
    assert_memory_equal(bytes, "HTTP/1.1 200 OK", 15);
    close(fd);
    rtcio_server_destroy(server);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_body_is_held_once),
        cmocka_unit_test(a_slow_reader_gets_all),
    };
    return cmocka_run_group_tests(tests, write_file, remove_file);
}
