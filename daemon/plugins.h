/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */
#ifndef RTCIO_DAEMON_PLUGINS_H
#define RTCIO_DAEMON_PLUGINS_H

/* The setting `plugins`: shared objects with handlers (rtcio/plugin.h). */

#include <rtcio/plugin.h>

#include "config/config.h"

#define RTCIO__PLUGINS_MAX 16

typedef struct rtcio__plugins {
    size_t n;
    struct {
        const rtcio_plugin *plugin; /* NULL: not loaded yet */
        char path[400];
        char config[128];
    } list[RTCIO__PLUGINS_MAX];
} rtcio__plugins;

/* Reads the setting and looks whether the files are there; runs nothing of them. 0, or the exit
 * status with one line in `why`. */
int rtcio__plugins_read(rtcio__plugins *plugins, const rtcio__config *config, char *why,
                        size_t why_size);
/* Loads them, for as long as the process lives. 0, or -1 with a line in `why`. */
int rtcio__plugins_load(rtcio__plugins *plugins, char *why, size_t why_size);
/* Has them prepare a server. 0 or an error, with a line in `why`. */
int rtcio__plugins_attach(const rtcio__plugins *plugins, rtcio_server *server, char *why,
                          size_t why_size);

#endif
