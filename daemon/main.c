/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */

/* The rtcio program: finds the command and hands over. */

#include "bench/bench.h"
#include "check.h"
#include "drain/command.h"
#include "ice/command.h"
#include "nearest.h"
#include "serve.h"
#include "store/command.h"
#include "token.h"
#include "top/command.h"

#include <rtcio/version.h>
#include <stdio.h>
#include <string.h>
#include <uv.h>

static int run_version(int argc, char **argv);
static int run_help(int argc, char **argv);

static const struct command {
    const char *name;
    int (*run)(int argc, char **argv);
    const char *text;
} commands[] = {
    {"serve", rtcio__serve_main, "run the signaling server"},
    {"check", rtcio__check_main, "check a configuration file"},
    {"config", rtcio__config_main, "print a sample configuration file"},
    {"member", rtcio__member_main, "say who may join which room"},
    {"ice", rtcio__ice_main, "print or check ICE servers and TURN credentials"},
    {"token", rtcio__token_main, "make a token that lets somebody in"},
    {"drain", rtcio__drain_main, "let a running server's clients go elsewhere, and stop it"},
    {"top", rtcio__top_main, "watch a running server"},
    {"bench", rtcio_bench_main, "measure a Socket.IO server"},
    {"version", run_version, "print versions"},
    {"help", run_help, "explain a command: rtcio help serve"},
};

#define N_COMMANDS (sizeof commands / sizeof *commands)

static void print_usage(FILE *out)
{
    fputs("rtcio: WebRTC signaling with socket.io's ergonomics\n\nUsage: rtcio COMMAND\n\n", out);
    for (size_t i = 0; i < N_COMMANDS; i++)
        fprintf(out, "  %-8s  %s\n", commands[i].name, commands[i].text);
    fputs("\nBegin with: rtcio serve\n", out);
}

static const struct command *find_command(const char *name)
{
    for (size_t i = 0; i < N_COMMANDS; i++) {
        if (strcmp(commands[i].name, name) == 0)
            return &commands[i];
    }
    rtcio__nearest nearest = {.word = name};
    for (size_t i = 0; i < N_COMMANDS; i++)
        rtcio__nearest_offer(&nearest, commands[i].name);
    if (nearest.best != NULL)
        fprintf(stderr, "rtcio: unknown command \"%.40s\", did you mean %s?\n", name, nearest.best);
    else
        fprintf(stderr, "rtcio: unknown command \"%.40s\", see: rtcio help\n", name);
    return NULL;
}

static int run_version(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    printf("rtcio %s (librtcio %s, libuv %s)\n", RTCIO_VERSION, rtcio_version(),
           uv_version_string());
    return 0;
}

static int run_help(int argc, char **argv)
{
    if (argc < 2) {
        print_usage(stdout);
        return 0;
    }
    const struct command *command = find_command(argv[1]);
    if (command == NULL)
        return 2;
    if (command->run != run_help && command->run != run_version) {
        char name[32], help[] = "--help";
        char *words[] = {name, help, NULL};
        snprintf(name, sizeof name, "%s", command->name);
        return command->run(2, words);
    }
    printf("rtcio %s: %s\n", command->name, command->text);
    return 0;
}

int main(int argc, char **argv)
{
    if (argc < 2) {
        print_usage(stderr);
        return 2;
    }
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0)
        return run_help(1, argv + 1);
    if (strcmp(argv[1], "--version") == 0)
        return run_version(1, argv + 1);
    const struct command *command = find_command(argv[1]);
    return command != NULL ? command->run(argc - 1, argv + 1) : 2;
}
