/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */
#ifndef RTCIO_DAEMON_CERTIFICATE_H
#define RTCIO_DAEMON_CERTIFICATE_H

/* A certificate for development: signed by itself, for the names and addresses of this machine,
 * and kept, so that what a browser was once told to accept is accepted after a restart. */

#include <stdbool.h>
#include <stddef.h>

#define RTCIO__CERTIFICATE_PATH 1024

/**
 * Finds the certificate of before, or makes one, valid for a year. It is renewed when less than a
 * week is left, or when it lacks the machine's name or one of its IPv4 addresses.
 * @param path  receives the name of the PEM file with certificate and key, readable by the user
 *              only: dev.pem in $STATE_DIRECTORY, $XDG_STATE_HOME/rtcio or ~/.local/state/rtcio
 * @param made  whether it is a new one
 * @return 0, or -1 with one line in `why`
 */
int rtcio__certificate_dev(char path[RTCIO__CERTIFICATE_PATH], bool *made, char *why,
                           size_t why_size);

#endif
