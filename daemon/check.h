/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */
#ifndef RTCIO_DAEMON_CHECK_H
#define RTCIO_DAEMON_CHECK_H

/* The commands `rtcio check` and `rtcio config`. */

/* Exit status: 0 good, 2 bad usage, 78 (EX_CONFIG) a bad configuration. */
int rtcio__check_main(int argc, char **argv);
/* Exit status: 0, or 2 for bad usage. */
int rtcio__config_main(int argc, char **argv);

#endif
