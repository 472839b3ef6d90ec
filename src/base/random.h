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
 * makes identifiers unique. One per server. Of several servers in one process each has its own
 * residue of the sequence number, so that an identifier tells whose it is. */
struct rtcio__id_source {
    uint8_t pool[1020]; /* 85 identifiers */
    uint32_t left;
    uint32_t sequence;      /* of the next */
    uint32_t first, stride; /* sequence numbers are first + k * stride; 0, 0 is 0, 1 */
};

/* Writes a 20 character identifier and a NUL: 12 random bytes and a 3 byte big-endian
 * sequence number in base64url (Socket.IO spec 1.4; '/' -> '_', '+' -> '-'). Consumed random
 * bytes are wiped from the pool. 0 or RTCIO_E_SYSTEM. */
int rtcio__id_next(struct rtcio__id_source *source, char out[RTCIO__ID_LEN + 1]);

/* The sequence number of an identifier, which may stand behind a '#' (ids of sockets of Engine.IO
 * 3, spec 1.14), or -1 for what cannot be one. */
int32_t rtcio__id_sequence(const char *id, size_t len);

#endif
