/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */
#ifndef RTCIO_BASE_POOL_H
#define RTCIO_BASE_POOL_H

/* Objects of one size, side by side without headers between them: what there is one of for each
 * client. For small objects malloc() adds a tenth to a third.
 *
 * They lie in slabs that come from the kernel and go back when their last object is freed; one
 * empty slab is kept, or a client that comes and goes would map and unmap. One thread. */

#include "base/list.h"

#include <stddef.h>

struct rtcio__pool {
    struct rtcio__list open; /* slabs with room, struct rtcio__slab.link */
    size_t size;             /* of an object */
    size_t n_objects, n_slabs;
};

void rtcio__pool_init(struct rtcio__pool *pool, size_t size);
/* All objects must have been freed. */
void rtcio__pool_fini(struct rtcio__pool *pool);
/* A zeroed object, aligned for pointers and 64 bits, or NULL. */
void *rtcio__pool_alloc(struct rtcio__pool *pool);
/* Gives an object of this pool back. */
void rtcio__pool_free(struct rtcio__pool *pool, void *object);

#endif
