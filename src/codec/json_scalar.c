/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */

/* The JSON scanner for any processor. */

#include <stdint.h>

#define BLOCK 1

static inline uint32_t string_stops(const char *p)
{
    return *p == '"' || *p == '\\' || (unsigned char)*p < 0x20;
}

static inline uint32_t string_marks(const char *p)
{
    return *p == '"' || (unsigned char)*p < 0x20 || (p[-1] == '\\' && *p != 'n' && *p != 'r');
}

#include "codec/json_scan.h"

const char *rtcio__json_scan_scalar(const char *p, const char *end, unsigned max_depth,
                                    unsigned *depth, struct rtcio__json_index *index)
{
    return scan_value(p, end, max_depth, depth, index);
}
