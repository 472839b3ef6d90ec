/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */

/* Pools of objects. A slab is aligned to its size: an object's address tells its slab. */

#include "base/pool.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

/* Only pages that were touched are memory held. */
#define SLAB_SIZE ((size_t)65536)

#ifdef __has_feature
#define SANITIZED __has_feature(address_sanitizer)
#elif defined(__SANITIZE_ADDRESS__)
#define SANITIZED 1
#else
#define SANITIZED 0
#endif

struct rtcio__slab {
    struct rtcio__list link; /* in pool.open unless full */
    void *freed;             /* objects given back, each begins with the next */
    size_t n_used;
    size_t end; /* behind the last object that was ever handed out */
};

void rtcio__pool_init(struct rtcio__pool *pool, size_t size)
{
    const size_t word = sizeof(uint64_t);

    rtcio__list_init(&pool->open);
    pool->size = (size + word - 1) / word * word;
    pool->n_objects = pool->n_slabs = 0;
}

static void unmap(struct rtcio__pool *pool, struct rtcio__slab *slab)
{
    rtcio__list_remove(&slab->link);
    munmap(slab, SLAB_SIZE);
    pool->n_slabs--;
}

void rtcio__pool_fini(struct rtcio__pool *pool)
{
    while (!rtcio__list_empty(&pool->open))
        unmap(pool, rtcio__container_of(pool->open.next, struct rtcio__slab, link));
}

static struct rtcio__slab *map(struct rtcio__pool *pool)
{
    /* The kernel aligns to pages: twice as much holds an aligned slab, the rest goes back. */
    char *p = mmap(NULL, 2 * SLAB_SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (p == MAP_FAILED)
        return NULL;
    const size_t front = -(uintptr_t)p & (SLAB_SIZE - 1);
    if (front > 0)
        munmap(p, front);
    munmap(p + front + SLAB_SIZE, SLAB_SIZE - front);

    struct rtcio__slab *slab = (struct rtcio__slab *)(void *)(p + front);
    slab->end = sizeof *slab;
    rtcio__list_init(&slab->link);
    rtcio__list_append(&pool->open, &slab->link);
    pool->n_slabs++;
    return slab;
}

static bool is_full(const struct rtcio__pool *pool, const struct rtcio__slab *slab)
{
    return slab->freed == NULL && SLAB_SIZE - slab->end < pool->size;
}

void *rtcio__pool_alloc(struct rtcio__pool *pool)
{
    if (SANITIZED) { /* which would not see that an object is used when it is free */
        void *object = calloc(1, pool->size);
        pool->n_objects += object != NULL;
        return object;
    }
    struct rtcio__slab *slab = rtcio__list_empty(&pool->open)
                                   ? map(pool)
                                   : rtcio__container_of(pool->open.next, struct rtcio__slab, link);
    if (slab == NULL)
        return NULL;
    void *object = slab->freed;
    if (object != NULL) {
        memcpy(&slab->freed, object, sizeof slab->freed);
        memset(object, 0, pool->size);
    } else {
        object = (char *)slab + slab->end; /* zeroed by the kernel */
        slab->end += pool->size;
    }
    slab->n_used++;
    pool->n_objects++;
    if (is_full(pool, slab))
        rtcio__list_remove(&slab->link);
    return object;
}

void rtcio__pool_free(struct rtcio__pool *pool, void *object)
{
    pool->n_objects--;
    if (SANITIZED) {
        free(object);
        return;
    }
    struct rtcio__slab *slab =
        (struct rtcio__slab *)((char *)object - ((uintptr_t)object & (SLAB_SIZE - 1)));
    if (is_full(pool, slab))
        rtcio__list_append(&pool->open, &slab->link);
    memcpy(object, &slab->freed, sizeof slab->freed);
    slab->freed = object;
    /* The last of the list is kept, empty or not: who comes next finds room. */
    if (--slab->n_used == 0 && pool->open.next != pool->open.prev)
        unmap(pool, slab);
}
