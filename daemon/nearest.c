/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */

/* Finds the name somebody meant: the smallest edit distance, if it is small. */

#include "nearest.h"

#include <string.h>

#define LEN_MAX 48

static size_t min3(size_t a, size_t b, size_t c)
{
    size_t ab = a < b ? a : b;
    return ab < c ? ab : c;
}

/* Levenshtein's, over one row. */
static size_t edit_distance(const char *a, const char *b)
{
    size_t row[LEN_MAX + 1], n = strlen(b);
    for (size_t j = 0; j <= n; j++)
        row[j] = j;
    for (size_t i = 1; a[i - 1] != '\0'; i++) {
        size_t diagonal = row[0];
        row[0] = i;
        for (size_t j = 1; j <= n; j++) {
            size_t above = row[j];
            row[j] = min3(above + 1, row[j - 1] + 1, diagonal + (a[i - 1] != b[j - 1]));
            diagonal = above;
        }
    }
    return row[n];
}

void rtcio__nearest_offer(rtcio__nearest *nearest, const char *name)
{
    size_t len = strlen(nearest->word);
    if (len > LEN_MAX || strlen(name) > LEN_MAX)
        return;
    size_t distance = edit_distance(nearest->word, name);
    /* One slip in three letters is a slip; more is another word. */
    if (distance > len / 3 + 1 || (nearest->best != NULL && distance >= nearest->distance))
        return;
    nearest->best = name;
    nearest->distance = distance;
}
