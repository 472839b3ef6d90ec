/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */
#ifndef RTCIO_BENCH_BENCH_H
#define RTCIO_BENCH_BENCH_H

/* The door of `rtcio bench`, a load generator for any Socket.IO v5 server. It is a client: it
 * must not know anything of the server's inside. */

/** Runs `rtcio bench`; argv[0] is the subcommand's own name. Returns the exit status: 0 fine,
 * 1 the run failed or a message went wrong, 2 bad usage. */
int rtcio_bench_main(int argc, char **argv);

#endif
