/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */
#ifndef RTCIO_DAEMON_OPTIONS_H
#define RTCIO_DAEMON_OPTIONS_H

/* From the settings of `rtcio serve` to the options of the library. */

#include <rtcio/admin.h>
#include <rtcio/auth.h>
#include <rtcio/ice.h>
#include <rtcio/server.h>
#include <rtcio/signaling.h>

#include "config/config.h"
#include "customs.h"
#include "plugins.h"
#include "web.h"

typedef struct rtcio__serve_options {
    rtcio_server_options server;
    rtcio_signaling_options signaling;
    const char *client_folder; /* NULL: the npm client is not served */
    rtcio__web web;
    rtcio_ice_options ice;
    bool has_auth; /* it takes a token to connect: */
    rtcio_auth_options auth;
    rtcio__customs customs; /* relay_events */
    rtcio__plugins plugins;
    rtcio_admin_options admin; /* username "": none */
    const char *control_keys;  /* separated by commas, "": none */
    char origins[4096];        /* what server.cors_origin points to */
} rtcio__serve_options;

/* Strings are borrowed from `config`. 0, or the exit status with one line in `why`. */
int rtcio__serve_options_fill(rtcio__serve_options *options, const rtcio__config *config, char *why,
                              size_t why_size);

#endif
