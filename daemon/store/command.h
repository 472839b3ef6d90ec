/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */
#ifndef RTCIO_DAEMON_STORE_COMMAND_H
#define RTCIO_DAEMON_STORE_COMMAND_H

/* The command `rtcio member`. Exit status: 0 done, 1 the file cannot be used or there was nothing
 * to remove, 2 bad usage, 78 a bad configuration file. */
int rtcio__member_main(int argc, char **argv);

#endif
