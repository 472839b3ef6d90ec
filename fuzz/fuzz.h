/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */
#ifndef RTCIO_FUZZ_FUZZ_H
#define RTCIO_FUZZ_FUZZ_H

/* What the fuzz targets share: checks that stay in every build, copies that a sanitizer can watch,
 * chunk sizes that depend on nothing but the input. */

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The entry point of each target, as libFuzzer wants it. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define FUZZ_CHECK(condition)                                                     \
    do {                                                                          \
        if (!(condition)) {                                                       \
            (void)fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition); \
            abort();                                                              \
        }                                                                         \
    } while (0)

/* A copy in a block of len + more bytes; the caller frees it. */
static inline char *fuzz_copy(const void *data, size_t len, size_t more)
{
    char *copy = (char *)malloc(len + more > 0 ? len + more : 1);
    FUZZ_CHECK(copy != NULL);
    if (len > 0)
        memcpy(copy, data, len);
    return copy;
}

/* The sizes of the pieces in which an input is fed again. */
struct fuzz_chunks {
    uint64_t state;
};

static inline void fuzz_chunks_init(struct fuzz_chunks *chunks, const void *data, size_t len)
{
    const uint8_t *p = (const uint8_t *)data;
    chunks->state = 0xcbf29ce484222325; /* FNV-1a */
    for (size_t i = 0; i < len; i++)
        chunks->state = (chunks->state ^ p[i]) * 0x100000001b3;
}

/* 1 to left: often a single byte, seldom more than 32. */
static inline size_t fuzz_chunk(struct fuzz_chunks *chunks, size_t left)
{
    chunks->state = chunks->state * 6364136223846793005 + 1442695040888963407;
    const unsigned r = (unsigned)(chunks->state >> 33);
    const size_t n = r % 4 == 0 ? 1 : r % 16 == 15 ? 1 + r / 16 % 1024 : 1 + r / 16 % 32;
    return n < left ? n : left;
}

#endif
