/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */

/* `rtcio bench` from the command line to the exit status. */

#include "bench/bench.h"

#include "bench/report.h"
#include "bench/run.h"

#include <stdlib.h>

int rtcio_bench_main(int argc, char **argv)
{
    struct bench_options opt;
    int status = 0;
    if (rtcio__bench_options_parse(&opt, argc, argv, &status) != 0)
        return status;

    struct bench_run *run = rtcio__bench_alloc(1, sizeof(*run));
    if (rtcio__bench_run_init(run, &opt) != 0) {
        fprintf(stderr, "rtcio bench: %s\n", run->error);
        free(run);
        return 1;
    }
    if (opt.pid != 0)
        run->rss_before = rtcio__bench_rss_bytes(opt.pid);

    int err = opt.workload->run(run);
    if (opt.json)
        rtcio__bench_report_json(run, stdout);
    else if (err == 0)
        rtcio__bench_report_table(run, stdout);
    if (run->error[0] != '\0')
        fprintf(stderr, "rtcio bench: %s\n", run->error);
    status = err == 0 && rtcio__bench_report_is_clean(run) ? 0 : 1;
    rtcio__bench_run_fini(run);
    free(run);
    return status;
}
