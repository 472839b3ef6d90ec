/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */
#ifndef RTCIO_DAEMON_TOKEN_H
#define RTCIO_DAEMON_TOKEN_H

/* The command `rtcio token`. */

/* Exit status: 0, 1 there is no secret, 2 bad usage, 78 a bad configuration. */
int rtcio__token_main(int argc, char **argv);

#endif
