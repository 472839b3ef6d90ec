/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */
#ifndef RTCIO_BASE_BLOB_H
#define RTCIO_BASE_BLOB_H

/* Reference-counted bytes: what many write queues share. One thread; one byte behind `cap` is
 * writable, so that a parser may terminate what it reads. */

#include <stdint.h>
#include <stdlib.h>

struct rtcio__blob {
    uint32_t refs;
    uint32_t len, cap;
    char data[];
};

/* An empty blob with one reference, or NULL. */
static inline struct rtcio__blob *rtcio__blob_create(size_t cap)
{
    if (cap > UINT32_MAX / 2)
        return NULL;
    struct rtcio__blob *b = (struct rtcio__blob *)malloc(sizeof *b + cap + 1);
    if (b != NULL) {
        b->refs = 1;
        b->len = 0;
        b->cap = (uint32_t)cap;
    }
    return b;
}

static inline struct rtcio__blob *rtcio__blob_ref(struct rtcio__blob *b)
{
    b->refs++;
    return b;
}

/* NULL is fine. */
static inline void rtcio__blob_unref(struct rtcio__blob *b)
{
    if (b != NULL && --b->refs == 0)
        free(b);
}

#endif
