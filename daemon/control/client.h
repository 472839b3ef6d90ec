/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */
#ifndef RTCIO_DAEMON_CONTROL_CLIENT_H
#define RTCIO_DAEMON_CONTROL_CLIENT_H

/* The other side of the control API, for the commands that ask a running server. Blocking. */

#include <jansson.h>

#include "config/config.h"
#include "places.h"

#define RTCIO__CLIENT_TIMEOUT_S 10

typedef struct rtcio__client {
    rtcio__place place;
    char key[512]; /* the newest; "": none */
} rtcio__client;

/* Where and with which key, from the settings of `rtcio serve`. 0, or the exit status with one line
 * in `why`. */
int rtcio__client_open(rtcio__client *client, const rtcio__config *config, char *why,
                       size_t why_size);

/**
 * Asks. `body` is JSON text or NULL.
 * @param answer  receives the answer's body, NUL-terminated, to be freed; NULL with -1
 * @return its status, or -1 with one line in `why`: nobody answers
 */
int rtcio__client_ask(const rtcio__client *client, const char *method, const char *path,
                      const char *body, char **answer, char *why, size_t why_size);

/* The same, for a JSON object; anything but a status of 2xx is -1 with the server's message. The
 * result is to be released. */
json_t *rtcio__client_json(const rtcio__client *client, const char *method, const char *path,
                           const char *body, char *why, size_t why_size);

#endif
