/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */
#ifndef RTCIO_DAEMON_WEB_H
#define RTCIO_DAEMON_WEB_H

/* The video room: where its files are, and how they are served. */

#include <rtcio/server.h>

#include <limits.h>
#include <stdbool.h>
#include <stdio.h>

typedef struct rtcio__web {
    char folder[PATH_MAX]; /* "": there is no room */
} rtcio__web;

/**
 * Finds the room's folder.
 * @param wanted  a folder; "auto": the one installed beside the program, or built beside it, and
 *                none where there is none; "no": none
 * @return 0, or -1 (errno) when the folder named has no room
 */
int rtcio__web_find(rtcio__web *web, const char *wanted);

/* Serves it at "/". 0 or an error of the library, with one line in `why`. */
int rtcio__web_serve(rtcio_server *server, const rtcio__web *web, char *why, size_t why_size);

/* Tells how to open it: here, and on other devices of the network. `scheme` is http or https. */
void rtcio__web_greet(const rtcio__web *web, FILE *out, const char *url, const char *scheme,
                      bool everywhere, int port);

static inline bool rtcio__web_exists(const rtcio__web *web)
{
    return web->folder[0] != '\0';
}

#endif
