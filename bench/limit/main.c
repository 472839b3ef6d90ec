/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */

/* The command line of the limit program. Ends with the signal that stops it. */

#include "limit.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int main(int argc, char **argv)
{
    char *end = "";
    long port = 0;
    if (argc == 3 && strcmp(argv[1], "--port") == 0)
        port = strtol(argv[2], &end, 10);
    if ((argc != 1 && argc != 3) || *end != '\0' || port < 0 || port > 65535) {
        fputs(
            "Usage: limit [--port N]\n"
            "The yardstick of bench/compare: serves `rtcio bench` on 127.0.0.1 and nobody else.\n",
            stderr);
        return 2;
    }
    int bound = limit_net_listen((uint16_t)port);
    if (bound < 0) {
        fprintf(stderr, "limit: cannot listen on port %ld: %s\n", port, strerror(errno));
        return 1;
    }
    printf("listening on http://127.0.0.1:%d\n", bound);
    fflush(stdout);
    for (;;)
        limit_net_turn();
}
