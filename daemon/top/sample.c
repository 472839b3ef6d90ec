/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */

/* Reads Prometheus' text format, as our own server writes it. */

#include "sample.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define MAX_BUCKETS 64

void rtcio__sample_take(rtcio__sample *sample, char *text)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    sample->at_s = (double)now.tv_sec + (double)now.tv_nsec / 1e9;
    sample->text = text;
}

void rtcio__sample_free(rtcio__sample *sample)
{
    free(sample->text);
    sample->text = NULL;
}

/* The next series of a name at or behind *at. */
static bool next_series(const char **at, const char *name, const char **labels, size_t *labels_len,
                        double *value)
{
    size_t len = strlen(name);

    for (const char *line = *at; line != NULL && *line != '\0';) {
        const char *end = strchr(line, '\n'), *space;
        size_t line_len = end != NULL ? (size_t)(end - line) : strlen(line);
        bool ours = line_len > len && memcmp(line, name, len) == 0 &&
                    (line[len] == ' ' || line[len] == '{');
        const char *next = end != NULL ? end + 1 : line + line_len;
        if (ours && (space = memrchr(line, ' ', line_len)) != NULL) {
            *labels = line + len;
            *labels_len = (size_t)(space - *labels);
            *value = strtod(space + 1, NULL);
            *at = next;
            return true;
        }
        line = next;
    }
    return false;
}

double rtcio__sample_sum(const rtcio__sample *sample, const char *name, const char *label)
{
    const char *at = sample->text, *labels;
    size_t len;
    double value, sum = 0;

    while (next_series(&at, name, &labels, &len, &value))
        if (label == NULL || memmem(labels, len, label, strlen(label)) != NULL)
            sum += value;
    return sum;
}

double rtcio__sample_rate(const rtcio__sample *sample, const rtcio__sample *before,
                          const char *name, const char *label)
{
    double grown = rtcio__sample_sum(sample, name, label) - rtcio__sample_sum(before, name, label);
    double time = sample->at_s - before->at_s;

    return time > 0 && grown > 0 ? grown / time : 0;
}

double rtcio__sample_turn(const rtcio__sample *sample, const rtcio__sample *before, double part)
{
    static const char name[] = "rtcio_turn_seconds_bucket";
    const char *at = sample->text, *labels;
    size_t len;
    double value, all = 0;

    all = rtcio__sample_sum(sample, "rtcio_turn_seconds_count", NULL) -
          rtcio__sample_sum(before, "rtcio_turn_seconds_count", NULL);
    if (all <= 0)
        return 0;
    for (int i = 0; i < MAX_BUCKETS && next_series(&at, name, &labels, &len, &value); i++) {
        char label[48];
        const char *le = memmem(labels, len, "le=\"", 4);
        if (le == NULL || strncmp(le, "le=\"+Inf", 8) == 0)
            return -1;
        snprintf(label, sizeof label, "%.*s", (int)strcspn(le + 4, "\"") + 5, le);
        double below =
            rtcio__sample_sum(sample, name, label) - rtcio__sample_sum(before, name, label);
        if (below >= part * all)
            return strtod(le + 4, NULL);
    }
    return -1;
}
