/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */

/* `rtcio top`: looks at a running server again and again. */

#include "command.h"

#include "control/client.h"
#include "top/view.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#define EVERY_MS 2000
#define ONCE_MS  1000 /* between the two looks of --once */

/* Where there are so many rooms, their list is asked for with every fifth picture only: the server
 * looks at each of them for it. */
#define MANY_ROOMS 10000

static void print_usage(FILE *out)
{
    fputs("Usage: rtcio top [--once] [--config FILE] [--control-listen PLACE]\n"
          "                 [--control-key-file FILE]\n"
          "\n"
          "Shows a running rtcio serve: clients, rates, its busiest rooms, every two seconds; q\n"
          "or Ctrl-C ends it. With --once, or when the output is no terminal, looks at it for a\n"
          "second and prints that.\n",
          out);
}

/* A terminal while we have it: keys without Enter, and its other screen. */
typedef struct screen {
    bool tty;
    struct termios before;
    int signals; /* a signalfd */
} screen;

static void screen_open(screen *s)
{
    sigset_t set;

    sigemptyset(&set);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGHUP);
    sigprocmask(SIG_BLOCK, &set, NULL);
    s->signals = signalfd(-1, &set, SFD_CLOEXEC);
    s->tty = tcgetattr(STDIN_FILENO, &s->before) == 0;
    if (s->tty) {
        struct termios keys = s->before;
        keys.c_lflag &= ~(tcflag_t)(ICANON | ECHO);
        tcsetattr(STDIN_FILENO, TCSANOW, &keys);
    }
    fputs("\x1b[?1049h\x1b[?25l", stdout);
}

static void screen_close(const screen *s)
{
    fputs("\x1b[?25h\x1b[?1049l", stdout);
    fflush(stdout);
    if (s->tty)
        tcsetattr(STDIN_FILENO, TCSANOW, &s->before);
    close(s->signals);
}

/* False when it is time to go. */
static bool screen_wait(const screen *s)
{
    struct pollfd fds[] = {{.fd = s->signals, .events = POLLIN},
                           {.fd = s->tty ? STDIN_FILENO : -1, .events = POLLIN}};
    char key;
    int n = poll(fds, 2, EVERY_MS);

    if (n < 0 && errno != EINTR)
        return false;
    if (fds[0].revents != 0)
        return false;
    return fds[1].revents == 0 || (read(STDIN_FILENO, &key, 1) == 1 && key != 'q');
}

/* 0 with a new sample, or -1 with `why`. */
static int look(const rtcio__client *client, rtcio__sample *sample, char *why, size_t size)
{
    char *text;
    int status = rtcio__client_ask(client, "GET", "/metrics", NULL, &text, why, size);

    if (status == 200) {
        rtcio__sample_take(sample, text);
        return 0;
    }
    if (status > 0)
        snprintf(why, size, "the server at %s says %d: %.200s", client->place.text, status, text);
    free(text);
    why[strcspn(why, "\n")] = '\0';
    return -1;
}

/* The rooms of the last picture. */
typedef struct rooms {
    json_t *list;
    unsigned age;
} rooms;

static int ask_rooms(const rtcio__client *client, const rtcio__sample *now, rooms *r, char *why,
                     size_t size)
{
    if (r->list != NULL && r->age++ < 4 && rtcio__sample_sum(now, "rtcio_rooms", NULL) > MANY_ROOMS)
        return 0;
    json_decref(r->list);
    r->age = 0;
    r->list = rtcio__client_json(client, "GET", "/v1/rooms?sort=members&limit=20", NULL, why, size);
    return r->list != NULL ? 0 : -1;
}

static int show(const rtcio__client *client, const rtcio__sample *now, const rtcio__sample *before,
                rooms *r, bool ansi, char *why, size_t size)
{
    struct winsize window = {0};
    rtcio__view view = {.place = client->place.text, .now = now, .before = before, .ansi = ansi};

    view.rows = view.columns = 4096;
    if (ansi) {
        if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &window) != 0 || window.ws_row == 0)
            window = (struct winsize){.ws_row = 24, .ws_col = 80};
        view.rows = window.ws_row;
        view.columns = window.ws_col;
    }
    json_t *info = rtcio__client_json(client, "GET", "/v1/info", NULL, why, size);
    if (info == NULL || ask_rooms(client, now, r, why, size) != 0) {
        json_decref(info);
        return -1;
    }
    view.info = info;
    view.rooms = r->list;
    fputs(ansi ? "\x1b[H" : "", stdout);
    rtcio__view_print(&view, stdout);
    fflush(stdout);
    json_decref(info);
    return 0;
}

static int run_once(const rtcio__client *client, char *why, size_t size)
{
    const struct timespec pause = {.tv_sec = ONCE_MS / 1000, .tv_nsec = ONCE_MS % 1000 * 1000000};
    rtcio__sample before = {0}, now = {0};
    rooms r = {NULL, 0};
    int rc = look(client, &before, why, size);

    if (rc == 0) {
        nanosleep(&pause, NULL);
        rc = look(client, &now, why, size);
    }
    if (rc == 0)
        rc = show(client, &now, &before, &r, false, why, size);
    json_decref(r.list);
    rtcio__sample_free(&before);
    rtcio__sample_free(&now);
    return rc == 0 ? 0 : 1;
}

static int run(const rtcio__client *client, char *why, size_t size)
{
    rtcio__sample before = {0}, now = {0};
    rooms r = {NULL, 0};
    screen s;
    int rc = look(client, &before, why, size);

    if (rc != 0)
        return 1;
    screen_open(&s);
    do {
        rtcio__sample_free(&now);
        rc = look(client, &now, why, size);
        if (rc == 0)
            rc = show(client, &now, &before, &r, true, why, size);
        if (rc == 0) {
            rtcio__sample oldest = before;
            before = now;
            now = oldest;
        }
    } while (rc == 0 && screen_wait(&s));
    screen_close(&s);
    json_decref(r.list);
    rtcio__sample_free(&before);
    rtcio__sample_free(&now);
    return rc == 0 ? 0 : 1;
}

int rtcio__top_main(int argc, char **argv)
{
    static rtcio__config config;
    static rtcio__client client;
    char why[1024];
    bool once = !isatty(STDOUT_FILENO);
    int n = 0;

    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--once") == 0)
            once = true;
        else
            argv[1 + n++] = argv[i];
    }
    int status = rtcio__config_read(&config, n, argv + 1, why, sizeof why);
    if (status == 0 && config.help) {
        print_usage(stdout);
    } else {
        if (status == 0)
            status = rtcio__client_open(&client, &config, why, sizeof why);
        if (status == 0)
            status = once ? run_once(&client, why, sizeof why) : run(&client, why, sizeof why);
        if (status != 0)
            fprintf(stderr, "rtcio top: %s\n", why);
    }
    rtcio__config_fini(&config);
    return status;
}
