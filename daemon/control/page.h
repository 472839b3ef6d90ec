/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */
#ifndef RTCIO_DAEMON_CONTROL_PAGE_H
#define RTCIO_DAEMON_CONTROL_PAGE_H

/* A page of a long list: the first so many entries behind a name, in order, out of more than one
 * would want to hold. Each worker picks its own, and what is first of all of them is first of one
 * of them. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct rtcio__entry {
    char *name;
    uint64_t number;
    void *more; /* the owner's */
} rtcio__entry;

typedef struct rtcio__page {
    size_t most;    /* entries kept */
    bool by_number; /* the largest first; otherwise by name */
    bool cut;       /* there were more */
    bool failed;    /* memory was short */
    rtcio__entry *list;
    size_t n;
} rtcio__page;

/* Adds a name, copied; by name, or adds to the number of the one that is there. `last`: only names
 * behind it count. By number every name comes once. */
void rtcio__page_add(rtcio__page *page, const char *last, const char *name, uint64_t number);
/* By name: whether it would get there, or is there. For numbers that cost something to find. */
bool rtcio__page_wants(const rtcio__page *page, const char *last, const char *name);
/* Frees names and list; `more` is the owner's. */
void rtcio__page_fini(rtcio__page *page);

#endif
