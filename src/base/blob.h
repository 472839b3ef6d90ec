/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */
#ifndef RTCIO_BASE_BLOB_H
#define RTCIO_BASE_BLOB_H

/* Reference-counted bytes: what many write queues share. One thread, unless it is marked as shared;
 * one byte behind `cap` is writable, so that a parser may terminate what it reads. */

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

struct rtcio__blob {
    uint32_t refs;
    uint32_t len, cap;
    bool shared; /* by threads: the bytes do not change any more */
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
        b->shared = false;
        b->len = 0;
        b->cap = (uint32_t)cap;
    }
    return b;
}

/* From now on threads may each hold references. */
static inline void rtcio__blob_share(struct rtcio__blob *b)
{
    b->shared = true;
}

static inline struct rtcio__blob *rtcio__blob_ref(struct rtcio__blob *b)
{
    if (b->shared)
        __atomic_add_fetch(&b->refs, 1, __ATOMIC_RELAXED);
    else
        b->refs++;
    return b;
}

/* NULL is fine. */
static inline void rtcio__blob_unref(struct rtcio__blob *b)
{
    if (b == NULL)
        return;
    if ((b->shared ? __atomic_sub_fetch(&b->refs, 1, __ATOMIC_ACQ_REL) : --b->refs) == 0)
        free(b);
}

#endif
