/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */

/* `rtcio drain`: asks a running server to drain, and waits until it has ended. */

#include "command.h"

#include "control/client.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#define LOOK_MS 200 /* how often the server is looked at */

static void print_usage(FILE *out)
{
    fputs("Usage: rtcio drain [--over TIME] [--no-wait] [--config FILE]\n"
          "                   [--control-listen PLACE] [--control-key-file FILE]\n"
          "\n"
          "Stops a running rtcio serve without all of its clients coming to the next server at\n"
          "once: it says 503 at /ready and to newcomers, sends the others away one after the\n"
          "other over the time, and ends. Waits for that; with --no-wait it does not.\n"
          "\n"
          "  rtcio drain --over 30s --config /etc/rtcio/rtcio.yaml\n",
          out);
}

typedef struct wish {
    char *over;
    bool no_wait;
} wish;

/* Takes our own options out of the words. @return how many are left, -1 with `why` */
static int take_words(int argc, char **argv, wish *w, char *why, size_t size)
{
    int n = 0;

    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--no-wait") == 0) {
            w->no_wait = true;
        } else if (strcmp(argv[i], "--over") == 0 && i + 1 < argc) {
            w->over = argv[++i];
        } else if (strcmp(argv[i], "--over") == 0) {
            snprintf(why, size, "--over needs a time, such as 30s");
            return -1;
        } else {
            argv[1 + n++] = argv[i];
        }
    }
    return n;
}

/* The time as the settings' parser reads it: --over is --drain of this run. */
static int read_config(rtcio__config *config, int n, char **argv, const wish *w, char *why,
                       size_t size)
{
    static char drain[] = "--drain";
    char *words[256];

    if ((size_t)n + 2 > sizeof words / sizeof *words) {
        snprintf(why, size, "too many options");
        return RTCIO__EXIT_USAGE;
    }
    for (int i = 0; i < n; i++)
        words[i] = argv[1 + i];
    if (w->over != NULL) {
        words[n++] = drain;
        words[n++] = w->over;
    }
    return rtcio__config_read(config, n, words, why, size);
}

/* Whether it still answers: with its pid, or with a refusal such as of a key that was changed
 * meanwhile, which says nothing about the end. */
static bool is_there(const rtcio__client *client, json_int_t pid)
{
    char why[512], *text;
    int status = rtcio__client_ask(client, "GET", "/v1/info", NULL, &text, why, sizeof why);
    json_t *info = status == 200 ? json_loads(text, 0, NULL) : NULL;
    bool same = json_integer_value(json_object_get(info, "pid")) == pid;

    json_decref(info);
    free(text);
    return status == 200 ? same : status > 0;
}

/* Until nobody answers any more, or somebody else does. */
static void wait_for_end(const rtcio__client *client, json_int_t pid)
{
    const struct timespec pause = {.tv_nsec = LOOK_MS * 1000000L};

    while (is_there(client, pid))
        nanosleep(&pause, NULL);
}

static int drain(const rtcio__config *config, const wish *w, char *why, size_t size)
{
    rtcio__client client;
    char body[64] = "{}";
    int status = rtcio__client_open(&client, config, why, size);

    if (status != 0)
        return status;
    json_t *info = rtcio__client_json(&client, "GET", "/v1/info", NULL, why, size);
    if (info == NULL)
        return 1;
    json_int_t pid = json_integer_value(json_object_get(info, "pid"));
    bool on = json_is_true(json_object_get(info, "draining"));
    json_decref(info);
    if (w->over != NULL)
        snprintf(body, sizeof body, "{\"over_ms\":%llu}",
                 (unsigned long long)config->values[RTCIO__SET_DRAIN].number);
    json_t *answer = on ? NULL : rtcio__client_json(&client, "POST", "/v1/drain", body, why, size);
    if (!on && answer == NULL)
        return 1;
    if (on)
        printf("rtcio %lld is draining already\n", (long long)pid);
    else
        printf("rtcio %lld: %lld sockets go within %.1f s\n", (long long)pid,
               (long long)json_integer_value(json_object_get(answer, "sockets")),
               (double)json_integer_value(json_object_get(answer, "over_ms")) / 1000);
    json_decref(answer);
    fflush(stdout);
    if (w->no_wait)
        return 0;
    wait_for_end(&client, pid);
    puts("it has ended");
    return 0;
}

int rtcio__drain_main(int argc, char **argv)
{
    static rtcio__config config;
    char why[1024];
    wish w = {NULL, false};
    int n = take_words(argc, argv, &w, why, sizeof why);
    int status = n < 0 ? RTCIO__EXIT_USAGE : read_config(&config, n, argv, &w, why, sizeof why);

    if (status == 0 && config.help)
        print_usage(stdout);
    else if (status == 0)
        status = drain(&config, &w, why, sizeof why);
    if (status != 0)
        fprintf(stderr, "rtcio drain: %s\n", why);
    rtcio__config_fini(&config);
    return status;
}
