/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */
#ifndef RTCIO_DAEMON_ICE_COMMAND_H
#define RTCIO_DAEMON_ICE_COMMAND_H

/* The command `rtcio ice`: what clients that ask-ice get, and whether it works. */

/* Exit status: 0, 1 a check has failed, 2 bad usage, 78 a bad configuration. */
int rtcio__ice_main(int argc, char **argv);

#endif
