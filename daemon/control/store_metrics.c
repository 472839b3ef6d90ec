/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */

/* The storage thread's share of /metrics; what clients gained by it is among signaling's counters.
 */

#include "store_metrics.h"

#include <inttypes.h>
#include <stddef.h>
#include <string.h>

static const struct {
    const char *name, *labels, *type, *help;
    size_t offset;
} rows[] = {
#define ROW(name, labels, type, field, help)                          \
    {                                                                 \
        name, labels, type, help, offsetof(rtcio__store_stats, field) \
    }
    ROW("rtcio_store_held_bytes", "", "gauge", n_bytes,
        "What waits for the disk and for its readers; history.queue is the limit."),
    ROW("rtcio_store_jobs_total", "{what=\"write\",result=\"done\"}", "counter", stored,
        "What the storage thread was asked, and how that went."),
    ROW("rtcio_store_jobs_total", "{what=\"write\",result=\"failed\"}", "counter", failed, ""),
    ROW("rtcio_store_jobs_total", "{what=\"read\",result=\"done\"}", "counter", fetched, ""),
    ROW("rtcio_store_jobs_total", "{what=\"read\",result=\"failed\"}", "counter", fetch_failed, ""),
    ROW("rtcio_store_jobs_total", "{what=\"member\",result=\"asked\"}", "counter", members_asked,
        ""),
    ROW("rtcio_store_jobs_total", "{what=\"member\",result=\"failed\"}", "counter", members_failed,
        ""),
    ROW("rtcio_store_jobs_total", "{what=\"prune\",result=\"failed\"}", "counter", pruned_failed,
        ""),
    ROW("rtcio_store_jobs_total", "{what=\"any\",result=\"refused\"}", "counter", refused, ""),
    ROW("rtcio_store_commits_total", "", "counter", commits, "Transactions."),
#undef ROW
};

void rtcio__control_put_store(FILE *out, const rtcio__store *store)
{
    rtcio__store_stats stats;
    if (store == NULL)
        return;
    rtcio__store_get_stats(store, &stats);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        if (i == 0 || strcmp(rows[i - 1].name, rows[i].name) != 0)
            fprintf(out, "# HELP %s %s\n# TYPE %s %s\n", rows[i].name, rows[i].help, rows[i].name,
                    rows[i].type);
        uint64_t value;
        memcpy(&value, (const char *)&stats + rows[i].offset, sizeof value);
        fprintf(out, "%s%s %" PRIu64 "\n", rows[i].name, rows[i].labels, value);
    }
}
