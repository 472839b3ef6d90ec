/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */
#ifndef RTCIO_DAEMON_ICE_STUN_H
#define RTCIO_DAEMON_ICE_STUN_H

/* STUN messages (RFC 8489) as a TURN client (RFC 8656) needs them: written into and read out of
 * memory. No I/O. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RTCIO__STUN_MAX 1500

enum {
    RTCIO__STUN_ALLOCATE = 0x003,
    RTCIO__STUN_REFRESH = 0x004,
    RTCIO__STUN_SUCCESS = 0x100,
    RTCIO__STUN_ERROR = 0x110,

    RTCIO__STUN_USERNAME = 0x0006,
    RTCIO__STUN_MESSAGE_INTEGRITY = 0x0008,
    RTCIO__STUN_ERROR_CODE = 0x0009,
    RTCIO__STUN_LIFETIME = 0x000D,
    RTCIO__STUN_REALM = 0x0014,
    RTCIO__STUN_NONCE = 0x0015,
    RTCIO__STUN_XOR_RELAYED_ADDRESS = 0x0016,
    RTCIO__STUN_REQUESTED_TRANSPORT = 0x0019,
};

typedef struct rtcio__stun {
    size_t len;
    uint8_t bytes[RTCIO__STUN_MAX];
} rtcio__stun;

/* The key of MESSAGE-INTEGRITY: MD5 of user:realm:password (RFC 8489, 9.2.2). */
typedef struct rtcio__stun_key {
    uint8_t md5[16];
} rtcio__stun_key;
bool rtcio__stun_key_init(rtcio__stun_key *key, const char *username, const char *realm,
                          const char *password);

/* A message of its own random transaction id. False without random numbers. */
bool rtcio__stun_begin(rtcio__stun *m, unsigned type);
/* False when there is no room. */
bool rtcio__stun_add(rtcio__stun *m, unsigned attribute, const void *value, size_t len);
bool rtcio__stun_add_u32(rtcio__stun *m, unsigned attribute, uint32_t value);
/* The last attribute: signs what is there. */
bool rtcio__stun_sign(rtcio__stun *m, const rtcio__stun_key *key);

/* Is the message whole, well-formed, and the answer to `request`? */
bool rtcio__stun_answers(const rtcio__stun *m, const rtcio__stun *request);
unsigned rtcio__stun_type(const rtcio__stun *m);
/* The first attribute of a kind, NULL when there is none. The message must be well-formed. */
const uint8_t *rtcio__stun_find(const rtcio__stun *m, unsigned attribute, size_t *len);
/* 300 .. 699, 0 when there is none; `reason` gets its text. */
unsigned rtcio__stun_error(const rtcio__stun *m, char *reason, size_t size);

/* How long the message at `bytes` is, of which `len` bytes are there: 0 while that is unknown. */
size_t rtcio__stun_length(const uint8_t *bytes, size_t len);

#endif
