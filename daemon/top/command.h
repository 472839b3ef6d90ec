/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */
#ifndef RTCIO_DAEMON_TOP_COMMAND_H
#define RTCIO_DAEMON_TOP_COMMAND_H

/* The command `rtcio top`. */

/* Exit status: 0, 1 the server cannot be asked, 2 bad usage, 78 a bad configuration. */
int rtcio__top_main(int argc, char **argv);

#endif
