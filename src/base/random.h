/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */
#ifndef RTCIO_BASE_RANDOM_H
#define RTCIO_BASE_RANDOM_H

/* Random numbers from the kernel (getrandom), and the identifiers made of them. */

#include <stddef.h>
#include <stdint.h>

/* Fills data. 0 or RTCIO_E_SYSTEM. */
int rtcio__random(void *data, size_t len);

#define RTCIO__ID_LEN 20

/* A pool of random bytes, refilled from the kernel when empty, and the sequence counter that
 * makes identifiers unique. One per server. */
struct rtcio__id_source {
    uint8_t pool[1020]; /* 85 identifiers */
    uint32_t left;
    uint32_t sequence;
};

/* Writes a 20 character identifier and a NUL: 12 random bytes and a 3 byte big-endian
 * sequence number in base64url (Socket.IO spec 1.4; '/' -> '_', '+' -> '-'). Consumed random
 * bytes are wiped from the pool. 0 or RTCIO_E_SYSTEM. */
int rtcio__id_next(struct rtcio__id_source *source, char out[RTCIO__ID_LEN + 1]);

#endif
