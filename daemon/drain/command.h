/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */
#ifndef RTCIO_DAEMON_DRAIN_COMMAND_H
#define RTCIO_DAEMON_DRAIN_COMMAND_H

/* The command `rtcio drain`. */

/* Exit status: 0 the server has ended, 1 it cannot be asked, 2 bad usage, 78 a bad configuration.
 */
int rtcio__drain_main(int argc, char **argv);

#endif
