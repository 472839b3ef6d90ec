/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */
#ifndef RTCIO_DAEMON_SERVE_H
#define RTCIO_DAEMON_SERVE_H

/* The command `rtcio serve`. */

#include <stdio.h>

/* argv[0] is the command's own name. Exit status: 0 served and stopped, 1 could not serve, 2 bad
 * usage, 78 (EX_CONFIG) a bad configuration file. */
int rtcio__serve_main(int argc, char **argv);

/* What `rtcio serve --help` prints. */
void rtcio__serve_help(FILE *out);
/* The manual page rtcio-serve(1), as roff. */
void rtcio__serve_manual(FILE *out);

#endif
