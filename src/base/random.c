/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */

/* Random bytes and identifiers. The kernel is the only source; nothing here is shared. */

#include "base/random.h"

#include <errno.h>
#include <string.h>
#include <sys/random.h>

#include <rtcio/errors.h>

#include "base/base64.h"

#define RANDOM_PER_ID 12
#define SEQUENCE_MAX  0xffffff

int rtcio__random(void *data, size_t len)
{
    uint8_t *p = data;

    while (len > 0) {
        ssize_t n = getrandom(p, len, 0);
        if (n < 0) {
            if (errno == EINTR)
                continue;
            return RTCIO_E_SYSTEM;
        }
        p += n;
        len -= (size_t)n;
    }
    return 0;
}

int rtcio__id_next(struct rtcio__id_source *source, char out[RTCIO__ID_LEN + 1])
{
    if (source->left < RANDOM_PER_ID) {
        if (rtcio__random(source->pool, sizeof(source->pool)) != 0)
            return RTCIO_E_SYSTEM;
        source->left = sizeof(source->pool);
    }

    /* Socket.IO spec 1.4: 15 bytes = 12 CSPRNG bytes + 3 bytes big-endian sequence counter. */
    uint8_t id[RANDOM_PER_ID + 3];
    uint8_t *from = source->pool + sizeof(source->pool) - source->left;
    memcpy(id, from, RANDOM_PER_ID);
    explicit_bzero(from, RANDOM_PER_ID);
    source->left -= RANDOM_PER_ID;
    uint32_t sequence = source->sequence;
    source->sequence += source->stride > 0 ? source->stride : 1;
    if (source->sequence > SEQUENCE_MAX) /* 2^24 need not be a multiple of the stride */
        source->sequence = source->first;
    id[12] = (uint8_t)(sequence >> 16);
    id[13] = (uint8_t)(sequence >> 8);
    id[14] = (uint8_t)sequence;

    rtcio__base64_encode(out, id, sizeof(id));
    for (char *c = out; c < out + RTCIO__ID_LEN; c++) {
        if (*c == '/')
            *c = '_';
        else if (*c == '+')
            *c = '-';
    }
    out[RTCIO__ID_LEN] = '\0';
    return 0;
}

int32_t rtcio__id_sequence(const char *id, size_t len)
{
    int32_t sequence = 0;

    if (len != RTCIO__ID_LEN && (len < RTCIO__ID_LEN + 1 || id[len - RTCIO__ID_LEN - 1] != '#'))
        return -1;
    /* The last three bytes are the last four characters. */
    for (const char *c = id + len - 4; c < id + len; c++) {
        int32_t digit = *c >= 'A' && *c <= 'Z'   ? *c - 'A'
                        : *c >= 'a' && *c <= 'z' ? *c - 'a' + 26
                        : *c >= '0' && *c <= '9' ? *c - '0' + 52
                        : *c == '-'              ? 62
                        : *c == '_'              ? 63
                                                 : -1;
        if (digit < 0)
            return -1;
        sequence = sequence << 6 | digit;
    }
    return sequence;
}
