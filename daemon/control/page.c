/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */

/* A sorted array that does not grow beyond what is asked for: most names of a long list are
 * compared with the last entry once, and that is all. */

#include "page.h"

#include <stdlib.h>
#include <string.h>

static int compare(const rtcio__page *page, const char *name, uint64_t number,
                   const rtcio__entry *entry)
{
    if (page->by_number && number != entry->number)
        return number > entry->number ? -1 : 1;
    return strcmp(name, entry->name);
}

/* Where it belongs, and whether it is there. */
static size_t find(const rtcio__page *page, const char *name, uint64_t number, bool *there)
{
    size_t low = 0, high = page->n;

    *there = false;
    while (low < high && !*there) {
        size_t middle = (low + high) / 2;
        int order = compare(page, name, number, &page->list[middle]);
        *there = order == 0;
        if (order > 0)
            low = middle + 1;
        else
            high = middle;
    }
    return high;
}

void rtcio__page_add(rtcio__page *page, const char *last, const char *name, uint64_t number)
{
    bool there;

    if (last != NULL && strcmp(name, last) <= 0)
        return;
    size_t at = find(page, name, number, &there);
    if (there) {
        page->list[at].number += number;
        return;
    }
    if (at == page->most) {
        page->cut = true;
        return;
    }
    if (page->list == NULL)
        page->list = calloc(page->most, sizeof *page->list);
    char *copy = strdup(name);
    if (page->list == NULL || copy == NULL) {
        page->failed = true;
        free(copy);
        return;
    }
    if (page->n == page->most) {
        page->cut = true;
        free(page->list[--page->n].name);
    }
    memmove(&page->list[at + 1], &page->list[at], (page->n++ - at) * sizeof *page->list);
    page->list[at] = (rtcio__entry){.name = copy, .number = number};
}

bool rtcio__page_wants(const rtcio__page *page, const char *last, const char *name)
{
    return (last == NULL || strcmp(name, last) > 0) &&
           (page->n < page->most || strcmp(name, page->list[page->n - 1].name) <= 0);
}

void rtcio__page_fini(rtcio__page *page)
{
    for (size_t i = 0; i < page->n; i++)
        free(page->list[i].name);
    free(page->list);
    page->list = NULL;
    page->n = 0;
}
